"""Tests of `peaktrade_ops.serve.metrics`, with the parsers of the Prometheus client."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.routine import Place, make_trend
from peaktrade_ops.serve.health import health_of, judged_of, latest_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.window import window_of
from tests.serve.conftest import DAY, MAX_AGE, NOW, add_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

NO_VERDICT = {
    ("peaktrade_verdict_current", ""): 0.0,
    ("peaktrade_verdict", "GO"): 0.0,
    ("peaktrade_verdict", "HOLD"): 0.0,
    ("peaktrade_verdict", "NO_GO"): 0.0,
}


def samples_of(
    folder: Path, *, open_metrics: bool = False, now: datetime = NOW
) -> dict[tuple[str, str], float]:
    """Return the value of every sample, by its name and its second label."""
    archive = Archive(folder)
    latest, judged = latest_of(archive), judged_of(archive, now)
    health = health_of(latest, judged, now, MAX_AGE)
    text, content_type = exposition(latest, judged, health, open_metrics=open_metrics)
    assert ("openmetrics" in content_type) == open_metrics
    read = read_open if "openmetrics" in content_type else read_text
    samples = [sample for family in read(text.decode()) for sample in family.samples]
    assert {sample.labels.pop("stage") for sample in samples} == {"1"}
    return {(each.name, "".join(each.labels.values())): each.value for each in samples}


@pytest.mark.parametrize("open_metrics", [False, True])
def test_every_number_is_told(folder: Path, *, open_metrics: bool) -> None:
    """Both formats have the metrics, coverage, times, the verdict and the days by state."""
    samples = samples_of(folder, open_metrics=open_metrics)

    assert samples == {
        ("peaktrade_healthy", ""): 1,
        ("peaktrade_report_readable", ""): 1,
        ("peaktrade_new_alerts", ""): 2,
        ("peaktrade_critical_alerts", ""): 0,
        ("peaktrade_parse_errors", ""): 0,
        ("peaktrade_operator_actions", ""): 0,
        ("peaktrade_legacy_alerts", ""): 7,
        ("peaktrade_report_end_timestamp_seconds", ""): 1766275200,
        ("peaktrade_coverage_complete", ""): 1,
        ("peaktrade_trend_readable", ""): 1,
        ("peaktrade_trend_end_timestamp_seconds", ""): 1766275200,
        ("peaktrade_trend_valid_until_timestamp_seconds", ""): 1766383200,
        ("peaktrade_verdict_current", ""): 1,
        ("peaktrade_verdict", "GO"): 1,
        ("peaktrade_verdict", "HOLD"): 0,
        ("peaktrade_verdict", "NO_GO"): 0,
        ("peaktrade_trend_days", "ok"): 14,
        ("peaktrade_trend_days", "missing"): 0,
        ("peaktrade_trend_days", "empty"): 0,
        ("peaktrade_trend_days", "unreadable"): 0,
        ("peaktrade_trend_days", "incomplete"): 0,
    }


def test_what_cannot_be_read_has_no_number(tmp_path: Path) -> None:
    """A report that cannot be read has no sample, rather than zero alerts."""
    assert samples_of(tmp_path) == {
        ("peaktrade_healthy", ""): 0,
        ("peaktrade_report_readable", ""): 0,
        ("peaktrade_trend_readable", ""): 0,
        **NO_VERDICT,
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
