"""`verify`: its findings, and the gate on mismatches."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import CRITICAL, DAY
from tests.support.program import Workplace, quiet_days, set_clock, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.program import Program


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (
            lambda folder: (folder / f"{DAY}_snapshot.md").write_text("x"),
            "changed: 1 bytes instead",
        ),
        (lambda folder: (folder / f"{DAY}_snapshot.md").unlink(), f"{DAY}_snapshot.md: missing"),
        (lambda folder: (folder / "index.json").unlink(), "index.json: missing"),
        (lambda folder: (folder / "2025-12-19_snapshot.md").touch(), "not in the index"),
    ],
)
def test_a_mismatch_in_verify_is_2(
    program: Program, workplace: Workplace, damage: Callable[[Path], object], finding: str
) -> None:
    """Each finding is one line on standard output, and no file changes."""
    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).code == 0
    damage(workplace.reports)
    before = tree(workplace.reports)

    code, out, err = program("verify")
    as_json = program("verify", "--format", "json")

    assert (code, err, as_json.code) == (2, "", 2)
    assert out.startswith("error: ")
    assert finding in out
    assert out.count("\n") == 1
    assert [each["level"] for each in json.loads(as_json.out)] == ["error"]
    assert tree(workplace.reports) == before


def test_other_files_are_a_warning_in_verify(program: Program, workplace: Workplace) -> None:
    """A file that is not an artifact is a warning, and its name is escaped."""
    assert program("stage1-snapshot", "--repo", "../telemetry").code == 0
    (workplace.reports / "a\x1b[31m\nb.txt").touch()

    assert program("verify") == (0, "warning: a\\u001b[31m\\u000ab.txt: not an artifact\n", "")


def test_a_name_that_is_no_text_is_shown_as_in_reports(
    program: Program, workplace: Workplace
) -> None:
    """A byte of a name that is not UTF-8 is escaped alike in text and in JSON."""
    assert program("stage1-snapshot", "--repo", "../telemetry").code == 0
    try:
        (workplace.reports / os.fsdecode(b"a\xff.txt")).touch()
    except OSError:
        pytest.skip("this file system takes only names that are text")

    assert program("verify").out == "warning: a\\xff.txt: not an artifact\n"
    (finding,) = json.loads(program("verify", "--format", "json").out)
    assert finding["path"] == "a\\xff.txt"


def test_a_verdict_that_has_expired_is_a_warning_in_verify(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expired verdict is a warning, because the files in the folder are correct."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    run = ("stage1-run", "--repo", "../telemetry", "--date", DAY)
    set_clock(monkeypatch, "2025-12-22T06:00:00Z")
    assert program(*run).out.startswith("2025-12-07: ")
    assert program("verify").out.endswith(": everything matches\n")

    set_clock(monkeypatch, "2025-12-22T06:00:01Z")

    assert program("verify") == (
        0,
        "warning: stage1_trend.json: out of date: it was valid until 2025-12-22T06:00:00Z\n",
        "",
    )


def test_a_later_critical_day_is_a_mismatch(program: Program, workplace: Workplace) -> None:
    """A critical report after the range makes the trend out of date."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    assert program("stage1-run", "--repo", "../telemetry", "--date", DAY).code == 0
    workplace.write("obs/later.jsonl", {**CRITICAL, "ts": "2025-12-21T12:00:00Z"})
    late = ("stage1-snapshot", "--repo", "../telemetry", "--date", "2025-12-21")
    assert program(*late).code == 0

    code, out, _ = program("verify")

    assert code == 2
    assert (
        "error: stage1_trend.json: out of date: a later report objects: 2025-12-21; run again"
        " after 2025-12-22T00:00:00Z\n" in out
    )


def test_a_verdict_of_a_time_to_come_is_a_mismatch(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can know it; the routine that gave it by a typed date has done its job."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 14))
    run = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--fail-on", "hold")
    set_clock(monkeypatch, "2025-12-21T00:00:00Z")
    assert program(*run).code == 0
    assert program("verify").code == 0

    set_clock(monkeypatch, "2025-12-20T23:59:59Z")

    code, out, _ = program("verify")
    assert code == 2
    assert out == (
        "error: stage1_trend.json: out of date: its last window ends only at 2025-12-21T00:00:00Z,"
        " after the clock; set the clock right, or run again\n"
    )
    made = program(*run[:-2])
    assert made.code == 0
    assert "- out of date: its last window ends only at 2025-12-21T00:00:00Z" in made.out
