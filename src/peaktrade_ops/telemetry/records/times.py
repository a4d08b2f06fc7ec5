"""Reading a time, exactly: epoch numbers of four units and one form of ISO 8601 (section 5).

Times are kept to the microsecond, cut and not rounded; no float is involved anywhere.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# What `datetime.fromisoformat` takes beyond the contract (bare dates, weeks, 24:00, commas, and
# more with each Python) is kept from it by this form.
_LOCAL: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]++)?"
)
_OFFSET: Final = r"[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"
_is_iso = re.compile(f"{_LOCAL}(?:Z|{_OFFSET})?").fullmatch
_as_number = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?").fullmatch

# Whole columns of one form, a value a line.
_are_utc = re.compile(rf"(?:{_LOCAL}(?:Z|\+00:00)\n)++").fullmatch
_are_local = re.compile(rf"(?:{_LOCAL}\n)++").fullmatch
_are_offset = re.compile(rf"(?:{_LOCAL}{_OFFSET}\n)++").fullmatch
_are_decimal_seconds = re.compile(r"(?:[1-9][0-9]{9}\.[0-9]++\n)++").fullmatch

_SECONDS_BELOW: Final = 10**11
_MILLISECONDS_BELOW: Final = 10**14
_MICROSECONDS_BELOW: Final = 10**17
_TOO_FAR: Final = 10**21

# A number with more digits before its point is after the year 9999 in every unit.
_MOST_DIGITS: Final = 21
_MOST_EXPONENT_DIGITS: Final = 9


def read_time(value: object) -> datetime | None:
    """Read the value of a time property.

    Args:
        value: A JSON value; a number is an `int`, or its text where it has a fraction or exponent.

    Returns:
        The time: aware and in UTC, or without a time zone (but meaning UTC) where it was written
        without an offset; none where the value is no time between 1970 and 9999.
    """
    if type(value) is str:
        if _is_iso(value):
            return _from_iso(value)
        if match := _as_number(value):
            return _from_number(*match.groups())
    elif type(value) is int and 0 <= value < _TOO_FAR:
        return _from_epoch(value, "")
    return None


class Column(NamedTuple):
    """The times of a column, aware and in UTC, and whether they were written without an offset."""

    moments: list[datetime]
    naive: bool


def read_times(values: Sequence[object]) -> Column | None:
    """Read many values at once, where all have the same one of the commonest forms.

    Args:
        values: The values, at least one.

    Returns:
        What `read_time` gives for each of them; none where it must be asked for each.
    """
    types = set(map(type, values))
    try:
        if types == {str}:
            column = _read_texts(cast("Sequence[str]", values))
        elif types == {int}:
            column = _read_numbers(cast("Sequence[int]", values))
        else:
            return None
    except (ValueError, OverflowError):
        # A date that the calendar does not have, or a line end inside of a text.
        return None
    return column if column and min(column.moments) >= EPOCH else None


def _read_texts(texts: Sequence[str]) -> Column | None:
    column = "\n".join(texts) + "\n"
    read = datetime.fromisoformat
    if _are_utc(column):
        return Column(list(map(read, texts)), naive=False)
    if _are_local(column):
        return Column([read(f"{text}Z") for text in texts], naive=True)
    if _are_offset(column):
        return Column([read(text).astimezone(UTC) for text in texts], naive=False)
    # Unlike `fromisoformat`, a slice of the digits does not notice a line end inside of a text.
    if _are_decimal_seconds(column) and column.count("\n") == len(texts):
        moments = [
            EPOCH + timedelta(0, int(text[:10]), int(text[11:17].ljust(6, "0"))) for text in texts
        ]
        return Column(moments, naive=False)
    return None


def _read_numbers(numbers: Sequence[int]) -> Column | None:
    least, most = min(numbers), max(numbers)
    for below, microseconds_each in ((_SECONDS_BELOW, 1_000_000), (_MILLISECONDS_BELOW, 1_000)):
        if least >= 0 and most < below:
            moments = [EPOCH + timedelta(0, 0, number * microseconds_each) for number in numbers]
            return Column(moments, naive=False)
        if least < below:
            return None
    if least >= _MICROSECONDS_BELOW and most < _TOO_FAR:
        moments = [EPOCH + timedelta(0, 0, number // 1_000) for number in numbers]
        return Column(moments, naive=False)
    return None


def _from_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment if moment.year >= EPOCH.year else None
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= EPOCH else None


def _from_number(
    sign: str, whole: str, fraction: str | None, exponent_sign: str | None, exponent: str | None
) -> datetime | None:
    """Read a number by the groups of its text."""
    digits = whole + (fraction or "")
    if not digits.strip("0"):
        return EPOCH
    if sign:
        return None
    point = len(whole)
    if exponent:
        # An exponent with too many digits to matter only has to be far away.
        shift = int(exponent.lstrip("0")[: _MOST_EXPONENT_DIGITS + 1] or "0")
        point += -shift if exponent_sign == "-" else shift
        zeros = len(digits) - len(digits.lstrip("0"))
        if point - zeros > _MOST_DIGITS:
            return None
        if point <= 0:
            # Less than one second: only the first six places after the point can matter.
            places = -point
            return _from_epoch(0, "0" * min(places, _MOST_DIGITS) + digits)
        digits = digits.ljust(point, "0")
    elif point > _MOST_DIGITS:
        return None
    # Without leading zeros, because Python refuses to convert very many digits.
    return _from_epoch(int(digits[:point].lstrip("0") or "0"), digits[point:])


def _from_epoch(whole: int, fraction: str) -> datetime | None:
    """Read an epoch number: its whole part, whose size tells the unit, and its decimals."""
    if whole < _SECONDS_BELOW:
        microseconds = whole * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    elif whole < _MILLISECONDS_BELOW:
        microseconds = whole * 1_000 + int(fraction[:3].ljust(3, "0"))
    elif whole < _MICROSECONDS_BELOW:
        microseconds = whole
    else:
        microseconds = whole // 1_000
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None
