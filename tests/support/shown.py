"""A summary in the form of the oracle, to compare the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.oracle import (
    Expected,
    ExpectedEvidence,
    ExpectedReport,
    ExpectedSeen,
    ExpectedUnderstanding,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.stage1.models import NamedCount, Seen, Summary


def shown(summary: Summary) -> ExpectedReport:
    """Return what a new summary shows; everything that is optional to readers is there."""
    assert summary.understanding is not None
    assert summary.evidence is not None
    understanding, evidence = summary.understanding, summary.evidence
    return ExpectedReport(
        counts=_counts(summary),
        understanding=ExpectedUnderstanding(
            unknown_severity=understanding.unknown_severity,
            unread_severity=understanding.unread_severity,
            untimed_serious=understanding.untimed_serious,
            danger=understanding.danger,
            critical_actions=understanding.critical_actions,
            legacy_critical=understanding.legacy_critical,
            ahead_serious=understanding.ahead_serious,
            unpacked=understanding.unpacked,
            unknown_values=_names(understanding.unknown_values),
            unread_keys=_names(understanding.unread_keys),
        ),
        evidence=ExpectedEvidence(
            critical=_seen(evidence.critical),
            danger=_seen(evidence.danger),
            alerts=_seen(evidence.alerts),
            actions=_seen(evidence.actions),
            not_understood=_seen(evidence.not_understood),
        ),
    )


def _counts(summary: Summary) -> Expected:
    """Return the counts of a summary."""
    assert summary.coverage is not None
    assert summary.understanding is not None
    assert summary.top is not None
    assert summary.hourly is not None
    assert summary.rejected is not None
    coverage, metrics = summary.coverage, summary.metrics
    return Expected(
        lines=coverage.lines,
        blank=coverage.blank,
        events=coverage.events,
        rejected=coverage.rejected,
        partial=coverage.partial,
        files={
            file.path: (file.lines, file.blank, file.events, file.rejected, file.partial)
            for file in coverage.files
        },
        in_window_of={file.path: file.in_window for file in coverage.files},
        untimed=coverage.untimed,
        untimed_in_window=coverage.untimed_in_window,
        untimed_critical=coverage.untimed_critical,
        naive=coverage.naive,
        future=coverage.future,
        in_window=coverage.in_window,
        legacy_in_window=coverage.legacy_in_window,
        first=coverage.first,
        last=coverage.last,
        new_alerts=metrics.new_alerts,
        critical_alerts=metrics.critical_alerts,
        parse_errors=metrics.parse_errors,
        operator_actions=metrics.operator_actions,
        legacy_alerts=metrics.legacy_alerts,
        critical_actions=summary.understanding.critical_actions,
        cut_off=[left.path for left in coverage.left_out if left.reason == "cut off"],
        severities=_names(summary.top.severities),
        types=_names(summary.top.types),
        rules=_names(summary.top.rules),
        hourly=[(hour.events, hour.alerts) for hour in summary.hourly],
        # The summary lists the files with rejected records in the window first.
        rejects=sorted((line.path, line.line, line.reason) for line in summary.rejected),
    )


def _names(names: Iterable[NamedCount]) -> list[tuple[str, int]]:
    return [(each.name, each.count) for each in names]


def _seen(events: Iterable[Seen]) -> list[ExpectedSeen]:
    return [
        ExpectedSeen(
            each.time, each.path, each.line, each.severity, each.type, each.rule, each.text
        )
        for each in events
    ]
