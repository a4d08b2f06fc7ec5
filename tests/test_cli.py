"""The command line, as a user, a script or another program meets it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from peaktrade_ops import routine
from peaktrade_ops.cli import Console, cli
from tests.support.program import (
    COMMAND,
    PATIENCE,
    Workplace,
    clean_environment,
    epoch,
    quiet_days,
    tree,
    unmeasured,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.support.program import Outcome

    Program = Callable[..., Outcome]

COMMANDS = ("stage1-run", "stage1-snapshot", "stage1-trends", "verify")
NOW = "2025-12-21T06:30:45Z"
DAY = "2025-12-20"
HEARTBEAT = {"ts": f"{DAY}T10:00:00Z", "type": "heartbeat", "severity": "info"}
ALERT = {"ts": f"{DAY}T11:00:00Z", "type": "risk_alert", "severity": "warn", "rule": "r1"}
CRITICAL = {"ts": f"{DAY}T12:00:00Z", "type": "failure", "severity": "critical"}


def options_of(command: str) -> list[click.Option]:
    """List the options of a command, but for `--help`."""
    return [option for option in cli.commands[command].params if isinstance(option, click.Option)]


def long_name(option: click.Option) -> str:
    """Give the name of an option that begins with two dashes."""
    return next(name for name in option.opts if name.startswith("--"))


def variable_of(option: click.Option) -> str:
    """Give the variable of an option; one of them is not read by click but by the program."""
    if long_name(option) == "--reports-root":
        return "PEAK_REPORTS_DIR"
    assert isinstance(option.envvar, str)
    return option.envvar


def one_line(outcome: Outcome) -> str:
    """Give what a run that failed said: one line on standard error and nothing else."""
    assert outcome.out == ""
    assert outcome.err.startswith("peaktrade-ops: ")
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("\n")
    return outcome.err


def as_id(parameter: object) -> str | None:
    """Name a test by its command line."""
    return " ".join(parameter) if isinstance(parameter, list) else ""


def summary_of(workplace: Workplace, day: str = DAY) -> dict[str, object]:
    """Read the stored summary of a day."""
    document: dict[str, object] = json.loads(
        (workplace.reports / f"{day}_summary.json").read_text()
    )
    return document


# Help, version, completion.


def test_there_are_four_commands() -> None:
    """The commands are those of the contract."""
    assert sorted(cli.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_every_option_with_its_variable(program: Program, command: str) -> None:
    """Whoever reads the help of a command learns what each option does, and its variable."""
    code, out, err = program(command, "--help")

    assert (code, err) == (0, "")
    assert "Examples:" in out
    for option in options_of(command):
        assert option.help
        assert re.search(rf"^  .*{long_name(option)}\b", out, re.MULTILINE)
        assert re.search(rf"\[.*env\s+var:\s+{variable_of(option)}\b", out, re.DOTALL)


def test_help_of_the_program_lists_its_commands_and_exit_codes(program: Program) -> None:
    """The first help that a user sees says what there is and how a script can tell the end."""
    code, out, err = program("--help")

    assert (code, err) == (0, "")
    assert all(re.search(rf"^  {command} ", out, re.MULTILINE) for command in COMMANDS)
    assert "0 done, 1 failed, 2 a gate was tripped, 64 wrong command line" in out


def test_version_is_that_of_the_package(program: Program) -> None:
    """`--version` says what is installed."""
    assert program("--version") == (0, f"peaktrade-ops, version {version('peaktrade-ops')}\n", "")


def test_without_a_command_the_help_is_an_error(program: Program) -> None:
    """A script that forgot the command must not go on as if something had been done."""
    code, out, err = program()

    assert (code, out) == (64, "")
    assert err.startswith("Usage: peaktrade-ops [OPTIONS] COMMAND")


def test_the_shell_can_complete_commands(workplace: Workplace) -> None:
    """The completion script for Bash is there, and so are the words that it asks for."""
    script = workplace.run(_PEAKTRADE_OPS_COMPLETE="bash_source")
    words = workplace.run(
        _PEAKTRADE_OPS_COMPLETE="bash_complete",
        COMP_WORDS="peaktrade-ops stage1-s",
        COMP_CWORD="1",
    )

    assert script.code == 0
    assert "complete -o nosort -F _peaktrade_ops_completion peaktrade-ops" in script.out
    assert words == (0, "plain,stage1-snapshot\n", "")


# Options, their defaults and their variables.


@pytest.mark.parametrize(
    ("option", "default"),
    [
        ("--repo", Path()),
        ("--out-dir", "reports/obs/stage1"),
        ("--max-depth", 10),
        ("--max-files", 0),
        ("--legacy-regex", r"(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)"),
        ("--days", 14),
        ("--format", "text"),
        *((flag, False) for flag in ("--fail-on-new-alerts", "--replace", "--quiet", "--verbose")),
        *(
            (option, None)
            for option in ("--reports-root", "--as-of", "--date", "--config", "--dir", "--fail-on")
        ),
        ("--input", ()),
    ],
)
@pytest.mark.usefixtures("program")
def test_options_have_the_defaults_of_the_contract(option: str, default: object) -> None:
    """What is not said means the same in every command, and what the contract says."""
    found = [
        cli.commands[command].make_context(command, []).params[each.name]
        for command in COMMANDS
        for each in options_of(command)
        if long_name(each) == option
    ]

    assert found
    assert all(value == default for value in found)


@dataclass(frozen=True)
class Case:
    """An option, a value for it, and what else is set so that the value makes a difference."""

    option: str
    value: str | None
    commands: Sequence[str] = COMMANDS
    variable_value: str = ""
    visible: bool = True
    also: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """The option on a command line."""
        if self.value is None:
            return [self.option]
        return [word for value in self.value.split("|") for word in (self.option, value)]

    def variable(self, command: str) -> dict[str, str]:
        """The option as a variable."""
        (option,) = (each for each in options_of(command) if long_name(each) == self.option)
        return {variable_of(option): self.variable_value or self.value or "1"}


SCANS = ("stage1-run", "stage1-snapshot")
JUDGES = ("stage1-run", "stage1-trends")
MAKES = ("stage1-run", "stage1-snapshot", "stage1-trends")
CASES = [
    Case("--repo", "../telemetry/deep", SCANS),
    Case(
        "--input",
        "../telemetry/deep|../telemetry/obs/events.jsonl",
        SCANS,
        variable_value="../telemetry/deep:../telemetry/obs/events.jsonl",
    ),
    # The variable is relative to the repo root, which here is the current directory.
    Case("--reports-root", "other"),
    Case("--out-dir", "elsewhere", SCANS),
    Case("--max-depth", "2", SCANS),
    Case("--max-files", "1", SCANS),
    Case("--legacy-regex", "heartbeat", SCANS),
    Case("--fail-on-new-alerts", None, SCANS),
    Case("--days", "3", JUDGES),
    Case("--fail-on", "hold", JUDGES),
    Case("--replace", None, JUDGES, also={"PEAK_DATE": "2025-12-19"}),
    Case("--dir", "other/obs/stage1", ("stage1-run", "stage1-trends", "verify")),
    Case("--as-of", f"{DAY}T08:00:00Z", MAKES, also={"PEAK_DATE": ""}),
    Case("--date", "2025-12-19", MAKES),
    Case("--config", "mine.toml", MAKES),
    Case("--format", "json"),
    Case("--quiet", None, JUDGES, also={"PEAK_DATE": "2025-12-19"}),
    # These two have nothing to say on the way here.
    Case("--quiet", None, ("stage1-snapshot", "verify"), visible=False),
    Case("--verbose", None, MAKES),
    Case("--verbose", None, ("verify",), also={"PEAK_DIR": "nowhere"}),
]


def test_every_option_is_tried_by_its_variable() -> None:
    """The table of the next test leaves no option of any command out."""
    tried = {(command, case.option) for case in CASES for command in case.commands}

    assert tried == {(name, long_name(each)) for name in COMMANDS for each in options_of(name)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workplace with telemetry, two folders of reports, and two configurations."""
    workplace = Workplace.made(tmp_path_factory.mktemp("template"))
    older = workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, CRITICAL)
    os.utime(older, (1, 1))
    workplace.write("deep/obs/events.jsonl", {**HEARTBEAT, "ts": "2025-12-19T10:00:00Z"})
    (workplace.repo / "stage1.toml").touch()
    (workplace.repo / "mine.toml").write_text(
        '[sources]\nlegacy = ["obs/**"]\n[policy]\nmax_new_alerts = 0\n'
    )
    run = ("stage1-run", "--repo", "../telemetry", "--days", "2", "--date")
    assert workplace.run(*run, DAY).code == 0
    assert workplace.run(*run, "2025-12-19", "--reports-root", "other").code == 0
    return workplace.folder


@pytest.mark.parametrize(
    ("case", "command"),
    [
        pytest.param(case, command, id=f"{command}{case.option}")
        for case in CASES
        for command in case.commands
    ],
)
def test_every_option_works_by_its_variable(  # noqa: PLR0913, PLR0917 (fixtures and parameters)
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    template: Path,
    case: Case,
    command: str,
) -> None:
    """An option does the same by its variable as on the command line, and it does something."""
    base = {"PEAK_TELEMETRY_DIR": "../telemetry", "PEAK_DAYS": "2", "PEAK_DATE": DAY}
    for name, value in (base | {"SOURCE_DATE_EPOCH": epoch(NOW)} | case.also).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(workplace.folder)

    def outcome(arguments: Sequence[str], variables: Mapping[str, str]) -> object:
        for folder in (workplace.repo, workplace.telemetry):
            shutil.rmtree(folder)
            shutil.copytree(template / folder.name, folder)
        with monkeypatch.context() as patch:
            patch.chdir(workplace.repo)
            for name, value in variables.items():
                patch.setenv(name, value)
            return program(command, *arguments), tree(workplace.folder)

    by_variable = case.variable(command)
    plain = outcome([], {})
    with_option = outcome(case.arguments, dict.fromkeys(by_variable, ""))
    with_variable = outcome([], by_variable)

    assert with_option == with_variable
    assert (with_option != plain) == case.visible


def test_an_empty_variable_counts_as_not_given(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose files hand over variables that nobody set as empty ones."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    for command in COMMANDS:
        for option in options_of(command):
            monkeypatch.setenv(variable_of(option), "")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")

    assert program("stage1-run", "--repo", "../telemetry", "--date", DAY).code == 0
    assert program("verify").out == f"{workplace.reports}: everything matches\n"


def test_flags_can_be_switched_off_by_their_variables(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable with the value 0 leaves a flag off."""
    workplace.write("obs/events.jsonl", ALERT)
    monkeypatch.setenv("PEAK_FAIL_ON_NEW_ALERTS", "0")

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).code == 0


def test_the_window_ends_now_cut_to_the_minute(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no window is given, the last 24 hours up to this minute are reported."""
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
    """`--date` takes a UTC day, whose window ends at the next midnight."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", day).code == 0

    summary = summary_of(workplace, date)
    end = datetime.fromisoformat(f"{date}T00:00:00Z") + timedelta(days=1)
    assert summary["date"] == date
    assert summary["created_at_utc"] == f"{end:%Y-%m-%dT%H:%M:%SZ}"


def test_without_a_telemetry_root_the_current_directory_is_scanned(
    program: Program, workplace: Workplace
) -> None:
    """`--repo` is the current directory where neither it nor its variable is given."""
    (workplace.repo / "events.jsonl").write_text(json.dumps(ALERT))

    assert program("stage1-snapshot", "--date", DAY, "--fail-on-new-alerts").code == 2


# Exit code 64: the command line was wrong.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stage1"], "No such command 'stage1'."),
        (["--nonsense"], "No such option '--nonsense'."),
        (["stage1-snapshot", "--nonsense"], "No such option '--nonsense'."),
        (["verify", "surplus"], "Got unexpected extra argument (surplus)"),
        (["stage1-snapshot", "--date"], "Option '--date' requires an argument."),
        (["stage1-snapshot", "--date", "20.12.2025"], "'20.12.2025' is not a day"),
        (["stage1-snapshot", "--date", "2025-02-29"], "'2025-02-29' is not a day"),
        (["stage1-trends", "--date", "tomorrow"], "'tomorrow' is not a day"),
        (["stage1-run", "--date", "1969-12-31"], "the window leaves the years 1970 to 9999"),
        (["stage1-run", "--date", "9999-12-31"], "the window leaves the years 1970 to 9999"),
        (["stage1-run", "--date", "1970-01-05"], "the window leaves the years 1970 to 9999"),
        (["stage1-snapshot", "--as-of", "noon"], "'noon' is not a time"),
        (["stage1-trends", "--as-of", "2025-12-20T08:00:00"], "has no UTC offset; add Z"),
        (["stage1-run", "--as-of", DAY], "has no UTC offset; add Z"),
        (
            ["stage1-snapshot", "--as-of", f"{DAY}T08:00:00Z", "--date", DAY],
            "--as-of and --date exclude each other",
        ),
        (["stage1-trends", "--days", "0"], "Invalid value for '--days'"),
        (["stage1-trends", "--days", "many"], "Invalid value for '--days'"),
        (["stage1-run", "--days", "3661"], "Invalid value for '--days'"),
        (["stage1-snapshot", "--max-files", "-1"], "Invalid value for '--max-files'"),
        (["stage1-snapshot", "--max-depth", "deep"], "Invalid value for '--max-depth'"),
        (["stage1-trends", "--fail-on", "go"], "Invalid value for '--fail-on'"),
        (["verify", "--format", "xml"], "Invalid value for '--format'"),
        (["stage1-snapshot", "--legacy-regex", "(?!x)y"], "--legacy-regex '(?!x)y' is refused"),
        (["stage1-snapshot", "--legacy-regex", "(a)\\1"], "is refused: invalid escape sequence"),
        (["stage1-run", "--legacy-regex", "("], "--legacy-regex '(' is refused: missing )"),
    ],
    ids=as_id,
)
def test_a_wrong_command_line_is_64(
    program: Program, workplace: Workplace, arguments: list[str], message: str
) -> None:
    """What cannot be meant is refused in one line, before anything is written."""
    outcome = program(*arguments)

    assert message in one_line(outcome)
    assert outcome.code == 64
    assert list(tree(workplace.repo)) == []


def test_a_wrong_variable_is_64(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value is checked wherever it comes from."""
    monkeypatch.setenv("PEAK_DAYS", "a fortnight")

    outcome = program("stage1-trends")

    assert outcome.code == 64
    assert "Invalid value for '--days' (env var: 'PEAK_DAYS')" in one_line(outcome)


# Exit code 1: the program could not do its job.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stage1-snapshot", "--repo", "none"], "telemetry folder none cannot be read: No such"),
        (["stage1-snapshot", "--repo", "file"], "telemetry folder file is not a folder; name"),
        (["stage1-run", "--repo", "loop"], "loop cannot be read: Too many levels of symbolic"),
        (["stage1-snapshot", "--input", "none.jsonl"], "--input none.jsonl: no such file; check"),
        (["stage1-run", "--input", "*.log"], "--input *.log: the glob has no match; check"),
        (["stage1-snapshot", "--input", "loop"], "--input loop cannot be read: Too many levels"),
        (["stage1-snapshot", "--input", "pipe"], "--input pipe is not a regular file; devices"),
        (["stage1-trends", "--config", "none.toml"], "configuration none.toml cannot be read: No"),
        (
            ["stage1-trends", "--config", "wrong.toml"],
            "unknown key 'policies'; did you mean 'polic",
        ),
        (["stage1-snapshot", "--config", "file"], "configuration file is not TOML: "),
        (["stage1-snapshot", "--reports-root", "file"], "/file is a file, not a folder"),
        (["stage1-trends", "--reports-root", "file/below"], "/file is a file, not a folder"),
        (["stage1-run", "--out-dir", "file"], "/file is a file, not a folder"),
        (["stage1-run", "--reports-root", "loop"], "its symbolic links lead in a circle"),
        (["stage1-run", "--reports-root", "~nobody-of-that-name/x"], "the home folder of "),
        (["stage1-trends", "--dir", "none"], "/none is missing or no folder; check --dir"),
        (["verify", "--dir", "none"], "/none is missing or no folder; check --reports-root"),
        (["verify"], "/reports/obs/stage1 is missing or no folder; check --reports-root"),
    ],
    ids=as_id,
)
def test_a_job_that_cannot_be_done_is_1(
    program: Program, workplace: Workplace, arguments: list[str], message: str
) -> None:
    """One line says what failed, where, and what to try."""
    (workplace.repo / "file").write_text("not TOML")
    (workplace.repo / "wrong.toml").write_text("[policies]")
    (workplace.repo / "loop").symlink_to("loop")
    os.mkfifo(workplace.repo / "pipe")

    outcome = program(*arguments)

    assert message in one_line(outcome)
    assert outcome.code == 1
    assert list(tree(workplace.repo)) == ["file", "wrong.toml"]


@pytest.mark.parametrize("option", ["--repo", "--input"])
def test_telemetry_that_may_not_be_read_is_1(
    program: Program, workplace: Workplace, unprivileged: int, option: str
) -> None:
    """A folder that is named and closed to this user is an error, not an empty day."""
    closed = workplace.folder / "closed"
    closed.mkdir(mode=0)

    outcome = program("stage1-snapshot", option, closed, "--reports-root", workplace.folder / "r")

    assert unprivileged == os.geteuid()
    assert outcome.code == 1
    assert "closed cannot be read: Permission denied" in one_line(outcome)


def test_an_input_file_that_may_not_be_read_is_1(
    program: Program, workplace: Workplace, unprivileged: int
) -> None:
    """A file that was named and is closed to this user is an error, not left out."""
    closed = workplace.folder / "closed.jsonl"
    closed.touch(mode=0)

    outcome = program(
        "stage1-snapshot", "--input", closed, "--reports-root", workplace.folder / "r"
    )

    assert unprivileged == os.geteuid()
    assert outcome.code == 1
    assert "closed.jsonl cannot be read: Permission denied" in one_line(outcome)


@pytest.mark.parametrize("command", MAKES)
def test_a_reports_root_that_cannot_be_written_is_1(
    program: Program, workplace: Workplace, unprivileged: int, command: str
) -> None:
    """The message names the folder, who asked for it, and whose it is."""
    folder = workplace.folder / "reports"
    folder.mkdir()
    folder.chmod(0o555)

    outcome = program(command, "--reports-root", folder)

    assert outcome.code == 1
    assert f"reports folder {folder}/obs/stage1 cannot be made: Permission denied" in one_line(
        outcome
    )
    assert f"(running as uid {unprivileged}, {folder} belongs to uid {unprivileged})" in outcome.err


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_written_can_be_verified(
    program: Program, workplace: Workplace
) -> None:
    """`verify` changes nothing, so it needs no right to."""
    folder = workplace.folder / "reports"
    folder.mkdir()
    root = ("--reports-root", folder)
    assert program("stage1-trends", *root).code == 0
    (folder / "obs" / "stage1").chmod(0o555)

    assert program("verify", *root).code == 0


# Exit code 2: a gate was tripped.


def test_new_alerts_trip_the_gate_after_the_reports_are_written(
    program: Program, workplace: Workplace
) -> None:
    """A gate that trips still leaves complete reports, and says nothing on standard error."""
    workplace.write("obs/events.jsonl", ALERT)
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)
    code, out, err = program(*snapshot)
    assert (code, err) == (0, "")
    plain = tree(workplace.reports)
    shutil.rmtree(workplace.reports)

    assert program(*snapshot, "--fail-on-new-alerts") == (2, out, "")

    assert tree(workplace.reports) == plain
    assert program("verify").code == 0


def test_without_new_alerts_the_gate_stays_shut(program: Program, workplace: Workplace) -> None:
    """Critical events alone are no new alerts."""
    workplace.write("obs/events.jsonl", HEARTBEAT, CRITICAL)
    arguments = ("--repo", "../telemetry", "--date", DAY, "--fail-on-new-alerts")

    assert program("stage1-snapshot", *arguments).code == 0


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
    """Each finding is one line on standard output, and nothing is changed."""
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
    """A file that is no artifact is told and does no harm; text out of its name stays text."""
    assert program("stage1-trends").code == 0
    (workplace.reports / "a\x1b[31m\nb.txt").touch()

    assert program("verify") == (0, "warning: a\\u001b[31m\\u000ab.txt: not an artifact\n", "")


# What is printed.


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
    """Whoever reads standard output reads what is stored."""
    workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, b"caf\xc3\xa9\x7f")

    code, out, err = program(*arguments, "--date", DAY, "--format", "json")

    assert (code, err) == (0, "")
    assert out == (workplace.reports / artifact).read_text()


def test_json_output_of_the_routine_holds_all_that_it_made(
    program: Program, workplace: Workplace
) -> None:
    """One document with the summaries, the trend and the findings of the check."""
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
        f"wrote {workplace.reports}/{DAY}_snapshot.md",
        f"wrote {workplace.reports}/{DAY}_summary.json",
    ]


def test_text_output_of_a_trend_is_its_report(program: Program, workplace: Workplace) -> None:
    """A terminal shows the trend as the Markdown shows it, the verdict first."""
    code, out, err = program("stage1-trends", "--date", DAY)

    assert (code, err) == (0, "")
    assert out.startswith("# Peak_Trade: Stage 1 trend, HOLD\n")
    assert out == (workplace.reports / "stage1_trend.md").read_text()


def test_quiet_and_verbose_change_standard_error_alone(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--quiet` leaves errors alone, `--verbose` adds what matters when looking closely."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))
    (workplace.repo / "stage1.toml").touch()
    snapshot = ("stage1-snapshot", "--repo", "../telemetry")
    announced = "SOURCE_DATE_EPOCH stands in for the clock: 2025-12-21T06:30:45Z\n"

    plain = program(*snapshot)

    assert plain.code == 0
    assert plain.err == announced
    # Whoever relies on a report must know that its clock was set by hand.
    assert program(*snapshot, "-q") == (0, plain.out, announced)
    both = ("--reports-root", "other", "--out-dir", "other")
    assert "--out-dir have no effect" in program(*snapshot, *both).err
    assert program(*snapshot, *both, "-q").err == announced
    assert program(*snapshot, "-v") == (
        0,
        plain.out,
        f"{announced}configuration: {workplace.repo}/stage1.toml\n",
    )
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert "cannot be read" in one_line(program("stage1-snapshot", "--repo", "none", "-q"))


def test_verbose_errors_come_with_a_traceback(program: Program) -> None:
    """What failed is told as always; before it stands where in the program that was."""
    code, out, err = program("stage1-snapshot", "--repo", "no\x1b[31mne", "--verbose")

    lines = err.splitlines()
    assert (code, out) == (1, "")
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("peaktrade-ops: telemetry folder no\\u001b[31mne cannot be read")
    assert "\x1b" not in err


@pytest.mark.parametrize("verbose", [False, True])
def test_an_unexpected_error_is_one_line(
    program: Program, monkeypatch: pytest.MonkeyPatch, *, verbose: bool
) -> None:
    """A bug is told like any other failure, and only looked into on request."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("two\nlines \x1b[31m")

    monkeypatch.setattr(routine, "make_trend", fail)

    code, out, err = program("stage1-trends", *["--verbose"] * verbose)

    lines = err.splitlines()
    assert (code, out) == (1, "")
    assert lines[-1] == (
        "peaktrade-ops: unexpected error, please report it:"
        " ZeroDivisionError: two\\u000alines \\u001b[31m (--verbose shows where)"
    )
    assert ("Traceback (most recent call last):" in lines) == verbose
    assert verbose or len(lines) == 1


@pytest.mark.parametrize(
    ("number", "code", "what"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_the_program(
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    code: int,
    what: str,
) -> None:
    """The exit code is that of the signal, and one line says that nothing was lost."""

    def stop(*_: object, **__: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(routine, "make_trend", stop)

    assert program("stage1-trends") == (
        code,
        "",
        f"peaktrade-ops: {what}; the earlier artifacts are kept\n",
    )


def test_text_of_the_command_line_stays_text(program: Program) -> None:
    """Escapes and line feeds in an argument do not reach the terminal."""
    hostile = "a\x1b[31m\nb\u202e"

    for arguments in (
        [hostile],
        ["stage1-snapshot", f"--{hostile}"],
        ["stage1-snapshot", "--repo", hostile],
        ["stage1-snapshot", "--input", hostile],
        ["stage1-snapshot", "--legacy-regex", f"({hostile}"],
        ["stage1-trends", "--config", hostile],
        ["stage1-trends", "--date", hostile],
        ["verify", "--dir", hostile],
    ):
        outcome = program(*arguments)
        assert "\x1b" not in one_line(outcome)
        assert "\u202e" not in outcome.err
        assert outcome.code in {1, 64}

    created = program("stage1-snapshot", "--date", DAY, "--reports-root", hostile)
    checked = program("verify", "--reports-root", hostile)
    assert (created.code, checked.code) == (0, 0)
    assert created.out.count("\n") == 6
    assert checked.out.count("\n") == 1
    assert "\x1b" not in created.out + checked.out


# The clock.


def test_the_stand_in_for_the_clock_is_announced_and_used(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `SOURCE_DATE_EPOCH`, `yesterday` is the day before that moment."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))

    code, out, err = program("stage1-snapshot", "--repo", "../telemetry", "--date", "yesterday")

    assert code == 0
    assert out.startswith(f"{DAY}: ")
    assert err == "SOURCE_DATE_EPOCH stands in for the clock: 2025-12-21T06:30:45Z\n"


@pytest.mark.parametrize("value", ["yesterday", "1.5", "9" * 30, "-" + "9" * 30])
def test_a_stand_in_for_the_clock_that_is_none_is_64(
    program: Program, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A clock that cannot be read is refused, not replaced by another."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)

    outcome = program("verify")

    assert outcome.code == 64
    assert f"SOURCE_DATE_EPOCH is '{value}'; give seconds since 1970" in one_line(outcome)


def test_without_a_stand_in_the_clock_is_the_system_s(
    program: Program, workplace: Workplace
) -> None:
    """`today` is the UTC day of this moment."""
    before = datetime.now(UTC).date()

    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", "today").code == 0

    (summary,) = workplace.reports.glob("*_summary.json")
    assert summary.name[:10] in {f"{before}", f"{datetime.now(UTC).date()}"}


# Where reports go.


def test_the_reports_variable_is_relative_to_the_repo_root(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PEAK_REPORTS_DIR` means the same wherever in the repo the program is started."""
    below = workplace.repo / "some" / "folder"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.setenv("PEAK_REPORTS_DIR", "kept")

    assert program("stage1-trends").code == 0
    assert program("stage1-trends", "--reports-root", "kept").code == 0

    assert (workplace.repo / "kept" / "obs" / "stage1" / "index.json").is_file()
    assert (below / "kept" / "obs" / "stage1" / "index.json").is_file()


def test_an_out_dir_is_relative_to_the_telemetry_root(
    program: Program, workplace: Workplace
) -> None:
    """`--out-dir` is the folder itself, so a summary names it `.`; its files are not scanned."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)

    assert program(*snapshot, "--out-dir", "here").code == 0
    workplace.write("here/events.jsonl", ALERT)
    assert program(*snapshot, "--out-dir", "here").code == 0

    summary = json.loads((workplace.telemetry / "here" / f"{DAY}_summary.json").read_text())
    assert summary["report_dir"] == "."
    assert summary["coverage"]["candidates"] == 1
    assert not workplace.reports.exists()
    # What is no artifact there is only a warning.
    assert program("verify", "--dir", "../telemetry/here").code == 0


def test_a_reports_root_wins_over_a_folder(program: Program, workplace: Workplace) -> None:
    """`--out-dir` and `--dir` mean nothing beside `--reports-root`, which is said."""
    root = ("--reports-root", "root")
    ignored = "--reports-root is given: --dir and --out-dir have no effect\n"
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)

    assert program(*snapshot, *root, "--out-dir", "out").err == ignored
    assert program("stage1-trends", *root, "--dir", "out").err == ignored
    assert program("verify", *root, "--dir", "out") == (
        0,
        f"{workplace.repo}/root/obs/stage1: everything matches\n",
        ignored,
    )

    assert sorted(path.name for path in workplace.repo.iterdir()) == [".git", "root"]
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

    assert len(tree(workplace.repo / "folder")) == 7 * 2 + 3


# The configuration.

GENEROUS = "[policy]\nmax_new_alerts = 100\n"


def policy_of(workplace: Workplace) -> object:
    """Give how many new alerts the stored trend allowed."""
    trend = json.loads((workplace.reports / "stage1_trend.json").read_text())
    return trend["rollups"]["policy"]["max_new_alerts"]


def test_the_configuration_of_the_repo_is_used(program: Program, workplace: Workplace) -> None:
    """`stage1.toml` in the repo root counts for every command, whatever is scanned."""
    (workplace.repo / "stage1.toml").write_text(GENEROUS)

    assert program("stage1-trends").code == 0
    assert policy_of(workplace) == 100
    assert program("stage1-run", "--repo", "../telemetry").code == 0
    assert policy_of(workplace) == 100


def test_a_configuration_that_is_named_wins(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--config` counts before `PEAK_CONFIG`, and that before the file of the repo."""
    for name, allowed in (("stage1.toml", 1), ("variable.toml", 2), ("option.toml", 3)):
        (workplace.repo / name).write_text(f"[policy]\nmax_new_alerts = {allowed}\n")
    monkeypatch.setenv("PEAK_CONFIG", "variable.toml")

    assert program("stage1-trends").code == 0
    assert policy_of(workplace) == 2
    assert program("stage1-trends", "--config", "option.toml").code == 0
    assert policy_of(workplace) == 3


@pytest.mark.parametrize("command", SCANS)
@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("place", [".", "below"])
def test_thresholds_beside_the_telemetry_are_never_used(  # noqa: PLR0913, PLR0917 (all variants)
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    marked: bool,  # noqa: FBT001 (a parameter of the test)
    place: str,
) -> None:
    """Whoever can write telemetry must not be able to write the thresholds as well."""
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
    """The trend scans nothing, but it is told where the telemetry is."""
    (workplace.telemetry / "stage1.toml").write_text(GENEROUS)
    (workplace.telemetry / ".git").mkdir()
    monkeypatch.chdir(workplace.telemetry)
    monkeypatch.setenv("PEAK_TELEMETRY_DIR", ".")

    outcome = program(command, "--reports-root", workplace.repo / "reports")

    assert outcome.code == 1
    assert "stage1.toml lies in the telemetry root, from which none is read" in one_line(outcome)


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
        env=unmeasured(clean_environment(PYTHONPATH=str(installed), PYTHONDONTWRITEBYTECODE="1")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert finished.returncode == 1
    assert "stage1.toml lies in the telemetry root, from which none is read" in finished.stderr


# Streams that are not what they seem.


def snapshot_by_shell(workplace: Workplace, redirection: str) -> subprocess.CompletedProcess[str]:
    """Make a snapshot with a new alert and the gate for it, its streams as the shell says."""
    workplace.write("obs/events.jsonl", ALERT)
    arguments = ("--repo", "../telemetry", "--date", DAY, "--fail-on-new-alerts")
    return subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'exec "$@" {redirection}',
            "sh",
            *COMMAND,
            "stage1-snapshot",
            *arguments,
        ],
        cwd=workplace.repo,
        env=clean_environment(SOURCE_DATE_EPOCH=epoch(NOW)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_reader_that_has_gone_away_does_not_change_the_exit_code(workplace: Workplace) -> None:
    """With `| head -0` the reports are written and the gate counts."""
    workplace.write("obs/events.jsonl", ALERT)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        finished = subprocess.run(
            [*COMMAND, "stage1-run", "--repo", "../telemetry", "--date", DAY, "--fail-on", "hold"],
            cwd=workplace.repo,
            env=clean_environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writer)

    assert (finished.returncode, finished.stderr) == (2, "")
    assert workplace.run("verify").code == 0


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&- >&- 2>&-", "2>&- >/dev/null"])
def test_closed_streams_do_not_change_the_exit_code(workplace: Workplace, redirection: str) -> None:
    """A service manager may start the program without any stream."""
    finished = snapshot_by_shell(workplace, redirection)

    assert finished.returncode == 2
    assert "rror" not in finished.stderr
    assert workplace.run("verify").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk_is_1(workplace: Workplace) -> None:
    """Whoever wants the printed result must learn that it is not there."""
    finished = snapshot_by_shell(workplace, ">/dev/full")

    assert finished.returncode == 1
    assert finished.stderr.splitlines()[1:] == [
        (
            "peaktrade-ops: standard output cannot be written: No space left on device;"
            " the reports themselves are not affected"
        )
    ]
    assert workplace.run("verify").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_error_on_a_full_disk_changes_nothing(workplace: Workplace) -> None:
    """Where nobody can be told, the exit code still tells."""
    assert snapshot_by_shell(workplace, "2>/dev/full").returncode == 2


def test_a_locale_without_the_characters_does_not_stop_a_report(workplace: Workplace) -> None:
    """Output is UTF-8 in every locale, and what cannot be written is escaped."""
    assert workplace.run("stage1-trends").code == 0
    (workplace.reports / "\u00e9\U0001f600.txt").touch()

    locale = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    coerced = workplace.run("verify", **locale)
    bytes_only = workplace.run("verify", **locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert coerced == (0, "warning: \u00e9\U0001f600.txt: not an artifact\n", "")
    assert (bytes_only.code, bytes_only.err) == (0, "")
    assert bytes_only.out.startswith("warning: \\udcc3\\udca9")


# Progress.


class FakeStream:
    """Standard error that keeps what is written, and may say that it is a terminal."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool) -> None:
        """Begin empty."""
        self.written = ""
        self._terminal = terminal

    def isatty(self) -> bool:
        """Say whether this is a terminal."""
        return self._terminal

    def write(self, text: str) -> int:
        """Keep a text."""
        self.written += text
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("terminal", "verbosity", "shown"),
    [(True, 0, True), (True, 1, True), (True, -1, False), (False, 0, False), (False, 1, False)],
)
def test_progress_is_shown_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, verbosity: int, shown: bool
) -> None:
    """A log file holds no bars, and `--quiet` shows none."""
    stream = FakeStream(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    # Every look at the clock finds it a second later.
    monkeypatch.setattr("tqdm.std.time", count().__next__)

    with Console(verbosity).progress(4) as advance:
        for _ in range(4):
            advance(1)

    assert ("scanning" in stream.written) == shown
    assert shown or stream.written == ""


@pytest.mark.parametrize("option", ["--repo", "--input", "--config", "--dir"])
def test_reading_alone_finds_out_what_can_be_read(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """A path that may not be read is no mistake of the command line, and nobody looks before."""
    monkeypatch.setattr(os, "access", lambda *_arguments, **_options: False)
    path = workplace.write("telemetry.toml") if option == "--config" else workplace.telemetry
    workplace.write("events.jsonl", *quiet_days(DAY, 1))
    command = "verify" if option == "--dir" else "stage1-snapshot"

    outcome = program(command, option, path)

    assert outcome.code != 64, outcome.err
