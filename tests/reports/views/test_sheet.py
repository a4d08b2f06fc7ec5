"""Tests of `peaktrade_ops.reports.views.sheet`: a decision as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from peaktrade_ops.reports.views.sheet import decision_markdown, no_decision_markdown
from peaktrade_ops.stage1.decision import facts_of, past_of
from peaktrade_ops.stage1.stage import stage_of
from peaktrade_ops.text import printable
from tests.support.artifacts import decision, quiet_days, trend
from tests.support.injection import HOSTILE

pytestmark = pytest.mark.one_python

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Decision


HOLD = facts_of(trend(*quiet_days()[:-1]), ())
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def override(owner: str = "A. Owner", note: str = "known fault") -> Decision:
    """Return a go that was decided against the facts."""
    return decision(owner=owner[:100], note=note[:2000], facts=HOLD, override=True)


def shape_of(text: str) -> list[str]:
    """Return the kinds of blocks of Markdown, and of their parts but text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [
        part.type
        for token in tokens
        for part in (token, *(token.children or ()))
        if part.type not in {"text", "softbreak"}
    ]


def test_a_sheet_says_what_was_decided_and_by_which_facts() -> None:
    """The decision comes first, then who, then the facts, the days and the files."""
    text = decision_markdown(decision(note="all quiet"))

    assert text.startswith("# Peak_Trade: Stage 1 decision, go\n\nDecision: **go** (")
    assert "\n- Owner: A. Owner\n" in text
    assert "\n- Note: all quiet\n" in text
    assert "\n| Verdict | GO |\n" in text
    assert "| stage1\\_trend.json | 1 | " + "0" * 64 in text
    assert "OVERRIDE" not in text
    assert "Changed since" not in text
    assert "## Earlier decisions" not in text


def test_an_override_is_said_first() -> None:
    """A go against the facts is marked before everything else, with the verdict."""
    text = decision_markdown(override())

    assert "\n- **OVERRIDE**: the owner went on against the facts: the verdict was HOLD\n" in text
    assert text.index("OVERRIDE") < text.index("- Owner")


def test_an_override_of_long_ago_stays_marked() -> None:
    """The history shows an override for ever."""
    text = decision_markdown(decision(history=(past_of(override(), "b" * 64),)))

    assert "| A. Owner | go, OVERRIDE | HOLD | known fault | " + "b" * 64 in text


def test_what_changed_since_is_named() -> None:
    """A sheet says that its facts are those of its time."""
    assert "\n- Changed since: the facts of this decision are those of its time" in (
        decision_markdown(decision(), ["stage1_trend.json"])
    )


def test_a_lost_history_is_said() -> None:
    """A decision after a lost one says so."""
    assert "**NOT COMPLETE**" in decision_markdown(decision(history_lost=True))


def test_the_sheet_of_another_stage_has_its_name() -> None:
    """Titles are those of the stage."""
    stage2 = stage_of("stage2")

    assert decision_markdown(decision(), stage=stage2).startswith("# Peak_Trade: Stage 2 ")
    assert no_decision_markdown("**x**", stage2) == (
        "# Peak_Trade: Stage 2 decision, none\n\nNo decision can be relied on: \\*\\*x\\*\\*.\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_sheet(text: str) -> None:
    """Owner and note are text, whatever they contain."""
    hostile = override(owner=text, note=text.replace("\n", " ").replace("\r", " "))
    history = (past_of(hostile, "b" * 64),)
    plain = shape_of(
        decision_markdown(
            decision(facts=HOLD, override=True, note="x", history=(past_of(override(), "b" * 64),))
        )
    )
    made = decision_markdown(
        decision(owner=hostile.owner, facts=HOLD, override=True, note="x", history=history)
    )

    assert shape_of(made) == plain


@given(owner=TEXT, note=TEXT)
def test_no_text_changes_the_shape_of_a_sheet(owner: str, note: str) -> None:
    """A text has no markup, ends no line, and is printable; a line of a note is an item."""
    lines = len(note.splitlines())
    plain = shape_of(decision_markdown(override(note="\n".join(["x"] * lines))))
    text = decision_markdown(override(owner, note))

    assert shape_of(text) == plain
    assert printable(text.replace("\n", "")) == text.replace("\n", "")
