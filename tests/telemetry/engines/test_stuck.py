"""Test what is known of processes that do not go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from peaktrade_ops.telemetry.engines import stuck
from tests.support.program import wait_until


def test_what_is_left_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pools may leave processes; at first there is none."""
    monkeypatch.setattr(stuck, "_left", [])
    assert stuck.left() == ()

    stuck.leave([7])
    stuck.leave([])
    stuck.leave([8, 9])

    assert stuck.left() == (7, 8, 9)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process waits for")
def test_a_process_that_is_stopped_is_named_with_what_lets_it_go_on() -> None:
    """One that works, and one that has ended, wait for nothing."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        pids = [process.pid, os.getpid()]
        # Until it has begun, it may wait for the disk with the libraries of Python.
        wait_until(lambda: stuck.halted(pids) == [])
        process.send_signal(signal.SIGSTOP)
        said = [f"process {process.pid} is stopped (kill -CONT {process.pid} lets it go on)"]
        wait_until(lambda: stuck.halted(pids) == said)
        process.kill()
    assert stuck.halted([process.pid]) == []
