"""Tests of `peaktrade_ops.telemetry.records.prefix`: a line that a writer has not finished."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.prefix import can_become_object
from tests.support import oracle
from tests.support.examples import examples

IS_OBJECT = LineDecoder(("ts",), 1024).is_object


def can(line: bytes) -> bool:
    """Return whether a line can become an object, by the decoder of the scan."""
    return can_become_object(line, IS_OBJECT)


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
        b'{"a":"\\\xc3',
        b'{"a":"\\u00\xc3',
        b'{"a":"\\ud83d\xc3',
        b'{"a":"\\ud83d\\u\xf0\x9f',
        b'{"a":1} \t',
        b'{"a":1}\xc3',
    ],
)
def test_a_line_that_no_bytes_complete(line: bytes) -> None:
    """A line that no further bytes can complete is damaged."""
    assert not can(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"a":' + b"[" * 511, True),
        (b'{"a":' + b"[" * 512, False),
        (b'{"a":' + b"[" * 511 + b'"[[[', True),
        (b'{"a":' + b"[" * 512 + b'"\xc3', False),
    ],
)
def test_a_line_that_is_too_deep_already_cannot_become_one(line: bytes, *, expected: bool) -> None:
    """More bytes never close a bracket that was one too many."""
    assert can(line) is expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


OBJECTS = st.builds(
    lambda document, ascii_only: json.dumps(document, ensure_ascii=ascii_only).encode("utf-8"),
    st.dictionaries(st.text(max_size=4), JSON, max_size=3),
    st.booleans(),
)


@settings(max_examples=examples(200))
@given(OBJECTS, st.data())
def test_every_beginning_of_an_object_can_become_one(text: bytes, data: st.DataObject) -> None:
    """Every prefix of an object can become one, even one that ends inside a character."""
    end = data.draw(st.integers(1, len(text) - 1))

    assert can(text[:end])


# Bytes with a meaning in JSON or UTF-8, one by one or in pieces.
PIECES = st.sampled_from(
    (
        *(bytes([byte]) for byte in b'{}[]",:\\/ue-+.0129dDcCbfnrt \t\r\x00\x1f\x7f'),
        *(bytes([byte]) for byte in b"\xc3\xa4\xe2\x82\xf0\x9f\x98\x80\xed\xa0\xff"),
        *(b"true", b"fals", b"nul", b"NaN", b"1e", b"-0", b"\\u", b"\\ud83d", b"\\ude00", b"\\udc"),
        *(b'"', b'"', b'":', b'"a":', b'{"', b"[[", b"]}", b"}\x00", b'\\"', b"\\\\"),
    )
)
BEGINNINGS = st.sampled_from((b"{", b'{"a', b'{"a":', b'{"a":"', b'{"a":[', b" {", b""))


@settings(max_examples=examples(1000), deadline=None)
@given(BEGINNINGS, st.lists(PIECES, max_size=7).map(b"".join))
@example(b'{"a":"', b"\\ud83d\xc3")
def test_a_damaged_line_is_judged_as_by_the_oracle(beginning: bytes, rest: bytes) -> None:
    """The oracle reads the line byte by byte, and looks whether only its end is wrong."""
    line = beginning + rest
    outcome, _, _ = oracle.judge_line(line, 1024, ended=False)

    assert (can(line) and not IS_OBJECT(line)) is (outcome == "partial")


@settings(max_examples=examples(300), deadline=None)
@given(OBJECTS, st.data(), PIECES)
def test_an_object_with_a_damaged_byte_is_judged_as_by_the_oracle(
    text: bytes, data: st.DataObject, piece: bytes
) -> None:
    """A damaged object is judged as by the oracle."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    line = text[:start] + piece + text[start + 1 : end]
    outcome, _, _ = oracle.judge_line(line, 1024, ended=False)

    assert (can(line) and not IS_OBJECT(line)) is (outcome == "partial")
