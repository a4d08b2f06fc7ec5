"""Run a command that starts processes of its own, and leave none of them behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def run_all(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end and that of all its processes; kill all if that is interrupted.

    Args:
        command: The command.
        cwd: The current directory.
        env: The environment variables.

    Returns:
        The exit code, and what was written to standard output and standard error.
    """
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            # All of them have the pipe, which ends with the last one. Until then they write files.
            process.communicate()
            raise
    return process.returncode, output
