"""Tests of `peaktrade_ops.telemetry.counting.exhibits`."""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS, Exhibit, Exhibits
from tests.support.examples import examples
from tests.support.scanning import END

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
            found.leading[KIND] = waiting[:MOST_EXHIBITS]
        elif waiting and before is not None:
            found.place(KIND, (before, line[0]), waiting)
        before, waiting = line[0], []
    if waiting:
        (found.floating if before is None else found.trailing)[KIND] = waiting[:MOST_EXHIBITS]
    return found


@settings(max_examples=examples(200), deadline=None)
@given(LINES, st.lists(st.integers(0, 60), max_size=4))
def test_parts_joined_in_order_are_the_whole(
    lines: list[tuple[int, int] | None], cuts: list[int]
) -> None:
    """The merge law holds for any cuts, also for parts that have only events without a time."""
    borders = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    joined = Exhibits()
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


def test_the_first_events_by_time_and_line_are_kept() -> None:
    """Twenty are kept of each span, and the time of the last says what is too late."""
    found = Exhibits()
    found.add(KIND, 0, [exhibit(line, 30 - line) for line in range(1, 31)])
    found.add(KIND, 1, [exhibit(line, 0) for line in range(1, 20)])

    assert [each.line for each in found.timed[KIND, 0]] == list(range(30, 10, -1))
    assert found.latest(KIND, 0) == END + timedelta(minutes=19)
    assert found.latest(KIND, 1) is None
    assert found.latest("other", 0) is None
