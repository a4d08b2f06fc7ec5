"""Test the checks of the index and of the verdict."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from peaktrade_ops.diagnosis.checks import diagnose
from peaktrade_ops.diagnosis.findings import MOST_ALIKE
from peaktrade_ops.diagnosis.reports import check_index, check_verdict
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.names import (
    INDEX,
    TREND_JSON,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.reports.store.reading import read_model
from peaktrade_ops.reports.store.recover import staged_name
from peaktrade_ops.routine import decide
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.stage1.models import Trend, to_json
from peaktrade_ops.window import window_of
from tests.diagnosis.helpers import LAST, NOW, lines, reported, subject_of, wrong
from tests.support.artifacts import index_folder
from tests.support.lives import DAY, QUIET_FILE, at, critical, quiet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.lives import Life

MARKDOWN = snapshot_name(LAST)
SUMMARY = summary_name(LAST)
RUN = "run peaktrade-ops stage1-run"
NO_FILES = [os.mkfifo, os.mkdir, lambda path: path.symlink_to("x")]


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
        (
            lambda folder: (folder / "stage2_trend.md").touch(),
            "stage2_trend.md",
            "check --stage and --dir, or move it to its own folder",
        ),
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


@pytest.mark.parametrize("make", NO_FILES)
@pytest.mark.parametrize(
    ("name", "advice"),
    [
        (SUMMARY, f"move it away, and restore it from a backup, or {RUN}, which makes it again"),
        (TREND_JSON, f"move it away, and restore it from a backup, or {RUN}, which makes it again"),
        (INDEX, f"move it away, and restore it from a backup; if it is lost, {RUN} --adopt"),
        (MARKDOWN, f"move it away, and {RUN} or render, which make it again"),
        ("2025-11-14_snapshot.md", "move it away: it is not in the index"),
        ("2025-11-14_snapshot.html", "move it away: it is not in the index"),
    ],
)
def test_what_is_in_the_place_of_a_file_is_to_be_moved_away(
    life: Life, name: str, advice: str, make: Callable[[Path], None]
) -> None:
    """No run takes its place, and some fail."""
    reported(life)
    (life.reports / name).unlink(missing_ok=True)
    make(life.reports / name)

    found = wrong(check_index, subject_of(life))

    assert [each.advice[: len(advice)] for each in found] == [advice]


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("name", [SUMMARY, TREND_JSON, INDEX, MARKDOWN])
def test_what_cannot_be_read_is_to_be_made_readable(life: Life, name: str) -> None:
    """Whatever its path is: that of a stage has its name in it."""
    reported(life)
    (life.reports / name).chmod(0)

    [finding] = wrong(check_index, subject_of(life))

    assert (finding.result, finding.where) == ("error", name)
    assert finding.advice.startswith(f"make it readable for uid {os.geteuid()}; else move it away")


def test_a_page_that_waits_for_a_report_says_for_which_kind(life: Life) -> None:
    """It is not listed until the report beside it can be read; adopting it does nothing."""
    reported(life)
    (life.reports / SUMMARY).unlink()
    (life.reports / SUMMARY).mkdir()
    life.append(QUIET_FILE, quiet(LAST + DAY), when=at(LAST + DAY))
    life.run(LAST + DAY)

    found = [each for each in wrong(check_index, subject_of(life)) if each.where != SUMMARY]

    assert page_name(LAST + DAY) in {each.where for each in found}
    assert {each.advice for each in found} == {
        f"mend first the report of it or near it that cannot be read; then {RUN}"
    }


def test_a_view_that_is_not_listed_is_not_adopted(life: Life) -> None:
    """It is made again from the JSON, whatever it says."""
    reported(life)
    index = life.index()
    index["entries"] = [each for each in index["entries"] if each["path"] != MARKDOWN]
    (life.reports / INDEX).write_text(json.dumps(index))

    [finding] = wrong(check_index, subject_of(life))

    assert finding.advice == f"move it away if it is yours; then {RUN} or render, which make it"


def test_an_entry_that_must_not_be_goes_with_the_next_run(life: Life) -> None:
    """The file that it names does not matter."""
    reported(life)
    index = life.index()
    index["entries"].append({**index["entries"][0], "path": "../x"})
    (life.reports / INDEX).write_text(json.dumps(index))

    [finding] = wrong(check_index, subject_of(life))
    life.run(LAST, now=NOW)

    assert finding.advice == f"{RUN}, which leaves the entry out"
    assert wrong(check_index, subject_of(life)) == []


def test_the_index_of_another_stage_is_in_its_own_folder(life: Life) -> None:
    """No run writes there."""
    reported(life)
    (life.reports / INDEX).write_text(json.dumps({**life.index(), "schema_version": "x_index.v1"}))

    [finding] = wrong(check_index, subject_of(life))

    assert finding.advice == "check --stage, --reports-root and --dir"


@pytest.mark.parametrize("make", NO_FILES)
def test_no_run_is_advised_that_fails_for_the_trend(
    life: Life, make: Callable[[Path], None]
) -> None:
    """A run must know the stored trend."""
    reported(life)
    (life.reports / TREND_JSON).unlink()
    make(life.reports / TREND_JSON)

    [finding] = wrong(check_verdict, subject_of(life))

    assert finding.advice.startswith("move it away")
    assert finding.advice.endswith(f"; then {RUN}")


def test_a_lost_decision_is_an_error(life: Life) -> None:
    """Its guide says what to do without a backup."""
    reported(life)
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: NOW)
    (life.reports / "stage1_decision.json").write_text("{")

    found = wrong(check_index, subject_of(life))

    assert {each.where for each in found} == {"stage1_decision.json"}
    assert all("docs/ops/decide.md" in each.advice for each in found)
    (life.reports / "stage1_decision.json").unlink()
    gone = wrong(check_index, subject_of(life))
    assert len(gone) > 2
    assert all("docs/ops/decide.md" in each.advice for each in gone)


def test_a_view_of_a_decision_is_made_again(life: Life) -> None:
    """Its JSON is there."""
    reported(life)
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: NOW)
    (life.reports / "stage1_decision.md").write_text("x")

    [finding] = wrong(check_index, subject_of(life))

    assert finding.advice == f"{RUN} or render, which make it again from the JSON"


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


def test_a_current_verdict_is_no_error_whatever_it_says(life: Life) -> None:
    """A diagnosis is about the program, not about the dry run."""
    reported(life)
    assert lines(check_verdict, subject_of(life)) == [
        f"ok: {TREND_JSON}: GO, current until 2025-12-22T06:00:00Z"
    ]


def test_a_verdict_that_is_not_go_is_a_warning_with_the_first_thing_to_do(life: Life) -> None:
    """Nobody reads that all is in order, and stops there."""
    life.write("telemetry/b.jsonl", critical(LAST), "no JSON", when=at(LAST))
    reported(life)

    [finding] = wrong(check_verdict, subject_of(life))

    assert (finding.result, finding.where) == ("warning", TREND_JSON)
    assert finding.what == (
        "NO_GO, current until 2025-12-22T06:00:00Z: critical alerts on 1 day, and 1 more reason"
    )
    assert finding.advice.startswith("find the cause")
    assert "\n" not in finding.advice


def test_a_verdict_of_the_earlier_scripts_has_no_hints(life: Life) -> None:
    """Its page has the reasons."""
    life.write("telemetry/b.jsonl", "no JSON", when=at(LAST))
    reported(life)
    trend = read_model(life.reports / TREND_JSON, Trend)
    rollups = replace(trend.rollups, findings=None)
    (life.reports / TREND_JSON).write_bytes(to_json(replace(trend, rollups=rollups)))
    index_folder(life.reports)

    [finding] = wrong(check_verdict, subject_of(life))

    assert finding.what == "HOLD, current until 2025-12-22T06:00:00Z"
    assert finding.advice == "read the reasons in stage1_trend.md"


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


@pytest.mark.parametrize("check", ["index", "verdict"])
def test_a_folder_in_use_is_not_waited_for_long(
    life: Life, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    """A diagnosis answers while a run is stuck; that a run is going on is no error."""
    reported(life)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    moments = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments) / 2)

    with locked(life.reports):
        found = [each for each in diagnose(subject_of(life)).findings if each.check == check]

    assert 0 < len(waited) < 20
    [finding] = found
    assert finding.result == "warning"
    assert "is in use: process" in finding.what
    assert finding.advice.startswith("wait until it has ended, or end it if it is stuck")
    assert finding.advice.endswith("; then run doctor again")
