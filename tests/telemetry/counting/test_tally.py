"""Tests of `peaktrade_ops.telemetry.counting.tally`, the law of merging above all."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Config, Format
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS, Exhibit, Exhibits
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    FileTally,
    Tally,
    Totals,
    merge,
)
from peaktrade_ops.window import HOUR, epoch_ns
from tests.support.examples import examples
from tests.support.scanning import (
    BEFORE,
    HOSTILE_FILES,
    INSIDE,
    PATH,
    WINDOW,
    Counted,
    content_of,
    counted,
    cut_at,
    new_scanner,
    scan_content,
    scan_files,
    source_of,
    whole,
    write_files,
    written_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from peaktrade_ops.telemetry.counting.scan import Scanner

TICK = timedelta(microseconds=1)
SCANNER = new_scanner()
SPANS = SCANNER.setup.cells.spans_of(WINDOW)
# Lines of the hostile files are often longer than this.
NARROW_SCANNER = new_scanner(record_bytes=1024)
UNPACKING = Format(files=("**",), unpack=("Records", "spans.logs"), embedded=("log", "message"))
UNPACKING_SCANNER = new_scanner(
    Config(formats=(UNPACKING,)), windows=[WINDOW, WINDOW.earlier(1), WINDOW.earlier(3)]
)

# A record a letter: timed inside, before or after the window; rejected; critical without a time.
RECORDS: Mapping[str, Mapping[str, object] | bytes] = {
    "i": {"ts": INSIDE},
    "b": {"ts": BEFORE},
    "f": {"ts": "2099-01-01T00:00:00Z"},
    "r": b"broken",
    "c": {"severity": "critical"},
    "n": {"severity": "info"},
    "_": b"",
}


def content_for(letters: str) -> bytes:
    """Write a file of records, a letter each."""
    return content_of(*(RECORDS[letter] for letter in letters))


TIMES = {"b": 0, "i": 1, "f": 2}


def standing(letters: str, what: str) -> int:
    """Count the records of one kind in the window by the simplest algorithm."""
    count = 0
    for place, letter in enumerate(letters):
        before = [TIMES[timed] for timed in letters[:place] if timed in TIMES]
        after = [TIMES[timed] for timed in letters[place:] if timed in TIMES]
        if before and after:
            touches = min(before[-1], after[0]) <= 1 <= max(before[-1], after[0])
        elif after:
            touches = after[0] == 1
        else:
            # No modification time: without end.
            touches = not before or before[-1] <= 1
        count += letter == what and touches
    return count


def scan_parts(content: bytes, places: Sequence[int]) -> Counted:
    """Scan a file that is cut at these places, and merge the parts in their order."""
    with tempfile.TemporaryDirectory() as folder:
        source = written_source(Path(folder), content)
        return counted(map(SCANNER.scan, cut_at(source, places)), SCANNER)


@settings(max_examples=examples(80), deadline=None)
@given(
    HOSTILE_FILES,
    st.lists(st.integers(0, 3000), max_size=5),
    st.sampled_from((SCANNER, NARROW_SCANNER, UNPACKING_SCANNER)),
)
def test_a_file_cut_anywhere_is_the_merger_of_its_ranges(
    files: dict[str, bytes], places: list[int], scanner: Scanner
) -> None:
    """Merging the tallies of byte ranges gives the tally of the whole, in every field."""
    path, content = next(iter(files.items()))
    with tempfile.TemporaryDirectory() as folder:
        location = Path(folder) / "file"
        location.write_bytes(content)
        source = source_of(location, path)
        parts = merge(map(scanner.scan, cut_at(source, places)), scanner.new_tally())

        assert parts == scanner.scan(whole(source))


@settings(max_examples=examples(50), deadline=None)
@given(HOSTILE_FILES, st.randoms(use_true_random=False))
def test_files_merge_in_any_order_and_any_grouping(files: dict[str, bytes], order: Random) -> None:
    """The tallies of files merge in any order and any grouping."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_files(root, files)
        parts = [whole(source_of(root / path, path)) for path in files]
        one_by_one = merge(map(SCANNER.scan, parts), SCANNER.new_tally())
        order.shuffle(parts)
        half = len(parts) // 2
        left = merge(map(SCANNER.scan, parts[:half]), SCANNER.new_tally())
        right = merge(map(SCANNER.scan, parts[half:]), SCANNER.new_tally())

        assert merge([left], right) == one_by_one


@settings(max_examples=examples(60), deadline=None)
@given(HOSTILE_FILES, st.lists(st.integers(0, 2000), min_size=2, max_size=5))
def test_ranges_merge_in_any_grouping(files: dict[str, bytes], places: list[int]) -> None:
    """Neighbouring ranges may be merged first: only their order counts, not the grouping."""
    path, content = next(iter(files.items()))
    with tempfile.TemporaryDirectory() as folder:
        location = Path(folder) / "file"
        location.write_bytes(content)
        parts = cut_at(source_of(location, path), places)
        first, *others = map(SCANNER.scan, parts)
        from_left = merge(others, first)
        tallies = list(map(SCANNER.scan, parts))
        while len(tallies) > 1:
            last = tallies.pop()
            tallies.append(merge([last], tallies.pop()))

        assert tallies == [from_left]


@settings(max_examples=examples(200), deadline=None)
@given(st.text("ibfrcn_", max_size=12), st.lists(st.integers(0, 300), max_size=4))
@example("rc", [])
@example("rci", [])
@example("rcb", [])
@example("rcf", [])
@example("irc", [20, 40])
@example("brcif", [30, 31, 32])
@example("rcrcb", [3, 9, 40])
@example("rcbrcirc", [10, 33, 60, 90])
def test_records_without_a_time_stand_where_their_neighbours_stand(
    letters: str, places: list[int]
) -> None:
    """Records without a time take their place from their neighbours, even across cuts."""
    tally = scan_parts(content_for(letters), places)

    assert tally.parse_errors == standing(letters, "r")
    assert tally.untimed_critical == standing(letters, "c")


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("r", 1),
        ("rr__", 2),
        ("ri", 1),
        ("rb", 0),
        ("rf", 0),
        ("ir", 1),
        ("br", 1),
        ("fr", 0),
        ("bri", 1),
        ("irb", 1),
        ("brb", 0),
        ("frf", 0),
        ("brf", 1),
        ("frb", 1),
        ("rnbri", 1),
        ("rnibr", 2),
        ("brrirr", 4),
    ],
)
def test_rejected_records_stand_between_their_neighbours(letters: str, expected: int) -> None:
    """Rejected and untimed records count in every window to which they may belong."""
    assert scan_content(content_for(letters)).parse_errors == expected
    assert scan_content(content_for(letters.replace("r", "c"))).untimed_critical == expected


@pytest.mark.parametrize(
    ("letters", "modified", "expected"),
    [
        ("br", WINDOW.start - TICK, 0),
        ("br", WINDOW.start, 1),
        ("ir", WINDOW.start - TICK, 1),
        ("fr", WINDOW.end, 0),
        ("r", WINDOW.start - TICK, 0),
        ("r", WINDOW.start, 1),
        ("r", WINDOW.end + TICK, 1),
        ("r", datetime(1999, 12, 31, tzinfo=UTC), 1),
        ("br", datetime(1999, 12, 31, tzinfo=UTC), 1),
        ("rb", WINDOW.end, 0),
        ("ri", WINDOW.start - TICK, 1),
    ],
)
def test_the_modification_time_ends_what_no_event_follows(
    letters: str, modified: datetime, expected: int
) -> None:
    """The modification time limits the records after the last event, unless it is implausible."""
    found = replace(scan_content(content_for(letters)), modified_ns=epoch_ns(modified))

    assert found.parse_errors == expected


def test_records_of_one_file_do_not_stand_by_those_of_another() -> None:
    """Neighbours are those of the same file."""
    tally = scan_files(
        {"telemetry/a.jsonl": content_for("i"), "telemetry/b.jsonl": content_for("rb")}
    )

    assert tally.parse_errors == 0


@pytest.mark.parametrize("places", [[], [1, 7, 8], list(range(0, 700, 7))])
def test_the_first_rejected_records_are_listed_with_their_line_numbers(places: list[int]) -> None:
    """Line numbers are those of the file, however it is cut; only the first are kept."""
    tally = scan_parts(content_for("_ir" * 30), places)

    assert tally.file.rejected == 30
    assert tally.file.rejects == [(3 * k + 3, "not JSON") for k in range(MOST_REJECTS)]


def test_a_problem_of_any_part_is_one_of_the_file() -> None:
    """A problem of any part is a problem of the file, and the first one is kept."""
    file = FileTally()
    file.absorb(FileTally(problem="changed while it was read"))
    file.absorb(FileTally(problem="not readable"))
    file.absorb(FileTally())

    assert file.problem == "changed while it was read"


def test_first_and_last_are_the_earliest_and_latest_and_not_the_order() -> None:
    """The borders of a file in its order are kept apart from its extremes in time."""
    noon = datetime(2025, 12, 19, 12, tzinfo=UTC)
    file = FileTally(opening=5, closing=5, first=noon, last=noon)
    earlier, later = noon - timedelta(hours=1), noon + timedelta(hours=1)
    file.absorb(FileTally(opening=6, closing=4, first=earlier, last=later))

    assert (file.opening, file.closing) == (5, 4)
    assert (file.first, file.last) == (earlier, later)


def test_merging_nothing_changes_nothing() -> None:
    """Merging no tallies leaves the tally unchanged."""
    tally = scan_content(content_for("irc")).tally

    assert merge([], tally) is tally
    assert tally == scan_content(content_for("irc")).tally


SERIOUS: Mapping[str, Mapping[str, object]] = {
    "i": {"ts": INSIDE, "level": "odd"},
    "b": {"ts": BEFORE, "level": "odd"},
    "c": {"level": "odd"},
    "n": {"level": "info"},
}


MANY = MOST_EXHIBITS + 1


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(st.sampled_from(("i" * MANY, "c" * MANY, *"bcni")), max_size=6).map("".join),
    st.lists(st.integers(0, 2000), max_size=4),
)
@example("c" * MANY + "i" + "c" * MANY + "b" + "c" * MANY, [50, 300, 450])
def test_evidence_is_the_same_wherever_a_file_is_cut(letters: str, places: list[int]) -> None:
    """More than can be shown, before, between and after timed events: the first ones are kept."""
    tally = scan_parts(content_of(*(SERIOUS[letter] for letter in letters)), places)
    tally.tally.collect(PATH)
    found = tally.tally.exhibits_of("not_understood", SPANS, {PATH: SPANS.start})
    timed = [number for number, letter in enumerate(letters, 1) if letter == "i"]
    untimed = [
        number
        for number, letter in enumerate(letters, 1)
        if letter == "c" and standing(letters[: number - 1] + "r" + letters[number:], "r")
    ]

    assert [each.line for _, each in found] == [*timed, *untimed][:MOST_EXHIBITS]


def shown(line: int, moment: datetime | None = None) -> Exhibit:
    """Make an event as evidence."""
    return Exhibit(moment, line, (), None)


def collected(files: Mapping[str, Exhibits]) -> Tally:
    """Collect the evidence of whole files, in this order."""
    tally = Tally({}, {}, {path: FileTally(exhibits=each) for path, each in files.items()})
    for path in files:
        tally.collect(path)
    return tally


@pytest.mark.parametrize("step", [1, -1])
def test_the_first_evidence_of_all_files_is_kept_by_time_path_and_line(step: int) -> None:
    """The order of the files changes nothing, and each file gives its memory back."""
    noon = datetime(2025, 12, 19, 12, tzinfo=UTC)
    files = {
        f"{number:02}": Exhibits(
            timed={("k", 1): [shown(2, noon - HOUR * (number % 2)), shown(5, noon)]}
        )
        for number in range(20)
    }
    tally = collected({path: files[path] for path in list(files)[::step]})
    found = tally.exhibits_of("k", range(1, 2))
    everything = [
        *((f"{number:02}", 2) for number in range(1, 20, 2)),
        *((f"{n:02}", line) for n in range(20) for line in ((2, 5) if n % 2 == 0 else (5,))),
    ]

    assert [(path, each.line) for path, each in found] == everything[:MOST_EXHIBITS]
    assert all(file.exhibits.timed == {} for file in tally.files.values())
    assert tally.exhibits_of("k", range(2, 9)) == tally.exhibits_of("x", range(1, 2)) == []


def test_the_evidence_of_a_window_is_that_of_its_spans() -> None:
    """Overlapping windows share spans; the order of time is that of all of them."""
    noon = datetime(2025, 12, 19, 12, tzinfo=UTC)
    timed = {("k", 2): [shown(1, noon + HOUR)], ("k", 1): [shown(9, noon)], ("k", 3): [shown(3)]}
    found = collected({"a": Exhibits(timed=timed)}).exhibits_of("k", range(1, 3))

    assert [each.line for _, each in found] == [9, 1]


def test_evidence_without_a_time_stands_last_by_path_and_line() -> None:
    """It is asked for by the last write of each file, or left out."""
    noon = datetime(2025, 12, 19, 12, tzinfo=UTC)
    tally = collected(
        {
            "b": Exhibits(floating={"k": [shown(4), shown(6)]}),
            "a": Exhibits(timed={("k", 1): [shown(8, noon)]}, placed={("k", 0, 1): [shown(7)]}),
            "c": Exhibits(floating={"k": [shown(1)]}),
        }
    )
    found = tally.exhibits_of("k", range(1, 2), {"a": 0, "b": 1, "c": 0})

    assert [(path, each.line) for path, each in found] == [("a", 8), ("a", 7), ("b", 4), ("b", 6)]
    assert [path for path, _ in tally.exhibits_of("k", range(1, 2))] == ["a"]


def test_events_ahead_are_added_up_apart_from_those_of_the_window() -> None:
    """They are the same for each window; without a clock there are none."""
    cells = Cells([WINDOW, WINDOW.earlier(1)], WINDOW.end + HOUR)
    last = len(cells.counted) - 1
    marks = {"k": Counter({cells.of(WINDOW.start): 2, last - 1: 3, last: 4}), "x": Counter[int]()}
    totals = Totals(Tally({}, marks), cells, {})

    assert cells.first_ahead == last
    assert totals.of(WINDOW).ahead == totals.of(WINDOW.earlier(1)).ahead == {"k": 4, "x": 0}
    assert totals.of(WINDOW).marks == {"k": 2, "x": 0}
    assert Totals(Tally({}, marks), Cells([WINDOW]), {}).of(WINDOW).ahead == {"k": 0, "x": 0}


def test_unpacked_events_are_added_up_over_the_parts_of_a_file() -> None:
    """They are counted at any age, beside the lines that hold them."""
    file = FileTally(lines=1, events=1, unpacked=3)
    file.absorb(FileTally(lines=1, events=1, unpacked=4))

    assert (file.events, file.unpacked) == (2, 7)
