"""What asks for attention on a day."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from peaktrade_ops.reports.views.attention import (
    concerns_of,
    harmful,
    listing_caption,
    numbers_of,
    quiet_sentence,
    unlisted_sentence,
)
from peaktrade_ops.stage1.models import (
    Evidence,
    LeftOut,
    NamedCount,
    Summary,
    Top,
    Understanding,
)
from tests.support.artifacts import coverage, metrics, old_summary, seen, summary

pytestmark = pytest.mark.one_python

CRITICAL_TOP = Top((NamedCount("critical", 1),), (), ())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"metrics": metrics(critical_alerts=2)}, {"critical": 2}),
        ({"metrics": metrics(new_alerts=3)}, {"alerts": 3}),
        ({"metrics": metrics(operator_actions=4, legacy_alerts=5)}, {}),
        ({"metrics": metrics(parse_errors=6)}, {"rejected": 6}),
        ({"understanding": Understanding(danger=1)}, {"danger": 1}),
        ({"understanding": Understanding(critical_actions=1)}, {"actions": 1}),
        ({"understanding": Understanding(legacy_critical=1)}, {"legacy-critical": 1}),
        ({"understanding": Understanding(unpacked=1)}, {}),
        (
            {"understanding": Understanding(1, 20, 300, ahead_serious=4_000)},
            {"not-understood": 4_321},
        ),
        ({"coverage": coverage(untimed_critical=2)}, {"not-understood": 2}),
        (
            {"coverage": coverage(left_out=(LeftOut("a", "cut off", "incomplete"),))},
            {"left-out": 1},
        ),
        ({"coverage": coverage(left_out=(LeftOut("a", "ignored", "complete"),))}, {}),
        ({"coverage": coverage(complete=False)}, {"left-out": 1}),
        ({"coverage": coverage(in_window=0)}, {"empty": 1}),
        ({"lost": ("critical 1, now 0", "folder a")}, {"lost": 2}),
        ({"lost": ("critical 1, now 0",), "aged": True}, {}),
        ({"top": CRITICAL_TOP}, {"contradiction": 1}),
        ({"remade": True}, {"remade": 1}),
        ({"understanding": None}, {"not-known": 1}),
        ({"understanding": None, "coverage": None}, {}),
    ],
    ids=str,
)
def test_what_objects_asks_for_attention(changes: dict[str, Any], expected: dict[str, int]) -> None:
    """Each number that a rule of the verdict may object to is a concern, and nothing else."""
    found = concerns_of(summary(**changes))

    assert {concern.name: concern.count for concern in found} == expected


def test_the_most_severe_comes_first() -> None:
    """Criticals and dangers come before alerts and rejected records."""
    found = concerns_of(
        summary(
            metrics=metrics(critical_alerts=1, new_alerts=1, parse_errors=1),
            understanding=Understanding(danger=1),
        )
    )

    assert [concern.name for concern in found] == ["critical", "danger", "alerts", "rejected"]


def test_only_critical_actions_are_evidence_of_critical_actions() -> None:
    """The evidence has all operator actions; a concern shows the critical ones."""
    ack = seen(severity="info", type="ack")
    [concern] = concerns_of(
        summary(
            understanding=Understanding(critical_actions=1),
            evidence=Evidence(actions=(ack, seen())),
        )
    )

    assert concern.seen == [seen()]


@pytest.mark.parametrize(
    ("count", "events", "caption"),
    [(1, 1, "1 event"), (2, 2, "2 events"), (3, 2, "The first 2 of 3"), (1, 2, "2 events")],
)
def test_a_caption_says_how_many_more_there_are(count: int, events: int, caption: str) -> None:
    """A list that is not whole says so."""
    [concern] = concerns_of(
        summary(
            metrics=metrics(critical_alerts=count),
            evidence=Evidence(critical=tuple(seen(line=i + 1) for i in range(events))),
        )
    )

    assert listing_caption(concern) == caption
    assert unlisted_sentence(concern) == ""


@pytest.mark.parametrize(
    ("evidence", "start"),
    [(None, "This report does not list them"), (Evidence(), "None of them is among")],
)
def test_a_concern_without_events_says_why(evidence: Evidence | None, start: str) -> None:
    """A report without evidence is told from evidence that does not reach so far."""
    [concern] = concerns_of(summary(metrics=metrics(critical_alerts=1), evidence=evidence))

    assert unlisted_sentence(concern).startswith(start)


def test_a_concern_that_is_never_listed_needs_no_excuse() -> None:
    """No report lists critical events of legacy sources."""
    [concern] = concerns_of(summary(understanding=Understanding(legacy_critical=1)))

    assert unlisted_sentence(concern) == ""


@pytest.mark.parametrize(
    ("effect", "complete", "harms"),
    [
        ("incomplete", False, True),
        ("complete", False, False),
        (msgspec.UNSET, False, True),
        (msgspec.UNSET, True, False),
    ],
)
def test_a_path_without_an_effect_may_harm(
    effect: Literal["complete", "incomplete"] | msgspec.UnsetType, *, complete: bool, harms: bool
) -> None:
    """Version 0.1.0 wrote no effect; then any path of an incomplete day may be the reason."""
    item = LeftOut("a", "cut off", effect)

    assert harmful(coverage(complete=complete, left_out=(item,))) == [item] * harms


def test_the_numbers_of_an_earlier_version_are_not_known() -> None:
    """A number that was not counted is not zero."""
    assert [number.value for number in numbers_of(summary())] == [0, 0, 0, 0]
    assert {number.value for number in numbers_of(summary(understanding=None))} == {None}


def test_only_a_report_that_knows_all_says_that_all_is_quiet() -> None:
    """A report of an earlier version only speaks for what it knows."""
    old = msgspec.convert(old_summary(), Summary, strict=False)

    assert quiet_sentence(summary()).startswith("nothing asks for attention: no critical event")
    assert "in what this report knows" in quiet_sentence(old)
