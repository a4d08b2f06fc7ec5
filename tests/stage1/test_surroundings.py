"""Tests of `peaktrade_ops.stage1.surroundings`: what is kept of the keys of events."""

from __future__ import annotations

import pytest

from peaktrade_ops.stage1.severity import SeverityReader
from peaktrade_ops.stage1.surroundings import (
    MOST_DISTINCT,
    Surroundings,
    holds_object,
    scales_of,
    scales_that_tell,
)
from peaktrade_ops.stage1.time_signs import Frame

NOON = "2025-12-20T12:00:00Z"


def surroundings() -> Surroundings:
    """Return surroundings of events that are read by two keys."""
    return Surroundings(
        ["ts", "level", "msg"],
        times=["ts"],
        severities=["level"],
        embedded=[],
        reader=SeverityReader({}, None),
    )


def test_a_key_is_found_behind_any_number_of_other_events() -> None:
    """Only the events without a time count, however many events have one."""
    around = surroundings()
    for _ in range(3000):
        around.add({"ts": NOON, "level": "info"}, is_timed=True)
    around.add({"when": NOON}, is_timed=False)
    around.add({"n": 1}, is_timed=False)

    assert around.time_keys(Frame()) == (("when",), 1)


def test_events_with_ever_new_keys_do_not_fill_the_memory() -> None:
    """Keys beyond a limit are passed over."""
    around = surroundings()
    for k in range(8000):
        around.add({"ts": NOON, f"key{k}": {f"level{k}": "info"}}, is_timed=True)

    assert len(around.severity_like([], is_any_read=True)) <= 2500


def test_a_key_with_too_many_values_is_not_understood() -> None:
    """Of such a key only some values are known."""
    around = surroundings()
    for k in range(2 * MOST_DISTINCT):
        marks = f"{k:b}".replace("0", "?").replace("1", "!")
        around.add({"ts": NOON, "my_level": f"info{marks}"}, is_timed=True)

    assert around.severity_like([], is_any_read=True) == []
    [candidate] = around.severity_like(["my_level"], is_any_read=True)
    assert not candidate.is_understood


@pytest.mark.parametrize(
    ("texts", "scales"),
    [
        (["30", "60"], ("python", "pino")),
        (["0", "7"], ("syslog",)),
        (["1", "2", "3"], ("syslog", "otel", "windows")),
        (["100", "550"], ("python", "pino", "monolog")),
        (["30", "info"], ()),
        (["-1"], ()),
        ([], ()),
    ],
)
def test_scales_that_hold_all_numbers(texts: list[str], scales: tuple[str, ...]) -> None:
    """A scale is one only if each number has a class on it."""
    assert scales_of(texts) == scales


@pytest.mark.parametrize(
    ("texts", "scales"),
    [
        (["30", "60"], ("python", "pino")),
        (["100", "550"], ("monolog",)),
        (["20000", "50000"], ()),
        (["1", "2"], ("windows",)),
        (["60"], ("python", "pino")),
        (["20000"], ()),
        (["30", "info"], ()),
        ([], ()),
    ],
)
def test_scales_that_tell_numbers_apart(texts: list[str], scales: tuple[str, ...]) -> None:
    """Numbers of one class, or all far above a scale, do not say that it is theirs."""
    assert scales_that_tell(texts) == scales


def test_events_of_too_many_shapes_may_lack_a_key() -> None:
    """Behind the first events one of each shape is looked at, as far as memory goes."""
    around = surroundings()
    for _ in range(3000):
        around.add({"ts": NOON, "level": "info"}, is_timed=True)
    assert around.all_have(["ts", "level"])

    for k in range(MOST_DISTINCT):
        around.add({"ts": NOON, "level": "info", f"key{k}": 1}, is_timed=True)
    assert not around.all_have(["ts", "level"])


@pytest.mark.parametrize(
    ("text", "holds"),
    [('{"a": 1}', True), (' \n{"a": 1}', True), ("{", False), ("[{}]", False), ("", False)],
)
def test_a_string_that_holds_an_object(text: str, *, holds: bool) -> None:
    """Only a whole JSON object is one."""
    assert holds_object(text) is holds
