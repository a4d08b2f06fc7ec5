"""Tests of `peaktrade_ops.telemetry.records.decode`."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records.decode import NULL, LineDecoder, raw_decoder
from peaktrade_ops.text import NumberText
from tests.support import oracle
from tests.support.examples import examples
from tests.support.hostile import BLANK_LINES, BROKEN_LINES, LAST_LINES, lines_of_json
from tests.support.memory import traced_memory

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
# Lines with a few bytes removed or inserted.
DAMAGED_LINES = st.builds(
    lambda line, place, damage, lost: line[:place] + damage + line[place + lost :],
    st.one_of(lines_of_json().map(str.encode), st.sampled_from(BROKEN_LINES)),
    st.integers(0, 30),
    st.sampled_from((b"", b",", b":", b'"', b"[", b"]", b"{", b"}", b"\\", b"1", b"\r", b"null")),
    st.integers(0, 2),
)


def judge(line: bytes, decoder: LineDecoder = DECODER) -> object:
    """Return the outcome of a line: `None` if blank, a reason, or the values of the wanted keys."""
    outcome = decoder.read(line)
    return outcome if outcome is None or isinstance(outcome, str) else VALUES(outcome)


def flat(value: object) -> list[object]:
    """Return a value as a flat list, without recursion; a number is its text."""
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
    """Return the outcome of the oracle, in the form of `judged`."""
    outcome, reason, value = oracle.judge_line(line, RECORD_BYTES, ended=True)
    if isinstance(value, dict):
        return [flat(value.get(key)) for key in KEYS]
    return None if outcome == "blank" else reason


def judged(line: bytes) -> object:
    """Return the outcome of a line with flat values."""
    outcome = judge(line)
    return list(map(flat, outcome)) if isinstance(outcome, tuple) else outcome


def deep(depth: int, inner: bytes = b"") -> bytes:
    """Return nested arrays."""
    return b"[" * depth + inner + b"]" * depth


def deep_objects(depth: int) -> bytes:
    """Return nested objects."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@settings(max_examples=examples(400), deadline=None)
@given(st.one_of(LINES, DAMAGED_LINES))
def test_a_line_has_the_outcome_of_the_oracle(line: bytes) -> None:
    """So do the values of the wanted keys of an event."""
    assert expected(line) == judged(line)


@pytest.mark.parametrize("line", [*BROKEN_LINES, *BLANK_LINES, *LAST_LINES])
def test_a_broken_line_has_the_outcome_of_the_oracle(line: bytes) -> None:
    """The lines have one kind of damage each."""
    assert expected(line) == judged(line)


@pytest.mark.parametrize("line", [*BROKEN_LINES, *BLANK_LINES, *LAST_LINES])
def test_a_long_line_has_the_reason_of_a_short_one(line: bytes) -> None:
    """White space makes a line long, and changes nothing else."""
    decoder = LineDecoder(KEYS, 2**20)
    short, long = judge(line, decoder), judge(line + b" " * 2**16, decoder)

    if isinstance(short, tuple):
        assert isinstance(long, tuple)
    else:
        assert short == long


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8))
@example([b'{"a":1}', b"\xff", b'{"a":2}', b"5", b'{"a":3}', b"", b'{"a":4}'])
@example([b'{"a":1}', deep_objects(600), b'{"a":2}'])
@example([b'{"b":' + deep(600) + b"}", b'{"b":"\xff"}', b'{"b":"\xc3"}', b"\xc3", b"\xa9"])
def test_a_block_has_the_outcomes_of_its_lines(lines: list[bytes]) -> None:
    """A line that is not an event does not change the other lines."""
    outcomes = DECODER.read_block(b"\n".join(lines), lines)
    expected_each = list(map(judge, lines))
    others = dict(outcomes.others)
    events = iter(outcomes.events)
    together = [others[i] if i in others else VALUES(next(events)) for i in range(len(lines))]

    assert expected_each == together
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
def test_lines_between_events_lose_no_event(bad: bytes) -> None:
    """All events before and after a rejected or blank line are decoded, in order."""
    lines = [b'{"a":1}', bad, b'{"a":2}', bad, bad, b'{"a":3}']
    outcomes = DECODER.read_block(b"\n".join(lines), lines)

    assert [VALUES(event)[0] for event in outcomes.events] == [1, 2, 3]
    assert [position for position, _ in outcomes.others] == [1, 3, 4]


@pytest.mark.parametrize("depth", [1, 511, 512])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_an_event_may_nest_512_deep(depth: int, key: str) -> None:
    """The object itself is the first level; wanted and skipped values have the same limit."""
    line = b'{"%s":%s}' % (key.encode(), deep(depth - 1, b"1" if depth == 1 else b""))

    assert isinstance(judge(line), tuple)
    assert isinstance(judge(deep_objects(depth)), tuple)
    assert judge(deep(depth)) == "not an object"


@pytest.mark.parametrize("depth", [513, 1100, 5000])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_more_than_512_levels_are_too_deep(depth: int, key: str) -> None:
    """The value may be wanted or skipped, and the line may be an object or not."""
    line = b'{"%s":%s}' % (key.encode(), deep(depth - 1))
    decoder = LineDecoder(KEYS, 10**6)

    assert decoder.read(line) == "too deep"
    assert decoder.read(deep(depth)) == "too deep"
    assert decoder.read(deep_objects(depth)) == "too deep"


@pytest.mark.parametrize(
    ("depth", "reason"), [(511, "not JSON"), (512, "too deep"), (5000, "too deep")]
)
def test_what_is_too_deep_need_not_be_json(depth: int, reason: str) -> None:
    """The reason of a line that is too deep and not JSON is its depth."""
    decoder = LineDecoder(KEYS, 10**6)

    assert reason == decoder.read(b"[" + deep(depth))
    assert reason == decoder.read(b"[" + deep(depth) + b"]]")
    assert reason == decoder.read(b'{"skipped":' + deep(depth) + b",}")
    assert reason == decoder.read(b'{"a":' + deep(depth, b"nul") + b"}")
    assert reason == decoder.read(b'{"a":' + b"[" * depth + b"}" * depth + b"}")


@pytest.mark.parametrize("length", [513, 800, 1024, 1025])
def test_a_short_line_of_opening_brackets_is_too_deep(length: int) -> None:
    """The same outcome comes from a block, where msgspec reads such a line first."""
    lines = [b'{"a":1}', b'{"a":'.ljust(length, b"["), b'{"a":' * (length // 5), b'{"a":2}']
    outcomes = DECODER.read_block(b"\n".join(lines), lines)

    assert len(outcomes.events) == 2
    assert outcomes.others == [(1, judge(lines[1])), (2, judge(lines[2]))]
    assert judge(b"[" * length) == "too deep"
    assert judge(b'{"a":[[' + b"[" * 511) == "too deep"


def test_brackets_side_by_side_or_in_strings_are_not_deep() -> None:
    """Only brackets inside of each other count, and none of those in strings."""
    assert judge(b'{"b":[' + b"[]," * 600 + b"1]}") == (None, None, None)
    assert judge(b'{"b":"' + b"[{" * 600 + b'\\""}') == (None, None, None)


def test_the_first_reason_that_holds_is_the_reason() -> None:
    """The order is: not UTF-8, too long, too deep, not JSON, not an object."""
    assert judge(b"\xff" * (RECORD_BYTES + 1)) == "not UTF-8"
    assert judge(b'{"a":' + deep(600) + b',"b":"\xff"}') == "not UTF-8"
    assert judge(b"x" * (RECORD_BYTES + 1)) == "too long"
    assert judge(deep(RECORD_BYTES)) == "too long"
    assert judge(b"[" * 600 + b"x") == "too deep"
    assert judge(deep(600)) == "too deep"
    assert judge(b"[1") == "not JSON"


def test_a_line_of_more_bytes_than_the_limit_is_too_long() -> None:
    """A line of exactly the limit is an event. A blank line is blank at any length."""
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
    """An event may have any number, and all digits are kept."""
    values = judged(f'{{"{key}":{number},"ts":1}}'.encode())
    nested = judged(f'{{"{key}":'.encode() + deep(511, number.encode()) + b',"ts":1}')

    assert values == [[number if key == "a" else None], ["1"], [None]]
    # The items of an array are not compared: no property uses them.
    assert isinstance(nested, list)
    assert nested[1:] == [["1"], [None]]


def test_fractions_are_kept_as_their_text() -> None:
    """A number with a fraction or an exponent is not rounded."""
    assert judge(b'{"a":0.1000,"ts":1766217600.123456789}') == (
        "0.1000",
        "1766217600.123456789",
        None,
    )


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\ud83d\\ud83d", "\\ude00\\ud83d"])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_half_surrogate_pairs_are_not_json(half: str, key: str) -> None:
    """Half a pair is an error in values and in keys, wanted or skipped."""
    assert judge(f'{{"{key}":"x{half}x"}}'.encode()) == "not JSON"
    assert judge(f'{{"{key}":{{"{half}":1}}}}'.encode()) == "not JSON"
    assert judge(f'{{"{key}":1,"{half}":2}}'.encode()) == "not JSON"


def test_whole_surrogate_pairs_are_json() -> None:
    """An escaped pair is one character."""
    assert judge(b'{"a":"\\ud83d\\uDE00"}') == ("\U0001f600", None, None)


def test_of_duplicate_keys_the_last_counts() -> None:
    """The last of duplicate keys counts, also if it is null or escaped."""
    assert judge(b'{"a":1,"a":2}') == (2, None, None)
    assert judge(b'{"a":1,"\\u0061":null}') == (None, None, None)
    assert judge(b'{"labels":{"x":1,"x":2}}') == (None, None, {"x": 2})


def test_the_last_duplicate_key_counts_beside_a_huge_number_too() -> None:
    """The decoder of huge numbers follows the same rule."""
    assert judge(b'{"ts":%s,"a":1,"a":2}' % (b"9" * 5000)) == ("2", "9" * 5000, None)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "nan", "True", "None"])
@pytest.mark.parametrize("key", ["a", "skipped"])
def test_literals_of_other_languages_are_not_json(literal: str, key: str) -> None:
    """RFC 8259 does not have them."""
    assert judge(f'{{"{key}":{literal}}}'.encode()) == "not JSON"
    assert judge(f'{{"{key}":[{"9" * 5000},{literal}]}}'.encode()) == "not JSON"


@pytest.mark.parametrize("value", ["1", "null", "true", '"x"', "[]", "[{}]", "-0.0e5", "9" * 5000])
@pytest.mark.parametrize("padding", ["", " " * 2**16])
def test_json_that_is_not_an_object_is_rejected(value: str, padding: str) -> None:
    """A complete JSON value that is not an object is rejected as `not an object`."""
    decoder = LineDecoder(KEYS, 2**20)

    assert judge(f"{value}{padding}".encode(), decoder) == "not an object"
    assert judge(f" {value}{padding}\r".encode(), decoder) == "not an object"
    assert judge(f"{value}{padding}x".encode(), decoder) == "not JSON"


def test_lines_of_events_are_decoded_again() -> None:
    """The lines of events are decoded again, also with huge numbers or deep values."""
    lines = [b'{"a":1}', b'{"a":2,"b":%s}' % (b"9" * 5000), b'{"a":3,"b":%s}' % deep(511)]

    assert [VALUES(event)[0] for event in DECODER.read_events(lines)] == [1, 2, 3]
    assert [VALUES(event)[0] for event in DECODER.read_events(lines[:1])] == [1]


def test_a_decoder_of_one_key_returns_one_value() -> None:
    """The key need not be an identifier."""
    decoder = LineDecoder(("@at.x y",), RECORD_BYTES)

    assert decoder.values_of(("@at.x y",))(decoder.read(b'{"@at.x y":5}')) == (5,)


def test_big_values_of_wanted_keys_take_little_memory() -> None:
    """Arrays and objects of a long line are not decoded, but stay other than empty ones."""
    line = b'{"a":[' + b"[]," * 500_000 + b'0],"ts":1766217600.5,"b":{"c":' + b"[]" + b"}}"
    decoder = LineDecoder(("ts", "a", "b"), 2**26)

    with traced_memory() as peak:
        event = decoder.read(line)

    assert decoder.values_of(("ts", "a", "b"))(event) == ("1766217600.5", [None], {"": None})
    assert peak.size < 8 * len(line)


@pytest.mark.parametrize("padding", [0, 2**16])
def test_long_lines_are_read_like_short_ones(padding: int) -> None:
    """Both decoders return the same values."""
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


@pytest.mark.parametrize("padding", ["", "x" * 2**17])
def test_empty_and_other_containers_are_told_apart_at_any_length(padding: str) -> None:
    """An empty severity is absent, and any other array or object is not."""
    decoder = LineDecoder(("a", "b", "c", "d"), 2**26)
    line = f'{{"p":"{padding}","a":[ ],"b":{{ }},"c":["x"],"d":{{"x":1}}}}'.encode()

    a, b, c, d = decoder.values_of(("a", "b", "c", "d"))(decoder.read(line))

    assert (a, b) == ([], {})
    assert c != []
    assert d != {}


def test_a_key_has_the_value_of_the_first_layer_that_has_it() -> None:
    """Null and an absent key fall through to the next object."""
    decoder = LineDecoder(("a", "b", "c"), RECORD_BYTES)
    record = b'{"a":1,"b":2,"c":3}'

    events = decoder.read_layers([(b'{"a":7}', record), (b'{"b":null,"c":9}', b'{"b":8}', record)])

    assert [decoder.values_of(("a", "b", "c"))(event) for event in events] == [(7, 2, 3), (1, 8, 9)]


def test_what_is_empty_false_or_zero_is_the_value_of_its_layer() -> None:
    """Only null is no value."""
    decoder = LineDecoder(("a", "b", "c", "d"), RECORD_BYTES)
    [event] = decoder.read_layers([(b'{"a":"","b":[],"c":false,"d":0}', b'{"a":1,"b":1,"c":1}')])

    assert decoder.values_of(("a", "b", "c", "d"))(event) == ("", [], False, 0)


def test_events_of_one_line_do_not_change_each_other() -> None:
    """They share the object of their line."""
    decoder = LineDecoder(("a", "b", "c"), RECORD_BYTES)
    line = b'{"c":9}'
    events = decoder.read_layers([(b'{"a":1}', line), (b'{"b":2,"c":3}', line), (line,)])

    assert list(map(decoder.values_of(("a", "b", "c")), events)) == [
        (1, None, 9),
        (None, 2, 3),
        (None, None, 9),
    ]


@pytest.mark.parametrize("padding", [0, 2**16])
def test_the_text_of_a_number_is_not_the_same_text_in_a_string(padding: int) -> None:
    """A cache that compares values keeps 1.5 and "1.5" apart, of short and of long lines."""
    keys = ("a", "b", "c")
    decoder = LineDecoder(keys, 2**26, NumberText)
    line = f'{{"a":1.5,"b":"1.5","c":1.5,"pad":"{"x" * padding}"}}'.encode()
    number, text, again = decoder.values_of(keys)(decoder.read(line))

    assert (str(number), text) == ("1.5", "1.5")
    assert number != text
    assert text != number
    assert number == again == NumberText("1.5")
    assert len({number, text, again}) == 2


def test_equal_bad_lines_of_a_block_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile lines are short and many, and each refusal takes as long as several good lines."""
    judged: list[bytes] = []
    read = LineDecoder.read

    def counting(self: LineDecoder, line: bytes) -> object:
        judged.append(line)
        return read(self, line)

    monkeypatch.setattr(LineDecoder, "read", counting)
    lines = [b"x", b"", b"x", b"{}", b"\xff", b"[]", b"x", b"\xff", b"{}", b"", b"[]"] * 100
    outcomes = DECODER.read_block(b"\n".join(lines), lines)

    assert sorted(judged) == sorted({b"x", b"", b"\xff", b"[]"})
    assert len(outcomes.events) == 200
    assert outcomes.others == [
        (place, read(DECODER, line)) for place, line in enumerate(lines) if line != b"{}"
    ]


def test_lines_of_a_block_after_a_bad_one_are_judged_as_each_alone() -> None:
    """By their first byte most bad lines are no objects; a line with space before it may be one."""
    deep = b'{"a":' + b"[" * 600
    good = [b"{}", b' {"a":1}', b'\t{"b":"\xc3\xa9"}', b'{"a":1e999}', b'{"a":%s}' % (b"9" * 5000)]
    bad = [
        b"x",
        b"{x",
        b" x",
        b"",
        b" ",
        b"\r",
        b"[]",
        b"1 ",
        deep,
        b"\xff",
        b"{\xff}",
        b'{"a":"\xff"}',
    ]
    lines = [*bad, *good, *reversed(bad), *reversed(good), *bad]
    outcomes = DECODER.read_block(b"\n".join(lines), lines)
    alone = [DECODER.read(line) for line in lines]

    assert outcomes.others == [
        (place, each) for place, each in enumerate(alone) if each is None or isinstance(each, str)
    ]
    assert {reason for _, reason in outcomes.others} == {
        None,
        "not JSON",
        "not an object",
        "not UTF-8",
        "too deep",
    }
    assert outcomes.events == [
        each for each in alone if each is not None and not isinstance(each, str)
    ]


def test_the_values_of_an_object_stay_json_until_they_are_asked_for() -> None:
    """A null that is there is not the one that stands for a value that is not."""
    names, decode = raw_decoder(["a b", "c", "d", "null"])
    members = decode(b'{"x": [1], "a b": [ 1, {}], "c": "\\u00e9", "null": null}')
    found = {key: getattr(members, name) for key, name in names.items()}

    assert {key: bytes(value) for key, value in found.items()} == {
        "a b": b"[ 1, {}]",
        "c": rb'"\u00e9"',
        "d": b"null",
        "null": b"null",
    }
    assert [key for key, value in found.items() if value is NULL] == ["d"]
