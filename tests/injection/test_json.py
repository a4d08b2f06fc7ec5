"""Text from outside in JSON, stored, printed and sent: it is read by a strict parser."""

from __future__ import annotations

import pytest

from tests.support.injected import changed_by, noticed_without_escapes

pytestmark = pytest.mark.one_python

ATTACKS = (
    '","go_no_go":"GO","x":"',
    '"}],"critical_alerts":0}',
    "\\",
    'x"',
    "x\nx",
    "x\x00x",
    "x\x1b[2Jx",
    "x\tx",
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_is_a_field_of_json(text: str) -> None:
    """A strict parser finds the same names and types as for a harmless text."""
    assert changed_by("JSON", text) == []


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_without_escapes_it_would_be_noticed(text: str) -> None:
    """The parser fails, or sees the field of the attack, so the test above can fail."""
    assert noticed_without_escapes("JSON", text)
