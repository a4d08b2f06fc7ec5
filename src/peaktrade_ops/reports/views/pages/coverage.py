"""The coverage of a day on its page: lines, events, folders and files, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.views.attention import harmful
from peaktrade_ops.reports.views.pages.evidence import left_out_paths, rejected_records
from peaktrade_ops.reports.views.pages.parts import (
    folded,
    plural,
    rows,
    table,
    untrusted,
    wide,
)
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.stage1.models import Coverage, Summary

OPEN_FILES: Final = 20
"""The number of files that are listed without a click; with more, the folders are shown."""


def coverage_of(summary: Summary, coverage: Coverage) -> Iterator[h.Node]:
    """Yield the coverage of a day.

    Args:
        summary: The summary of the day.
        coverage: Its coverage.
    """
    yield h.h2["Coverage"]
    if coverage.complete:
        yield h.p[h.strong(".good")["Complete"], ": no event of the window can be missing."]
    else:
        yield h.p[h.strong(".bad")["Incomplete"], ": events of the window may be missing."]
    times = (
        f", dated from {iso_utc(coverage.first)} to {iso_utc(coverage.last)}"
        if coverage.first and coverage.last
        else ""
    )
    yield h.p[
        f"{plural(coverage.scanned, 'file')} scanned of"
        f" {plural(coverage.candidates, 'candidate')}{times}."
    ]
    yield h.div(".beside")[
        rows(h.div[rows(*_counts(summary, coverage))], h.div[rows(*_sources(coverage))])
    ]
    harmless = [each for each in coverage.left_out if each not in harmful(coverage)]
    if harmless:
        # The anchor belongs to what asks for attention, if there is such a path.
        is_free = coverage.complete and len(harmless) == len(coverage.left_out)
        yield h.section(id="left-out" if is_free else None)[
            rows(
                h.h3["Left out without an effect"],
                folded(
                    plural(len(harmless), "path"), *left_out_paths("Left out, and why", harmless)
                ),
            )
        ]
    if summary.rejected and not summary.metrics.parse_errors:
        yield h.section(id="rejected")[
            rows(
                h.h3["Rejected records of other days"],
                *rejected_records(summary.rejected, coverage.rejected),
            )
        ]


def _counts(summary: Summary, coverage: Coverage) -> Iterator[h.Node]:
    yield table(
        "Lines by outcome",
        ("Outcome", "Lines"),
        (
            ("Events", coverage.events),
            ("Rejected", coverage.rejected),
            ("Partial, still being written", coverage.partial),
            ("Blank", coverage.blank),
            ("All lines", coverage.lines),
        ),
    )
    unpacked = summary.understanding.unpacked if summary.understanding else 0
    yield table(
        "Events by time",
        ("Time", "Events"),
        (
            ("In the window", coverage.in_window),
            ("After the window", coverage.future),
            ("Without a time", coverage.untimed),
            ("Without a time, critical, standing in the window", coverage.untimed_critical),
            ("Without a UTC offset, read as UTC", coverage.naive),
            *([("Unpacked from other events, of any age", unpacked)] if unpacked else []),
        ),
    )


def _sources(coverage: Coverage) -> Iterator[h.Node]:
    """Yield the folders and the files that were scanned; many files are folded away."""
    files = wide(
        "Files scanned",
        table(
            "Files scanned"
            if len(coverage.files) == coverage.scanned
            else f"Files scanned, the first {len(coverage.files):,} of {coverage.scanned:,}",
            ("File", "In the window", "Events", "Lines", "Rejected", "Partial", "Blank", "Bytes"),
            (
                (
                    untrusted(file.path),
                    file.in_window,
                    file.events,
                    file.lines,
                    file.rejected,
                    file.partial,
                    file.blank,
                    file.bytes,
                )
                for file in coverage.files
            ),
            kind="files",
        ),
    )
    if len(coverage.files) <= OPEN_FILES:
        yield files if coverage.files else None
        return
    if coverage.folders:
        yield wide(
            "Folders scanned",
            table(
                "Folders scanned, a dated part as *",
                ("Folder", "Files", "In the window", "Events", "Lines"),
                (
                    (untrusted(each.path), each.files, each.in_window, each.events, each.lines)
                    for each in coverage.folders
                ),
                kind="files",
            ),
        )
    yield folded(plural(len(coverage.files), "scanned file"), files)
