"""The left-out paths of a window's report, with their effect on its coverage (section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.day import WINDOW_NOT_OVER
from peaktrade_ops.stage1.models import LeftOut, SourceSettings
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.tally import PARTIAL, FileTally
from peaktrade_ops.telemetry.files import search
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.reasons import (
    BROKEN_COMPRESSION,
    EXPECTED_AND_MISSING,
    EXPECTED_AND_SILENT,
    HARMLESS,
    HARMLESS_IF_OLD,
    NO_TIME_UNDERSTOOD,
)
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import NO_TIME_BEFORE, Window, epoch_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from peaktrade_ops.stage1.models import Effect

CUT_OFF: Final = "cut off"

_NOT_OVER: Final = (LeftOut(".", WINDOW_NOT_OVER, "incomplete"),)
_FEW: Final = 10


class Looked(msgspec.Struct, frozen=True):
    """The data that the report of a window is made from.

    Attributes:
        left_out: The paths that the search left out.
        files: The scanned files with their tallies.
        patterns: The patterns of sources.
        window: The window.
        cells: The time cells that the tallies count by.
        is_over: Whether the window is over.
    """

    left_out: Sequence[search.LeftOut]
    files: Sequence[tuple[Source, FileTally]]
    patterns: SourceSettings
    window: Window
    cells: Cells
    is_over: bool

    @property
    def inside(self) -> range:
        """The cells of the window."""
        return self.cells.of_window(self.window)


def left_out_of(looked: Looked) -> tuple[LeftOut, ...]:
    """Return the left-out paths with their effect on a window, sorted by path, then by reason.

    Of several entries for one path and reason, the one with the most severe effect is kept.
    """
    entries: dict[tuple[str, str], Effect] = {}
    for entry in (
        *_of_search(looked),
        *_of_files(looked),
        *_of_patterns(looked),
        *(_of_ends(looked) if looked.is_over else _NOT_OVER),
    ):
        key = entry.path, entry.reason
        if entry.effect and entries.get(key) != "incomplete":
            entries[key] = entry.effect
    return tuple(LeftOut(*key, effect) for key, effect in sorted(entries.items()))


def is_recent(modified_ns: int | None, window: Window) -> bool:
    """Return whether a file may contain events of a window, by its modification time.

    Args:
        modified_ns: Nanoseconds since 1970; `None` if it is not known.
        window: The window.
    """
    if modified_ns is None:
        return True
    return modified_ns >= epoch_ns(window.start) or modified_ns < epoch_ns(NO_TIME_BEFORE)


def effect_of(entry: search.LeftOut, window: Window) -> Effect:
    """Return the effect of a path that the search left out on the coverage of a window."""
    harmless = entry.reason in HARMLESS or (
        entry.reason in HARMLESS_IF_OLD and not is_recent(entry.modified_ns, window)
    )
    return "complete" if harmless else "incomplete"


def unmatched(patterns: Iterable[str], paths: Sequence[str]) -> list[str]:
    """Return the patterns that match none of some paths."""
    return [each for each in patterns if not any(map(Patterns([each]).match, paths))]


def _of_search(looked: Looked) -> Iterator[LeftOut]:
    for entry in looked.left_out:
        yield LeftOut(entry.path, entry.reason, effect_of(entry, looked.window))


def _of_files(looked: Looked) -> Iterator[LeftOut]:
    """Yield the files with a problem, and the recent ones whose times are not understood."""
    inside = looked.inside
    for source, file in looked.files:
        recent = is_recent(source.modified_ns, looked.window)
        if file.problem:
            harmless = file.problem == BROKEN_COMPRESSION and not (recent or file.events_in(inside))
            yield LeftOut(source.path, file.problem, "complete" if harmless else "incomplete")
        if recent and file.timed.total() * _FEW < file.events:
            yield LeftOut(source.path, NO_TIME_UNDERSTOOD, "incomplete")


def _of_patterns(looked: Looked) -> Iterator[LeftOut]:
    """Yield the required patterns that match no scanned file, or no event in the window."""
    paths = [source.name for source, _ in looked.files]
    inside = looked.inside
    heard = [source.name for source, file in looked.files if file.events_in(inside)]
    for patterns, matched, reason in (
        (looked.patterns.expect, paths, EXPECTED_AND_MISSING),
        (looked.patterns.expect_events, heard, EXPECTED_AND_SILENT),
    ):
        for pattern in unmatched(patterns, matched):
            yield LeftOut(pattern, reason, "incomplete")


def _of_ends(looked: Looked) -> Iterator[LeftOut]:
    """Yield the files that end in the middle of a record that belongs to the window."""
    inside = looked.inside
    for source, file in looked.files:
        if PARTIAL not in file.standing:
            continue
        if file.standing_in(PARTIAL, inside, looked.cells.of_write(source.modified_ns)):
            yield LeftOut(source.path, CUT_OFF, "incomplete")
