"""How many examples property tests try."""

from __future__ import annotations

import os
from typing import Final

SHARE_VARIABLE: Final = "PEAK_TEST_EXAMPLES_PERCENT"
"""Which share of the examples is tried, percent; all if it is not set."""


def examples(count: int) -> int:
    """Return the share of a number of examples that this run tries; at least one."""
    return max(count * int(os.environ.get(SHARE_VARIABLE, "100")) // 100, 1)
