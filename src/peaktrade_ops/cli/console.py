"""What is said, and where: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

import click

from peaktrade_ops.errors import PeaktradeError, reason_of
from peaktrade_ops.text import printable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.window import Window

PROGRAM = "peaktrade-ops"

Form = Literal["text", "json"]
"""The values of ``--format``."""

_COLUMNS, _ROWS = 80, 24
"""The size of a terminal that does not say."""

_MOMENT_SECONDS = 1.0

# How far, how fast and how long are never cut off; what else is shown depends on the width.
_WIDE = (
    "{desc}: {percentage:3.0f}% {bar} {n_fmt}B of {total_fmt}B, {rate_noinv_fmt}, {remaining} left"
)
_SHORT = "{percentage:3.0f}% {n_fmt}/{total_fmt}B {rate_noinv_fmt} {remaining} left"
_BARS = ((80, _WIDE), (60, "{desc}: " + _SHORT), (0, _SHORT))


@dataclass(slots=True)
class Console:
    """What is said to the operator: results on standard output, everything else on standard error.

    Attributes:
        verbosity: -1 for errors alone, 0, or 1 for more and for tracebacks.
    """

    verbosity: int = 0

    @property
    def on_terminal(self) -> bool:
        """Whether results are shown on a terminal."""
        return sys.stdout is not None and sys.stdout.isatty()

    @property
    def columns(self) -> int:
        """How wide the terminal is that results are shown on."""
        import shutil  # noqa: PLC0415 (slow to load)

        return shutil.get_terminal_size((_COLUMNS, _ROWS)).columns

    @property
    def colours(self) -> bool:
        """Whether results have colours; ``NO_COLOR`` forbids them, unless it is empty."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return self.on_terminal and self.verbosity >= 0 and not plain

    def result(self, text: str) -> None:
        """Print a result; a reader that has gone away does not change the exit code.

        Its colours are left out where there are to be none.

        Raises:
            PeaktradeError: Standard output cannot be written for another reason.
        """
        try:
            click.echo(shown(text), color=self.colours)
        except BrokenPipeError:
            _give_up(sys.stdout)
        except OSError as error:
            _give_up(sys.stdout)
            raise PeaktradeError(
                f"standard output cannot be written: {reason_of(error)}",
                hint="the reports themselves are not affected",
            ) from error

    def show(
        self,
        form: Form,
        *,
        json: Callable[[], str],
        terminal: Callable[[int], str],
        plain: Callable[[], str],
    ) -> None:
        """Print a result in the form that is asked for, and that its reader needs.

        Args:
            form: The value of ``--format``.
            json: Returns the result as JSON, for ``--format json`` wherever it goes.
            terminal: Returns the result as a terminal of so many columns shows it.
            plain: Returns the result as plain text, for pipes and files.

        Raises:
            PeaktradeError: Standard output cannot be written.
        """
        if form == "json":
            self.result(json())
        elif self.on_terminal:
            self.result(terminal(self.columns))
        else:
            self.result(plain())

    def note(self, text: str) -> None:
        """Write a note to standard error, unless quiet."""
        if self.verbosity >= 0:
            _say(text)

    def warning(self, text: str) -> None:
        """Write a warning to standard error, even when quiet."""
        _say(text)

    def detail(self, text: str) -> None:
        """Write a detail to standard error, with `--verbose` alone."""
        if self.verbosity > 0:
            _say(text)

    def error(self, text: str) -> None:
        """Write an error to standard error."""
        _say(f"{PROGRAM}: {text}")

    def trace(self) -> None:
        """Write the traceback of the error that is being handled, with `--verbose` alone."""
        if self.verbosity > 0:
            import traceback  # noqa: PLC0415 (only for looking closely)

            for line in traceback.format_exc().splitlines():
                _say(line)

    @contextlib.contextmanager
    def progress(self, windows: Sequence[Window], total: int) -> Iterator[Callable[[int], object]]:
        """Show a bar on a terminal while a scan takes longer than a moment, then remove it.

        Args:
            windows: The windows that the scan counts for, in the order of their dates.
            total: How many bytes it reads.

        Yields:
            A function to call with the number of bytes of each part that is done.
        """
        if self.verbosity < 0 or sys.stderr is None or not sys.stderr.isatty():
            yield lambda _done: None
            return
        from tqdm import tqdm  # noqa: PLC0415 (slow to load)

        # Its watching thread would make the start of processes unsafe.
        tqdm.monitor_interval = 0
        columns = _columns(sys.stderr)
        with tqdm(
            total=total,
            desc=f"scanning {_days(windows)}",
            unit="B",
            unit_scale=True,
            bar_format=next(form for least, form in _BARS if columns >= least),
            # A terminal may move on to the next line when its last column is written to.
            ncols=columns - 1,
            nrows=_ROWS,
            delay=_MOMENT_SECONDS,
            leave=False,
            # Parts are done in bursts: the mean over all says more than that over the last few.
            smoothing=0,
            miniters=1,
        ) as bar:
            yield bar.update


def _days(windows: Sequence[Window]) -> str:
    first, last = windows[0].date, windows[-1].date
    return f"{first}" if first == last else f"{first} to {last}"


def _columns(stream: TextIO) -> int:
    """Measure the terminal that a stream leads to."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (AttributeError, OSError, ValueError):
        return _COLUMNS


def _say(text: str) -> None:
    # Nobody is left to tell that standard error itself cannot be written.
    try:
        click.echo(printable(text), err=True)
    except OSError:
        _give_up(sys.stderr)


def give_up_output() -> None:
    """Let standard output, if there is one, lead nowhere; what is left for it is lost."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        _give_up(sys.stdout)


def _give_up(stream: TextIO) -> None:
    """Let a stream lead nowhere: what is left in its buffer must not fail again at the end."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path of ours)
        os.dup2(nowhere.fileno(), stream.fileno())
