"""Test what the commands that make a trend share: the gate on its verdict, and a note."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import pytest

from peaktrade_ops.cli.options import LoudnessOptions
from peaktrade_ops.cli.program import Program as Program_
from peaktrade_ops.cli.request import Request
from peaktrade_ops.cli.trends import trips, warn_unless_stored
from peaktrade_ops.stage1.stage import STAGE1, stage_of
from peaktrade_ops.window import window_of, window_until
from tests.cli.helpers import CRITICAL, DAY, trend_with
from tests.support.program import Workplace, quiet_days, set_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.cli.options import FailOn
    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")

VERDICTS: Final[tuple[Verdict, ...]] = ("GO", "HOLD", "NO_GO")


@pytest.mark.parametrize(
    ("fail_on", "tripping"), [(None, []), ("hold", ["HOLD", "NO_GO"]), ("no-go", ["NO_GO"])]
)
def test_a_gate_trips_on_its_verdicts_alone(fail_on: FailOn | None, tripping: list[str]) -> None:
    """A gate trips on its own verdicts only; without a gate no verdict trips."""
    assert [each for each in VERDICTS if trips(each, fail_on)] == tripping
    assert [each for each in VERDICTS if trips(each, fail_on, is_dated=False)] == tripping
    assert [each for each in VERDICTS if trips(each, fail_on, is_current=False)] == tripping


@pytest.mark.parametrize(
    ("fail_on", "tripping"), [(None, []), ("hold", [*VERDICTS]), ("no-go", ["NO_GO"])]
)
def test_what_is_not_current_is_hold_unless_its_date_is_typed(
    fail_on: FailOn | None, tripping: list[str]
) -> None:
    """A verdict that is not current counts as HOLD unless its date is typed."""
    found = [each for each in VERDICTS if trips(each, fail_on, is_current=False, is_dated=False)]

    assert found == tripping


LEFT = {"PEAK_DATE": DAY}


@pytest.mark.parametrize("command", ["stage1-run", "stage1-trends"])
@pytest.mark.parametrize(
    ("variables", "arguments", "code"),
    [
        (LEFT, (), 2),
        ({"PEAK_AS_OF": f"{DAY}T12:30:00Z"}, (), 2),
        ({}, ("--date", DAY), 0),
        (LEFT, ("--date", DAY), 0),
        ({}, ("--as-of", f"{DAY}T12:30:00Z"), 0),
    ],
)
def test_the_gate_asks_where_an_old_date_comes_from(  # noqa: PLR0913 (parameters)
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: str,
    variables: dict[str, str],
    arguments: tuple[str, ...],
    code: int,
) -> None:
    """A verdict that is not current counts as HOLD at the gate unless its date is typed."""
    workplace.write("obs/events.jsonl", *quiet_days("2025-12-21", 15))
    root = ("--repo", "../telemetry") if command == "stage1-run" else ()
    made = ("stage1-run", "--repo", "../telemetry", "--days", "14")
    assert program(*made, *(arguments or ("--date", DAY))).code == 0
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    set_clock(monkeypatch, "2025-12-30T06:00:00Z")

    outcome = program(command, *root, *arguments, "--fail-on", "hold")
    as_json = program(command, *root, *arguments, "--fail-on", "hold", "--format", "json")

    assert (outcome.code, as_json.code) == (code, code)
    assert "trend, out of date\n" in outcome.out
    assert "- out of date: it was valid until 2025-12-2" in outcome.out
    assert "**GO**" not in outcome.out
    assert ("take GO for HOLD: it was valid until 2025" in as_json.err) == (code == 2)
    if command == "stage1-run":
        assert json.loads(as_json.out)["trend_current"] is False


def test_a_verdict_of_yesterday_by_default_is_current(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daily routine names no date."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    set_clock(monkeypatch)

    run = program("stage1-run", "--repo", "../telemetry", "--fail-on", "hold")

    assert (run.code, run.err) == (0, "")
    assert "trend, GO\n" in run.out


def test_a_later_day_that_objects_is_told_and_trips_the_gate(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later critical report makes a GO out of date and trips the gate."""
    workplace.write("obs/events.jsonl", *quiet_days("2025-12-21", 15))
    set_clock(monkeypatch)
    assert program("stage1-run", "--repo", "../telemetry", "--fail-on", "hold").code == 0
    workplace.write("obs/today.jsonl", {**CRITICAL, "ts": "2025-12-21T05:00:00Z"})
    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", "today").code == 0
    monkeypatch.setenv("PEAK_DATE", "yesterday")

    code, out, _ = program("stage1-trends", "--fail-on", "hold")

    assert code == 2
    assert "trend, out of date\n" in out
    assert "- out of date: a later report was made before its window was over: 2025-12-21;" in out
    # The files that the next command writes say so too.
    text = (workplace.reports / "stage1_trend.md").read_text()
    assert "trend, out of date\n" in text
    assert "**GO**" not in text


@pytest.mark.parametrize("stored", [True, False])
def test_a_trend_that_is_not_stored_is_noted(
    capsys: pytest.CaptureFixture[str], *, stored: bool
) -> None:
    """The note names the command that stores it, and nothing else."""
    loudness = LoudnessOptions(quiet=False, verbose=False, log_format="text", run_id="")
    request = Request(Program_(), loudness)

    warn_unless_stored(
        request, trend_with("GO", stored=stored), window_of(date(2025, 12, 20)), STAGE1
    )

    err = capsys.readouterr().err
    assert (f"stage1-trends --date {DAY} --days 7 --replace" in err) == (not stored)


def test_the_command_that_stores_a_trend_ends_it_where_it_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A window that is no whole day is named by its end, and another stage by its option."""
    loudness = LoudnessOptions(quiet=False, verbose=False, log_format="text", run_id="")
    end = datetime(2025, 12, 21, tzinfo=UTC)

    warn_unless_stored(
        Request(Program_(), loudness),
        trend_with("GO", stored=False),
        window_until(end),
        stage_of("stage2"),
    )

    command = "trends --stage stage2 --as-of 2025-12-21T00:00:00Z --days 7 --replace, with the"
    assert f"; to store it: {command} " in capsys.readouterr().err


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
    """`hold` trips on HOLD and NO_GO, and `no-go` trips on NO_GO only."""
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


def test_a_run_for_a_day_to_come_fails_no_later_one(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trend is not in the way, and the check at the end of the next run knows the clock."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    set_clock(monkeypatch)
    daily = ("stage1-run", "--repo", "../telemetry", "--fail-on", "hold")
    assert program(*daily).code == 0
    assert program(*daily[:3], "--date", "2025-12-29").code == 0

    assert program("verify").code == 2
    again = program(*daily)

    assert (again.code, again.err) == (0, "")
    assert "trend, GO\n" in again.out
    assert again.out.endswith(": verified\n")
    assert program("verify").out.endswith(": everything matches\n")
    assert "**GO**" in (workplace.reports / "stage1_trend.md").read_text()
