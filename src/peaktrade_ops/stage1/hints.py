"""The hints of findings: one sentence, then the lines to paste into ``stage1.toml``, if any.

Every function for a rule takes the days that the rule checks and the faults that it finds. The
hints about events that were not understood or are too severe are in `event_hints`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.day import PRUNED
from peaktrade_ops.stage1.enough import days_that_hold, enough_days, enough_in_range
from peaktrade_ops.stage1.faults import Fault, has_data
from peaktrade_ops.stage1.losses import MOST_LOSSES, faults_in, hidden_in
from peaktrade_ops.stage1.wording import (
    MOST_NAMED,
    in_brackets,
    named,
    or_accept,
    replacing,
    storing_aged,
)
from peaktrade_ops.text import printable
from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.faults import DayRange

REPAIRS: Final = {
    "over --max-files": "raise --max-files",
    "not readable": "make it readable for this user",
    "folder not readable": "make it readable for this user",
    "too deep": "raise --max-depth",
    "link leaves the root": "put the file in place of the link, or name the link in ignore",
    "link to a file that is not scanned": "name its target in include, or the link in ignore",
    "changed while it was read": "the next stage1-run reads it again",
    "broken compression": "restore the file from its source, or name it in ignore",
    "archive": "unpack it beside, and name it in ignore",
    "compression not supported": "compress it with gzip or Zstandard, or name it in ignore",
    "name not recognised": "rename it, or name it in include or ignore",
    "not named as JSON lines": "name it in include or ignore",
    "path not selected": "name it in include or ignore",
    "expected and missing": "find out why its writer stopped, or take the pattern out of expect",
    "expected and silent": "find out why its writer stopped, or take it out of expect_events",
    "no time understood": "name the key of the time under [fields.more], or the file in ignore",
    "only what --input names": "run stage1-run without --input and PEAK_INPUT",
    "window not over": "run stage1-run when the day is over",
    "cut off": "the writer stopped in the middle of the last line: end it or remove it",
}
"""The hint for a left-out path, by its reason (section 3)."""

_CHANGES_STAGE1_TOML: Final = frozenset(
    {
        "link to a file that is not scanned",
        "name not recognised",
        "not named as JSON lines",
        "path not selected",
    }
)


def critical(_span: DayRange, _faults: Sequence[Fault]) -> str:
    """Return the hint for critical alerts."""
    return (
        "find the cause in the reports of these days; the verdict changes when they have left the"
        " range"
    )


def new_alerts(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for too many alerts; an entry to paste counts those accepted already."""
    whole = [
        Fault(fault.days, fault.count + span.accepted.get(("new_alerts", fault.day), 0))
        for fault in faults
    ]
    return or_accept(
        "see in the reports which rules raise them, and repair the cause or the rule; or allow"
        " more with max_new_alerts under [policy]",
        "new_alerts",
        whole,
    )


def rejected_lines(day: Day) -> tuple[str, ...]:
    """Return the rejected lines that the report of a day lists."""
    rejected = (day.summary.rejected or ()) if day.summary else ()
    return tuple(f"{line.path} line {line.line} ({line.reason})" for line in rejected)


def parse_errors(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for rejected records."""
    other = in_brackets(map(printable, _files_without_events(span)))
    ignored = f", or name what is no telemetry{other} in ignore under [sources]" if other else ""
    return or_accept(
        f"mend these lines or their writer{named(faults)}{ignored}, then run stage1-run"
        f"{storing_aged(span, faults)}",
        "parse_errors",
        faults,
    )


def _files_without_events(span: DayRange) -> list[str]:
    """Return the files with lines of which none was an event in any report, by path."""
    covered = [day.summary.coverage for day in span.days if day.summary and day.summary.coverage]
    files = [file for coverage in covered for file in coverage.files]
    with_events = {file.path for file in files if file.events}
    return sorted({file.path for file in files if file.rejected} - with_events)


def incomplete_entries(day: Day) -> tuple[str, ...]:
    """Return the left-out paths that make the coverage of a day incomplete."""
    coverage = day.summary.coverage if day.summary else None
    if coverage is None or coverage.complete:
        return ()
    return tuple(
        f"{entry.path}: {entry.reason}" for entry in coverage.left_out if entry.effect != "complete"
    )


def incomplete(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for incomplete coverage, with the repair of each of the first entries."""
    entries = list(dict.fromkeys(entry for fault in faults for entry in fault.what))
    if not entries:
        return _old_version(span, faults)
    repairs = [f"{printable(entry)} ({repair_of(entry)})" for entry in entries[:MOST_NAMED]]
    rest = len(entries) - len(repairs)
    more = f" and {rest} more in the reports of these days" if rest > 0 else ""
    return or_accept(
        f"mend what was left out: {'; '.join(repairs)}{more}; then run stage1-run"
        f"{storing_aged(span, faults)}",
        "incomplete",
        faults,
    )


def repair_of(entry: str) -> str:
    """Return what to do about a left-out path.

    Args:
        entry: The path and the reason, separated by a colon.
    """
    reason = entry.rpartition(": ")[2]
    repair = REPAIRS.get(reason, "see the report")
    return f"{repair} under [sources]" if reason in _CHANGES_STAGE1_TOML else repair


_FOLLOWS: Final = (
    'this can follow from what was left out: first do what the reason "{}" says, and run stage1-run'
)
_SHOWS_LESS: Final = "telemetry that shows less than the report"


def _of_left_out(span: DayRange, days: Iterable[date]) -> str | None:
    """Return the hint for faults of days of which something was left out, if it objects itself.

    The faults can follow from that, and other advice would send the operator elsewhere.
    """
    hidden = {day.date for day in span.days if _left_out_of(span, day, ("incomplete",))}
    return _FOLLOWS.format("incomplete coverage") if hidden.issuperset(days) else None


def _left_out_of(span: DayRange, day: Day, rules: Sequence[str]) -> list[str]:
    """Return the left-out paths of a day for which one of two rules objects, with the reasons."""
    entries = {
        "incomplete": incomplete_entries(day),
        "lost": tuple(filter(_is_left_out, day.lost)),
    }
    counts = {"incomplete": len(entries["incomplete"]), "lost": faults_in(day.lost)}
    return [
        entry
        for rule in rules
        if counts[rule] > span.accepted.get((rule, day.date), 0)
        for entry in entries[rule]
    ]


def _old_version(_span: DayRange, faults: Sequence[Fault]) -> str:
    return or_accept(
        "an earlier version made these reports, and they do not say what was not understood: run"
        " stage1-run, which makes them again as long as their telemetry is there",
        "incomplete",
        faults,
    )


def unreadable_files(day: Day) -> tuple[str, ...]:
    """Return the reason why the report of a day cannot be read, or why nothing vouches for it."""
    if not day.readable:
        return (f"{day.date}: {day.problem}",)
    return (f"{day.date}: made again",)


def unreadable(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for reports that cannot be read or that nothing vouches for."""
    remade = {day.date for day in span.days if day.is_remade}
    pruned = {day.date for day in span.days if day.problem == PRUNED}
    if all(fault.day in pruned for fault in faults):
        last = max(pruned)
        return or_accept(
            f"the reports up to {last} were pruned: {_without_pruned(span, last)}, or keep more"
            " with --keep-days; to make them again from their telemetry, run stage1-run",
            "unreadable",
            faults,
        )
    if all(fault.day in remade for fault in faults):
        return or_accept(
            "find out who changed or removed the earlier reports of these days (prune removes old"
            " ones), and compare them with a backup",
            "unreadable",
            faults,
        )
    blocked = {day.date for day in span.days if day.is_blocked}
    if all(fault.day in blocked for fault in faults):
        return or_accept(
            f"let the user of stage1-run read the files of these days{named(faults)}, or move away"
            " what is in their place; then run stage1-run, which makes a report that is not there"
            " again if the telemetry shows no less",
            "unreadable",
            faults,
        )
    first = "make readable or move away what cannot be read; " if blocked else ""
    return or_accept(
        f"{first}run verify to see what is wrong{named(faults)}; restore these files from a backup,"
        " or the telemetry of these days, and run stage1-run, which makes the reports again if the"
        " telemetry shows no less; if both are lost, store what is left with"
        f" {replacing(span, faults)}",
        "unreadable",
        faults,
    )


def _without_pruned(span: DayRange, last: date) -> str:
    """Return how to judge a range without the pruned days, of which one is the last."""
    days = [day for day in span.days if day.date > last]
    wanted = span.policy.min_days_with_data
    if sum(map(has_data, days)) >= wanted:
        return f"use --days {len(days)} or fewer"
    # A shorter range would be too short, which in turn asks for a longer one.
    enough = enough_days(msgspec.structs.replace(span, days=days or span.days[-1:]))
    return f"wait until {enough.on}, when {wanted} days have data, and use --days {enough.days}"


def unlisted(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for reports that are not in the index."""
    return or_accept(
        "if these reports are your own, and the folder was moved or its index was lost, run"
        f" stage1-trends --adopt --date {span.days[-1].date}; if not, run stage1-run, which makes"
        " them again if the telemetry shows no less; if it shows less and is right, store it with"
        f" {replacing(span, faults)}",
        "unlisted",
        faults,
    )


def missing(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for missing and empty days."""
    if follows := _of_left_out(span, [fault.day for fault in faults]):
        return follows
    leading = 0
    while leading < len(span.days) and not has_data(span.days[leading]):
        leading += 1
    if leading == len(span.days):
        return (
            "no day of the range has data: check that --repo and PEAK_TELEMETRY_DIR name the"
            " telemetry, that it is mounted, and that its writers run"
        )
    # A day that was made again had a report, so the dry run is not younger than it.
    younger = {day.date for day in span.days[:leading] if not day.is_remade}
    if {fault.day for fault in faults} <= younger:
        return _younger(span, faults[-1].day)
    return or_accept(
        "run stage1-run, which makes missing reports; where a day stays empty, find out why"
        " its writers wrote nothing, or name it in days_off under [policy]",
        "missing",
        faults,
    )


def last_day(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for a missing or empty last day."""
    return _of_left_out(span, [fault.day for fault in faults]) or or_accept(
        "run stage1-run for this day; if it stays empty, check that the writers still run, or"
        " name it in days_off under [policy]",
        "last_day",
        faults,
    )


def _younger(span: DayRange, lacking: date) -> str:
    """Return the hint for a range of which only days at the beginning, up to one, have no data."""
    wanted = span.policy.min_days_with_data
    if sum(map(has_data, span.days)) < wanted:
        enough = enough_days(span)
        return (
            f"the dry run is younger than the range: wait until {enough.on}, when {wanted} days"
            f" have data, and use --days {enough.days}"
        )
    days = (span.days[-1].date - lacking).days
    # On that day the first day of the range is the one after the last that lacks data.
    full = lacking + (len(span.days) + 1) * DAY
    return f"the dry run is younger than the range: use --days {days}, or wait until {full}"


def too_short(span: DayRange, _faults: Sequence[Fault]) -> str:
    """Return the hint for too few days with data."""
    lacking = [day.date for day in span.days if not has_data(day)]
    if lacking and (follows := _of_left_out(span, lacking)):
        return follows
    wanted = span.policy.min_days_with_data
    possible = sum(has_data(day) or not span.policy.is_off(day.date) for day in span.days)
    if possible >= wanted:
        return (
            f"wait until {enough_in_range(span)}, when {wanted} days have data; an earlier GO rests"
            " on too little"
        )
    off = ", because days off do not count" if len(span.days) >= wanted else ""
    days, enough = days_that_hold(span), enough_days(span)
    longer = f" and use --days {enough.days}" if enough.days > days else " first"
    return (
        f"use --days {days} or more{off}; if the telemetry does not go back so far, wait until"
        f" {enough.on}{longer}"
    )


def gap(_span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for time that no window covers."""
    return or_accept(
        "make the reports as whole days: run stage1-run, or stage1-snapshot --date DAY for each;"
        " end the trend where the last report ends",
        "gap",
        faults,
    )


def lost(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for telemetry that shows less than a stored report."""
    named_losses = list(dict.fromkeys(loss for fault in faults for loss in fault.what))
    more = in_brackets(loss for loss in named_losses if hidden_in([loss]))
    look = f"look into what the telemetry shows more of than the reports{more}; " if more else ""
    losses = [loss for loss in named_losses if not hidden_in([loss])]
    if any(map(_is_left_out, losses)):
        return or_accept(f"{look}{_left_out_since(losses)}{_full(span, faults)}", "lost", faults)
    return or_accept(
        f"{look}bring back what the reports show and the telemetry does not{in_brackets(losses)}"
        " and run stage1-run: check that --repo names the telemetry, and that all of it is mounted;"
        f" keep telemetry at least as long as the range{_kept_for(span, faults)}; if less is right,"
        " as when records without a time now have one of a day after the range, store it with"
        f" {replacing(span, faults)}{_full(span, faults)}",
        "lost",
        faults,
    )


def _left_out_since(losses: Sequence[str]) -> str:
    """Return the sentence for losses among which are left-out paths.

    Other losses get no advice of their own before the paths are mended, because they may be what
    these files contain.
    """
    mended = [f"{loss} ({repair_of(loss)})" for loss in losses if _is_left_out(loss)]
    other = in_brackets(loss for loss in losses if not _is_left_out(loss))
    rest = f"; the other losses{other} can follow from it" if other else ""
    return f"mend what was left out{in_brackets(mended)}, and run stage1-run{rest}"


def _full(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return what to do about reports with so many losses that there may have been more.

    No count is known to show all of them, so that they may stay when all is back.
    """
    days = {day.date for day in span.days if len(day.lost) == MOST_LOSSES}
    full = [fault for fault in faults if fault.day in days]
    if not full:
        return ""
    return (
        f"; a report names {MOST_LOSSES} losses at most, and keeps them if there may have been"
        f" more: if they stay when all is back, store it again with {replacing(span, full)}"
    )


def _is_left_out(loss: str) -> bool:
    """Return whether a loss is a left-out path."""
    return loss.rpartition(": ")[2] in REPAIRS


def _kept_for(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the ``stage1.toml`` line for telemetry that is removed before `retention_days`."""
    kept = min((span.days[-1].date - fault.day).days for fault in faults) - 1
    if not 0 < kept < span.policy.retention_days:
        return ""
    return f", or if it is removed this early, write retention_days = {kept} under [policy]"


def source_gone(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for a folder that has no files or events any more."""
    gone = [folder for fault in faults for folder in fault.what]
    for rule, reason in (("incomplete", "incomplete coverage"), ("lost", _SHOWS_LESS)):
        paths = [
            entry.rpartition(": ")[0]
            for day in span.days
            for entry in _left_out_of(span, day, (rule,))
        ]
        if all(any(_is_in(path, folder) for path in paths) for folder in gone):
            return _FOLLOWS.format(reason)
    return or_accept(
        "find out why the writers of these folders stopped, or mount them again; then run"
        " stage1-run",
        "source_gone",
        faults,
    )


def _is_in(path: str, folder: str) -> bool:
    """Return whether a left-out path is in a folder, or is or contains it.

    Args:
        path: The path of a file or of a folder.
        folder: The folder, with its dated parts as ``*``.
    """
    if folder == ".":
        return "/" not in path
    dated = re.escape(folder).replace(r"\*", "[^/]*")
    return bool(re.match(f"{dated}(?:/|$)", path)) or folder.startswith(f"{path}/")


def mixed(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for reports that were made with other settings."""
    return or_accept(
        "run stage1-run with the configuration that is right, and without --input: it makes these"
        " reports again; those that the telemetry shows less of, store with"
        f" {replacing(span, faults)}",
        "mixed",
        faults,
    )
