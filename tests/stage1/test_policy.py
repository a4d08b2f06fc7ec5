"""Tests of `peaktrade_ops.stage1.policy`: the verdict, and what the operator accepts."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.config import AcceptableRule, Accepted, Policy
from peaktrade_ops.stage1.day import Day, day_of_summary, missing_day, unreadable_day
from peaktrade_ops.stage1.models import Finding, RejectedLine, ScannedFolder
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.policy import ALL_PASSED, Judgement, judge, objects_alone
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.stage1.stage import stage_of
from tests.support.artifacts import (
    DAY,
    coverage,
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
    from datetime import datetime

RANK = {"GO": 0, "HOLD": 1, "NO_GO": 2}
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
DEFAULT = Policy()


def judged(days: Sequence[Day], policy: Policy = DEFAULT, *accepted: Accepted) -> Judgement:
    """Judge days whose last window ends at the end of the range."""
    return judge(days, policy, end=end_of(DAY), accepted=accepted)


def week(**changes: object) -> list[Day]:
    """Return a week of quiet days of which the fourth is changed."""
    days = quiet_days(DAY, 7)
    days[3] = replace(days[3], **changes)
    return days


FOURTH = date(2025, 12, 17)

# --- several reasons -----------------------------------------------------------------------------


def test_a_verdict_carries_all_its_reasons() -> None:
    """Every rule that objects has a finding, in the order of the contract."""
    days = quiet_days(DAY, 14)
    days[0] = missing_day(days[0].date)
    days[1] = replace(days[1], danger=1, critical_actions=1, legacy_critical=1)
    days[2] = replace(days[2], critical_alerts=1, new_alerts=7, not_understood=1)
    days[3] = replace(days[3], parse_errors=1, complete=False)
    days[4] = unreadable_day(days[4].date)
    days[5] = replace(days[5], trust="unlisted")
    days[8] = replace(days[8], start=end_of(date(2025, 12, 14)) + HOUR)
    days[9] = replace(days[9], lost=("critical 1, now 0",))
    days[13] = missing_day(DAY)

    judgement = judged(days, Policy(min_days_with_data=12))

    assert judgement.verdict == "NO_GO"
    silent = {"source_gone", "mixed"}
    assert [each.rule for each in judgement.findings] == [
        rule.name for rule in RULES if rule.name not in silent
    ]


def test_without_critical_alerts_the_same_days_are_a_hold() -> None:
    """Only critical alerts make a NO_GO; without them the other reasons make a HOLD."""
    days = week(parse_errors=1, complete=False)
    held = judged(days)
    days[4] = replace(days[4], critical_alerts=1)
    refused = judged(days)

    assert (held.verdict, refused.verdict) == ("HOLD", "NO_GO")
    assert refused.reasons[1:] == held.reasons


def test_a_go_has_one_reason() -> None:
    """A GO has the only reason that all checks passed."""
    assert judged(quiet_days(DAY, 7)) == Judgement("GO", (), ())
    assert judged(quiet_days(DAY, 7)).reasons == (ALL_PASSED,)


# --- what is accepted ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "changes", "count"),
    [
        ("not_understood", {"not_understood": 3}, 3),
        ("danger", {"danger": 3}, 3),
        ("critical_actions", {"critical_actions": 3}, 3),
        ("legacy_critical", {"legacy_critical": 3}, 3),
        ("parse_errors", {"parse_errors": 3}, 3),
        ("incomplete", {"complete": False}, 1),
        ("unlisted", {"trust": "unlisted"}, 1),
        ("lost", {"lost": ("alerts 2, now 1",)}, 1),
    ],
)
def test_an_accepted_fault_passes_and_is_listed(
    rule: AcceptableRule, changes: dict[str, Any], count: int
) -> None:
    """An accepted rule is tolerated on one day up to its count, and one more objects in full."""
    days = week(**changes)
    enough = Accepted(FOURTH, rule, "known", count)

    passed = judged(days, DEFAULT, enough)

    assert passed.verdict == "GO"
    assert [(each.rule, each.verdict, each.days) for each in passed.tolerated] == [
        (rule, "GO", (FOURTH,))
    ]
    assert passed.tolerated[0].text.endswith(f"{rule}: known")
    elsewhere = Accepted(date(2025, 12, 16), rule, "known", count)
    assert judged(days, DEFAULT, elsewhere).findings == judged(days).findings
    if count > 1:
        fewer = Accepted(FOURTH, rule, "known", count - 1)
        assert judged(days, DEFAULT, fewer).findings == judged(days).findings


def test_accepted_alerts_are_taken_off_their_day() -> None:
    """The other alerts of the range are added up without them."""
    days = week(new_alerts=4)
    days[5] = replace(days[5], new_alerts=5)

    assert judged(days).verdict == "HOLD"
    assert judged(days, DEFAULT, Accepted(FOURTH, "new_alerts", "known", 3)).verdict == "HOLD"
    assert judged(days, DEFAULT, Accepted(FOURTH, "new_alerts", "known", 4)).verdict == "GO"


def test_an_accepted_missing_day_is_not_counted() -> None:
    """The last day needs a second entry, because two rules object to it."""
    days = [*quiet_days(DAY - timedelta(days=1), 8), missing_day(DAY)]
    missing = Accepted(DAY, "missing", "a fire")
    last = Accepted(DAY, "last_day", "a fire")

    assert [each.rule for each in judged(days, DEFAULT, missing).findings] == ["last_day"]
    assert judged(days, DEFAULT, missing, last).verdict == "GO"


def test_of_two_entries_the_larger_counts() -> None:
    """The larger of two accepted entries counts, not their sum."""
    days = week(parse_errors=3)
    entry = Accepted(FOURTH, "parse_errors", "known", 2)

    assert judged(days, DEFAULT, entry, entry).verdict == "HOLD"


def test_a_critical_alert_is_never_accepted() -> None:
    """No entry of the configuration accepts a critical alert."""
    rules: tuple[AcceptableRule, ...] = get_args(AcceptableRule)
    entries = [Accepted(FOURTH, rule, "all", 99) for rule in rules]

    assert judged(week(critical_alerts=1), DEFAULT, *entries).verdict == "NO_GO"
    unreadable = week(critical_alerts=1, found=False, readable=False)
    assert judged(unreadable, DEFAULT, *entries).verdict == "NO_GO"


# --- a report alone ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (quiet_day(), False),
        (quiet_day(new_alerts=5), False),
        (quiet_day(new_alerts=6), True),
        (quiet_day(critical_alerts=1), True),
        (quiet_day(not_understood=1), True),
        (quiet_day(danger=1), True),
        (quiet_day(critical_actions=1), True),
        (quiet_day(legacy_critical=1), True),
        (quiet_day(parse_errors=1), True),
        (quiet_day(complete=False), True),
        (quiet_day(empty=True), True),
        (quiet_day(trust="unlisted"), True),
        (quiet_day(lost=("records 2, now 1",)), True),
        (unreadable_day(DAY), True),
        (unreadable_day(date.max), True),
    ],
)
def test_a_report_alone_can_object(day: Day, *, expected: bool) -> None:
    """Rules that need other days are passed over."""
    assert objects_alone(day, DEFAULT) is expected


# --- failing closed ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7, 14])
@pytest.mark.parametrize(
    "make", [missing_day, unreadable_day, lambda day: quiet_day(day, empty=True)]
)
def test_days_without_data_are_never_a_go(make: Callable[[date], Day], count: int) -> None:
    """A range without data is HOLD, and its reasons name the days."""
    days = [make(day) for day in days_until(DAY, count)]

    judgement = judged(days)
    reasons = judgement.reasons

    assert judgement.verdict == "HOLD"
    assert any(reason.startswith("0 days with data, 7 wanted") for reason in reasons)
    assert all(re.search(r"2025-12-\d\d", reason) for reason in reasons)


def test_the_laxest_policy_still_asks_for_a_day_with_data() -> None:
    """The least strict policy still requires a day with data."""
    lax = Policy(10**9, 10**9, 1, 1, ("sat",), 1)

    assert judged([missing_day(DAY)], lax).verdict == "HOLD"
    assert judged([unreadable_day(DAY)], lax).verdict == "HOLD"


def test_a_run_later_than_usual_leaves_a_gap_in_files_of_the_earlier_scripts() -> None:
    """A report without a window that is made later than usual leaves a gap."""
    days = [
        day_of_summary(summary(end_of(day, 20 if day == DAY else 8), window=None))
        for day in days_until(DAY, 7)
    ]

    judgement = judge(days, DEFAULT, end=end_of(DAY, 20))

    assert judgement.reasons == ("time that no window covers between: 2025-12-19 and 2025-12-20",)


def test_old_markdown_has_a_window_too() -> None:
    """A day of old Markdown that was made late leaves the same gap."""
    days = quiet_days(DAY, 7)
    text = old_markdown(
        reported_at="2025-12-20T20:00:00+00:00", severities="[('info', 1)]", actions="**0**"
    )
    days[-1] = day_of_old_markdown(DAY, text)

    judgement = judge(days, DEFAULT, end=end_of(DAY, 20))

    assert judgement.reasons == ("time that no window covers between: 2025-12-19 and 2025-12-20",)


def test_the_summary_of_a_day_carries_through_to_the_verdict() -> None:
    """A critical alert in one of fourteen summaries is NO_GO."""
    days = [
        day_of_summary(summary(end_of(day), metrics=metrics(critical_alerts=int(day == DAY))))
        for day in days_until(DAY, 14)
    ]

    judgement = judged(days)

    assert judgement.verdict == "NO_GO"
    assert judgement.reasons == ("critical alerts on 1 day: 2025-12-20",)


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
        not_understood=draw(SMALL),
        danger=draw(SMALL) // 3,
        critical_actions=draw(SMALL) // 3,
        legacy_critical=draw(SMALL) // 3,
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
        st.sampled_from([(), ("sat",), ("2025-12-16", "mon")]),
    ),
)

WORSE: dict[str, Callable[[Day], Day]] = {
    "more critical alerts": lambda day: replace(day, critical_alerts=day.critical_alerts + 1),
    "more new alerts": lambda day: replace(day, new_alerts=day.new_alerts + 1),
    "more parse errors": lambda day: replace(day, parse_errors=day.parse_errors + 1),
    "more not understood": lambda day: replace(day, not_understood=day.not_understood + 1),
    "more dangers": lambda day: replace(day, danger=day.danger + 1),
    "more critical actions": lambda day: replace(day, critical_actions=day.critical_actions + 1),
    "more legacy criticals": lambda day: replace(day, legacy_critical=day.legacy_critical + 1),
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
    """A worse day never makes the verdict milder."""
    place = data.draw(st.integers(0, len(days) - 1))
    worse = [*days]
    worse[place] = WORSE[worsening](days[place])

    assert RANK[judged(worse, policy).verdict] >= RANK[judged(days, policy).verdict]


@pytest.mark.parametrize("loss", LOST)
@settings(max_examples=examples(100))
@given(days=any_days(), policy=POLICIES, data=st.data())
def test_losing_a_quiet_report_never_moves_the_verdict_towards_go(
    loss: str, days: list[Day], policy: Policy, data: st.DataObject
) -> None:
    """The loss of a quiet report never makes the verdict milder."""
    place = data.draw(st.integers(0, len(days) - 1))
    days[place] = quiet_day(days[place].date)
    gaps = [each.days for each in judged(days, policy).findings if each.rule == "gap"]
    # A gap lies between two reports, so it goes with one of them where the policy allows that.
    assume(not any(days[place].date in each for each in gaps))
    lost = [*days]
    lost[place] = LOST[loss](days[place].date)

    assert RANK[judged(lost, policy).verdict] >= RANK[judged(days, policy).verdict]


@settings(max_examples=examples(100))
@given(days=any_days(), policy=POLICIES, data=st.data())
def test_a_report_that_becomes_unreadable_is_never_a_go(
    days: list[Day], policy: Policy, data: st.DataObject
) -> None:
    """A range with an unreadable report is never GO."""
    place = data.draw(st.integers(0, len(days) - 1))
    days[place] = unreadable_day(days[place].date)

    assert judged(days, policy).verdict != "GO"


def unseen(between: Sequence[Day], start: datetime, end: datetime, policy: Policy) -> timedelta:
    """Return the time between two windows; around days that lack less than that."""
    left = end - start - timedelta(days=sum(not policy.is_off(day.date) for day in between))
    for back in range(40 if between else 0):
        midnight = end_of(end.date() - timedelta(days=back), hour=0)
        if policy.is_off(midnight.date()):
            first, last = max(start, midnight), min(end, midnight + timedelta(days=1))
            left -= max(last - first, timedelta())
    return left


def objections(days: Sequence[Day], policy: Policy) -> bool:
    """Return whether any rule of the contract gives a reason for HOLD."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    lacking = [day.state == "missing" or (day.found and day.empty) for day in days]
    absent = [
        gone
        and names[day.date.weekday()] not in policy.days_off
        and day.date.isoformat() not in policy.days_off
        for gone, day in zip(lacking, days, strict=True)
    ]
    with_data = [day.found and not gone for gone, day in zip(lacking, days, strict=True)]
    size = policy.missing_window_days
    reported = [place for place, day in enumerate(days) if day.found]
    uncovered = any(
        start and end and unseen(days[first + 1 : second], start, end, policy) > timedelta()
        for first, second in itertools.pairwise(reported)
        for start, end in [(days[first].end, days[second].start)]
    )
    ended = [place for place in reported if days[place].end]
    if ended:
        start, rest = days[ended[-1]].end, days[ended[-1] + 1 :]
        assert start
        lacking_days = [day for day in rest if not day.found]
        uncovered |= unseen(lacking_days, start, end_of(DAY), policy) > HOUR
    return (
        sum(day.new_alerts for day in days) > policy.max_new_alerts
        or any(day.parse_errors > 0 for day in days)
        or any(day.state in {"incomplete", "unreadable"} for day in days)
        or any(day.not_understood > 0 or day.danger > 0 for day in days)
        or any(day.critical_actions > 0 or day.legacy_critical > 0 for day in days)
        or any(sum(absent[i : i + size]) > policy.max_missing_days for i in range(len(days)))
        or absent[-1]
        or sum(with_data) < policy.min_days_with_data
        or uncovered
    )


@settings(max_examples=examples(300))
@given(days=any_days(), policy=POLICIES)
def test_the_verdict_is_the_one_of_the_contract(days: list[Day], policy: Policy) -> None:
    """The verdict is that of the rules of the contract."""
    judgement = judged(days, policy)
    verdict, reasons = judgement.verdict, judgement.reasons

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


# --- the words ------------------------------------------------------------------------------------


def test_the_hints_are_those_of_the_stage() -> None:
    """A command of another stage would mend nothing."""
    days = week(parse_errors=1)

    found = judge(days, DEFAULT, end=end_of(DAY), stage=stage_of("paper"))

    assert "--stage paper" in found.findings[0].hint
    assert "--stage" not in judged(days).findings[0].hint


def test_a_hint_names_the_causes_of_the_fault() -> None:
    """The operator mends a line of a file, and not a day."""
    [*_, day] = quiet_days(DAY, 7)
    assert day.summary
    rejected = (RejectedLine("telemetry/a.jsonl", 3, "not JSON"),)
    report = replace(day.summary, metrics=metrics(parse_errors=1), rejected=rejected)

    [finding] = judged(week(parse_errors=1, summary=report)).findings

    assert "telemetry/a.jsonl line 3" in finding.hint


def test_of_two_entries_for_one_fault_the_larger_number_counts() -> None:
    """The order of the entries makes no difference."""
    entries = [Accepted(FOURTH, "parse_errors", "known", count) for count in (3, 1)]

    for order in (entries, entries[::-1]):
        assert judged(week(parse_errors=3), DEFAULT, *order).verdict == "GO"
        assert judged(week(parse_errors=4), DEFAULT, *order).verdict == "HOLD"


def test_an_accepted_fault_has_nothing_to_do() -> None:
    """It is listed with its reason, and without a hint."""
    [finding] = judged(week(), DEFAULT, Accepted(FOURTH, "danger", "a drill", 2)).tolerated

    assert finding == Finding("danger", "GO", (FOURTH,), "accepted up to 2 of danger: a drill", "")


def test_an_accepted_missing_day_leaves_room_for_another() -> None:
    """The other missing days are, up to the number that is allowed."""
    days = week()
    days[1], days[3] = missing_day(days[1].date), missing_day(FOURTH)
    policy = Policy(max_missing_days=1, min_days_with_data=5)

    assert judged(days, policy).verdict == "HOLD"
    assert judged(days, policy, Accepted(FOURTH, "missing", "known")).verdict == "GO"


def test_a_long_list_of_folders_is_cut() -> None:
    """Five are named, the others are counted."""

    def text(count: int) -> str:
        days = quiet_days(DAY, 7)
        folders = tuple(ScannedFolder(f"f{i}", 1, 1, 1, 1) for i in range(count))
        assert days[0].summary
        full = replace(days[0].summary, coverage=coverage(folders=folders))
        days[0] = replace(days[0], summary=full)
        return judged(days).findings[0].text

    names = "f0, f1, f2, f3, f4"
    assert f"in {names}, last seen" in text(5)
    assert f"in {names} and 1 more, last seen" in text(6)
    assert f"in {names} and 3 more, last seen" in text(8)


def test_reports_that_were_made_again_are_told_apart_from_unreadable_ones() -> None:
    """Both are one finding."""
    days = week()
    assert days[1].summary
    days[1] = replace(days[1], summary=replace(days[1].summary, remade=True))
    days[3] = unreadable_day(FOURTH)

    assert judged(days).findings[0].text == (
        "unreadable reports on 1 day, reports made again in place of changed or lost ones on 1 day"
    )


def test_a_report_without_a_window_covers_no_time() -> None:
    """The gap is behind the last report that says when it ended."""
    days = week()
    days[-1] = replace(days[-1], start=None, end=None)

    [finding] = judged(days).findings

    assert (finding.rule, finding.days) == ("gap", (days[-2].date,))


def test_a_folder_that_was_not_there_every_day_may_be_silent() -> None:
    """Only a source with events on every earlier day has stopped."""

    def days_of(*events: int | None) -> list[Day]:
        days = quiet_days(DAY, 7)
        for place, count in enumerate(events):
            own = () if count is None else (ScannedFolder("alerts", 1, 1, 1, count),)
            whole = days[place].summary
            assert whole
            both = coverage(folders=(ScannedFolder("telemetry", 1, 1, 1, 1), *own))
            days[place] = replace(days[place], summary=replace(whole, coverage=both))
        return days

    assert [each.rule for each in judged(days_of(1, 1, 1, 1, 1, 1, 0)).findings] == ["source_gone"]
    assert judged(days_of(1, 1, None, 1, 1, 1, 0)).verdict == "GO"
    assert judged(days_of(1, 1, 0, 1, 1, 1, 0)).verdict == "GO"
