"""What is said, and where."""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli import Console
from tests.cli.helpers import NOW, one_line
from tests.support.program import Workplace, epoch

if TYPE_CHECKING:
    from tests.cli.helpers import Program


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
