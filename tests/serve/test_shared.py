"""Tests of `peaktrade_ops.serve.shared`: one making for all who wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from peaktrade_ops.serve.shared import Shared
from tests.support.program import PATIENCE, wait_until


class Slow:
    """Makes numbers, each only when it is let.

    Attributes:
        calls: How many were started.
        let: Released once for each number.
    """

    def __init__(self) -> None:
        """Start without a number."""
        self.calls = 0
        self.let = threading.Semaphore(0)

    def __call__(self) -> int:
        """Return the next number."""
        self.calls += 1
        made = self.calls
        assert self.let.acquire(timeout=PATIENCE)
        return made


def test_all_who_wait_share_what_is_made_after_they_came() -> None:
    """Nobody gets what was begun before: a report may have been written meanwhile."""
    shared, slow = Shared[int](), Slow()
    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(shared.get, "page", slow)
        wait_until(lambda: slow.calls == 1)
        later = [threads.submit(shared.get, "page", slow) for _ in range(10)]
        wait_until(lambda: len(shared._waiting) == 1)  # noqa: SLF001 (no other sign)
        slow.let.release(99)

        assert first.result(PATIENCE) == 1
        made = [each.result(PATIENCE) for each in later]

    # One that was late may have been made alone.
    assert min(made) == 2
    assert slow.calls <= 1 + len(set(made))


def test_others_are_made_one_at_a_time() -> None:
    """Two pages at once take twice the memory, and no less time."""
    shared, slow, other = Shared[int](), Slow(), Slow()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(shared.get, "page", slow)
        wait_until(lambda: slow.calls == 1)
        second = threads.submit(shared.get, "other", other)
        wait_until(lambda: "other" in shared._waiting)  # noqa: SLF001 (no other sign)
        assert other.calls == 0
        slow.let.release()
        other.let.release()

        assert (first.result(PATIENCE), second.result(PATIENCE)) == (1, 1)


def test_an_error_is_raised_in_all_who_wait_and_is_not_kept() -> None:
    """The next one tries again."""
    shared = Shared[int]()

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shared.get("page", fail)
    assert shared.get("page", lambda: 7) == 7
