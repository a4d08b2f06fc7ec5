"""The checks of the telemetry: what a run would scan and leave out, and who has fallen silent."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING

from peaktrade_ops.diagnosis.findings import MOST_ALIKE, error, ok, warning
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.stage1.faults import plural
from peaktrade_ops.stage1.hints import repair_of
from peaktrade_ops.stage1.left_out import effect_of, is_recent, unmatched
from peaktrade_ops.stage1.snapshot import folder_of
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.reasons import EXPECTED_AND_SILENT
from peaktrade_ops.window import iso_utc, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject
    from peaktrade_ops.stage1.models import Coverage
    from peaktrade_ops.telemetry.files.search import LeftOut
    from peaktrade_ops.telemetry.files.source import Source


def check_found(subject: Subject) -> Iterator[Finding]:
    """Find that a run would scan nothing, or leave out what may hold events of its last day."""
    found = subject.found
    root = subject.telemetry.root
    if found.sources:
        newest = moment_of(max(source.modified_ns for source in found.sources))
        folders = len({folder_of(source.path) for source in found.sources})
        yield ok(
            "sources",
            root,
            f"{plural(len(found.sources), 'file')} in {plural(folders, 'folder')} to scan, the"
            f" newest of {iso_utc(newest.replace(microsecond=0))}",
        )
    else:
        yield error(
            "sources",
            root,
            "no file to scan",
            "check --repo, or name files in include under [sources]; inspect shows how a name is"
            " taken",
        )
    harmful = _harmful(subject)
    for entry in harmful[:MOST_ALIKE]:
        what = f"is left out: {entry.reason}"
        yield error("sources", entry.path, what, repair_of(f"{entry.path}: {entry.reason}"))
    if more := harmful[MOST_ALIKE:]:
        what = f"{len(more)} more are left out: {_kinds(entry.reason for entry in more)}"
        yield error("sources", root, what, "see those above")
    harmless = [entry.reason for entry in found.left_out if entry not in harmful]
    if harmless:
        what = f"{len(harmless)} left out without an effect: {_kinds(harmless)}"
        yield ok("sources", root, what)


def check_expected(subject: Subject) -> Iterator[Finding]:
    """Find patterns of expected sources that no file matches, or none that was written lately."""
    sources = subject.config.sources
    paths = [source.name for source in subject.found.sources]
    missing = unmatched((*sources.expect, *sources.expect_events), paths)
    for pattern in dict.fromkeys(missing):
        keys = [key for key in ("expect", "expect_events") if pattern in getattr(sources, key)]
        yield error(
            "expected sources",
            pattern,
            "matches no file to scan",
            "find out why its writer stopped, or take the pattern out of"
            f" {' and '.join(keys)} under [sources]",
        )
    late = [source.name for source in _recent(subject)]
    for pattern in unmatched(sources.expect_events, late):
        if pattern not in missing:
            yield error(
                "expected sources",
                pattern,
                f"no file of it was written since {iso_utc(subject.window.start)}, so it has no"
                " events of the last day",
                repair_of(f"{pattern}: {EXPECTED_AND_SILENT}"),
            )
    if not (sources.expect or sources.expect_events):
        yield ok("expected sources", "[sources]", "names none")
    elif not missing:
        yield ok("expected sources", "[sources]", "each of expect has files")


def check_silent(subject: Subject) -> Iterator[Finding]:
    """Find folders without a file of the last day, and those that the last report has seen."""
    now_there = {folder_of(source.path) for source in subject.found.sources}
    legacy = Patterns(subject.config.sources.legacy)
    awake = {folder_of(source.path) for source in _recent(subject)}
    quiet = sorted(
        {folder_of(each.path) for each in subject.found.sources if not legacy.match(each.name)}
        - awake
    )
    for folder in quiet[:MOST_ALIKE]:
        last = max(
            each.modified_ns for each in subject.found.sources if folder_of(each.path) == folder
        )
        yield warning(
            "silent sources",
            folder,
            f"no file was written since {iso_utc(moment_of(last).replace(microsecond=0))}",
            "find out whether its writer has stopped; if it is to be silent, do nothing: with"
            " ignore, earlier reports would show more than the telemetry (HOLD)",
        )
    coverage, day = _last_coverage(subject)
    # The check of the sources tells what is there and cannot be scanned.
    hidden = [each.path for each in _harmful(subject)]
    gone = [
        folder
        for folder in (_gone(coverage, now_there) if coverage else ())
        if not any(_hides(path, folder) for path in hidden)
    ]
    for folder in gone[:MOST_ALIKE]:
        yield error(
            "silent sources",
            folder,
            f"is gone: the report of {day} has seen files there",
            "find out why its writer stopped, or mount it again",
        )
    if rest := max(len(quiet) - MOST_ALIKE, 0) + max(len(gone) - MOST_ALIKE, 0):
        yield warning("silent sources", subject.telemetry.root, f"{rest} more", "see those above")
    if not (quiet or gone):
        what = f"every folder has a file of {iso_utc(subject.window.start)} or later"
        yield ok("silent sources", subject.telemetry.root, what)


def _harmful(subject: Subject) -> list[LeftOut]:
    """Return what is left out and may hold events of the last day."""
    window = subject.window
    return [each for each in subject.found.left_out if effect_of(each, window) == "incomplete"]


def _recent(subject: Subject) -> Sequence[Source]:
    """Return the files that may hold events of the last day, by their times."""
    return [each for each in subject.found.sources if is_recent(each.modified_ns, subject.window)]


def _last_coverage(subject: Subject) -> tuple[Coverage | None, str]:
    """Return the coverage of the latest report of the root that can be read, and its day."""
    if subject.telemetry.inputs or not subject.place.folder.is_dir():
        return None, ""
    archive = Archive(subject.place.folder, stage=subject.place.stage)
    # Other checks tell why the reports cannot be read.
    with contextlib.suppress(ReportsError):
        for day in reversed(archive.dates):
            summary = archive.readable_summary(day)
            settings = summary.settings if summary else None
            if summary and summary.coverage and settings and settings.scope == "root":
                return summary.coverage, str(day)
    return None, ""


def _gone(coverage: Coverage, there: set[str]) -> list[str]:
    """Return the folders with events in the window of a report that have no file now."""
    folders = coverage.folders or ()
    return [each.path for each in folders if each.in_window and each.path not in there]


def _hides(path: str, folder: str) -> bool:
    """Return whether a left-out path is a file of a folder, or a folder that it is in."""
    left_out = folder_of(f"{path}/")
    return folder_of(path) == folder or f"{folder}/".startswith(f"{left_out}/")


def _kinds(reasons: Iterable[str]) -> str:
    counts = Counter(reasons)
    return ", ".join(f"{reason} ({counts[reason]})" for reason in sorted(counts))
