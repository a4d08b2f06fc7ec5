"""The steps of each command, in order. Other modules implement the steps."""

from __future__ import annotations

import stat
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.errors import ReportsError, UsageError
from peaktrade_ops.report_paths import cannot_use
from peaktrade_ops.reports.store.archive import Archive, blocked_trend
from peaktrade_ops.reports.store.index import build_index, listing
from peaktrade_ops.reports.store.lock import IN_SILENCE, Waiting, locked
from peaktrade_ops.reports.store.names import CALENDAR, INDEX, LOCK, is_trend, summary_name
from peaktrade_ops.reports.store.pruning import Plan, plan_of
from peaktrade_ops.reports.store.publish import check_writable, is_own_name, publish
from peaktrade_ops.reports.store.reading import BlockedError, UnreadableError
from peaktrade_ops.reports.store.verify import Mismatch, verify
from peaktrade_ops.reports.views.render import all_views, own_views, stale_views, without_views
from peaktrade_ops.scanning import Place, Progress, Telemetry, count_windows, no_progress
from peaktrade_ops.stage1.current import Outdated, currency_of, is_early
from peaktrade_ops.stage1.decision import (
    Wish,
    doubts_of_clock,
    doubts_of_config,
    facts_of,
    objection_to_go,
    past_of,
)
from peaktrade_ops.stage1.findings import LOST
from peaktrade_ops.stage1.keep import Case, Choice, Terms, choose
from peaktrade_ops.stage1.models import Decision, PastDecision, Summary, Trend, to_json
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.stage1.trend import build_trend, range_of
from peaktrade_ops.steps import step
from peaktrade_ops.window import Window, ahead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from peaktrade_ops.config import Config
    from peaktrade_ops.stage1.day import Day


# A field of `Report` is named `date` itself.
_Date = date


class TrendResult(msgspec.Struct, frozen=True):
    """A trend, and whether it is stored; it is not stored if it ends before the stored one.

    Attributes:
        outdated: The days that make the trend out of date; all of them are later days.
    """

    trend: Trend
    stored: bool
    outdated: Outdated = Outdated()


class Report(msgspec.Struct, frozen=True):
    """The result of a command for the report of one day.

    Attributes:
        date: The day.
        summary: The report that is stored now; `None` if it exists and cannot be read.
        written: Whether this command wrote it from the telemetry.
        losses: The numbers and folders of which the telemetry shows less than the report, which is
            the reason why it is kept; of a written report, than an earlier one.
        aged: Whether the losses come from the end of retention.
        first: The day whose report must be made first, so that the window of this one can be that
            of the command; else `None`.
    """

    date: date
    summary: Summary | None
    written: bool
    losses: tuple[str, ...] = ()
    aged: bool = False
    first: _Date | None = None


class RunResult(msgspec.Struct, frozen=True):
    """The result of the daily routine: the reports in the order of their days, trend and check."""

    reports: list[Report]
    trend: TrendResult
    findings: list[Mismatch]

    @property
    def summaries(self) -> list[Summary]:
        """The written summaries, and always that of the last day."""
        return [
            report.summary
            for report in self.reports
            if report.summary and (report.written or report is self.reports[-1])
        ]


class RenderResult(msgspec.Struct, frozen=True):
    """The names of the rendered views, and of the unreadable JSON files with the reasons."""

    written: list[str]
    unreadable: dict[str, str]


def make_snapshots(  # noqa: PLR0913 (the steps of a command get all their inputs as arguments)
    telemetry: Telemetry,
    place: Place,
    windows: Sequence[Window],
    config: Config,
    *,
    now: datetime,
    replace: bool = False,
    progress: Progress = no_progress,
    waiting: Waiting = IN_SILENCE,
) -> list[Report]:
    """Write the reports of windows from one scan.

    A stored report that counted more is kept, unless `replace` (section 6 of the contract).

    Args:
        telemetry: The telemetry to scan.
        place: The location of the reports.
        windows: The windows, in the order of their distinct dates; at least one.
        config: The configuration.
        now: The current time, aware.
        replace: Whether a report replaces one that counted more.
        progress: Shows the progress of the scan.
        waiting: How the lock is waited for.

    Returns:
        The reports, in the order of the windows.

    Raises:
        UsageError: The keyword search is refused.
        TelemetryError: The given telemetry cannot be used.
        ReportsError: The reports folder cannot be used.
    """
    counted = count_windows(
        telemetry, place, windows, config, now=now, progress=progress, waiting=waiting
    )
    with locked(place.folder, waiting=waiting):
        archive = Archive(place.folder, stage=place.stage)
        if replace:
            fresh = [counted[window] for window in windows]
            reports = [Report(summary.date, summary, written=True) for summary in fresh]
        else:
            # A report that stays is not marked: only the routine looks at all days of a range.
            choices = _choose(archive, windows, counted, config, now=now, marks=False)
            reports = _reports(archive, windows, choices)
            fresh = [report.summary for report in reports if report.summary and report.written]
        archive.overlay(_written(fresh))
        _publish(archive)
    return reports


def make_trend(  # noqa: PLR0913 (see make_snapshots)
    place: Place,
    window: Window,
    config: Config,
    *,
    days: int,
    replace: bool = False,
    adopt: bool = False,
    clock: Callable[[], datetime] | None = None,
    waiting: Waiting = IN_SILENCE,
) -> TrendResult:
    """Write the trend of the calendar days up to the date of a window.

    Args:
        place: The location of the reports.
        window: The window of the last day.
        config: The configuration.
        days: The number of days.
        replace: Whether the trend replaces one that ends later.
        adopt: Whether every readable artifact that is not in the index is adopted unchanged.
        clock: Returns the current time, aware; it is read under the lock. `None` if nothing may
            depend on it: then each stored trend that ends later is kept.
        waiting: How the lock is waited for.

    Raises:
        ReportsError: The reports folder cannot be used.
    """
    check_there(place.folder)
    check_writable(place.folder)
    with locked(place.folder, waiting=waiting):
        archive = Archive(place.folder, adopt=adopt, stage=place.stage)
        now = clock() if clock else None
        result = _judge(archive, window, config, days=days, replace=replace, now=now)
        if result.stored or adopt:
            _publish(archive)
    return result


def run_daily(  # noqa: PLR0913 (see make_snapshots)
    telemetry: Telemetry,
    place: Place,
    window: Window,
    config: Config,
    *,
    days: int,
    replace: bool = False,
    adopt: bool = False,
    now: datetime,
    clock: Callable[[], datetime] | None = None,
    progress: Progress = no_progress,
    waiting: Waiting = IN_SILENCE,
) -> RunResult:
    """Run the daily routine: all days of the range from one scan, the trend, the check.

    Args:
        telemetry: The telemetry to scan.
        place: The location of the reports.
        window: The window of the last day.
        config: The configuration.
        days: The number of days.
        replace: Whether reports replace those that counted more, and the trend one that ends later.
        adopt: Whether every readable artifact that is not in the index is adopted unchanged.
        now: The current time, aware.
        clock: Returns the time at the end of the scan, aware; it is read under the lock. `None` if
            that is `now`.
        progress: Shows the progress of the scan.
        waiting: How the lock is waited for.

    Raises:
        UsageError: The keyword search is refused, or the range begins before 1970.
        TelemetryError: The given telemetry cannot be used.
        ReportsError: The reports folder cannot be used.
    """
    windows = [window.earlier(back) for back in range(days - 1, -1, -1)]
    counted = count_windows(
        telemetry, place, windows, config, now=now, progress=progress, waiting=waiting
    )
    with locked(place.folder, waiting=waiting):
        archive = Archive(place.folder, adopt=adopt, stage=place.stage)
        if replace:
            choices = [Choice(counted[each]) for each in windows]
        else:
            choices = _choose(archive, windows, counted, config, now=now, marks=True)
        reports = _reports(archive, windows, choices)
        archive.overlay(_written(choice.write for choice in choices if choice.write))
        dates = {each.date for each in windows}
        for count in counted.values():
            if count.date in dates:
                archive.show(count)
        at_end = clock() if clock else now
        trend = _judge(archive, window, config, days=days, replace=replace, now=at_end)
        _publish(archive)
    # What only the clock says of the verdict is told with it, and is no fault of the folder.
    findings = check_reports(
        place.folder, now=at_end, waiting=waiting, stage=place.stage, tells_clock=False
    )
    return RunResult(reports, trend, findings)


def decide(  # noqa: PLR0913 (see make_snapshots)
    place: Place,
    wish: Wish,
    *,
    clock: Callable[[], datetime],
    config: Config | None = None,
    doubts: Sequence[str] = (),
    waiting: Waiting = IN_SILENCE,
) -> Decision:
    """Write the decision of the owner, with the facts that it rests on.

    Args:
        place: The location of the reports.
        wish: What the owner wants.
        clock: Returns the current time, aware. It is read under the lock: a verdict may expire
            while this run waits for another one.
        config: The configuration, which may have changed since the verdict was given; `None` if
            it is not known.
        doubts: Further reasons why the verdict cannot be relied on, one sentence each.
        waiting: How the lock is waited for.

    Returns:
        The stored decision.

    Raises:
        UsageError: The facts do not support a ``go``, and no override with a note is given.
        ReportsError: The folder cannot be used, there is no trend that can be trusted, a report of
            its range cannot be read, or the earlier decision cannot be trusted.
    """
    check_there(place.folder)
    check_writable(place.folder)
    with locked(place.folder, waiting=waiting):
        now = clock()
        archive = Archive(place.folder, stage=place.stage)
        trend = _trusted_trend(archive)
        archive.check_readable(row.date for row in trend.series)
        currency = currency_of(trend, archive.outdated(trend, now), now)
        history, is_lost = _history(archive, is_accepted=bool(wish.override and wish.note))
        behind = doubts_of_clock(history, now)
        since = _doubts_of_config(archive, trend, config) if config else []
        facts = facts_of(trend, (*currency.reasons, *behind, *since, *doubts))
        objection = objection_to_go(facts) if wish.decision == "go" else ""
        if objection and not (wish.override and wish.note):
            first = "check the clock of this machine; " if behind or currency.early else ""
            raise UsageError(
                f"the facts do not support go: {objection}",
                hint=f"{first}to go all the same, give --override and the reason as --note; it is"
                " shown in red for ever; else decide extend or no-go",
            )
        decision = Decision(
            schema_version=1,
            decided_at_utc=now.replace(microsecond=0),
            owner=wish.owner,
            decision=wish.decision,
            override=bool(objection),
            note=wish.note,
            facts=facts,
            rests_on=archive.entries_of(archive.grounds_of(trend)),
            history=history,
            history_lost=True if is_lost else msgspec.UNSET,
            stage=place.stage.mark,
        )
        archive.overlay({place.stage.decision_json: to_json(decision)})
        _publish(archive)
    return decision


def prune_reports(
    place: Place,
    keep_days: int,
    *,
    today: date,
    delete: bool,
    waiting: Waiting = IN_SILENCE,
) -> Plan:
    """Remove old reports that nothing rests on, or tell only which these are.

    Args:
        place: The location of the reports.
        keep_days: The number of days that are kept; see `plan_of`.
        today: The day of the clock.
        delete: Whether they are removed. If not, nothing is changed.
        waiting: How the lock is waited for.

    Raises:
        ReportsError: The folder cannot be used, or the trend or the decision cannot be relied on.
    """
    check_there(place.folder)
    if delete:
        check_writable(place.folder)
    with locked(place.folder, shared=not delete, waiting=waiting):
        archive = Archive(place.folder, stage=place.stage)
        plan = plan_of(archive, keep_days, today)
        if delete and plan.days:
            removed = to_json(listing(plan.removed, place.stage))
            archive.prune(plan.days)
            _publish_with_index(archive, own_views(archive), removed)
    return plan


def render_reports(
    folder: Path, *, waiting: Waiting = IN_SILENCE, stage: Stage = STAGE1
) -> RenderResult:
    """Render the Markdown and the pages of a folder again from its JSON, which is not changed.

    Args:
        folder: The reports folder.
        waiting: How the lock is waited for.
        stage: The stage whose reports it holds.

    Raises:
        ReportsError: The folder is missing, cannot be read or written, or has only files of
            something else.
    """
    check_there(folder)
    _check_is_of_reports(folder, stage)
    check_writable(folder)
    with locked(folder, waiting=waiting):
        archive = Archive(folder, stage=stage)
        views = all_views(archive)
        _publish_with_index(archive, views)
        return RenderResult(sorted(views), without_views(archive))


def _check_is_of_reports(folder: Path, stage: Stage) -> None:
    """Check that a folder has something of reports, or nothing at all: its pages may be others'.

    Raises:
        ReportsError: It has files, and none of them is of reports, or it cannot be read.
    """
    archive = Archive(folder, stage=stage)
    # A calendar or an index may be of anything.
    others = sorted(
        name
        for name in archive.names
        if not name.startswith(".") and (name in {CALENDAR, INDEX} or not is_own_name(name))
    )
    has_reports = any(map(is_own_name, archive.names.difference(others, {LOCK})))
    if others and not has_reports and not archive.listed.is_readable:
        raise ReportsError(
            f"folder {folder} is not of reports: it has {others[0]}, but no report",
            hint="check --reports-root and --dir; nothing is written",
        )


def check_reports(
    folder: Path,
    *,
    now: datetime | None = None,
    waiting: Waiting = IN_SILENCE,
    stage: Stage = STAGE1,
    tells_clock: bool = True,
) -> list[Mismatch]:
    """Check a reports folder against its index; nothing is changed.

    Args:
        folder: The reports folder.
        now: The current time, aware; `None` for a check that does not depend on the time.
        waiting: How the lock is waited for.
        stage: The stage whose reports it is to hold.
        tells_clock: Whether a verdict that has expired, or whose time has not come, is a finding.

    Raises:
        ReportsError: The folder is missing or cannot be read.
    """
    check_there(folder)
    with locked(folder, shared=True, waiting=waiting):
        return verify(folder, now=now, stage=stage, tells_clock=tells_clock)


def check_there(
    folder: Path, hint: str = "check --reports-root and --dir, or make a report first"
) -> None:
    """Check that a reports folder exists.

    Args:
        folder: The folder.
        hint: The hint of the error.

    Raises:
        ReportsError: The path is missing, is not a folder, or cannot be examined.
    """
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:
        raise cannot_use(folder, "cannot be read", error) from error
    if not is_folder:
        raise ReportsError(f"reports folder {folder} is missing or is not a folder", hint=hint)


def recent_days(
    folder: Path,
    last: date,
    count: int,
    *,
    waiting: Waiting = IN_SILENCE,
    stage: Stage = STAGE1,
) -> list[Day]:
    """Read the `count` calendar days up to `last`, in order; change nothing.

    Raises:
        ReportsError: The folder is missing or cannot be read.
    """
    with locked(folder, shared=True, waiting=waiting):
        archive = Archive(folder, stage=stage)
        return [archive.day(last - timedelta(days=back)) for back in reversed(range(count))]


def _choose(  # noqa: PLR0913 (see make_snapshots)
    archive: Archive,
    windows: Sequence[Window],
    counted: Mapping[Window, Summary],
    config: Config,
    *,
    now: datetime,
    marks: bool,
) -> list[Choice]:
    """Return the choice between the stored report and the count of each day.

    The caller must hold the lock.

    Args:
        archive: The folder.
        windows: The windows of the days.
        counted: The counts of these windows, those before them, and those of the stored reports.
        config: The configuration.
        now: The time of the scan, aware.
        marks: See `choose`.
    """
    eves = [each.eve for each in windows]
    before = [each for each in eves if each in counted and each not in windows]
    accepted = frozenset(each.date for each in config.accepted if each.rule == LOST)
    ahead, end = ahead_of(now), windows[-1].end
    terms = Terms(min(end, ahead or end), config.policy.retention_days, ahead, accepted)
    cases, others = (
        [_case(archive, each, counted) for each in chosen if each] for chosen in (windows, before)
    )
    return choose(cases, terms, others, marks=marks)


def _case(archive: Archive, window: Window, counted: Mapping[Window, Summary]) -> Case:
    """Return what the choice for a day rests on."""
    stored = archive.day(window.date)
    then = counted.get(Window(stored.end, window.date)) if stored.end else None
    return Case(stored, counted[window], then, archive.vouching_row(window.date))


def _reports(
    archive: Archive, windows: Sequence[Window], choices: Sequence[Choice]
) -> list[Report]:
    """Return the result for the report of each day."""
    reports = []
    for window, choice in zip(windows, choices, strict=True):
        stored = archive.day(window.date).summary
        written = choice.write is not None and not choice.is_mark
        reports.append(
            Report(
                window.date,
                choice.write or stored,
                written,
                choice.losses,
                choice.aged,
                choice.first,
            )
        )
    return reports


def _judge(  # noqa: PLR0913 (see make_snapshots)
    archive: Archive,
    window: Window,
    config: Config,
    *,
    days: int,
    replace: bool,
    now: datetime | None,
) -> TrendResult:
    """Build the trend of a folder, and overlay it unless the stored one ends later.

    A stored one that ends after the clock does not count: it would be in the way until its day.
    """
    series = [archive.day(day) for day in range_of(window, days)]
    trend = build_trend(series, window=window, config=config, stage=archive.stage)
    stored_end = _stored_trend_end(archive, now)
    is_stored = stored_end is None or window.date >= stored_end or replace
    if is_stored:
        archive.overlay({archive.stage.trend_json: to_json(trend)})
    return TrendResult(trend, is_stored, archive.outdated(trend, now))


def _stored_trend_end(archive: Archive, now: datetime | None) -> date | None:
    """Return the last day of the stored trend; `None` if there is none that is in the way.

    One that is not trusted, or that ends after the clock, is not.

    Raises:
        ReportsError: The bytes of the trend cannot be read, so it may end later.
    """
    try:
        trend = archive.trend()
    except BlockedError as error:
        raise blocked_trend(archive.folder, error, archive.stage) from error
    except UnreadableError:
        return None
    if trend is None or (now is not None and is_early(trend, now)):
        return None
    return trend.range.end


def _trusted_trend(archive: Archive) -> Trend:
    """Return the stored trend of a folder.

    Raises:
        ReportsError: There is none, or it cannot be read or trusted.
    """
    try:
        trend = archive.trend()
    except BlockedError as error:
        raise blocked_trend(archive.folder, error, archive.stage) from error
    except UnreadableError as error:
        problem = f"{archive.folder / archive.stage.trend_json} cannot be relied on: {error}"
    else:
        if trend is not None:
            return trend
        problem = f"{archive.folder} has no trend, so there is nothing to decide by"
    raise ReportsError(problem, hint=f"make it with {archive.stage.command('run')}, then decide")


def _doubts_of_config(archive: Archive, trend: Trend, config: Config) -> list[str]:
    """Return why the configuration is not the one that a stored verdict rests on."""
    return doubts_of_config(trend, [archive.day(row.date) for row in trend.series], config)


def _history(archive: Archive, *, is_accepted: bool) -> tuple[tuple[PastDecision, ...], bool]:
    """Return the earlier decisions of a folder, and whether some of them are lost.

    Args:
        archive: The folder.
        is_accepted: Whether the owner says that an earlier decision is lost for good.

    Raises:
        ReportsError: The earlier decision cannot be read or trusted, and this is not accepted.
    """
    name = archive.stage.decision_json
    try:
        earlier = archive.decision()
    except UnreadableError as error:
        if is_accepted and not isinstance(error, BlockedError):
            return (), True
        raise ReportsError(
            f"{archive.folder / name} cannot be relied on: {error}",
            hint=f"{error.remedy}; where it is lost for good, --override with a --note writes a new"
            " one, which says for ever that the history is not complete",
        ) from error
    if earlier is None:
        return (), False
    sha256 = archive.digest(name) or ""
    return (*earlier.history, past_of(earlier, sha256)), earlier.history_lost is True


def _written(summaries: Iterable[Summary]) -> dict[str, bytes]:
    return {summary_name(summary.date): to_json(summary) for summary in summaries}


def _publish(archive: Archive) -> None:
    """Write the overlaid artifacts, the stale views and the index.

    The caller must hold the lock.
    """
    with step("render"):
        views = stale_views(archive)
    _publish_with_index(archive, {**archive.fresh, **views})


def _publish_with_index(
    archive: Archive, artifacts: Mapping[str, bytes], removed: bytes | None = None
) -> None:
    """Write artifacts and the index that lists them in one step. The caller must hold the lock.

    The trend is renamed last. If a run is interrupted before the index, the earlier trend still
    matches its entry, and its rows vouch for the reports that the next run makes again.
    """
    index = {INDEX: to_json(build_index(archive, artifacts))}
    last = {name: data for name, data in artifacts.items() if is_trend(name)}
    first = {name: data for name, data in artifacts.items() if not is_trend(name)}
    artifacts = {**first, **index, **last}
    with step("publish", files=len(artifacts), bytes=sum(map(len, artifacts.values()))):
        publish(archive.folder, artifacts, removed)
