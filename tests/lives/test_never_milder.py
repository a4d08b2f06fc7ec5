"""Test that no change of telemetry or reports makes the verdict milder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from peaktrade_ops.window import window_of
from tests.support.examples import examples
from tests.support.happenings import MENDABLE, OPERATIONS, Operation
from tests.support.lives import Life
from tests.support.world import DAYS, KINDS, TIMED, Flaw, begun

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.one_python

Happenings = list[tuple[Operation, int]]


def flaws_of(*kinds: str) -> st.SearchStrategy[list[Flaw]]:
    """Draw the flaws of the two weeks: kind, day and file."""
    flaw = st.tuples(st.sampled_from(kinds), st.sampled_from(DAYS), st.integers(0, 3))
    return st.lists(flaw, max_size=3)


def happenings(operations: Sequence[Operation]) -> st.SearchStrategy[Happenings]:
    """Draw some operations, each with the number that it chooses by."""
    return st.lists(st.tuples(st.sampled_from(operations), st.integers(0, 5000)), max_size=9)


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flaws=flaws_of("critical", *KINDS),
    happened=happenings(OPERATIONS),
    is_seen=st.booleans(),
)
def test_no_verdict_is_milder_than_what_was_seen(
    flaws: list[Flaw],
    happened: Happenings,
    *,
    is_seen: bool,
) -> None:
    """No command returns or shows GO if an objection was seen once.

    Where a critical event was seen, a HOLD names its day.
    """
    with tempfile.TemporaryDirectory() as folder:
        world = begun(Life(Path(folder)), flaws)
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
@given(flaws=flaws_of(*TIMED), happened=happenings(MENDABLE))
def test_whole_telemetry_heals_what_was_said_of_less(
    flaws: list[Flaw], happened: Happenings
) -> None:
    """A run over the repaired telemetry has exactly the objections of the whole telemetry."""
    with tempfile.TemporaryDirectory() as folder:
        world = begun(Life(Path(folder)), flaws)
        for operation, choice in happened:
            note(f"{operation.__name__}({choice})")
            operation(world, choice)
        world.repair()

        judged = world.life.run(world.today)

        assert world.healed(judged) == world.truth(window_of(world.today), 14)
