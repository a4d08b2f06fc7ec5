"""Text from outside in pages, HTML with SVG: it is read by the parser of a browser."""

from __future__ import annotations

import pytest

from tests.support.injected import changed_by, noticed_without_escapes

pytestmark = pytest.mark.one_python

ATTACKS = (
    "<script>alert(1)</script>",
    "</bdi></td></tr></table><h1>GO</h1>",
    "<svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<style>.banner{display:none}</style>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<base href=https://evil.example>",
    "<a href='javascript:alert(1)'>x</a>",
    "<!-- from here on nothing is shown",
    "<textarea>",
    "<plaintext>",
    "</main></body></html><body><h1>GO</h1>",
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_is_an_element_of_a_page(text: str) -> None:
    """A parser finds the same elements with the same attributes as for a harmless text."""
    assert changed_by("pages", text) == []


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_without_escapes_it_would_be_noticed(text: str) -> None:
    """The parser sees the elements of the attack, so the test above can fail."""
    assert noticed_without_escapes("pages", text)
