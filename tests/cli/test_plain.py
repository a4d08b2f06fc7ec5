"""Results as plain text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import ALERT, CRITICAL, DAY, HEARTBEAT, summary_of
from tests.support.program import Workplace, quiet_days, set_clock

if TYPE_CHECKING:
    from tests.support.program import Program


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
    """The five metrics, the window, the coverage, the notes and the files that were written."""
    workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, CRITICAL, b"{", b"")

    code, out, err = program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{DAY}: 1 new alerts, 1 critical, 1 parse errors, 0 operator actions, 0 legacy hits",
        "window 2025-12-20T00:00:00Z to 2025-12-21T00:00:00Z",
        "coverage complete: 1 of 1 files, 5 lines, 3 events in the window",
        "note: 1 critical alert in the window.",
        "note: 1 rejected record in the window.",
        f"wrote {workplace.reports}/{DAY}_snapshot.html",
        f"wrote {workplace.reports}/{DAY}_snapshot.md",
        f"wrote {workplace.reports}/{DAY}_summary.json",
    ]


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
