"""Servers on the loopback that tests start as processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_SHUTDOWN_SECONDS: Final = 10.0


@contextlib.contextmanager
def running(
    command: Sequence[str | Path], *, log: Path, variables: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a process group of its own; kill the group at the end.

    Args:
        command: The program and its arguments.
        log: The file for what it prints; its folder is the current one of the server.
        variables: The environment.
    """
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env=variables,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group of a server, and wait for the end of the server."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_SHUTDOWN_SECONDS)


def free_port() -> int:
    """Return a port of the loopback on which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Return whether a server accepts connections on a port of the loopback."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
