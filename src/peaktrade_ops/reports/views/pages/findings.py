"""The findings of a verdict as a list of what to do, with links to the evidence on the days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec

from peaktrade_ops.reports.views.attention import concerns_of
from peaktrade_ops.reports.views.pages.parts import (
    folded,
    number,
    plural,
    printable_lines,
    rows,
    untrusted,
)
from peaktrade_ops.stage1.findings import OPEN_END, day_groups, hint_parts, is_open, joiner_of
from peaktrade_ops.stage1.models import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.models import Finding, Rollups

MOST_GROUPS: Final = 14
"""The number of days, or ranges of days, of a finding that are shown without a click."""

_ACCEPTING = re.compile(r"\[\[(?:stages\.[a-z0-9_-]+\.)?accepted\]\]")

EVIDENCE: Final[dict[str, tuple[str, ...]]] = {
    "critical": ("critical",),
    "not_understood": ("not-understood",),
    "danger": ("danger",),
    "critical_actions": ("actions",),
    "legacy_critical": ("legacy-critical",),
    "new_alerts": ("alerts",),
    "parse_errors": ("rejected",),
    "incomplete": ("left-out", "not-known"),
    "unreadable": ("contradiction", "remade"),
    "missing": ("empty",),
    "last_day": ("empty",),
    "lost": ("lost",),
}
"""Where the page of a day shows what a rule objects to: the first of these that it has."""


class Targets(msgspec.Struct, frozen=True):
    """Where a day of a finding leads to.

    Attributes:
        rows: The place of each day on this page, by its date; empty where there is none.
        reports: The file of each day that has a report, by its date.
        summaries: The readable summaries, by date.
    """

    rows: Mapping[str, str]
    reports: Mapping[str, str]
    summaries: Mapping[date, Summary]

    def of(self, day: date, rule: str) -> str | None:
        """Return the address of what a rule objects to on a day; `None` if there is none."""
        page = self.reports.get(str(day))
        if page is None:
            return self.rows.get(str(day))
        summary = self.summaries.get(day)
        names = EVIDENCE.get(rule)
        if summary is None or names is None:
            return page
        there = {concern.name for concern in concerns_of(summary)}
        anchor = next((name for name in names if name in there), None)
        return f"{page}#{anchor}" if anchor else page


def what_to_do(rollups: Rollups, targets: Targets) -> Iterator[h.Node]:
    """Yield the list of what to do, which is empty for a GO without findings.

    A trend without findings, as version 0.1.0 wrote it, has only sentences.
    """
    findings = rollups.findings or ()
    if findings:
        yield h.p[h.b["What to do"], ", in this order:" if len(findings) > 1 else ":"]
        yield h.ol(".todo")[
            rows(
                *(
                    h.li(id=reason_id(i))[rows(*_item(finding, targets))]
                    for i, finding in enumerate(findings, 1)
                )
            )
        ]
    elif rollups.reasons:
        yield h.ul[rows(*(h.li[untrusted(reason)] for reason in rollups.reasons))]


def reason_id(place: int) -> str:
    """Return the id of the finding at a place, counted from 1."""
    return f"reason-{place}"


def let_pass(tolerated: Sequence[Finding], targets: Targets) -> h.Element:
    """Return the list of what a verdict let pass."""
    return h.ul[rows(*(h.li[list(_sentence(each, targets))] for each in tolerated))]


def _item(finding: Finding, targets: Targets) -> Iterator[h.Node]:
    sentence, lines = hint_parts(finding)
    yield h.div(".why")[list(_sentence(finding, targets))]
    if sentence:
        yield h.p(".hint")[untrusted(sentence)]
    # To accept what happened is the last resort, and its lines are many.
    last = next((i for i, line in enumerate(lines) if _ACCEPTING.fullmatch(line)), len(lines))
    while last < len(lines) and last and lines[last - 1].startswith("#"):
        last -= 1
    if lines[:last]:
        yield h.pre[printable_lines(lines[:last])]
    if lines[last:]:
        yield folded(
            f"The {plural(len(lines[last:]), 'line')} of stage1.toml that would accept it",
            h.pre[printable_lines(lines[last:])],
        )


def _sentence(finding: Finding, targets: Targets) -> Iterator[h.Node]:
    """Yield the text of a finding and links to its days; the last of many days are folded away."""
    groups = [_group(finding, group, targets) for group in day_groups(finding)]
    most = MOST_GROUPS if len(groups) > MOST_GROUPS + 1 else len(groups)
    yield untrusted(finding.text)
    yield [": ", *_joined(groups[:most])] if groups else None
    if groups[most:]:
        left = len(groups) - most
        yield folded(f"and {number(left)} more", h.p[_joined(groups[most:])])


def _group(finding: Finding, group: Sequence[date], targets: Targets) -> h.Node:
    links = [_link(day, targets.of(day, finding.rule)) for day in group]
    end = OPEN_END if is_open(finding, group) else None
    return [links[0], [(joiner_of(finding), link) for link in links[1:]], end]


def _joined(groups: Sequence[h.Node]) -> list[h.Node]:
    return [part for i, group in enumerate(groups) for part in (", " if i else None, group)]


def _link(day: date, target: str | None) -> h.Node:
    return h.a(href=target)[str(day)] if target else str(day)
