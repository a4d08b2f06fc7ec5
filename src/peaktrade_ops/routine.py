"""The steps of each command, in order. What a step does stands in the module that it calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops.defaults import LEGACY_REGEX
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive, has_report, stored_trend_end
from peaktrade_ops.reports.store.index import Finding, build_index, verify
from peaktrade_ops.reports.store.names import INDEX, TREND_JSON, summary_name
from peaktrade_ops.reports.store.publish import check_writable, locked, publish
from peaktrade_ops.reports.views.render import all_views, views_of_fresh, without_views
from peaktrade_ops.stage1.models import Summary, Trend, to_json
from peaktrade_ops.stage1.snapshot import summarise
from peaktrade_ops.stage1.trend import build_trend, range_of
from peaktrade_ops.telemetry.engines.workers import scan_sources
from peaktrade_ops.telemetry.files.inputs import discover_inputs
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.search import Discovery, Search
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.telemetry.records.keywords import Keywords
from peaktrade_ops.telemetry.records.times import EPOCH

if TYPE_CHECKING:
    from peaktrade_ops.config import Config
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.window import Window

Progress = Callable[[date, int], AbstractContextManager[Callable[[int], object]]]
"""Shows the progress of a scan: called with the day and its bytes, it gives what is called for
each part.
"""

_MICROSECOND: Final = timedelta(microseconds=1)


def no_progress(_day: date, _total: int) -> AbstractContextManager[Callable[[int], object]]:
    """Show nothing."""
    return nullcontext(lambda _done: None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where artifacts are: the folder, and how a report names it."""

    folder: Path
    report_dir: str


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What to scan, and how.

    Attributes:
        root: The telemetry root.
        inputs: Exactly these files, folders and globs instead, if any.
        max_depth: How deep to look.
        max_files: Scan only this many, the newest; 0 is all.
        legacy_regex: The keyword search.
        closed: Folders that are not entered: where the reports are.
    """

    root: Path
    inputs: tuple[str, ...] = ()
    max_depth: int = 10
    max_files: int = 0
    legacy_regex: str = LEGACY_REGEX
    closed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class TrendResult:
    """A trend, and whether it is stored: one that ends before the stored one is not."""

    trend: Trend
    stored: bool


@dataclass(frozen=True, slots=True)
class RunResult:
    """What the daily routine did: the snapshots in order of their days, the trend, the check."""

    summaries: list[Summary]
    trend: TrendResult
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class RenderResult:
    """What was rendered: the names of the views, and of the JSON that cannot be read, and why."""

    written: list[str]
    unreadable: dict[str, str]


def make_snapshot(  # noqa: PLR0913 (the steps of a command state all that they need)
    telemetry: Telemetry,
    place: Place,
    window: Window,
    config: Config,
    *,
    now: datetime,
    progress: Progress = no_progress,
    overview: bool = True,
) -> Summary:
    """Make the report of one window.

    Args:
        telemetry: What to scan.
        place: Where the report goes.
        window: The window.
        config: The configuration.
        now: The clock.
        progress: Shows the progress of the scan.
        overview: Whether the pages of the trend and of the calendar follow at once; if not, another
            report of the same run must come after this one.

    Raises:
        UsageError: The keyword search is refused.
        TelemetryError: The telemetry that was named cannot be used.
        ReportsError: The reports folder cannot be used.
    """
    Keywords(telemetry.legacy_regex)
    found = _discover(telemetry, place, window, config)
    check_writable(place.folder)
    with progress(window.date, sum(source.size for source in found.sources)) as advance:
        tally = scan_sources(
            found.sources,
            config=config,
            window=window,
            legacy_regex=telemetry.legacy_regex,
            progress=advance,
        )
    summary = summarise(
        found,
        tally,
        config=config,
        legacy_regex=telemetry.legacy_regex,
        report_dir=place.report_dir,
        now=now,
    )
    with locked(place.folder):
        fresh = {summary_name(summary.date): to_json(summary)}
        _publish_with_views(Archive(place.folder), fresh, overview=overview)
    return summary


def make_trend(
    place: Place, window: Window, config: Config, *, days: int, replace: bool
) -> TrendResult:
    """Make the trend of the calendar days that end with a window's date.

    Raises:
        ReportsError: The reports folder cannot be used.
    """
    check_writable(place.folder)
    with locked(place.folder):
        archive = Archive(place.folder)
        series = [archive.day(day) for day in range_of(window, days)]
        trend = build_trend(series, window=window, policy=config.policy)
        stored_end = stored_trend_end(place.folder)
        if stored_end is not None and window.date < stored_end and not replace:
            return TrendResult(trend, stored=False)
        _publish_with_views(archive, {TREND_JSON: to_json(trend)})
    return TrendResult(trend, stored=True)


def run_daily(  # noqa: PLR0913 (see make_snapshot)
    telemetry: Telemetry,
    place: Place,
    window: Window,
    config: Config,
    *,
    days: int,
    replace: bool,
    now: datetime,
    progress: Progress = no_progress,
) -> RunResult:
    """Do the daily routine: missing days of the range, the day itself, the trend, the check.

    Raises:
        UsageError: The keyword search is refused, or the range begins before 1970.
        TelemetryError: The telemetry that was named cannot be used.
        ReportsError: The reports folder cannot be used.
    """
    earlier = [window.earlier(back) for back in range(days - 1, 0, -1)]
    missing = [past for past in earlier if not has_report(place.folder, past.date)]
    return RunResult(
        summaries=[
            make_snapshot(
                telemetry,
                place,
                each,
                config,
                now=now,
                progress=progress,
                overview=each is window,
            )
            for each in (*missing, window)
        ],
        trend=make_trend(place, window, config, days=days, replace=replace),
        findings=check_reports(place.folder),
    )


def render_reports(folder: Path) -> RenderResult:
    """Make the Markdown and the pages of a folder again from its JSON, which is not changed.

    Raises:
        ReportsError: The folder is missing, or cannot be read or written.
    """
    check_there(folder)
    check_writable(folder)
    with locked(folder):
        archive = Archive(folder)
        views = all_views(archive)
        _publish_with_index(folder, views)
        return RenderResult(sorted(views), without_views(archive))


def check_reports(folder: Path) -> list[Finding]:
    """Check a reports folder against its index; nothing is changed.

    Raises:
        ReportsError: The folder is missing or cannot be read.
    """
    check_there(folder)
    with locked(folder, shared=True):
        return verify(folder)


def check_there(folder: Path) -> None:
    """Make sure that a reports folder is there.

    Raises:
        ReportsError: It is missing, or no folder.
    """
    if not folder.is_dir():
        raise ReportsError(
            f"reports folder {folder} is missing or no folder",
            hint="check --reports-root and --dir, or make a report first",
        )


def recent_days(folder: Path, last: date, count: int) -> list[Day]:
    """Read the `count` calendar days that end with `last`, in order; nothing is changed.

    Raises:
        ReportsError: The folder is missing or cannot be read.
    """
    with locked(folder, shared=True):
        archive = Archive(folder)
        return [archive.day(last - timedelta(days=back)) for back in reversed(range(count))]


def _discover(telemetry: Telemetry, place: Place, window: Window, config: Config) -> Discovery:
    search = Search(
        max_depth=telemetry.max_depth,
        ignore=Patterns(config.sources.ignore),
        closed=_identities((*telemetry.closed, place.folder), telemetry.root),
    )
    if telemetry.inputs:
        return discover_inputs(telemetry.inputs, search)
    since_ns = (window.start - EPOCH) // _MICROSECOND * 1_000
    return discover(telemetry.root, search, max_files=telemetry.max_files, since_ns=since_ns)


def _identities(folders: tuple[Path, ...], root: Path) -> frozenset[tuple[int, int]]:
    """Identify folders that are not entered.

    The telemetry root itself is never one of them, nor a folder above it: reports that are
    written beside the telemetry must not hide it.
    """
    identities = set()
    telemetry = Path(os.path.realpath(root))
    for folder in folders:
        try:
            status = folder.stat()
            above = telemetry.is_relative_to(folder.resolve())
        except OSError:
            continue
        if not above:
            identities.add((status.st_dev, status.st_ino))
    return frozenset(identities)


def _publish_with_views(
    archive: Archive, fresh: dict[str, bytes], *, overview: bool = True
) -> None:
    """Write JSON, the views that change with it, and the index. The lock must be held."""
    archive.renew(fresh)
    _publish_with_index(archive.folder, {**fresh, **views_of_fresh(archive, overview=overview)})


def _publish_with_index(folder: Path, artifacts: dict[str, bytes]) -> None:
    """Write artifacts and the index that lists them in one step. The lock must be held."""
    index = build_index(folder, artifacts)
    publish(folder, {**artifacts, INDEX: to_json(index)})
