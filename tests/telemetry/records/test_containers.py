"""Tests of `peaktrade_ops.telemetry.records.containers`."""

from __future__ import annotations

import json

import pytest

from peaktrade_ops.telemetry.records.containers import Containers, Held

RECORD = b'{"a":{"items":[{"x":1}, 2, {"x":3}]},"list":[{"in":[{"y":1},{"y":2}]},{"in":[{"y":3}]}]}'


def opened(line: bytes, *, unpack: tuple[str, ...] = (), embedded: tuple[str, ...] = ()) -> Held:
    """Return the events of a record."""
    return Containers(unpack, embedded).open(line)


def test_a_record_that_holds_nothing_is_read_as_it_stands() -> None:
    """Without a format, and where the format finds nothing, the line is the event."""
    assert not Containers((), ())
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
    ["", "x", "{", "[1]", '"{}"', '{"a":1} x', "{'a':1}", '{"a":' * 600 + "1" + "}" * 600],
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
