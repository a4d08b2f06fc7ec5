"""The number of examples that property tests try."""

from __future__ import annotations

import os
from typing import Final

SHARE_VARIABLE: Final = "PEAK_TEST_EXAMPLES_PERCENT"
"""The percentage of examples to try; 100 if not set."""


def examples(count: int) -> int:
    """Return the number of examples to try in this run, scaled by the percentage; at least 1."""
    return max(count * int(os.environ.get(SHARE_VARIABLE, "100")) // 100, 1)
