"""Test the checks of the telemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis.findings import MOST_ALIKE
from peaktrade_ops.diagnosis.sources import check_expected, check_found, check_silent
from peaktrade_ops.reports.store.names import INDEX
from peaktrade_ops.scanning import Telemetry
from tests.diagnosis.helpers import FIRST, LAST, NOW, lines, reported, subject_of, wrong
from tests.support.lives import DAY, at, quiet

if TYPE_CHECKING:
    from tests.support.lives import Life

OLD = at(FIRST)


def test_what_a_run_would_scan_is_shown(life: Life) -> None:
    """With the number of files and folders, and the newest time."""
    life.put("notes/telemetry.pid", b"", when=NOW)
    life.toml = '[sources]\nignore = ["telemetry/p.jsonl"]\n'
    life.put("telemetry/p.jsonl", b"", when=NOW)

    assert lines(check_found, subject_of(life)) == [
        "ok: t: 1 file in 1 folder to scan, the newest of 2025-12-20T09:00:00Z",
        "ok: t: 1 left out without an effect: ignored (1)",
    ]


def test_nothing_to_scan_is_an_error(life: Life) -> None:
    """Every day would be empty."""
    life.path_of_quiet.unlink()

    [finding] = wrong(check_found, subject_of(life))

    assert (finding.result, finding.what) == ("error", "no file to scan")


def test_what_may_hold_events_of_the_last_day_is_an_error(life: Life) -> None:
    """It would make the report incomplete; an old file would not."""
    life.put("telemetry/a.zip", b"", when=NOW)
    life.put("telemetry/b.zip", b"", when=OLD)

    [finding] = wrong(check_found, subject_of(life))

    assert (finding.result, finding.where) == ("error", "telemetry/a.zip")
    assert finding.what == "is left out: archive"
    assert finding.advice == "unpack it beside, and name it in ignore"


def test_many_paths_of_one_kind_are_counted(life: Life) -> None:
    """A diagnosis stays readable."""
    for number in range(MOST_ALIKE + 2):
        life.put(f"telemetry/{number:02}.zip", b"", when=NOW)

    found = wrong(check_found, subject_of(life))

    assert len(found) == MOST_ALIKE + 1
    assert found[-1].what == "2 more are left out: archive (2)"


def test_single_inputs_make_every_report_incomplete(life: Life) -> None:
    """A variable may have been forgotten."""
    only = Telemetry(life.telemetry, (str(life.path_of_quiet),))

    [finding] = wrong(check_found, subject_of(life, telemetry=only))

    assert finding.what == "is left out: only what --input names"
    assert "PEAK_INPUT" in finding.advice


def test_nothing_needs_to_be_expected(life: Life) -> None:
    """A line says that nothing is."""
    assert lines(check_expected, subject_of(life)) == ["ok: [sources]: names none"]


def test_an_expected_source_without_a_file_is_an_error(life: Life) -> None:
    """Each pattern once, whichever key it has."""
    life.toml = '[sources]\nexpect = ["x/**", "telemetry/**"]\nexpect_events = ["x/**", "y"]\n'

    found = wrong(check_expected, subject_of(life))

    assert [(each.result, each.where, each.what) for each in found] == [
        ("error", "x/**", "matches no file to scan"),
        ("error", "y", "matches no file to scan"),
    ]
    assert [each.advice.partition("take ")[2] for each in found] == [
        "the pattern out of expect and expect_events under [sources]",
        "the pattern out of expect_events under [sources]",
    ]


def test_an_expected_source_without_a_recent_file_is_an_error(life: Life) -> None:
    """A file that was written before the last day has no event of it."""
    life.put("telemetry/old.jsonl", b"", when=OLD)
    life.toml = '[sources]\nexpect_events = ["telemetry/old.jsonl", "telemetry/o.jsonl"]\n'

    [finding] = wrong(check_expected, subject_of(life))

    assert (finding.result, finding.where) == ("error", "telemetry/old.jsonl")
    assert "since 2025-12-20T00:00:00Z" in finding.what


def test_expected_sources_that_are_there_are_in_order(life: Life) -> None:
    """A line says so."""
    life.toml = '[sources]\nexpect = ["telemetry/**"]\n'

    assert lines(check_expected, subject_of(life)) == ["ok: [sources]: each of expect has files"]


def test_a_folder_without_new_files_is_a_warning(life: Life) -> None:
    """Its writer may have stopped. Legacy sources are silent by their nature."""
    for folder in ("alerts", "live_runs/alerts"):
        life.put(f"{folder}/a.jsonl", b"", when=OLD)

    [finding] = wrong(check_silent, subject_of(life))

    assert (finding.result, finding.where) == ("warning", "alerts")
    assert finding.what == "no file was written since 2025-12-07T09:00:00Z"
    assert "if it is to be silent, do nothing" in finding.advice


def test_to_ignore_a_silent_folder_would_be_a_hold(life: Life) -> None:
    """So this is never advised: the earlier reports have its events."""
    life.write("alerts/a.jsonl", quiet(LAST - 3 * DAY), when=at(LAST - 3 * DAY))
    assert life.run(LAST, now=NOW).verdict == "GO"
    assert len(wrong(check_silent, subject_of(life))) == 1

    life.toml = '[sources]\nignore = ["alerts/**"]\n'

    assert "lost" in life.run(LAST, now=NOW).why
    life.toml = ""
    assert life.run(LAST, now=NOW).verdict == "GO"


def test_a_folder_with_one_new_file_is_not_silent(life: Life) -> None:
    """Rotated files stay as they are."""
    life.put("telemetry/o.jsonl.1", b"", when=OLD)

    assert lines(check_silent, subject_of(life)) == [
        "ok: t: every folder has a file of 2025-12-20T00:00:00Z or later"
    ]


def test_a_folder_that_is_gone_since_the_last_report_is_an_error(life: Life) -> None:
    """The verdict of the next run could not be GO."""
    life.write("events/a.jsonl", quiet(LAST), when=at(LAST))
    reported(life)
    (life.telemetry / "events" / "a.jsonl").unlink()

    [finding] = wrong(check_silent, subject_of(life))

    assert (finding.result, finding.where) == ("error", "events")
    assert finding.what == "is gone: the report of 2025-12-20 has seen files there"
    # A report of single files says nothing about folders.
    only = Telemetry(life.telemetry, (str(life.path_of_quiet),))
    assert wrong(check_silent, subject_of(life, telemetry=only)) == []


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("name", ["events/sub/a.jsonl", "events/sub", "events"])
def test_what_cannot_be_read_is_not_gone(life: Life, name: str) -> None:
    """The check of the sources tells it, with what to do."""
    life.write("events/sub/a.jsonl", quiet(LAST), when=at(LAST))
    reported(life)
    (life.telemetry / name).chmod(0)
    try:
        left_out = wrong(check_found, subject_of(life))
        gone = [each for each in wrong(check_silent, subject_of(life)) if each.result == "error"]
    finally:
        (life.telemetry / name).chmod(0o700)

    assert len(left_out) == 1
    assert gone == []


@pytest.mark.usefixtures("unprivileged")
def test_what_is_gone_beside_what_cannot_be_read_is_told(life: Life) -> None:
    """A name that begins alike is another folder."""
    for name in ("event", "events2"):
        life.write(f"{name}/a.jsonl", quiet(LAST), when=at(LAST))
    reported(life)
    (life.telemetry / "events2" / "a.jsonl").rename(life.telemetry / "events2" / "a.jsonl.lock")
    (life.telemetry / "event").chmod(0)
    try:
        found = wrong(check_silent, subject_of(life))
    finally:
        (life.telemetry / "event").chmod(0o700)

    assert [(each.where, each.what[:7]) for each in found] == [("events2", "is gone")]


def test_many_silent_folders_are_counted(life: Life) -> None:
    """A diagnosis stays readable."""
    for number in range(MOST_ALIKE + 3):
        life.put(f"telemetry/{number}x/a.jsonl", b"", when=OLD)

    found = wrong(check_silent, subject_of(life))

    assert [each.what for each in found[MOST_ALIKE:]] == ["3 more"]


def test_an_index_that_cannot_be_read_says_nothing_about_folders(life: Life) -> None:
    """The check of the index tells it."""
    reported(life)
    (life.reports / INDEX).unlink()
    (life.reports / INDEX).mkdir()

    assert wrong(check_silent, subject_of(life)) == []


def test_a_report_that_cannot_be_read_says_nothing_about_folders(life: Life) -> None:
    """The one before it does."""
    life.write("events/a.jsonl", quiet(LAST), when=at(LAST))
    reported(life)
    (life.reports / f"{LAST}_summary.json").write_text("{")
    (life.telemetry / "events" / "a.jsonl").unlink()

    assert wrong(check_silent, subject_of(life)) == []
