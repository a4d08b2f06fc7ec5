"""A terminal of any width for the program to write to."""

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
    """Open a terminal; yield the descriptor to read its content, and the one to write to."""
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
    """Run the program with standard output on a terminal; return its outcome."""
    # The environment of the tests may have settings for colours and width.
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
    """Yield the output on a terminal until all writers have closed it."""
    # Linux reports that as an error, other systems as the end of the file.
    with contextlib.suppress(OSError):
        while chunk := os.read(terminal, _CHUNK_BYTES):
            yield chunk
