"""The input and the results of the rules of the verdict: a range of days, and faults on days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.day import Day
from peaktrade_ops.stage1.stage import STAGE1, Stage


class DayRange(msgspec.Struct, frozen=True):
    """The input of the rules.

    Attributes:
        days: Consecutive calendar days, in order; at least one.
        policy: The thresholds.
        accepted: The number of faults that the operator tolerates, by rule and day.
        end: The end of the last window, aware.
        stage: The stage, whose commands and tables the hints name.
    """

    days: Sequence[Day]
    policy: Policy
    accepted: Mapping[tuple[str, date], int]
    end: datetime
    stage: Stage = STAGE1

    def is_absent(self, day: Day) -> bool:
        """Return whether a day is missing or empty, and not a day off."""
        return day.readable and not has_data(day) and not self.policy.is_off(day.date)


class Fault(msgspec.Struct, frozen=True):
    """A fault that a rule finds on one day.

    Attributes:
        days: The days in the finding: the days on both sides of a gap, else one day.
        count: The number of events, records or files; 1 for a rule without a number.
        what: The causes for the hint, such as a file with a line, or a folder; may be empty.
    """

    days: tuple[date, ...]
    count: int = 1
    what: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """The day that an ``[[accepted]]`` entry must name."""
        return self.days[-1]


def has_data(day: Day) -> bool:
    """Return whether a day has data: a readable report with events."""
    return day.found and not day.empty


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
