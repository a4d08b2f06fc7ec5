"""The one name of a severity, for telemetry and for the reports of the earlier scripts."""

from __future__ import annotations

from typing import Final

CRITICAL: Final = "critical"

_SYNONYMS: Final = {
    "warning": "warn",
    "crit": CRITICAL,
    "fatal": CRITICAL,
    "emerg": CRITICAL,
    "emergency": CRITICAL,
    "panic": CRITICAL,
}
_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def ascii_lower(text: str) -> str:
    """Make ASCII capitals small, and leave all other characters as they are.

    What other letters fold to depends on the Unicode tables of each Python.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def normal_severity(text: str) -> str:
    """Give the one name of a severity (section 5): trimmed, small, synonyms united."""
    name = ascii_lower(text.strip())
    return _SYNONYMS.get(name, name)
