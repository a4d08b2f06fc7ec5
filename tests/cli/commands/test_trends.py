"""Test the input and the exit code of `stage1-trends`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops import routine, scanning
from tests.cli.helpers import one_line, trend_with
from tests.support.program import set_clock

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")


def test_the_range_reaches_the_routine(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The routine gets the days, the option to store the trend, and the named folder."""
    asked: list[dict[str, Any]] = []

    def make_trend(place: scanning.Place, *_: object, **options: object) -> routine.TrendResult:
        del options["waiting"], options["clock"]
        asked.append({"place": place, **options})
        return trend_with("GO")

    monkeypatch.setattr(routine, "make_trend", make_trend)
    workplace.reports.mkdir(parents=True)

    assert program("stage1-trends", "--days", "3").code == 0
    assert program("stage1-trends", "--dir", workplace.reports, "--replace").code == 0
    assert program("stage1-trends", "--adopt").code == 0

    root, folder = (
        scanning.Place(workplace.reports, "obs/stage1"),
        scanning.Place(workplace.reports, "."),
    )
    assert asked == [
        {"place": root, "days": 3, "replace": False, "adopt": False},
        {"place": folder, "days": 14, "replace": True, "adopt": False},
        {"place": root, "days": 14, "replace": False, "adopt": True},
    ]


@pytest.mark.parametrize("verdict", ["GO", "HOLD", "NO_GO"])
@pytest.mark.parametrize("stored", [True, False])
def test_without_a_gate_every_verdict_is_0(
    program: Program, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, *, stored: bool
) -> None:
    """Every verdict exits with 0 unless a gate is set."""
    monkeypatch.setattr(routine, "make_trend", lambda *_, **__: trend_with(verdict, stored=stored))
    set_clock(monkeypatch)

    code, out, err = program("stage1-trends")

    assert code == 0
    assert out.startswith(f"# Peak_Trade: Stage 1 trend, {verdict}\n")
    assert ("to store it: stage1-trends " in err) == (not stored)


@pytest.mark.parametrize(
    ("option", "named", "hint"),
    [
        ("--dir", "none", "check --dir"),
        ("--reports-root", "none/obs/stage1", "check --reports-root and --dir, or make a report"),
    ],
)
def test_a_folder_that_is_named_must_exist(
    program: Program, workplace: Workplace, option: str, named: str, hint: str
) -> None:
    """A named folder that does not exist is an error and is not created."""
    before = sorted(workplace.repo.rglob("*"))

    outcome = program("stage1-trends", option, "none", "--fail-on", "hold")

    assert outcome.code == 1
    assert f"/{named} is missing or is not a folder; {hint}" in one_line(outcome)
    assert sorted(workplace.repo.rglob("*")) == before


def test_a_root_without_reports_must_hold_some(program: Program, workplace: Workplace) -> None:
    """A root without reports is an error, also the default one, and nothing is created."""
    workplace.reports.parents[1].mkdir()

    outcome = program("stage1-trends")

    assert outcome.code == 1
    assert "/reports/obs/stage1 is missing or is not a folder" in one_line(outcome)
    assert [*workplace.reports.parents[1].iterdir()] == []
