"""Results as plain text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli.plain import WIDTH, run_text
from peaktrade_ops.config import Config
from peaktrade_ops.routine import Report, RunResult, TrendResult
from peaktrade_ops.scanning import Place
from peaktrade_ops.stage1.models import Evidence, Understanding
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.cli.helpers import ALERT, CRITICAL, DAY, HEARTBEAT, summary_of
from tests.support.artifacts import END, quiet_day, seen, summary
from tests.support.program import Workplace, quiet_days, set_clock

if TYPE_CHECKING:
    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")


@pytest.mark.parametrize(
    ("arguments", "artifact"),
    [
        (["stage1-snapshot", "--repo", "../telemetry"], f"{DAY}_summary.json"),
        (["stage1-trends"], "stage1_trend.json"),
    ],
)
def test_json_output_is_the_artifact(
    program: Program, workplace: Workplace, arguments: list[str], artifact: str
) -> None:
    """The JSON on standard output is equal to the stored artifact."""
    workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, b"caf\xc3\xa9\x7f")
    workplace.reports.mkdir(parents=True)

    code, out, err = program(*arguments, "--date", DAY, "--format", "json")

    assert (code, err) == (0, "")
    assert out == (workplace.reports / artifact).read_text()


def test_json_output_of_the_routine_holds_all_that_it_made(
    program: Program, workplace: Workplace
) -> None:
    """The JSON of the routine contains the summaries, the trend and the findings of the check."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    routine_ = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "7")

    code, out, err = program(*routine_, "--format", "json")

    document = json.loads(out)
    assert (code, err) == (0, "")
    assert [each["date"] for each in document["summaries"]] == [
        f"2025-12-{day}" for day in range(14, 21)
    ]
    assert document["summaries"][-1] == summary_of(workplace)
    assert document["trend"] == json.loads((workplace.reports / "stage1_trend.json").read_text())
    assert document["trend_stored"] is True
    assert document["trend_current"] is False
    assert document["findings"] == []


def test_text_output_of_a_snapshot_says_the_numbers_and_where_they_are(
    program: Program, workplace: Workplace
) -> None:
    """The metrics, the window, the coverage, the notes, the evidence, and the written files."""
    workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, CRITICAL, b"{", b"")

    code, out, err = program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:5] == [
        f"{DAY}: 1 new alert, 1 critical, 1 parse error, 0 operator actions, 0 legacy hits",
        "window 2025-12-20T00:00:00Z to 2025-12-21T00:00:00Z",
        "coverage complete: 1 of 1 file, 5 lines, 3 events in the window",
        "note: 1 critical alert in the window.",
        "note: 1 rejected record in the window.",
    ]
    assert [line for line in lines[5:-3] if not line.startswith("  ")] == [
        "critical alerts: 1",
        "new alerts: 1",
        "rejected records: 1",
    ]
    assert lines[-5:] == [
        "rejected records: 1",
        "  obs/events.jsonl:4 not JSON",
        f"wrote {workplace.reports}/{DAY}_snapshot.html",
        f"wrote {workplace.reports}/{DAY}_snapshot.md",
        f"wrote {workplace.reports}/{DAY}_summary.json",
    ]


def test_one_of_a_kind_is_singular(program: Program, workplace: Workplace) -> None:
    """Counts of 1 have a singular noun in every text of the command line."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    several = ("--from", DAY, "--to", DAY)

    one_day = program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).out
    days = program("stage1-snapshot", "--repo", "../telemetry", *several).out

    assert "1 of 1 file, 1 line, 1 event in the window" in one_day
    assert f"wrote 1 report into {workplace.reports}\n" in days


def test_text_output_of_the_routine_has_the_worst_of_a_day() -> None:
    """A day has its further numbers where they object, and a line for each of its worst events."""
    day = summary(
        understanding=Understanding(danger=2, critical_actions=1),
        evidence=Evidence(danger=(seen(line=7, type="x" * 200),)),
    )
    days = [quiet_day()]
    trend = build_trend(days, window=window_until(END), config=Config())
    made = RunResult([Report(day.date, day, written=True)], TrendResult(trend, stored=True), [])

    lines = run_text(made, Place(Path("/srv/obs/stage1"), "obs/stage1")).splitlines()

    assert lines[0] == (
        "2025-12-20: 0 new alerts, 0 critical, 0 parse errors, 0 operator actions, 0 legacy hits,"
        " 2 dangers, 1 critical action"
    )
    assert lines[1].startswith("  12-20 07:00:00 telemetry/a.jsonl:7 critical xxx")
    assert (len(lines[1]), lines[2]) == (WIDTH, "")


def test_text_output_of_a_trend_is_its_report(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe gets the trend as the Markdown shows it, the verdict first."""
    workplace.reports.mkdir(parents=True)
    set_clock(monkeypatch)

    code, out, err = program("stage1-trends", "--date", DAY)

    assert (code, err) == (0, "")
    assert out.startswith("# Peak_Trade: Stage 1 trend, HOLD\n")
    assert out == (workplace.reports / "stage1_trend.md").read_text()
