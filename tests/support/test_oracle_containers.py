"""Tests of `tests.support.oracle.containers`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.asking import reading_with
from tests.support.oracle import Number
from tests.support.oracle.containers import records_in

pytestmark = pytest.mark.one_python


def unpacked(
    record: dict[str, Any], *, unpack: tuple[str, ...] = (), embedded: tuple[str, ...] = ()
) -> tuple[list[dict[str, object]], bool]:
    """Return the records in a record, and whether it was unpacked."""
    return records_in(record, reading_with(unpack=unpack, embedded=embedded))


def test_each_object_of_a_list_has_the_keys_of_the_record() -> None:
    """The keys of the object come first; null and absent ones fall through to the record."""
    items = [{"a": 1}, {"a": None, "b": 2}, {}]
    record = {"a": 0, "Records": items}

    assert unpacked(record, unpack=("Records",)) == (
        [
            {"a": 1, "Records": items},
            {"a": 0, "b": 2, "Records": items},
            {"a": 0, "Records": items},
        ],
        True,
    )


def test_a_path_goes_through_objects_and_lists() -> None:
    """Every list on the way is entered, and only the record itself gives its keys."""
    record = {"r": [{"x": 9, "s": [{"logs": [{"n": 1}, {"n": 2}]}, {"logs": [{"n": 3}]}]}, {}, 5]}
    records, was_unpacked = unpacked(record, unpack=("r.s.logs",))

    assert was_unpacked
    assert [each["n"] for each in records] == [1, 2, 3]
    assert all("x" not in each for each in records)
    assert [each["n"] for each in unpacked({"a": {"b": [{"n": 1}]}}, unpack=("a.b",))[0]] == [1]


def test_other_elements_are_ignored() -> None:
    """Only objects are events."""
    records, _ = unpacked({"list": [1, None, "x", [{"n": 0}], {"n": 1}]}, unpack=("list",))

    assert [each["n"] for each in records] == [1]


@pytest.mark.parametrize(
    "record",
    [{}, {"list": None}, {"list": {}}, {"list": []}, {"list": [1, [{}]]}, {"list": "[{}]"}],
)
def test_a_record_that_holds_nothing_is_read_as_it_stands(record: dict[str, object]) -> None:
    """Without an object in a list, the record is the event."""
    assert unpacked(record, unpack=("list",)) == ([record], False)


def test_several_paths_give_all_their_objects() -> None:
    """The lists are taken in the order of the paths."""
    record = {"b": [{"n": 1}], "a": [{"n": 2}]}
    records, _ = unpacked(record, unpack=("a", "none", "b"))

    assert [each["n"] for each in records] == [2, 1]


def test_an_embedded_object_comes_before_the_record() -> None:
    """Its keys are taken first, its null falls through."""
    text = '{"level":"critical","time":null,"x":{"y":1}}\n'
    record = {"log": text, "level": "info", "time": 1}

    assert unpacked(record, embedded=("log",)) == (
        [{"log": text, "level": "critical", "time": 1, "x": {"y": Number("1")}}],
        False,
    )
    assert unpacked({"a": {"log": text}}, embedded=("a.log",))[0][0]["level"] == "critical"


@pytest.mark.parametrize(
    "text", ["", "x", "[{}]", "5", "{", "{}x", '{"a":NaN}', "[" * 513, None, {"level": "x"}]
)
def test_what_is_no_object_as_text_is_left_alone(text: object) -> None:
    """Other strings, and objects that are no strings, change nothing."""
    record = {"log": text}

    assert unpacked(record, embedded=("log",)) == ([record], False)


def test_embedded_goes_before_unpack() -> None:
    """A list inside of a string is unpacked."""
    record = {"log": json.dumps({"items": [{"n": "1"}, {"n": "2"}]}), "host": "h"}
    records, was_unpacked = unpacked(record, unpack=("items",), embedded=("log",))

    assert was_unpacked
    assert [(each["n"], each["host"]) for each in records] == [("1", "h"), ("2", "h")]
