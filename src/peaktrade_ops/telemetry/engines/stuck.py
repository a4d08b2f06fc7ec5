"""Processes that do not go on: stopped by somebody, or in a read from a dead mount.

The latter do not end even when they are killed. Python waits for its child processes when it ends.
Whoever ends the program looks here first.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# The states of Linux in which a process does nothing, whatever it has to do.
_HALTED: Final = {
    "T": "is stopped (kill -CONT {0} lets it go on)",
    "t": "is held by a debugger",
    "D": "waits for a disk or a mount (df shows which one does not answer)",
}

_left: list[int] = []


def leave(pids: list[int]) -> None:
    """Note that processes were killed, have not ended, and are not waited for."""
    _left.extend(pids)


def halted(pids: Iterable[int]) -> list[str]:
    """Return what each process that does not go on waits for; nothing where Linux does not say.

    Args:
        pids: The processes to look at.
    """
    found = []
    for pid in pids:
        with suppress(OSError):
            # The state is behind the name, which is in brackets and may have any characters.
            status = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2]
            if what := _HALTED.get(status[:1].decode("ascii")):
                found.append(f"process {pid} {what.format(pid)}")
    return found


def left() -> tuple[int, ...]:
    """Return the processes that are not waited for."""
    return tuple(_left)
