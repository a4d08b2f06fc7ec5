"""Times for the oracle (section 5 of the contract)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from tests.support.oracle.json_text import JSON_NUMBER, Number
from tests.support.oracle.numbers import exact_context, value_of_number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Section 5: "nor is a moment outside 2000-01-01T00:00Z up to, but not including,
# 2100-01-01T00:00Z".
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
TOO_LATE = datetime(2100, 1, 1, tzinfo=UTC)

ISO_TIME = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"[Tt ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"(?P<offset>Z|z| UTC| GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
LAST_OFFSET_HOUR = 23
LAST_OFFSET_MINUTE = 59
SECONDS_BELOW = Decimal("1e11")
MILLISECONDS_BELOW = Decimal("1e14")
MICROSECONDS_BELOW = Decimal("1e17")
# 2100-01-01 is 4.1e18 nanoseconds: no larger number is a time.
NO_TIME_FROM = Decimal("1e19")


def read_time(value: object) -> tuple[datetime, bool] | None:
    """Return the time of a JSON value in UTC, cut to microseconds, and whether it was naive.

    Section 5: "A number, or a string that is a JSON number, is epoch seconds, milliseconds,
    microseconds or nanoseconds by its size [...]; a string is ISO 8601 [...] Nothing else is a
    time".
    """
    time = None
    if isinstance(value, Number):
        time = _read_epoch(value.text)
    elif isinstance(value, str) and JSON_NUMBER.fullmatch(value) is not None:
        time = _read_epoch(value)
    elif isinstance(value, str):
        time = _read_iso(value)
    if time is None or not EARLIEST <= time[0] < TOO_LATE:
        return None
    return time


def _read_epoch(text: str) -> tuple[datetime, bool] | None:
    """Return the time of a JSON number, and that it is not naive.

    Section 5: "by its size (below 1e11, 1e14, 1e17, else)"; "Times are kept to the microsecond, cut
    and not rounded".
    """
    number = value_of_number(text)
    if number <= 0 or number >= NO_TIME_FROM:
        return None
    exact = exact_context(text)
    if number < SECONDS_BELOW:
        microseconds = exact.multiply(number, Decimal("1e6"))
    elif number < MILLISECONDS_BELOW:
        microseconds = exact.multiply(number, Decimal("1e3"))
    elif number < MICROSECONDS_BELOW:
        microseconds = number
    else:
        microseconds = exact.multiply(number, Decimal("1e-3"))
    whole = int(microseconds.to_integral_value(ROUND_FLOOR, exact))
    return EPOCH + timedelta(microseconds=whole), False


def _read_iso(text: str) -> tuple[datetime, bool] | None:
    """Return an ISO 8601 time in UTC, and whether it was naive.

    Section 5: "`YYYY-MM-DD`, `T`, `t` or a space, `hh:mm`, optionally `:ss` and behind that
    optionally `.` or `,` and at least one digit, optionally `Z`, `z`, ` UTC`, ` GMT`, `+hh:mm`,
    `+hhmm` or `+hh` (at most 23:59). [...] Without an offset it is UTC and counted as naive."
    """
    match = ISO_TIME.fullmatch(text)
    if match is None:
        return None

    # Cut, not rounded: the first six digits, with zeros for missing ones.
    microsecond = int(((match["fraction"] or "") + "000000")[:6])

    offset = match["offset"]
    offset_hours = 0
    offset_minutes = 0
    if offset is not None and offset[0] in "+-":
        digits = offset[1:].replace(":", "")
        offset_hours = int(digits[:2])
        offset_minutes = int(digits[2:] or "0")
    if offset_hours > LAST_OFFSET_HOUR or offset_minutes > LAST_OFFSET_MINUTE:
        return None
    ahead_of_utc = timedelta(hours=offset_hours, minutes=offset_minutes)
    if offset is not None and offset.startswith("-"):
        ahead_of_utc = -ahead_of_utc

    try:
        clock = datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"] or "0"),
            microsecond,
            tzinfo=UTC,
        )
        return clock - ahead_of_utc, offset is None
    except (ValueError, OverflowError):
        # A day or hour that does not exist, second 60, or a year outside of 1 to 9999 in UTC.
        return None
