"""Defaults that the command line shows before anything else is loaded."""

from __future__ import annotations

from typing import Final

LEGACY_REGEX: Final = r"(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)"
"""The keyword search over raw lines, as in the earlier scripts."""
