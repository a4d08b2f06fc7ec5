"""The page of the trend: the verdict first, and no bad day that looks like a good one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.config import Accepted, Config
from peaktrade_ops.reports.views.pages.parts import Verdicts
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.stage1.day import missing_day, unreadable_day
from peaktrade_ops.stage1.models import Finding, Trend, Understanding
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import days_until, end_of, quiet_day, quiet_days, summary
from tests.support.html import check_rules, parse, rows, shape, text_of, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.day import Day

pytestmark = pytest.mark.one_python

DAY = date(2025, 12, 20)
DAYS = "Newest last, - for no data"
REPORTS = {f"{day}": f"{day}_snapshot.html" for day in days_until(DAY, 14)}


def trend_of(days: Sequence[Day], *, accepted: tuple[Accepted, ...] = ()) -> Trend:
    """Build the trend of days."""
    window = window_until(end_of(days[-1].date))
    return build_trend(days, window=window, config=Config(accepted=accepted))


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
    assert texts(page, "main > :nth-child(2).banner > p")[0] == meaning


def test_the_three_verdicts_differ_without_colour() -> None:
    """Each verdict has its own frame, and its page does not contain the other verdicts."""
    kinds = {}
    for days in (quiet_days(DAY), with_days(missing_day(DAY)), MIXED):
        page = page_of(days)
        kinds[texts(page, "strong")[0]] = parse(page).css(".banner")[0].attributes["class"]

    assert kinds == {"GO": "banner good", "HOLD": "banner watch", "NO_GO": "banner bad"}


def test_every_rule_is_shown() -> None:
    """The table shows every rule in words, what it measured, its threshold and its result."""
    trend = trend_of(MIXED)
    page = trend_page(Verdicts(trend), REPORTS)
    checks = trend.rollups.checks or ()

    found = rows(page, "17 rules: 5 object, 12 passed")
    assert found[0] == [
        "Critical alerts",
        "1 critical alert on 1 day",
        "none allowed",
        "✖ objects: NO_GO",
    ]
    assert ["New alerts in total", "7 alerts", "at most 5", "✖ objects: HOLD"] in found
    assert ["Parse errors", "0 parse errors", "none allowed", "✓ passed"] in found
    assert len(found) == len(checks)
    assert [row[3].split()[1].rstrip(":") for row in found] == ["objects"] * 5 + ["passed"] * 12


def test_a_rule_that_objects_leads_to_what_to_do() -> None:
    """The result of a rule that objects is a link to its finding."""
    page = page_of(MIXED)

    [link] = [each for each in parse(page).css(".checks a") if "NO_GO" in text_of(each)]
    target = parse(page).css_first(link.attributes["href"] or "")
    assert text_of(target).startswith("critical alerts on 1 day")


def test_an_accepted_rule_is_neither_passed_nor_an_objection() -> None:
    """A rule whose faults are all accepted is shown as accepted, before those that passed."""
    days = with_days(quiet_day(day(3), parse_errors=2))
    entry = Accepted(date=day(3), rule="parse_errors", reason="mended", count=2)
    trend = trend_of(days, accepted=(entry,))
    page = trend_page(Verdicts(trend), REPORTS)

    first, *others = rows(page, "17 rules: 1 accepted, 16 passed")
    assert first == [
        "Parse errors",
        "2 parse errors on 1 day",
        "none allowed",
        "◐ accepted",
    ]
    assert {row[3] for row in others} == {"✓ passed"}
    assert "It let 1 thing pass." in texts(page, ".banner p")


def test_a_trend_without_checks_has_no_table_of_rules() -> None:
    """A trend of an earlier version, which has no checks, shows its reasons and its policy."""
    trend = trend_of(MIXED)
    rollups = msgspec.structs.replace(trend.rollups, checks=None)
    page = trend_page(Verdicts(msgspec.structs.replace(trend, rollups=rollups)), REPORTS)

    check_rules(page)
    assert "Every rule of the verdict" not in texts(page, "h2")
    assert len(parse(page).css(".todo > li")) == 5
    assert rows(page, "Thresholds")


def test_a_go_that_is_not_current_shows_no_passed_rules() -> None:
    """A GO that is out of date does not claim that the rules passed."""
    page = trend_page(Verdicts(trend_of(quiet_days(DAY)), since=["2025-12-21"]), REPORTS)

    assert "passed" not in text_of(parse(page).css_first("main"))


def test_the_days_are_shown_side_by_side() -> None:
    """With summaries, the page shows the hours and the severities of every day of the range."""
    days = quiet_days(DAY)
    summaries = {each.date: each.summary for each in days if each.summary}
    page = trend_page(Verdicts(trend_of(days)), REPORTS, summaries)

    check_rules(page)
    assert [text_of(each) for each in parse(page).css(".strips h3")] == [
        "Events by hour",
        "Events by severity",
    ]
    assert len(parse(page).css(".strips figure tbody tr")) == 28
    assert len(parse(page).css(".strips figure tbody svg")) == 28
    assert "The days at a glance" not in texts(page_of(days), "h2")


def test_a_state_comes_from_the_summary_too() -> None:
    """A day whose events were accepted is not shown as clean if its summary knows better."""
    days = with_days(quiet_day(day(3)))
    made = summary(end_of(day(3)), understanding=Understanding(danger=1))
    page = trend_page(Verdicts(trend_of(days)), REPORTS, {day(3): made})

    assert [row[1] for row in rows(page, DAYS)][-4:] == ["danger", "clean", "clean", "clean"]


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

    assert texts(page, "#let-pass + ul > li") == [f"1 new alert: {DAY}"]
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
    told, what_to_do = texts(page, ".banner p")
    assert told == "No verdict Treat it as HOLD: no trend has been made yet."
    assert what_to_do.startswith("What to do: run stage1-run,")


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


def test_the_same_trend_gives_the_same_bytes() -> None:
    """A page depends on its model and its links only."""
    assert page_of(MIXED) == page_of(MIXED)
    assert shape(page_of(MIXED)) == shape(page_of(MIXED))
