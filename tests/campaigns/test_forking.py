"""The program in a fork of a campaign."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from campaigns import forking
from campaigns.forking import Ended, ended, forked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaigns


def test_a_run_has_an_exit_code_and_output(tmp_path: Path) -> None:
    """Nothing is told that is about the clock of the campaign."""
    variables = {"SOURCE_DATE_EPOCH": "1766296800"}

    done = forking.run(["verify"], cwd=tmp_path, output=tmp_path, variables=variables)

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("peaktrade-ops: reports folder ")


def test_a_program_that_is_killed_before_it_begins_has_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment of a kill is random, and may be the first."""
    monkeypatch.setattr(forking, "_become_program", lambda *_: time.sleep(60))
    (tmp_path / "err").write_text("of the run before")

    with forked(["verify"], cwd=tmp_path, output=tmp_path, variables={}) as pid:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        assert ended(status, tmp_path) == Ended(-signal.SIGKILL, "", "")
