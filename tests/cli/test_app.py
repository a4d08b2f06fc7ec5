"""The program around its commands: wrong command lines, failures, signals, streams."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops import routine
from tests.cli.helpers import ALERT, DAY, NOW, SCANS, as_id, one_line
from tests.support.program import COMMAND, PATIENCE, Workplace, clean_environment, epoch, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.program import Program


def test_without_a_command_the_help_is_an_error(program: Program) -> None:
    """A call without a command prints the help and is an error."""
    code, out, err = program()

    assert (code, out) == (64, "")
    assert err.startswith("Usage: peaktrade-ops [OPTIONS] COMMAND")


# Exit code 64: wrong command line.


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
    """A wrong command line is refused in one line, before anything is written."""
    outcome = program(*arguments)

    assert message in one_line(outcome)
    assert outcome.code == 64
    assert list(tree(workplace.repo)) == []


def test_a_wrong_variable_is_64(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong value of a variable is refused like that of an option."""
    monkeypatch.setenv("PEAK_DAYS", "a fortnight")

    outcome = program("stage1-trends")

    assert outcome.code == 64
    assert "Invalid value for '--days' (env var: 'PEAK_DAYS')" in one_line(outcome)


# Exit code 1: the program failed.


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
        (
            ["stage1-trends", "--reports-root", "file/below"],
            "/file/below/obs/stage1 is missing or is not a folder; check --reports-root",
        ),
        (["stage1-trends"], "/reports/obs/stage1 is missing or is not a folder; check --reports"),
        (["stage1-run", "--out-dir", "file"], "/file is a file, not a folder"),
        (["stage1-run", "--reports-root", "loop"], "its symbolic links lead in a circle"),
        (["stage1-run", "--reports-root", "~nobody-of-that-name/x"], "the home folder of "),
        (["stage1-trends", "--dir", "none"], "/none is missing or is not a folder; check --dir"),
        (["verify", "--dir", "none"], "/none is missing or is not a folder; check --reports-root"),
        (["verify"], "/reports/obs/stage1 is missing or is not a folder; check --reports-root"),
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
    """A named folder without read permission is an error, not an empty day."""
    closed = workplace.folder / "closed"
    closed.mkdir(mode=0)

    outcome = program("stage1-snapshot", option, closed, "--reports-root", workplace.folder / "r")

    assert unprivileged == os.geteuid()
    assert outcome.code == 1
    assert "closed cannot be read: Permission denied" in one_line(outcome)


def test_an_input_file_that_may_not_be_read_is_1(
    program: Program, workplace: Workplace, unprivileged: int
) -> None:
    """A named file without read permission is an error and is not left out."""
    closed = workplace.folder / "closed.jsonl"
    closed.touch(mode=0)

    outcome = program(
        "stage1-snapshot", "--input", closed, "--reports-root", workplace.folder / "r"
    )

    assert unprivileged == os.geteuid()
    assert outcome.code == 1
    assert (
        "closed.jsonl cannot be read: Permission denied; check the path, and let the user with uid"
        f" {unprivileged} read it" in one_line(outcome)
    )


@pytest.mark.parametrize("command", SCANS)
def test_a_reports_root_that_cannot_be_written_is_1(
    program: Program, workplace: Workplace, unprivileged: int, command: str
) -> None:
    """The message names the folder, the user and the owner of the folder."""
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
    """`verify` works in a folder that is not writable."""
    folder = workplace.folder / "reports"
    folder.mkdir()
    root = ("--reports-root", folder)
    assert program("stage1-snapshot", "--repo", "../telemetry", *root).code == 0
    (folder / "obs" / "stage1").chmod(0o555)

    assert program("verify", *root).code == 0


# Messages about failures.


def test_verbose_errors_come_with_a_traceback(program: Program) -> None:
    """The traceback comes before the usual message."""
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
    """An unexpected error is one line; the traceback is shown only with `--verbose`."""

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


def test_too_little_memory_is_no_fault_of_the_program(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to give or to set, and does not ask for a report of a bug."""

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(routine, "make_trend", fail)

    assert program("stage1-trends") == (
        1,
        "",
        (
            "peaktrade-ops: there is not enough memory; every artifact is whole, old or new; give"
            " it more, or set processes = 1 and smaller record_bytes and memory_bytes under"
            " [limits] in the configuration (--verbose shows where)\n"
        ),
    )


@pytest.mark.parametrize(
    ("number", "code", "what"),
    [
        (signal.SIGHUP, 129, "hung up"),
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
    ],
)
def test_a_signal_ends_the_program(
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    code: int,
    what: str,
) -> None:
    """The exit code is that of the signal, and one line describes the state of the reports."""

    def stop(*_: object, **__: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(routine, "make_trend", stop)

    assert program("stage1-trends") == (
        code,
        "",
        f"peaktrade-ops: {what}; every artifact is whole, old or new\n",
    )


def test_an_error_of_the_system_is_no_bug(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unhandled system error is reported in one line with the file and the error text."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error", "/srv/x")

    monkeypatch.setattr(routine, "make_trend", fail)

    outcome = program("stage1-trends")

    assert outcome.code == 1
    assert one_line(outcome) == (
        "peaktrade-ops: input or output failed at /srv/x: Input/output error"
        " (--verbose shows where)\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["a\udcff"],
        ["stage1-trends", "--days", "\udcff"],
        ["stage1-trends", "--date", "\udcff"],
        ["stage1-trends", "--as-of", "\udcff"],
        ["verify", "--dir", "\udcff"],
        ["stage1-snapshot", "--repo", "\udcff"],
        ["stage1-snapshot", "--input", "\udcff"],
        ["stage1-trends", "--config", "\udcff"],
        ["serve", "--trusted-host", "\udcff"],
        ["stage1-snapshot", "--reports-root", "~\udcff/x"],
    ],
    ids=ascii,
)
def test_a_byte_that_is_no_text_is_shown_as_in_reports(
    program: Program, arguments: list[str]
) -> None:
    """A file name has the same text in the message and in the report."""
    message = one_line(program(*arguments))

    assert "\\xff" in message
    assert "udcff" not in message


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
    assert created.out.count("\n") == 8
    assert checked.out.count("\n") == 1
    assert "\x1b" not in created.out + checked.out


# Unusual streams.


def snapshot_by_shell(workplace: Workplace, redirection: str) -> subprocess.CompletedProcess[str]:
    """Make a snapshot that trips the gate on new alerts, with the redirections of a shell."""
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


@contextmanager
def nobody_reads() -> Iterator[int]:
    """Yield the writing end of a pipe whose reader has gone away."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def run_into(
    stdout: int, workplace: Workplace, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run the program with this standard output."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=workplace.repo,
        env=clean_environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_reader_that_has_gone_away_does_not_change_the_exit_code(workplace: Workplace) -> None:
    """A closed pipe changes neither the reports nor the exit code of the gate."""
    workplace.write("obs/events.jsonl", ALERT)
    run = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--fail-on", "hold")

    with nobody_reads() as pipe:
        finished = run_into(pipe, workplace, *run)

    assert (finished.returncode, finished.stderr) == (2, "")
    assert workplace.run("verify").code == 0


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&- >&- 2>&-", "2>&- >/dev/null"])
def test_closed_streams_do_not_change_the_exit_code(workplace: Workplace, redirection: str) -> None:
    """Closed standard streams do not change the exit code."""
    finished = snapshot_by_shell(workplace, redirection)

    assert finished.returncode == 2
    assert "rror" not in finished.stderr
    assert workplace.run("verify").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk_is_1(workplace: Workplace) -> None:
    """A failed write to standard output is an error, and the reports are complete."""
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
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["verify", "--help"]], ids=as_id)
def test_help_on_a_full_disk_is_1(workplace: Workplace, arguments: list[str]) -> None:
    """Help on a full disk is an error of one line that does not suggest a bug."""
    with Path("/dev/full").open("wb") as full:
        finished = run_into(full.fileno(), workplace, *arguments)

    assert (finished.returncode, finished.stderr) == (
        1,
        "peaktrade-ops: input or output failed: No space left on device (--verbose shows where)\n",
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["verify", "--help"]], ids=as_id)
def test_help_that_nobody_reads_is_no_error(workplace: Workplace, arguments: list[str]) -> None:
    """A closed pipe changes no exit code, here as for the results of a command."""
    with nobody_reads() as pipe:
        finished = run_into(pipe, workplace, *arguments)

    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_help_that_nobody_can_read_keeps_its_exit_code(workplace: Workplace) -> None:
    """Without a command the help goes to standard error."""
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            COMMAND, cwd=workplace.repo, env=clean_environment(), stderr=full, check=False
        )

    assert finished.returncode == 64


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_error_on_a_full_disk_changes_nothing(workplace: Workplace) -> None:
    """The exit code does not depend on whether standard error can be written."""
    assert snapshot_by_shell(workplace, "2>/dev/full").returncode == 2


def test_a_locale_without_the_characters_does_not_stop_a_report(workplace: Workplace) -> None:
    """Output is UTF-8 in every locale, and what cannot be written is escaped."""
    assert workplace.run("stage1-snapshot", "--repo", "../telemetry").code == 0
    (workplace.reports / "\u00e9\U0001f600.txt").touch()

    locale = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    coerced = workplace.run("verify", **locale)
    bytes_only = workplace.run("verify", **locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert coerced == (0, "warning: \u00e9\U0001f600.txt: not an artifact\n", "")
    assert bytes_only == coerced


@pytest.mark.parametrize("command", ["verify", "render", "stage1-trends"])
@pytest.mark.parametrize("option", ["--reports-root", "--dir"])
def test_a_reports_folder_that_may_not_be_looked_at_is_1(
    program: Program, workplace: Workplace, unprivileged: int, command: str, option: str
) -> None:
    """A folder that cannot be searched is one line with the folder and the user."""
    closed = workplace.folder / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        outcome = program(command, option, closed / "below")
    finally:
        closed.chmod(0o755)

    assert outcome.code == 1
    message = one_line(outcome)
    assert f"{closed}" in message
    assert f"uid {unprivileged}" in message
    assert "unexpected" not in message
