"""Decide whether a new count may replace the stored report of a day (section 6 of the contract).

A report is never replaced by one that counted less. All functions are pure functions of summaries.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.day import (
    GONE,
    PRUNED,
    Day,
    day_of_summary,
    records_of,
    untimed_serious_of,
)
from peaktrade_ops.stage1.models import Metrics, Summary, TrendRow, Understanding
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from peaktrade_ops.stage1.models import Trend

MOST_LOSSES: Final = 8
"""The maximum number of losses that a report lists."""

_OBJECTING: Final = (
    ("unknown severities", "unknown_severity"),
    ("unread severities", "unread_severity"),
    ("dangers", "danger"),
    ("critical actions", "critical_actions"),
    ("legacy criticals", "legacy_critical"),
)
"""The counts of the understanding of which a new count may not have fewer, with their names.

Two are not here. Events without a time are compared in their own way, because they may have got
one. Events ahead of the clock become fewer by themselves, as time goes on.
"""

_NOT_IN_A_ROW: Final = frozenset(rule.name for rule in RULES if rule.is_of_one_day) - {
    "critical",
    "new_alerts",
    "parse_errors",
}


class Case(msgspec.Struct, frozen=True):
    """The input of the choice for one day.

    Attributes:
        stored: The stored data of the day.
        now: The count of the window of the command.
        then: The count of the window of the stored report; `None` if it was not counted.
        row: The row of the stored report in the stored trend, if both match the index. It can
            vouch for a report that is made again.
    """

    stored: Day
    now: Summary
    then: Summary | None
    row: TrendRow | None


class Terms(msgspec.Struct, frozen=True):
    """The terms that all days of a choice share.

    Attributes:
        range_end: The end of the last window, aware.
        retention_days: The minimum number of days for which telemetry is kept.
    """

    range_end: datetime
    retention_days: int


class Choice(msgspec.Struct, frozen=True):
    """The decision about the report of a day.

    Attributes:
        write: The summary to store; `None` if the stored one is not changed.
        losses: The numbers and folders of which the telemetry shows less than the stored report. If
            there are any, the stored report is kept, and `write` is that report with the losses.
        aged: Whether the losses come from the end of retention.
    """

    write: Summary | None
    losses: tuple[str, ...] = ()
    aged: bool = False


def choose(cases: Sequence[Case], terms: Terms) -> list[Choice]:
    """Choose for each day between the stored report and the new count.

    Args:
        cases: The days, in order, each once.
        terms: The terms that all days share.
    """
    return [
        _choice(case, terms, mended) for case, mended in zip(cases, _mended(cases), strict=True)
    ]


def _choice(case: Case, terms: Terms, mended: int) -> Choice:
    day, now = case.stored, case.now
    if day.trust == "unlisted" or not day.readable:
        return _made_again(case)
    if not day.found:
        return Choice(now)
    if day.summary is None:
        return _compared_with_markdown(case, terms)
    if case.then is None:
        # Another run has meanwhile stored a report of a window that this scan did not count.
        return Choice(None)
    return _compared(day.summary, case, terms, mended)


def _made_again(case: Case) -> Choice:
    """Return the choice for a report that is not trusted: the new count replaces it.

    A count that shows less and that nothing vouches for does not, because the report may be the
    last trace of telemetry that is gone. It stays as it is and objects.
    """
    day, now = case.stored, case.now
    if day.problem not in {GONE, PRUNED} and day.sha256 is None:
        # The file exists, but its bytes could not be read, so it is not missing.
        return Choice(None)
    if day.trust != "unlisted" and _vouches(case.row, now):
        return Choice(now)
    less = _less_than_is_left(day, case.then or now)
    if less:
        return Choice(None, less)
    return Choice(_flagged(now, remade=day.trust != "unlisted" or day.is_remade))


def _less_than_is_left(day: Day, count: Summary) -> tuple[str, ...]:
    """Return of what a count shows less than what is left of a report that is not trusted.

    Args:
        day: What its file shows, and what the stored trend showed of it.
        count: The count of the same window, or of the day if the window is not known.
    """
    less = losses(day.summary, count) if day.summary else ()
    if day.summary is None or not day.readable:
        less += tuple(_less_than_shown(day, count))
    return tuple(dict.fromkeys(less))[:MOST_LOSSES]


def _compared(stored: Summary, case: Case, terms: Terms, mended: int) -> Choice:
    then = case.then or case.now
    less = losses(stored, then, mended=mended)
    if less and then.metrics.critical_alerts > case.stored.critical_alerts:
        # A critical alert must not hide behind a loss, which can be accepted.
        return Choice(_flagged(_with_losses(then, less), remade=stored.remade is True))
    if less:
        aged = _is_old(stored.created_at_utc, terms) and not _shows_more(case.stored, then)
        flagged = (
            msgspec.structs.replace(stored, aged=True, lost=msgspec.UNSET)
            if aged
            else msgspec.structs.replace(stored, aged=msgspec.UNSET, lost=less)
        )
        return Choice(None if flagged == stored else flagged, less, aged)
    later = case.now if case.now.created_at_utc >= stored.created_at_utc else then
    fresh = _flagged(later, remade=stored.remade is True)
    return Choice(None if _without_books(fresh) == _without_books(stored) else fresh)


def _compared_with_markdown(case: Case, terms: Terms) -> Choice:
    """Compare a count with the Markdown of the earlier scripts.

    Markdown has no place for a loss, and without one a count that shows a critical alert would pass
    unseen. So a loss that objects turns it into a summary of the same numbers.
    """
    day, count = case.stored, case.then or case.now
    less = tuple(_less_than_shown(day, count))
    if not less or day.end is None or day.empty:
        return Choice(None if less else case.now, less)
    if count.metrics.critical_alerts > day.critical_alerts:
        return Choice(_with_losses(count, less))
    if _is_old(day.end, terms) and not _shows_more(day, count):
        return Choice(None, less, aged=True)
    kept = Summary(
        schema_version=1,
        date=day.date,
        created_at_utc=day.end,
        report_dir=count.report_dir,
        metrics=Metrics(
            new_alerts=day.new_alerts,
            critical_alerts=day.critical_alerts,
            parse_errors=day.parse_errors,
            operator_actions=day.operator_actions,
            legacy_alerts=day.legacy_alerts or 0,
        ),
        notes=(),
        lost=less,
        stage=count.stage,
    )
    return Choice(kept, less)


def _is_old(end: datetime, terms: Terms) -> bool:
    """Return whether telemetry of a window that ended then need not be there any more."""
    return terms.range_end - end > terms.retention_days * DAY


def losses(stored: Summary, count: Summary, *, mended: int = 0) -> tuple[str, ...]:
    """Return the numbers and folders of which a count shows less than the stored report.

    If the configuration differs, only the records are compared, because the configuration
    determines their meaning. A report without a digest of its settings is older than this rule; its
    critical events are compared too.

    Args:
        stored: The stored report.
        count: The count of the same window.
        mended: The number of records that left the window because they now have a time of their
            own, in another window.

    Returns:
        Up to 8 texts; empty if the count may replace the report.
    """
    found = _losses(stored, count, mended)
    return tuple(text for text, _ in zip(found, range(MOST_LOSSES), strict=False))


def _losses(stored: Summary, count: Summary, mended: int) -> Iterator[str]:
    before, after = records_of(stored), records_of(count)
    if after + mended < before and not _explained_by_legacy(stored, count):
        yield f"records {before}, now {after}"
    if stored.coverage is None:
        yield from _less_than_shown(day_of_summary(stored), count)
        return
    digest = stored.settings.digest if stored.settings else None
    is_same = count.settings is not None and count.settings.digest == digest
    if digest is None or is_same:
        yield from _fewer("critical", stored.metrics.critical_alerts, count.metrics.critical_alerts)
    if digest is not None and is_same:
        yield from _losses_of_the_same_settings(stored, count, mended)


def _losses_of_the_same_settings(stored: Summary, count: Summary, mended: int) -> Iterator[str]:
    yield from _fewer("alerts", stored.metrics.new_alerts, count.metrics.new_alerts)
    yield from _fewer("actions", stored.metrics.operator_actions, count.metrics.operator_actions)
    if stored.understanding and count.understanding:
        for name, field in _OBJECTING:
            yield from _fewer(
                name, getattr(stored.understanding, field), getattr(count.understanding, field)
            )
    if not stored.coverage or not count.coverage:
        return
    yield from _fewer(
        "serious without a time",
        untimed_serious_of(stored),
        untimed_serious_of(count) + mended + _timed_meanwhile(stored, count),
    )
    if not _is_whole_after_part(stored, count):
        folders = {folder.path for folder in count.coverage.folders or ()}
        for folder in stored.coverage.folders or ():
            if folder.path not in folders:
                yield f"folder {folder.path}"
    if stored.coverage.complete:
        for entry in count.coverage.left_out:
            if entry.effect == "incomplete":
                yield f"{entry.path}: {entry.reason}"


def _timed_meanwhile(stored: Summary, count: Summary) -> int:
    """Return the number of serious events without a time that may have got one in this window.

    Each of them is an event more in the window, and one more of something that objects.
    """
    if not stored.coverage or not count.coverage:
        return 0
    events = count.coverage.in_window - stored.coverage.in_window
    before, after = _serious(stored), _serious(count)
    serious = sum(max(now - then, 0) for then, now in zip(before, after, strict=True))
    return max(min(events, serious), 0)


def _serious(summary: Summary) -> tuple[int, ...]:
    """Return the counts of which a serious event with a time is in at least one."""
    understanding = summary.understanding or Understanding()
    return (
        summary.metrics.critical_alerts,
        summary.metrics.new_alerts,
        understanding.unknown_severity,
        understanding.unread_severity,
        understanding.danger,
        understanding.critical_actions,
    )


def _is_whole_after_part(stored: Summary, count: Summary) -> bool:
    """Return whether the stored report is of ``--input`` paths and the count is of the root.

    Paths below an ``--input`` are relative to it, so the folders of both cannot be compared.
    """
    scopes = [each.settings.scope if each.settings else None for each in (stored, count)]
    return scopes == ["input", "root"]


def _fewer(name: str, before: int, after: int) -> Iterator[str]:
    if after < before:
        yield f"{name} {before}, now {after}"


def _standing(summary: Summary) -> int:
    untimed = summary.coverage.untimed_in_window if summary.coverage else 0
    return untimed + summary.metrics.parse_errors


def _explained_by_legacy(stored: Summary, count: Summary) -> bool:
    """Return whether missing rejected records are now events of legacy sources."""
    if not stored.coverage or not count.coverage:
        return False
    grown = count.coverage.legacy_in_window - stored.coverage.legacy_in_window
    return count.coverage.in_window >= stored.coverage.in_window and records_of(
        count
    ) + grown >= records_of(stored)


def _mended(cases: Sequence[Case]) -> list[int]:
    """Return the number of records of each day that now belong to another day.

    A record without a time of its own belongs to every window between its neighbours. After it is
    repaired, or the key of its time is configured, it is an event of one window and is missing in
    the others. If a day lost only records without a time, they moved to other days: those days have
    as many events more, and each day between has lost as many records without a time.

    Events after the last window explain nothing. They become more by themselves, and could hide a
    record that was removed.
    """
    changes = list(map(_change, cases))
    before = _moved(changes, _earlier_events(cases[0])) if cases else []
    after = _moved(changes[::-1], 0)[::-1]
    explained = []
    for change, left, right in zip(changes, before, after, strict=True):
        missing = -(change.events + change.standing)
        is_mended = missing > 0 and change.events >= 0 and left + right >= missing
        explained.append(missing if is_mended else 0)
    return explained


def _moved(changes: Iterable[_Change], beyond: int) -> list[int]:
    """Return for each day the most records that may have moved from it to the days before it.

    Args:
        changes: The changes of the days, in the order in which records move away from the last.
        beyond: The number of events that were added before the first day.
    """
    reachable, found = beyond, []
    for change in changes:
        found.append(reachable)
        # Only a record that was standing in a day can have moved to it, or across it.
        reachable = max(min(-change.standing, max(change.events, 0) + reachable), 0)
    return found


def _earlier_events(case: Case) -> int:
    """Return the increase of events before a window, if other settings can have given them a time.

    With the same settings they are late telemetry.
    """
    stored, count = case.stored.summary, case.then
    if stored is None or count is None or not _is_comparable(case):
        return 0
    if not stored.settings or not count.settings:
        return 0
    if stored.settings.digest in {None, count.settings.digest}:
        return 0
    return max(_events_before(count) - _events_before(stored), 0)


def _events_before(summary: Summary) -> int:
    """Return the number of events before the window of a summary; 0 if it is not known."""
    coverage, understanding = summary.coverage, summary.understanding or Understanding()
    # A line with several events is one event of the coverage.
    if not coverage or understanding.unpacked:
        return 0
    inside = coverage.in_window + coverage.legacy_in_window
    return coverage.events - coverage.untimed - coverage.future - inside


class _Change(msgspec.Struct, frozen=True):
    """The increase of events and of records without a time from the stored report to a count."""

    events: int
    standing: int


def _change(case: Case) -> _Change:
    stored, count = case.stored.summary, case.then
    if stored is None or count is None or not stored.coverage or not count.coverage:
        return _Change(0, 0)
    if not _is_comparable(case):
        return _Change(0, 0)
    return _Change(
        count.coverage.in_window - stored.coverage.in_window, _standing(count) - _standing(stored)
    )


def _is_comparable(case: Case) -> bool:
    """Return whether the stored report is not made again, which is never compared with."""
    return case.stored.trust == "listed" and case.stored.readable


def _less_than_shown(day: Day, count: Summary) -> Iterator[str]:
    """Yield the numbers of which a count shows less than a day, of which no more may be known.

    A report of the earlier scripts does not contain the number of events, only whether there were
    any.
    """
    metrics = count.metrics
    if day.records is not None:
        yield from _fewer("records", day.records, records_of(count))
    elif not day.empty and not records_of(count):
        yield "events, now 0"
    yield from _fewer("critical", day.critical_alerts, metrics.critical_alerts)
    yield from _fewer("alerts", day.new_alerts, metrics.new_alerts)
    yield from _fewer("actions", day.operator_actions, metrics.operator_actions)


def _shows_more(stored: Day, count: Summary) -> bool:
    """Return whether a count shows more of anything that objects than the stored report."""
    pairs = [
        (stored.critical_alerts, count.metrics.critical_alerts),
        (stored.new_alerts, count.metrics.new_alerts),
        (stored.parse_errors, count.metrics.parse_errors),
    ]
    before = (stored.summary.understanding if stored.summary else None) or Understanding()
    after = count.understanding or Understanding()
    pairs += [
        (getattr(before, field), getattr(after, field))
        for field in (*(field for _, field in _OBJECTING), "ahead_serious")
    ]
    untimed = untimed_serious_of(stored.summary) if stored.summary else 0
    pairs.append((untimed, untimed_serious_of(count)))
    return any(after > before for before, after in pairs)


def full_row_of(trend: Trend, day: date) -> TrendRow | None:
    """Return the row of a day in a trend; `None` if the trend found more in the report.

    A row does not contain every fault of a report, such as incomplete coverage or losses, accepted
    or not. It cannot vouch for a new report that lacks such a fault.
    """
    found = (*(trend.rollups.findings or ()), *(trend.rollups.tolerated or ()))
    if any(each.rule in _NOT_IN_A_ROW and day in each.days for each in found):
        return None
    return next((row for row in trend.series if row.date == day), None)


def _vouches(row: TrendRow | None, count: Summary) -> bool:
    """Return whether a new report counts no less than the trend row of the earlier report."""
    if row is None or row.state in {"missing", "unreadable"}:
        return False
    metrics, records = count.metrics, records_of(count)
    if records < (row.records or 0) or not (records or row.missing):
        return False
    return (
        metrics.critical_alerts >= row.critical_alerts
        and metrics.new_alerts >= row.new_alerts
        and metrics.parse_errors >= row.parse_errors
        and metrics.operator_actions >= row.operator_actions
    )


def _with_losses(summary: Summary, less: tuple[str, ...]) -> Summary:
    return msgspec.structs.replace(summary, lost=less)


def _flagged(summary: Summary, *, remade: bool) -> Summary:
    return msgspec.structs.replace(summary, remade=True) if remade else summary


def _without_books(summary: Summary) -> tuple[object, ...]:
    """Return a summary without the scan statistics and without the notes, which depend on them.

    The parts of the coverage about the window itself are kept.
    """
    coverage = summary.coverage
    of_the_window = coverage and (
        coverage.complete,
        coverage.left_out,
        coverage.in_window,
        coverage.untimed_in_window,
        coverage.untimed_critical,
        # A folder that has reappeared must be written, because the rules compare folders.
        [(folder.path, folder.in_window) for folder in coverage.folders or ()],
    )
    return (msgspec.structs.replace(summary, coverage=None, notes=()), of_the_window)
