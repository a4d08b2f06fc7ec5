"""Test the checks of the index and of the verdict."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis.findings import MOST_ALIKE
from peaktrade_ops.diagnosis.reports import check_index, check_verdict
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.names import INDEX, TREND_JSON, snapshot_name, summary_name
from peaktrade_ops.reports.store.recover import staged_name
from peaktrade_ops.routine import decide
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.window import window_of
from tests.diagnosis.helpers import LAST, NOW, lines, reported, subject_of, wrong
from tests.support.lives import DAY, at, critical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject
    from tests.support.lives import Life

MARKDOWN = snapshot_name(LAST)
SUMMARY = summary_name(LAST)


def test_reports_that_match_the_index_are_in_order(life: Life) -> None:
    """So is a folder without any."""
    assert lines(check_index, subject_of(life)) == ["ok: stage1: there is no report yet"]
    reported(life)
    assert lines(check_index, subject_of(life)) == ["ok: stage1: every file is as the index says"]


@pytest.mark.parametrize(
    ("damage", "where", "advice"),
    [
        (lambda folder: (folder / MARKDOWN).write_text("x"), MARKDOWN, "or render"),
        (lambda folder: (folder / SUMMARY).unlink(), SUMMARY, "from a backup, or run"),
        (lambda folder: (folder / INDEX).unlink(), INDEX, "if it is lost, run .* --adopt"),
        (
            lambda folder: (folder / "2025-11-01_snapshot.md").touch(),
            "2025-11-01_snapshot.md",
            "if it is yours, run peaktrade-ops stage1-run --adopt; else remove it",
        ),
        (lambda folder: (folder / "stage2_trend.md").touch(), "stage2_trend.md", "--stage"),
    ],
)
def test_each_mismatch_is_an_error_with_what_to_do(
    life: Life, damage: Callable[[Path], object], where: str, advice: str
) -> None:
    """`verify` says what is wrong only."""
    reported(life)
    damage(life.reports)

    [finding] = wrong(check_index, subject_of(life))

    assert (finding.result, finding.where) == ("error", where)
    assert re.search(advice, finding.advice)


def test_a_lost_decision_is_an_error(life: Life) -> None:
    """Its guide says what to do without a backup."""
    reported(life)
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: NOW)
    (life.reports / "stage1_decision.json").write_text("{")

    found = wrong(check_index, subject_of(life))

    assert {each.where for each in found} == {"stage1_decision.json"}
    assert all("docs/ops/decide.md" in each.advice for each in found)


def test_other_files_and_old_grounds_are_warnings(life: Life) -> None:
    """They change no verdict."""
    reported(life)
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: NOW)
    life.write("telemetry/b.jsonl", critical(LAST), when=at(LAST))
    reported(life)
    (life.reports / "notes.txt").touch()

    found = wrong(check_index, subject_of(life))

    assert {each.result for each in found} == {"warning"}
    assert {each.advice for each in found} == {
        "move it to another folder",
        "decide again, if the decision is to rest on what is there now",
    }


def test_what_other_checks_tell_is_not_told_twice(life: Life) -> None:
    """The lock has what a run left behind; the verdict whether it is current."""
    reported(life)
    (life.reports / staged_name("0" * 16, INDEX)).touch()
    life.run(LAST + DAY, now=NOW)

    assert wrong(check_index, subject_of(life, now=NOW + 9 * DAY)) == []


def test_many_mismatches_are_counted(life: Life) -> None:
    """`verify` shows all."""
    reported(life)
    for number in range(MOST_ALIKE + 1):
        (life.reports / f"{number:02}.txt").touch()
    *_, warned = wrong(check_index, subject_of(life))
    (life.reports / "index.html").write_text("x")
    for path in life.reports.glob("*.md"):
        path.write_text("x")

    *_, failed = wrong(check_index, subject_of(life))

    assert (warned.result, warned.what) == ("warning", "1 more")
    assert (failed.result, failed.advice) == ("error", "verify shows all")


def test_a_current_verdict_is_in_order_whatever_it_says(life: Life) -> None:
    """A diagnosis is about the program, not about the dry run."""
    life.write("telemetry/b.jsonl", critical(LAST), when=at(LAST))
    reported(life)

    assert lines(check_verdict, subject_of(life)) == [
        f"ok: {TREND_JSON}: NO_GO, current until 2025-12-22T06:00:00Z"
    ]


def test_a_verdict_that_is_not_current_is_an_error(life: Life) -> None:
    """The job has not run."""
    reported(life)

    [finding] = wrong(check_verdict, subject_of(life, now=NOW + DAY))

    assert (finding.result, finding.where) == ("error", TREND_JSON)
    assert finding.what == "is out of date: it was valid until 2025-12-22T06:00:00Z"


def test_a_verdict_of_a_time_to_come_is_an_error(life: Life) -> None:
    """The clock was ahead when it was given, or is behind now."""
    reported(life)

    [finding] = wrong(check_verdict, subject_of(life, now=at(LAST, "23:59")))

    assert finding.what == (
        "is out of date: its last window ends only at 2025-12-21T00:00:00Z, after the clock; set"
        " the clock right, or run again"
    )


def test_a_verdict_tells_when_another_run_helps(life: Life) -> None:
    """The day of a later report is counted once it is over, whether a schedule works or not."""
    reported(life)
    life.write("telemetry/b.jsonl", critical(LAST + DAY), when=at(LAST + DAY))
    life.snapshot(window_of(LAST + DAY), now=NOW)

    [finding] = wrong(check_verdict, subject_of(life))

    assert finding.what.endswith(": 2025-12-21; run again after 2025-12-22T00:00:00Z")
    assert finding.advice == "do what it says, and then run peaktrade-ops stage1-run"


def test_no_verdict_is_a_warning(life: Life) -> None:
    """The first run makes one."""
    [nothing] = wrong(check_verdict, subject_of(life))
    life.snapshot(subject_of(life).window)
    [no_trend] = wrong(check_verdict, subject_of(life))

    assert nothing == no_trend
    assert (nothing.result, nothing.what) == ("warning", "there is none yet")
    assert nothing.advice == "run peaktrade-ops stage1-run"


def test_a_verdict_that_was_changed_is_an_error(life: Life) -> None:
    """It is not shown."""
    reported(life)
    with (life.reports / TREND_JSON).open("a") as file:
        file.write("\n")

    [finding] = wrong(check_verdict, subject_of(life))

    assert finding.result == "error"
    assert "is not as the index says" in finding.what


@pytest.mark.parametrize("check", [check_index, check_verdict])
def test_a_folder_in_use_is_not_waited_for_long(
    life: Life, monkeypatch: pytest.MonkeyPatch, check: Callable[[Subject], Iterator[Finding]]
) -> None:
    """A diagnosis answers while a run is stuck."""
    reported(life)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    moments = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments) / 2)

    with locked(life.reports), pytest.raises(ReportsError, match="is in use: process"):
        list(check(subject_of(life)))

    assert 0 < len(waited) < 9
