"""Tests of `peaktrade_ops.telemetry.counting.cells`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.records.times import MOMENTS, read_times
from peaktrade_ops.window import HOUR, epoch_ns
from tests.support.examples import examples
from tests.support.scanning import END, WINDOW

TICK = timedelta(microseconds=1)


def test_without_a_clock_no_cell_is_ahead() -> None:
    """Only events of windows are read then."""
    cells = Cells([WINDOW])

    assert cells.first_ahead == len(cells.read)
    assert cells.read == cells.counted
    assert sum(cells.counted) == 24


@pytest.mark.parametrize("shift", [-30 * HOUR, -HOUR / 2, 0 * HOUR, TICK, 3 * HOUR])
def test_events_ahead_are_read_and_not_counted(shift: timedelta) -> None:
    """The border may lie before, in, at the end of, or after the window."""
    ahead = END + shift
    cells = Cells([WINDOW], ahead)

    assert cells.of(ahead) == cells.first_ahead == cells.of(ahead - TICK) + 1
    assert all(cells.read[cells.first_ahead :])
    assert cells.read[: cells.first_ahead] == cells.counted[: cells.first_ahead]
    assert not cells.counted[cells.of(END)]
    inside = cells.of_window(WINDOW)
    assert [cell for cell, counted in enumerate(cells.counted) if counted] == list(inside)


def test_the_border_ahead_belongs_to_no_hour_or_span() -> None:
    """A border inside an hour cuts it into two cells, which both are in the hour."""
    cells = Cells([WINDOW], END - HOUR / 2)
    hours = cells.of_hours(WINDOW)

    assert [len(hour) for hour in hours] == [1] * 23 + [2]
    assert {cells.spans[cell] for cell in cells.of_window(WINDOW)} == {*cells.spans_of(WINDOW)}


@pytest.mark.parametrize(
    ("moment", "place"),
    [
        (datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), 25),
        (datetime(2000, 1, 1, tzinfo=UTC), 0),
        (WINDOW.start - TICK, 0),
        (WINDOW.start, 1),
        (END - TICK, 24),
        (END, 25),
    ],
)
def test_a_file_that_was_written_before_2000_may_be_of_any_day(
    moment: datetime, place: int
) -> None:
    """Such a time is that of a file system that keeps none; all others are in their cell."""
    assert Cells([WINDOW]).of_write(epoch_ns(moment)) == place


def test_a_file_can_be_dated_after_the_last_moment() -> None:
    """A file system has more years than Python."""
    assert Cells([WINDOW]).of_write(10**21) == 25


@settings(max_examples=examples(200), deadline=None)
@given(
    milliseconds=st.lists(st.integers(-2 * 86_400_000, 86_400_000), min_size=1),
    in_order=st.booleans(),
)
@example(milliseconds=[-86_400_000, -86_400_001, -1, 0], in_order=True)
@example(milliseconds=[0, -1], in_order=False)
def test_each_time_of_a_column_is_in_its_cell(*, milliseconds: list[int], in_order: bool) -> None:
    """Whether they are in order or not, and whatever their values are."""
    last = round(END.timestamp() * 1000)
    numbers = [last + each for each in (sorted(milliseconds) if in_order else milliseconds)]
    column = read_times(numbers)

    assert column is not None
    cells = Cells([WINDOW], END - HOUR / 2)
    placed = cells.of_all(column.values, column.scale, column.first, column.last)
    assert placed.cells == list(map(cells.of, column.moments))
    assert placed.counts == Counter(placed.cells)
    again = cells.of_all(column.moments, MOMENTS, column.first, column.last)
    assert again == placed
