"""The decision of an owner as Markdown: the sheet by which it was made, with its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.reports.views.escape import markdown_text
from peaktrade_ops.reports.views.markdown import document, table
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
from peaktrade_ops.stage1.stage import PROJECT, STAGE1, Stage
from peaktrade_ops.stage1.trend import days_of_rows
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.models import Decision, Facts, PastDecision


def decision_markdown(
    decision: Decision, changed: Sequence[str] = (), stage: Stage = STAGE1
) -> str:
    """Render a decision.

    Args:
        decision: The decision.
        changed: The names of the files that it rests on and that differ now.
        stage: The stage.
    """
    return document(_sheet(decision, changed, stage))


def no_decision_markdown(problem: str, stage: Stage = STAGE1) -> str:
    """Render the sheet for a decision that cannot be read or trusted."""
    return document(
        (
            f"# {PROJECT}: {stage.name} decision, none",
            "",
            f"No decision can be relied on: {markdown_text(problem)}.",
        )
    )


def _sheet(decision: Decision, changed: Sequence[str], stage: Stage) -> Iterator[str]:
    yield f"# {PROJECT}: {stage.name} decision, {decision.decision}"
    yield ""
    yield f"Decision: **{decision.decision}** ({CHOICES[decision.decision]})"
    yield ""
    if decision.override:
        yield f"- **{OVERRIDE}**: {markdown_text(override_sentence(decision.facts))}"
    if decision.history_lost is True:
        yield f"- **NOT COMPLETE**: {HISTORY_LOST}"
    if changed:
        yield f"- Changed since: {markdown_text(changed_sentence(changed))}"
    yield f"- Owner: {markdown_text(decision.owner)}"
    yield f"- Decided at (UTC): {iso_utc(decision.decided_at_utc)}"
    # Each line of a note is an item, so that none can begin a heading or a list.
    yield from (f"- Note: {markdown_text(line)}" for line in (decision.note or "").splitlines())
    yield from _facts(decision.facts)
    yield from ("", "## What it rests on", "")
    yield from table(
        ("File", "Bytes", "SHA-256"),
        ((entry.path, entry.bytes, entry.sha256) for entry in decision.rests_on),
    )
    if decision.history:
        yield from ("", "## Earlier decisions", "")
        yield from _history(decision.history)


def _facts(facts: Facts) -> Iterator[str]:
    yield from ("", "## Facts", "")
    yield from table(("Fact", "Value"), facts_in_words(facts))
    if facts.findings:
        yield from ("", "## What the verdict objects to", "")
        yield from (f"- {markdown_text(reason_of(finding))}" for finding in facts.findings)
    if facts.tolerated:
        yield from ("", "## Let pass", "")
        yield from (f"- {markdown_text(reason_of(each))}" for each in facts.tolerated)
    yield from ("", "## Days", "")
    metrics = shown_in(View.TREND)
    yield from table(
        ("Day", "State", *(metric.column for metric in metrics)),
        (
            (
                str(row.date),
                ", ".join(day.statuses),
                *numbers_of_row(row),
            )
            for row, day in zip(facts.days, days_of_rows(facts.days, facts.findings), strict=True)
        ),
    )


def _history(history: Sequence[PastDecision]) -> Iterator[str]:
    yield from table(
        ("Decided at (UTC)", "Owner", "Decision", "Verdict", "Note", "SHA-256"),
        (
            (
                iso_utc(each.decided_at_utc),
                each.owner,
                f"{each.decision}, {OVERRIDE}" if each.override else each.decision,
                each.verdict,
                each.note or "-",
                each.sha256,
            )
            for each in history
        ),
    )
