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

LOST: Final = "lost"
"""The rule of telemetry that shows less than a stored report."""

OPEN_END: Final = " and the end of the range"
"""The text after the one day of the last gap."""

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


def written_group(finding: Finding, group: Sequence[date]) -> str:
    """Return a group of days as text; a gap at the end of the range has only one day."""
    days = joiner_of(finding).join(map(str, group))
    return days + OPEN_END if is_open(finding, group) else days


def is_open(finding: Finding, group: Sequence[date]) -> bool:
    """Return whether a group is a gap between one day and the end of the range."""
    return finding.rule == GAP and len(group) == 1


def hint_parts(finding: Finding) -> tuple[str, list[str]]:
    """Return the sentence of a hint, and the lines to paste into ``stage1.toml``."""
    sentence, *lines = finding.hint.split("\n")
    return sentence, lines


def reason_of(finding: Finding) -> str:
    """Return a finding as one sentence with its days."""
    return _sentence(finding, day_groups(finding))


def _sentence(finding: Finding, groups: Sequence[tuple[date, ...]]) -> str:
    days = ", ".join(written_group(finding, group) for group in groups)
    return f"{finding.text}: {days}" if days else finding.text
