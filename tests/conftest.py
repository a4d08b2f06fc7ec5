"""Fixtures for tests of several folders."""

from __future__ import annotations

import codecs
import os
import signal
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from peaktrade_ops.reports.views import render
from tests.support.examples import examples
from tests.support.program import Workplace, call, steers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.program import Program

_NOBODY = 65534

# A script that starts the tests in the background ignores Ctrl-C, and all child processes
# inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same for SIGHUP under nohup. A handler is not inherited, an ignored signal is: child processes
# have the default, and the tests themselves go on when the terminal closes.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)

# Some messages are others in a pod, and the tests may run in one.
os.environ.pop("KUBERNETES_SERVICE_HOST", None)

# No test depends on the speed of the machine.
settings.register_profile(
    "any machine",
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[int]:
    """Run the test as an ordinary user who owns `tmp_path`; yield the id of that user.

    Permissions do not apply to root, so a test that runs as root switches to another user.
    """
    if os.geteuid() != 0:
        yield os.geteuid()
        return
    closed = {folder: folder.stat().st_mode for folder in tmp_path.parents}
    closed = {folder: mode for folder, mode in closed.items() if not mode & 0o001}
    groups = os.getgroups()
    for folder, mode in closed.items():
        folder.chmod(mode | 0o001)
    # Python loads this codec when it is first used, perhaps from a folder of root.
    codecs.lookup("ascii")
    os.chown(tmp_path, _NOBODY, _NOBODY)
    os.setgroups([])
    os.setegid(_NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield _NOBODY
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        for folder, mode in closed.items():
            folder.chmod(mode)


@pytest.fixture
def empty_pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the HTML pages empty: they take most of the time of a run in this process.

    For tests that look at JSON, Markdown, verdicts and exit codes, which depend on no page. The
    pages are still written, listed and verified. A test with the mark `pages` has the real ones.
    """
    if request.node.get_closest_marker("pages"):
        return
    for name in ("absent_page", "calendar_page", "snapshot_page", "trend_page"):
        monkeypatch.setattr(render, name, lambda *_arguments: "")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """Return an empty repo with an empty telemetry root beside it."""
    return Workplace.made(tmp_path)


@pytest.fixture
def program(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Program:
    """Return a function that runs the program in the repo, without variables that configure it."""
    for name in filter(steers, list(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.chdir(workplace.repo)
    return partial(call, capsys)
