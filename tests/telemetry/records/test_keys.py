"""Tests of `peaktrade_ops.telemetry.records.keys`."""

from __future__ import annotations

from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys


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
