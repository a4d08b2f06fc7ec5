"""The calendar: every day with its state and a link, the current verdict on top."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.reports.views.pages.calendar import calendar_page
from peaktrade_ops.reports.views.pages.marks import MARKS
from peaktrade_ops.reports.views.pages.parts import Verdicts
from peaktrade_ops.stage1.day import unreadable_day
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import END, days_until, quiet_day, quiet_days
from tests.support.html import check_rules, parse, text_of, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from peaktrade_ops.stage1.day import Day

pytestmark = pytest.mark.one_python

DAY = date(2025, 12, 20)
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
NO_TREND = Verdicts(None, "no trend has been made yet")
VERDICT = Verdicts(build_trend(quiet_days(DAY), window=window_until(END), config=Config()))


def page_of(days: Sequence[Day], verdicts: Verdicts = NO_TREND) -> str:
    """Render the calendar of days that all have pages."""
    reports = {f"{day.date}": f"{day.date}_snapshot.html" for day in days}
    return calendar_page(days, verdicts, reports)


def cells_of(page: str) -> dict[str, LexborNode]:
    """Return the cells of the days between the first and the last, by month and day."""
    return {
        f"{text_of(month.css_first('caption'))} {text_of(cell.css_first('b'))}": cell
        for month in parse(page).css("table.month")
        for cell in month.css("td")
        if cell.css_first("b") is not None
    }


ALL_STATES = {
    "critical actions": quiet_day(DAY - timedelta(days=13), critical_actions=1, danger=1),
    "legacy criticals": quiet_day(DAY - timedelta(days=12), legacy_critical=1, new_alerts=1),
    "not understood": quiet_day(DAY - timedelta(days=11), not_understood=1, danger=1),
    "danger": quiet_day(DAY - timedelta(days=10), danger=1, new_alerts=1),
    "lost": quiet_day(DAY - timedelta(days=9), lost=("alerts 2, now 1",), complete=False),
    "unlisted": quiet_day(DAY - timedelta(days=8), trust="unlisted"),
    "clean": quiet_day(DAY - timedelta(days=7)),
    "alerts": quiet_day(DAY - timedelta(days=6), new_alerts=2),
    "critical": quiet_day(DAY - timedelta(days=5), critical_alerts=1, complete=False),
    "parse errors": quiet_day(DAY - timedelta(days=4), parse_errors=1, new_alerts=1),
    "incomplete": quiet_day(DAY - timedelta(days=3), complete=False, parse_errors=1),
    "unreadable": unreadable_day(DAY - timedelta(days=2)),
    "empty": quiet_day(DAY, empty=True),
}


def test_every_state_has_its_mark_and_its_word() -> None:
    """A day has a visible mark and a word for screen readers; a day without a report is missing."""
    page = page_of(list(ALL_STATES.values()))
    cells = cells_of(page)

    check_rules(page)
    shown = {
        text_of(cell.css_first(".unseen")).split(":")[0].split(",")[0]: text_of(cell.css_first("i"))
        for cell in cells.values()
    }
    assert shown == MARKS
    missing = cells["December 2025 19"]
    assert missing.css_first("a") is None
    assert text_of(missing) == "19\N{EN DASH} missing"


def test_what_else_is_to_be_said_of_a_day_is_said() -> None:
    """All states and numbers of a day are in its tooltip and its text for screen readers."""
    cell = cells_of(page_of(list(ALL_STATES.values())))["December 2025 15"]

    told = "critical, incomplete: 1 critical alert"
    assert text_of(cell.css_first(".unseen")) == told
    [link] = cell.css("a")
    assert link.attributes["title"] == told
    assert link.attributes["href"] == "2025-12-15_snapshot.html"


@pytest.mark.parametrize(
    ("count", "mark", "told"),
    [
        ("not_understood", "¿", "not understood: 2 not understood events"),
        ("danger", "◆", "danger: 2 dangers"),
        ("critical_actions", "⊗", "critical actions: 2 critical actions"),
        ("legacy_critical", "⊘", "legacy criticals: 2 legacy criticals"),
    ],
)
def test_a_day_that_asks_for_attention_is_no_clean_day(count: str, mark: str, told: str) -> None:
    """A day with an event that a rule objects to has its mark and its number."""
    cell = cells_of(page_of([quiet_day(DAY, **{count: 2})]))["December 2025 20"]

    assert text_of(cell.css_first(".unseen")) == told
    assert text_of(cell.css_first("i")) == mark


def test_the_marks_are_explained_and_counted() -> None:
    """The key lists each state once, with the number of its days."""
    assert texts(page_of(list(ALL_STATES.values())), ".key li") == [
        f"{mark} {status} (1)" for status, mark in MARKS.items()
    ]


def test_the_verdict_stands_on_top() -> None:
    """The verdict is at the top, with its range and a link to its reasons."""
    page = page_of(quiet_days(DAY), VERDICT)

    check_rules(page)
    assert texts(page, "main > :nth-child(2).banner p") == [
        "GO every check passed; 14 days up to 2025-12-20",
        "All reasons and their days",
    ]
    assert texts(page, ".banner li") == ["all checks passed"]
    assert [n.attributes["href"] for n in parse(page).css(".banner a")] == ["stage1_trend.html"]


def test_the_first_reasons_say_what_to_do() -> None:
    """The banner has the first reasons with their hints, and says how many more there are."""
    days = [
        quiet_day(each.date, critical_alerts=1, danger=1, not_understood=1, parse_errors=1)
        for each in quiet_days(DAY)
    ]
    trend = build_trend(days, window=window_until(END), config=Config())
    page = page_of(days, Verdicts(trend))

    check_rules(page)
    findings = trend.rollups.findings or ()
    assert len(findings) == 4
    assert texts(page, ".banner li > bdi") == [finding.text for finding in findings[:3]]
    assert texts(page, ".banner .hint") == [
        finding.hint.partition("\n")[0] for finding in findings[:3]
    ]
    assert texts(page, ".banner a") == ["All reasons and their days (1 more)"]


def test_a_cell_shows_counts() -> None:
    """A cell shows how many events there are of each kind, in a few characters."""
    [cell] = cells_of(
        page_of(
            [
                quiet_day(
                    DAY,
                    critical_alerts=3,
                    danger=1,
                    not_understood=1234,
                    new_alerts=14,
                    parse_errors=99_999,
                    complete=False,
                )
            ]
        )
    ).values()

    assert [text_of(each) for each in cell.css("a > span[aria-hidden], a > i")] == [
        "✖3",
        "¿1.2k",
        "◆1",
        "◐",
        "¶99k",
        "▲14",
    ]
    assert "1,234 not understood events" in text_of(cell.css_first(".unseen"))


def test_a_verdict_that_is_out_of_date_says_so() -> None:
    """A verdict that is out of date says so directly below it."""
    page = page_of(quiet_days(DAY), msgspec.structs.replace(VERDICT, since=["2025-12-20"]))

    assert texts(page, ".banner strong") == ["Out of date", "Out of date"]


def test_without_a_trend_there_is_no_verdict() -> None:
    """A calendar without a trend shows no verdict and says to treat it as HOLD."""
    told, what_to_do = texts(page_of(quiet_days(DAY)), ".banner p")

    assert told == "No verdict Treat it as HOLD: no trend has been made yet."
    assert what_to_do.startswith("What to do: run stage1-run,")


def test_the_latest_report_is_told() -> None:
    """The calendar names its latest report and the range of its reports."""
    [latest, *_] = texts(page_of(list(ALL_STATES.values())), "main > p")

    assert latest == "Latest report: 2025-12-20 (empty). 13 reports from 2025-12-07 to 2025-12-20."


def test_an_empty_folder_has_a_calendar() -> None:
    """An empty folder has a calendar without days and without a verdict."""
    page = page_of([])

    check_rules(page)
    assert "There is no report yet." in texts(page, "main p")
    assert not parse(page).css("table")


def test_months_run_from_the_newest() -> None:
    """The months are listed from the newest to the oldest."""
    days = [quiet_day(day) for day in days_until(date(2026, 2, 3), 70)]

    assert texts(page_of(days), "caption") == [
        "February 2026",
        "January 2026",
        "December 2025",
        "November 2025",
    ]


def test_a_long_time_without_reports_is_folded() -> None:
    """A long time without reports is folded into one line."""
    days = [quiet_day(date(1970, 1, 2)), quiet_day(date(2025, 9, 1)), quiet_day(DAY)]
    page = page_of(days)

    assert texts(page, "caption") == ["December 2025", "September 2025", "January 1970"]
    assert texts(page, ".months > p") == [
        "October 2025 to November 2025: no report",
        "February 1970 to August 2025: no report",
    ]
    assert "missing (20,439)" in " ".join(texts(page, ".key li"))


def test_one_month_without_reports_is_named() -> None:
    """A single month without reports is named without a range."""
    page = page_of([quiet_day(date(2025, 10, 31)), quiet_day(date(2025, 12, 1))])

    assert texts(page, ".months > p") == ["November 2025: no report"]


@pytest.mark.parametrize(
    ("day", "weeks", "weekday"),
    [
        (date(2024, 2, 29), 5, 3),
        (date(2021, 2, 1), 4, 0),
        (date(1970, 1, 2), 5, 4),
        (date(9999, 12, 31), 5, 4),
        (date(2025, 6, 30), 6, 0),
    ],
    ids=str,
)
def test_days_stand_under_their_weekdays(day: date, weeks: int, weekday: int) -> None:
    """Days are in the column of their weekday in every kind of month."""
    page = page_of([quiet_day(day) if day.year < 9999 else unreadable_day(day)])
    [month] = parse(page).css("table.month")

    assert [text_of(head) for head in month.css("th")] == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
    ]
    body = month.css("tbody tr")
    assert len(body) == weeks
    [place] = [
        i for row in body for i, cell in enumerate(row.css("td")) if cell.css_first("b") is not None
    ]
    assert place == weekday


def test_a_year_is_a_small_page() -> None:
    """The page of a leap year, with a state for every day, is small."""
    days = [
        quiet_day(day, critical_alerts=9_999_999, new_alerts=9_999_999, parse_errors=9_999_999)
        for day in days_until(date(2024, 12, 31), 366)
    ]
    page = page_of(days, VERDICT)

    check_rules(page)
    assert len(page.encode()) < 500_000
    assert len(parse(page).css("table.month")) == 12
    assert len(cells_of(page)) == 366
