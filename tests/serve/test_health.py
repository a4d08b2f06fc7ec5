"""Tests of `peaktrade_ops.serve.health`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.serve.health import Latest, health_of, latest_of
from tests.serve.conftest import DAY, MAX_AGE, NOW
from tests.support.artifacts import old_markdown, summary

if TYPE_CHECKING:
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
def test_a_report_is_recent_between_two_bounds(now: datetime, healthy: bool, reason: str) -> None:  # noqa: FBT001 (expected)
    """A report that is too old or too far in the future is unhealthy."""
    health = health_of(LATEST, now, MAX_AGE)

    assert health.healthy is healthy
    assert reason in health.reason


def test_the_document_says_what_the_judgement_rests_on() -> None:
    """The document names the report, its age and the maximum age."""
    assert health_of(LATEST, NOW, MAX_AGE).document() == {
        "status": "healthy",
        "reason": "the latest report is recent",
        "date": "2025-12-20",
        "end": "2025-12-21T00:00:00Z",
        "age_seconds": 6 * 3600,
        "max_age_seconds": 30 * 3600,
    }


def test_no_report_is_unhealthy(tmp_path: Path) -> None:
    """A folder without a report is unhealthy."""
    health = health_of(latest_of(Archive(tmp_path)), NOW, MAX_AGE)

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

    latest = latest_of(Archive(folder))

    assert latest.day == date(2025, 12, 21)
    assert latest.summary is None
    assert problem in latest.problem
    assert not health_of(latest, NOW, MAX_AGE).healthy


def test_the_latest_report_is_that_of_the_latest_day(folder: Path) -> None:
    """The order in which the files were written does not matter."""
    latest = latest_of(Archive(folder))

    assert latest.day == DAY
    assert latest.summary
    assert latest.summary.metrics.new_alerts == 2
    assert latest.problem == ""
