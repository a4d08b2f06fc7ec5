"""Tests of `peaktrade_ops.telemetry.counting.tally`, the law of merging above all."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    TOP_RULES,
    TOP_SEVERITIES,
    TOP_TYPES,
    FileTally,
    Tally,
    in_window,
    merge,
)
from tests.support.scanning import (
    BEFORE,
    END,
    HOSTILE_FILES,
    INSIDE,
    WINDOW,
    content_of,
    cut_at,
    new_scanner,
    only_file,
    parse_errors,
    scan_content,
    source_of,
    untimed_critical,
    whole,
    write_files,
    written_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from peaktrade_ops.telemetry.counting.scan import Scanner

MICROSECOND = timedelta(microseconds=1)
SCANNER = new_scanner()
# Lines of the hostile files are often longer than this.
NARROW_SCANNER = new_scanner(record_bytes=1024)

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


def standing(letters: str, what: str) -> int:
    """Count the records of one kind that stand in the window, in the plainest way."""
    count = 0
    for place, letter in enumerate(letters):
        before = [timed for timed in letters[:place] if timed in "ibf"]
        after = [timed for timed in letters[place:] if timed in "ibf"]
        neighbour = before[-1] if before else after[0] if after else "i"
        count += letter == what and neighbour == "i"
    return count


def scan_parts(content: bytes, places: Sequence[int]) -> Tally:
    """Scan a file that is cut at these places, and merge the parts in their order."""
    with tempfile.TemporaryDirectory() as folder:
        source = written_source(Path(folder), content)
        return merge(*map(SCANNER.scan, cut_at(source, places)))


@settings(max_examples=80, deadline=None)
@given(
    HOSTILE_FILES,
    st.lists(st.integers(0, 3000), max_size=5),
    st.sampled_from((SCANNER, NARROW_SCANNER)),
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
        parts = merge(*map(scanner.scan, cut_at(source, places)))

        assert parts == scanner.scan(whole(source))


@settings(max_examples=50, deadline=None)
@given(HOSTILE_FILES, st.randoms(use_true_random=False))
def test_files_merge_in_any_order_and_any_grouping(files: dict[str, bytes], order: Random) -> None:
    """The tally of a set of files is that of its files, whatever comes first."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_files(root, files)
        parts = [whole(source_of(root / path, path)) for path in files]
        one_by_one = merge(SCANNER.new_tally(), *map(SCANNER.scan, parts))
        order.shuffle(parts)
        half = len(parts) // 2
        left = merge(SCANNER.new_tally(), *map(SCANNER.scan, parts[:half]))
        right = merge(SCANNER.new_tally(), *map(SCANNER.scan, parts[half:]))

        assert merge(right, left) == one_by_one


@settings(max_examples=60, deadline=None)
@given(HOSTILE_FILES, st.lists(st.integers(0, 2000), min_size=2, max_size=5))
def test_ranges_merge_in_any_grouping(files: dict[str, bytes], places: list[int]) -> None:
    """Neighbouring ranges may be merged first: only their order counts, not the grouping."""
    path, content = next(iter(files.items()))
    with tempfile.TemporaryDirectory() as folder:
        location = Path(folder) / "file"
        location.write_bytes(content)
        parts = cut_at(source_of(location, path), places)
        from_left = merge(*map(SCANNER.scan, parts))
        tallies = list(map(SCANNER.scan, parts))
        while len(tallies) > 1:
            last = tallies.pop()
            tallies.append(merge(tallies.pop(), last))

        assert tallies == [from_left]


@settings(max_examples=200, deadline=None)
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
    """The nearest timed event before decides, else the one after; cuts between change nothing."""
    tally = scan_parts(content_for(letters), places)

    assert parse_errors(tally) == standing(letters, "r")
    assert untimed_critical(tally) == standing(letters, "c")


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("r", 1),
        ("rr__", 2),
        ("ri", 1),
        ("rb", 0),
        ("rf", 0),
        ("ir", 1),
        ("br", 0),
        ("fr", 0),
        ("bri", 0),
        ("irb", 1),
        ("rnbri", 0),
        ("rnibr", 1),
        ("brrirr", 2),
    ],
)
def test_rejected_records_count_by_the_event_before_them(letters: str, expected: int) -> None:
    """A record that is no event has the place in time of its neighbour, in words a table."""
    assert parse_errors(scan_content(content_for(letters))) == expected
    assert untimed_critical(scan_content(content_for(letters.replace("r", "c")))) == expected


def test_records_of_one_file_do_not_stand_by_those_of_another() -> None:
    """Neighbours are those of the same file."""
    tally = merge(
        scan_content(content_for("i"), path="telemetry/a.jsonl"),
        scan_content(content_for("rb"), path="telemetry/b.jsonl"),
    )

    assert parse_errors(tally) == 0


@pytest.mark.parametrize("places", [[], [1, 7, 8], list(range(0, 700, 7))])
def test_the_first_rejected_records_are_listed_with_their_line_numbers(places: list[int]) -> None:
    """Line numbers are those of the file, however it is cut; only the first are kept."""
    tally = scan_parts(content_for("_ir" * 30), places)

    assert only_file(tally).rejected == 30
    assert only_file(tally).rejects == [(3 * k + 3, "not JSON") for k in range(MOST_REJECTS)]


def test_a_problem_of_any_part_is_one_of_the_file() -> None:
    """The first problem is kept, and none is lost."""
    file = FileTally()
    file.absorb(FileTally(problem="vanished"), WINDOW)
    file.absorb(FileTally(problem="not readable"), WINDOW)
    file.absorb(FileTally(), WINDOW)

    assert file.problem == "vanished"


def test_first_and_last_are_the_earliest_and_latest_and_not_the_order() -> None:
    """The borders of a file in its order are kept apart from its extremes in time."""
    noon = datetime(2025, 12, 19, 12, tzinfo=UTC)
    file = FileTally(opening=noon, closing=noon, first=noon, last=noon)
    earlier, later = noon - timedelta(hours=1), noon + timedelta(hours=1)
    file.absorb(FileTally(opening=later, closing=earlier, first=earlier, last=later), WINDOW)

    assert (file.opening, file.closing) == (noon, earlier)
    assert (file.first, file.last) == (earlier, later)


def test_the_window_has_its_start_and_not_its_end() -> None:
    """The window is half open."""
    assert in_window(WINDOW.start, WINDOW)
    assert in_window(END - MICROSECOND, WINDOW)
    assert not in_window(END, WINDOW)
    assert not in_window(WINDOW.start - MICROSECOND, WINDOW)


def test_merging_one_tally_is_that_tally() -> None:
    """There is nothing to do, and nothing is lost."""
    tally = scan_content(content_for("irc"))

    assert merge(tally) is tally
    assert tally == scan_content(content_for("irc"))


def test_only_the_names_of_the_lists_are_kept(tmp_path: Path) -> None:
    """After the scan the most frequent names are in memory, and no file is left."""
    tally = Tally.bounded(WINDOW, 300, str(tmp_path))
    for counts in (tally.severities, tally.types, tally.rules):
        for i in range(30):
            counts.add(f"{i:02}", i // 2 + 1)
    assert len(list(tmp_path.iterdir())) == 3
    tally.keep_top()

    assert list(tmp_path.iterdir()) == []
    for counts, size in (
        (tally.severities, TOP_SEVERITIES),
        (tally.types, TOP_TYPES),
        (tally.rules, TOP_RULES),
    ):
        expected = sorted(((i // 2 + 1, f"{i:02}") for i in range(30)), key=lambda n: (-n[0], n[1]))
        assert counts.top(100) == [(name, count) for count, name in expected[:size]]
