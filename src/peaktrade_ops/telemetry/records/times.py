"""Read times exactly: epoch numbers of four units, and one form of ISO 8601.

A time has microseconds. More digits are cut, never rounded, and no float is involved.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

import msgspec

from peaktrade_ops.text import NumberText
from peaktrade_ops.window import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

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

RESOLUTION: Final = timedelta(0, 0, 1)
"""The shortest time between two times."""

_TEXTS: Final = {str, NumberText}

_AS_ZERO: Final = str.maketrans("123456789", "000000000")

FIRST_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
NO_TIME_FROM: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""A moment before the first, or at or after the second, is no time (section 5 of the contract)."""

_FIRST_MICROSECOND: Final = (FIRST_TIME - EPOCH) // RESOLUTION
_NO_MICROSECOND_FROM: Final = (NO_TIME_FROM - EPOCH) // RESOLUTION

# The unit of an epoch number, by its size: the first number above the unit, and the power of ten
# that turns a number of the unit into microseconds. The last limit is the year 2100.
_UNITS: Final = ((10**11, 6), (10**14, 3), (10**17, 0), (4_102_444_800 * 10**9, -3))

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
    elif type(value) is int and value >= 0:
        return _from_integer(value)
    return None


class Scale(Protocol):
    """How the values of a column are ordered in time, so that few of them need a `datetime`."""

    def moment(self, value: Any) -> datetime:  # noqa: ANN401 (the values of a column have one type)
        """Return the time of a value, aware and in UTC."""

    def value(self, moment: datetime) -> Any:  # noqa: ANN401 (the same)
        """Return what a value at a moment would be.

        Values of the same time or later are not less than it, and earlier ones are less.
        """


class _Moments:
    """The scale of times."""

    def moment(self, value: datetime) -> datetime:
        return value

    def value(self, moment: datetime) -> datetime:
        return moment


MOMENTS: Final[Scale] = _Moments()


class _Shifted(msgspec.Struct, frozen=True):
    """The scale of times as clocks with an offset show them, marked as UTC."""

    offset: timedelta

    def moment(self, value: datetime) -> datetime:
        return value - self.offset

    def value(self, moment: datetime) -> datetime:
        return moment + self.offset


class _Numbers(msgspec.Struct, frozen=True):
    """The scale of epoch numbers of a unit: ten to this power is the unit in microseconds."""

    power: int

    def moment(self, value: int) -> datetime:
        scale = 10 ** abs(self.power)
        return _after_epoch(value * scale if self.power >= 0 else value // scale)

    def value(self, moment: datetime) -> int:
        microseconds = _microseconds(moment)
        if self.power < 0:
            return int(microseconds * 10**-self.power)
        return int(-(-microseconds // 10**self.power))


class _Decimals:
    """The scale of texts of seconds: ten digits, a point and any number of digits."""

    def moment(self, value: str) -> datetime:
        return _after_epoch(int(value[:10] + value[11:17].ljust(6, "0")))

    def value(self, moment: datetime) -> str:
        seconds, microseconds = divmod(_microseconds(moment), 1_000_000)
        return f"{seconds:010}.{microseconds:06}".rstrip("0").rstrip(".")


class Column(NamedTuple):
    """The times of a column.

    Attributes:
        values: The values.
        scale: What they mean.
        first: The earliest time.
        last: The latest time.
        naive: Whether the texts have no offset.
    """

    values: list[Any]
    scale: Scale
    first: datetime
    last: datetime
    naive: bool

    @property
    def moments(self) -> list[datetime]:
        """The times, aware and in UTC."""
        return list(map(self.scale.moment, self.values))


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
            read = _read_texts(cast("Sequence[str]", values))
        elif types == {int}:
            read = _read_numbers(cast("Sequence[int]", values))
        else:
            return None
        if read is None:
            return None
        first, last = read.scale.moment(min(read.values)), read.scale.moment(max(read.values))
    except (ValueError, OverflowError):
        # A date that does not exist.
        return None
    if first < FIRST_TIME or last >= NO_TIME_FROM:
        return None
    return Column(read.values, read.scale, first, last, read.naive)


class _Read(NamedTuple):
    values: list[Any]
    scale: Scale
    naive: bool = False


def _read_texts(texts: Sequence[str]) -> _Read | None:
    column = "\n".join(texts) + "\n"
    if column.count("\n") != len(texts):
        return None
    if _are_decimal_seconds(column):
        return _Read(list(texts), _Decimals())
    return _read_iso(texts, column)


def _read_iso(texts: Sequence[str], column: str) -> _Read | None:
    """Read texts of the form of ISO 8601; `column` has one in each line."""
    read = datetime.fromisoformat
    form = _form_of(texts[0], column, len(texts))
    if _are_utc(form.sample):
        return _Read(list(map(read, texts)), MOMENTS)
    if _are_local(form.sample):
        return _Read(list(map(read, _with_end(column, "", "Z"))), MOMENTS, naive=True)
    if form.offset and _are_offset(form.sample):
        offset = read(texts[0]).utcoffset() or timedelta()
        return _Read(list(map(read, _with_end(column, form.offset, "Z"))), _Shifted(offset))
    if _are_offset(column):
        return _Read([read(text).astimezone(UTC) for text in texts], MOMENTS)
    return None


def _with_end(column: str, end: str, new: str) -> list[str]:
    """Return the lines of a column with another end."""
    return column.replace(f"{end}\n", f"{new}\n").split("\n")[:-1]


class _Form(NamedTuple):
    """The form of the texts of a column.

    Attributes:
        sample: Text that has it: one line if all are alike with one offset.
        offset: The offset of all texts; empty if they have none or may have several.
    """

    sample: str
    offset: str


def _form_of(text: str, column: str, size: int) -> _Form:
    """Return the form of a column.

    In one line as a sample, other digits may differ: `fromisoformat` refuses digits that are no
    time of day, but for the hour 24 in newer versions of Python.
    """
    place = max(text.find("+", 11), text.find("-", 11))
    offset = text[place:] if place >= 0 else ""
    zeros = text.translate(_AS_ZERO)
    if (
        column.count(f"{offset}\n") == size
        and f"{text[10:11]}24" not in column
        and column.translate(_AS_ZERO) == f"{zeros}\n" * size
    ):
        sample = f"{zeros.removesuffix(offset.translate(_AS_ZERO))}{offset}\n"
        return _Form(sample, offset)
    return _Form(column, "")


def _read_numbers(numbers: Sequence[int]) -> _Read | None:
    least, most = min(numbers), max(numbers)
    start = 0
    for end, power in _UNITS:
        if start <= least and most < end:
            return _Read(list(numbers), _Numbers(power))
        start = end
    return None


def _after_epoch(microseconds: int) -> datetime:
    return EPOCH + timedelta(0, 0, microseconds)


def _microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970."""
    return (moment - EPOCH) // RESOLUTION


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


def _from_integer(value: int) -> datetime | None:
    for end, power in _UNITS:
        if value < end:
            microseconds = value * 10**power if power >= 0 else value // 10**-power
            is_plausible = _FIRST_MICROSECOND <= microseconds < _NO_MICROSECOND_FROM
            return _after_epoch(microseconds) if is_plausible else None
    return None


def _from_number(value: str) -> datetime | None:
    """Read an epoch number from the text of a JSON number."""
    number = _EPOCH_NUMBERS.create_decimal(value)
    if number < 0:
        return None
    for end, power in _UNITS:
        if number < end:
            moment = _after_epoch(int(_EPOCH_NUMBERS.scaleb(number, power)))
            return moment if _is_plausible(moment) else None
    return None
