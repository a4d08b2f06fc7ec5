"""The rules of the verdict: section 7 of the contract, one row a rule and each threshold twice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.day import Day, day_of_summary, missing_day, unreadable_day
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.policy import ALL_PASSED, RULES, Rule, has_data, judge
from tests.support.artifacts import (
    DAY,
    days_until,
    end_of,
    metrics,
    old_markdown,
    quiet_day,
    quiet_days,
    summary,
)
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from peaktrade_ops.stage1.models import Verdict

RANK = {"GO": 0, "HOLD": 1, "NO_GO": 2}
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def days_with(count: int = 14, /, **changes: Day | dict[str, Any]) -> list[Day]:
    """Make quiet days of which some are changed.

    Args:
        count: How many days, ending on 20 December 2025.
        changes: By position, as `d0` (the first) or `d_1` (the last): the day, or its fields.
    """
    days = quiet_days(DAY, count)
    for name, change in changes.items():
        place = int(name[1:].replace("_", "-"))
        made = change if isinstance(change, Day) else replace(days[place], **change)
        days[place] = replace(made, date=days[place].date)
    return days


MISSING = missing_day(DAY)
UNREADABLE = unreadable_day(DAY)
EMPTY = {"empty": True}
DEFAULT = Policy()


class Row(NamedTuple):
    """Days and a policy, what verdict they get, and for which one reason."""

    rule: str
    days: Sequence[Day]
    verdict: str
    reason: str = ALL_PASSED
    policy: Policy = DEFAULT


ROWS = [
    Row("nothing to object to", days_with(), "GO"),
    Row("a single day is enough", days_with(1), "GO"),
    # Critical alerts.
    Row(
        "one critical alert",
        days_with(d3={"critical_alerts": 1}),
        "NO_GO",
        "critical alerts on 1 day: 2025-12-10",
    ),
    Row(
        "critical alerts on the first and on the last day",
        days_with(d0={"critical_alerts": 2}, d13={"critical_alerts": 1}),
        "NO_GO",
        "critical alerts on 2 days: 2025-12-07, 2025-12-20",
    ),
    # New alerts.
    Row("5 new alerts", days_with(d2={"new_alerts": 3}, d5={"new_alerts": 2}), "GO"),
    Row(
        "6 new alerts",
        days_with(d2={"new_alerts": 3}, d5={"new_alerts": 3}),
        "HOLD",
        "6 new alerts, more than 5: 2025-12-09, 2025-12-12",
    ),
    Row("as many as allowed", days_with(7, d0={"new_alerts": 9}), "GO", policy=Policy(9)),
    Row(
        "one more than allowed",
        days_with(7, d0={"new_alerts": 10}),
        "HOLD",
        "10 new alerts, more than 9: 2025-12-14",
        Policy(9),
    ),
    Row(
        "none allowed",
        days_with(7, d6={"new_alerts": 1}),
        "HOLD",
        "1 new alerts, more than 0: 2025-12-20",
        Policy(0),
    ),
    # Parse errors, incomplete and unreadable days, untimed critical events.
    Row(
        "one parse error",
        days_with(d4={"parse_errors": 1}),
        "HOLD",
        "parse errors on 1 day: 2025-12-11",
    ),
    Row(
        "parse errors on an empty day",
        days_with(d4={"parse_errors": 1, "empty": True}),
        "HOLD",
        "parse errors on 1 day: 2025-12-11",
    ),
    Row(
        "an incomplete day",
        days_with(d4={"complete": False}),
        "HOLD",
        "incomplete coverage on 1 day: 2025-12-11",
    ),
    Row(
        "an incomplete day without an event",
        days_with(d4={"complete": False, "empty": True}),
        "HOLD",
        "incomplete coverage on 1 day: 2025-12-11",
    ),
    Row(
        "an unreadable day",
        days_with(d4=UNREADABLE),
        "HOLD",
        "unreadable reports on 1 day: 2025-12-11",
    ),
    Row(
        "the last day unreadable",
        days_with(d13=UNREADABLE),
        "HOLD",
        "unreadable reports on 1 day: 2025-12-20",
    ),
    Row(
        "a critical event without a time",
        days_with(d4={"untimed_critical": 1}),
        "HOLD",
        "critical events without a time on 1 day: 2025-12-11",
    ),
    # Missing and empty days.
    Row("1 missing day", days_with(d4=MISSING), "GO"),
    Row("1 empty day", days_with(d4=EMPTY), "GO"),
    Row("2 missing days, 7 days apart", days_with(d2=MISSING, d9=MISSING), "GO"),
    Row(
        "2 missing days, 6 days apart",
        days_with(d2=MISSING, d8=MISSING),
        "HOLD",
        "more than 1 missing or empty in 7 days on 2 days: 2025-12-09, 2025-12-15",
    ),
    Row(
        "2 empty days, 6 days apart",
        days_with(d2=EMPTY, d8=EMPTY),
        "HOLD",
        "more than 1 missing or empty in 7 days on 2 days: 2025-12-09, 2025-12-15",
    ),
    Row(
        "a missing and an empty day side by side",
        days_with(d2=MISSING, d3=EMPTY),
        "HOLD",
        "more than 1 missing or empty in 7 days on 2 days: 2025-12-09, 2025-12-10",
    ),
    Row(
        "the days that matter are named, others are not",
        days_with(21, d0=MISSING, d12=MISSING, d14=EMPTY),
        "HOLD",
        "more than 1 missing or empty in 7 days on 2 days: 2025-12-12, 2025-12-14",
    ),
    Row(
        "as many missing days as allowed",
        days_with(d2=MISSING, d3=MISSING),
        "GO",
        policy=Policy(max_missing_days=2),
    ),
    Row(
        "one missing day more than allowed",
        days_with(d2=MISSING, d3=MISSING, d4=MISSING),
        "HOLD",
        "more than 2 missing or empty in 7 days on 3 days: 2025-12-09 to 2025-12-11",
        Policy(max_missing_days=2),
    ),
    Row(
        "no missing day allowed",
        days_with(d2=MISSING),
        "HOLD",
        "more than 0 missing or empty in 7 days on 1 day: 2025-12-09",
        Policy(max_missing_days=0),
    ),
    Row(
        "2 missing in a window of 2",
        days_with(d2=MISSING, d4=MISSING),
        "GO",
        policy=Policy(missing_window_days=2),
    ),
    Row(
        "2 missing within a window of 3",
        days_with(d2=MISSING, d4=MISSING),
        "HOLD",
        "more than 1 missing or empty in 3 days on 2 days: 2025-12-09, 2025-12-11",
        Policy(missing_window_days=3),
    ),
    Row(
        "a window that is longer than the range",
        days_with(10, d0=MISSING, d8=MISSING),
        "HOLD",
        "more than 1 missing or empty in 30 days on 2 days: 2025-12-11, 2025-12-19",
        Policy(missing_window_days=30),
    ),
    Row(
        "empty days that do not count as missing",
        days_with(**{f"d{i}": EMPTY for i in range(14)}),
        "GO",
        policy=Policy(empty_is_missing=False),
    ),
    # The last day.
    Row(
        "the last day missing",
        days_with(d_1=MISSING),
        "HOLD",
        "the last day is missing or empty: 2025-12-20",
    ),
    Row(
        "the last day empty",
        days_with(d_1=EMPTY),
        "HOLD",
        "the last day is missing or empty: 2025-12-20",
    ),
    Row("the day before the last missing", days_with(d_2=MISSING), "GO"),
    Row(
        "the last day empty, which is allowed",
        days_with(d_1=EMPTY),
        "GO",
        policy=Policy(empty_is_missing=False),
    ),
    # Days with data.
    Row("7 days with data", days_with(7), "GO"),
    Row("7 days with data of 8", days_with(8, d0=MISSING), "GO"),
    Row(
        "6 days with data of 7",
        days_with(7, d0=MISSING),
        "HOLD",
        "6 days with data, 7 wanted, none on 1 day: 2025-12-14",
    ),
    Row(
        "6 days with data of 7, one empty",
        days_with(7, d1=EMPTY),
        "HOLD",
        "6 days with data, 7 wanted, none on 1 day: 2025-12-15",
    ),
    Row("3 days with data of 3", days_with(3), "GO"),
    Row(
        "2 days with data of 3",
        days_with(3, d0=MISSING),
        "HOLD",
        "2 days with data, 3 wanted, none on 1 day: 2025-12-18",
    ),
    Row(
        "as many days with data as wanted",
        days_with(5, d0=MISSING),
        "GO",
        policy=Policy(min_days_with_data=4),
    ),
    Row(
        "one day with data less than wanted",
        days_with(5, d0=MISSING),
        "HOLD",
        "4 days with data, 5 wanted, none on 1 day: 2025-12-16",
        Policy(min_days_with_data=9),
    ),
    # Time that no window covers.
    Row(
        "a report an hour earlier than the others, which leaves that hour to nobody",
        days_with(d6=quiet_day(date(2025, 12, 13), hour=7)),
        "HOLD",
        "time that no window covers between: 2025-12-13 and 2025-12-14",
    ),
    Row(
        "a gap of a microsecond",
        days_with(d5={"start": end_of(date(2025, 12, 11)) + TICK}),
        "HOLD",
        "time that no window covers between: 2025-12-11 and 2025-12-12",
    ),
    Row(
        "a later run on the same day",
        days_with(d13=quiet_day(DAY, hour=9)),
        "HOLD",
        "time that no window covers between: 2025-12-19 and 2025-12-20",
    ),
    Row("an earlier run on the last day", days_with(d13=quiet_day(DAY, hour=7)), "GO"),
    Row(
        "a missing day between windows that leave just its 24 hours open",
        days_with(d5=MISSING),
        "GO",
    ),
    Row(
        "a missing day between windows that leave more than its 24 hours open",
        days_with(d5=MISSING, d6={"start": end_of(date(2025, 12, 12)) + TICK}),
        "HOLD",
        "time that no window covers between: 2025-12-11 and 2025-12-13",
    ),
    Row(
        "two gaps",
        days_with(
            d3={"start": end_of(date(2025, 12, 9)) + HOUR},
            d9={"start": end_of(date(2025, 12, 15)) + HOUR},
        ),
        "HOLD",
        "time that no window covers between: 2025-12-09 and 2025-12-10, 2025-12-15 and 2025-12-16",
    ),
    Row(
        "a gap beside an empty day",
        days_with(d5={"empty": True, "start": end_of(date(2025, 12, 11)) + HOUR}),
        "HOLD",
        "time that no window covers between: 2025-12-11 and 2025-12-12",
    ),
]


def said(days: Sequence[Day], policy: Policy) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict with its reasons."""
    judgement = judge(days, policy)
    return judgement.verdict, judgement.reasons


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_every_rule_and_its_threshold(row: Row) -> None:
    """Just below a threshold nothing is objected to; at it there is this one reason."""
    assert said(row.days, row.policy) == (row.verdict, (row.reason,))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_rows_on_both_sides_and_a_hint(rule: Rule) -> None:
    """The table shows days that each rule objects to, and days that it lets pass."""
    found = [judge(row.days, row.policy).findings for row in ROWS]
    own = [[each for each in findings if each.rule == rule.name] for findings in found]

    assert [] in own
    objections = [each for findings in own for each in findings]
    assert {(each.verdict, each.hint) for each in objections} == {(rule.verdict, rule.hint)}
    assert rule.hint
    assert not rule.hint.endswith(".")
    assert all(each.days for each in objections)


def test_rules_have_names_of_their_own() -> None:
    """A program tells findings apart by them."""
    assert len({rule.name for rule in RULES}) == len(RULES)


# --- several reasons -----------------------------------------------------------------------------


def test_a_verdict_carries_all_its_reasons() -> None:
    """Every rule that objects is heard, the critical alerts first."""
    days = days_with(
        d0=MISSING,
        d1=MISSING,
        d2={"critical_alerts": 1, "new_alerts": 7},
        d3={"parse_errors": 1, "complete": False},
        d4=UNREADABLE,
        d5={"untimed_critical": 1},
        d6={"empty": True},
        d8={"start": end_of(date(2025, 12, 14)) + HOUR},
        d9=MISSING,
        d10=MISSING,
        d11=MISSING,
        d13=MISSING,
    )

    verdict, reasons = said(days, DEFAULT)

    assert verdict == "NO_GO"
    assert reasons == (
        "critical alerts on 1 day: 2025-12-09",
        (
            "more than 1 missing or empty in 7 days on 7 days: 2025-12-07, 2025-12-08, 2025-12-13,"
            " 2025-12-16 to 2025-12-18, 2025-12-20"
        ),
        "the last day is missing or empty: 2025-12-20",
        (
            "6 days with data, 7 wanted, none on 8 days: 2025-12-07, 2025-12-08, 2025-12-11,"
            " 2025-12-13, 2025-12-16 to 2025-12-18, 2025-12-20"
        ),
        "7 new alerts, more than 5: 2025-12-09",
        "parse errors on 1 day: 2025-12-10",
        "incomplete coverage on 1 day: 2025-12-10",
        "unreadable reports on 1 day: 2025-12-11",
        "critical events without a time on 1 day: 2025-12-12",
        "time that no window covers between: 2025-12-14 and 2025-12-15",
    )


def test_without_critical_alerts_the_same_days_are_a_hold() -> None:
    """NO_GO is for critical alerts alone; HOLD keeps all the other reasons."""
    changes: dict[str, dict[str, Any]] = {"d3": {"parse_errors": 1}, "d4": {"complete": False}}
    held = judge(days_with(**changes), DEFAULT)
    refused = judge(days_with(**changes, d5={"critical_alerts": 1}), DEFAULT)

    assert (held.verdict, refused.verdict) == ("HOLD", "NO_GO")
    assert refused.reasons[1:] == held.reasons


# --- failing closed ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7, 14])
@pytest.mark.parametrize(
    "make", [missing_day, unreadable_day, lambda day: quiet_day(day, empty=True)]
)
def test_days_without_data_are_never_a_go(make: Callable[[date], Day], count: int) -> None:
    """A range of which nothing is known is a HOLD, and its reasons name the days."""
    days = [make(day) for day in days_until(DAY, count)]

    verdict, reasons = said(days, DEFAULT)

    assert verdict == "HOLD"
    wanted = f"0 days with data, {min(count, 7)} wanted"
    assert any(reason.startswith(wanted) for reason in reasons)
    assert all(re.search(r"2025-12-\d\d", reason) for reason in reasons)


def test_the_laxest_policy_still_asks_for_a_day_with_data() -> None:
    """No policy can turn nothing at all into a GO."""
    lax = Policy(10**9, 10**9, 1, 1, empty_is_missing=False)

    assert judge([missing_day(DAY)], lax).verdict == "HOLD"
    assert judge([unreadable_day(DAY)], lax).verdict == "HOLD"


def test_a_run_later_than_usual_leaves_a_gap_in_files_of_the_earlier_scripts() -> None:
    """Without a window the time of the report decides: 8 o'clock, then 20 o'clock."""
    days = [
        day_of_summary(summary(end_of(day, 20 if day == DAY else 8), window=None))
        for day in days_until(DAY, 7)
    ]

    assert said(days, DEFAULT) == (
        "HOLD",
        ("time that no window covers between: 2025-12-19 and 2025-12-20",),
    )


def test_old_markdown_has_a_window_too() -> None:
    """A day of old Markdown that was made late leaves the same gap."""
    days = quiet_days(DAY, 7)
    text = old_markdown(
        reported_at="2025-12-20T20:00:00+00:00", severities="[('info', 1)]", actions="**0**"
    )
    days[-1] = day_of_old_markdown(DAY, text)

    assert said(days, DEFAULT) == (
        "HOLD",
        ("time that no window covers between: 2025-12-19 and 2025-12-20",),
    )


def test_a_second_run_on_a_day_that_covers_the_rest_of_it_is_fine_the_day_after() -> None:
    """Runs that move to an earlier hour only overlap."""
    days = [quiet_day(day, hour=20 - i) for i, day in enumerate(days_until(DAY, 7))]

    assert judge(days, DEFAULT).verdict == "GO"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (quiet_day(), True),
        (quiet_day(complete=False), True),
        (quiet_day(empty=True), False),
        (missing_day(DAY), False),
        (unreadable_day(DAY), False),
    ],
)
def test_only_days_with_a_report_of_events_have_data(day: Day, *, expected: bool) -> None:
    """Missing, unreadable and empty days have none, unless an empty one is allowed."""
    assert has_data(day, DEFAULT) is expected
    assert has_data(day, Policy(empty_is_missing=False)) is (day.found or expected)


# --- properties ----------------------------------------------------------------------------------

SMALL = st.sampled_from([0, 0, 0, 0, 1, 3])
RARE = st.sampled_from([False, False, False, True])
SHORTER = st.sampled_from([timedelta(0)] * 6 + [TICK, HOUR])


@st.composite
def any_day(draw: st.DrawFn, day: date) -> Day:
    """Draw a day: mostly quiet, its window never longer than 24 hours."""
    kind = draw(st.sampled_from(["quiet", "quiet", "quiet", "any", "missing", "unreadable"]))
    quiet = quiet_day(day)
    if kind == "quiet":
        return quiet
    if kind == "missing":
        return missing_day(day)
    if kind == "unreadable":
        return unreadable_day(day)
    return quiet_day(
        day,
        new_alerts=draw(SMALL),
        critical_alerts=draw(SMALL) // 3,
        parse_errors=draw(SMALL),
        untimed_critical=draw(SMALL),
        empty=draw(RARE),
        complete=not draw(RARE),
        start=(quiet.start or end_of(day)) + draw(SHORTER),
        end=(quiet.end or end_of(day)) - draw(SHORTER),
    )


@st.composite
def any_days(draw: st.DrawFn) -> list[Day]:
    """Draw neighbouring days."""
    return [draw(any_day(day)) for day in days_until(DAY, draw(st.integers(1, 16)))]


POLICIES = st.one_of(
    st.just(DEFAULT),
    st.builds(
        Policy,
        st.integers(0, 8),
        st.integers(0, 3),
        st.integers(1, 9),
        st.integers(1, 9),
        empty_is_missing=st.booleans(),
    ),
)

WORSE: dict[str, Callable[[Day], Day]] = {
    "more critical alerts": lambda day: replace(day, critical_alerts=day.critical_alerts + 1),
    "more new alerts": lambda day: replace(day, new_alerts=day.new_alerts + 1),
    "more parse errors": lambda day: replace(day, parse_errors=day.parse_errors + 1),
    "a critical event untimed": lambda day: replace(day, untimed_critical=day.untimed_critical + 1),
    "coverage incomplete": lambda day: replace(day, complete=False),
    "no event left": lambda day: replace(day, empty=True),
    "a gap before": lambda day: replace(day, start=day.start and day.start + TICK),
    "a gap behind": lambda day: replace(day, end=day.end and day.end - HOUR),
}
LOST: dict[str, Callable[[date], Day]] = {"missing": missing_day, "unreadable": unreadable_day}


@pytest.mark.parametrize("worsening", WORSE)
@settings(max_examples=examples(60))
@given(days=any_days(), policy=POLICIES, data=st.data())
def test_making_a_day_worse_never_moves_the_verdict_towards_go(
    worsening: str, days: list[Day], policy: Policy, data: st.DataObject
) -> None:
    """Whatever happens to a day besides what is there already, no reason goes away."""
    place = data.draw(st.integers(0, len(days) - 1))
    worse = [*days]
    worse[place] = WORSE[worsening](days[place])

    assert RANK[judge(worse, policy).verdict] >= RANK[judge(days, policy).verdict]


@pytest.mark.parametrize("loss", LOST)
@settings(max_examples=examples(100))
@given(days=any_days(), policy=POLICIES, data=st.data())
def test_losing_a_quiet_report_never_moves_the_verdict_towards_go(
    loss: str, days: list[Day], policy: Policy, data: st.DataObject
) -> None:
    """A report that spoke for nothing but quiet can be lost, but nothing is gained by it."""
    place = data.draw(st.integers(0, len(days) - 1))
    days[place] = quiet_day(days[place].date)
    lost = [*days]
    lost[place] = LOST[loss](days[place].date)

    assert RANK[judge(lost, policy).verdict] >= RANK[judge(days, policy).verdict]


@settings(max_examples=examples(100))
@given(days=any_days(), policy=POLICIES, data=st.data())
def test_a_report_that_becomes_unreadable_is_never_a_go(
    days: list[Day], policy: Policy, data: st.DataObject
) -> None:
    """Whatever the report said, once it cannot be read there is no GO."""
    place = data.draw(st.integers(0, len(days) - 1))
    days[place] = unreadable_day(days[place].date)

    assert judge(days, policy).verdict != "GO"


def objections(days: Sequence[Day], policy: Policy) -> bool:
    """Say, rule by rule as the contract words them, whether there is any reason for a HOLD."""
    absent = [day.state == "missing" for day in days]
    if policy.empty_is_missing:
        absent = [gone or (day.found and day.empty) for gone, day in zip(absent, days, strict=True)]
    with_data = [day.found and not gone for gone, day in zip(absent, days, strict=True)]
    size = policy.missing_window_days
    uncovered = False
    for left in range(len(days)):
        for right in range(left + 1, len(days)):
            between = days[left + 1 : right]
            first, last = days[left], days[right]
            if first.end and last.start and not any(day.end for day in between):
                uncovered |= last.start - first.end > timedelta(days=len(between))
    return (
        sum(day.new_alerts for day in days) > policy.max_new_alerts
        or any(day.parse_errors > 0 for day in days)
        or any(day.state in {"incomplete", "unreadable"} for day in days)
        or any(day.untimed_critical > 0 for day in days)
        or any(sum(absent[i : i + size]) > policy.max_missing_days for i in range(len(days)))
        or absent[-1]
        or sum(with_data) < min(policy.min_days_with_data, len(days))
        or uncovered
    )


@settings(max_examples=examples(300))
@given(days=any_days(), policy=POLICIES)
def test_the_verdict_is_the_one_of_the_contract(days: list[Day], policy: Policy) -> None:
    """NO_GO before HOLD before GO, by the rules as the contract words them."""
    verdict, reasons = said(days, policy)

    if any(day.critical_alerts for day in days):
        assert verdict == "NO_GO"
    elif objections(days, policy):
        assert verdict == "HOLD"
    else:
        assert verdict == "GO"
        assert reasons == (ALL_PASSED,)
    if verdict != "GO":
        named = {str(day.date) for day in days}
        dates = [set(re.findall(r"\d{4}-\d\d-\d\d", reason)) for reason in reasons]
        assert all(found and found <= named for found in dates)
        assert ALL_PASSED not in reasons
    assert len(set(reasons)) == len(reasons)


def test_the_summary_of_a_day_carries_through_to_the_verdict() -> None:
    """From the file to the verdict: one critical alert in one of fourteen reports is a NO_GO."""
    days = [
        day_of_summary(summary(end_of(day), metrics=metrics(critical_alerts=int(day == DAY))))
        for day in days_until(DAY, 14)
    ]

    assert said(days, DEFAULT) == ("NO_GO", ("critical alerts on 1 day: 2025-12-20",))
