"""The clock of a command: the system clock, or the fixed time in ``SOURCE_DATE_EPOCH``."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from peaktrade_ops.errors import UsageError
from peaktrade_ops.text import quoted
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from peaktrade_ops.cli.console import Console

Clock = Callable[[], datetime]
"""Returns the time in UTC at each call."""


def find_clock(console: Console) -> Clock:
    """Return the clock that the environment selects; the console shows a fixed time.

    Raises:
        UsageError: ``SOURCE_DATE_EPOCH`` is not blank and is not a number of seconds since 1970.
    """
    seconds = _stand_in()
    if not seconds:
        return lambda: datetime.now(UTC)
    try:
        fixed = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {quoted(seconds)}", hint="give seconds since 1970, or unset it"
        ) from None
    # Also with --quiet: a reader of the report must know that its clock was fixed.
    console.warning(f"SOURCE_DATE_EPOCH stands in for the clock: {iso_utc(fixed)}")
    return lambda: fixed


def is_replaced() -> bool:
    """Return whether the environment replaces the clock of the system."""
    return bool(_stand_in())


def _stand_in() -> str:
    return os.environ.get("SOURCE_DATE_EPOCH", "").strip()
