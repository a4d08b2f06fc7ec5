"""Decide whether a new count may replace the stored report of a day (section 6 of the contract).

A report is never replaced by one that counted less. All functions are pure functions of summaries.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.day import Day, day_of_summary, missing_day, records_of
from peaktrade_ops.stage1.eve import INCOMPLETE, Eve, left_behind
from peaktrade_ops.stage1.losses import (
    carried,
    fewer_of,
    hidden,
    is_graver,
    less_than_shown,
    losses,
    shows_all_that_objects,
    shows_more,
    together,
)
from peaktrade_ops.stage1.models import Metrics, Summary, TrendRow
from peaktrade_ops.stage1.moved import Moved, Pair, moved_of
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.models import Trend

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
        range_end: The end of the last window, aware; if that is ahead of the clock, the first
            moment that is. A date by mistake ages nothing.
        retention_days: The minimum number of days for which telemetry is kept.
        ahead: The first moment that counts as ahead of the clock, aware; `None` if there is none.
        accepted: The days of which losses are accepted.
    """

    range_end: datetime
    retention_days: int
    ahead: datetime | None = None
    accepted: frozenset[date] = frozenset()


class Choice(msgspec.Struct, frozen=True):
    """The decision about the report of a day.

    Attributes:
        write: The summary to store; `None` if the stored one is not changed.
        losses: The numbers and folders of which the telemetry shows less than the stored report, or
            than one before it.
        is_mark: Whether `write` is the stored report, with the losses or their age as a mark; else
            it is a count.
        aged: Whether the losses come from the end of retention.
        first: The day before, whose report must be made first; `None` if the report is that of the
            window of the command. If not, the later window would leave out what objects, and what
            is in no other report.
    """

    write: Summary | None
    losses: tuple[str, ...] = ()
    is_mark: bool = False
    aged: bool = False
    first: date | None = None


def choose(
    cases: Sequence[Case], terms: Terms, eves: Sequence[Case] = (), *, marks: bool = True
) -> list[Choice]:
    """Choose for each day between the stored report and the new count.

    Args:
        cases: The days, in order, each once.
        terms: The terms that all days share.
        eves: Days before these, which are not chosen.
        marks: Whether a report is written for what is lost or must wait; else it stays as it is.
    """
    before = {each.now.date: _eve(each, Choice(None)) for each in eves}
    choices = []
    for case, moved in zip(cases, moved_of(list(map(_pair, cases))), strict=True):
        choice = _choice(case, terms, moved, before.get(case.now.date - DAY, Eve()))
        if not marks and (choice.losses or choice.first):
            choice = msgspec.structs.replace(choice, write=None)
        before[case.now.date] = _eve(case, choice)
        choices.append(choice)
    return choices


def _eve(case: Case, choice: Choice) -> Eve:
    """Return what the next day must know of a day after its choice."""
    stored = case.stored.summary if _is_comparable(case) else None
    report = choice.write or stored
    counts = [each for each in (case.now, case.then) if each and report]
    counted = next(
        (each for each in counts if report and each.created_at_utc == report.created_at_utc), None
    )
    return Eve(case.now, report, counted)


def _pair(case: Case) -> Pair:
    """Return the two counts of the stored window; a report that is made again is not compared."""
    stored = case.stored.summary if _is_comparable(case) else None
    return Pair(stored, case.then)


def _choice(case: Case, terms: Terms, moved: Moved, eve: Eve) -> Choice:
    day, now = case.stored, case.now
    if day.is_distrusted:
        return _made_again(case, eve)
    if not day.found:
        return Choice(now)
    if day.summary is None:
        return _compared_with_markdown(case, terms, eve)
    if case.then is None:
        # Another run has meanwhile stored a report of a window that this scan did not count.
        return Choice(None)
    return _compared(day.summary, case, terms, moved, eve)


def _made_again(case: Case, eve: Eve) -> Choice:
    """Return the choice for a report that is not trusted: the new count replaces it.

    A count that shows less and that nothing vouches for does not, because the report may be the
    last trace of telemetry that is gone. It stays as it is and objects. No row vouches against a
    file that shows more of what is never tolerated: the index and the trend may be older than it.
    """
    day, now = case.stored, case.now
    if day.is_blocked:
        # Its bytes may be the richer ones, so it is not missing.
        return Choice(None)
    count = case.then or now
    if day.trust != "unlisted" and _vouches(case.row, now) and not is_graver(day, count):
        return _placed(case, eve)
    less = _less_than_is_left(day, count)
    if less:
        return Choice(None, less)
    is_doubted = day.trust != "unlisted" or _trend_showed_more(day, count)
    return _placed(case, eve, remade=is_doubted or day.is_remade)


def _trend_showed_more(day: Day, count: Summary) -> bool:
    """Return whether the stored trend showed what neither the file of a day nor a count shows.

    Then the file is not the report that the trend was made from, and that report is gone. Of the
    numbers that a trend does not contain, the day shows at least one.
    """
    shown = day_of_summary(day.summary) if day.summary else missing_day(day.date)
    now = day_of_summary(count)
    return any(
        before > max(file, after)
        for before, file, after in zip(*map(_objecting_of, (day, shown, now)), strict=True)
    )


def _objecting_of(day: Day) -> tuple[int, ...]:
    return (
        day.parse_errors,
        day.not_understood,
        day.danger,
        day.critical_actions,
        day.legacy_critical,
    )


def _less_than_is_left(day: Day, count: Summary) -> tuple[str, ...]:
    """Return of what a count shows less than what is left of a report that is not trusted.

    Args:
        day: What its file shows, and what the stored trend showed of it.
        count: The count of the same window, or of the day if the window is not known.
    """
    known = (carried(day.summary, count), losses(day.summary, count)) if day.summary else ()
    return together(*known, less_than_shown(day, count))


def _compared(stored: Summary, case: Case, terms: Terms, moved: Moved, eve: Eve) -> Choice:
    then = case.then or case.now
    held, fewer = carried(stored, then), losses(stored, then, moved, terms.ahead)
    less = together(held, fewer)
    if less and _must_show(case.stored, then, is_accepted=then.date in terms.accepted):
        return Choice(_with_losses(_flagged(then, remade=stored.remade is True), less))
    if fewer:
        # The numbers that a report carries are in no report any more, so they do not age.
        aged = (
            not held and _is_old(stored.created_at_utc, terms) and not shows_more(case.stored, then)
        )
        if not shows_all_that_objects(case.stored, then):
            # Neither of the two shows all, so that the loss also says what the report hides.
            less = together(hidden(case.stored, then), less)
        flagged = (
            msgspec.structs.replace(stored, aged=True, lost=msgspec.UNSET)
            if aged
            else msgspec.structs.replace(stored, aged=msgspec.UNSET, lost=less)
        )
        if flagged == stored:
            return Choice(None, less, aged=aged)
        return Choice(flagged, less, is_mark=True, aged=aged)
    remade = stored.remade is True
    if held:
        placed = Choice(_with_losses(_flagged(then, remade=remade), held), held)
    elif case.now.created_at_utc < stored.created_at_utc:
        placed = Choice(_flagged(then, remade=remade))
    else:
        placed = _placed(case, eve, remade=remade)
    if placed.write and _without_books(placed.write) == _without_books(stored):
        return msgspec.structs.replace(placed, write=None)
    return placed


def _must_show(stored: Day, count: Summary, *, is_accepted: bool) -> bool:
    """Return whether a count that shows less must be stored, because what it shows would be hidden.

    A critical alert must not hide behind a loss, which can be accepted. Behind an accepted loss
    nothing that objects may hide; but what the stored report shows must stay as well.
    """
    if count.metrics.critical_alerts > stored.critical_alerts:
        return True
    return is_accepted and shows_more(stored, count) and shows_all_that_objects(stored, count)


def _placed(case: Case, eve: Eve, *, remade: bool = False) -> Choice:
    """Return the choice of a count that may replace a report: in which window it is stored."""
    now, then = case.now, case.then
    lost = left_behind(then, now, eve) if then else []
    if then is None or not lost:
        return Choice(_flagged(now, remade=remade))
    first = now.date - DAY
    if now.metrics.critical_alerts and not then.metrics.critical_alerts:
        # A critical alert must not wait for the report of another day.
        numbers = [name for name in lost if name != INCOMPLETE]
        less = tuple(text for name in numbers for text in fewer_of(name, then, now))
        fresh = _flagged(now, remade=remade)
        return Choice(_with_losses(fresh, less) if less else fresh, less, first=first)
    return Choice(_flagged(then, remade=remade), first=first)


def _compared_with_markdown(case: Case, terms: Terms, eve: Eve) -> Choice:
    """Compare a count with the Markdown of the earlier scripts.

    Markdown has no place for a loss, and without one a count that shows a critical alert would pass
    unseen. So a loss that objects turns it into a summary of the same numbers.
    """
    day, count = case.stored, case.then or case.now
    less = together(less_than_shown(day, count))
    if not less or day.end is None or day.empty:
        return Choice(None, less) if less else _placed(case, eve)
    if count.metrics.critical_alerts > day.critical_alerts:
        return Choice(_with_losses(count, less))
    if _is_old(day.end, terms) and not shows_more(day, count):
        return Choice(None, less, aged=True)
    less = together(hidden(day, count), less)
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
    return Choice(kept, less, is_mark=True)


def _is_old(end: datetime, terms: Terms) -> bool:
    """Return whether telemetry of a window that ended then need not be there any more."""
    return terms.range_end - end > terms.retention_days * DAY


def _is_comparable(case: Case) -> bool:
    """Return whether the stored report is not made again, which is never compared with."""
    return not case.stored.is_distrusted


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
