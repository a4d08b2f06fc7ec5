"""The latest report and the trend as gauges for Prometheus.

Every label has a fixed set of values, so that no report, whoever wrote it, can add series without
end. What is not in the set counts as ``other``.
"""

from __future__ import annotations

import platform
from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

import msgspec

from peaktrade_ops import __version__
from peaktrade_ops.serve.exposition import Family, expose
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.day import WINDOW_NOT_OVER
from peaktrade_ops.stage1.left_out import CUT_OFF
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.models import Choice, DayState, Verdict
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.telemetry.files.reasons import EVERY, HARMLESS, HARMLESS_IF_OLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from peaktrade_ops.serve.health import Decided, Health, Judged, Latest
    from peaktrade_ops.stage1.models import Coverage, Rollups, Understanding

OTHER: Final = "other"
"""The value of a label for everything that this version does not know."""

_PREFIX: Final = "peaktrade_"
_REASONS: Final = (*sorted({*EVERY, CUT_OFF, WINDOW_NOT_OVER}), OTHER)
_KINDS: Final = (
    "unknown_severity",
    "unread_severity",
    "untimed_serious",
    "ahead_serious",
    "danger",
    "critical_actions",
    "legacy_critical",
)


def exposition(  # noqa: PLR0913 (each part of the state, and the two of the text)
    latest: Latest,
    judged: Judged,
    health: Health,
    decided: Decided,
    *,
    open_metrics: bool = False,
    stage: Stage = STAGE1,
) -> tuple[bytes, str]:
    """Return the metrics. If the report cannot be read, its numbers are absent and readable is 0.

    The verdict is always present, because an alert on an absent series would never fire.

    Args:
        latest: The latest report.
        judged: The stored trend.
        health: Whether the latest report is recent and the verdict current.
        decided: The stored decision.
        open_metrics: Whether the format is OpenMetrics; else it is that of Prometheus.
        stage: The stage, which every series names.

    Returns:
        The encoded text and its content type.
    """
    families = (
        *_of_program(health),
        *_of_latest(latest),
        *_of_trend(judged),
        *_of_decision(decided),
    )
    return expose(families, {"stage": stage.label}, open_metrics=open_metrics)


def _of_program(health: Health) -> Iterator[Family]:
    made_by = (__version__, platform.python_version())
    meaning = "The version of the program and of its Python; always 1."
    yield Family(f"{_PREFIX}build_info", meaning, ("version", "python"), {made_by: 1})
    meaning = "Whether the latest report is recent and the verdict current."
    yield _gauge("healthy", meaning, health.healthy)
    meaning = "The age from which the latest report is too old."
    yield _gauge("report_max_age_seconds", meaning, health.most.total_seconds())


def _of_latest(latest: Latest) -> Iterator[Family]:
    summary = latest.summary
    meaning = "Whether the latest report can be read."
    yield _gauge("report_readable", meaning, summary is not None)
    if summary is None:
        return
    for metric in shown_in(View.EXPORT):
        yield _gauge(metric.name, metric.help, getattr(summary.metrics, metric.name))
    end = summary.created_at_utc.timestamp()
    yield _gauge("report_end_timestamp_seconds", "The end of the latest report's window.", end)
    # Reports of the earlier scripts have no coverage and count as complete, as in the verdict.
    complete = summary.coverage is None or summary.coverage.complete
    yield _gauge("coverage_complete", "Whether the latest report has seen everything.", complete)
    if summary.coverage is not None:
        yield from _of_coverage(summary.coverage)
    if summary.understanding is not None:
        yield _of_understanding(summary.understanding)


def _of_coverage(coverage: Coverage) -> Iterator[Family]:
    lines = {
        "blank": coverage.blank,
        "event": coverage.events,
        "partial": coverage.partial,
        "rejected": coverage.rejected,
    }
    meaning = "Lines of any age that the latest report has read, by what became of them."
    yield _gauges("report_lines", meaning, "outcome", lines)
    meaning = "Events in the window of the latest report."
    yield _gauge("report_events", meaning, coverage.in_window)
    meaning = "Files that the latest report has scanned."
    yield _gauge("report_files", meaning, coverage.scanned)
    counted = Counter[tuple[str, ...]](
        (
            entry.reason if entry.reason in _REASONS else OTHER,
            # An entry of version 0.1.0 does not say it, and counts as the rules take it.
            "complete" if entry.effect == "complete" else "incomplete",
        )
        for entry in coverage.left_out
    )
    possible = [(reason, effect) for reason in _REASONS for effect in _effects_of(reason)]
    values = {key: counted[key] for key in (*possible, *counted)}
    meaning = "Paths that the latest report has left out, by reason and effect on the coverage."
    yield Family(f"{_PREFIX}report_left_out", meaning, ("reason", "effect"), values)


def _effects_of(reason: str) -> tuple[str, ...]:
    """Return the effects on the coverage that a path left out for a reason can have."""
    if reason in HARMLESS:
        return ("complete",)
    if reason in HARMLESS_IF_OLD or reason == OTHER:
        return ("complete", "incomplete")
    return ("incomplete",)


def _of_understanding(understanding: Understanding) -> Family:
    meaning = "Events of the latest report that are not understood or too severe to tolerate."
    counts = {kind: getattr(understanding, kind) for kind in _KINDS}
    return _gauges("report_understanding", meaning, "kind", counts)


def _of_trend(judged: Judged) -> Iterator[Family]:
    trend, is_current = judged.trend, judged.is_current
    meaning = "Whether there is a trend that can be read."
    yield _gauge("trend_readable", meaning, trend is not None)
    yield _gauge("verdict_current", "Whether the verdict can be relied on.", is_current)
    given = trend.rollups.go_no_go if trend else None
    # A verdict that is not current is never GO.
    verdicts = {
        verdict: verdict == given and (is_current or verdict != "GO")
        for verdict in get_args(Verdict)
    }
    meaning = "The verdict of the trend: 1 for the one given, but for a GO that is not current."
    yield _gauges("verdict", meaning, "verdict", verdicts)
    if trend is None:
        return
    end = trend.generated_at_utc.timestamp()
    yield _gauge("trend_end_timestamp_seconds", "The end of the trend's last window.", end)
    until = validity_of(trend).timestamp()
    yield _gauge("trend_valid_until_timestamp_seconds", "Until when it is valid.", until)
    states = Counter(row.state for row in trend.series)
    days = {state: states[state] for state in get_args(DayState)}
    yield _gauges("trend_day_states", "Days of the trend by state.", "state", days)
    meaning = "New alerts in the whole range of the trend."
    yield _gauge("trend_new_alerts", meaning, trend.rollups.new_alerts_total)
    yield from _of_rules(trend.rollups)


def _of_decision(decided: Decided) -> Iterator[Family]:
    """Yield the families about the decision; those without a label are there without one, too."""
    made = decided.decision
    choices = {choice: made is not None and choice == made.decision for choice in get_args(Choice)}
    meaning = "The decision of the owner: 1 for the one made; all 0 without one."
    yield _gauges("decision", meaning, "decision", choices)
    facts = made.facts if made else None
    # As in the verdict: one that was not current when the owner decided is never GO.
    verdicts = {
        verdict: facts is not None
        and verdict == facts.verdict
        and (verdict != "GO" or facts.support_go)
        for verdict in get_args(Verdict)
    }
    meaning = "The verdict that the decision was made for, but for a GO that was not current."
    yield _gauges("decision_verdict", meaning, "verdict", verdicts)
    meaning = "Whether all that the decision rests on is as it was, and the verdict is current."
    yield _gauge("decision_current", meaning, decided.is_current)
    meaning = "Whether the decision is a go against the verdict."
    yield _gauge("decision_override", meaning, made is not None and made.override)
    meaning = "Whether there was a decision that cannot be relied on any more."
    yield _gauge("decision_lost", meaning, decided.is_lost)
    meaning = "Whether the decision says that an earlier one is lost."
    lacks_some = made is not None and made.history_lost is True
    yield _gauge("decision_history_lost", meaning, lacks_some)
    if made is not None:
        moment = made.decided_at_utc.timestamp()
        yield _gauge("decision_timestamp_seconds", "When the owner decided.", moment)


def _of_rules(rollups: Rollups) -> Iterator[Family]:
    """Yield the families about the rules; a trend of an earlier version does not have them all."""
    known = {rule.name: rule.verdict for rule in RULES}
    if rollups.findings is not None:
        objects: dict[tuple[str, ...], bool] = dict.fromkeys(known.items(), False)
        for finding in rollups.findings:
            rule = finding.rule if finding.rule in known else OTHER
            objects[rule, finding.verdict] = True
        meaning = "Whether a rule objects, and with which verdict."
        yield Family(f"{_PREFIX}rule_objects", meaning, ("rule", "verdict"), objects)
    if rollups.checks is not None:
        accepted = {check.rule for check in rollups.checks if check.result == "accepted"}
        meaning = "Whether a rule would object, but the configuration accepts what it found."
        yield _gauges("rule_accepted", meaning, "rule", {name: name in accepted for name in known})
    if rollups.policy is not None:
        values = msgspec.structs.asdict(rollups.policy).items()
        thresholds = {name: value for name, value in values if isinstance(value, int)}
        meaning = "The thresholds of the verdict, by key of the configuration."
        yield _gauges("policy_threshold", meaning, "key", thresholds)


def _gauge(name: str, meaning: str, value: float) -> Family:
    return Family(_PREFIX + name, meaning, (), {(): value})


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Family:
    return Family(_PREFIX + name, meaning, (label,), {(key,): each for key, each in values.items()})
