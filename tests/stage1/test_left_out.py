"""Tests of `peaktrade_ops.stage1.left_out`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import pytest

from peaktrade_ops.stage1.left_out import Looked, is_recent, left_out_of
from peaktrade_ops.stage1.models import LeftOut, SourceSettings
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.tally import PARTIAL, FileTally, Standing
from peaktrade_ops.telemetry.files import search
from peaktrade_ops.telemetry.files.reasons import HARMLESS, HARMLESS_IF_OLD
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import epoch_ns
from tests.support.scanning import WINDOW

if TYPE_CHECKING:
    from collections.abc import Mapping

START = epoch_ns(WINDOW.start)
OLD = START - 1
EARLY = epoch_ns(datetime(2000, 1, 1, tzinfo=UTC)) - 1
CELLS = Cells([WINDOW])
# The cells before, in and after the window.
BEFORE, FIRST, AFTER = 0, 1, 25


def timed(*cells: int, untimed: int = 0, problem: str = "") -> FileTally:
    """Return the tally of a file with events in these cells, and with some without a time."""
    events = len(cells) + untimed
    return FileTally(
        lines=events, events=events, untimed=untimed, timed=Counter(cells), problem=problem
    )


def _source(path: str, modified_ns: int) -> Source:
    """Return a source whose path may have a number."""
    unnumbered = path.removesuffix(" (2)") if path.endswith(" (2)") else ""
    return Source(path, f"/{path}", 1, 1, 9, modified_ns, unnumbered=unnumbered)


def left_out(
    *entries: search.LeftOut,
    files: Mapping[str, FileTally] | None = None,
    modified_ns: int = OLD,
    expect: tuple[str, ...] = (),
    expect_events: tuple[str, ...] = (),
    is_over: bool = True,
) -> list[tuple[str, str, object]]:
    """Return the entries that a report lists as left out."""
    found = left_out_of(
        Looked(
            left_out=entries,
            files=[(_source(path, modified_ns), file) for path, file in (files or {}).items()],
            patterns=SourceSettings((), (), (), expect, expect_events),
            window=WINDOW,
            cells=CELLS,
            is_over=is_over,
        )
    )
    assert all(isinstance(entry, LeftOut) for entry in found)
    return [(entry.path, entry.reason, entry.effect) for entry in found]


@pytest.mark.parametrize(
    ("modified_ns", "recent"),
    [
        (None, True),
        (START, True),
        (START + 1, True),
        (OLD, False),
        (EARLY + 1, False),
        (EARLY, True),
        (0, True),
        (-1, True),
    ],
)
def test_a_file_is_recent_from_the_start_of_the_window_on(
    modified_ns: int | None, *, recent: bool
) -> None:
    """A file without a usable modification time may be recent."""
    assert is_recent(modified_ns, WINDOW) is recent


@pytest.mark.parametrize("reason", sorted({*HARMLESS, *HARMLESS_IF_OLD, "too deep", "x"}))
@pytest.mark.parametrize("modified_ns", [None, OLD, START, EARLY])
def test_the_reason_and_the_time_decide_the_effect(reason: str, modified_ns: int | None) -> None:
    """Events may be missing unless the reason is harmless, or the file is older than the window."""
    old = modified_ns == OLD
    harmless = reason in HARMLESS or (reason in HARMLESS_IF_OLD and old)

    assert left_out(search.LeftOut("x", reason, modified_ns)) == [
        ("x", reason, "complete" if harmless else "incomplete")
    ]


@pytest.mark.parametrize(
    ("file", "modified_ns", "effect"),
    [
        (timed(BEFORE), OLD, "complete"),
        (timed(), OLD, "complete"),
        (timed(AFTER), OLD, "complete"),
        (timed(FIRST), OLD, "incomplete"),
        (timed(BEFORE, FIRST, AFTER), OLD, "incomplete"),
        (timed(BEFORE), START, "incomplete"),
        (timed(), EARLY, "incomplete"),
    ],
)
def test_broken_compression_has_an_effect_where_the_file_is_recent_or_has_events(
    file: FileTally, modified_ns: int, effect: Literal["complete", "incomplete"]
) -> None:
    """Broken compression counts if the file was modified in the window or has events in it."""
    file.problem = "broken compression"

    assert left_out(files={"a.gz": file}, modified_ns=modified_ns) == [
        ("a.gz", "broken compression", effect)
    ]


@pytest.mark.parametrize("problem", ["not readable", "changed while it was read"])
def test_other_problems_always_have_an_effect(problem: str) -> None:
    """Other problems always make the coverage incomplete."""
    assert left_out(files={"a": timed(BEFORE, problem=problem)}) == [("a", problem, "incomplete")]


def test_the_gravest_of_several_entries_counts() -> None:
    """A problem that was found in the scan and again after it is one entry."""
    assert left_out(
        search.LeftOut("a", "changed while it was read"),
        search.LeftOut("b.zip", "archive", OLD),
        search.LeftOut("b.zip", "archive", START),
        search.LeftOut("b.zip", "archive", OLD),
        files={"a": timed(problem="changed while it was read")},
    ) == [
        ("a", "changed while it was read", "incomplete"),
        ("b.zip", "archive", "incomplete"),
    ]


@pytest.mark.parametrize(
    ("known", "unknown", "listed"),
    [(0, 0, False), (0, 1, True), (1, 8, False), (1, 9, False), (1, 10, True), (10, 91, True)],
)
@pytest.mark.parametrize("modified_ns", [OLD, START])
def test_a_recent_file_with_few_times_is_not_understood(
    known: int, unknown: int, modified_ns: int, *, listed: bool
) -> None:
    """Fewer than one event in ten has a time; an older file has no effect and is not listed."""
    file = timed(*[BEFORE] * known, untimed=unknown)
    expected = [("a", "no time understood", "incomplete")]

    assert left_out(files={"a": file}, modified_ns=modified_ns) == (
        expected if listed and modified_ns == START else []
    )


@pytest.mark.parametrize("pattern", ["**/a.jsonl", "x/*"])
def test_what_is_expected_must_be_scanned(pattern: str) -> None:
    """An `expect` pattern without a scanned file is listed as missing."""
    missing = [(pattern, "expected and missing", "incomplete")]

    assert left_out(expect=(pattern,)) == missing
    assert left_out(files={"y/b.jsonl": timed(FIRST)}, expect=(pattern,)) == missing
    assert left_out(files={"x/a.jsonl": timed()}, expect=(pattern,)) == []
    assert left_out(files={"x/a.jsonl (2)": timed()}, expect=("x/a.jsonl",)) == []


@pytest.mark.parametrize("cells", [(), (BEFORE,), (AFTER,), (BEFORE, AFTER)])
def test_what_is_expected_to_write_must_have_an_event_in_the_window(cells: tuple[int, ...]) -> None:
    """A pattern of `expect_events` without an event in the window is reported."""
    quiet = timed(*cells)
    silent = [("x/*", "expected and silent", "incomplete")]

    assert left_out(expect_events=("x/*",)) == silent
    assert left_out(files={"x/a": quiet, "y": timed(FIRST)}, expect_events=("x/*",)) == silent
    assert left_out(files={"x/a": quiet, "x/b": timed(FIRST)}, expect_events=("x/*", "x/b")) == []
    assert left_out(files={"x": quiet, "x (2)": timed(FIRST)}, expect_events=("x",)) == []


@pytest.mark.parametrize(
    ("opening", "modified_ns", "cut"),
    [(BEFORE, OLD, False), (BEFORE, START, True), (FIRST, OLD, True), (AFTER, START, False)],
)
def test_a_record_that_is_not_finished_cuts_off_a_window_that_is_over(
    opening: int, modified_ns: int, *, cut: bool
) -> None:
    """A window that is not over is incomplete already, and the record may be completed."""
    file = timed(opening)
    file.opening = file.closing = opening
    file.standing[PARTIAL] = Standing(trailing=1)
    expected = [("a", "cut off", "incomplete")] if cut else []

    assert left_out(files={"a": file}, modified_ns=modified_ns) == expected
    assert left_out(files={"a": file}, modified_ns=modified_ns, is_over=False) == [
        (".", "window not over", "incomplete")
    ]


def test_a_window_that_is_not_over_is_left_out_once() -> None:
    """A window that is not over is left out once."""
    assert left_out(is_over=False) == [(".", "window not over", "incomplete")]


def test_what_was_left_out_is_sorted_by_path_and_reason() -> None:
    """The list does not depend on the order of the search."""
    entries = [search.LeftOut(path, reason) for path in "ba" for reason in ("too deep", "ignored")]

    assert [entry[:2] for entry in left_out(*entries, is_over=False)] == [
        (".", "window not over"),
        ("a", "ignored"),
        ("a", "too deep"),
        ("b", "ignored"),
        ("b", "too deep"),
    ]
