"""Write findings as sentences: the text of a finding with its days, consecutive days as ranges."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from peaktrade_ops.stage1.models import Finding

GAP: Final = "gap"
"""The rule whose days are pairs: the days before and after each gap."""

_LEAST_RUN: Final = 3


def day_groups(finding: Finding) -> list[tuple[date, ...]]:
    """Return the days of a finding in groups: single days and pairs of days.

    A pair is the days before and after a gap. For any other rule, it is the first and the last of
    three or more consecutive days.
    """
    if finding.rule == GAP:
        # A file of another program may contain an odd number of days.
        return [finding.days[i : i + 2] for i in range(0, len(finding.days), 2)]
    return day_ranges(finding.days)


def day_ranges(days: Sequence[date]) -> list[tuple[date, ...]]:
    """Group sorted days: the first and last of three or more consecutive days, or single days."""
    runs: list[list[date]] = []
    for before, day in pairwise([None, *days]):
        if before is not None and day is not None and (day - before).days == 1:
            runs[-1].append(day)
        elif day is not None:
            runs.append([day])
    return [
        group
        for run in runs
        for group in ([(run[0], run[-1])] if len(run) >= _LEAST_RUN else [(day,) for day in run])
    ]


def joiner_of(finding: Finding) -> str:
    """Return the word between the two days of a pair."""
    return " and " if finding.rule == GAP else " to "


def reason_of(finding: Finding) -> str:
    """Return a finding as one sentence with its days."""
    return _sentence(finding, day_groups(finding))


def full_reason_of(finding: Finding) -> str:
    """Return a finding as one sentence that lists every day; the days of a gap stay in pairs."""
    if finding.rule == GAP:
        return reason_of(finding)
    return _sentence(finding, [(day,) for day in finding.days])


def _sentence(finding: Finding, groups: Sequence[tuple[date, ...]]) -> str:
    days = ", ".join(joiner_of(finding).join(map(str, group)) for group in groups)
    return f"{finding.text}: {days}" if days else finding.text
