"""Tests of `peaktrade_ops.serve.health`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.serve.health import (
    Judged,
    Latest,
    health_of,
    judged_of,
    latest_of,
    recency_of,
)
from tests.serve.conftest import DAY, MAX_AGE, NOW, add_report
from tests.support.artifacts import index_folder, old_markdown, summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

END = datetime(2025, 12, 21, tzinfo=UTC)
LATEST = Latest(DAY, summary(END, date=DAY))


@pytest.mark.parametrize(
    ("now", "healthy", "reason"),
    [
        (END, True, "recent"),
        (END + MAX_AGE, True, "recent"),
        (END + MAX_AGE + timedelta(seconds=1), False, "too old"),
        # A report of today, which ends at the next midnight.
        (END - timedelta(hours=24), True, "recent"),
        (END - timedelta(hours=24, seconds=1), False, "in the future"),
    ],
    ids=str,
)
def test_a_report_is_recent_between_two_bounds(
    now: datetime, *, healthy: bool, reason: str
) -> None:
    """A report that is too old or too far in the future is unhealthy."""
    health = recency_of(LATEST, now, MAX_AGE)

    assert health.healthy is healthy
    assert reason in health.reason


def test_the_document_says_what_the_judgement_rests_on() -> None:
    """The document names the report, its age and the maximum age."""
    assert recency_of(LATEST, NOW, MAX_AGE).document() == {
        "status": "healthy",
        "reason": "the latest report is recent",
        "date": "2025-12-20",
        "end": "2025-12-21T00:00:00Z",
        "age_seconds": 6 * 3600,
        "max_age_seconds": 30 * 3600,
    }


def test_no_report_is_unhealthy(tmp_path: Path) -> None:
    """A folder without a report is unhealthy."""
    health = recency_of(latest_of(Archive(tmp_path), NOW), NOW, MAX_AGE)

    assert (health.healthy, health.reason, health.age) == (False, "there is no report", None)
    assert health.document()["date"] is None


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("2025-12-21_summary.json", "{", "2025-12-21_summary.json cannot be read: not a valid"),
        ("2025-12-21_snapshot.md", old_markdown(date(2025, 12, 21)), "_summary.json is missing"),
    ],
    ids=["unreadable", "old Markdown alone"],
)
def test_no_report_hides_behind_an_older_one(
    folder: Path, name: str, content: str, problem: str
) -> None:
    """The latest report is that of the latest day, even if it cannot be read."""
    (folder / name).write_text(content)

    latest = latest_of(Archive(folder), NOW)

    assert latest.day == date(2025, 12, 21)
    assert latest.summary is None
    assert problem in latest.problem
    assert not recency_of(latest, NOW, MAX_AGE).healthy


def test_the_latest_report_is_that_of_the_latest_day(folder: Path) -> None:
    """The order in which the files were written does not matter."""
    latest = latest_of(Archive(folder), NOW)

    assert latest.day == DAY
    assert latest.summary
    assert latest.summary.metrics.new_alerts == 2
    assert latest.problem == ""


# --- the verdict ---------------------------------------------------------------------------------


def judged(folder: Path, now: datetime = NOW) -> Judged:
    """Return the stored trend of a folder."""
    return judged_of(Archive(folder), now)


def healthy(folder: Path, now: datetime = NOW) -> tuple[bool, str]:
    """Return whether a folder is healthy and why not, without a limit on the age of reports."""
    latest = latest_of(Archive(folder), now)
    health = health_of(latest, judged(folder, now), now, timedelta(days=10_000))
    return health.healthy, health.reason


def test_a_current_verdict_is_healthy(folder: Path) -> None:
    """A recent report and a current verdict are healthy."""
    assert judged(folder).is_current
    assert healthy(folder) == (True, "the latest report is recent")


def test_a_verdict_is_current_until_its_validity_has_passed(folder: Path) -> None:
    """A verdict is valid for 30 hours from the end of its last window."""
    last = END + timedelta(hours=30)

    assert healthy(folder, last)[0]
    assert healthy(folder, last + timedelta(microseconds=1)) == (
        False,
        "the verdict is out of date: it was valid until 2025-12-22T06:00:00Z",
    )


def test_a_later_day_that_objects_makes_a_verdict_old(folder: Path) -> None:
    """A later critical report makes the verdict out of date."""
    over = datetime(2025, 12, 22, tzinfo=UTC)
    add_report(folder, date(2025, 12, 21))
    assert healthy(folder, over)[0]

    add_report(folder, date(2025, 12, 21), critical_alerts=1)

    is_healthy, reason = healthy(folder, over)
    assert not is_healthy
    assert reason == (
        "the verdict is out of date: a later report objects: 2025-12-21; run again after"
        " 2025-12-22T00:00:00Z"
    )


def test_a_later_report_of_a_clock_that_was_ahead_makes_a_verdict_old(folder: Path) -> None:
    """It says that its day is over; or this clock is behind, and there is a later verdict."""
    add_report(folder, date(2025, 12, 21))

    is_healthy, reason = healthy(folder)

    assert not is_healthy
    assert "a window that is over by it, but not by the clock: 2025-12-21; set the clock" in reason


def test_another_report_of_the_range_makes_a_verdict_old(folder: Path) -> None:
    """A replaced report of the range makes the verdict out of date, even if it is milder."""
    add_report(folder, date(2025, 12, 15), new_alerts=0, legacy_alerts=8)

    assert "came, changed or went after it was given: 2025-12-15" in healthy(folder)[1]


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (lambda trend: trend.write_text("{"), "cannot be read: not a valid Trend"),
        (
            lambda trend: trend.write_text(trend.read_text().replace('go": "GO"', 'go": "HOLD"')),
            "cannot be read: is not as the index says",
        ),
        (lambda trend: trend.unlink(), "cannot be read: is in the index and not in the folder"),
    ],
    ids=["damaged", "changed", "gone"],
)
def test_a_trend_that_is_not_trusted_is_unhealthy(
    folder: Path, harm: Callable[[Path], object], problem: str
) -> None:
    """A trend that is not trusted is neither current nor healthy."""
    harm(folder / "stage1_trend.json")

    assert not judged(folder).is_current
    is_healthy, reason = healthy(folder)
    assert not is_healthy
    assert reason.startswith(f"stage1_trend.json {problem}")


def test_no_trend_is_unhealthy(folder: Path) -> None:
    """A folder without a trend is unhealthy."""
    (folder / "stage1_trend.json").unlink()
    index_folder(folder)

    assert healthy(folder) == (False, "there is no trend")


def test_an_old_report_is_told_before_an_old_verdict(folder: Path) -> None:
    """The first thing to look at is the daily job."""
    late = NOW + timedelta(days=300)

    health = health_of(latest_of(Archive(folder), late), judged(folder, late), late, MAX_AGE)

    assert health.reason == "the latest report is too old"
