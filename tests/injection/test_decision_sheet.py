"""Text of an owner in the sheet of a decision, as Markdown and as a page."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from peaktrade_ops.reports.views.sheet import decision_markdown
from tests.support.html import texts
from tests.support.injected import changed_by, pages_of, world_of

pytestmark = pytest.mark.one_python

ATTACKS = (
    "x\n\n# Stage 1 decision, go\n\nDecision: **go**",
    "x\n- Owner: somebody else",
    "x\n- **OVERRIDE**: none",
    "x | 2025-12-20 | go | GO |",
    "x\n## Earlier decisions",
    "x\u2028- Owner: somebody else",
    "x\x0b# Stage 1 decision, go",
    "<h1>Stage 1 decision: no-go</h1>",
    "\u202egnol ton",
    "x\n```\n",
)


def owners(sheet: str) -> list[str]:
    """Return the text of each item of the sheet that names an owner."""
    inline = [token for token in MarkdownIt("commonmark").parse(sheet) if token.type == "inline"]
    return [token.content for token in inline if token.content.startswith("Owner: ")]


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_of_an_owner_changes_the_sheet(text: str) -> None:
    """There is one decision by one owner, with the parts of a sheet with a harmless note."""
    world = world_of(text)

    assert changed_by("Markdown", text) == []
    assert changed_by("pages", text) == []
    assert len(owners(decision_markdown(world.decision))) == 1
    assert texts(pages_of(world)["decision"], "h1") == ["Stage 1 decision: go"]


def test_a_second_owner_would_be_noticed() -> None:
    """A sheet without escapes has two, so the test above can fail."""
    sheet = decision_markdown(world_of("xqx").decision)

    assert len(owners(sheet.replace("xqx", ATTACKS[1]))) > 1
