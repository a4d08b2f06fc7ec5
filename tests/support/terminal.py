"""A terminal for the program to write to, as wide as a test wants it."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import termios
from typing import TYPE_CHECKING

from tests.support.program import COMMAND, PATIENCE, Outcome, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CHUNK_BYTES = 2**16


@contextlib.contextmanager
def opened(columns: int) -> Iterator[tuple[int, int]]:
    """Open a terminal; gives the end to read what it shows from, and the end to write to."""
    shown, written = pty.openpty()
    termios.tcsetwinsize(written, (24, columns))
    try:
        yield shown, written
    finally:
        os.close(shown)
        with contextlib.suppress(OSError):
            os.close(written)


def run_on_terminal(
    *arguments: str | Path,
    cwd: Path,
    columns: int = 80,
    variables: Mapping[str, str] | None = None,
) -> Outcome:
    """Run the program with its standard output on a terminal, and wait for its end."""
    # Whoever starts the tests may have said what he wants to see of them.
    ours = {"NO_COLOR": "", "TERM": "xterm-256color", "COLUMNS": ""}
    with (
        opened(columns) as (shown, written),
        subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=cwd,
            env=clean_environment(**ours | dict(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process,
    ):
        os.close(written)
        out = b"".join(_chunks(shown)).decode()
        _, err = process.communicate(timeout=PATIENCE)
    return Outcome(process.returncode, out.replace("\r\n", "\n"), err)


def _chunks(terminal: int) -> Iterator[bytes]:
    """Read what a terminal shows until nobody writes to it any more."""
    # Linux tells that by an error, other systems by an end.
    with contextlib.suppress(OSError):
        while chunk := os.read(terminal, _CHUNK_BYTES):
            yield chunk
