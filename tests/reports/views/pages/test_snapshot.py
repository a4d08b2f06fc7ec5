"""Tests of `peaktrade_ops.reports.views.pages.snapshot`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.parts import Link
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.stage1.models import Hour, NamedCount, Summary, Top, Understanding
from peaktrade_ops.text import printable
from tests.support.artifacts import coverage, metrics, named_everywhere, old_summary, summary
from tests.support.html import check_rules, parse, rows, shape, text_of, texts

pytestmark = pytest.mark.one_python

DAY = date(2025, 12, 20)
END = datetime(2025, 12, 20, 8, tzinfo=UTC)
NAMES = [
    "New alerts",
    "Critical alerts",
    "Parse errors",
    "Operator actions",
    "Legacy hits, all ages",
    "Dangers",
    "Not understood",
    "Critical actions",
    "Legacy criticals",
]


def earlier(days: int, **numbers: int) -> Summary:
    """Return the summary of a number of days before the day."""
    return summary(END - timedelta(days=days), metrics=metrics(**numbers))


def number(page: str, name: str) -> list[str]:
    """Return the texts of a metric: the number, yesterday's number and the mean."""
    [found] = [
        node for node in parse(page).css(".numbers > div") if text_of(node.css_first("dt")) == name
    ]
    return [text_of(node) for node in found.css("dd")]


def test_a_page_keeps_the_rules() -> None:
    """A page with every optional part, and one with none, follow the rules of all pages."""
    full = named_everywhere("x")
    old = msgspec.convert(old_summary(), Summary, strict=False)
    links = Neighbours([earlier(1)], Link("2025-12-19_snapshot.html", "2025-12-19"), None)
    for page in (
        snapshot_page(full, links),
        snapshot_page(old, Neighbours()),
        snapshot_page(summary(), Neighbours()),
    ):
        check_rules(page)


def test_the_numbers_are_large() -> None:
    """Each number has its label and thousands separators."""
    page = snapshot_page(
        summary(
            metrics=metrics(
                new_alerts=1,
                critical_alerts=2,
                parse_errors=3,
                operator_actions=4,
                legacy_alerts=5_678_901,
            ),
            understanding=Understanding(
                danger=6,
                unknown_severity=1,
                unread_severity=2,
                untimed_serious=3,
                ahead_serious=1_000,
                critical_actions=8,
                legacy_critical=9,
            ),
        ),
        Neighbours(),
    )

    assert texts(page, ".numbers dt") == NAMES
    assert texts(page, ".numbers .big") == [
        *("1", "2", "3", "4", "5,678,901"),
        *("6", "1,006", "8", "9"),
    ]


@pytest.mark.parametrize(
    ("before", "yesterday", "mean"),
    [
        ([], "yesterday: no summary", "7-day mean 4.00"),
        ([earlier(1, new_alerts=1)], "yesterday 1", "7-day mean 2.50"),
        ([earlier(2, new_alerts=1)], "yesterday: no summary", "7-day mean 2.50"),
        (
            [summary(END - timedelta(days=1), coverage=coverage(in_window=0))],
            "yesterday: no events",
            "7-day mean 4.00",
        ),
        (
            [
                summary(
                    END - timedelta(days=1),
                    metrics=metrics(new_alerts=7),
                    coverage=coverage(complete=False),
                )
            ],
            "yesterday 7 (incomplete)",
            "7-day mean 5.50",
        ),
        (
            [earlier(back, new_alerts=1) for back in range(6, 0, -1)],
            "yesterday 1",
            "7-day mean 1.43",
        ),
    ],
    ids=["alone", "yesterday", "the day before", "empty", "incomplete", "a week"],
)
def test_a_number_is_compared(before: list[Summary], yesterday: str, mean: str) -> None:
    """A metric has yesterday's number, and the mean of the days with events."""
    page = snapshot_page(summary(metrics=metrics(new_alerts=4)), Neighbours(before))

    assert number(page, "New alerts") == ["4", yesterday, mean]


def test_a_week_without_events_has_no_mean() -> None:
    """The page has no mean of zero."""
    page = snapshot_page(summary(coverage=coverage(in_window=0)), Neighbours())

    assert number(page, "Parse errors") == ["0", "yesterday: no summary", "7-day mean: no data"]


QUIET = (
    "Clean nothing asks for attention: no critical event, danger or alert in the window, and"
    " nothing of it rejected, left out or not understood"
)
QUIET_SO_FAR = (
    "Clean nothing asks for attention in what this report knows; an earlier version made it, which"
    " did not record everything"
)


@pytest.mark.parametrize(
    ("changes", "banner"),
    [
        ({}, QUIET),
        ({"coverage": None, "understanding": None}, QUIET_SO_FAR),
        ({"understanding": Understanding(danger=1)}, "Danger"),
        ({"remade": True}, "Attention"),
        ({"metrics": metrics(new_alerts=1)}, "Alerts"),
        ({"metrics": metrics(critical_alerts=1, new_alerts=1)}, "Critical also: alerts"),
        ({"coverage": coverage(untimed=1, untimed_critical=1)}, "Not understood"),
        ({"coverage": coverage(complete=False)}, "Incomplete"),
        ({"coverage": coverage(in_window=0)}, "Empty"),
        ({"metrics": metrics(parse_errors=2)}, "Parse errors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_state_comes_first(changes: dict[str, Any], banner: str) -> None:
    """The first element of the page names the state in words."""
    page = snapshot_page(summary(**changes), Neighbours())

    assert texts(page, "main > :nth-child(3).banner p") == [banner]


def test_notes_stand_with_the_state() -> None:
    """The banner of the state contains the notes."""
    page = snapshot_page(summary(notes=("First.", "Second.")), Neighbours())

    assert texts(page, ".banner li") == ["First.", "Second."]


def test_hours_are_charts_and_a_table() -> None:
    """The caption has the sum and the peak, and the table has every number."""
    start = END - timedelta(hours=24)
    hourly = tuple(Hour(start + timedelta(hours=i), i, i // 23) for i in range(24))
    page = snapshot_page(summary(hourly=hourly), Neighbours())

    assert [node.attributes["aria-label"] for node in parse(page).css("svg")] == [
        "Events by hour of the window: 276 in total, most (23) at 07:00",
        "Alerts by hour of the window: 1 in total, most (1) at 07:00",
    ]
    table = rows(page, "Events and alerts by hour")
    assert len(table) == 24
    assert table[0] == ["12-19 08:00", "0", "0"]
    assert table[-1] == ["12-20 07:00", "23", "1"]


def test_hours_that_are_not_apart_are_drawn_all_the_same() -> None:
    """A file of another program may have the same hour twice."""
    hourly = tuple(Hour(END, 1, 0) for _ in range(24))

    assert len(parse(snapshot_page(summary(hourly=hourly), Neighbours())).css("svg")) == 2


def test_tops_are_bars() -> None:
    """A bar is as long as its share of the largest count; an empty list has a sentence."""
    counts = (NamedCount("a", 8), NamedCount("b", 4), NamedCount("c", 0))
    page = snapshot_page(summary(top=Top(counts, counts, ())), Neighbours())

    assert [row[:2] for row in rows(page, "Severities")] == [["a", "8"], ["b", "4"], ["c", "0"]]
    shares = [node.attributes["style"] for node in parse(page).css(".bar")]
    assert shares[:3] == ["--share: 100%", "--share: 50%", "--share: 0%"]

    many = (NamedCount("a", 1_000_000), NamedCount("b", 1))
    page = snapshot_page(summary(top=Top(many, (), ())), Neighbours())
    assert parse(page).css(".bar")[1].attributes["style"] == "--share: 1%"

    assert "None: no event lies in the window." in texts(page, ".tops p")


def test_a_quiet_day_has_no_headings_for_attention() -> None:
    """A quiet day goes on with its numbers."""
    assert texts(snapshot_page(summary(), Neighbours()), "h2")[0] == "The numbers of the day"


def test_the_hours_fold_away() -> None:
    """The table of hours is inside an element that is closed at first."""
    tree = parse(snapshot_page(summary(), Neighbours()))

    [fold] = [each for each in tree.css("details") if "24 hours" in text_of(each)]
    assert "open" not in fold.attributes
    assert text_of(fold.css_first("caption")) == "Events and alerts by hour"


def test_a_number_that_is_not_known_is_no_zero() -> None:
    """A report of an earlier version, also that of yesterday, does not know every number."""
    before = [summary(END - timedelta(days=1), understanding=None)]

    page = snapshot_page(summary(understanding=None), Neighbours(before))
    known = snapshot_page(summary(), Neighbours(before))

    assert number(page, "Dangers") == ["not known", "yesterday: not known", "7-day mean: no data"]
    assert number(known, "Dangers") == ["0", "yesterday: not known", "7-day mean 0.00"]


def test_a_report_of_the_earlier_scripts_has_a_page() -> None:
    """The page has the numbers and notes of the file, and no statement on coverage."""
    page = snapshot_page(msgspec.convert(old_summary(), Summary, strict=False), Neighbours())

    assert texts(page, ".numbers .big") == ["2", "0", "0", "1", "3"]
    assert texts(page, ".banner li") == ["a note"]
    assert texts(page, "main > p")[0] == "Reported at 2025-12-20T08:00:00.123456Z"
    assert "Complete" not in page
    assert not parse(page).css("svg")


def test_neighbours_and_sources_are_linked() -> None:
    """The page links to both neighbours, the trend, the calendar and its source files."""
    neighbours = Neighbours(
        (),
        Link("2025-12-18_snapshot.html", "2025-12-18"),
        Link("2025-12-22_snapshot.md", "2025-12-22"),
    )
    links = {
        text_of(node): node.attributes["href"]
        for node in parse(snapshot_page(summary(), neighbours)).css("a")
    }

    assert links == {
        "Skip to the content": "#main",
        "Calendar": "index.html",
        "Trend": "stage1_trend.html",
        "Previous day, 2025-12-18": "2025-12-18_snapshot.html",
        "Next day, 2025-12-22": "2025-12-22_snapshot.md",
        "2025-12-20_summary.json": "2025-12-20_summary.json",
        "2025-12-20_snapshot.md": "2025-12-20_snapshot.md",
    }


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</table></main><h1>GO</h1>",
        "javascript:alert(1)",
        '" onload="x" \'',
        "&lt;b&gt; &amp; &#x3c;",
        "\u202eevil\u2066\x00\x1b[31m",
        "x" * 10_000,
        "\U0001f680\u05d0\u05d1",
    ]
)


HARMLESS_SHAPE = shape(snapshot_page(named_everywhere("x"), Neighbours()))


@given(HOSTILE)
def test_text_of_telemetry_stays_text(text: str) -> None:
    """Text is shown literally, with control characters escaped, and adds no element."""
    page = snapshot_page(named_everywhere(text), Neighbours())

    assert shape(page) == HARMLESS_SHAPE
    shown = [node.text() for node in parse(page).css("bdi")]
    # Line ends and control characters are escaped, so the parser cannot change them.
    assert shown.count(printable(text)) >= 10
    assert f"Note {printable(text)}" in shown


def test_the_same_summary_gives_the_same_bytes() -> None:
    """A page depends only on its model."""
    assert snapshot_page(summary(), Neighbours()) == snapshot_page(summary(), Neighbours())
