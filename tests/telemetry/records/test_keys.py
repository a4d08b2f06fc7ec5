"""Tests of `peaktrade_ops.telemetry.records.keys`."""

from __future__ import annotations

from peaktrade_ops.telemetry.records.keys import (
    Column,
    column_at,
    distinguished,
    look_up,
    lookups,
    row_at,
    rows_at,
    wanted_keys,
)
from peaktrade_ops.text import NumberText


def test_wanted_keys_are_the_keys_and_the_tops_of_paths() -> None:
    """The wanted keys are unique, and lookups refer to their positions."""
    wanted = wanted_keys(["a.b", "a", "a.c.d", "x"])

    assert wanted == ("a.b", "a", "a.c.d", "x")
    assert [(place.position, place.path) for place in lookups(["a.c.d", "x"], wanted)] == [
        (2, ()),
        (1, ("c", "d")),
        (3, ()),
    ]
    assert look_up([None, {"c": {"d": 5}}, None, None], lookups(["a.c.d"], wanted)[1]) == 5


def test_a_column_holds_the_values_at_a_place() -> None:
    """A path leads through objects only; a key that no event has, has no column."""
    wanted = wanted_keys(["a.b.c", "x"])
    flat, path, absent = lookups(["a.b.c", "x"], wanted)
    columns: list[Column] = [None, [{"b": {"c": 1}}, {"b": 2}, {"d": {}}, [], None, "text"], None]

    assert column_at(columns, flat) is None
    assert column_at(columns, path) == [1, None, None, None, None, None]
    assert column_at(columns, absent) is None
    assert row_at(columns, 1) == (None, {"b": 2}, None)
    assert rows_at(columns, 6) == [row_at(columns, place) for place in range(6)]
    assert rows_at((), 2) == [(), ()]


def test_values_are_told_apart_like_json() -> None:
    """Arrays and objects are told apart only by whether they are empty."""
    values = [
        True,
        1,
        NumberText("1"),
        "1",
        False,
        0,
        None,
        "",
        [],
        {},
        [1],
        [2],
        {"a": 1},
        {"b": {}},
    ]
    known = distinguished(values)

    assert len(set(known)) == len(values) - 2
    assert known[10] == known[11]
    assert known[12] == known[13]
    assert distinguished(values[:0]) == []
