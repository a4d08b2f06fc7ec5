"""What asks for attention on the page of a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from peaktrade_ops.reports.views.pages.evidence import OPEN_ROWS
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.stage1.models import Evidence, NamedCount, Understanding
from tests.support.artifacts import END, metrics, named_everywhere, seen, summary
from tests.support.html import check_rules, parse, rows, text_of, texts

pytestmark = pytest.mark.one_python

# Other pages link to these anchors.
ANCHORS = ["critical", "danger", "alerts", "not-understood", "actions", "rejected", "left-out"]


def page_of(**changes: Any) -> str:  # noqa: ANN401 (the fields have their own types)
    """Return the page of a day with changes, which follows the rules of all pages."""
    page = snapshot_page(summary(**changes), Neighbours())
    check_rules(page)
    return page


def test_the_page_begins_with_an_overview_of_all_concerns() -> None:
    """The first heading is followed by a link to each concern, with its number."""
    page = snapshot_page(named_everywhere("x"), Neighbours())
    tree = parse(page)

    assert texts(page, "h2")[0] == "What asks for attention"
    links = tree.css(".asks a")
    assert [text_of(link) for link in links] == [
        "1 Critical alerts",
        "1 Dangers",
        "1 New alerts",
        "4 Not understood",
        "1 Critical operator actions",
        "1 Criticals of legacy sources",
        "1 Rejected records",
        "1 Left out, not read or cut off",
        "1 Lost since the report was made",
    ]
    found = [str(link.attributes["href"])[1:] for link in links]
    assert [name for name in found if name in ANCHORS] == ANCHORS
    for link, name in zip(links, found, strict=True):
        assert text_of(tree.css_first(f"#{name} h3")) == text_of(link)


def test_an_event_says_where_it_is() -> None:
    """A row has time, severity, type, rule and text of an event, and its file and line."""
    page = page_of(
        metrics=metrics(critical_alerts=2),
        evidence=Evidence(
            critical=(
                seen(time=END - timedelta(hours=10, microseconds=1), path="a/b.jsonl", line=1234),
                seen(type=None, rule=None, text=None),
            )
        ),
    )

    assert rows(page, "2 events") == [
        ["12-19 21:59:59", "critical", "order_rejected", "R1", "no margin left", "a/b.jsonl:1234"],
        ["12-20 07:00:00", "critical", "-", "-", "-", "telemetry/a.jsonl:1"],
    ]
    time = parse(page).css_first("time")
    assert time is not None
    assert time.attributes["datetime"] == "2025-12-19T21:59:59.999999Z"


def test_an_event_without_a_time_is_shown() -> None:
    """A serious event without a time is not understood."""
    page = page_of(
        understanding=Understanding(untimed_serious=1),
        evidence=Evidence(not_understood=(seen(time=None),)),
    )

    assert rows(page, "1 event")[0][:2] == ["no time", "critical"]


def test_later_events_fold_away_and_the_rest_is_counted() -> None:
    """A long list shows its beginning, the rest on demand, and how many more there are."""
    events = tuple(seen(line=i + 1) for i in range(20))
    page = page_of(metrics=metrics(critical_alerts=23), evidence=Evidence(critical=events))

    assert len(rows(page, "The first 20 of 23")) == OPEN_ROWS
    [fold] = parse(page).css("#critical details")
    assert "open" not in fold.attributes
    assert text_of(fold.css_first("summary")) == "15 more of them"
    assert len(rows(page, "Critical alerts, continued")) == 15


def test_a_few_more_events_are_worth_no_click() -> None:
    """A list that is hardly longer than its beginning is shown whole."""
    events = tuple(seen(line=i + 1) for i in range(OPEN_ROWS + 2))
    page = page_of(metrics=metrics(critical_alerts=len(events)), evidence=Evidence(critical=events))

    assert len(rows(page, "7 events")) == 7
    assert not parse(page).css("#critical details")


def test_what_was_not_understood_is_named() -> None:
    """The section has the counts, the unknown values and the keys that are not read."""
    page = page_of(
        understanding=Understanding(
            unknown_severity=1_000,
            ahead_serious=1,
            unknown_values=(NamedCount("60", 999), NamedCount("risk", 1)),
            unread_keys=(NamedCount("priority", 3),),
        ),
        evidence=Evidence(),
    )

    assert texts(page, "#not-understood li") == [
        "1,000 of unknown severity",
        "1 serious, but more than 24 hours ahead of the clock",
    ]
    assert rows(page, "Severities that are not understood") == [["60", "999"], ["risk", "1"]]
    assert rows(page, "Where a severity stands that is not read") == [["priority", "3"]]
    assert "None of them is among the first events" in texts(page, "#not-understood p")[-1]


@pytest.mark.parametrize("criticals", [0, 1])
def test_operator_actions_have_an_anchor(criticals: int) -> None:
    """Critical actions ask for attention; all actions are listed below, whether or not."""
    actions = (seen(type="alert_ack", severity="info"), seen(type="alert_ack"))
    page = page_of(
        metrics=metrics(operator_actions=21),
        understanding=Understanding(critical_actions=criticals),
        evidence=Evidence(actions=actions),
    )

    assert [row[1] for row in rows(page, "The first 2 of 21")] == ["info", "critical"]
    tree = parse(page)
    if criticals:
        assert text_of(tree.css_first("#actions h3")) == "1 Critical operator actions"
        assert [row[1] for row in rows(page, "1 event")] == ["critical"]
    else:
        assert text_of(tree.css_first("#actions h2")) == "Operator actions"


def test_a_report_without_evidence_keeps_its_anchors() -> None:
    """A report of an earlier version has the section, and says why it lists no event."""
    page = page_of(metrics=metrics(critical_alerts=1), understanding=None, coverage=None)

    assert texts(page, "#critical p")[-1].startswith("This report does not list them")
    assert not parse(page).css("#critical table")
