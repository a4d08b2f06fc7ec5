"""The rules of the verdict, as a table (section 7 of the contract).

A rule finds faults from the days of the range and the thresholds. To add a rule, add a function and
a row of `RULES`, and add the name to `config.AcceptableRule` if its faults can be accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1 import event_hints, hints
from peaktrade_ops.stage1.day import PRUNED
from peaktrade_ops.stage1.faults import DayRange, Fault, has_data, plural
from peaktrade_ops.stage1.findings import GAP, LOST
from peaktrade_ops.stage1.losses import faults_in
from peaktrade_ops.stage1.models import Verdict
from peaktrade_ops.window import DAY, HOUR

if TYPE_CHECKING:
    from datetime import date

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import ScannedFolder, Settings

_LEAST_DAYS_WITH_EVENTS: Final = 3
_MOST_NAMED: Final = 5


class Rule(msgspec.Struct, frozen=True):
    """One rule of the verdict.

    Attributes:
        name: Its name, in findings and for programs.
        verdict: The verdict if it objects.
        find: Returns the faults in a range, in the order of their days.
        text: Returns the objection without dates.
        hint: Returns the hint: a sentence without a full stop, then the lines to paste, if any.
        is_acceptable: Whether the operator can accept a fault.
        is_of_one_day: Whether the report of a single day can contain the fault.
    """

    name: str
    verdict: Verdict
    find: Callable[[DayRange], Sequence[Fault]]
    text: Callable[[DayRange, Sequence[Fault]], str]
    hint: Callable[[DayRange, Sequence[Fault]], str]
    is_acceptable: bool = True
    is_of_one_day: bool = False


def _no_causes(_day: Day) -> tuple[str, ...]:
    return ()


def _faults_of_each(
    count: Callable[[Day], int], what: Callable[[Day], tuple[str, ...]], span: DayRange
) -> list[Fault]:
    """Find a fault on each day with a count above 0."""
    return [Fault((day.date,), count(day), what(day)) for day in span.days if count(day)]


def _of_each(
    count: Callable[[Day], int], what: Callable[[Day], tuple[str, ...]] = _no_causes
) -> Callable[[DayRange], list[Fault]]:
    """Return a function that finds a fault on each day with a count above 0."""
    return partial(_faults_of_each, count, what)


def _text_on(what: str, _span: DayRange, faults: Sequence[Fault]) -> str:
    return f"{what} on {plural(len(faults), 'day')}"


def _on(what: str) -> Callable[[DayRange, Sequence[Fault]], str]:
    """Return a function that returns the objection with the number of its days."""
    return partial(_text_on, what)


def _new_alerts(span: DayRange) -> list[Fault]:
    """Find the days with alerts, if the total without accepted alerts is too high."""
    counted = [
        (day.date, day.new_alerts - span.accepted.get(("new_alerts", day.date), 0))
        for day in span.days
    ]
    faults = [Fault((day,), alerts) for day, alerts in counted if alerts > 0]
    total = sum(fault.count for fault in faults)
    return faults if total > span.policy.max_new_alerts else []


def _alerts_text(span: DayRange, faults: Sequence[Fault]) -> str:
    total = sum(fault.count for fault in faults)
    return f"{plural(total, 'new alert')}, more than {span.policy.max_new_alerts}"


def _missing(span: DayRange) -> list[Fault]:
    """Find missing and empty days, if there are too many in `missing_window_days` days.

    Unreadable days, days off and accepted days are not counted.
    """
    guilty = {
        day
        for window in _absent_by_window(span)
        if len(window) > span.policy.max_missing_days
        for day in window
    }
    return [Fault((day,)) for day in sorted(guilty)]


def most_absent(span: DayRange) -> int:
    """Return the largest number of missing and empty days in `missing_window_days` days."""
    return max(map(len, _absent_by_window(span)))


def _absent_by_window(span: DayRange) -> list[list[date]]:
    """Return the missing and empty days of each window; one for a shorter range."""
    size = span.policy.missing_window_days
    absent = {
        day.date
        for day in span.days
        if span.is_absent(day) and not span.accepted.get(("missing", day.date))
    }
    return [
        [day.date for day in span.days[start : start + size] if day.date in absent]
        for start in range(max(len(span.days) - size, 0) + 1)
    ]


def _missing_text(span: DayRange, faults: Sequence[Fault]) -> str:
    days = plural(len(faults), "missing or empty day")
    most, size = span.policy.max_missing_days, span.policy.missing_window_days
    return f"{days}, more than {most} within {size} days" if most else days


def _last_day(span: DayRange) -> list[Fault]:
    last = span.days[-1]
    return [Fault((last.date,))] if span.is_absent(last) else []


def _too_short(span: DayRange) -> list[Fault]:
    lacking = [day for day in span.days if not has_data(day)]
    having = len(span.days) - len(lacking)
    if having >= span.policy.min_days_with_data:
        return []
    return [Fault((day.date,)) for day in lacking] or [Fault((span.days[-1].date,))]


def _too_short_text(span: DayRange, _faults: Sequence[Fault]) -> str:
    having = sum(map(has_data, span.days))
    # The dates of the faults follow, and must not read as those of the days with data.
    of_dates = "and none on" if having < len(span.days) else "in the whole range up to"
    wanted = span.policy.min_days_with_data
    return f"{plural(having, 'day')} with data, {wanted} wanted, {of_dates}"


def _gap(span: DayRange) -> list[Fault]:
    """Find time that no window covers: between two days with a report, and at the end.

    Around days without a report, days off are left out as the calendar has them, whenever the
    windows end, and 24 hours of any other day are left to the rules for such days. Where no report
    lacks, a day off is a day like any other.
    """
    faults = []
    before: Day | None = None
    absent: list[date] = []
    for day in span.days:
        if not day.found:
            absent.append(day.date)
            continue
        if before and before.end and day.start and _unseen(span, before.end, day.start, absent):
            faults.append(Fault((before.date, day.date)))
        before, absent = day, []
    last = next((day for day in reversed(span.days) if day.found and day.end), None)
    if last and last.end:
        absent = [day.date for day in span.days if day.date > last.date and not day.found]
        if _unseen(span, last.end, span.end, absent) > HOUR:
            faults.append(Fault((last.date,)))
    return faults


def _unseen(span: DayRange, start: datetime, end: datetime, absent: Sequence[date]) -> timedelta:
    """Return how much of the time between two windows neither is off nor counts as missing.

    Args:
        span: The range.
        start: The end of the first window.
        end: The start of the second, or the end of the range.
        absent: The days between that have no report.
    """
    if not absent:
        return max(end - start, timedelta())
    left = end - start - sum(not span.policy.is_off(day) for day in absent) * DAY
    since = start
    while since < end:
        # The last day of the calendar has no midnight behind it.
        until = end if since.date() == end.date() else datetime.combine(since + DAY, time(), UTC)
        if span.policy.is_off(since.date()):
            left -= until - since
        since = until
    return max(left, timedelta())


def _source_gone(span: DayRange) -> list[Fault]:
    """Find folders that had scanned files, or events every day, but have none on the last day."""
    folders = [
        (day, {folder.path: folder for folder in _folders_of(day)})
        for day in span.days
        if _folders_are_known(day)
    ]
    if not folders:
        return []
    (_, last), earlier = folders[-1], folders[:-1]
    gone = {path for _, known in earlier for path in known if path not in last}
    gone |= _silent(folders)
    by_day: dict[date, list[str]] = {}
    for path in sorted(gone):
        seen = [day.date for day, known in earlier if path in known]
        by_day.setdefault(seen[-1], []).append(path)
    return [Fault((day,), len(paths), tuple(paths)) for day, paths in sorted(by_day.items())]


def _silent(folders: Sequence[tuple[Day, dict[str, ScannedFolder]]]) -> set[str]:
    """Return the folders with events on every earlier day with data, but none on the last day."""
    having = [entry for entry in folders if has_data(entry[0])]
    if not having or having[-1] is not folders[-1]:
        # A last day without any event is left to the rules for missing days.
        return set()
    (_, last), earlier = having[-1], [known for _, known in having[:-1]]
    if len(earlier) < _LEAST_DAYS_WITH_EVENTS:
        return set()
    return {
        path
        for path, folder in last.items()
        if not folder.in_window
        and all(known[path].in_window if path in known else 0 for known in earlier)
    }


def _folders_of(day: Day) -> Sequence[ScannedFolder]:
    coverage = day.summary.coverage if day.summary else None
    return (coverage.folders or ()) if coverage else ()


def _folders_are_known(day: Day) -> bool:
    coverage = day.summary.coverage if day.summary and day.found else None
    return coverage is not None and coverage.folders is not None and not day.is_aged


def _source_gone_text(_span: DayRange, faults: Sequence[Fault]) -> str:
    paths = [path for fault in faults for path in fault.what]
    return f"no files or no events any more in {_listed(paths)}, last seen"


def _mixed(span: DayRange) -> list[Fault]:
    """Find the days whose report differs from the last one in its scope or settings."""
    known = [
        (day.date, _identity_of(day.summary.settings))
        for day in span.days
        if day.found and day.summary and day.summary.settings and not day.is_aged
    ]
    return [Fault((day,)) for day, identity in known if identity != known[-1][1]]


def _identity_of(settings: Settings) -> tuple[str | None, str | None]:
    return settings.scope, settings.digest


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


_UNREADABLE: Final = "unreadable reports"


def _is_unreadable(day: Day) -> int:
    return int(not day.readable or day.is_remade)


def _unreadable_text(span: DayRange, faults: Sequence[Fault]) -> str:
    kinds = {
        day.date: "reports made again in place of changed or lost ones"
        for day in span.days
        if day.is_remade
    } | {day.date: "pruned reports" for day in span.days if day.problem == PRUNED}
    counts = Counter(kinds.get(fault.day, _UNREADABLE) for fault in faults)
    order = sorted(counts, key=lambda kind: (kind != _UNREADABLE, kind))
    return ", ".join(f"{kind} on {plural(counts[kind], 'day')}" for kind in order)


RULES: Final = (
    Rule(
        "critical",
        "NO_GO",
        _of_each(lambda day: day.critical_alerts),
        _on("critical alerts"),
        hints.critical,
        is_acceptable=False,
        is_of_one_day=True,
    ),
    Rule(
        "not_understood",
        "HOLD",
        _of_each(lambda day: day.not_understood, event_hints.not_understood_events),
        event_hints.not_understood_text,
        event_hints.not_understood,
        is_of_one_day=True,
    ),
    Rule(
        "danger",
        "HOLD",
        _of_each(lambda day: day.danger, event_hints.danger_events),
        _on("dangers"),
        event_hints.danger,
        is_of_one_day=True,
    ),
    Rule(
        "critical_actions",
        "HOLD",
        _of_each(lambda day: day.critical_actions, event_hints.critical_action_events),
        _on("operator actions on something critical"),
        event_hints.critical_actions,
        is_of_one_day=True,
    ),
    Rule(
        "legacy_critical",
        "HOLD",
        _of_each(lambda day: day.legacy_critical),
        _on("serious events of legacy sources"),
        event_hints.legacy_critical,
        is_of_one_day=True,
    ),
    Rule("new_alerts", "HOLD", _new_alerts, _alerts_text, hints.new_alerts, is_of_one_day=True),
    Rule(
        "parse_errors",
        "HOLD",
        _of_each(lambda day: day.parse_errors, hints.rejected_lines),
        _on("parse errors"),
        hints.parse_errors,
        is_of_one_day=True,
    ),
    Rule(
        "incomplete",
        "HOLD",
        _of_each(
            lambda day: 0 if day.complete else max(len(hints.incomplete_entries(day)), 1),
            hints.incomplete_entries,
        ),
        _on("incomplete coverage"),
        hints.incomplete,
        is_of_one_day=True,
    ),
    Rule(
        "unreadable",
        "HOLD",
        _of_each(_is_unreadable, hints.unreadable_files),
        _unreadable_text,
        hints.unreadable,
        is_of_one_day=True,
    ),
    Rule(
        "unlisted",
        "HOLD",
        _of_each(lambda day: int(day.readable and day.trust == "unlisted")),
        _on("reports that are not in the index"),
        hints.unlisted,
        is_of_one_day=True,
    ),
    Rule("missing", "HOLD", _missing, _missing_text, hints.missing),
    Rule(
        "last_day",
        "HOLD",
        _last_day,
        lambda _span, _faults: "the last day is missing or empty",
        hints.last_day,
    ),
    Rule("too_short", "HOLD", _too_short, _too_short_text, hints.too_short, is_acceptable=False),
    Rule(
        GAP,
        "HOLD",
        _gap,
        lambda _span, _faults: "time that no window covers between",
        hints.gap,
    ),
    Rule(
        LOST,
        "HOLD",
        _of_each(lambda day: faults_in(day.lost), lambda day: day.lost),
        _on("telemetry that shows less than the report"),
        hints.lost,
        is_of_one_day=True,
    ),
    Rule("source_gone", "HOLD", _source_gone, _source_gone_text, hints.source_gone),
    Rule("mixed", "HOLD", _mixed, _on("reports of other settings than the last"), hints.mixed),
)
"""Every rule, in the order of the findings."""
