"""The hints of findings: one sentence, then the lines to paste into ``stage1.toml``, if any.

Every function for a rule takes the days that the rule checks and the faults that it finds. The
hints about events that were not understood or are too severe are in `event_hints`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.faults import Fault, has_data
from peaktrade_ops.stage1.findings import day_ranges
from peaktrade_ops.stage1.wording import MOST_ENTRIES, MOST_NAMED, in_brackets, named, or_accept
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.faults import DayRange

_MOST_WEEKS: Final = 7

REPAIRS: Final = {
    "over --max-files": "raise --max-files",
    "not readable": "make it readable for this user",
    "folder not readable": "make it readable for this user",
    "too deep": "raise --max-depth",
    "link leaves the root": "put the target into the telemetry root, or name the link in ignore",
    "link to a file that is not scanned": "name the link or its target in include or ignore",
    "changed while it was read": "the next stage1-run reads it again",
    "broken compression": "restore the file from its source, or name it in ignore",
    "archive": "unpack it beside, or name it in ignore",
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


def parse_errors(_span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for rejected records."""
    return or_accept(
        f"mend these lines or their writer{named(faults)}, then run stage1-run",
        "parse_errors",
        faults,
    )


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
    repairs = [f"{printable(entry)} ({_repair_of(entry)})" for entry in entries[:MOST_NAMED]]
    rest = len(entries) - len(repairs)
    more = f" and {rest} more in the reports of these days" if rest > 0 else ""
    return or_accept(
        f"mend what was left out: {'; '.join(repairs)}{more}; then run stage1-run",
        "incomplete",
        faults,
    )


def _repair_of(entry: str) -> str:
    reason = entry.rpartition(": ")[2]
    repair = REPAIRS.get(reason, "see the report")
    return f"{repair} under [sources]" if reason in _CHANGES_STAGE1_TOML else repair


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
    if all(fault.day in remade for fault in faults):
        return or_accept(
            "find out who changed or removed the earlier reports of these days, and compare them"
            " with a backup",
            "unreadable",
            faults,
        )
    return or_accept(
        f"run verify to see what is wrong{named(faults)}; restore these files from a backup, or"
        " the telemetry of these days, and run stage1-run, which makes the reports again if the"
        f" telemetry shows no less; if both are lost, store what is left with {_replacing(faults)}",
        "unreadable",
        faults,
    )


def unlisted(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for reports that are not in the index."""
    return or_accept(
        "if these reports are your own, and the folder was moved or its index was lost, run"
        f" stage1-trends --adopt --date {span.days[-1].date}; if not, run stage1-run, which makes"
        " them again if the telemetry shows no less; if it shows less and is right, store it with"
        f" {_replacing(faults)}",
        "unlisted",
        faults,
    )


def missing(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for missing and empty days."""
    leading = 0
    while leading < len(span.days) and not has_data(span.days[leading]):
        leading += 1
    if leading == len(span.days):
        return (
            "no day of the range has data: check that --repo and PEAK_TELEMETRY_DIR name the"
            " telemetry, that it is mounted, and that its writers run"
        )
    guilty = {fault.day for fault in faults}
    # A day that was made again had a report, so the dry run is not younger than it.
    younger = guilty == {day.date for day in span.days[:leading] if not day.is_remade}
    rest = len(span.days) - leading
    if younger and rest >= span.policy.min_days_with_data:
        return (
            f"the dry run is younger than the range: use --days {rest}, or wait"
            f" {len(span.days) - rest} days"
        )
    if younger:
        return (
            f"the dry run is younger than the range: when it has"
            f" {span.policy.min_days_with_data} days, use --days {span.policy.min_days_with_data}"
        )
    return or_accept(
        "run stage1-run, which makes missing reports; where a day stays empty, find out why"
        " its writers wrote nothing, or name it in days_off under [policy]",
        "missing",
        faults,
    )


def last_day(_span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for a missing or empty last day."""
    return or_accept(
        "run stage1-run for this day; if it stays empty, check that the writers still run, or"
        " name it in days_off under [policy]",
        "last_day",
        faults,
    )


def too_short(span: DayRange, _faults: Sequence[Fault]) -> str:
    """Return the hint for too few days with data."""
    wanted = span.policy.min_days_with_data
    possible = sum(has_data(day) or not span.policy.is_off(day.date) for day in span.days)
    if possible < wanted:
        off = ", because days off do not count" if len(span.days) >= wanted else ""
        return f"use --days {_days_that_hold(span, wanted)} or more{off}"
    return f"wait until {wanted} days have data; an earlier GO rests on too little"


def _days_that_hold(span: DayRange, wanted: int) -> int:
    """Return how many days up to the last hold so many days that are not off."""
    last = span.days[-1].date
    for count in range(wanted, _MOST_WEEKS * wanted):
        off = sum(span.policy.is_off(last - timedelta(days=back)) for back in range(count))
        if count - off >= wanted:
            return count
    return _MOST_WEEKS * wanted


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
    causes = [_with_repair(each) for fault in faults for each in fault.what]
    return or_accept(
        f"bring back what the reports show and the telemetry does not{in_brackets(causes)} and run"
        " stage1-run: check that --repo names the telemetry, and that all of it is mounted; keep"
        f" telemetry at least as long as the range{_kept_for(span, faults)}; if less is right,"
        f" store it with {_replacing(faults)}",
        "lost",
        faults,
    )


def _with_repair(loss: str) -> str:
    """Return a loss with its repair, if it is a left-out path."""
    return f"{loss} ({_repair_of(loss)})" if loss.rpartition(": ")[2] in REPAIRS else loss


def _replacing(faults: Sequence[Fault]) -> str:
    """Return the commands that store poorer reports, of no other days than those of the faults.

    A day between them may have a report that must stay, such as one that has aged out.
    """
    groups = day_ranges([fault.day for fault in faults])
    commands = [
        f"stage1-snapshot --from {group[0]} --to {group[-1]} --replace"
        for group in groups[:MOST_ENTRIES]
    ]
    more = " and so on" if len(groups) > MOST_ENTRIES else ""
    return f"{', '.join(commands)}{more} and the --repo, --reports-root and --config of stage1-run"


def _kept_for(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the ``stage1.toml`` line for telemetry that is removed before `retention_days`."""
    kept = min((span.days[-1].date - fault.day).days for fault in faults) - 1
    if not 0 < kept < span.policy.retention_days:
        return ""
    return f", or if it is removed this early, write retention_days = {kept} under [policy]"


def source_gone(_span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for a folder that has no files or events any more."""
    return or_accept(
        "find out why the writers of these folders stopped, or mount them again; then run"
        " stage1-run",
        "source_gone",
        faults,
    )


def mixed(_span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for reports that were made with other settings."""
    return or_accept(
        "run stage1-run with the configuration that is right, and without --input: it makes these"
        f" reports again; those that the telemetry shows less of, store with {_replacing(faults)}",
        "mixed",
        faults,
    )
