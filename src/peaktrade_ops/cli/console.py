"""What is said, and where: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import click

from peaktrade_ops.errors import PeaktradeError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = "peaktrade-ops"


@dataclass(slots=True)
class Console:
    """What is said to the operator: results on standard output, everything else on standard error.

    Attributes:
        verbosity: -1 for errors alone, 0, or 1 for more and for tracebacks.
    """

    verbosity: int = 0

    def result(self, text: str) -> None:
        """Print a result; a reader that has gone away does not change the exit code.

        Raises:
            PeaktradeError: Standard output cannot be written for another reason.
        """
        try:
            click.echo(text)
        except OSError as error:
            _give_up(sys.stdout)
            if not isinstance(error, BrokenPipeError):
                raise PeaktradeError(
                    f"standard output cannot be written: {reason_of(error)}",
                    hint="the reports themselves are not affected",
                ) from error

    def note(self, text: str) -> None:
        """Tell something on the way."""
        if self.verbosity >= 0:
            _say(text)

    def warning(self, text: str) -> None:
        """Tell what must be known even when quiet."""
        _say(text)

    def detail(self, text: str) -> None:
        """Tell something that only matters when looking closely."""
        if self.verbosity > 0:
            _say(text)

    def error(self, text: str) -> None:
        """Tell why the program failed."""
        _say(f"{PROGRAM}: {text}")

    def trace(self) -> None:
        """Tell where in the program an error was that is being handled, when looking closely."""
        if self.verbosity > 0:
            import traceback  # noqa: PLC0415 (only for looking closely)

            for line in traceback.format_exc().splitlines():
                _say(line)

    @contextlib.contextmanager
    def progress(self, total: int) -> Iterator[Callable[[int], object]]:
        """Show a bar on a terminal while bytes are scanned, if that takes longer than a moment."""
        if self.verbosity < 0 or sys.stderr is None or not sys.stderr.isatty():
            yield lambda _done: None
            return
        from tqdm import tqdm  # noqa: PLC0415 (slow to load)

        # Its watching thread would make the start of processes unsafe.
        tqdm.monitor_interval = 0
        with tqdm(
            total=total, unit="B", unit_scale=True, desc="scanning", delay=1, leave=False
        ) as bar:
            yield bar.update


def _say(text: str) -> None:
    from peaktrade_ops.reports.text import printable  # noqa: PLC0415 (only when there is something)

    # Nobody is left to tell that standard error itself cannot be written.
    try:
        click.echo(printable(text), err=True)
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Let a stream lead nowhere: what is left in its buffer must not fail again at the end."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path of ours)
        os.dup2(nowhere.fileno(), stream.fileno())
