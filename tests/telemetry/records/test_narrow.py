"""Tests of `peaktrade_ops.telemetry.records.narrow`."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records import decode
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.keys import Lookup, column_at, distinguished
from peaktrade_ops.telemetry.records.narrow import ColumnReader, columns_of
from peaktrade_ops.text import NumberText
from tests.support.examples import examples

KEYS = ("level", "type", "a.b", "a", "K", "k/y", "sch\u00f6n", "")
LIMIT = 2**20
MEMBERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(
                    f'"{key}"'
                    for key in ("level", "type", "a.b", "a", "K", "k/y", "sch\u00f6n", "")
                ),
                r'"\u006cevel"',
                r'"t\u0079pe"',
                r'"\u004B"',
                r'"k\/y"',
                r'"sch\u00f6n"',
                r'"x\\"',
                '"k"',
                '"LEVEL"',
            ]
        ),
        st.sampled_from((":", " :", "\t: ", "\r:\r")),
        st.sampled_from(
            (
                "1",
                "1.50",
                "null",
                '"level"',
                r'"\u006c\":"',
                '{"b":2}',
                '{"type":1}',
                '["a"]',
                '"<"',
            )
        ),
    ),
    max_size=4,
)
EVENTS = MEMBERS.map(lambda members: "{" + ",".join(map("".join, members)) + "}")


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(st.lists(EVENTS, min_size=1, max_size=6), min_size=1, max_size=5),
    st.sampled_from((16, decode._BIG_BYTES)),  # noqa: SLF001 (a line need not be long)
)
@example([['{"a":{"b":2},"x":"very long"}']], 16)
def test_columns_are_those_of_a_decoder_of_all_keys(blocks: list[list[str]], big: int) -> None:
    """Whatever occurs in earlier blocks, however a key is written, and however long a line is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "_BIG_BYTES", big)
        compare(blocks)


def compare(blocks: list[list[str]]) -> None:
    """Compare the columns of some blocks, which may differ in what is below a key with no dot."""
    reader = ColumnReader(KEYS, LIMIT, NumberText)
    wide = LineDecoder(KEYS, LIMIT, NumberText)
    for block in blocks:
        # Few lines are not searched.
        lines = [event.encode() for event in block] + [b'{"other":1}'] * 40

        found = reader.read(lines)
        expected = columns_of(wide, wide.read_events(lines))
        assert found.keys() == expected.keys()
        for position, key in enumerate(KEYS):
            place = Lookup(position, ())
            below = Lookup(position, ("b",)) if key == "a" else place
            for each in (place, below):
                one, other = (
                    distinguished(column_at([columns.get(key) for key in KEYS], each) or ())
                    for columns in (found, expected)
                )
                assert one == other


def test_only_keys_that_occur_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block with a new key adds it; one with an escaped key is decoded with all keys."""
    reader = ColumnReader(("level", "type", "rule"), LIMIT)
    used: list[tuple[str, ...]] = []
    read_events = LineDecoder.read_events

    def noting(self: LineDecoder, lines: list[bytes]) -> list[object]:
        used.append(self.keys)
        return read_events(self, lines)

    monkeypatch.setattr(LineDecoder, "read_events", noting)
    for line in (
        '{"level":1}',
        '{"x":1}',
        '{"type":"level"}',
        r'{"t\u0079pe":1}',
        r'{"x":"\u0079"}',
        '{"level":1,"rule":2}',
        '{"type":3}',
    ):
        reader.read([line.encode()] * 40)

    assert used == [
        ("level",),
        ("level",),
        ("level", "type"),
        ("level", "type", "rule"),
        ("level", "type"),
        ("level", "type", "rule"),
        ("level", "type", "rule"),
    ]


def test_nothing_is_decoded_where_no_wanted_key_occurs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most files have no key of some lists."""
    reader = ColumnReader(("level",), LIMIT)
    monkeypatch.delattr(LineDecoder, "read_events")

    assert reader.read([json.dumps({"x": 1}).encode()] * 40) == {}
