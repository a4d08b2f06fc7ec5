"""Tests of `peaktrade_ops.stage1.checks`: what each rule measured, whether it objects or not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from peaktrade_ops.config import AcceptableRule, Accepted, Policy
from peaktrade_ops.stage1.checks import MEASURES, checks_of
from peaktrade_ops.stage1.day import Day, day_of_summary, missing_day, unreadable_day
from peaktrade_ops.stage1.models import Check, ScannedFolder
from peaktrade_ops.stage1.policy import judge, span_of
from peaktrade_ops.stage1.rules import RULES
from tests.support.artifacts import DAY, coverage, end_of, quiet_day, quiet_days, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = Policy()
FOURTH = date(2025, 12, 17)


def checked(days: Sequence[Day], policy: Policy = DEFAULT, *accepted: Accepted) -> dict[str, Check]:
    """Return the check of each rule on days, by its name."""
    end = end_of(DAY)
    findings = judge(days, policy, end=end, accepted=accepted).findings
    span = span_of(days, policy, end=end, accepted=accepted)
    return {check.rule: check for check in checks_of(span, findings)}


def week(place: int = 3, **changes: object) -> list[Day]:
    """Return a week of quiet days, of which one is changed."""
    days = quiet_days(DAY, 7)
    days[place] = replace(days[place], **changes)
    return days


def absent(place: int) -> list[Day]:
    """Return a week of quiet days, of which one is missing."""
    days = quiet_days(DAY, 7)
    days[place] = missing_day(days[place].date)
    return days


def test_a_quiet_week_passes_every_check() -> None:
    """Every rule of the table is there, in its order, with what it measured and allows."""
    checks = checked(quiet_days(DAY, 7))

    assert [(check.rule, check.measured, check.threshold) for check in checks.values()] == [
        ("critical", "0 critical alerts", "none allowed"),
        ("not_understood", "0 events", "none allowed"),
        ("danger", "0 events", "none allowed"),
        ("critical_actions", "0 actions", "none allowed"),
        ("legacy_critical", "0 events", "none allowed"),
        ("new_alerts", "0 alerts", "at most 5"),
        ("parse_errors", "0 parse errors", "none allowed"),
        ("incomplete", "0 days", "none allowed"),
        ("unreadable", "0 days", "none allowed"),
        ("unlisted", "0 days", "none allowed"),
        ("missing", "0 days", "none allowed"),
        ("last_day", "has data", "neither missing nor empty"),
        ("too_short", "7 days with data", "at least 7"),
        ("gap", "0 gaps", "none allowed"),
        ("lost", "0 days", "none allowed"),
        ("source_gone", "0 folders", "none allowed"),
        ("mixed", "0 days", "none allowed"),
    ]
    assert {check.result for check in checks.values()} == {"passed"}
    assert [check.verdict for check in checks.values()] == [rule.verdict for rule in RULES]


def test_every_rule_has_its_measure() -> None:
    """A new rule needs a row in both tables."""
    assert list(MEASURES) == [rule.name for rule in RULES]


def gone() -> list[Day]:
    """Return a week whose fourth day has two folders that the last one has not."""
    folders = tuple(ScannedFolder(path, 1, 1, 1, 1) for path in ("a", "b", "telemetry"))
    report = summary(end_of(FOURTH), coverage=coverage(folders=folders))
    days = quiet_days(DAY, 7)
    days[3] = day_of_summary(report)
    return days


@pytest.mark.parametrize(
    ("rule", "days", "measured", "count"),
    [
        ("critical", week(critical_alerts=3), "3 critical alerts on 1 day", 0),
        ("not_understood", week(not_understood=3), "3 events on 1 day", 3),
        ("danger", week(danger=1), "1 event on 1 day", 1),
        ("critical_actions", week(critical_actions=2), "2 actions on 1 day", 2),
        ("legacy_critical", week(legacy_critical=2), "2 events on 1 day", 2),
        ("new_alerts", week(new_alerts=8), "8 alerts", 3),
        ("parse_errors", week(parse_errors=2), "2 parse errors on 1 day", 2),
        ("incomplete", week(complete=False), "1 day", 1),
        ("unlisted", week(trust="unlisted"), "1 day", 1),
        ("missing", absent(3), "1 day", 1),
        ("last_day", absent(6), "missing", 1),
        ("too_short", absent(3), "6 days with data", 0),
        ("gap", week(start=end_of(FOURTH) - timedelta(hours=23)), "1 gap", 1),
        ("lost", week(lost=("records 2, now 1",)), "1 day", 1),
        ("source_gone", gone(), "2 folders", 2),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_a_rule_objects_passes_or_is_accepted(
    rule: AcceptableRule, days: list[Day], measured: str, count: int
) -> None:
    """What is accepted was measured all the same; an entry that is too small accepts nothing."""
    assert checked(days)[rule].measured == measured
    assert checked(days)[rule].result == "objects"
    day = DAY if rule == "last_day" else FOURTH
    if count:
        accepted = checked(days, DEFAULT, Accepted(day, rule, "known", count))[rule]
        assert (accepted.measured, accepted.result) == (measured, "accepted")
    if count > 1:
        smaller = Accepted(day, rule, "known", count - 1)
        assert checked(days, DEFAULT, smaller)[rule].result == "objects"


@pytest.mark.parametrize(
    ("policy", "rule", "threshold"),
    [
        (Policy(max_new_alerts=9), "new_alerts", "at most 9"),
        (Policy(min_days_with_data=3), "too_short", "at least 3"),
        (Policy(max_missing_days=2, missing_window_days=5), "missing", "at most 2 within 5 days"),
    ],
)
def test_a_threshold_is_that_of_the_policy(policy: Policy, rule: str, threshold: str) -> None:
    """A softer or stricter policy is seen beside what was measured."""
    assert checked(quiet_days(DAY, 7), policy)[rule].threshold == threshold


def test_alerts_that_the_policy_allows_pass() -> None:
    """An entry for alerts that are allowed anyway changes nothing."""
    assert checked(week(new_alerts=5))["new_alerts"].result == "passed"
    entry = Accepted(FOURTH, "new_alerts", "known", 5)
    assert checked(week(new_alerts=5), DEFAULT, entry)["new_alerts"].result == "passed"


def test_missing_days_are_counted_by_window_where_some_are_allowed() -> None:
    """The largest number in any window is what the threshold is for."""
    days = quiet_days(DAY, 14)
    for place in (0, 2, 12):
        days[place] = missing_day(days[place].date)

    check = checked(days, Policy(max_missing_days=2))["missing"]

    assert (check.measured, check.result) == ("3 days, 2 within 7", "passed")
    assert checked(days)["missing"].measured == "3 days"


@pytest.mark.parametrize(
    ("last", "policy", "measured", "result"),
    [
        (missing_day(DAY), Policy(), "missing", "objects"),
        (missing_day(DAY), Policy(days_off=("sat",)), "missing, a day off", "passed"),
        (quiet_day(empty=True), Policy(), "empty", "objects"),
        (quiet_day(empty=True), Policy(days_off=("sat",)), "empty, a day off", "passed"),
        (unreadable_day(DAY), Policy(days_off=("sat",)), "unreadable", "passed"),
        (quiet_day(complete=False), Policy(), "has data", "passed"),
    ],
)
def test_the_last_day_is_described(last: Day, policy: Policy, measured: str, result: str) -> None:
    """An unreadable last day is left to the rule for such days."""
    check = checked([*quiet_days(DAY - timedelta(days=1), 7), last], policy)["last_day"]

    assert (check.measured, check.result) == (measured, result)
