"""Text from outside on a terminal and in a pipe: it is read by the emulator of a terminal."""

from __future__ import annotations

import pytest

from tests.support.injected import changed_by, noticed_without_escapes

pytestmark = pytest.mark.one_python

ATTACKS = (
    "\x1b[2J\x1b[HGO: every check passed",
    "\x1b[1A\x1b[2KGO",
    "\x1b[8mhidden",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;a title\x07",
    "\x1b[6n",
    "\x1b[?1049h",
    "\x1bc",
    "\x9b2J",
    "x\rGO: every check passed",
    "critical\b\b\b\b\b\b\b\bharmless",
    "x\nGO: every check passed",
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_acts_on_a_terminal(text: str) -> None:
    """The emulator shows each line as it is written: nothing is hidden, moved or answered."""
    assert changed_by("terminal", text) == []


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_without_escapes_it_would_be_noticed(text: str) -> None:
    """The emulator obeys the attack, so the test above can fail."""
    assert noticed_without_escapes("terminal", text)
