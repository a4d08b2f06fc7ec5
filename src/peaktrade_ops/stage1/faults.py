"""What rules of the verdict look at, and what they find: faults on days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from peaktrade_ops.config import Policy
    from peaktrade_ops.stage1.day import Day


class DayRange(NamedTuple):
    """What the rules look at.

    Attributes:
        days: Neighbouring calendar days, in order, none left out; at least one.
        policy: The thresholds.
        accepted: Up to how many faults the operator tolerates, by rule and day.
        end: The end of the last window, aware.
    """

    days: Sequence[Day]
    policy: Policy
    accepted: Mapping[tuple[str, date], int]
    end: datetime

    def is_absent(self, day: Day) -> bool:
        """Return whether a day is missing or empty and is no day off."""
        return day.readable and not has_data(day) and not self.policy.is_off(day.date)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule finds on one day.

    Attributes:
        days: The days that a finding names; the days on both sides of a gap, else one.
        count: How many events, records or files; 1 for a rule without a number.
        what: What is wrong there, for the hint: a file and its line, a folder. May be empty.
    """

    days: tuple[date, ...]
    count: int = 1
    what: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """The day that an accepted entry names."""
        return self.days[-1]


def has_data(day: Day) -> bool:
    """Return whether a day has data: a readable report, and not one of an empty day."""
    return day.found and not day.empty


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
