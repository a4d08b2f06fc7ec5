"""Tests of `peaktrade_ops.cli.reports`: the line about a report that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli.reports import kept_line
from peaktrade_ops.routine import Report
from peaktrade_ops.window import window_of
from tests.support.artifacts import DAY, end_of, summary

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Summary


@pytest.mark.parametrize(
    ("stored", "option"),
    [
        (summary(end_of(DAY, 8)), f"--as-of {DAY}T08:00:00Z"),
        (summary(end_of(DAY, 0)), f"--as-of {DAY}T00:00:00Z"),
        (summary(window_of(DAY).end, date=DAY), f"--date {DAY}"),
        (None, f"--date {DAY}"),
    ],
)
def test_what_telemetry_shows_is_stored_in_the_window_of_the_report(
    stored: Summary | None, option: str
) -> None:
    """Another window would leave out what only that report shows, such as a critical event."""
    line = kept_line(Report(DAY, stored, written=False, losses=("records 2, now 1",)))

    assert line.endswith(f"stage1-snapshot {option} --replace")
