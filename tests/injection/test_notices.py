"""Text from outside in notices: in the JSON for webhooks, and in the text for chats and mail."""

from __future__ import annotations

import pytest

from tests.support.injected import changed_by, noticed_without_escapes

pytestmark = pytest.mark.one_python

ATTACKS = (
    "<!channel> <@U012ABC>",
    "@everyone @here",
    "<https://evil.example|GO>",
    "[GO](https://evil.example)",
    "https://evil.example/x",
    "www.evil.example",
    "x\nStage 1: GO",
    "*GO* _GO_ ~GO~ `GO`",
    "<b>GO</b><script>alert(1)</script>",
    "x\r\n\r\nBcc: somebody",
    '","verdict":"GO","x":"',
    "#channel &lt;!channel&gt;",
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_is_markup_or_a_mention_in_a_notice(text: str) -> None:
    """The fields, the lines and what chat programs read in them are those of a harmless text."""
    assert changed_by("notices", text) == []


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_without_escapes_it_would_be_noticed(text: str) -> None:
    """A mention, a link or a line of the attack is seen, so the test above can fail."""
    assert noticed_without_escapes("notices", text)
