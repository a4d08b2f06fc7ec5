"""Tests of `peaktrade_ops.telemetry.records.containers`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records import containers
from peaktrade_ops.telemetry.records.containers import Containers, Held
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.text import NumberText
from tests.support.asking import reading_with
from tests.support.examples import examples
from tests.support.oracle.containers import records_in
from tests.support.oracle.json_text import parse_json

RECORD = b'{"a":{"items":[{"x":1}, 2, {"x":3}]},"list":[{"in":[{"y":1},{"y":2}]},{"in":[{"y":3}]}]}'


def opened(line: bytes, *, unpack: tuple[str, ...] = (), embedded: tuple[str, ...] = ()) -> Held:
    """Return the events of a record."""
    return Containers(unpack, embedded).open(line)


def test_a_record_that_holds_nothing_is_read_as_it_stands() -> None:
    """Without a format, and where the format finds nothing, the line is the event."""
    assert not Containers((), ())
    assert Containers(("a",), ())
    assert Containers((), ("a",))
    for path in ("none", "a", "a.items.x", "list.none"):
        assert opened(RECORD, unpack=(path,)) == Held([(RECORD,)], 0)
    assert opened(b'{"a":[]}', unpack=("a",)) == Held([(b'{"a":[]}',)], 0)
    assert opened(b'{"a":[1,"x",null,[{}]]}', unpack=("a",)).unpacked == 0


def test_each_object_of_a_list_is_an_event_above_its_record() -> None:
    """Other values in the list are passed over."""
    held = opened(RECORD, unpack=("a.items",))

    assert held == Held([(b'{"x":1}', RECORD), (b'{"x":3}', RECORD)], 2)


def test_a_path_leads_through_lists() -> None:
    """The objects of all lists below other lists are events, in order."""
    held = opened(RECORD, unpack=("list.in",))

    assert [layers[0] for layers in held.events] == [b'{"y":1}', b'{"y":2}', b'{"y":3}']


def test_a_dot_is_a_step_of_the_path_of_a_list() -> None:
    """A list at a key with a dot is not at the path."""
    line = b'{"a.b":[{"x":1}],"a":{"b":[{"x":2}]}}'

    assert [layers[0] for layers in opened(line, unpack=("a.b",)).events] == [b'{"x":2}']


def test_an_object_in_a_string_goes_before_its_record() -> None:
    """It is no event of its own in the books, so nothing is unpacked."""
    line = json.dumps({"log": '  {"level":"critical"}\n', "time": "t"}).encode()

    assert opened(line, embedded=("log",)) == Held([(b'{"level":"critical"}', line)], 0)


def test_a_string_is_opened_before_the_lists_in_it() -> None:
    """Lists may be in the object that a string holds."""
    line = json.dumps({"log": {"text": '{"r":[{"x":1},{"x":2}]}'}}).encode()
    held = opened(line, embedded=("log.text",), unpack=("r",))

    assert held.unpacked == 2
    assert [layers[0] for layers in held.events] == [b'{"x":1}', b'{"x":2}']
    assert held.events[0][1:] == (b'{"r":[{"x":1},{"x":2}]}', line)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "{", "[1]", '"{}"', '{"a":1} x', "{'a':1}", '{"a":1', '{"a":NaN}', '{"a":1,}'),
        *('[{"a":1}]', "\u00a0{}", '{"a":' * 600 + "1" + "}" * 600, '{"a":' + "[" * 100_000),
    ],
)
def test_a_string_that_holds_no_object_is_left_alone(text: str) -> None:
    """Text, other JSON, and JSON that nests too deep are not opened."""
    line = json.dumps({"log": text}).encode()

    assert opened(line, embedded=("log", "none")) == Held([(line,)], 0)


@pytest.mark.parametrize("value", ["1", "null", "true", "[1]", "{}"])
def test_a_value_that_is_no_string_is_left_alone(value: str) -> None:
    """Only strings hold JSON."""
    line = f'{{"log":{value}}}'.encode()

    assert opened(line, embedded=("log",)) == Held([(line,)], 0)


def test_the_record_of_many_events_is_not_copied_for_each() -> None:
    """A long list takes memory that follows its length."""
    line = b'{"r":[' + b",".join([b'{"x":1}'] * 20_000) + b"]}"
    held = opened(line, unpack=("r",))

    assert held.unpacked == 20_000
    assert all(layers[1] is line for layers in held.events)


PLAIN = st.sampled_from(
    ("1", "null", '"a"', '",{["', r'"\\\""', "{}", "[]", '{"a":"]"}', "[1,2]", ' { "a" : [ ] } ')
)
NESTED = st.sampled_from(("[[]]", '{"a":{"b":["]"]}}', '[{"a":"\\""},{}]', "[[[1]],2] "))


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.one_of(PLAIN, NESTED, st.tuples(PLAIN, st.sampled_from((255, 256, 257, 600)))),
        max_size=8,
    ),
    st.sampled_from(("", " ", "\t\r")),
    st.sampled_from((0, 20, 2000)),
)
def test_a_long_list_is_cut_between_its_values(
    values: list[str | tuple[str, int]], space: str, size: int
) -> None:
    """The values of all pieces are those of the list, and a piece is little longer than wanted."""
    texts: list[str] = []
    for value in values:
        texts += [value] if isinstance(value, str) else [value[0]] * value[1]
    text = f"[{space}{f'{space},{space}'.join(texts)}{space}]"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containers, "_SLICE_BYTES", size)
        pieces = [list(map(bytes, piece)) for piece in containers._elements(text.encode())]  # noqa: SLF001 (the pieces show only there)

    assert [each for piece in pieces for each in piece] == [each.strip().encode() for each in texts]
    assert max(map(len, pieces)) <= size + 257


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\ude00\\ud83d"])
def test_a_string_with_half_a_surrogate_pair_holds_no_object(half: str) -> None:
    """What is not JSON as a line is not JSON in a string, in a key or a value."""
    for inner in (f'{{"a":"{half}"}}', f'{{"{half}":1}}'):
        line = json.dumps({"log": inner}).encode()
        assert opened(line, embedded=("log",)) == Held([(line,)], 0)


def test_other_characters_and_huge_numbers_of_a_string_are_read() -> None:
    """Escaped pairs, other scripts and numbers of any size are JSON in a string too."""
    inner = '{"a":"\\ud83d\\ude00","\u91cd":"\U0001f600","n":' + "9" * 400 + "}"
    line = json.dumps({"log": inner}).encode()

    assert opened(line, embedded=("log",)).events == [(inner.encode(), line)]


@pytest.mark.parametrize(("depth", "is_opened"), [(511, True), (512, True), (513, False)])
def test_a_string_may_be_as_deep_as_a_line(depth: int, *, is_opened: bool) -> None:
    """The depth of the line itself does not count for what its strings hold."""
    inner = '{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"
    line = json.dumps({"log": inner, "b": json.loads("[" * 500 + "]" * 500)}).encode()

    assert (opened(line, embedded=("log",)).events != [(line,)]) is is_opened


def test_several_strings_are_opened_from_the_outside_to_the_inside() -> None:
    """A later key may be in the object of an earlier one, whose keys go first."""
    deep = {"x": 1}
    inner = {"two": json.dumps(deep), "y": 2}
    line = json.dumps({"one": json.dumps(inner), "two": "no"}).encode()
    held = opened(line, embedded=("one", "two"))

    assert held.events == [(json.dumps(deep).encode(), json.dumps(inner).encode(), line)]
    assert opened(line, embedded=("two",)).events == [(line,)]


def test_the_events_of_several_paths_are_those_of_all() -> None:
    """Each path adds its objects, in the order of the paths."""
    line = b'{"a":[{"x":1}],"b":{"c":[{"x":2},{"x":3}]}}'
    held = opened(line, unpack=("b.c", "none", "a"))

    assert held.unpacked == 3
    assert [layers[0] for layers in held.events] == [b'{"x":2}', b'{"x":3}', b'{"x":1}']


@pytest.mark.parametrize("path", ["a", "a.a", "a.a.a", "a..a", ".", ""])
def test_a_path_ends_where_the_lists_end(path: str) -> None:
    """Deep lists, and paths of any form, neither fail nor find what is not there."""
    line = b'{"a":' * 300 + b"[[[]]]" + b"}" * 300

    assert opened(line, unpack=(path,)) == Held([(line,)], 0)


@pytest.mark.parametrize(
    ("inner", "unpacked"),
    [
        ({"a": "x"}, 0),
        ({"a": {"c": 1}}, 0),
        ({"a": {"b": []}}, 0),
        ({"a": {"b": [{"n": 7}]}}, 1),
        ({"a": None}, 2),
        ({"c": "x"}, 2),
    ],
)
def test_a_key_of_an_object_in_a_string_hides_the_list_below_the_same_key(
    inner: dict[str, object], unpacked: int
) -> None:
    """The keys of the object come first, also on the way to a list; null is no value."""
    line = json.dumps({"log": json.dumps(inner), "a": {"b": [{"n": 1}, {"n": 2}]}}).encode()

    assert opened(line, unpack=("a.b",), embedded=("log",)).unpacked == unpacked


@pytest.mark.parametrize(
    ("message", "is_opened"), [("hello", False), ({"x": 1}, False), (None, True), ('{"n":1}', True)]
)
def test_a_key_of_an_object_in_a_string_hides_the_string_at_the_same_key(
    message: object,
    *,
    is_opened: bool,
) -> None:
    """What is milder in the record does not go before what the object says."""
    inner = {"message": message, "level": "critical"}
    line = json.dumps({"log": json.dumps(inner), "message": '{"level":"info"}'}).encode()
    [layers] = opened(line, embedded=("log", "message")).events

    assert (len(layers) == 3) is is_opened
    assert (b'{"level":"info"}' in layers) is (message is None)


def test_a_key_with_a_dot_is_looked_up_as_it_stands_and_then_as_a_path() -> None:
    """A string that holds nothing does not hide the one below the path."""
    for plain, expected in ((None, b'{"n":1}'), ('{"n":2}', b'{"n":2}'), ("x", b'{"n":1}')):
        record = {"a": {"b": '{"n":1}'}} | ({} if plain is None else {"a.b": plain})
        line = json.dumps(record).encode()
        assert opened(line, embedded=("a.b",)).events == [(expected, line)]
    line = b'{"a":{"b.c":"{}"}}'
    assert opened(line, embedded=("a.b.c",)).events == [(line,)]


def test_keys_of_strings_are_tried_in_their_order() -> None:
    """A key that was tried before an object with it was found is not tried again."""
    line = json.dumps({"log": json.dumps({"message": '{"n":2}', "n": 1}), "n": 0}).encode()

    assert len(opened(line, embedded=("log", "message")).events[0]) == 3
    assert len(opened(line, embedded=("message", "log")).events[0]) == 2


SCALARS: st.SearchStrategy[object] = st.sampled_from([None, 1, "x", "", [], {}])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    ),
    max_leaves=8,
)
INNER = st.dictionaries(st.sampled_from(["a", "b", "c", "e"]), VALUES, max_size=2)
RECORDS = st.builds(
    lambda record, strings: record | strings,
    st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["d", "log"]), INNER.map(json.dumps), max_size=2),
)
KEYS = ("a", "b", "c", "d", "e", "log")
DECODER = LineDecoder(KEYS, 10**6, NumberText)


@settings(max_examples=examples(100), deadline=None)
@given(
    RECORDS,
    st.lists(st.sampled_from(["a", "b", "a.b", "b.a.c", "a.a"]), max_size=2),
    st.lists(st.sampled_from(["log", "d", "a.c"]), max_size=2, unique=True),
)
def test_the_events_of_a_record_are_those_of_the_oracle(
    record: dict[str, object], unpack: list[str], embedded: list[str]
) -> None:
    """The values of the keys of each event, and the number that is unpacked, are the same."""
    line = json.dumps(record)
    value = parse_json(line)
    assert isinstance(value, dict)
    reading = reading_with(unpack=tuple(unpack), embedded=tuple(embedded))
    expected, was_unpacked = records_in(value, reading)

    held = opened(line.encode(), unpack=tuple(unpack), embedded=tuple(embedded))
    rows = map(DECODER.values_of(KEYS), DECODER.read_layers(held.events))

    assert held.unpacked == (len(expected) if was_unpacked else 0)
    assert [repr(row) for row in rows] == [
        repr(tuple(map(each.get, KEYS))).replace("Number(text='1')", "1") for each in expected
    ]
