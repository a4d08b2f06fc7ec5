"""Calls of the system that fail at a chosen time."""

from __future__ import annotations

import errno
import itertools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def failing_at(
    count: int, real: Callable[..., object], error: BaseException
) -> Callable[..., object]:
    """Wrap a function so that its call number `count` (from 1) fails instead."""
    calls = itertools.count(1)

    def call(*arguments: object, **named: object) -> object:
        if next(calls) == count:
            raise error
        return real(*arguments, **named)

    return call


def no_space() -> OSError:
    """Make the error of a full disk."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
