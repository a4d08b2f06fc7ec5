"""Test what is told about the steps of a command."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.steps import Stopwatch, listener_of_files, step, told_to, took, warn
from tests.support.listening import Ear

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at the clock take a quarter of a second."""
    moments = _quarters()
    monkeypatch.setattr(time, "perf_counter", lambda: next(moments))


def _quarters() -> Iterator[float]:
    moment = 0.0
    while True:
        yield moment
        moment += 0.25


@pytest.mark.usefixtures("clock")
def test_the_end_of_a_step_is_told_with_its_time() -> None:
    """Steps may be within others."""
    ear = Ear()

    with told_to(ear), step("outer", files=3), step("inner"):
        took("known", 2.0, bytes=7)

    assert ear.heard == [
        ("known", 2.0, {"bytes": 7}),
        ("inner", 0.25, {}),
        ("outer", 0.75, {"files": 3}),
    ]


def test_a_step_that_fails_is_told_too() -> None:
    """The error goes on."""
    ear = Ear()

    with told_to(ear), pytest.raises(ValueError, match="no"), step("failing"):
        raise ValueError("no")

    assert [each[0] for each in ear.heard] == ["failing"]


def test_nobody_needs_to_listen() -> None:
    """Another thread, and what comes after the context, tell nobody."""
    ear = Ear()
    with told_to(ear):
        thread = threading.Thread(target=took, args=("elsewhere", 1.0))
        thread.start()
        thread.join()
    with step("after"):
        pass

    assert ear.heard == []


def test_a_listener_may_not_want_to_know_each_file() -> None:
    """A hundred thousand files are not looked at for nobody."""
    ear, deaf = Ear(), Ear(wants_files=False)

    assert listener_of_files() is None
    with told_to(deaf):
        assert listener_of_files() is None
    with told_to(ear):
        assert listener_of_files() is ear


def test_what_holds_a_step_up_is_told() -> None:
    """A warning goes to whoever listens, and to nobody else."""
    ear = Ear()

    warn("before")
    with told_to(ear):
        warn("a process is stopped")

    assert ear.heard == [("a process is stopped",)]


@pytest.mark.usefixtures("clock")
def test_a_stopwatch_adds_up() -> None:
    """It does not count what is between."""
    watch = Stopwatch()
    for _ in range(3):
        with watch:
            pass
        time.perf_counter()

    assert watch.seconds == 0.75
