"""The page of the trend: the verdict first, and no bad day that looks like a good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.config import Config
from peaktrade_ops.reports.views.pages.parts import Verdicts
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.stage1.day import missing_day, unreadable_day
from peaktrade_ops.stage1.models import Finding, Trend
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.text import printable
from peaktrade_ops.window import window_until
from tests.support.artifacts import days_until, end_of, quiet_day, quiet_days
from tests.support.html import check_rules, parse, rows, shape, text_of, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.day import Day

DAY = date(2025, 12, 20)
DAYS = "Newest last, - for no data"
REPORTS = {f"{day}": f"{day}_snapshot.html" for day in days_until(DAY, 14)}


def trend_of(days: Sequence[Day]) -> Trend:
    """Build the trend of days."""
    return build_trend(days, window=window_until(end_of(days[-1].date)), config=Config())


def page_of(days: Sequence[Day], reports: dict[str, str] = REPORTS) -> str:
    """Render the trend of days."""
    return trend_page(Verdicts(trend_of(days)), reports)


def with_days(*others: Day) -> list[Day]:
    """Make two quiet weeks, but for some days."""
    by_date = {day.date: day for day in (*quiet_days(DAY), *others)}
    return [by_date[day] for day in days_until(DAY, 14)]


def day(back: int) -> date:
    """Return the day so many days before the last."""
    return DAY - timedelta(days=back)


MIXED = with_days(
    quiet_day(day(9), new_alerts=3),
    quiet_day(day(7), critical_alerts=1),
    missing_day(day(5)),
    unreadable_day(day(4)),
    quiet_day(day(3), empty=True),
    quiet_day(day(2), complete=False, new_alerts=4),
)


@pytest.mark.parametrize(
    ("days", "verdict", "meaning"),
    [
        (quiet_days(DAY), "GO", "GO every check passed"),
        (
            with_days(missing_day(DAY)),
            "HOLD",
            "HOLD do not go on before each reason is understood",
        ),
        (MIXED, "NO_GO", "NO_GO do not go on"),
    ],
    ids=["GO", "HOLD", "NO_GO"],
)
def test_the_verdict_comes_first(days: Sequence[Day], verdict: str, meaning: str) -> None:
    """The verdict is in the title, in the heading and in the banner below it, in words."""
    page = page_of(days)

    check_rules(page)
    assert texts(page, "title") == [f"Stage 1 trend: {verdict}"]
    assert texts(page, "main > :first-child") == [f"Stage 1 trend: {verdict}"]
    assert texts(page, "main > :nth-child(2).banner > p") == [meaning]


def test_the_three_verdicts_differ_without_colour() -> None:
    """Each verdict has its own frame, and its page does not contain the other verdicts."""
    kinds = {}
    for days in (quiet_days(DAY), with_days(missing_day(DAY)), MIXED):
        page = page_of(days)
        kinds[texts(page, "strong")[0]] = parse(page).css(".banner")[0].attributes["class"]

    assert kinds == {"GO": "banner good", "HOLD": "banner watch", "NO_GO": "banner bad"}


def test_every_reason_links_to_its_days() -> None:
    """A reason links to the pages of its days, or to their rows in the table."""
    trend = trend_of(MIXED)
    reports = {name: page for name, page in REPORTS.items() if name != f"{day(5)}"}
    page = trend_page(Verdicts(trend), reports)

    items = parse(page).css(".banner li")
    findings = trend.rollups.findings or ()
    assert [text_of(item) for item in items] == [
        " ".join((reason + finding.hint.replace("\n", "", 1)).split())
        for reason, finding in zip(trend.rollups.reasons, findings, strict=True)
    ]
    links = {text_of(link): link.attributes["href"] for item in items for link in item.css("a")}
    assert links[f"{day(7)}"] == f"{day(7)}_snapshot.html"
    assert links[f"{day(5)}"] == f"#day-{day(5)}"
    assert parse(page).css_first(f"#day-{day(5)}") is not None
    assert all(len(item.css("a")) for item in items)


def test_days_without_data_show_no_numbers() -> None:
    """Missing, unreadable and empty days show no numbers, whatever their stored numbers."""
    table = {row[0]: row[1:] for row in rows(page_of(MIXED), DAYS)}

    assert table[f"{day(5)}"] == ["missing", "-", "-", "0.50", "-", "-"]
    assert table[f"{day(4)}"][:2] == ["unreadable", "-"]
    assert table[f"{day(3)}"][:2] == ["empty", "-"]
    assert table[f"{day(2)}"] == ["incomplete, alerts", "0", "4", "1.00", "0", "0"]
    assert table[f"{day(9)}"] == ["alerts", "0", "3", "0.60", "0", "0"]
    assert len(table) == 14


def test_a_number_is_shown_whatever_the_state() -> None:
    """A day that contradicts itself shows its critical alerts."""
    page = page_of(with_days(quiet_day(day(3), empty=True, critical_alerts=2)))

    assert rows(page, DAYS)[-4] == [f"{day(3)}", "critical, empty", "2", "-", "0.00", "-", "-"]
    new, critical, *_ = parse(page).css("figure")
    assert "2 critical alerts in 14 days with data" in text_of(critical)
    assert (len(new.css("circle")), len(critical.css("circle"))) == (13, 14)


def test_a_missing_day_of_the_earlier_scripts_is_no_zero() -> None:
    """A missing day of the earlier scripts, which have no states, is not shown as zero."""
    trend = trend_of(quiet_days(DAY))
    first = msgspec.structs.replace(trend.series[0], missing=True)
    page = trend_page(
        Verdicts(msgspec.structs.replace(trend, series=(first, *trend.series[1:]))), {}
    )

    assert rows(page, DAYS)[0] == [f"{day(13)}", "missing", "-", "-", "0.00", "-", "-"]
    assert len(parse(page).css("figure")[0].css("circle")) == 13


def test_charts_have_gaps_and_words() -> None:
    """There is a chart for each number, with days without data shaded and counted."""
    page = page_of(MIXED)
    charts = parse(page).css("figure")

    assert [text_of(chart.css_first("h3")) for chart in charts] == [
        "New alerts",
        "Critical alerts",
        "Parse errors",
        "Operator actions",
    ]
    for chart in charts:
        assert len(chart.css("circle")) == 11
        assert len(chart.css(".gaps rect")) == 1
        assert "3 days without data" in text_of(chart.css_first("figcaption"))
    assert text_of(charts[0].css_first("figcaption")) == (
        f"New alerts a day: 7 new alerts in 11 days with data, most (4) on {day(2)};"
        " 3 days without data."
    )
    assert len(charts[0].css("circle.uncertain")) == 1
    assert charts[0].css("path.mean")
    assert not charts[1].css("path.mean")


def test_a_range_without_data_says_so() -> None:
    """A range without data says so instead of showing zeros."""
    page = page_of([missing_day(each) for each in days_until(DAY, 7)], {})

    check_rules(page)
    assert "New alerts a day: no data." in texts(page, "figcaption")
    assert not parse(page).css("circle")


def test_the_comparison_and_the_mean_are_told() -> None:
    """The page compares the first and the last three days with data, and shows the last mean."""
    days = with_days(quiet_day(day(13), new_alerts=1), quiet_day(DAY, new_alerts=3))
    facts = texts(page_of(days), "h2 + ul > li")

    assert "4 in total, 0.29 a day with data" in facts
    assert f"7-day mean at the end, {DAY}: 0.43" in facts
    assert (
        f"first 3 days with data ({day(13)} to {day(11)}): 0.33 a day;"
        f" last 3 days with data ({day(2)} to {DAY}): 1.00 a day; change: +0.67"
    ) in facts


def test_the_policy_is_shown() -> None:
    """The page shows the policy of the verdict."""
    assert rows(page_of(quiet_days(DAY)), "Thresholds") == [
        ["New alerts allowed in total", "5"],
        ["Missing days allowed in any 7", "0"],
        ["Days with data wanted", "7"],
        ["Days off", "none"],
        ["Days that telemetry is kept at least", "7"],
    ]


def test_what_a_verdict_let_pass_is_shown_with_its_days() -> None:
    """A verdict lists what it tolerates with its days, and the time until which it is valid."""
    days = [quiet_day(day, new_alerts=int(day == DAY)) for day in days_until(DAY, 14)]
    page = page_of(days)

    assert texts(page, "main > ul > li")[0] == f"1 new alert: {DAY}"
    assert "valid until 2025-12-21T14:00:00Z" in text_of(parse(page).css_first("main"))


def test_a_verdict_that_is_out_of_date_says_so() -> None:
    """A verdict that is out of date says so directly below it, with the new days and what to do."""
    page = trend_page(Verdicts(trend_of(quiet_days(DAY)), since=["2025-12-21"]), REPORTS)

    assert texts(page, ".banner strong") == ["Out of date", "Out of date"]
    assert texts(page, "title") == ["Stage 1 trend: out of date"]
    assert [n.attributes["class"] for n in parse(page).css(".banner")] == ["banner watch"] * 2
    [told] = texts(page, "main > :nth-child(3).banner")
    assert "1 report came, changed or went after this verdict was given: 2025-12-21." in told
    assert "take it for HOLD" in told


def test_many_days_that_it_has_not_seen_are_counted() -> None:
    """Many new days are counted, and only some of them are listed."""
    since = [f"{each}" for each in days_until(DAY, 300)]
    [_, told] = texts(trend_page(Verdicts(trend_of(MIXED), since=since), {}), ".banner")

    assert "300 reports came, changed or went" in told
    assert ", and others." in told
    assert len(told) < 400


def test_no_verdict_is_hold() -> None:
    """The page of a missing or unreadable trend shows HOLD and the reason."""
    page = trend_page(Verdicts(None, "no trend has been made yet"), {})

    check_rules(page)
    assert texts(page, "h1") == ["Stage 1 trend: no verdict"]
    assert texts(page, ".banner p") == ["No verdict Treat it as HOLD: no trend has been made yet."]


def test_a_trend_of_the_earlier_scripts_has_a_page() -> None:
    """A trend of the earlier scripts, without states, means and policy, has a page."""
    document = {
        "schema_version": 1,
        "generated_at_utc": "2025-12-20T08:00:00Z",
        "range": {"days": 14, "start": None, "end": None},
        "series": [],
        "rollups": {
            "new_alerts_total": 0,
            "new_alerts_avg": 0.0,
            "critical_days": 0,
            "parse_error_days": 0,
            "operator_action_days": 0,
            "go_no_go": "GO",
            "reasons": [],
        },
    }
    check_rules(trend_page(Verdicts(msgspec.convert(document, Trend, strict=False)), {}))


@given(
    st.text(max_size=40) | st.sampled_from(["<h1>GO</h1>", "2025-13-45", "2025-12-20", "\u202e"])
)
def test_a_finding_is_text(text: str) -> None:
    """A finding is shown as text, and days outside of the range have no link."""
    trend = trend_of(MIXED)
    finding = Finding("any", "HOLD", (date(1999, 1, 1),), text, text)
    rollups = msgspec.structs.replace(trend.rollups, findings=(finding,))
    page = trend_page(Verdicts(msgspec.structs.replace(trend, rollups=rollups)), REPORTS)

    [item] = parse(page).css(".banner li")
    sentence, *lines = text.split("\n")
    hint = printable(sentence) + "\n".join(map(printable, lines))
    assert item.text() == f"{printable(text)}: 1999-01-01{hint}"
    assert {node.tag for node in item.css("*")} <= {"li", "bdi", "span", "pre"}
    check_rules(page)


@pytest.mark.parametrize("findings", [None, ()])
def test_a_trend_without_findings_shows_its_reasons_as_text(
    findings: tuple[Finding, ...] | None,
) -> None:
    """A trend without findings, as of version 0.1.0, shows its reasons as text without links."""
    trend = trend_of(MIXED)
    rollups = msgspec.structs.replace(
        trend.rollups, reasons=(f"<b>bad on {day(7)}",), findings=findings
    )
    page = trend_page(Verdicts(msgspec.structs.replace(trend, rollups=rollups)), REPORTS)

    [item] = parse(page).css(".banner li")
    assert item.text() == f"<b>bad on {day(7)}"
    assert {node.tag for node in item.css("*")} == {"li", "bdi"}


def test_neighbouring_days_are_one_range_of_two_links() -> None:
    """Neighbouring days are shown as one range with links to its ends."""
    trend = trend_of([replace(each, parse_errors=1) for each in quiet_days()])
    [item] = parse(trend_page(Verdicts(trend), REPORTS)).css(".banner li")

    assert [text_of(link) for link in item.css("a")] == [f"{day(13)}", f"{day(0)}"]
    assert f"{day(13)} to {day(0)}" in text_of(item)


def test_the_same_trend_gives_the_same_bytes() -> None:
    """A page depends on its model and its links only."""
    assert page_of(MIXED) == page_of(MIXED)
    assert shape(page_of(MIXED)) == shape(page_of(MIXED))
