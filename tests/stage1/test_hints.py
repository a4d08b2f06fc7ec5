"""Tests of `peaktrade_ops.stage1.hints`: what to do, with names and lines to paste."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.config import Accepted, Policy
from peaktrade_ops.stage1 import hints
from peaktrade_ops.stage1.day import (
    WINDOW_NOT_OVER,
    Day,
    day_of_summary,
    missing_day,
    pruned_day,
    unreadable_day,
)
from peaktrade_ops.stage1.faults import DayRange, Fault
from peaktrade_ops.stage1.left_out import CUT_OFF
from peaktrade_ops.stage1.models import LeftOut, RejectedLine, ScannedFile, ScannedFolder
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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Hint = Callable[[DayRange, Sequence[Fault]], str]


AGAIN = f"stage1-snapshot --as-of {DAY}T08:00:00Z --replace"


def hint_of(rule: str, days: list[Day], policy: Policy | None = None) -> str:
    """Return the hint of a finding of a rule."""
    findings = judge(days, policy or Policy(), end=end_of(DAY)).findings
    [hint] = [each.hint for each in findings if each.rule == rule]
    return hint


def reported(day: date = DAY, **changes: object) -> Day:
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
    assert "ignore" not in hint


def test_a_file_without_any_event_can_be_left_out() -> None:
    """Its lines stand in every day, and an entry for each day would be much to write."""
    rubbish, mixed, other = (
        ScannedFile(path, 9, 3, 0, events=events, rejected=rejected, partial=0)
        for path, events, rejected in (("a|.jsonl", 0, 3), ("b.jsonl", 1, 2), ("c.jsonl", 0, 0))
    )
    held = msgspec.structs.replace(mixed, path="d.jsonl", events=0, rejected=3)
    later = msgspec.structs.replace(held, events=1, rejected=2)
    days = [
        reported(
            day,
            coverage=coverage(files=files),
            metrics=metrics(parse_errors=sum(file.rejected for file in files)),
        )
        for day, files in (
            (DAY - timedelta(days=1), (rubbish, mixed, other, held)),
            (DAY, (rubbish, later)),
        )
    ]

    hint = hint_of("parse_errors", days)

    assert ", or name what is no telemetry (a|.jsonl) in ignore under [sources], then" in hint
    assert "aged" not in hint


def test_rejected_lines_of_a_day_that_has_aged_out_are_stored_again_by_hand() -> None:
    """A run leaves its report as it is, because telemetry that old may be gone."""
    day = reported(metrics=metrics(parse_errors=1), aged=True)

    hint = hint_of("parse_errors", [day])

    assert f"if their telemetry is still there, store them again with {AGAIN}" in hint


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
    """The hint names the `--days` to use, or the day to wait for."""
    young = [missing_day(day) for day in days_until(DAY - timedelta(days=9), 5)]
    days = [*young, *(quiet_day(day) for day in days_until(DAY, 9))]
    younger = [missing_day(day) for day in days_until(DAY - timedelta(days=4), 10)]
    fewer = [*younger, *(quiet_day(day) for day in days_until(DAY, 4))]

    assert "use --days 9, or wait until 2025-12-26" in hint_of("missing", days)
    assert judge(days[5:], Policy(), end=end_of(DAY)).verdict == "GO"
    assert "wait until 2025-12-24, when 7 days have data, and use --days 7" in hint_of(
        "missing", fewer
    )


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
    assert f"stage1-snapshot --as-of {DAY}T08:00:00Z --replace" in hint


def test_a_loss_names_what_the_report_hides_apart() -> None:
    """It is not gone, and it is accepted only by its own number."""
    hint = hint_of("lost", [reported(lost=("dangers 0, now 2", "alerts 1, now 0"))])

    assert hint.startswith(
        "look into what the telemetry shows more of than the reports (dangers 0,"
    )
    assert "bring back what the reports show and the telemetry does not (alerts 1, now 0)" in hint
    assert "count = 3" in hint
    left_out = hint_of("lost", [reported(lost=("dangers 0, now 2", "a.zip: archive"))])
    assert "(dangers 0, now 2); mend what was left out (a.zip: archive" in left_out
    assert "other losses" not in left_out


def test_a_left_out_file_that_makes_a_loss_has_its_repair() -> None:
    """A new file that is not scanned is no lost telemetry, so the hint says how to name it."""
    hint = hint_of("lost", [reported(lost=("a.log: not named as JSON lines",))])

    assert "a.log: not named as JSON lines (name it in include or ignore under [sources])" in hint


@pytest.mark.parametrize("rule", [hints.lost, hints.mixed, hints.unlisted])
def test_a_command_that_stores_less_names_the_options_of_the_run(rule: Hint) -> None:
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
    ("count", "said"),
    [
        (
            5,
            "use --days 7 or more; if the telemetry does not go back so far, wait until 2025-12-28",
        ),
        (10, "wait until 2025-12-28, when 7 days have data"),
    ],
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


def test_days_off_before_a_young_dry_run_are_no_missing_days() -> None:
    """A weekend before the first day with data leaves the hint as it is."""
    policy = Policy(days_off=("sat", "sun"))
    days = [
        missing_day(day)
        if day < date(2025, 12, 8) or policy.is_off(day)
        else quiet_day(day, start=end_of(day, 0), end=end_of(day, 0) + timedelta(days=1))
        for day in days_until(DAY, 17)
    ]

    hint = hint_of("missing", days, policy)

    # The last missing day is a Friday.
    assert "use --days 15, or wait until 2025-12-23" in hint
    assert judge(days[2:], policy, end=end_of(DAY)).verdict == "GO"
    assert judge(days[1:], policy, end=end_of(DAY)).verdict == "HOLD"


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
def test_the_commands_that_store_less_name_no_day_between(rule: Hint) -> None:
    """The report of a day between may have aged out, and an empty one would take its place."""
    days = days_until(DAY, 7)
    whole = [quiet_day(day, end=end_of(day + timedelta(days=1), hour=0)) for day in days]
    span = DayRange(whole, Policy(), {}, end_of(DAY))

    hint = rule(span, [Fault((day,)) for day in (days[0], days[3], days[4], days[5])])

    assert f"--from {days[0]} --to {days[0]} --replace" in hint
    assert f"--from {days[3]} --to {days[5]} --replace" in hint
    assert hint.count("--replace") == 2


@pytest.mark.parametrize("rule", [hints.lost, hints.mixed])
def test_the_commands_that_store_less_keep_the_window_of_each_report(rule: Hint) -> None:
    """A whole day in place of a window that ends in the morning would drop its first hours."""
    days = quiet_days(DAY, 7)
    # Nobody knows the window of a report that cannot be read, so it gets that of the last day.
    days[1] = unreadable_day(days[1].date)
    days[2] = quiet_day(days[2].date, end=end_of(days[3].date, hour=0))
    span = DayRange(days, Policy(), {}, end_of(DAY))

    hint = rule(span, [Fault((day.date,)) for day in days[:3]])

    first, second, third = (day.date for day in days[:3])
    assert (
        f"stage1-snapshot --as-of {first}T08:00:00Z --replace, stage1-snapshot --as-of"
        f" {second}T08:00:00Z --replace, stage1-snapshot --from {third} --to {third} --replace"
        " and the --repo"
    ) in hint
    more = rule(span, [Fault((day.date,)) for day in days[:5]])
    assert more.count("--replace") == 3
    assert "--replace and so on and the --repo" in more


# --- what follows from left-out files ------------------------------------------------------------

FOLLOWS = 'this can follow from what was left out: first do what the reason "'
LEFT_OUT = LeftOut("telemetry/2025-12/b.log", "not named as JSON lines", "incomplete")


def hidden(day: date) -> Day:
    """Return an empty day, of which a file was left out."""
    books = coverage(complete=False, left_out=(LEFT_OUT,), in_window=0)
    return reported(day, coverage=books)


def test_days_that_are_empty_because_of_a_left_out_file_have_one_advice() -> None:
    """The reasons behind the first point to it, and none of them sends the operator elsewhere."""
    days = [hidden(day) for day in days_until(DAY, 14)]

    assert "name it in include or ignore" in hint_of("incomplete", days)
    for rule in ("missing", "last_day", "too_short"):
        assert hint_of(rule, days) == f'{FOLLOWS}incomplete coverage" says, and run stage1-run'


def test_an_empty_day_without_a_left_out_file_keeps_its_advice() -> None:
    """Nothing that was left out can be the cause on this day."""
    days = [hidden(day) for day in days_until(DAY, 14)]
    days[3] = missing_day(days[3].date)

    assert FOLLOWS not in hint_of("missing", days)
    assert FOLLOWS not in hint_of("too_short", days)
    assert FOLLOWS in hint_of("last_day", days)


def test_a_left_out_file_that_is_accepted_is_no_reason_to_point_to() -> None:
    """The verdict does not show the reason."""
    days = [hidden(day) for day in days_until(DAY, 14)]
    accepted = [Accepted(day.date, "incomplete", "known", 1) for day in days]

    findings = judge(days, Policy(), end=end_of(DAY), accepted=accepted).findings

    assert [each.rule for each in findings] == ["missing", "last_day", "too_short"]
    assert not any(FOLLOWS in each.hint for each in findings)


def test_losses_beside_a_left_out_file_get_no_advice_of_their_own() -> None:
    """What is in the file is not lost, so storing less would be wrong advice."""
    losses = ("records 2, now 1", "folder telemetry/b", "telemetry/b/b.bak: name not recognised")

    hint = hint_of("lost", [reported(lost=losses)]).split("\n")[0]

    assert hint.startswith("mend what was left out (telemetry/b/b.bak: name not recognised (rename")
    assert "the other losses (records 2, now 1, folder telemetry/b) can follow from it" in hint
    assert "--replace" not in hint


@pytest.mark.parametrize("last", ["folder a", "a.log: not named as JSON lines"])
def test_the_hint_of_a_report_with_all_losses_that_it_can_name_says_what_ends_it(last: str) -> None:
    """No count is known to show what it does not name, so that its losses stay."""
    losses = (*(f"folder {number}" for number in range(7)), last)

    full = hint_of("lost", [reported(lost=losses)])
    other = hint_of("lost", [reported(lost=losses[1:])])

    again = f"if they stay when all is back, store it again with {AGAIN}"
    assert again in full
    assert again not in other


@pytest.mark.parametrize(
    ("folder", "path", "follows"),
    [
        ("telemetry/*", LEFT_OUT.path, True),
        ("telemetry/*/deep", "telemetry/*", True),
        (".", "b.log", True),
        ("other", LEFT_OUT.path, False),
        (".", LEFT_OUT.path, False),
    ],
)
@pytest.mark.parametrize("rule", ["incomplete", "lost"])
def test_a_folder_whose_file_was_left_out_is_not_gone(
    folder: str,
    path: str,
    *,
    follows: bool,
    rule: str,
) -> None:
    """The hint points to the reason that names the file, wherever it is listed."""
    entry = LeftOut(path, LEFT_OUT.reason, "incomplete")
    there = coverage(folders=(ScannedFolder(folder, 1, 1, 1, 1),))
    nowhere = coverage(
        folders=(), left_out=(entry,) if rule == "incomplete" else (), complete=rule == "lost"
    )
    lost = {"lost": (f"{entry.path}: {entry.reason}",)} if rule == "lost" else {}
    days = [
        *(reported(day, coverage=there, **lost) for day in days_until(DAY - timedelta(days=1), 7)),
        reported(DAY, coverage=nowhere),
    ]

    hint = hint_of("source_gone", days)

    reason = "incomplete coverage" if rule == "incomplete" else "telemetry that shows less than"
    assert (f"{FOLLOWS}{reason}" in hint) == follows


def test_the_hint_of_a_file_that_cannot_be_read_says_what_ends_it() -> None:
    """A run never replaces such a file, because its bytes may be the richer ones."""
    blocked = unreadable_day(DAY - timedelta(days=1))
    damaged = unreadable_day(DAY - timedelta(days=2), sha256="0" * 64)

    alone = hint_of("unreadable", [blocked, reported()])
    both = hint_of("unreadable", [damaged, blocked, reported()])
    other = hint_of("unreadable", [damaged, reported()])

    assert "let the user of stage1-run read the files of these days" in alone
    assert f"({blocked.date}: cannot be read), or move away what is in their place" in alone
    assert both.startswith("make readable or move away what cannot be read; run verify")
    assert other.startswith("run verify")


def test_the_hint_of_pruned_reports_names_the_range_without_them() -> None:
    """They cannot come back; their telemetry may still be there."""
    days = [*map(pruned_day, days_until(DAY - timedelta(days=7), 2)), *quiet_days(DAY, 7)]

    hint = hint_of("unreadable", days)

    assert f"the reports up to {DAY - timedelta(days=7)} were pruned: use --days 7 or fewer" in hint
    assert "--keep-days" in hint
    assert "count" not in hint.partition("\n")[0]


@pytest.mark.parametrize(
    ("left", "until"), [(6, DAY + timedelta(days=2)), (0, DAY + timedelta(days=8))]
)
def test_the_hint_of_pruned_reports_names_no_range_that_is_too_short(
    left: int, until: date
) -> None:
    """The rule for such a range asks for the longer one, which has the pruned reports."""
    days = [pruned_day(DAY - timedelta(days=left)), *quiet_days(DAY, left)]

    hint = hint_of("unreadable", days)

    assert f"were pruned: wait until {until}, when 7 days have data, and use --days 7, or" in hint
