"""Answers that are made once for all who wait for them, one at a time.

An answer is never older than the request: whoever asks while an answer is being made gets the next
one. So any number of requests for a page costs at most two of it at once, and none is stale.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_Made = TypeVar("_Made")


class Shared(Generic[_Made]):
    """Things that threads ask for by a key."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: dict[Hashable, _Making[_Made]] = {}

    def get(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """Return what a function makes, called after this call began, for one or more who wait.

        Args:
            key: Names what is made.
            make: Makes it. Any exception is raised in all who wait for it.
        """
        with self._guard:
            making = self._waiting.get(key)
            is_first = making is None
            if making is None:
                making = self._waiting[key] = _Making()
        if is_first:
            self._make(key, making, make)
        making.done.wait()
        if making.error is not None:
            raise making.error
        return making.made[0]

    def _make(self, key: Hashable, making: _Making[_Made], make: Callable[[], _Made]) -> None:
        try:
            with self._turn:
                with self._guard:
                    # What is made from now on may be too old for whoever comes now.
                    del self._waiting[key]
                making.made.append(make())
        except BaseException as error:  # noqa: BLE001 (raised in all threads that wait)
            making.error = error
        finally:
            making.done.set()


class _Making(Generic[_Made]):
    """Something that is going to be made.

    Attributes:
        done: Set as soon as it is made, or has failed.
        made: It, when it is made.
        error: Why it has failed.
    """

    __slots__ = ("done", "error", "made")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.made: list[_Made] = []
        self.error: BaseException | None = None
