"""What the commands that make a trend share: the gate on its verdict, and a note."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli import Console
from peaktrade_ops.cli.trends import note_unless_stored, trips
from tests.cli.helpers import CRITICAL, DAY, trend_with
from tests.support.program import Workplace, quiet_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.cli.options import FailOn
    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Program


@pytest.mark.parametrize(
    ("fail_on", "tripping"), [(None, []), ("hold", ["HOLD", "NO_GO"]), ("no-go", ["NO_GO"])]
)
def test_a_gate_trips_on_its_verdicts_alone(fail_on: FailOn | None, tripping: list[str]) -> None:
    """Nothing trips where no gate is asked for, and GO never does."""
    verdicts: tuple[Verdict, ...] = ("GO", "HOLD", "NO_GO")

    assert [each for each in verdicts if trips(trend_with(each), fail_on)] == tripping


@pytest.mark.parametrize("stored", [True, False])
def test_a_trend_that_is_not_stored_is_noted(
    capsys: pytest.CaptureFixture[str], *, stored: bool
) -> None:
    """The note names the option that stores it."""
    note_unless_stored(Console(), trend_with("GO", stored=stored))

    assert ("--replace stores it" in capsys.readouterr().err) == (not stored)


@pytest.mark.parametrize(
    ("verdict", "fail_on", "code"),
    [
        ("GO", "hold", 0),
        ("GO", "no-go", 0),
        ("HOLD", "hold", 2),
        ("HOLD", "no-go", 0),
        ("NO_GO", "hold", 2),
        ("NO_GO", "no-go", 2),
    ],
)
def test_verdicts_trip_the_gate_that_asks_for_them(
    program: Program, workplace: Workplace, verdict: str, fail_on: str, code: int
) -> None:
    """`hold` trips on HOLD and on NO_GO, `no-go` on NO_GO alone; the reports are complete."""
    extra: dict[str, list[Mapping[str, object] | bytes]] = {
        "GO": [],
        "HOLD": [b"no JSON"],
        "NO_GO": [CRITICAL],
    }
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7), *extra[verdict])
    gate = ("--date", DAY, "--days", "7", "--fail-on", fail_on)

    run = program("stage1-run", "--repo", "../telemetry", *gate)
    trend = program("stage1-trends", *gate, "--format", "json")

    assert (run.code, trend.code) == (code, code)
    assert (run.err, trend.err) == ("", "")
    assert json.loads(trend.out)["rollups"]["go_no_go"] == verdict
    assert trend.out == (workplace.reports / "stage1_trend.json").read_text()
    assert program("verify").code == 0
