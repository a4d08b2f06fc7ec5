"""Tests of `peaktrade_ops.stage1.rules`: section 7 of the contract, a row for each threshold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec
import pytest
from msgspec.structs import replace

from peaktrade_ops.config import AcceptableRule, Config, Policy
from peaktrade_ops.stage1.day import (
    Day,
    day_of_summary,
    gone_day,
    missing_day,
    pruned_day,
    unreadable_day,
)
from peaktrade_ops.stage1.models import ScannedFolder, Understanding
from peaktrade_ops.stage1.policy import ALL_PASSED, judge
from peaktrade_ops.stage1.rules import RULES, Rule
from tests.support.artifacts import DAY, coverage, end_of, quiet_day, quiet_days, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = timedelta(hours=1)
DAYLONG = timedelta(days=1)
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
        if made.found and made.end is None:
            made = replace(made, start=days[place].start, end=days[place].end)
        days[place] = replace(made, date=days[place].date)
    return days


def of_midnights(days: Sequence[Day]) -> list[Day]:
    """Return days whose windows are those of the calendar; days without a report stay."""
    return [
        replace(day, start=end_of(day.date, 0), end=end_of(day.date, 0) + DAYLONG)
        if day.found
        else day
        for day in days
    ]


def reported(**changes: Any) -> Day:  # noqa: ANN401 (of a summary)
    """Return a day with a summary, whose fields are changed."""
    return replace(day_of_summary(summary(**changes)), start=None, end=None)


def with_folders(*paths: str, events: int = 1, **changes: object) -> Day:
    """Return a day whose report lists folders, with so many events each."""
    folders = tuple(ScannedFolder(path, 1, 1, 1, events) for path in paths)
    return reported(coverage=coverage(folders=folders), **changes)


def of_other_settings(**changes: object) -> Day:
    """Return a day whose report was made with other settings."""
    settings = summary().settings
    assert settings
    return reported(settings=msgspec.structs.replace(settings, **changes))


MISSING = missing_day(DAY)
UNREADABLE = unreadable_day(DAY)
EMPTY = {"empty": True}
DEFAULT = Policy()
BOTH = with_folders("alerts", "telemetry")
ONE = with_folders("telemetry")


class Row(NamedTuple):
    """Days and a policy, with the expected verdict and its only reason."""

    rule: str
    days: Sequence[Day]
    verdict: str
    reason: str = ALL_PASSED
    policy: Policy = DEFAULT
    end: datetime = end_of(DAY)


MIDNIGHT = end_of(DAY, 0) + DAYLONG

ROWS = [
    Row("nothing to object to", days_with(), "GO"),
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
        "1 new alert, more than 0: 2025-12-20",
        Policy(0),
    ),
    # Parse errors, incomplete and unreadable days.
    Row(
        "one parse error",
        days_with(d4={"parse_errors": 1}),
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
        "an unreadable day",
        days_with(d4=UNREADABLE),
        "HOLD",
        "unreadable reports on 1 day: 2025-12-11",
    ),
    Row(
        "a day whose report is gone",
        days_with(d13=gone_day(DAY)),
        "HOLD",
        "unreadable reports on 1 day: 2025-12-20",
    ),
    Row(
        "a day whose report was pruned",
        days_with(d3=pruned_day(DAY), d4=UNREADABLE),
        "HOLD",
        "unreadable reports on 1 day, pruned reports on 1 day: 2025-12-10, 2025-12-11",
    ),
    Row(
        "a report made again in place of one that was changed",
        days_with(d4=reported(remade=True)),
        "HOLD",
        "reports made again in place of changed or lost ones on 1 day: 2025-12-11",
    ),
    Row(
        "a report that is not in the index",
        days_with(d4={"trust": "unlisted"}),
        "HOLD",
        "reports that are not in the index on 1 day: 2025-12-11",
    ),
    # Events that were not understood, or are too severe.
    Row(
        "unknown and unread severities",
        days_with(
            d4=reported(understanding=Understanding(unknown_severity=2)),
            d5=reported(understanding=Understanding(unknown_severity=1, unread_severity=1)),
        ),
        "HOLD",
        "events that were not understood on 2 days (unknown severity 3, unread severity 1):"
        " 2025-12-11, 2025-12-12",
    ),
    Row(
        "serious events without a time and ahead of the clock",
        days_with(
            d4=reported(understanding=Understanding(untimed_serious=1, ahead_serious=2)),
        ),
        "HOLD",
        "events that were not understood on 1 day (serious without a time 1,"
        " serious and ahead of the clock 2): 2025-12-11",
    ),
    Row(
        "a critical event without a time in a report of version 0.1.0",
        days_with(
            d4=replace(
                reported(understanding=None, coverage=coverage(untimed_critical=1)), complete=True
            )
        ),
        "HOLD",
        "events that were not understood on 1 day (serious without a time 1): 2025-12-11",
    ),
    Row(
        "a day of which no more is known than that something was not understood",
        days_with(d4={"not_understood": 1}),
        "HOLD",
        "events that were not understood on 1 day: 2025-12-11",
    ),
    Row(
        "an unpacked event is understood",
        days_with(d4=reported(understanding=Understanding(unpacked=9))),
        "GO",
    ),
    Row(
        "a danger",
        days_with(d4=reported(understanding=Understanding(danger=1))),
        "HOLD",
        "dangers on 1 day: 2025-12-11",
    ),
    Row(
        "an operator action that is critical",
        days_with(d4=reported(understanding=Understanding(critical_actions=1))),
        "HOLD",
        "operator actions on something critical on 1 day: 2025-12-11",
    ),
    Row("an operator action that is not critical", days_with(d4={"operator_actions": 1}), "GO"),
    Row(
        "a critical event of a legacy source",
        days_with(d4=reported(understanding=Understanding(legacy_critical=1))),
        "HOLD",
        "serious events of legacy sources on 1 day: 2025-12-11",
    ),
    # Missing and empty days.
    Row(
        "1 missing day",
        days_with(d4=MISSING),
        "HOLD",
        "1 missing or empty day: 2025-12-11",
    ),
    Row("1 empty day", days_with(d4=EMPTY), "HOLD", "1 missing or empty day: 2025-12-11"),
    Row("1 missing day where 1 is allowed", days_with(d4=MISSING), "GO", policy=Policy(5, 1)),
    Row(
        "2 missing days, 7 days apart, where 1 is allowed",
        days_with(d2=MISSING, d9=MISSING),
        "GO",
        policy=Policy(5, 1),
    ),
    Row(
        "2 missing days, 6 days apart, where 1 is allowed",
        days_with(d2=MISSING, d8=EMPTY),
        "HOLD",
        "2 missing or empty days, more than 1 within 7 days: 2025-12-09, 2025-12-15",
        Policy(5, 1),
    ),
    Row(
        "the days that matter are named, others are not",
        days_with(21, d0=MISSING, d12=MISSING, d14=EMPTY),
        "HOLD",
        "2 missing or empty days, more than 1 within 7 days: 2025-12-12, 2025-12-14",
        Policy(5, 1),
    ),
    Row(
        "a window that is longer than the range",
        days_with(10, d0=MISSING, d8=MISSING),
        "HOLD",
        "2 missing or empty days, more than 1 within 30 days: 2025-12-11, 2025-12-19",
        Policy(5, 1, missing_window_days=30),
    ),
    Row(
        "empty and missing days off",
        of_midnights(days_with(d6=MISSING, d13=EMPTY)),
        "GO",
        policy=Policy(days_off=("sat",)),
        end=MIDNIGHT,
    ),
    Row(
        "a date off",
        of_midnights(days_with(d6=MISSING)),
        "GO",
        policy=Policy(days_off=("2025-12-13",)),
        end=MIDNIGHT,
    ),
    Row(
        "an empty day beside a day off",
        of_midnights(days_with(d6=MISSING, d7=EMPTY)),
        "HOLD",
        "1 missing or empty day: 2025-12-14",
        Policy(days_off=("sat",)),
        MIDNIGHT,
    ),
    # The last day.
    Row(
        "the last day missing",
        days_with(d_1=MISSING),
        "HOLD",
        "the last day is missing or empty: 2025-12-20",
        Policy(5, 1, missing_window_days=1),
    ),
    Row(
        "the last day empty",
        days_with(d_1=EMPTY),
        "HOLD",
        "the last day is missing or empty: 2025-12-20",
        Policy(5, 1),
    ),
    # Days with data.
    Row("7 days with data", days_with(7), "GO"),
    Row(
        "6 days with data of 6",
        days_with(6),
        "HOLD",
        "6 days with data, 7 wanted, in the whole range up to: 2025-12-20",
    ),
    Row(
        "6 days with data of 7, and a day off",
        of_midnights(days_with(7, d_1=MISSING)),
        "HOLD",
        "6 days with data, 7 wanted, and none on: 2025-12-20",
        Policy(days_off=("sat",)),
        MIDNIGHT,
    ),
    Row("as many days with data as wanted", days_with(4), "GO", policy=Policy(5, 0, 7, 4)),
    # Time that no window covers.
    Row(
        "a gap of a microsecond",
        days_with(d5={"start": end_of(date(2025, 12, 11)) + TICK}),
        "HOLD",
        "time that no window covers between: 2025-12-11 and 2025-12-12",
    ),
    Row(
        "a later run on the same day",
        days_with(d12=quiet_day(DAY - timedelta(days=1), hour=9)),
        "HOLD",
        "time that no window covers between: 2025-12-18 and 2025-12-19",
    ),
    Row("a last report an hour before the end", days_with(d13=quiet_day(DAY, hour=7)), "GO"),
    Row(
        "a last report more than an hour before the end",
        days_with(d13={"end": end_of(DAY) - HOUR - TICK}),
        "HOLD",
        "time that no window covers between: 2025-12-20 and the end of the range",
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
        "a day off at the end leaves its own 24 hours open",
        of_midnights(days_with(d13=MISSING)),
        "GO",
        policy=Policy(days_off=("2025-12-20",)),
        end=MIDNIGHT,
    ),
    Row(
        "a day off at the end, and windows that end in the morning",
        days_with(d13=MISSING),
        "HOLD",
        "time that no window covers between: 2025-12-19 and the end of the range",
        Policy(days_off=("2025-12-20",)),
    ),
    Row(
        "days off, and windows that end in the morning",
        days_with(d6=MISSING, d7=MISSING),
        "HOLD",
        "time that no window covers between: 2025-12-12 and 2025-12-15",
        Policy(days_off=("sat", "sun")),
    ),
    Row(
        "a day off, and the first hours of the day behind it",
        [
            replace(day, start=day.start and day.start + 6 * HOUR) if day.date.day == 14 else day
            for day in of_midnights(days_with(d6=MISSING))
        ],
        "HOLD",
        "time that no window covers between: 2025-12-12 and 2025-12-14",
        Policy(days_off=("sat",)),
        end=MIDNIGHT,
    ),
    Row(
        "days off, and a report of the night before them",
        days_with(d7=MISSING),
        "GO",
        policy=Policy(days_off=("sat", "sun")),
    ),
    Row(
        "a day off with a report of its morning, and the next day from midnight on",
        days_with(
            d7=quiet_day(date(2025, 12, 14), hour=8),
            d8={"start": end_of(date(2025, 12, 15), hour=0)},
        ),
        "HOLD",
        "time that no window covers between: 2025-12-14 and 2025-12-15",
        Policy(days_off=("sat", "sun")),
    ),
    Row(
        "a last report of the morning of a day off",
        days_with(),
        "HOLD",
        "time that no window covers between: 2025-12-20 and the end of the range",
        Policy(days_off=("sat", "sun")),
        end=MIDNIGHT,
    ),
    Row(
        "missing days that are allowed, whenever the windows end",
        days_with(d6=MISSING, d7=MISSING),
        "GO",
        policy=Policy(max_missing_days=2),
    ),
    # Less than a report shows.
    Row(
        "telemetry that shows less",
        days_with(d4=reported(lost=("critical 1, now 0",))),
        "HOLD",
        "telemetry that shows less than the report on 1 day: 2025-12-11",
    ),
    Row(
        "telemetry that shows less of one thing and more of another",
        days_with(d4=reported(lost=("dangers 0, now 2", "alerts 1, now 0"))),
        "HOLD",
        "telemetry that shows less than the report on 1 day: 2025-12-11",
    ),
    Row("a report that has aged out", days_with(d4=reported(aged=True)), "GO"),
    # Sources.
    Row("the same folders every day", days_with(d3=BOTH, d13=BOTH), "GO"),
    Row(
        "a folder that is gone",
        days_with(d3=BOTH, d5=BOTH, d13=ONE),
        "HOLD",
        "no files or no events any more in alerts, last seen: 2025-12-12",
    ),
    Row("a folder that is new", days_with(d3=ONE, d13=BOTH), "GO"),
    Row(
        "a folder that is gone on a day that has aged out",
        days_with(d3=with_folders("alerts", "telemetry", aged=True), d13=ONE),
        "GO",
    ),
    Row(
        "a folder with events on 3 earlier days and with none on the last",
        days_with(
            **{f"d{i}": BOTH for i in range(10, 13)},
            **{f"d{i}": {"empty": True} for i in range(10)},
            d13=reported(
                coverage=coverage(
                    folders=(
                        ScannedFolder("alerts", 1, 1, 1, 0),
                        ScannedFolder("telemetry", 1, 1, 1, 1),
                    )
                )
            ),
        ),
        "HOLD",
        "no files or no events any more in alerts, last seen: 2025-12-19",
        Policy(5, 14, 7, 1),
    ),
    Row(
        "a folder with events on 2 earlier days and with none on the last",
        days_with(
            **{f"d{i}": BOTH for i in range(11, 13)},
            **{f"d{i}": {"empty": True} for i in range(11)},
            d13=reported(
                coverage=coverage(
                    folders=(
                        ScannedFolder("alerts", 1, 1, 1, 0),
                        ScannedFolder("telemetry", 1, 1, 1, 1),
                    )
                )
            ),
        ),
        "GO",
        policy=Policy(5, 14, 7, 1),
    ),
    # Settings.
    Row("the same settings", days_with(d3=reported(), d13=reported()), "GO"),
    Row(
        "another digest of the settings",
        days_with(d3=of_other_settings(digest="1" * 64), d13=reported()),
        "HOLD",
        "reports of other settings than the last on 1 day: 2025-12-10",
    ),
    Row(
        "another scope",
        days_with(d3=of_other_settings(scope="input"), d4=of_other_settings(scope="input")),
        "HOLD",
        "reports of other settings than the last on 2 days: 2025-12-10, 2025-12-11",
    ),
    Row("no settings", days_with(d3=reported(settings=None), d13=reported()), "GO"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_every_rule_and_its_threshold(row: Row) -> None:
    """One rule objects at its threshold, and no rule objects below it."""
    judgement = judge(row.days, row.policy, end=row.end)

    assert (judgement.verdict, judgement.reasons) == (row.verdict, (row.reason,))


def test_the_last_day_of_the_calendar_ends_a_gap() -> None:
    """There is no midnight behind it."""
    last = datetime(9999, 12, 31, 12, tzinfo=UTC)
    days = [*quiet_days(last.date() - DAYLONG, 13), missing_day(last.date())]

    findings = judge(days, Policy(days_off=("fri",)), end=last).findings

    assert [(each.rule, each.days) for each in findings] == [("gap", (days[-2].date,))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_rows_on_both_sides_and_a_hint(rule: Rule) -> None:
    """The table has days to which each rule objects and days to which it does not."""
    found = [judge(row.days, row.policy, end=row.end).findings for row in ROWS]
    own = [[each for each in findings if each.rule == rule.name] for findings in found]

    assert [] in own
    objections = [each for findings in own for each in findings]
    assert {each.verdict for each in objections} == {rule.verdict}
    assert all(each.days for each in objections)
    for each in objections:
        sentence, *lines = each.hint.split("\n")
        assert sentence
        assert not sentence.endswith(".")
        if lines:
            entries = msgspec.toml.decode("\n".join(lines), type=Config).accepted
            assert {entry.rule for entry in entries} == {rule.name}


def test_the_rules_are_in_the_order_of_the_contract() -> None:
    """A verdict lists its findings in this order."""
    assert [rule.name for rule in RULES] == [
        "critical",
        "not_understood",
        "danger",
        "critical_actions",
        "legacy_critical",
        "new_alerts",
        "parse_errors",
        "incomplete",
        "unreadable",
        "unlisted",
        "missing",
        "last_day",
        "too_short",
        "gap",
        "lost",
        "source_gone",
        "mixed",
    ]


def test_rules_have_names_of_their_own() -> None:
    """Programs identify findings by the name of their rule."""
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_the_configuration_names_the_rules_that_can_be_accepted() -> None:
    """A rule can be accepted exactly if ``[[accepted]]`` may name it."""
    assert {rule.name for rule in RULES if rule.is_acceptable} == {*get_args(AcceptableRule)}


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.is_acceptable], ids=lambda r: r.name
)
def test_what_a_hint_proposes_to_accept_is_accepted(rule: Rule) -> None:
    """The lines of a hint, pasted into the configuration, take the objection away."""
    for row in ROWS:
        findings = judge(row.days, row.policy, end=row.end).findings
        if [each.rule for each in findings] != [rule.name]:
            continue
        lines = findings[0].hint.split("\n")[1:]
        entries = msgspec.toml.decode("\n".join(lines), type=Config).accepted

        judgement = judge(row.days, row.policy, end=end_of(DAY), accepted=entries)

        assert judgement.verdict == "GO"
        assert rule.name in {each.rule for each in judgement.tolerated}
