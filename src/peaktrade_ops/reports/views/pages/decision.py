"""The page of a decision: the sheet by which the owner made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.store.names import CALENDAR
from peaktrade_ops.reports.views.pages.parts import (
    VERDICT_TONES,
    Link,
    banner,
    decision_tone,
    document,
    rows,
    table,
    untrusted,
    wide,
)
from peaktrade_ops.reports.views.words import (
    CHOICES,
    HISTORY_LOST,
    OVERRIDE,
    changed_sentence,
    facts_in_words,
    numbers_of_row,
    override_sentence,
)
from peaktrade_ops.stage1.findings import reason_of
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.trend import days_of_rows
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.reports.views.pages.parts import Cell, Decided
    from peaktrade_ops.stage1.models import Decision, Facts, PastDecision
    from peaktrade_ops.stage1.stage import Stage

_WORD: Final = {"go": "Go", "extend": "Extend", "no-go": "No go"}


def decision_page(decided: Decided, stage: Stage) -> str:
    """Render the page of a decision.

    Args:
        decided: The decision, or the reason why there is none.
        stage: The stage.
    """
    decision = decided.decision
    if decision is None:
        title = f"{stage.name} decision: none"
        what = untrusted(f"No decision can be relied on: {decided.problem}.")
        main: list[h.Node] = [h.h1[title], banner("bad", "None", what)]
        sources = [Link(CALENDAR, "the reports folder")]
    else:
        title = f"{stage.name} decision: {decision.decision}"
        main = [h.h1[title], *_main(decision, decided.since)]
        sources = [Link(name, name) for name in (stage.decision_json, stage.decision_markdown)]
    return document(
        title, name=stage.decision_html, place=(), main=main, sources=sources, stage=stage
    )


def _main(decision: Decision, since: Sequence[str]) -> Iterator[h.Node]:
    facts, word = decision.facts, _WORD[decision.decision]
    yield banner(
        decision_tone(decision),
        f"{word}, {OVERRIDE}" if decision.override else word,
        f"{CHOICES[decision.decision]}.",
        h.p[untrusted(f"{_sentence(override_sentence(facts))}.")] if decision.override else None,
    )
    if decision.history_lost is True:
        yield banner("bad", "Not complete", f"{HISTORY_LOST}.")
    if since:
        yield banner("watch", "Changed since", untrusted(f"{changed_sentence(since)}."))
    yield h.p["Decided by ", untrusted(decision.owner), f" at {iso_utc(decision.decided_at_utc)}."]
    if decision.note:
        yield h.h2["Note"]
        # Its language is not known.
        yield from (h.p(lang="")[untrusted(line)] for line in decision.note.splitlines())
    yield h.h2["Facts"]
    yield from _facts(facts)
    yield h.h2["What it rests on"]
    yield wide(
        "What it rests on",
        table(
            "The files of the facts",
            ("File", "Bytes", "SHA-256"),
            ((untrusted(each.path), each.bytes, each.sha256) for each in decision.rests_on),
        ),
    )
    if decision.history:
        yield h.h2["Earlier decisions"]
        yield wide("Earlier decisions", _history(decision.history))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _facts(facts: Facts) -> Iterator[h.Node]:
    verdict: Cell = h.strong(class_=VERDICT_TONES[facts.verdict])[facts.verdict]
    yield table(
        "As the trend said when the owner decided",
        ("Fact", "Value"),
        (
            (name, verdict if name == "Verdict" else untrusted(value))
            for name, value in facts_in_words(facts)
        ),
    )
    if facts.findings:
        yield h.h2["What the verdict objects to"]
        yield h.ul[rows(*(h.li[untrusted(reason_of(each))] for each in facts.findings))]
    if facts.tolerated:
        yield h.h2["Let pass"]
        yield h.ul[rows(*(h.li[untrusted(reason_of(each))] for each in facts.tolerated))]
    metrics = shown_in(View.TREND)
    yield h.h2["The days"]
    yield wide(
        "The days",
        table(
            "Newest last",
            ("Day", "State", *(metric.column for metric in metrics)),
            (
                (
                    str(row.date),
                    ", ".join(day.statuses),
                    *numbers_of_row(row),
                )
                for row, day in zip(
                    facts.days, days_of_rows(facts.days, facts.findings), strict=True
                )
            ),
        ),
    )


def _history(history: Sequence[PastDecision]) -> h.Element:
    return table(
        "The oldest first",
        ("Decided at (UTC)", "Owner", "Decision", "Verdict", "Note", "SHA-256"),
        (
            (
                iso_utc(each.decided_at_utc),
                untrusted(each.owner),
                h.strong(class_="bad")[f"{each.decision}, {OVERRIDE}"]
                if each.override
                else each.decision,
                each.verdict,
                untrusted(each.note or "-"),
                each.sha256,
            )
            for each in history
        ),
    )
