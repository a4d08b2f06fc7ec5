"""The memory that a piece of work takes."""

from __future__ import annotations

import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Peak:
    """The most memory that Python objects took at one moment of the work.

    Attributes:
        size: The number of bytes; 0 until the work is done.
    """

    size: int = 0


@contextmanager
def traced_memory() -> Iterator[Peak]:
    """Trace the memory of the work in the context; what is there before does not count."""
    peak = Peak()
    tracemalloc.start()
    try:
        yield peak
        _, peak.size = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
