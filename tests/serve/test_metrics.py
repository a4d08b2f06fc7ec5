"""Tests of `peaktrade_ops.serve.metrics`, with the parsers of the Prometheus client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.serve.health import health_of, latest_of
from peaktrade_ops.serve.metrics import exposition
from tests.serve.conftest import MAX_AGE, NOW

if TYPE_CHECKING:
    from pathlib import Path

OPEN = "application/openmetrics-text; version=1.0.0"


def samples_of(folder: Path, accept: str = "") -> dict[tuple[str, str], float]:
    """Return the value of every sample, by its name and its second label."""
    archive = Archive(folder)
    latest = latest_of(archive)
    trend = archive.trend()
    text, content_type = exposition(latest, trend, health_of(latest, NOW, MAX_AGE), accept)
    read = read_open if "openmetrics" in content_type else read_text
    samples = [sample for family in read(text.decode()) for sample in family.samples]
    assert {sample.labels.pop("stage") for sample in samples} == {"1"}
    return {(each.name, "".join(each.labels.values())): each.value for each in samples}


@pytest.mark.parametrize("accept", ["", OPEN])
def test_every_number_is_told(folder: Path, accept: str) -> None:
    """Both formats have the metrics, coverage, times, the verdict and the days by state."""
    samples = samples_of(folder, accept)

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
    """A report that cannot be read has no sample, so nobody reads zero alerts."""
    assert samples_of(tmp_path) == {
        ("peaktrade_healthy", ""): 0,
        ("peaktrade_report_readable", ""): 0,
        ("peaktrade_trend_readable", ""): 0,
    }


def test_nothing_is_kept_between_two_answers(folder: Path) -> None:
    """The samples of a report disappear with the report."""
    assert ("peaktrade_new_alerts", "") in samples_of(folder)
    for path in folder.glob("*_summary.json"):
        path.write_text("{")

    assert ("peaktrade_new_alerts", "") not in samples_of(folder)
