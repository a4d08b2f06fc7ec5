"""The one name of a severity, for telemetry and for the reports of the earlier scripts."""

from __future__ import annotations

from typing import Final

from peaktrade_ops.text import ascii_lower

CRITICAL: Final = "critical"

_SYNONYMS: Final = {
    "warning": "warn",
    "crit": CRITICAL,
    "fatal": CRITICAL,
    "emerg": CRITICAL,
    "emergency": CRITICAL,
    "panic": CRITICAL,
}


def normal_severity(text: str) -> str:
    """Give the one name of a severity (section 5): trimmed, small, synonyms united."""
    name = ascii_lower(text.strip())
    return _SYNONYMS.get(name, name)
