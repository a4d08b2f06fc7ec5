"""When a range has enough days with data, if from now on every day has data but the days off.

Dates are those on which the daily routine can be run: the day after the last day of the range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.stage1.faults import has_data
from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from datetime import date

    from peaktrade_ops.stage1.faults import DayRange

_MOST_WEEKS: Final = 7


class Enough(NamedTuple):
    """The first range with enough days with data.

    Attributes:
        days: The number of days of the range.
        on: The first day on which all of them are over.
    """

    days: int
    on: date


def enough_days(span: DayRange) -> Enough:
    """Return the first range with enough days with data that begins with the first of them."""
    known = [day.date for day in span.days if has_data(day)]
    end = span.days[-1].date
    first = known[0] if known else end + DAY
    having = len(known)
    for _ in range(_most_days(span)):
        if having >= span.policy.min_days_with_data:
            break
        end += DAY
        having += not span.policy.is_off(end)
    return Enough((end - first).days + 1, end + DAY)


def enough_in_range(span: DayRange) -> date:
    """Return the first day on which so many days as the range has contain enough with data."""
    having = {day.date for day in span.days if has_data(day)}
    first, end = span.days[0].date, span.days[-1].date
    for _ in range(_most_days(span)):
        if sum(day >= first for day in having) >= span.policy.min_days_with_data:
            break
        first, end = first + DAY, end + DAY
        if not span.policy.is_off(end):
            having.add(end)
    return end + DAY


def days_that_hold(span: DayRange) -> int:
    """Return how many days up to the last contain enough days that are not off."""
    last, wanted = span.days[-1].date, span.policy.min_days_with_data
    for count in range(wanted, _most_days(span)):
        off = sum(span.policy.is_off(last - back * DAY) for back in range(count))
        if count - off >= wanted:
            return count
    return _most_days(span)


def _most_days(span: DayRange) -> int:
    """Return after how many days a search ends, because a policy may have only days off."""
    return _MOST_WEEKS * span.policy.min_days_with_data
