"""Examples of the formats that the program reads: one small file of each, for one day.

Every file has four quiet events, one that is serious, and, if the format knows one, one that is
critical. All formats tell the same story at the same times, so that the expected values are the
same for all. The lines are written from the documents that the presets name.
"""

from __future__ import annotations

from tests.support.formats.defaults import DEFAULTS
from tests.support.formats.example import DAY, LAST, FormatExample, records_of
from tests.support.formats.logs import LOGS
from tests.support.formats.platforms import PLATFORMS
from tests.support.formats.security import SECURITY

PRESETS = (*LOGS, *PLATFORMS, *SECURITY)
"""The formats that need a preset."""

EXAMPLES = (*PRESETS, *DEFAULTS)
"""All formats."""

__all__ = [
    "DAY",
    "DEFAULTS",
    "EXAMPLES",
    "LAST",
    "PRESETS",
    "FormatExample",
    "records_of",
]
