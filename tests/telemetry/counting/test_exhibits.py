"""Tests of `peaktrade_ops.telemetry.counting.exhibits`."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.counting import exhibits
from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS, Exhibit, Exhibits
from tests.support.examples import examples
from tests.support.scanning import END

if TYPE_CHECKING:
    from datetime import datetime

KIND = "kind"
SPANS = 4


def exhibit(line: int, minute: int | None = None) -> Exhibit:
    """Return an event on a line, at a minute or without a time."""
    moment = None if minute is None else END + timedelta(minutes=minute)
    return Exhibit(moment, line, (), "text")


# The event of each line: its span and its minute, or nothing for one without a time.
LINES = st.lists(
    st.none() | st.tuples(st.integers(0, SPANS - 1), st.integers(0, 9)), min_size=1, max_size=60
)


def exhibits_of(lines: list[tuple[int, int] | None]) -> Exhibits:
    """Return the evidence of a part, line by line, by the definition."""
    found = Exhibits()
    spans = [line[0] for line in lines if line is not None]
    if spans:
        found.opening, found.closing = spans[0], spans[-1]
    before: int | None = None
    waiting: list[Exhibit] = []
    for number, line in enumerate(lines, 1):
        if line is None:
            waiting.append(exhibit(number))
            continue
        found.add(KIND, line[0], [exhibit(number, line[1])])
        if waiting and before is None:
            found.leading[KIND] = waiting[: exhibits.MOST_EXHIBITS]
        elif waiting and before is not None:
            found.place(KIND, (before, line[0]), waiting)
        before, waiting = line[0], []
    if waiting:
        (found.floating if before is None else found.trailing)[KIND] = waiting[
            : exhibits.MOST_EXHIBITS
        ]
    return found


@settings(max_examples=examples(200), deadline=None)
@given(LINES, st.lists(st.integers(0, 60), max_size=4), st.sampled_from((2, MOST_EXHIBITS)))
def test_parts_joined_in_order_are_the_whole(
    lines: list[tuple[int, int] | None], cuts: list[int], most: int
) -> None:
    """The merge law holds for any cuts, also for parts that have only events without a time."""
    borders = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    joined = Exhibits()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exhibits, "MOST_EXHIBITS", most)
        for start, end in itertools.pairwise(borders):
            joined.absorb(exhibits_of(lines[start:end]), start)

        assert joined == exhibits_of(lines)


@settings(max_examples=examples(200), deadline=None)
@given(LINES, st.integers(0, SPANS - 1), st.integers(0, SPANS - 1))
def test_events_without_a_time_stand_between_their_neighbours(
    lines: list[tuple[int, int] | None], span: int, written: int
) -> None:
    """They are listed for every window that touches the time between the events beside them."""
    expected = []
    for index, line in enumerate(lines):
        if line is not None:
            continue
        before = next((each[0] for each in lines[:index][::-1] if each), None)
        after = next((each[0] for each in lines[index:] if each), None)
        if before is None:
            ends = (0, written) if after is None else (after, after)
        elif after is None:
            ends = (before, max(before, written))
        else:
            ends = (min(before, after), max(before, after))
        if ends[0] <= span <= ends[1]:
            expected.append(index + 1)

    found = exhibits_of(lines).untimed_in(KIND, range(span, span + 1), written)

    assert [each.line for each in found] == expected[:MOST_EXHIBITS]


def test_the_size_counts_the_events_of_all_lists() -> None:
    """Whoever keeps many of them in memory has to know."""
    assert Exhibits().size == 0
    assert exhibits_of([None, (0, 1), None, (0, 2), None]).size == 5


def test_the_first_events_by_time_and_line_are_kept() -> None:
    """Twenty are kept of each span, and the time of the last says what is too late."""
    found = Exhibits()
    found.add(KIND, 0, [exhibit(line, 30 - line) for line in range(1, 31)])
    found.add(KIND, 1, [exhibit(line, 0) for line in range(1, 20)])

    assert [each.line for each in found.timed[KIND, 0]] == list(range(30, 10, -1))
    assert found.latest(KIND, 0) == END + timedelta(minutes=19)
    assert found.latest(KIND, 1) is None
    assert found.latest("other", 0) is None


def test_only_untimed_events_before_a_part_with_a_time_lead_it() -> None:
    """They wait for the first timed event, through any number of parts."""
    whole = Exhibits(floating={KIND: [exhibit(1)]})
    whole.absorb(Exhibits(floating={KIND: [exhibit(2)], "other": [exhibit(1)]}), 3)
    whole.absorb(Exhibits(opening=5, closing=6, leading={KIND: [exhibit(1)]}), 6)

    assert whole.leading == {KIND: [exhibit(1), exhibit(5), exhibit(7)], "other": [exhibit(4)]}
    assert (whole.floating, whole.trailing, whole.placed) == ({}, {}, {})
    assert (whole.opening, whole.closing) == (5, 6)


def test_untimed_events_between_two_parts_are_placed() -> None:
    """They stand between the last time before them and the first one after them."""
    whole = Exhibits(opening=7, closing=4, trailing={KIND: [exhibit(3)]})
    whole.absorb(Exhibits(floating={KIND: [exhibit(1)]}), 3)
    whole.absorb(Exhibits(opening=2, closing=9, leading={KIND: [exhibit(1)]}), 4)

    assert whole.placed == {(KIND, 2, 4): [exhibit(3), exhibit(4), exhibit(5)]}
    assert (whole.trailing, whole.opening, whole.closing) == ({}, 7, 9)


def test_the_first_20_untimed_events_of_a_place_are_kept() -> None:
    """They are those with the lowest lines; every place and kind has its own."""
    evidence = Exhibits()
    evidence.place(KIND, (4, 2), map(exhibit, range(5, 30)))
    evidence.place(KIND, (2, 4), map(exhibit, range(30, 35)))
    evidence.place("other", (2, 4), [exhibit(1)])

    assert evidence.placed[KIND, 2, 4] == list(map(exhibit, range(5, 25)))
    assert evidence.placed["other", 2, 4] == [exhibit(1)]


@pytest.mark.parametrize("moment", [None, END])
def test_events_of_one_line_keep_their_order(moment: datetime | None) -> None:
    """Of equal times and lines, the place in the line decides."""
    found = [Exhibit(moment, 1, (), str(place), place) for place in range(3)]
    evidence = Exhibits()
    for each in reversed(found):
        evidence.add(KIND, 0, [each])
        evidence.place(KIND, (0, 0), [each])

    assert evidence.timed[KIND, 0] == evidence.placed[KIND, 0, 0] == found
    assert exhibit(1).place == 0
