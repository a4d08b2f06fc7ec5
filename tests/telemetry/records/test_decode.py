"""Tests of `peaktrade_ops.telemetry.records.decode`."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.grammar import MAX_DEPTH, scan_json
from peaktrade_ops.telemetry.records.utf8 import Utf8, Utf8Check, check_utf8
from tests.support import oracle
from tests.support.hostile import BLANK_LINES, BROKEN_LINES, LAST_LINES, lines_of_json

KEYS = ("a", "ts", "labels")
RECORD_BYTES = 10_000
DECODER = LineDecoder(KEYS, RECORD_BYTES)
VALUES = DECODER.values_of(KEYS)

LINES = st.one_of(
    st.sampled_from((*BROKEN_LINES, *BLANK_LINES, *LAST_LINES)),
    lines_of_json().map(str.encode),
    st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")),
    st.just(b'{"a":1,"ts":"2025-12-19T12:00:00Z"}'),
)
# JSON as it stands, with a few bytes of it lost or with others put in.
DAMAGED_LINES = st.builds(
    lambda line, place, damage, lost: line[:place] + damage + line[place + lost :],
    st.one_of(lines_of_json().map(str.encode), st.sampled_from(BROKEN_LINES)),
    st.integers(0, 30),
    st.sampled_from((b"", b",", b":", b'"', b"[", b"]", b"{", b"}", b"\\", b"1", b"\r", b"null")),
    st.integers(0, 2),
)


def judge(line: bytes) -> object:
    """Say what a line is: none where it is blank, a reason, or the values of the wanted keys."""
    outcome = DECODER.read(line)
    return outcome if outcome is None or isinstance(outcome, str) else VALUES(outcome)


def flat(value: object) -> list[object]:
    """Write a value down as a list, however deep it is; numbers by their text."""
    written: list[object] = []
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, list):
            written.append(f"array of {len(item)}")
            rest += item
        elif isinstance(item, dict):
            written.append(f"object of {len(item)}")
            rest += [part for pair in item.items() for part in pair]
        elif isinstance(item, oracle.Number):
            written.append("0" if item.text == "-0" else item.text)
        elif isinstance(item, int) and not isinstance(item, bool):
            written.append(str(item))
        else:
            written.append(item)
    return written


def expected(line: bytes) -> object:
    """Say what the oracle makes of a line."""
    outcome, reason, value = oracle.judge_line(line, RECORD_BYTES, ended=True)
    if isinstance(value, dict):
        return [flat(value.get(key)) for key in KEYS]
    return None if outcome == "blank" else reason


def judged(line: bytes) -> object:
    """Say what a line is, as `expected` does."""
    outcome = judge(line)
    return list(map(flat, outcome)) if isinstance(outcome, tuple) else outcome


def deep(depth: int, inner: bytes = b"") -> bytes:
    """Nest arrays."""
    return b"[" * depth + inner + b"]" * depth


def deep_objects(depth: int) -> bytes:
    """Nest objects."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@settings(max_examples=400, deadline=None)
@given(st.one_of(LINES, DAMAGED_LINES))
def test_lines_are_what_the_contract_says(line: bytes) -> None:
    """Every line has the outcome and the values that the oracle finds."""
    assert judged(line) == expected(line)


@pytest.mark.parametrize("line", [*BROKEN_LINES, *BLANK_LINES, *LAST_LINES])
def test_each_odd_line_is_what_the_contract_says(line: bytes) -> None:
    """Each known kind of damage has the outcome that the oracle finds."""
    assert judged(line) == expected(line)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8))
@example([b'{"a":1}', b"\xff", b'{"a":2}', b"5", b'{"a":3}', b"", b'{"a":4}'])
@example([b'{"a":1}', deep_objects(600), b'{"a":2}'])
@example([b'{"b":' + deep(600) + b"}", b'{"b":"\xff"}', b'{"b":"\xc3"}', b"\xc3", b"\xa9"])
def test_a_block_is_judged_as_each_of_its_lines(lines: list[bytes]) -> None:
    """One bad line never costs, nor changes, another."""
    outcomes = DECODER.read_block(b"\n".join(lines), lines)
    alone = list(map(judge, lines))
    others = dict(outcomes.others)
    events = iter(outcomes.events)
    together = [others[i] if i in others else VALUES(next(events)) for i in range(len(lines))]

    assert together == alone
    assert next(events, None) is None


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff",
        b'{"note":"\xe9"}',
        b"not json",
        b"5",
        b"null",
        b"[]",
        b'"text"',
        b"",
        b'{"a":' + deep(600) + b"}",
        b'{"b":' + deep(600) + b"}",
        deep(5000),
        b"9" * 5000,
        b'{"pad":"' + b"x" * RECORD_BYTES + b'"}',
    ],
)
def test_one_bad_line_keeps_its_neighbours(bad: bytes) -> None:
    """Events before and after a line that is none are all there, and in order."""
    lines = [b'{"a":1}', bad, b'{"a":2}', bad, bad, b'{"a":3}']
    outcomes = DECODER.read_block(b"\n".join(lines), lines)

    assert [VALUES(event)[0] for event in outcomes.events] == [1, 2, 3]
    assert [position for position, _ in outcomes.others] == [1, 3, 4]


@pytest.mark.parametrize("depth", [1, 511, 512])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_nesting_up_to_512_is_an_event(depth: int, key: str) -> None:
    """The object itself is the first level; wanted and skipped values may nest alike."""
    line = b'{"%s":%s}' % (key.encode(), deep(depth - 1, b"1" if depth == 1 else b""))

    assert isinstance(judge(line), tuple)
    assert isinstance(judge(deep_objects(depth)), tuple)
    assert judge(deep(depth)) == "not an object"


@pytest.mark.parametrize("depth", [513, 1100, 5000])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_nesting_over_512_is_too_deep(depth: int, key: str) -> None:
    """Valid JSON of any greater depth is too deep, whether it is wanted or skipped."""
    line = b'{"%s":%s}' % (key.encode(), deep(depth - 1))
    decoder = LineDecoder(KEYS, 10**6)

    assert decoder.read(line) == "too deep"
    assert decoder.read(deep(depth)) == "too deep"
    assert decoder.read(deep_objects(depth)) == "too deep"


@pytest.mark.parametrize("depth", [511, 512, 513, 5000])
def test_what_nests_and_is_not_json_is_not_json(depth: int) -> None:
    """Depth is the reason only of what would otherwise be JSON."""
    decoder = LineDecoder(KEYS, 10**6)

    assert decoder.read(deep(depth)[:-1]) == "not JSON"
    assert decoder.read(deep(depth) + b"]") == "not JSON"
    assert decoder.read(b'{"skipped":' + deep(depth) + b",}") == "not JSON"
    assert decoder.read(b'{"a":' + deep(depth, b"nul") + b"}") == "not JSON"
    assert decoder.read(b'{"a":' + b"[" * depth + b"}" * depth + b"}") == "not JSON"


def test_many_brackets_side_by_side_or_in_text_are_not_deep() -> None:
    """Only brackets inside of each other count, and none of those in strings."""
    assert judge(b'{"b":[' + b"[]," * 600 + b"1]}") == (None, None, None)
    assert judge(b'{"b":"' + b"[{" * 600 + b'\\""}') == (None, None, None)


def test_a_deep_line_is_not_utf_8_first() -> None:
    """Of the reasons that hold the first of the contract's order is given."""
    assert judge(b'{"a":' + deep(600) + b',"b":"\xff"}') == "not UTF-8"
    assert judge(b"\xff" * (RECORD_BYTES + 1)) == "not UTF-8"
    assert judge(b"x" * (RECORD_BYTES + 1)) == "too long"
    assert judge(deep(RECORD_BYTES)) == "too long"


def test_a_line_is_too_long_from_one_byte_over_the_limit() -> None:
    """A line of exactly the limit is read, one more byte is too long; white space never is."""
    line = b'{"a":1}'.ljust(RECORD_BYTES)

    assert judge(line) == (1, None, None)
    assert judge(line + b" ") == "too long"
    assert judge(b" " * (RECORD_BYTES + 1)) is None


@pytest.mark.parametrize(
    "number",
    ["9" * 400, "-" + "9" * 5000, "1e400", "-1e-999999", "0." + "1" * 5000, "18446744073709551616"],
)
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_numbers_of_any_size_are_json(number: str, key: str) -> None:
    """No number is too big or too long to be part of an event, and its digits are kept."""
    values = judged(f'{{"{key}":{number},"ts":1}}'.encode())
    nested = judged(f'{{"{key}":'.encode() + deep(511, number.encode()) + b',"ts":1}')

    assert values == [[number if key == "a" else None], ["1"], [None]]
    # An array is no value of a property: it only must not be absent.
    assert isinstance(nested, list)
    assert nested[1:] == [["1"], [None]]


def test_fractions_are_kept_as_their_text() -> None:
    """A number with a fraction or an exponent is not rounded to a float."""
    assert judge(b'{"a":0.1000,"ts":1766217600.123456789}') == (
        "0.1000",
        "1766217600.123456789",
        None,
    )


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\ud83d\\ud83d", "\\ude00\\ud83d"])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_half_surrogate_pairs_are_not_json(half: str, key: str) -> None:
    """Half a pair makes a line no JSON, in values and keys, wanted or skipped."""
    assert judge(f'{{"{key}":"x{half}x"}}'.encode()) == "not JSON"
    assert judge(f'{{"{key}":{{"{half}":1}}}}'.encode()) == "not JSON"
    assert judge(f'{{"{key}":1,"{half}":2}}'.encode()) == "not JSON"


def test_whole_surrogate_pairs_are_json() -> None:
    """An escaped pair is the character that it stands for."""
    assert judge(b'{"a":"\\ud83d\\uDE00"}') == ("\U0001f600", None, None)


def test_of_duplicate_keys_the_last_counts() -> None:
    """A key that comes again replaces what was there, null included, however it is escaped."""
    assert judge(b'{"a":1,"a":2}') == (2, None, None)
    assert judge(b'{"a":1,"\\u0061":null}') == (None, None, None)
    assert judge(b'{"labels":{"x":1,"x":2}}') == (None, None, {"x": 2})


def test_duplicate_keys_beside_a_huge_number_are_read_alike() -> None:
    """The slow way of reading follows the same rule."""
    assert judge(b'{"ts":%s,"a":1,"a":2}' % (b"9" * 5000)) == ("2", "9" * 5000, None)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "nan", "True", "None"])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_literals_of_other_languages_are_not_json(literal: str, key: str) -> None:
    """RFC 8259 has no such values."""
    assert judge(f'{{"{key}":{literal}}}'.encode()) == "not JSON"
    assert judge(f'{{"{key}":[{"9" * 5000},{literal}]}}'.encode()) == "not JSON"


@pytest.mark.parametrize("value", ["1", "null", "true", '"x"', "[]", "[{}]", "-0.0e5", "9" * 5000])
def test_json_that_is_no_object_is_rejected_as_such(value: str) -> None:
    """A record must be an object."""
    assert judge(value.encode()) == "not an object"
    assert judge(f" {value}\r".encode()) == "not an object"


def test_decoding_events_again_gives_the_same_events() -> None:
    """Lines that are known to be events are decoded whatever they need for it."""
    lines = [b'{"a":1}', b'{"a":2,"b":%s}' % (b"9" * 5000), b'{"a":3,"b":%s}' % deep(511)]

    assert [VALUES(event)[0] for event in DECODER.read_events(lines)] == [1, 2, 3]
    assert [VALUES(event)[0] for event in DECODER.read_events(lines[:1])] == [1]


def test_a_decoder_of_one_key_gives_one_value() -> None:
    """A key list may be as short as one key, and keys need not be identifiers."""
    decoder = LineDecoder(("@at.x y",), RECORD_BYTES)

    assert decoder.values_of(("@at.x y",))(decoder.read(b'{"@at.x y":5}')) == (5,)


@settings(max_examples=200, deadline=None)
@given(DAMAGED_LINES)
def test_the_grammar_is_that_of_the_contract(line: bytes) -> None:
    """The scanner of the grammar accepts what the oracle accepts, and finds the same depth."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return
    try:
        _, depth = oracle.parse_json(text)
    except oracle.NotJsonError:
        assert scan_json(line) is None
    else:
        assert scan_json(line) == depth


@settings(max_examples=200, deadline=None)
@given(lines_of_json())
def test_all_json_is_within_the_grammar(text: str) -> None:
    """Valid JSON is accepted, with its depth."""
    assert scan_json(text.encode()) == oracle.parse_json(text)[1]


def test_the_grammar_has_no_depth_limit_of_its_own() -> None:
    """Depth is measured, not walked by recursion."""
    assert scan_json(deep(100_000)) == 100_000
    assert scan_json(deep_objects(MAX_DEPTH)) == MAX_DEPTH


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=6),
        st.builds(
            lambda text, lost: text.encode()[: -lost or None],
            st.text(max_size=3),
            st.integers(0, 3),
        ),
    ),
    st.lists(st.integers(0, 6)),
)
def test_utf_8_is_checked_in_pieces_as_in_one(data: bytes, cuts: list[int]) -> None:
    """However the bytes come, the answer is the same, and it is the oracle's."""
    check = Utf8Check()
    borders = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(borders):
        check.feed(data[start:end])
    cut = not oracle.is_utf8(data) and oracle.is_cut_inside_character(data)
    answer = Utf8(valid=oracle.is_utf8(data), cut=cut)

    assert check.result() == answer
    assert check_utf8(data) == answer


@pytest.mark.parametrize(
    ("end", "answer"),
    [
        (b"", Utf8(valid=True, cut=False)),
        (b"\xe2\x82", Utf8(valid=False, cut=True)),
        (b"\xff", Utf8(valid=False, cut=False)),
        (b"\xf4\x90", Utf8(valid=False, cut=False)),
    ],
)
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_long_lines_are_checked_in_pieces(shift: int, end: bytes, answer: Utf8) -> None:
    """A character across the border of two pieces is whole."""
    data = b"x" * shift + "\u20ac".encode() * 400_000 + end

    assert len(data) > 2**20
    assert check_utf8(data) == answer


def test_big_containers_in_wanted_keys_take_little_memory() -> None:
    """Of a long line only what is wanted is decoded: no array can blow the memory up."""
    line = b'{"a":[' + b"[]," * 500_000 + b'0],"ts":1766217600.5,"b":{"c":' + b"[]" + b"}}"
    decoder = LineDecoder(("ts", "a", "b"), 2**26)

    tracemalloc.start()
    try:
        event = decoder.read(line)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert decoder.values_of(("ts", "a", "b"))(event) == ("1766217600.5", [], {})
    assert peak < 8 * len(line)


@pytest.mark.parametrize("padding", [0, 2**16])
def test_long_lines_are_read_like_short_ones(padding: int) -> None:
    """The way in which a line is decoded cannot be told from its values."""
    keys = ("ts", "labels.rule", "labels", "s", "t", "n", "z")
    line = (
        b'{"ts":"2025-12-20T10:00:00Z","labels":{"rule":{"x":1},"rule":"R-7","other":[1]},'
        b'"s":true,"t":"\\u00e9","n":null,"z":-0, "pad":"' + b"x" * padding + b'"}'
    )
    decoder = LineDecoder(keys, 2**26)
    values = dict(zip(keys, decoder.values_of(keys)(decoder.read(line)), strict=True))

    assert (values["ts"], values["s"], values["t"]) == ("2025-12-20T10:00:00Z", True, "\u00e9")
    assert (values["labels.rule"], values["n"], str(values["z"])) == (None, None, "0")
    assert isinstance(values["labels"], dict)
    assert values["labels"]["rule"] == "R-7"
