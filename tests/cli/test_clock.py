"""Test the clock: the time of the system, or the one that replaces it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import DAY, NOW, one_line
from tests.support.program import Workplace, epoch

if TYPE_CHECKING:
    from tests.support.program import Program


def test_the_stand_in_for_the_clock_is_announced_and_used(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`yesterday` is the day before `SOURCE_DATE_EPOCH`, and a message names that time."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))

    code, out, err = program("stage1-snapshot", "--repo", "../telemetry", "--date", "yesterday")

    assert code == 0
    assert out.startswith(f"{DAY}: ")
    assert err == "SOURCE_DATE_EPOCH stands in for the clock: 2025-12-21T06:30:45Z\n"


@pytest.mark.parametrize("value", ["yesterday", "1.5", "9" * 30, "-" + "9" * 30])
def test_a_stand_in_for_the_clock_that_is_none_is_64(
    program: Program, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """An invalid value of the fixed clock is refused and not replaced."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)

    outcome = program("verify")

    assert outcome.code == 64
    assert f"SOURCE_DATE_EPOCH is '{value}'; give seconds since 1970" in one_line(outcome)


def test_without_a_stand_in_the_clock_is_the_system_s(
    program: Program, workplace: Workplace
) -> None:
    """`today` is the UTC day of this moment."""
    before = datetime.now(UTC).date()

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", "today").code == 0

    (summary,) = workplace.reports.glob("*_summary.json")
    assert summary.name[:10] in {f"{before}", f"{datetime.now(UTC).date()}"}
