"""Test which messages are printed, and to which stream."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from datetime import date
from itertools import count
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli import Console
from peaktrade_ops.window import window_of
from tests.cli.helpers import DAY, NOW, one_line
from tests.support.program import Workplace, epoch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.cli.console import Form
    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")

DATE = date.fromisoformat(DAY)
WINDOW = window_of(DATE)


def test_quiet_and_verbose_change_standard_error_alone(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--quiet` keeps errors, and `--verbose` adds details."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))
    (workplace.repo / "stage1.toml").touch()
    snapshot = ("stage1-snapshot", "--repo", "../telemetry")
    announced = "SOURCE_DATE_EPOCH stands in for the clock: 2025-12-21T06:30:45Z\n"

    plain = program(*snapshot)

    assert plain.code == 0
    assert plain.err == announced
    # A message must say that the clock of a report was set by hand.
    assert program(*snapshot, "-q") == (0, plain.out, announced)
    both = ("--reports-root", "other", "--out-dir", "other")
    assert "--out-dir have no effect" in program(*snapshot, *both).err
    assert program(*snapshot, *both, "-q").err == announced
    assert program(*snapshot, "-v") == (
        0,
        plain.out,
        f"{announced}configuration: {workplace.repo}/stage1.toml\n",
    )
    workplace.write("obs/a.jsonl", {"ts": f"{DAY}T10:00:00Z"})
    (workplace.write("obs/a.zip")).touch()
    assert {
        "scanned: obs/a.jsonl: its name is that of telemetry",
        "left out: obs/a.zip: archive",
    } < {*program(*snapshot, "-v").err.splitlines()}
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert "cannot be read" in one_line(program("stage1-snapshot", "--repo", "none", "-q"))


# Progress.


class FakeStream:
    """A stream that records what is written and may claim to be a terminal."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool) -> None:
        """Begin empty."""
        self.written = ""
        self._terminal = terminal

    def isatty(self) -> bool:
        """Return whether this is a terminal."""
        return self._terminal

    def write(self, text: str) -> int:
        """Keep a text."""
        self.written += text
        return len(text)

    def fileno(self) -> int:
        """Return a number that belongs to no open file."""
        return -1

    def flush(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("terminal", "verbosity", "shown"),
    [(True, 0, True), (True, 1, True), (True, -1, False), (False, 0, False), (False, 1, False)],
)
def test_progress_is_shown_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, verbosity: int, shown: bool
) -> None:
    """Progress is shown neither in a log file nor with `--quiet`."""
    stream = FakeStream(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    # Every call of the clock returns one second more.
    monkeypatch.setattr("tqdm.std.time", count().__next__)

    with Console(verbosity).progress([WINDOW], 4) as advance:
        for _ in range(4):
            advance(1)

    assert ("scanning 2025-12-20: " in stream.written) == shown
    assert shown or stream.written == ""


WIDE = re.compile(r"scanning 2025-12-20:  50% \S+ +2\.00MB of 4\.00MB, 333kB/s, 00:06 left")
MIDDLE = re.compile(r"scanning 2025-12-20:  50% 2\.00M/4\.00MB 333kB/s 00:06 left")
NARROW = re.compile(r" 50% 2\.00M/4\.00MB 333kB/s 00:06 left")


@pytest.mark.parametrize(
    ("columns", "form"),
    [(200, WIDE), (80, WIDE), (79, MIDDLE), (60, MIDDLE), (59, NARROW), (40, NARROW), (0, WIDE)],
)
def test_progress_says_how_far_how_fast_and_how_long(
    monkeypatch: pytest.MonkeyPatch, columns: int, form: re.Pattern[str]
) -> None:
    """Progress shows bytes, rate and time left, cut to the width, and is cleared at the end."""
    stream = FakeStream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("tqdm.std.time", count().__next__)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, 24)))

    with Console().progress([WINDOW], 4_000_000) as advance:
        for _ in range(4):
            advance(1_000_000)

    *shown, nothing, rest = stream.written.split("\r")
    assert any(form.fullmatch(each.rstrip()) for each in shown), shown
    assert max(map(len, shown)) < (columns or 80)
    assert (set(nothing), rest) == ({" "}, "")
    assert len(nothing) >= len(shown[-1].rstrip())
    # Only text and carriage returns, which every terminal supports.
    assert "\x1b" not in stream.written


def test_progress_of_many_days_names_the_first_and_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The progress of a scan of many days names the first and the last day."""
    stream = FakeStream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("tqdm.std.time", count().__next__)
    windows = [window_of(DATE.replace(day=day)) for day in range(18, 21)]

    with Console().progress(windows, 4) as advance:
        for _ in range(4):
            advance(1)

    assert "scanning 2025-12-18 to 2025-12-20: " in stream.written


def test_progress_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock between processes, which tqdm makes by itself, starts one on Python 3.14."""
    monkeypatch.setattr(sys, "stderr", FakeStream(terminal=True))
    monkeypatch.delattr("tqdm.tqdm._lock", raising=False)
    made = []
    monkeypatch.setattr("tqdm.std.TqdmDefaultWriteLock.create_mp_lock", lambda: made.append("lock"))

    with Console().progress([WINDOW], 1) as advance:
        advance(1)

    assert made == []


def test_a_scan_of_a_moment_shows_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan that ends within a second shows no progress bar."""
    stream = FakeStream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("tqdm.std.time", lambda: 100.0)

    with Console().progress([WINDOW], 1) as advance:
        advance(1)

    assert stream.written == ""


@pytest.mark.parametrize(
    ("terminal", "verbosity", "variables", "coloured"),
    [
        (True, 0, {}, True),
        (True, 1, {"TERM": "xterm"}, True),
        (True, 0, {"NO_COLOR": ""}, True),
        (True, 0, {"NO_COLOR": "0"}, False),
        (True, 0, {"TERM": "dumb"}, False),
        (True, -1, {}, False),
        (False, 0, {}, False),
    ],
)
def test_results_are_coloured_on_a_terminal_that_wants_it(
    monkeypatch: pytest.MonkeyPatch,
    *,
    terminal: bool,
    verbosity: int,
    variables: dict[str, str],
    coloured: bool,
) -> None:
    """Results are coloured only if colours are enabled."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = FakeStream(terminal=terminal)
    monkeypatch.setattr(sys, "stdout", stream)

    Console(verbosity).result("\x1b[31mred\x1b[0m")

    assert stream.written == ("\x1b[31mred\x1b[0m\n" if coloured else "red\n")


def test_a_program_without_standard_output_is_on_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program without standard output is not on a terminal."""
    monkeypatch.setattr(sys, "stdout", None)

    assert not Console().on_terminal


@pytest.mark.parametrize(
    ("form", "terminal", "shown"),
    [
        ("json", True, "json\n"),
        ("json", False, "json\n"),
        ("text", True, "60 columns\n"),
        ("text", False, "plain\n"),
    ],
)
def test_a_result_is_shown_as_its_reader_needs_it(
    monkeypatch: pytest.MonkeyPatch, form: Form, *, terminal: bool, shown: str
) -> None:
    """The output is JSON on request, else a summary on a terminal or plain text elsewhere."""
    stream = FakeStream(terminal=terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "60")

    Console().show(
        form,
        json=lambda: "json",
        terminal=lambda columns: f"{columns} columns",
        plain=lambda: "plain",
    )

    assert stream.written == shown


@contextlib.contextmanager
def full_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Make standard error a pipe that is full; yield the end of its reader."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    with os.fdopen(writer, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        yield reader
    os.close(reader)


def test_it_knows_whether_a_message_must_wait_for_its_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full pipe takes nothing before its reader goes on."""
    with full_pipe(monkeypatch) as reader:
        assert not Console().takes(0.01)
        os.read(reader, 2**20)
        assert Console().takes(0.01)


def test_a_program_that_ends_does_not_wait_for_a_reader_that_has_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its last messages are written nowhere, and the pipe keeps what it had."""
    with full_pipe(monkeypatch) as reader:
        Console().hasten()
        Console().error("terminated")

        assert not os.read(reader, 2**20).strip(b"x")


def test_a_program_that_ends_tells_a_reader_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read gets the last messages."""
    with full_pipe(monkeypatch) as reader:
        os.read(reader, 2**20)

        Console().hasten()
        Console().error("terminated")

        assert os.read(reader, 2**20) == b"peaktrade-ops: terminated\n"


def test_without_standard_error_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was started without the stream takes every message, for nobody."""
    monkeypatch.setattr(sys, "stderr", None)

    assert Console().takes(0.01)
