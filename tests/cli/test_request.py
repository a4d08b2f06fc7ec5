"""The options of a command, resolved: window, folders, configuration."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops import routine
from tests.cli.helpers import ALERT, DAY, HEARTBEAT, MAKES, NOW, SCANS, one_line, summary_of
from tests.support.artifacts import days_until, names_of
from tests.support.program import (
    COMMAND,
    PATIENCE,
    Workplace,
    clean_environment,
    epoch,
    quiet_days,
    set_clock,
    tree,
)

if TYPE_CHECKING:
    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")


def test_the_window_ends_now_cut_to_the_minute(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default window is the last 24 hours, up to the current minute."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))

    assert program("stage1-snapshot", "--repo", "../telemetry").code == 0
    assert program("stage1-trends").code == 0

    assert summary_of(workplace, "2025-12-21")["window"] == {
        "start": "2025-12-20T06:30:00Z",
        "end": "2025-12-21T06:30:00Z",
    }
    trend = json.loads((workplace.reports / "stage1_trend.json").read_text())
    assert trend["generated_at_utc"] == "2025-12-21T06:30:00Z"


@pytest.mark.parametrize(
    ("day", "date"),
    [("today", "2025-12-21"), ("yesterday", DAY), (DAY, DAY), (" TODAY ", "2025-12-21")],
)
def test_a_day_is_a_date_or_a_word(
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    day: str,
    date: str,
) -> None:
    """The window of a `--date` is the UTC day and ends at the next midnight."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", day).code == 0

    summary = summary_of(workplace, date)
    end = datetime.fromisoformat(f"{date}T00:00:00Z") + timedelta(days=1)
    assert summary["date"] == date
    assert summary["created_at_utc"] == f"{end:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--date", "2025-12-22"], "2025-12-22"),
        (["--as-of", "2025-12-22T06:31:00Z"], "2025-12-22"),
        (["--from", "2025-12-20", "--to", "2025-12-23"], "2025-12-23"),
    ],
)
def test_a_window_in_the_future_is_announced(
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    named: str,
) -> None:
    """A wrong year or month makes a report without events, so even `--quiet` says it."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    set_clock(monkeypatch, NOW)

    outcome = program("stage1-snapshot", "--repo", "../telemetry", *arguments, "--quiet")

    assert outcome.code == 0
    assert outcome.err == (
        f"{named} lies in the future, and nothing can have happened yet;"
        f" the last day that is over is {DAY}\n"
    )


@pytest.mark.parametrize("day", ["today", "yesterday", "2025-12-21"])
def test_a_window_that_has_begun_is_not_announced(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    """The report itself says that a window which has begun is not over."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    set_clock(monkeypatch, NOW)

    outcome = program("stage1-snapshot", "--repo", "../telemetry", "--date", day)

    assert (outcome.code, outcome.err) == (0, "")


def test_without_a_telemetry_root_the_current_directory_is_scanned(
    program: Program, workplace: Workplace
) -> None:
    """`--repo` defaults to the current directory."""
    (workplace.repo / "events.jsonl").write_text(json.dumps(ALERT))

    assert program("stage1-snapshot", "--date", DAY, "--fail-on-new-alerts").code == 2


# The folder of the reports.


def test_the_reports_variable_is_relative_to_the_repo_root(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PEAK_REPORTS_DIR` names the same folder from any directory of the repo."""
    below = workplace.repo / "some" / "folder"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.setenv("PEAK_REPORTS_DIR", "kept")
    snapshot = ("stage1-snapshot", "--repo", workplace.telemetry)

    assert program(*snapshot).code == 0
    assert program(*snapshot, "--reports-root", "kept").code == 0

    assert (workplace.repo / "kept" / "obs" / "stage1" / "index.json").is_file()
    assert (below / "kept" / "obs" / "stage1" / "index.json").is_file()


def test_an_out_dir_is_relative_to_the_telemetry_root(
    program: Program, workplace: Workplace
) -> None:
    """`--out-dir` is the folder itself, so a summary names it `.`; telemetry in it is scanned."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)

    assert program(*snapshot, "--out-dir", "here").code == 0
    workplace.write("here/events.jsonl", ALERT)
    assert program(*snapshot, "--out-dir", "here").code == 0

    summary = json.loads((workplace.telemetry / "here" / f"{DAY}_summary.json").read_text())
    assert summary["report_dir"] == "."
    assert [file["path"] for file in summary["coverage"]["files"]] == [
        "here/events.jsonl",
        "obs/events.jsonl",
    ]
    assert not workplace.reports.exists()
    # A file there that is not an artifact is only a warning.
    assert program("verify", "--dir", "../telemetry/here").code == 0


def test_a_reports_root_wins_over_a_folder(program: Program, workplace: Workplace) -> None:
    """`--reports-root` overrides `--out-dir` and `--dir`, and a message says so."""
    root = ("--reports-root", "other")
    ignored = "--reports-root is given: --dir and --out-dir have no effect\n"
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)

    assert program(*snapshot, *root, "--out-dir", "out").err == ignored
    assert program("stage1-trends", *root, "--dir", "out").err == ignored
    assert program("verify", *root, "--dir", "out") == (
        0,
        f"{workplace.repo}/other/obs/stage1: everything matches\n",
        ignored,
    )

    assert sorted(path.name for path in workplace.repo.iterdir()) == [".git", "other"]
    assert sorted(path.name for path in workplace.telemetry.iterdir()) == []


def test_a_folder_can_be_named_to_read_and_to_write(program: Program, workplace: Workplace) -> None:
    """`--dir` is the folder of the reports itself, for all commands that read it."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7))
    folder = ("--dir", "folder")

    assert (
        program("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "7", *folder).code
        == 0
    )
    trend = program("stage1-trends", *folder, "--date", DAY, "--days", "7", "--fail-on", "hold")
    assert trend.code == 0
    assert program("verify", *folder).code == 0

    days = days_until(date.fromisoformat(DAY), 7)
    assert tree(workplace.repo / "folder").keys() == names_of(*days)


# The configuration.

GENEROUS = "[policy]\nmax_new_alerts = 100\n"


def policy_of(workplace: Workplace) -> object:
    """Return how many new alerts the stored trend allowed."""
    trend = json.loads((workplace.reports / "stage1_trend.json").read_text())
    return trend["rollups"]["policy"]["max_new_alerts"]


def test_the_configuration_of_the_repo_is_used(program: Program, workplace: Workplace) -> None:
    """`stage1.toml` in the repo root applies to every command and to any telemetry."""
    (workplace.repo / "stage1.toml").write_text(GENEROUS)
    workplace.reports.mkdir(parents=True)

    assert program("stage1-trends").code == 0
    assert policy_of(workplace) == 100
    assert program("stage1-run", "--repo", "../telemetry", "--date", "today").code == 0
    assert policy_of(workplace) == 100


def test_a_configuration_that_is_named_wins(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--config` counts before `PEAK_CONFIG`, and that before the file of the repo."""
    for name, allowed in (("stage1.toml", 1), ("variable.toml", 2), ("option.toml", 3)):
        (workplace.repo / name).write_text(f"[policy]\nmax_new_alerts = {allowed}\n")
    monkeypatch.setenv("PEAK_CONFIG", "variable.toml")
    workplace.reports.mkdir(parents=True)

    assert program("stage1-trends").code == 0
    assert policy_of(workplace) == 2
    assert program("stage1-trends", "--config", "option.toml").code == 0
    assert policy_of(workplace) == 3


@pytest.mark.parametrize("command", SCANS)
@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("place", [".", "below"])
def test_thresholds_beside_the_telemetry_are_never_used(  # noqa: PLR0913 (all variants)
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    *,
    marked: bool,
    place: str,
) -> None:
    """A configuration beside the telemetry cannot change the thresholds."""
    folder = workplace.telemetry / place
    folder.mkdir(exist_ok=True)
    (folder / "stage1.toml").write_text(GENEROUS)
    if marked:
        (folder / "pyproject.toml").touch()
    monkeypatch.chdir(folder)
    arguments = ("--repo", workplace.telemetry, "--reports-root", workplace.repo / "reports")

    outcome = program(command, *arguments, "--date", DAY)

    # Neither using it nor passing it over in silence would be safe. Only where the folder is no
    # repo, and the program itself lies in one, that other repo is asked instead.
    assert outcome.code == 1 if marked else outcome.code in {0, 1}
    if outcome.code:
        assert f"{folder}/stage1.toml lies in the telemetry root" in one_line(outcome)
    else:
        assert program("stage1-trends", *arguments[2:]).code == 0
        assert policy_of(workplace) == 5


@pytest.mark.parametrize("command", MAKES)
def test_thresholds_beside_telemetry_named_by_the_variable_are_never_used(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The trend refuses a configuration in the telemetry root that the variable names."""
    (workplace.telemetry / "stage1.toml").write_text(GENEROUS)
    (workplace.telemetry / ".git").mkdir()
    monkeypatch.chdir(workplace.telemetry)
    monkeypatch.setenv("PEAK_TELEMETRY_DIR", ".")

    outcome = program(command, "--reports-root", workplace.repo / "reports")

    assert outcome.code == 1
    assert "stage1.toml lies in the telemetry root, from which none is read" in one_line(outcome)


@pytest.mark.parametrize("root", ["s3://bucket/x", "file:///srv"])
def test_with_telemetry_at_a_url_the_thresholds_of_the_repo_are_used(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    """No folder of this machine holds telemetry then."""
    (workplace.repo / "stage1.toml").write_text(GENEROUS)
    monkeypatch.setenv("PEAK_TELEMETRY_DIR", root)
    workplace.reports.mkdir(parents=True)

    assert program("stage1-trends", "--date", DAY).code == 0

    assert policy_of(workplace) == 100


def test_a_program_outside_of_a_repo_takes_no_thresholds_from_the_telemetry(
    workplace: Workplace,
) -> None:
    """Installed anywhere and started in the telemetry root, the program finds no other repo."""
    package = Path(routine.__file__).parent
    installed = workplace.folder / "installed"
    shutil.copytree(package, installed / package.name)
    (workplace.telemetry / "stage1.toml").write_text(GENEROUS)

    finished = subprocess.run(
        [*COMMAND, "stage1-run", "--date", DAY, "--reports-root", workplace.reports.parents[1]],
        cwd=workplace.telemetry,
        env=clean_environment(PYTHONPATH=str(installed), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert finished.returncode == 1
    assert "stage1.toml lies in the telemetry root, from which none is read" in finished.stderr


@pytest.mark.parametrize("option", ["--repo", "--input", "--config", "--dir"])
def test_reading_alone_finds_out_what_can_be_read(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """A path without read permission is not a usage error."""
    monkeypatch.setattr(os, "access", lambda *_arguments, **_options: False)
    path = workplace.write("telemetry.toml") if option == "--config" else workplace.telemetry
    workplace.write("events.jsonl", *quiet_days(DAY, 1))
    command = "verify" if option == "--dir" else "stage1-snapshot"

    outcome = program(command, option, path)

    assert outcome.code != 64, outcome.err
