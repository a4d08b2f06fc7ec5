"""Tests of `peaktrade_ops.telemetry.records.prefix`: a line that a writer has not finished."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records.prefix import can_become_object
from tests.support.examples import examples

MOST = 1024


def is_object(text: bytes) -> bool:
    """Return whether bytes are a JSON object, by the standard library, strictly."""

    def refuse(word: str) -> object:
        raise ValueError(word)

    try:
        document = json.loads(text.decode("utf-8"), parse_constant=refuse)
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict)


def can(line: bytes, most: int = MOST) -> bool:
    """Return whether a line can become an object."""
    return can_become_object(line, most, is_object)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b" \t{",
        b'{"',
        b'{"a',
        b'{"a"',
        b'{"a" ',
        b'{"a":',
        b'{"a":t',
        b'{"a":fals',
        b'{"a":nul',
        b'{"a":1',
        b'{"a":-',
        b'{"a":0.',
        b'{"a":1e',
        b'{"a":1E+',
        b'{"a":1,',
        b'{"a":1, ',
        b'{"a":[',
        b'{"a":[1,',
        b'{"a":[1,{"b":[[]',
        b'{"a":"\\',
        b'{"a":"\\\\',
        b'{"a":"\\u',
        b'{"a":"\\u12',
        b'{"a":"\\ud8',
        b'{"a":"\\uD83D',
        b'{"a":"\\ud83d\\',
        b'{"a":"\\ud83d\\u',
        b'{"a":"\\ud83d\\ud',
        b'{"a":"\\ud83d\\ude0',
        b'{"a":"b]}',
        b'{"a":"\xf0\x9f\x98',
        b'{"\xc3',
    ],
)
def test_a_line_that_more_bytes_complete(line: bytes) -> None:
    """A writer may be in the middle of it."""
    assert can(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[C,",
        b"x",
        b'"{',
        b"\0\0\0",
        b'2025-12-20 INFO {"a":1',
        b'{"a":1}x',
        b'{"a":1}{"a":2',
        b'{"a":1}\0\0',
        b'{"a":NaN',
        b'{"a":N',
        b'{"a":Infinity',
        b'{"a":trx',
        b'{"a":tr ',
        b'{"a":01',
        b'{"a":1.e',
        b'{"a":--',
        b'{"a":+',
        b'{"a":1 2',
        b'{"a" 1',
        b"{a",
        b"{,",
        b'{"a":,',
        b'{"a":1,,',
        b'{"a":1,}',
        b'{"a":[1,]',
        b'{"a":[1}',
        b'{"a":"\\x',
        b'{"a":"\\u12g',
        b'{"a":"\\ud83dx',
        b'{"a":"\\ud83d\\n',
        b'{"a":"\\ud83d\\u00',
        b'{"a":"\\udc00',
        b'{"a":"\x01',
        b"{'a",
        b'{"a":1 \xf0\x9f',
        b'{"a":"\xff',
    ],
)
def test_a_line_that_no_bytes_complete(line: bytes) -> None:
    """It is damaged, whatever follows."""
    assert not can(line)


def test_a_line_at_the_limit_cannot_grow() -> None:
    """A longer one is rejected as too long."""
    line = b'{"a":"' + b"x" * 10

    assert can(line, len(line) + 2)
    assert not can(line, len(line) + 1)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=examples(200))
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=3), st.booleans(), st.data())
def test_every_beginning_of_an_object_can_become_one(
    document: dict[str, object],
    ascii_only: bool,  # noqa: FBT001 (drawn)
    data: st.DataObject,
) -> None:
    """Wherever the writer has stopped, also inside of a character."""
    text = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8")
    end = data.draw(st.integers(1, len(text) - 1))

    assert can(text[:end], 2 * MOST)


PIECES = st.sampled_from([*b'{}[]",:\\ue-+.0123d89aC \x00\xf0\x9f\x98\x80tfnrualse', ord("x")])


@settings(max_examples=examples(500))
@given(st.lists(PIECES, max_size=9).map(bytes))
def test_what_can_become_an_object_does_with_few_bytes(rest: bytes) -> None:
    """A line agrees with its beginnings: what cannot become an object cannot by more bytes."""
    line = b'{"a' + rest

    possible = [can(line[:end]) or is_object(line[:end]) for end in range(1, len(line) + 1)]

    assert possible == sorted(possible, reverse=True)


def test_the_decoder_of_the_scan_agrees() -> None:
    """The scan completes lines with msgspec."""

    def by_msgspec(text: bytes) -> bool:
        try:
            return isinstance(msgspec.json.decode(text), dict)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False

    assert can_become_object(b'{"a":"\\ud83d', MOST, by_msgspec)
    assert not can_become_object(b'{"a":01', MOST, by_msgspec)
