"""Tests of `peaktrade_ops.serve.metrics`, with the parsers of the Prometheus client."""

from __future__ import annotations

import platform
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from peaktrade_ops import __version__
from peaktrade_ops.config import Accepted, Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.routine import decide, make_trend
from peaktrade_ops.scanning import Place
from peaktrade_ops.serve.health import (
    Decided,
    Judged,
    Latest,
    decided_of,
    health_of,
    judged_of,
    latest_of,
)
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.stage1.models import Finding, LeftOut
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.telemetry.files import reasons
from peaktrade_ops.window import window_of
from tests.serve.conftest import DAY, MAX_AGE, NOW, add_report
from tests.support.artifacts import coverage, summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from peaktrade_ops.stage1.models import Choice

NO_VERDICT = {
    ("peaktrade_verdict_current", ""): 0.0,
    ("peaktrade_verdict", "GO"): 0.0,
    ("peaktrade_verdict", "HOLD"): 0.0,
    ("peaktrade_verdict", "NO_GO"): 0.0,
}
NO_DECISION = {
    ("peaktrade_decision", "go"): 0.0,
    ("peaktrade_decision", "extend"): 0.0,
    ("peaktrade_decision", "no-go"): 0.0,
    ("peaktrade_decision_verdict", "GO"): 0.0,
    ("peaktrade_decision_verdict", "HOLD"): 0.0,
    ("peaktrade_decision_verdict", "NO_GO"): 0.0,
    ("peaktrade_decision_current", ""): 0.0,
    ("peaktrade_decision_override", ""): 0.0,
    ("peaktrade_decision_lost", ""): 0.0,
    ("peaktrade_decision_history_lost", ""): 0.0,
}
BUILD = ("peaktrade_build_info", f"{__version__} {platform.python_version()}")
# Tested on their own.
LONG = ("peaktrade_report_left_out", "peaktrade_rule_objects", "peaktrade_rule_accepted")


def samples_of(
    folder: Path, *, open_metrics: bool = False, now: datetime = NOW
) -> dict[tuple[str, str], float]:
    """Return the value of every sample, by its name and its labels but the stage."""
    archive = Archive(folder)
    latest, judged = latest_of(archive, now), judged_of(archive, now)
    decided = decided_of(archive, judged)
    health = health_of(latest, judged, now, MAX_AGE)
    text, content_type = exposition(latest, judged, health, decided, open_metrics=open_metrics)
    assert ("openmetrics" in content_type) == open_metrics
    read = read_open if "openmetrics" in content_type else read_text
    samples = [sample for family in read(text.decode()) for sample in family.samples]
    assert {sample.labels.pop("stage") for sample in samples} == {"1"}
    return {(each.name, " ".join(each.labels.values())): each.value for each in samples}


@pytest.mark.parametrize("open_metrics", [False, True])
def test_every_number_is_told(folder: Path, *, open_metrics: bool) -> None:
    """Both formats have the metrics, coverage, times, the verdict and the days by state."""
    samples = samples_of(folder, open_metrics=open_metrics)

    assert {key: value for key, value in samples.items() if key[0] not in LONG} == {
        BUILD: 1,
        ("peaktrade_healthy", ""): 1,
        ("peaktrade_report_max_age_seconds", ""): 108_000,
        ("peaktrade_report_readable", ""): 1,
        ("peaktrade_new_alerts", ""): 2,
        ("peaktrade_critical_alerts", ""): 0,
        ("peaktrade_parse_errors", ""): 0,
        ("peaktrade_operator_actions", ""): 0,
        ("peaktrade_legacy_alerts", ""): 7,
        ("peaktrade_report_end_timestamp_seconds", ""): 1766275200,
        ("peaktrade_coverage_complete", ""): 1,
        ("peaktrade_report_lines", "blank"): 0,
        ("peaktrade_report_lines", "event"): 1,
        ("peaktrade_report_lines", "partial"): 0,
        ("peaktrade_report_lines", "rejected"): 0,
        ("peaktrade_report_events", ""): 1,
        ("peaktrade_report_files", ""): 1,
        ("peaktrade_report_understanding", "unknown_severity"): 0,
        ("peaktrade_report_understanding", "unread_severity"): 0,
        ("peaktrade_report_understanding", "untimed_serious"): 0,
        ("peaktrade_report_understanding", "ahead_serious"): 0,
        ("peaktrade_report_understanding", "danger"): 0,
        ("peaktrade_report_understanding", "critical_actions"): 0,
        ("peaktrade_report_understanding", "legacy_critical"): 0,
        ("peaktrade_trend_readable", ""): 1,
        ("peaktrade_trend_end_timestamp_seconds", ""): 1766275200,
        ("peaktrade_trend_valid_until_timestamp_seconds", ""): 1766383200,
        ("peaktrade_verdict_current", ""): 1,
        ("peaktrade_verdict", "GO"): 1,
        ("peaktrade_verdict", "HOLD"): 0,
        ("peaktrade_verdict", "NO_GO"): 0,
        ("peaktrade_trend_day_states", "ok"): 14,
        ("peaktrade_trend_day_states", "missing"): 0,
        ("peaktrade_trend_day_states", "empty"): 0,
        ("peaktrade_trend_day_states", "unreadable"): 0,
        ("peaktrade_trend_day_states", "incomplete"): 0,
        ("peaktrade_trend_new_alerts", ""): 2,
        ("peaktrade_policy_threshold", "max_new_alerts"): 5,
        ("peaktrade_policy_threshold", "max_missing_days"): 0,
        ("peaktrade_policy_threshold", "missing_window_days"): 7,
        ("peaktrade_policy_threshold", "min_days_with_data"): 7,
        ("peaktrade_policy_threshold", "retention_days"): 7,
        **NO_DECISION,
    }


def test_what_cannot_be_read_has_no_number(tmp_path: Path) -> None:
    """A report that cannot be read has no sample, rather than zero alerts."""
    assert samples_of(tmp_path) == {
        BUILD: 1,
        ("peaktrade_healthy", ""): 0,
        ("peaktrade_report_max_age_seconds", ""): 108_000,
        ("peaktrade_report_readable", ""): 0,
        ("peaktrade_trend_readable", ""): 0,
        **NO_VERDICT,
        **NO_DECISION,
    }


def test_nothing_is_kept_between_two_answers(folder: Path) -> None:
    """The samples of a report disappear with the report."""
    assert ("peaktrade_new_alerts", "") in samples_of(folder)
    for path in folder.glob("*_summary.json"):
        path.write_text("{")

    assert ("peaktrade_new_alerts", "") not in samples_of(folder)


def verdict_of(folder: Path, now: datetime = NOW) -> dict[tuple[str, str], float]:
    """Return the samples about the verdict."""
    samples = samples_of(folder, now=now)
    return {key: samples[key] for key in NO_VERDICT}


@pytest.mark.parametrize(
    "harm",
    [
        lambda trend: trend.write_text("{"),
        lambda trend: trend.write_text(trend.read_text() + " "),
        lambda trend: trend.unlink(),
        lambda trend: add_report(trend.parent, DAY + timedelta(days=1), critical_alerts=1),
        lambda trend: add_report(trend.parent, DAY, new_alerts=1),
    ],
    ids=["damaged", "changed", "gone", "a later critical", "another report"],
)
def test_a_verdict_that_is_not_current_is_never_go(
    folder: Path, harm: Callable[[Path], object]
) -> None:
    """The series of a verdict that is not current are exported and never show GO."""
    assert verdict_of(folder)["peaktrade_verdict", "GO"] == 1
    harm(folder / "stage1_trend.json")

    assert verdict_of(folder) == NO_VERDICT
    assert samples_of(folder)["peaktrade_healthy", ""] == 0


def test_a_go_that_has_expired_is_none(folder: Path) -> None:
    """An expired GO is not exported as GO."""
    assert verdict_of(folder, NOW + timedelta(hours=25)) == NO_VERDICT


def test_a_no_go_stays_one_when_it_has_expired(folder: Path) -> None:
    """An expired NO_GO is still exported as NO_GO."""
    add_report(folder, DAY, critical_alerts=1)
    make_trend(Place(folder, "."), window_of(DAY), Config(), days=14)

    assert verdict_of(folder, NOW + timedelta(days=9)) == {
        **NO_VERDICT,
        ("peaktrade_verdict", "NO_GO"): 1.0,
    }


def series_of(folder: Path, name: str) -> dict[str, float]:
    """Return the values of one metric by their labels."""
    return {labels: value for (each, labels), value in samples_of(folder).items() if each == name}


def test_each_rule_of_the_verdict_has_a_series(folder: Path) -> None:
    """A rule that objects has 1, every other one 0, with the verdict that it would give."""
    add_report(folder, DAY, critical_alerts=1)
    make_trend(Place(folder, "."), window_of(DAY), Config(), days=14)

    assert series_of(folder, "peaktrade_rule_objects") == {
        f"{rule.name} {rule.verdict}": float(rule.name == "critical") for rule in RULES
    }


def test_what_the_configuration_accepts_is_told(folder: Path) -> None:
    """A rule that objects to nothing because of `[[accepted]]` has a series with 1."""
    add_report(folder, DAY, parse_errors=1)
    accepted = Accepted(date=DAY, rule="parse_errors", reason="known")
    make_trend(Place(folder, "."), window_of(DAY), Config(accepted=(accepted,)), days=14)

    assert series_of(folder, "peaktrade_rule_accepted") == {
        rule.name: float(rule.name == "parse_errors") for rule in RULES
    }
    assert set(series_of(folder, "peaktrade_rule_objects").values()) == {0}


def decided(
    folder: Path, choice: Choice = "go", *, now: datetime = NOW, override: bool = False
) -> None:
    """Store a decision about the folder."""
    wish = Wish("A. Owner", choice, "a note", override)
    decide(Place(folder, "."), wish, clock=lambda: now)


def decision_of(folder: Path, now: datetime = NOW) -> dict[tuple[str, str], float]:
    """Return the samples about the decision."""
    found = samples_of(folder, now=now).items()
    return {key: value for key, value in found if key[0].startswith("peaktrade_decision")}


AT = ("peaktrade_decision_timestamp_seconds", "")
CURRENT = ("peaktrade_decision_current", "")


def test_a_decision_is_told_with_the_verdict_it_was_made_for(folder: Path) -> None:
    """It rests on a current verdict until that expires; the decision itself stays."""
    assert decision_of(folder) == NO_DECISION
    decided(folder)

    made = {
        **NO_DECISION,
        ("peaktrade_decision", "go"): 1,
        ("peaktrade_decision_verdict", "GO"): 1,
        CURRENT: 1,
        AT: NOW.timestamp(),
    }
    assert decision_of(folder) == made
    assert decision_of(folder, NOW + timedelta(days=9)) == {**made, CURRENT: 0}


def test_a_decision_whose_grounds_have_changed_is_not_current(folder: Path) -> None:
    """Also where the new trend is current."""
    decided(folder, "extend")
    assert decision_of(folder)[CURRENT] == 1

    add_report(folder, DAY, critical_alerts=1)
    make_trend(Place(folder, "."), window_of(DAY), Config(), days=14)

    assert samples_of(folder)["peaktrade_verdict_current", ""] == 1
    assert decision_of(folder) == {
        **NO_DECISION,
        ("peaktrade_decision", "extend"): 1,
        ("peaktrade_decision_verdict", "GO"): 1,
        AT: NOW.timestamp(),
    }


def test_a_go_against_an_expired_verdict_is_an_override_and_for_no_go(folder: Path) -> None:
    """A verdict that was not current is never told as GO."""
    late = NOW + timedelta(days=9)
    decided(folder, now=late, override=True)

    assert decision_of(folder, late) == {
        **NO_DECISION,
        ("peaktrade_decision", "go"): 1,
        ("peaktrade_decision_override", ""): 1,
        AT: late.timestamp(),
    }


@pytest.mark.parametrize(
    "harm",
    [
        lambda made: made.write_text("{"),
        lambda made: made.write_text(made.read_text().replace('"go"', '"extend"')),
        lambda made: made.unlink(),
    ],
    ids=["damaged", "changed", "gone"],
)
def test_a_decision_that_cannot_be_relied_on_is_lost(
    folder: Path, harm: Callable[[Path], object]
) -> None:
    """It is told as none, and later ones tell for ever that one is lost."""
    decided(folder)
    harm(folder / "stage1_decision.json")
    assert decision_of(folder) == {**NO_DECISION, ("peaktrade_decision_lost", ""): 1}

    decided(folder, "no-go", override=True)

    later = decision_of(folder)
    assert later["peaktrade_decision", "no-go"] == 1
    assert later["peaktrade_decision_lost", ""] == 0
    assert later["peaktrade_decision_history_lost", ""] == 1


def with_left_out(*left_out: LeftOut) -> dict[str, float]:
    """Return the series about left-out paths of a report that lists these, without zeros."""
    made = summary(coverage=coverage(complete=False, left_out=left_out))
    latest, judged = Latest(DAY, made), Judged(None)
    health = health_of(latest, judged, NOW, MAX_AGE)
    text, _ = exposition(latest, judged, health, Decided())
    return {
        f"{each.labels['reason']} {each.labels['effect']}": each.value
        for family in read_text(text.decode())
        for each in family.samples
        if each.name == "peaktrade_report_left_out" and each.value
    }


def test_left_out_paths_are_counted_by_reason_and_effect() -> None:
    """The path is no label. A path without an effect counts as one that hides something."""
    assert with_left_out(
        LeftOut("a.zip", reasons.ARCHIVE, "complete"),
        LeftOut("b.zip", reasons.ARCHIVE, "incomplete"),
        LeftOut("c.zip", reasons.ARCHIVE, "incomplete"),
        LeftOut("deep", reasons.TOO_DEEP),
    ) == {"archive complete": 1, "archive incomplete": 2, "too deep incomplete": 1}


def test_no_text_of_a_report_adds_series() -> None:
    """Reasons that this version does not have are counted together."""
    foreign = [LeftOut(f"{n}", f'reason {n}"}} 1\n', "incomplete") for n in range(1000)]

    assert with_left_out(*foreign) == {"other incomplete": 1000}


def test_every_reason_has_a_series_before_it_happens(folder: Path) -> None:
    """A series that first appears with its first count has no increase that could be seen."""
    names = {name.rpartition(" ")[0] for name in series_of(folder, "peaktrade_report_left_out")}

    assert names == reasons.EVERY | {"cut off", "window not over", "other"}


def test_all_reasons_are_listed() -> None:
    """Every reason of the search is in `EVERY`."""
    constants = vars(reasons).items()
    texts = {value for name, value in constants if name.isupper() and isinstance(value, str)}

    assert texts == reasons.EVERY


def test_a_rule_of_another_version_is_counted_as_other(folder: Path) -> None:
    """The trend of a later version can hold findings of rules that this one does not have."""
    judged = judged_of(Archive(folder), NOW)
    assert judged.trend
    findings = tuple(Finding(f"rule {n}", "HOLD", (), "text", "hint") for n in range(100))
    rollups = msgspec.structs.replace(judged.trend.rollups, findings=findings)
    changed = Judged(msgspec.structs.replace(judged.trend, rollups=rollups))
    health = health_of(Latest(None, None), changed, NOW, MAX_AGE)

    text, _ = exposition(Latest(None, None), changed, health, Decided())

    objecting = [line for line in text.decode().splitlines() if line.endswith(" 1.0")]
    assert [line for line in objecting if "rule_objects" in line] == [
        'peaktrade_rule_objects{stage="1",rule="other",verdict="HOLD"} 1.0'
    ]


def test_a_trend_of_an_earlier_version_has_no_rules(folder: Path) -> None:
    """Without findings nobody knows which rules objected, so there is no series, rather than 0."""
    judged = judged_of(Archive(folder), NOW)
    assert judged.trend
    rollups = msgspec.structs.replace(judged.trend.rollups, findings=None, checks=None, policy=None)
    old = Judged(msgspec.structs.replace(judged.trend, rollups=rollups))
    health = health_of(Latest(None, None), old, NOW, MAX_AGE)

    text, _ = exposition(Latest(None, None), old, health, Decided())

    assert not {"rule_objects", "rule_accepted", "policy_threshold"} & {
        family.name.removeprefix("peaktrade_") for family in read_text(text.decode())
    }
