"""Tests of `peaktrade_ops.signals`: signals that come at a bad moment.

They are sent to this thread, because the other threads of the tests do not hold them back.
"""

from __future__ import annotations

import fcntl
import os
import signal
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.publish import check_writable
from peaktrade_ops.signals import ENDING_SIGNALS, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class EndedError(BaseException):
    """Stands in for the error by which a signal ends the program."""


@pytest.fixture(autouse=True)
def ending() -> Iterator[None]:
    """Let SIGTERM raise an error, as the program does."""

    def end(*_: object) -> None:
        raise EndedError

    before = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_a_signal_is_delivered_when_it_is_not_held_any_more(number: signal.Signals) -> None:
    """It is neither lost nor early."""
    seen: list[int] = []
    before = signal.signal(number, lambda *_: seen.append(number))
    try:
        with held():
            signal.raise_signal(number)
            assert seen == []
        assert seen == [number]
    finally:
        signal.signal(number, before)


def test_signals_that_the_caller_holds_stay_held() -> None:
    """Only what was changed is changed back."""
    with held(), held():
        pass
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        with held():
            pass
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def signalled(call: Callable[..., int]) -> Callable[..., int]:
    """Return a call of the system after which a signal comes at once, the first time."""
    done: list[bool] = []

    def then_signal(*arguments: object, **options: object) -> int:
        result = call(*arguments, **options)
        if not done:
            done.append(True)
            signal.raise_signal(signal.SIGTERM)
        return result

    return then_signal


def test_a_signal_leaves_no_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that shows whether a folder can be written is removed before the program ends."""
    monkeypatch.setattr(os, "open", signalled(os.open))

    with pytest.raises(EndedError):
        check_writable(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["open", "flock", "unlink"])
def test_a_signal_leaves_no_lock_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Whenever it comes, the file is removed before the program ends."""
    module = fcntl if call == "flock" else os
    monkeypatch.setattr(module, call, signalled(getattr(module, call)))

    with pytest.raises(EndedError), locked(tmp_path):
        pass

    assert list(tmp_path.iterdir()) == []
