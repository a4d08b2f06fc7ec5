"""Tests of `peaktrade_ops.serve.log_queue`: messages that nobody waits for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from peaktrade_ops.serve import log_queue
from peaktrade_ops.serve.log_queue import MOST_WAITING, LogQueue

if TYPE_CHECKING:
    import pytest


class Reader:
    """Stands in for what reads standard error.

    Attributes:
        written: What was written, and warnings with a mark.
        reads: Set while it reads.
    """

    def __init__(self, *, reads: bool = True) -> None:
        """Begin to read, or not."""
        self.written: list[str] = []
        self.reads = threading.Event()
        if reads:
            self.reads.set()

    def queue(self) -> LogQueue:
        """Return a queue of messages for it."""
        return LogQueue(self.reads.wait, self.warn)

    def warn(self, text: str) -> None:
        """Write a warning."""
        self.written.append(f"! {text}")


def test_messages_are_written_in_their_order() -> None:
    """All that waits is written at the end, notes and warnings as they came."""
    reader = Reader()

    with reader.queue() as queue:
        for number in range(MOST_WAITING // 2):
            queue.put(reader.warn if number % 2 else reader.written.append, f"{number}")

    assert reader.written == [f"{'! ' * (k % 2)}{k}" for k in range(MOST_WAITING // 2)]


def test_another_thread_writes() -> None:
    """Whoever adds a message is not the one who waits for its reader."""
    threads: list[threading.Thread] = []
    reader = Reader()

    with reader.queue() as queue:
        queue.put(lambda _: threads.append(threading.current_thread()), "a")

    assert threads != [threading.current_thread()]
    assert not threads[0].is_alive()


def test_nobody_waits_for_a_reader_that_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are dropped beyond a number; at the end nothing waits without bound."""
    monkeypatch.setattr(log_queue, "_MOMENT_SECONDS", 0.01)
    reader = Reader(reads=False)
    began = time.monotonic()

    with reader.queue() as queue:
        for number in range(3 * MOST_WAITING):
            queue.put(reader.written.append, f"{number}")

    assert time.monotonic() - began < log_queue.ENDING_SECONDS
    assert reader.written == []


def test_dropped_messages_are_counted_in_their_place() -> None:
    """A reader that goes on is told how many messages it has missed, and where."""
    reader = Reader(reads=False)

    with reader.queue() as queue:
        # The thread holds one of them, or has not begun.
        for number in range(MOST_WAITING + 100):
            queue.put(reader.written.append, f"{number}")
        reader.reads.set()
        while len(reader.written) < MOST_WAITING:
            time.sleep(0.001)
        queue.put(reader.written.append, "later")

    *kept, told, last = reader.written
    assert kept == [f"{number}" for number in range(len(kept))]
    assert len(kept) in {MOST_WAITING, MOST_WAITING + 1}
    dropped = MOST_WAITING + 100 - len(kept)
    assert told == f"! standard error was not read in time: {dropped} messages were dropped"
    assert last == "later"


def test_what_was_dropped_last_is_told_at_the_end() -> None:
    """The count is told even if no message comes after those that were dropped."""
    reader = Reader(reads=False)

    with reader.queue() as queue:
        for number in range(2 * MOST_WAITING):
            queue.put(reader.written.append, f"{number}")
        reader.reads.set()

    assert reader.written[-1].startswith("! standard error was not read in time: ")


def test_a_long_message_is_cut() -> None:
    """A pipe with room takes the message in one piece, so that the thread is not stuck in it."""
    reader = Reader()

    with reader.queue() as queue:
        queue.put(reader.written.append, "x" * 10**6)

    assert [len(text) for text in reader.written] == [2_000]
