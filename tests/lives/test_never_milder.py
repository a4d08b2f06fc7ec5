"""Test that no change of telemetry or reports makes the verdict milder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from peaktrade_ops.window import window_of
from tests.lives.world import FILES, FIRST, LAST, MENDABLE, OPERATIONS, Fact, World
from tests.support.examples import examples
from tests.support.lives import Life, at, days_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

pytestmark = pytest.mark.one_python

DAYS: Final = days_from(FIRST, 14)
Happenings = list[tuple["Callable[[World, int], None]", int]]


def flaws_of(*kinds: str) -> st.SearchStrategy[list[tuple[str, date, int]]]:
    """Draw the flaws of the two weeks: kind, day and file."""
    flaw = st.tuples(st.sampled_from(kinds), st.sampled_from(DAYS), st.integers(0, 3))
    return st.lists(flaw, max_size=3)


def happenings(operations: Sequence[Callable[[World, int], None]]) -> st.SearchStrategy[Happenings]:
    """Draw some operations, each with the number that it chooses by."""
    return st.lists(st.tuples(st.sampled_from(operations), st.integers(0, 5000)), max_size=9)


def begun(folder: Path, flaws: list[tuple[str, date, int]]) -> World:
    """Return a world with two weeks of telemetry and the flaws."""
    world = World(Life(folder))
    for number, name in enumerate(FILES):
        quiet = DAYS if number != 2 else DAYS[::3]
        clock = f"0{9 + number}:00:00"[-8:]
        world.whole[name] = [world.event(day, clock, "info", "fill") for day in quiet]
    for kind, day, number in flaws:
        _state(world, kind, day, FILES[number])
    for name in FILES:
        world.flush(name, at(LAST, "23:00"))
    return world


def _state(world: World, kind: str, day: date, name: str) -> None:
    if kind == "alerts":
        for minute in range(6):
            clock = f"13:0{minute}:00"
            text = world.event(day, clock, "warn", "risk_alert")
            world.state(Fact("alert", at(day, clock[:5]), text), day, clock, name)
        return
    if kind == "critical":
        text = world.event(day, "12:00:00", "critical", "breach")
    else:
        # Between two events of its day, so that it counts in that day only.
        for clock in ("11:59:00", "12:01:00"):
            world.insert(world.event(day, clock, "info", "fill"), day, clock, name)
        world.serial += 1
        text = f"no event {world.serial}"
    world.state(Fact(kind, at(day, "12:00"), text), day, "12:00:00", name)


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flaws=flaws_of("critical", "critical", "bad", "alerts"),
    happened=happenings(OPERATIONS),
    is_seen=st.booleans(),
)
def test_no_verdict_is_milder_than_what_was_seen(
    flaws: list[tuple[str, date, int]],
    happened: Happenings,
    is_seen: bool,  # noqa: FBT001
) -> None:
    """No command returns or shows GO if an objection was seen once.

    Where a critical event was seen, a HOLD names its day.
    """
    with tempfile.TemporaryDirectory() as folder:
        world = begun(Path(folder), flaws)
        if is_seen:
            world.run()
        for operation, choice in happened:
            note(f"{operation.__name__}({choice})")
            operation(world, choice)
            world.check_shown()
        for last in (world.trends, world.run, world.run, world.trends):
            last()
            world.check_shown()


@settings(max_examples=examples(10))
@given(flaws=flaws_of("critical", "alerts"), happened=happenings(MENDABLE))
def test_whole_telemetry_heals_what_was_said_of_less(
    flaws: list[tuple[str, date, int]], happened: Happenings
) -> None:
    """A run over the repaired telemetry has exactly the objections of the whole telemetry."""
    with tempfile.TemporaryDirectory() as folder:
        world = begun(Path(folder), flaws)
        for operation, choice in happened:
            note(f"{operation.__name__}({choice})")
            operation(world, choice)
        world.repair()

        judged = world.life.run(world.today)

        assert {*judged.why} == world.truth(window_of(world.today), 14)
