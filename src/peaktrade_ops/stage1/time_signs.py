"""Signs that a key with times may not have the time of its events."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peaktrade_ops.text import NumberText
from peaktrade_ops.window import DAY, EPOCH, NO_TIME_BEFORE

if TYPE_CHECKING:
    from datetime import date

_FAR: Final = 2 * DAY
_LONGEST: Final = 60
_LEAST_GROUPS: Final = 4
_LEAST_NUMBER: Final = 10_000_000
_LEAST_ITEMS: Final = 3
_GROUP = re.compile(r"[0-9]+")
_LONG_GROUP = re.compile(r"[0-9]{8}")
_CLOCK = re.compile(r"(?<![0-9:.])[0-2]?[0-9]:[0-5][0-9](?![0-9])")
_is_offset = re.compile(r"(?:[A-Z]{1,4})?[-+][0-9]{1,2}:?[0-9]{2}").fullmatch
_is_number = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?").fullmatch


class Frame(NamedTuple):
    """The times that are known of a file.

    Attributes:
        first: The earliest time of an event; `None` if no event has one.
        last: The latest one.
        modified: When the file was changed; `None` if that is not known.
    """

    first: datetime | None = None
    last: datetime | None = None
    modified: datetime | None = None

    def with_times(self, first: datetime | None, last: datetime | None) -> Frame:
        """Return the frame with the earliest and the latest time of further events."""
        firsts = [each for each in (self.first, first) if each]
        lasts = [each for each in (self.last, last) if each]
        return self._replace(first=min(firsts, default=None), last=max(lasts, default=None))


class Moments:
    """The times of a key, in the order of the events."""

    __slots__ = ("_count", "_goes_back", "_span")

    def __init__(self) -> None:
        """Start without times."""
        self._count = 0
        self._span: tuple[datetime, datetime] | None = None
        self._goes_back = False

    def add(self, moment: datetime) -> None:
        """Add the time of the next event, aware or naive."""
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        self._count += 1
        first, last = self._span or (moment, moment)
        self._goes_back = self._goes_back or last - moment > DAY
        self._span = min(first, moment), max(last, moment)

    def doubt(self, frame: Frame) -> str | None:
        """Return why these may not be the times of the events; `None` if nothing speaks against it.

        Events are written in the order of time, each at a time of its own, and the last of them
        changes the file.

        Args:
            frame: The times that are known of the file.
        """
        if self._span is None:
            return None
        first, last = self._span
        if self._count > 1 and first == last:
            return f"all {self._count} events that have it have the same"
        if self._goes_back:
            return "it goes back by more than a day from one event to a later one"
        changed = frame.modified
        if changed is None or abs(changed - last) <= _FAR or _is_among(first, last, frame):
            return None
        return f"its last is of {_day(last)}, and the file was changed on {_day(changed)}"


def _is_among(first: datetime, last: datetime, frame: Frame) -> bool:
    """Return whether times are among those of the other events."""
    if not (frame.first and frame.last):
        return False
    return frame.first - _FAR <= first and last <= frame.last + _FAR


def have_moved(now: Frame, then: Frame) -> bool:
    """Return whether events that have a time now would have one that is days away.

    Args:
        now: The times of a file.
        then: Its times when it is read in another way.
    """
    if not (now.first and now.last and then.first and then.last):
        return False
    return now.first - then.first > _FAR or then.last - now.last > _FAR


def modified_at(nanoseconds: int) -> datetime | None:
    """Return a modification time; `None` if the file system keeps none, or it is none."""
    try:
        moment = EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
    return None if moment < NO_TIME_BEFORE else moment


def may_be_time(value: Any, *, is_named: bool) -> bool:  # noqa: ANN401 (a JSON value)
    """Return whether a value that is not read as a time may be one in another form.

    Args:
        value: The value.
        is_named: Whether its key has the name of a time: else only a date with a clock may be one.
    """
    if isinstance(value, list):
        return is_named and len(value) >= _LEAST_ITEMS and all(type(each) is int for each in value)
    if isinstance(value, (bool, dict)) or value is None:
        return False
    text = str(value)
    if len(text) > _LONGEST:
        return False
    if isinstance(value, (int, float, NumberText)) or _is_number(text):
        return is_named and abs(float(text)) >= _LEAST_NUMBER
    groups = len(_GROUP.findall(text))
    if groups >= _LEAST_GROUPS and _CLOCK.search(text):
        return True
    is_like = groups > 1 or _LONG_GROUP.search(text) is not None
    return is_named and is_like and not _is_offset(text)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
