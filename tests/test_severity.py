"""Tests of `peaktrade_ops.severity`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.severity import normal_severity
from peaktrade_ops.text import ascii_lower
from tests.support import oracle

TEXTS = st.text(st.one_of(st.sampled_from("aAcCkKxX1_-. \u00e9\u0130\u212a"), st.characters()))


@given(TEXTS)
def test_only_ascii_capitals_become_small(text: str) -> None:
    """What other letters fold to depends on the Unicode tables of a Python, so they stay."""
    assert ascii_lower(text) == oracle.small(text)


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
