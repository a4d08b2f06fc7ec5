"""Messages of the server that wait for a thread of their own to write them.

Whoever reads standard error may be slow, or stop reading. Then only this thread waits, and answers
and the bounds of connections go on.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WAITING: Final = 1_000
"""So many messages may wait; more are dropped."""

ENDING_SECONDS: Final = 2.0
"""So long the end waits for messages to be taken."""

# A pipe that has room takes so much in one piece, also as JSON.
_MOST_CHARACTERS: Final = 2_000
_MOMENT_SECONDS: Final = 0.25


class _Message(NamedTuple):
    write: Callable[[str], object]
    text: str


class LogQueue:
    """Writes messages in their order, in a thread that runs from the start to the end of a block.

    If messages were dropped, a warning says how many, in their place.

    Args:
        takes: Waits for at most so many seconds; returns whether a message can be written without
            waiting for its reader.
        warn: Writes a warning.
    """

    def __init__(self, takes: Callable[[float], bool], warn: Callable[[str], object]) -> None:
        """Store the functions."""
        self._takes = takes
        self._warn = warn
        self._waiting: SimpleQueue[_Message | None] = SimpleQueue()
        self._adding = threading.Lock()
        self._dropped = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_all, daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what still waits, as far as it is taken within a limited time."""
        with self._adding:
            self._tell_dropped()
            self._ended.set()
            self._waiting.put(None)
        self._thread.join(ENDING_SECONDS)

    def put(self, write: Callable[[str], object], text: str) -> None:
        """Add a message and return at once.

        Args:
            write: Writes it, called in the thread.
            text: The message; a long one is cut.
        """
        with self._adding:
            if self._waiting.qsize() >= MOST_WAITING:
                self._dropped += 1
                return
            self._tell_dropped()
            self._waiting.put(_Message(write, text[:_MOST_CHARACTERS]))

    def _tell_dropped(self) -> None:
        if self._dropped:
            text = f"standard error was not read in time: {self._dropped} messages were dropped"
            self._waiting.put(_Message(self._warn, text))
            self._dropped = 0

    def _write_all(self) -> None:
        while message := self._waiting.get():
            while not self._takes(_MOMENT_SECONDS):
                if self._ended.is_set():
                    return
            message.write(message.text)
