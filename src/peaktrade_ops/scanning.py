"""The scan of the telemetry: which files, what is told about them, and a summary of each window."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.defaults import LEGACY_REGEX
from peaktrade_ops.formats import time_keys
from peaktrade_ops.locations import Location, Url
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.lock import IN_SILENCE, Waiting, locked
from peaktrade_ops.reports.store.publish import check_writable, is_own_name
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.settings import settings_of
from peaktrade_ops.stage1.snapshot import Scan, summarise
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.steps import listener_of_files, step
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.scan import Setup
from peaktrade_ops.telemetry.engines.cache import FOLDER as CACHE
from peaktrade_ops.telemetry.engines.cache import is_cache_name
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.inputs import discover_inputs
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.pin import judged_again
from peaktrade_ops.telemetry.files.remote import RemoteStore
from peaktrade_ops.telemetry.files.search import Discovery, OwnFiles, Search
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.telemetry.records.keywords import Keywords
from peaktrade_ops.window import Window, ahead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from peaktrade_ops.config import Config
    from peaktrade_ops.stage1.models import Summary
    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.store import Store

Progress = Callable[[Sequence[Window], int], AbstractContextManager[Callable[[int], object]]]
"""Shows the progress of a scan: called with the windows and the number of bytes to scan, it returns
a context manager that yields a function. This is called with the number of bytes of each finished
part.
"""


def no_progress(
    _windows: Sequence[Window], _total: int
) -> AbstractContextManager[Callable[[int], object]]:
    """Show nothing."""
    return nullcontext(lambda _done: None)


class Place(msgspec.Struct, frozen=True):
    """The location of the artifacts.

    Attributes:
        folder: The folder of the artifacts.
        report_dir: Its name in reports, relative to the reports root; ``.`` if it is the root.
        stage: The stage whose artifacts these are.
        others: The folders of other stages, whose files are no telemetry either.
    """

    folder: Path
    report_dir: str
    stage: Stage = STAGE1
    others: tuple[Path, ...] = ()

    @property
    def root(self) -> Path:
        """The reports root."""
        parts = PurePath(self.report_dir).parts
        return self.folder.parents[len(parts) - 1] if parts else self.folder

    @property
    def cache(self) -> Path:
        """The folder of the counts of earlier scans, unless another one is given."""
        return self.root / CACHE


class Telemetry(msgspec.Struct, frozen=True):
    """The telemetry to scan, and how to scan it.

    Attributes:
        root: The telemetry root.
        inputs: The files, folders and globs to scan instead of the root; empty for the root.
        max_depth: The maximum number of parts of a relative path.
        max_files: The maximum number of files to scan, the newest first; 0 for all.
        legacy_regex: The keyword search.
        cache: The folder of the counts of earlier scans; `None` to scan all bytes.
        scheduler: The address of the scheduler of a cluster; empty to scan on this machine.
    """

    root: Location
    inputs: tuple[str, ...] = ()
    max_depth: int = 10
    max_files: int = 0
    legacy_regex: str = LEGACY_REGEX
    cache: Path | None = None
    scheduler: str = ""

    @property
    def store(self) -> Store:
        """The store that contains the telemetry."""
        if isinstance(self.root, Url) and not self.inputs:
            return RemoteStore(self.root)
        return LOCAL


def find(telemetry: Telemetry, place: Place, config: Config) -> Discovery:
    """Find the files that a run scans, and the reasons for those that it leaves out.

    Raises:
        TelemetryError: The given telemetry cannot be used.
    """
    search = Search(
        max_depth=telemetry.max_depth,
        time_keys=time_keys(config),
        ignore=Patterns(config.sources.ignore),
        include=Patterns(config.sources.include),
        legacy=Patterns(config.sources.legacy),
        own=(
            *(
                own
                for each in (place.folder, *place.others)
                for own in _own_files(each, is_own_name)
            ),
            *_own_files(telemetry.cache, is_cache_name),
        ),
    )
    if telemetry.inputs:
        return discover_inputs(telemetry.inputs, search)
    return discover(telemetry.root, search, max_files=telemetry.max_files, store=telemetry.store)


def count_windows(  # noqa: PLR0913 (a scan gets all its inputs as arguments)
    telemetry: Telemetry,
    place: Place,
    windows: Sequence[Window],
    config: Config,
    *,
    now: datetime,
    progress: Progress = no_progress,
    waiting: Waiting = IN_SILENCE,
) -> dict[Window, Summary]:
    """Scan the telemetry once; write nothing but the cache.

    If a day has a report, the window of the report is counted too, so that both can be compared.

    Args:
        telemetry: The telemetry to scan.
        place: The location of the reports.
        windows: The windows, in the order of their distinct dates; at least one.
        config: The configuration.
        now: The current time, aware.
        progress: Shows the progress of the scan.
        waiting: How the lock is waited for.

    Returns:
        The summary of each window.

    Raises:
        UsageError: The keyword search is refused.
        TelemetryError: The given telemetry cannot be used.
        ReportsError: The reports folder cannot be used.
    """
    Keywords(telemetry.legacy_regex)
    store = telemetry.store
    with step("discover"):
        found = find(telemetry, place, config)
    _tell_found(found, telemetry, config)
    check_writable(place.folder)
    windows = list(dict.fromkeys((*windows, *_stored_windows(place, windows, waiting))))
    setup = Setup(
        cells=Cells(windows, ahead=ahead_of(now)),
        classifier=Stage1Classifier(config),
        keywords=telemetry.legacy_regex,
        record_bytes=config.limits.record_bytes,
        memory_bytes=config.limits.memory_bytes,
        store=store,
        cache=telemetry.cache,
    )
    settings = settings_of(
        config, telemetry.legacy_regex, scope="input" if telemetry.inputs else "root"
    )
    total = sum(source.size for source in found.sources)
    with (
        progress(windows, total) as advance,
        scanned(
            found.sources,
            setup,
            processes=config.limits.processes,
            scheduler=telemetry.scheduler,
            cache_bytes=config.limits.cache_bytes,
            progress=advance,
            tell=waiting.tell,
        ) as tally,
    ):
        with step("check again"):
            again = judged_again(found, store)
        _tell_problems(found, again, tally)
        scan = Scan.of(again, tally, setup.cells)
        return {
            each: summarise(
                scan,
                each,
                settings=settings,
                report_dir=place.report_dir,
                now=now,
                stage=place.stage,
            )
            for each in windows
        }


def _own_files(folder: Path | None, is_name: Callable[[str], bool]) -> Iterator[OwnFiles]:
    """Yield the files that this program writes into a folder, if the folder exists."""
    if folder is not None:
        with contextlib.suppress(OSError):
            status = folder.stat()
            yield OwnFiles((status.st_dev, status.st_ino), is_name)


def _tell_found(found: Discovery, telemetry: Telemetry, config: Config) -> None:
    """Report why each file is scanned or left out, if a listener wants to know."""
    listener = listener_of_files()
    if listener is None:
        return
    include = Patterns(config.sources.include)
    for source in found.sources:
        reason = "its name is that of telemetry"
        if telemetry.inputs:
            reason = "--input names it"
        elif include.match(source.name):
            reason = "include under [sources] names it"
        listener.file(source.path, reason, is_taken=True)
    for entry in found.left_out:
        listener.file(entry.path, entry.reason, is_taken=False)


def _tell_problems(found: Discovery, again: Discovery, tally: Tally) -> None:
    """Report what was not read to its end, if a listener wants to know."""
    listener = listener_of_files()
    if listener is None:
        return
    for source in found.sources:
        if problem := tally.files[source.path].problem:
            listener.file(source.path, problem, is_taken=False)
    for entry in again.left_out[len(found.left_out) :]:
        listener.file(entry.path, entry.reason, is_taken=False)


def _stored_windows(place: Place, windows: Iterable[Window], waiting: Waiting) -> list[Window]:
    """Return the windows of the stored reports of some days.

    If a report ends before the window of its day, that window leaves out the beginning of the
    report. Then the day before is counted too, in the window before and in that of its report.

    The function takes the lock of a writer, which completes the writes of an interrupted run.
    """
    found = []
    with locked(place.folder, waiting=waiting):
        archive = Archive(place.folder, stage=place.stage)
        for window in windows:
            stored = archive.day(window.date)
            if stored.end is None:
                continue
            found.append(Window(stored.end, stored.date))
            eve = window.eve
            if stored.end < window.end and eve:
                before = archive.day(eve.date)
                found.append(eve)
                found += [Window(before.end, before.date)] if before.end else []
    return found
