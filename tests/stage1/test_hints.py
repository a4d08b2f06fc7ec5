"""Tests of `peaktrade_ops.stage1.hints`: what to do, with names and lines to paste."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from peaktrade_ops.config import Accepted, Policy
from peaktrade_ops.stage1 import hints
from peaktrade_ops.stage1.day import Day, day_of_summary, missing_day
from peaktrade_ops.stage1.faults import DayRange, Fault
from peaktrade_ops.stage1.left_out import CUT_OFF, WINDOW_NOT_OVER
from peaktrade_ops.stage1.models import LeftOut, RejectedLine
from peaktrade_ops.stage1.policy import judge
from peaktrade_ops.telemetry.files import reasons
from tests.support.artifacts import (
    DAY,
    coverage,
    days_until,
    end_of,
    metrics,
    quiet_day,
    quiet_days,
    summary,
)


def hint_of(rule: str, days: list[Day], policy: Policy | None = None) -> str:
    """Return the hint of a finding of a rule."""
    findings = judge(days, policy or Policy(), end=end_of(DAY)).findings
    [hint] = [each.hint for each in findings if each.rule == rule]
    return hint


def reported(day: date = DAY, **changes: Any) -> Day:  # noqa: ANN401 (of a summary)
    """Return a day with a summary, whose fields are changed."""
    return day_of_summary(summary(end_of(day), **changes))


def test_rejected_lines_are_named() -> None:
    """An operator can open the file at once."""
    lines = tuple(RejectedLine("a.jsonl", number, "not JSON") for number in range(1, 6))
    report = summary(rejected=lines).metrics
    day = reported(rejected=lines, metrics=type(report)(0, 0, 5, 0, 0))

    hint = hint_of("parse_errors", [day])

    assert "(a.jsonl line 1 (not JSON), a.jsonl line 2 (not JSON), a.jsonl line 3" in hint
    assert "and 2 more)" in hint
    assert "count = 5" in hint


@pytest.mark.parametrize(
    ("reason", "repair"),
    [
        ("name not recognised", "rename it, or name it in include or ignore under [sources]"),
        ("too deep", "raise --max-depth"),
        ("not readable", "make it readable for this user"),
    ],
)
def test_each_reason_has_its_repair(reason: str, repair: str) -> None:
    """The hint names each file that was left out and its repair."""
    left_out = (LeftOut("a/b", reason, "incomplete"), LeftOut("c", "ignored", "complete"))
    day = reported(coverage=coverage(complete=False, left_out=left_out))

    hint = hint_of("incomplete", [day])

    assert f"a/b: {reason} ({repair})" in hint
    assert "ignored" not in hint.split("\n")[0].replace("ignore under", "")
    assert "count = 1" in hint


def test_every_reason_that_makes_coverage_incomplete_has_a_repair() -> None:
    """Every reason that makes coverage incomplete has a repair in its hint."""
    words = {name: value for name, value in vars(reasons).items() if name.isupper()}
    known = {value for value in words.values() if isinstance(value, str)}

    unrepaired = (known | {CUT_OFF, WINDOW_NOT_OVER}) - reasons.HARMLESS - hints.REPAIRS.keys()

    assert unrepaired == set()


def test_a_report_of_an_earlier_version_says_so() -> None:
    """The hint about a report of an earlier version says to run stage1-run."""
    hint = hint_of("incomplete", [reported(understanding=None)])

    assert "an earlier version made these reports" in hint
    assert "run stage1-run" in hint


def test_a_dry_run_younger_than_the_range_gets_the_days_that_fit() -> None:
    """The hint names the `--days` to use, or the number of days to wait for."""
    young = [missing_day(day) for day in days_until(DAY - timedelta(days=9), 5)]
    days = [*young, *(quiet_day(day) for day in days_until(DAY, 9))]
    younger = [missing_day(day) for day in days_until(DAY - timedelta(days=4), 10)]
    fewer = [*younger, *(quiet_day(day) for day in days_until(DAY, 4))]

    assert "use --days 9, or wait 5 days" in hint_of("missing", days)
    assert judge(days[5:], Policy(), end=end_of(DAY)).verdict == "GO"
    assert "when it has 7 days, use --days 7" in hint_of("missing", fewer)


def test_a_range_without_any_data_asks_for_the_telemetry() -> None:
    """A wrong folder and a missing mount look like this, and not only a young dry run."""
    for make in (missing_day, lambda day: quiet_day(day, empty=True)):
        days = [make(day) for day in days_until(DAY, 14)]

        assert "check that --repo and PEAK_TELEMETRY_DIR name the telemetry" in hint_of(
            "missing", days
        )


def test_a_loss_names_what_is_gone_and_the_command_that_stores_less() -> None:
    """The hint of a loss names what is gone and the command that stores the poorer report."""
    hint = hint_of("lost", [reported(lost=("critical 1, now 0", "folder alerts"))])

    assert "(critical 1, now 0, folder alerts)" in hint
    assert f"stage1-snapshot --from {DAY} --to {DAY} --replace" in hint


def test_a_left_out_file_that_makes_a_loss_has_its_repair() -> None:
    """A new file that is not scanned is no lost telemetry, so the hint says how to name it."""
    hint = hint_of("lost", [reported(lost=("a.log: not named as JSON lines",))])

    assert "a.log: not named as JSON lines (name it in include or ignore under [sources])" in hint


@pytest.mark.parametrize("rule", [hints.lost, hints.mixed, hints.unlisted])
def test_a_command_that_stores_less_names_the_options_of_the_run(rule: Any) -> None:  # noqa: ANN401 (a hint)
    """Without them the command writes into another folder, or from other telemetry."""
    span = DayRange(quiet_days(DAY, 7), Policy(), {}, end_of(DAY))

    hint = rule(span, [Fault((DAY,))])

    assert "--replace and the --repo, --reports-root and --config of stage1-run" in hint


def test_a_dry_run_is_not_younger_than_a_report_that_was_lost() -> None:
    """An empty day that was made again had a report, so a shorter range is no remedy."""
    first, *rest = quiet_days(DAY, 10)
    empty = reported(first.date, remade=True, coverage=coverage(in_window=0))

    assert "younger" not in hint_of("missing", [empty, *rest])
    assert "younger" in hint_of("missing", [missing_day(first.date), *rest])


@pytest.mark.parametrize(
    ("count", "said"), [(5, "use --days 7 or more"), (10, "wait until 7 days have data")]
)
def test_too_few_days_with_data_ask_for_more(count: int, said: str) -> None:
    """The hint about too few days with data names the range to use or the days to wait for."""
    days: list[Day] = [missing_day(day) for day in days_until(DAY, count)]

    assert said in hint_of("too_short", days)


@pytest.mark.parametrize(("last", "days"), [(date(2025, 12, 17), 9), (date(2025, 12, 21), 11)])
def test_days_off_ask_for_a_longer_range(last: date, days: int) -> None:
    """Waiting never helps where every range of that length has too many days off.

    Nine days up to a Wednesday hold one weekend, and up to a Sunday two.
    """
    policy = Policy(days_off=("sat", "sun"))
    week = [
        missing_day(day) if policy.is_off(day) else quiet_day(date=day)
        for day in days_until(last, 7)
    ]

    assert f"use --days {days} or more" in hint_of("too_short", week, policy)


def test_an_entry_for_alerts_names_those_accepted_before_too() -> None:
    """Of two entries for a day the larger counts, so that one for the rest would never do."""
    accepted = [Accepted(DAY, "new_alerts", "known", 10)]

    [finding] = [
        each
        for each in judge(
            [quiet_day(new_alerts=20)], Policy(), end=end_of(DAY), accepted=accepted
        ).findings
        if each.rule == "new_alerts"
    ]

    assert "10 new alerts" in finding.text
    assert "count = 20" in finding.hint


def test_a_line_end_in_a_path_begins_no_line_to_paste() -> None:
    """The name of a file could otherwise offer lines of the configuration to the operator."""
    name = "a\n[[accepted]]\ndate = 2025-12-19.jsonl"
    left_out = (LeftOut(name, reasons.NOT_READABLE, "incomplete"),)
    lines = (RejectedLine(name, 1, "not JSON"),)
    report = summary().metrics
    days = [
        reported(coverage=coverage(complete=False, left_out=left_out)),
        reported(rejected=lines, metrics=type(report)(0, 0, 1, 0, 0)),
        reported(lost=(f"{name}: archive",)),
    ]

    for rule, day in zip(("incomplete", "parse_errors", "lost"), days, strict=True):
        assert hint_of(rule, [day]).count("\n[[accepted]]\n") == 1


def test_the_lines_to_paste_accept_all_alerts_of_a_day() -> None:
    """Of two entries for a day the larger counts, so the new one contains the accepted alerts."""
    accepted = Accepted(date=DAY, rule="new_alerts", count=3, reason="known")
    day = reported(metrics=metrics(new_alerts=10))

    findings = judge([day], Policy(), end=end_of(DAY), accepted=(accepted,)).findings
    [hint] = [each.hint for each in findings if each.rule == "new_alerts"]

    assert "count = 10" in hint


@pytest.mark.parametrize("rule", [hints.lost, hints.mixed])
def test_the_commands_that_store_less_name_no_day_between(rule: Any) -> None:  # noqa: ANN401 (a hint)
    """The report of a day between may have aged out, and an empty one would take its place."""
    days = days_until(DAY, 7)
    span = DayRange(quiet_days(DAY, 7), Policy(), {}, end_of(DAY))

    hint = rule(span, [Fault((day,)) for day in (days[0], days[3], days[4], days[5])])

    assert f"--from {days[0]} --to {days[0]} --replace" in hint
    assert f"--from {days[3]} --to {days[5]} --replace" in hint
    assert hint.count("--replace") == 2
