"""Text from outside in Markdown: it is read by a parser of Markdown."""

from __future__ import annotations

import pytest

from tests.support.injected import changed_by, noticed_without_escapes

pytestmark = pytest.mark.one_python

ATTACKS = (
    "**GO** all clear",
    "x\n\n# Verdict: **GO**",
    "x\n- Critical alerts: **0**",
    "x | **0** | **0** |",
    "<!-- hidden -->",
    "<details><summary>no alerts</summary>",
    "[all clear](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "`` ` `` `code`",
    "x\n```\nfrom here on all is code",
    "~~critical~~",
    "x\n\n---\n",
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_is_markup_in_markdown(text: str) -> None:
    """A parser finds the same blocks, rows, cells and marks as for a harmless text."""
    assert changed_by("Markdown", text) == []


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_without_escapes_it_would_be_noticed(text: str) -> None:
    """The parser sees the markup of the attack, so the test above can fail."""
    assert noticed_without_escapes("Markdown", text)
