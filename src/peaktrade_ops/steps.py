"""What a command tells while it works: the time of each step, the reason of each file, warnings.

Only messages depend on it. A step tells whoever listens in its context; usually nobody does.
"""

from __future__ import annotations

import contextlib
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_listener: Final[ContextVar[Listener | None]] = ContextVar("listener", default=None)


class Listener(Protocol):
    """Somebody who is told."""

    @property
    def wants_files(self) -> bool:
        """Whether it is told about each file."""

    def step(self, name: str, seconds: float, figures: dict[str, int]) -> None:
        """Take note that a step has ended.

        Args:
            name: The step.
            seconds: How long it took.
            figures: What it has dealt with.
        """

    def file(self, path: str, reason: str, *, is_taken: bool) -> None:
        """Take note why a file is scanned or left out.

        Args:
            path: The file, with its name in reports.
            reason: Why.
            is_taken: Whether it is scanned.
        """

    def warning(self, text: str) -> None:
        """Take note of what holds a step up.

        Args:
            text: What it is, and what to do about it.
        """


class Stopwatch:
    """Adds up the time within its context, which may be entered again and again.

    Attributes:
        seconds: The time so far.
    """

    __slots__ = ("_began", "seconds")

    def __init__(self) -> None:
        """Start at 0."""
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        """Start to count."""
        self._began = time.perf_counter()

    def __exit__(self, *_error: object) -> None:
        """Stop to count."""
        self.seconds += time.perf_counter() - self._began


@contextlib.contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Send all steps within this context to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextlib.contextmanager
def step(name: str, **figures: int) -> Iterator[None]:
    """Measure a step and report its time, also if it fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        took(name, time.perf_counter() - began, **figures)


def took(name: str, seconds: float, **figures: int) -> None:
    """Report how long a step has taken."""
    listener = _listener.get()
    if listener is not None:
        listener.step(name, seconds, figures)


def warn(text: str) -> None:
    """Report what holds a step up, and what to do about it."""
    listener = _listener.get()
    if listener is not None:
        listener.warning(text)


def listener_of_files() -> Listener | None:
    """Return the listener if it is told about each file."""
    listener = _listener.get()
    return listener if listener is not None and listener.wants_files else None
