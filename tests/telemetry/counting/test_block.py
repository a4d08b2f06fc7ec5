"""Tests of `peaktrade_ops.telemetry.counting.block`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from peaktrade_ops.config import Config, Format
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.telemetry.counting.block import Block, Gaps, Reader, cells_of
from peaktrade_ops.telemetry.counting.cells import Cells
from tests.support.scanning import INSIDE, WINDOW, content_of

NOON = datetime(2025, 12, 19, 12, tzinfo=UTC)
CELLS = Cells([WINDOW])


def reader_for(*unpack: str) -> Reader:
    """Make the reader of a file whose records are unpacked."""
    formats = (Format(files=("a",), unpack=unpack),) if unpack else ()
    return Reader(Stage1Classifier(Config(formats=formats)).kind_of("a"), 2**20)


def block_of(reader: Reader, content: bytes, suspects: tuple[int, ...] = ()) -> Block:
    """Read a block."""
    lines = content.splitlines()
    return Block(reader.events.read(content, lines, may_grow=False), suspects)


def test_suspicious_lines_are_found_among_picked_events() -> None:
    """Blank and rejected lines are between them, and not every event is picked."""
    reader = reader_for()
    content = content_of(b"", {"n": 0}, b"broken", {"n": 1}, {"n": 2})
    block = block_of(reader, content, (2, 3, 4))

    assert list(block.positions) == [1, 3, 4]
    assert block.suspects_in([0, 2]) == [1]
    assert block.suspects_in([0, 1, 2]) == [1, 2]
    assert block_of(reader, content).suspects_in([0, 1, 2]) == []


def test_events_of_one_line_have_its_position() -> None:
    """So each is suspicious where the line is, and each is shown with its line number."""
    reader = reader_for("r")
    content = content_of(b"", {"ts": INSIDE, "r": [{"msg": "x"}, {"msg": "y"}]}, {"msg": "z"})
    block = block_of(reader, content, (1,))
    some = reader.classify(block, [1, 2])

    assert list(block.positions) == [1, 1, 2]
    assert block.suspects_in([1, 2]) == [0]
    shown = [reader.exhibit(some, place, None) for place in (0, 1)]
    assert [(each.line, each.text) for each in shown] == [(2, "y"), (3, "z")]


def test_a_word_that_is_read_in_another_event_of_the_line_has_been_read() -> None:
    """All events of the line count, picked or not."""
    reader = reader_for("r")
    critical = {"r": [{"level": "fatal"}, {"n": 1}]}
    unread = {"r": [{"state": "fatal"}, {"level": "info"}]}
    block = block_of(reader, content_of(critical, unread), (0, 1))
    marks = [each.marks for each in reader.classify(block, [1, 2, 3]).classes[0]]

    assert marks == [(), ("unread_severity", "serious"), ("unread_severity", "serious")]


def test_evidence_has_the_labels_of_all_aspects() -> None:
    """They are those of the picked event."""
    reader = reader_for()
    event = {"level": "fatal", "type": "t", "rule": "r", "message": "m" * 300}
    some = reader.classify(block_of(reader, content_of({"n": 1}, event)), [1])
    exhibit = reader.exhibit(some, 0, None)

    assert dict(exhibit.labels) == {"severity": "critical", "type": "t", "rule": "r"}
    assert (exhibit.line, exhibit.text) == (2, "m" * 200)
    assert some.exhibits(lambda each: each.exhibits) == {"critical": [0]}


def test_the_first_events_are_those_of_the_earliest_times_in_order() -> None:
    """Numbers of nanoseconds that are the same time are in the order of the file."""
    nanoseconds = [3_000, 2_999, 2_001, 1_000, 2_000]
    content = content_of(*({"ts": 1_766_145_600 * 10**9 + each} for each in nanoseconds))
    some = reader_for().classify(block_of(reader_for(), content), range(5))
    tick = timedelta(microseconds=1)

    assert some.first(range(5), 2, None) == [(NOON + tick, 3), (NOON + 2 * tick, 1)]
    assert some.first(range(5), 9, None)[1:4] == [(NOON + 2 * tick, place) for place in (1, 2, 4)]
    assert some.first([0, 1, 4], 9, NOON + 2 * tick) == []
    assert some.first([0, 4], 9, NOON + 3 * tick) == [(NOON + 2 * tick, 4)]


def test_cells_are_those_of_the_timed_events() -> None:
    """Without any, there is no cell."""
    content = content_of({"ts": INSIDE}, {"n": 1}, {"ts": WINDOW.start.isoformat()})
    placed = cells_of(block_of(reader_for(), content).records.times, CELLS)

    assert placed.cells == [CELLS.of(NOON), CELLS.of(WINDOW.start)]
    assert placed.counts == {CELLS.of(NOON): 1, CELLS.of(WINDOW.start): 1}
    assert cells_of(block_of(reader_for(), content_of({})).records.times, CELLS) == ([], {})


def test_gaps_are_counted_by_the_timed_events_before_them() -> None:
    """Before the first, between two, and after the last one."""
    gaps = Gaps([0, 2, 3, 5], [7, 8])

    assert gaps.of == [0, 1, 1, 2]
    assert [gaps.before(events) for events in range(7)] == [0, 0, 1, 1, 1, 2, 2]


def test_lines_that_are_no_events_follow_the_events_before_them() -> None:
    """A line may contain any number of events."""
    content = content_of(b"broken", {"r": [{}, {}]}, b"", {"r": [{}]}, b"broken")
    others = [(0, "not JSON"), (1, None), (2, "not JSON")]
    unpacked = [(0, "not JSON"), (2, None), (3, "not JSON")]

    assert list(block_of(reader_for(), content).events_before_others()) == others
    assert list(block_of(reader_for("r"), content).events_before_others()) == unpacked
