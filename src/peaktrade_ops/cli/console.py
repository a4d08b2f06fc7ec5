"""The output of the program: results on standard output, messages on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Literal, TextIO

import click

from peaktrade_ops.cli.logs import bounded
from peaktrade_ops.errors import PeaktradeError, reason_of
from peaktrade_ops.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.cli.logs import Level, Log
    from peaktrade_ops.window import Window

PROGRAM = "peaktrade-ops"

Form = Literal["text", "json"]
"""The values of ``--format``."""

_COLUMNS, _ROWS = 80, 24
"""The size of a terminal whose size is unknown."""

_MOMENT_SECONDS = 1.0

# Every width shows the progress, the rate and the remaining time; the rest depends on the width.
_WIDE = (
    "{desc}: {percentage:3.0f}% {bar} {n_fmt}B of {total_fmt}B, {rate_noinv_fmt}, {remaining} left"
)
_SHORT = "{percentage:3.0f}% {n_fmt}/{total_fmt}B {rate_noinv_fmt} {remaining} left"
_BARS = ((80, _WIDE), (60, "{desc}: " + _SHORT), (0, _SHORT))


class Console:
    """The output to the operator: results on standard output, messages on standard error.

    Attributes:
        verbosity: -1 for warnings and errors only, 0 for notes too, 1 for details and tracebacks.
        log: Makes lines of JSON of the messages; `None` for plain text.
    """

    __slots__ = ("log", "verbosity")

    def __init__(self, verbosity: int = 0, log: Log | None = None) -> None:
        """Start with the messages that `verbosity` allows."""
        self.verbosity = verbosity
        self.log = log

    @property
    def on_terminal(self) -> bool:
        """Whether results are shown on a terminal."""
        return sys.stdout is not None and sys.stdout.isatty()

    @property
    def columns(self) -> int:
        """The width of the terminal on standard output, in characters."""
        import shutil  # noqa: PLC0415 (slow to load)

        return shutil.get_terminal_size((_COLUMNS, _ROWS)).columns

    @property
    def colours(self) -> bool:
        """Whether results have colours; a non-empty ``NO_COLOR`` disables them."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return self.on_terminal and self.verbosity >= 0 and not plain

    def result(self, text: str) -> None:
        """Print a result, without colours if `colours` is false.

        A closed pipe does not change the exit code.

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
        """Print a result in the requested form, and as text in the form for its output.

        Args:
            form: The value of ``--format``.
            json: Returns the result as JSON, for ``--format json`` on any output.
            terminal: Returns the result for a terminal with the given number of columns.
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
            self._say("info", text)

    def warning(self, text: str) -> None:
        """Write a warning to standard error, even when quiet."""
        self._say("warning", text)

    def detail(self, text: str, **fields: object) -> None:
        """Write a detail to standard error, only with ``--verbose``."""
        if self.verbosity > 0:
            self._say("debug", text, **fields)

    def error(self, text: str) -> None:
        """Write an error to standard error."""
        self._say("error", text if self.log else f"{PROGRAM}: {text}")

    def trace(self) -> None:
        """Write the traceback of the error that is being handled, only with ``--verbose``."""
        if self.verbosity > 0:
            import traceback  # noqa: PLC0415 (only for looking closely)

            for line in traceback.format_exc().splitlines():
                self._say("debug", line)

    @property
    def wants_files(self) -> bool:
        """Whether it shows why each file is scanned or left out."""
        return self.verbosity > 0

    def step(self, name: str, seconds: float, figures: dict[str, int]) -> None:
        """Write how long a step took, in JSON only and unless quiet."""
        if self.log and self.verbosity >= 0:
            fields = {"step": name, "seconds": round(seconds, 6), **figures}
            self._say("info", f"step {name} ended", **fields)

    def file(self, path: str, reason: str, *, is_taken: bool) -> None:
        """Write why a file is scanned or left out, only with ``--verbose``."""
        taken = "scanned" if is_taken else "left out"
        self.detail(f"{taken}: {path}: {reason}", path=path, taken=is_taken, reason=reason)

    def ended(self, code: int) -> None:
        """Write the exit code, in JSON only and unless quiet."""
        if self.log and self.verbosity >= 0:
            self._say("info", f"ended with exit code {code}", code=code)

    def takes(self, seconds: float) -> bool:
        """Return whether standard error takes a line without waiting for its reader.

        Args:
            seconds: How long to wait for the reader.
        """
        import select  # noqa: PLC0415 (for few)

        poll = select.poll()
        try:
            poll.register(sys.stderr.fileno(), select.POLLOUT)
        except (AttributeError, OSError, ValueError):
            # There is none, or it is no file: nobody waits for it.
            return True
        return bool(poll.poll(seconds * 1000))

    def hasten(self) -> None:
        """Write no more messages if nobody reads standard error: the program is told to end."""
        if not self.takes(_MOMENT_SECONDS):
            _give_up(sys.stderr)

    def _say(self, level: Level, text: str, **fields: object) -> None:
        _say(self.log.line(level, text, fields) if self.log else bounded(text))

    @contextlib.contextmanager
    def progress(self, windows: Sequence[Window], total: int) -> Iterator[Callable[[int], object]]:
        """Show a progress bar on a terminal if a scan takes longer than a second, then remove it.

        Args:
            windows: The windows of the scan, in the order of their dates.
            total: The number of bytes that the scan reads.

        Yields:
            A function to call with the number of bytes of each finished part.
        """
        is_shown = self.verbosity >= 0 and self.log is None
        if not is_shown or sys.stderr is None or not sys.stderr.isatty():
            yield lambda _done: None
            return
        from threading import RLock  # noqa: PLC0415 (slow to load)

        from tqdm import tqdm  # noqa: PLC0415 (slow to load)

        # The monitor thread of tqdm would make it unsafe to start processes.
        tqdm.monitor_interval = 0
        # Only this process shows progress. For its own lock between processes, tqdm would start a
        # process on Python 3.14.
        tqdm.set_lock(RLock())
        columns = _columns(sys.stderr)
        with tqdm(
            total=total,
            desc=f"scanning {_days(windows)}",
            unit="B",
            unit_scale=True,
            bar_format=next(form for least, form in _BARS if columns >= least),
            # Some terminals wrap when the last column is written.
            ncols=columns - 1,
            nrows=_ROWS,
            delay=_MOMENT_SECONDS,
            leave=False,
            # Parts finish in bursts, so the mean over all parts is the better estimate.
            smoothing=0,
            miniters=1,
        ) as bar:
            yield bar.update


def _days(windows: Sequence[Window]) -> str:
    first, last = windows[0].date, windows[-1].date
    return f"{first}" if first == last else f"{first} to {last}"


def _columns(stream: TextIO) -> int:
    """Return the width of the terminal of a stream, in characters; a default without one."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (AttributeError, OSError, ValueError):
        return _COLUMNS


def _say(text: str) -> None:
    # An error of standard error itself cannot be reported anywhere.
    try:
        click.echo(text, err=True)
    except OSError:
        _give_up(sys.stderr)


def give_up_output() -> None:
    """Redirect standard output, if there is one, to the null device; buffered output is lost."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        _give_up(sys.stdout)


def _give_up(stream: TextIO) -> None:
    """Redirect a stream to the null device, so that flushing its buffer at exit cannot fail."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path of ours)
        os.dup2(nowhere.fileno(), stream.fileno())
