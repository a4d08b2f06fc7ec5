"""Tests of `peaktrade_ops.telemetry.records.events`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records import narrow
from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.events import EventReader, Records, Times, positions_of_none
from peaktrade_ops.telemetry.records.times import MOMENTS
from peaktrade_ops.text import NumberText
from tests.support import oracle
from tests.support.examples import examples
from tests.support.hostile import BLANK_LINES, BROKEN_LINES, LAST_LINES
from tests.support.odd_times import ODD_TIMES
from tests.support.scanning import content_of

TIME_KEYS = ("ts", "time", "meta.at")
RECORD_BYTES = 10_000
READER = EventReader(TIME_KEYS, RECORD_BYTES)
EIGHT = datetime(2025, 12, 20, 8, tzinfo=UTC)
NINE = datetime(2025, 12, 20, 9, tzinfo=UTC)

# Values of one form each, so that blocks with whole columns of a form are likely.
TIMES = st.sampled_from(
    (
        *('"2025-12-20T08:00:00Z"', '"2025-12-20T09:00:00.5Z"'),
        *('"2025-12-20T08:00:00"', '"2025-12-20 09:00:00"', '"2025-12-20T08:00:00+01:00"'),
        *("1766217600", "1766217600123", "1766217600.5", '"1766217600"', "-1", "null", "[]"),
        *ODD_TIMES[:6],
    )
)
EVENT_LINES = st.lists(
    st.builds(
        '"{}":{}'.format, st.sampled_from(('ts":1,"x', "ts", "ts", "time", "meta.at", "x")), TIMES
    )
    | TIMES.map('"meta":{{"at":{}}}'.format),
    max_size=3,
).map(lambda members: ("{" + ",".join(members) + "}").encode())


def read(*lines: bytes, terminated: bool = True) -> Records:
    """Read lines as one block."""
    data = b"\n".join(lines) + (b"\n" if terminated else b"")
    return plain(READER.read(data, list(lines), may_grow=not terminated))


def plain(records: Records) -> Records:
    """Return the same records with the times themselves as the values of the times."""
    times = records.times._replace(values=records.times.moments, scale=MOMENTS)
    return records._replace(times=times)


def expected_of(lines: list[bytes], *, terminated: bool) -> Records:
    """Return the result of the oracle for the lines of a block."""
    kept: list[bytes] = []
    moments: list[datetime | None] = []
    naive = 0
    others: list[tuple[int, Any]] = []
    for position, line in enumerate(lines):
        ended = terminated or position < len(lines) - 1
        outcome, reason, value = oracle.judge_line(line, RECORD_BYTES, ended=ended)
        if isinstance(value, dict):
            moment = oracle.time_of(value, TIME_KEYS)
            kept.append(line)
            moments.append(moment[0] if moment else None)
            naive += moment is not None and moment[1]
        else:
            others.append((position, {"rejected": reason, "blank": None}.get(outcome, outcome)))
    untimed = [k for k, moment in enumerate(moments) if moment is None]
    timed = [moment for moment in moments if moment is not None]
    first, last = min(timed, default=None), max(timed, default=None)
    return Records(kept, Times(moments, MOMENTS, untimed, first, last, naive), others)


def test_a_block_with_another_key_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is most probably the first block of another file."""
    alone: list[object] = []
    monkeypatch.setattr(LineDecoder, "rows", lambda _self, events, _keys: alone.extend(events))
    reader = EventReader(TIME_KEYS, RECORD_BYTES)
    for key in ("ts", "time", "ts"):
        block = content_of(*[{key: 1766217600}] * 16)
        times = reader.read(block, block.splitlines(), may_grow=False).times
        assert times.moments == [EIGHT] * 16
    assert not alone


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(EVENT_LINES, min_size=1, max_size=4), st.sampled_from(("ts", "time", "meta.at")))
@example([b'{"time":1766217600}'], "ts")
@example([b'{"ts":"x","time":1766217600}', b'{"ts":1766217600,"time":1}'], "ts")
@example([b'{"ts":1766217600,"time":1}', b'{"meta":{"at":1766217600}}'], "time")
def test_the_times_of_a_block_do_not_depend_on_the_block_before(
    lines: list[bytes], key: str
) -> None:
    """The key that had the times there is only tried first."""
    before = content_of(*[{key: 1766217600}] * 16)
    reader = EventReader(TIME_KEYS, RECORD_BYTES)
    reader.read(before, before.splitlines(), may_grow=False)
    data = b"\n".join((*lines, b""))

    for _ in range(2):
        records = plain(reader.read(data, lines, may_grow=False))
        assert records.times == expected_of(lines, terminated=True).times


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(EVENT_LINES, min_size=1, max_size=6))
@example([b'{"ts":1766217600}', b"{}", b'{"ts":1766217600,"time":1}'])
@example([b'{"time":1766217600}', b'{"ts":"x","time":1766217600}'])
@example([b'{"ts":[1]}', b'{"ts":1766217600}'])
def test_times_are_those_of_the_oracle(lines: list[bytes]) -> None:
    """Whole columns and single values of all time keys have the same times and naive counts."""
    assert expected_of(lines, terminated=True) == read(*lines)


@settings(max_examples=examples(200), deadline=None)
@given(
    lines=st.lists(
        EVENT_LINES | st.sampled_from((*BROKEN_LINES, *BLANK_LINES, *LAST_LINES)),
        min_size=1,
        max_size=6,
    ),
    terminated=st.booleans(),
)
def test_lines_are_those_of_the_oracle(lines: list[bytes], *, terminated: bool) -> None:
    """Events keep their order, and all other lines have a position and an outcome."""
    assert expected_of(lines, terminated=terminated) == read(*lines, terminated=terminated)


def test_the_first_key_with_a_time_decides() -> None:
    """A value that is not a time leaves the decision to the next key."""
    records = read(
        b'{"time":"2025-12-20T09:00:00Z","ts":"2025-12-20T08:00:00Z"}',
        b'{"time":"2025-12-20T09:00:00Z","ts":"soon"}',
        b'{"time":null,"meta":{"at":1766217600}}',
        b'{"meta":{"at":[]},"ts":""}',
    )

    assert records.times.moments == [EIGHT, NINE, EIGHT, None]


def test_a_path_leads_into_objects_only() -> None:
    """The value of the first key of a path is not a time itself."""
    assert read(b'{"meta":1766217600}', b'{"meta":1766221200}').times.moments == [None, None]


def test_a_column_may_have_gaps() -> None:
    """An event without a value has no time, and the times of the others stay in their places."""
    records = read(b"{}", b'{"ts":1766217600}', b"{}", b"{}", b'{"ts":1766221200}', b"{}")

    assert records.times.moments == [None, EIGHT, None, None, NINE, None]


def test_times_without_an_offset_are_counted() -> None:
    """Times without an offset are read as UTC and counted."""
    naive, aware = b'{"ts":"2025-12-20T08:00:00"}', b'{"ts":"2025-12-20T08:00:00Z"}'

    assert (read(naive, naive).times.naive, read(naive, naive).times.moments) == (2, [EIGHT, EIGHT])
    assert (read(naive, aware).times.naive, read(naive, aware).times.moments) == (1, [EIGHT, EIGHT])
    assert (read(aware, aware).times.naive, read(naive, b"{}", naive).times.naive) == (0, 2)


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (b'{"ts":17662', "partial"),
        (b'{"a":"\xc3', "partial"),
        (b'{"a":' + b"[" * 511, "partial"),
        (b"[" * 512, "not JSON"),
        (b"nul", "not JSON"),
        (b'{"a":1}x', "not JSON"),
        (b'{"a":NaN', "not JSON"),
        (b"[" * 513, "too deep"),
        (b'{"a":"\xff', "not UTF-8"),
        (b'{"a":"\xff"}\xc3', "not UTF-8"),
        (b"[" * 513 + b"\xc3", "not UTF-8"),
        (b"x" * (RECORD_BYTES + 1), "too long"),
        (b"[1]", "not an object"),
        (b" \r", None),
    ],
)
def test_an_unfinished_last_line_is_partial(line: bytes, outcome: str | None) -> None:
    """An unfinished last line is partial if more bytes can make it an object."""
    assert read(b"{}", line, terminated=False).others == [(1, outcome)]


@pytest.mark.parametrize("line", [b'{"ts":17662', b'{"a":"\xc3', b"nul"])
def test_no_other_line_is_partial(line: bytes) -> None:
    """A line end finishes a line."""
    reason = "not UTF-8" if b"\xc3" in line else "not JSON"

    assert read(line, line).others == [(0, reason), (1, reason)]
    assert read(line, b"{}", terminated=False).others == [(0, reason)]


def test_a_whole_last_line_without_a_line_end_is_an_event() -> None:
    """A writer may omit the last line end."""
    records = read(b"5", b'{"ts":1766217600}', terminated=False)

    assert (records.lines, records.times.moments) == ([b'{"ts":1766217600}'], [EIGHT])
    assert records.others == [(0, "not an object")]


def test_positions_of_none_are_yielded_in_order() -> None:
    """Values that are false but not `None` are skipped."""
    values: list[object] = [None, 0, "", None, None]

    assert list(positions_of_none(values)) == [0, 3, 4]
    assert list(positions_of_none([])) == []


UNPACKING = EventReader(TIME_KEYS, RECORD_BYTES, Containers(("r",), ("log",)))


def unpacked(*lines: bytes) -> Records:
    """Read lines as one block of which each line may hold events."""
    return UNPACKING.read(b"\n".join(lines), list(lines), may_grow=False)


def test_the_events_of_a_line_follow_each_other() -> None:
    """Each has the line that holds it, and the position of that line among all lines."""
    two, one = b'{"ts":1766217600,"r":[{},{"ts":1766221200}]}', b'{"ts":1766217600}'
    records = unpacked(b"broken", two, b"", one, b"5")

    assert records.lines == [two, two, one]
    assert records.lines[0] is records.lines[1]
    assert records.times.moments == [EIGHT, NINE, EIGHT]
    assert list(records.positions()) == [1, 1, 3]
    assert records.others == [(0, "not JSON"), (2, None), (4, "not an object")]
    assert records.size == 5
    assert records.held is not None
    assert (records.held.events, records.held.places) == ([2, 1], [0, 0, 1])
    assert records.held.unpacked == 2
    assert records.held.layers == [(b"{}", two), (b'{"ts":1766221200}', two), (one,)]


def test_an_object_in_a_string_gives_its_time_first() -> None:
    """The time of the line stands in where the object has none, or null."""
    records = unpacked(
        b'{"log":"{\\"ts\\":1766221200}","ts":1766217600}',
        b'{"log":"{\\"ts\\":null}","ts":1766217600}',
        b'{"log":"{\\"ts\\":\\"soon\\"}","ts":1766217600}',
        b'{"log":"broken","ts":"2025-12-20T08:00:00"}',
    )

    assert records.times.moments == [NINE, EIGHT, None, EIGHT]
    assert records.times.naive == 1
    assert records.held is not None
    assert (records.held.unpacked, records.held.events) == (0, [1, 1, 1, 1])


def test_without_containers_each_event_is_a_line() -> None:
    """Positions skip the lines that are no events."""
    records = read(b"", b"{}", b"5", b"{}", b"{}")

    assert records.held is None
    assert (records.size, list(records.positions())) == (5, [1, 3, 4])
    assert list(read(b"{}", b"{}").positions()) == [0, 1]


def test_lines_that_hold_events_end_like_others() -> None:
    """A writer may be in the middle of a line that will hold events."""
    line = b'{"r":[{"ts":17662'
    records = UNPACKING.read(line, [line], may_grow=True)

    assert records.others == [(0, "partial")]
    assert (records.lines, records.size, list(records.positions())) == ([], 1, [])


@pytest.mark.parametrize(
    ("length", "outcome"), [(RECORD_BYTES, "partial"), (RECORD_BYTES + 1, "not UTF-8")]
)
def test_a_line_that_is_too_long_already_cannot_become_an_event(length: int, outcome: str) -> None:
    """A writer that is in the middle of a character can only make it longer."""
    line = b'{"a":"'.ljust(length - 1, b"x") + b"\xc3"

    assert read(line, terminated=False).others == [(0, outcome)]


@pytest.mark.parametrize("few", [0, 10**6])
def test_details_that_are_decoded_in_one_step_change_nothing_else(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """The outcomes and times are the same, and the events have the other keys that occur."""
    monkeypatch.setattr(narrow, "_FEW_LINES", few)
    reader = EventReader(("ts", "log.at", "t"), RECORD_BYTES, details=("level", "ts", "log.level"))
    lines = [
        b'{"ts":"2025-12-19T10:00:00Z","level":"info"}',
        b'{"ts":1766138400.25,"level":1.50}',
        b'{"log":{"at":1766138400,"level":"warn"}}',
        b'{"ts":"no time","t":"2025-12-19T10:00:00"}',
        rb'{"\u0074":1766138400}',
        b"broken",
        b'{"ts":null}',
        b"",
    ]
    data = b"\n".join((*lines, b""))
    alone = reader.read(data, lines, may_grow=False)
    both = reader.read(data, lines, may_grow=False, wants_details=True)

    assert both._replace(decoded=None) == alone
    assert both.decoded is not None
    columns = narrow.columns_of(both.decoded.decoder, both.decoded.events)
    assert columns["level"] == ["info", NumberText("1.50"), None, None, None, None]
    assert columns["log"][2] == {"at": 1766138400, "level": "warn"}
