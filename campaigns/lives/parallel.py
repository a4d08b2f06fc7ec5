"""Live lives in several processes, each life in an empty folder of its own."""

from __future__ import annotations

import math
import multiprocessing
import multiprocessing.connection
import shutil
import signal
import time
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from campaigns.lives.ways import Told, live

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path


class Lives(NamedTuple):
    """Lives of one way, from the first one on.

    Attributes:
        seed: Their seed.
        way: The name of their way.
        most: How many there are at most.
        seconds: When no further one begins.
    """

    seed: int
    way: str
    most: float = math.inf
    seconds: float = math.inf

    def names(self, first: int, step: int) -> Iterator[str]:
        """Yield the names of every `step`-th life from `first` on, while there is time."""
        end = time.monotonic() + self.seconds
        for number in count(first, step):
            if number >= self.most or time.monotonic() >= end:
                return
            yield f"{self.seed} {self.way} {number}"


def in_parallel(lives: Lives, scratch: Path, processes: int) -> Iterator[Told]:
    """Live lives; yield what each tells, in any order.

    Args:
        lives: The lives.
        scratch: A folder in which each of them gets its own.
        processes: How many live at the same time; with 1 all live in this process.

    Raises:
        RuntimeError: A process ended before its lives did.
    """
    if processes == 1:
        yield from _lived(lives.names(0, 1), scratch)
        return
    context = multiprocessing.get_context("spawn")
    workers = []
    open_ends: list[Connection] = []
    try:
        for first in range(processes):
            receiver, sender = context.Pipe(duplex=False)
            arguments = (lives, first, processes, scratch, sender)
            worker = context.Process(target=_work, args=arguments, daemon=True)
            worker.start()
            # A worker whose parent is gone cannot send, and ends.
            sender.close()
            workers.append(worker)
            open_ends.append(receiver)
        yield from _received(open_ends)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()


def _received(open_ends: list[Connection]) -> Iterator[Told]:
    """Yield what workers send until each has sent `None`."""
    while open_ends:
        for end in multiprocessing.connection.wait(open_ends):
            assert isinstance(end, multiprocessing.connection.Connection)  # noqa: S101 (for types)
            try:
                told: Told | None = end.recv()
            except EOFError:
                raise RuntimeError("a process that lives lives was killed") from None
            if told is None:
                open_ends.remove(end)
            else:
                yield told


def _work(lives: Lives, first: int, step: int, scratch: Path, sender: Connection) -> None:
    # Ctrl-C reaches all processes; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for told in _lived(lives.names(first, step), scratch):
        sender.send(told)
    sender.send(None)


def _lived(names: Iterator[str], scratch: Path) -> Iterator[Told]:
    for name in names:
        folder = scratch / name.replace(" ", "-")
        folder.mkdir()
        try:
            yield live(name, folder)
        finally:
            shutil.rmtree(folder)
