"""Read times exactly: epoch numbers of four units, and one form of ISO 8601.

A time has microseconds. More digits are cut, never rounded, and no float is involved.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from peaktrade_ops.text import NumberText
from peaktrade_ops.window import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# `datetime.fromisoformat` accepts more (bare dates, weeks, 24:00, and more with each version of
# Python). Only texts of this form are passed to it. It reads any character between date and time.
_LOCAL: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
    r"(?::[0-5][0-9](?:[.,][0-9]++)?)?"
)
_OFFSET: Final = r"[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"
_is_iso = re.compile(f"({_LOCAL})(Z|z| UTC| GMT|{_OFFSET})?").fullmatch
_is_number = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?").fullmatch

# Whole columns of one form, one value per line.
_are_utc = re.compile(rf"(?:{_LOCAL}(?:Z|\+00:00)\n)++").fullmatch
_are_local = re.compile(rf"(?:{_LOCAL}\n)++").fullmatch
_are_offset = re.compile(rf"(?:{_LOCAL}{_OFFSET}\n)++").fullmatch
_are_decimal_seconds = re.compile(r"(?:[1-9][0-9]{9}\.[0-9]++\n)++").fullmatch

_TEXTS: Final = {str, NumberText}

_AS_ZERO: Final = str.maketrans("123456789", "000000000")

FIRST_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
NO_TIME_FROM: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""A moment before the first, or at or after the second, is no time (section 5 of the contract)."""

# The unit of an epoch number, by its size: the first number above the unit, and the power of ten
# that turns a number of the unit into microseconds. The last limit is the year 2100.
_UNITS: Final = ((10**11, 6), (10**14, 3), (10**17, 0), (4_102_444_800 * 10**9, -3))
_TOO_FAR: Final = _UNITS[-1][0]

# More than the digits of any time, so that rounding down changes neither the unit of a number nor
# its microseconds. Numbers outside of the exponents become the nearest one that is not greater:
# a negative number remains negative. Without traps, no number raises.
_EPOCH_NUMBERS: Final = Context(
    prec=50, rounding=ROUND_FLOOR, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[]
)


def read_time(value: object) -> datetime | None:
    """Read the value of a time property.

    Args:
        value: A JSON value. A number is an `int`, or a `str` where it has a fraction or exponent.

    Returns:
        The time: aware and in UTC, or naive (but UTC) where the text has no offset. `None` where
        the value is not a time from 2000 to 2099.
    """
    if isinstance(value, str):
        if iso := _is_iso(value):
            return _from_iso(iso[1], iso[2])
        if _is_number(value):
            return _from_number(value)
    elif type(value) is int and 0 <= value < _TOO_FAR:
        return _from_number(value)
    return None


class Column(NamedTuple):
    """The times of a column.

    Attributes:
        moments: The times, aware and in UTC.
        naive: Whether the texts have no offset.
        first: The earliest time.
        last: The latest time.
    """

    moments: list[datetime]
    naive: bool
    first: datetime
    last: datetime


def read_times(values: Sequence[object]) -> Column | None:
    """Read many values at once, if all have the same common form.

    Args:
        values: The values, at least one.

    Returns:
        The times that `read_time` returns for the values. `None` if the values need `read_time`,
        one by one.
    """
    types = set(map(type, values))
    try:
        if types <= _TEXTS:
            moments, naive = _read_texts(cast("Sequence[str]", values))
        elif types == {int}:
            moments, naive = _read_numbers(cast("Sequence[int]", values)), False
        else:
            return None
    except (ValueError, OverflowError):
        # A date that does not exist, or a line end inside of a text.
        return None
    if not moments:
        return None
    first, last = min(moments), max(moments)
    if first < FIRST_TIME or last >= NO_TIME_FROM:
        return None
    return Column(moments, naive, first, last)


def _read_texts(texts: Sequence[str]) -> tuple[list[datetime], bool]:
    """Return the times, none if they are not alike, and whether they have no offset."""
    column = "\n".join(texts) + "\n"
    read = datetime.fromisoformat
    sample = _sample_of(texts[0], column, len(texts))
    if _are_utc(sample):
        return list(map(read, texts)), False
    if _are_local(sample):
        return [read(f"{text}Z") for text in texts], True
    if _are_offset(column):
        return [read(text).astimezone(UTC) for text in texts], False
    # `fromisoformat` refuses a text with a line end inside; a slice of its digits does not.
    if _are_decimal_seconds(column) and column.count("\n") == len(texts):
        digits = [text[:10] + text[11:17].ljust(6, "0") for text in texts]
        return _after_epoch(map(int, digits)), False
    return [], False


def _sample_of(text: str, column: str, size: int) -> str:
    """Return text that has the form of a column: one line if all are alike with one offset.

    Other digits may differ: `fromisoformat` refuses digits that are no time of day, but for the
    hour 24 in newer versions of Python.
    """
    place = max(text.find("+", 11), text.find("-", 11))
    offset = text[place:] if place >= 0 else ""
    zeros = text.translate(_AS_ZERO)
    if (
        column.count(f"{offset}\n") == size
        and f"{text[10:11]}24" not in column
        and column.translate(_AS_ZERO) == f"{zeros}\n" * size
    ):
        return f"{zeros.removesuffix(offset.translate(_AS_ZERO))}{offset}\n"
    return column


def _read_numbers(numbers: Sequence[int]) -> list[datetime]:
    """Return the times, none if the numbers do not have one unit."""
    least, most = min(numbers), max(numbers)
    start = 0
    for end, power in _UNITS:
        if start <= least and most < end:
            scale = 10 ** abs(power)
            if power >= 0:
                return _after_epoch(number * scale for number in numbers)
            return _after_epoch(number // scale for number in numbers)
        start = end
    return []


def _after_epoch(microseconds: Iterable[int]) -> list[datetime]:
    return list(map(EPOCH.__add__, map(timedelta, repeat(0), repeat(0), microseconds)))


def _from_iso(local: str, offset: str | None) -> datetime | None:
    """Read a text of the form of ISO 8601.

    Args:
        local: Its date and time.
        offset: Its offset; `None` or empty if it has none.
    """
    is_utc = offset in {"Z", "z", " UTC", " GMT"}
    try:
        moment = datetime.fromisoformat(f"{local}{'Z' if is_utc else offset or ''}")
        if moment.tzinfo is None:
            return moment if _is_plausible(moment.replace(tzinfo=UTC)) else None
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _is_plausible(moment) else None


def _is_plausible(moment: datetime) -> bool:
    return FIRST_TIME <= moment < NO_TIME_FROM


def _from_number(value: int | str) -> datetime | None:
    """Read an epoch number: an `int`, or the text of a JSON number."""
    number = _EPOCH_NUMBERS.create_decimal(value)
    if number < 0:
        return None
    for end, power in _UNITS:
        if number < end:
            moment = EPOCH + timedelta(0, 0, int(_EPOCH_NUMBERS.scaleb(number, power)))
            return moment if _is_plausible(moment) else None
    return None
