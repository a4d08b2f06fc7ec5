"""Tests of `peaktrade_ops.reports.views.pages.decision`: the page of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.calendar import calendar_page
from peaktrade_ops.reports.views.pages.decision import decision_page
from peaktrade_ops.reports.views.pages.parts import Decided, Verdicts
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.stage1.decision import facts_of, past_of
from peaktrade_ops.stage1.stage import STAGE1
from tests.support.artifacts import decision, quiet_days, trend
from tests.support.html import check_rules, parse, rows, shape, texts
from tests.support.injection import HOSTILE

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Decision


HOLD = facts_of(trend(*quiet_days()[:-1]), ())


def override(owner: str = "A. Owner", note: str = "known fault") -> Decision:
    """Return a go that was decided against the facts."""
    return decision(owner=owner[:100], note=note[:2000], facts=HOLD, override=True)


def page_of(made: Decision, *since: str) -> str:
    """Return the page of a decision, which follows the rules of all pages."""
    page = decision_page(Decided(made, since=since), STAGE1)
    check_rules(page)
    return page


def test_a_page_says_what_was_decided_and_by_which_facts() -> None:
    """The decision is the banner; facts, days and files are tables."""
    page = page_of(decision(note="all quiet\nfor weeks"))

    assert texts(page, "h1") == ["Stage 1 decision: go"]
    assert texts(page, ".banner.good strong") == ["Go"]
    assert texts(page, "main > p bdi")[1:3] == ["all quiet", "for weeks"]
    assert ["Verdict", "GO"] in rows(page, "As the trend said when the owner decided")
    assert len(rows(page, "Newest last")) == 14
    assert "OVERRIDE" not in page


@pytest.mark.parametrize(("choice", "tone"), [("extend", "watch"), ("no-go", "bad")])
def test_other_decisions_have_their_tone(choice: str, tone: str) -> None:
    """A decision not to go on does not look like one to go on."""
    assert len(parse(page_of(decision(decision=choice))).css(f".banner.{tone}")) == 1


def test_an_override_is_red_for_ever() -> None:
    """A go against the facts is red, and in the history of each later decision, too."""
    page = page_of(override())
    later = page_of(decision(history=(past_of(override(), "b" * 64),)))

    assert texts(page, ".banner.bad strong") == ["Go, OVERRIDE"]
    assert not parse(page).css(".banner.good")
    assert "the verdict was HOLD" in texts(page, ".banner.bad")[0]
    assert texts(later, "td strong.bad") == ["go, OVERRIDE"]


def test_what_changed_since_and_a_lost_history_are_banners() -> None:
    """Neither of them can be overlooked."""
    page = page_of(decision(history_lost=True), "stage1_trend.json")

    assert texts(page, ".banner strong") == ["Go", "Not complete", "Changed since"]
    assert not parse(page).css(".banner.good")


def test_a_decision_that_cannot_be_read_is_none() -> None:
    """The page does not look like a decision."""
    page = decision_page(Decided(None, "x is gone"), STAGE1)

    check_rules(page)
    assert texts(page, ".banner.bad") == ["None No decision can be relied on: x is gone."]


def test_calendar_and_trend_link_the_decision() -> None:
    """A reader of the verdict finds what was decided; without a decision nothing is said."""
    found = trend()
    for decided, said in (
        (None, ""),
        (Decided(override()), "Decision: go, OVERRIDE by A. Owner at 2025-12-20T08:00:00Z."),
        (Decided(None, "x"), "Decision: none that can be relied on."),
        (
            Decided(decision(), since=["x"]),
            "Decision: go by A. Owner at 2025-12-20T08:00:00Z; what it rests on has changed since.",
        ),
    ):
        verdicts = Verdicts(found, decided=decided)
        pages = [calendar_page([], verdicts, {}), trend_page(verdicts, {})]
        for page in pages:
            check_rules(page)
            assert [text for text in texts(page, "main > p") if "Decision" in text] == (
                [said] if said else []
            )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_page(text: str) -> None:
    """Owner and note are text, whatever they contain."""
    line = " ".join(text.split()) or "x"
    hostile = decision(
        owner=text[:100], note=line[:2000], history=(past_of(override(text, text), "b" * 64),)
    )
    plain = decision(note="x", history=(past_of(override(), "b" * 64),))

    assert shape(page_of(hostile)) == shape(page_of(plain))


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_text_changes_the_shape_of_a_page(text: str) -> None:
    """A text has no elements; a line of a note is a paragraph."""
    lines = "\n".join(["x"] * len(text.splitlines()))

    assert shape(decision_page(Decided(override(text, text)), STAGE1)) == shape(
        decision_page(Decided(override(note=lines or "\n")), STAGE1)
    )
