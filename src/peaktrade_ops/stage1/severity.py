"""The names of severities, in telemetry and in reports of the earlier scripts."""

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
    """Return the name of a severity (section 5): trimmed, in lower case, synonyms replaced."""
    name = ascii_lower(text.strip())
    return _SYNONYMS.get(name, name)
