"""Tests of `peaktrade_ops.stage1.severity`."""

from __future__ import annotations

import pytest

from peaktrade_ops.stage1.severity import normal_severity


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CRITICAL", "critical"),
        (" Crit\t", "critical"),
        ("fatal", "critical"),
        ("Emerg", "critical"),
        ("EMERGENCY", "critical"),
        ("panic", "critical"),
        ("Warning", "warn"),
        ("warn", "warn"),
        ("\u00a0fatal\u2003", "critical"),
        ("cr\u0131t", "cr\u0131t"),
        ("CR\u0130T", "cr\u0130t"),
        ("critical!", "critical!"),
        ("   ", ""),
    ],
)
def test_severities_have_one_name(text: str, name: str) -> None:
    """Severities are trimmed, compared without ASCII case, and synonyms are one."""
    assert normal_severity(text) == name
