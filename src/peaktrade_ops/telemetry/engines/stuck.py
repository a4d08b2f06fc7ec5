"""Processes that do not end even when they are killed, such as in a read from a dead mount.

Python waits for its child processes when it ends. Whoever ends the program looks here first.
"""

from __future__ import annotations

_left: list[int] = []


def leave(pids: list[int]) -> None:
    """Note that processes were killed, have not ended, and are not waited for."""
    _left.extend(pids)


def left() -> tuple[int, ...]:
    """Return the processes that are not waited for."""
    return tuple(_left)
