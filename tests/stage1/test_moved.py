"""Tests of `peaktrade_ops.stage1.moved`: records that got a time are no loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.stage1.day import (
    day_of_summary,
)
from peaktrade_ops.stage1.keep import Choice, choose
from peaktrade_ops.stage1.models import (
    Summary,
    Understanding,
)
from peaktrade_ops.stage1.moved import (
    Moved,
    Pair,
    moved_of,
    timed_criticals,
    timed_others,
    untimed_critical_of,
)
from tests.support.artifacts import (
    coverage,
    metrics,
)
from tests.support.examples import examples

if TYPE_CHECKING:
    from peaktrade_ops.stage1.day import Trust

from tests.stage1.choosing import SERIOUS, TERMS, books, case, chosen, counted, of_settings


def test_a_rejected_record_that_is_an_event_of_the_next_day_is_no_loss() -> None:
    """A rejected record that becomes an event of the next day is not a loss."""
    before = [counted(day=19, errors=1), counted(day=20, errors=1)]
    after = [counted(day=19), counted(day=20, events=11)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert choices == [Choice(after[0]), Choice(after[1])]


@pytest.mark.parametrize("trust", ["changed", "unlisted"])
def test_a_report_that_is_not_trusted_explains_no_loss(trust: Trust) -> None:
    """What it says of its events is never compared with."""
    before = [counted(day=19, errors=1), counted(day=20, errors=1)]
    after = [counted(day=19), counted(day=20, events=11)]
    forged = day_of_summary(before[1], trust=trust, sha256="a" * 64)

    first, _ = choose([case(before[0], after[0]), case(forged, after[1])], TERMS)

    assert first.losses == ("records 11, now 10",)


def test_a_rejected_record_that_was_removed_is_a_loss() -> None:
    """No day has an event more."""
    before = [counted(day=19, errors=1), counted(day=20, errors=1)]
    after = [counted(day=19), counted(day=20)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [("records 11, now 10",)] * 2


def test_a_day_between_that_lost_nothing_ends_the_search() -> None:
    """A record that stood in both days stood in every day between them, too."""
    before = [counted(day=18, errors=1), counted(day=19), counted(day=20, errors=1)]
    after = [counted(day=18), counted(day=19), counted(day=20, events=11)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [("records 11, now 10",), (), ()]


def untimed(
    day: int, *, events: int = 10, standing: int = 0, earlier: int = 0, future: int = 0
) -> Summary:
    """Return the summary of a day with so many events, others without a time, and some elsewhere.

    Args:
        day: The day of December.
        events: The number of events in the window.
        standing: The number of events without a time, all of which stand in the window.
        earlier: The number of events before the window.
        future: The number of events after the window.
    """
    total = events + standing + earlier + future
    books = coverage(
        in_window=events,
        untimed=standing,
        untimed_in_window=standing,
        future=future,
        events=total,
        lines=total,
    )
    return counted(day=day, coverage=books)


def test_records_that_are_now_events_of_several_days_are_no_loss() -> None:
    """Records without a time stand in all days, and each gets a time of another day."""
    before = [untimed(day, standing=3) for day in (18, 19, 20)]
    after = [untimed(day, events=11) for day in (18, 19, 20)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert choices == [Choice(each) for each in after]


def test_one_of_several_records_that_was_removed_is_a_loss() -> None:
    """The days have fewer new events than each of them has lost records without a time."""
    before = [untimed(day, standing=3) for day in (18, 19, 20)]
    after = [untimed(day, events=events) for day, events in ((18, 11), (19, 10), (20, 11))]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [
        ("records 13, now 11",),
        ("records 13, now 10",),
        ("records 13, now 11",),
    ]


def test_records_that_stood_before_the_range_may_be_events_of_days_before_it() -> None:
    """Other settings gave them a time; with the same settings, other events arrived late."""
    before = [untimed(day, standing=3, earlier=5) for day in (19, 20)]
    after = [untimed(day, events=11, earlier=6) for day in (19, 20)]
    other = [of_settings("1" * 64, each) for each in after]
    less = [of_settings("1" * 64, untimed(day, events=11, earlier=5)) for day in (19, 20)]

    def losses_of(counts: list[Summary]) -> list[tuple[str, ...]]:
        pairs = zip(before, counts, strict=True)
        return [choice.losses for choice in choose([case(*pair) for pair in pairs], TERMS)]

    assert losses_of(other) == [(), ()]
    assert [texts[0] for texts in losses_of(after)] == ["records 13, now 11"] * 2
    assert losses_of(less) == [("records 13, now 11",)] * 2


def test_only_other_settings_explain_records_that_stood_before_the_range() -> None:
    """A report without settings does not say what it was made with."""
    whole = untimed(20, standing=1)
    later = untimed(20, events=10, earlier=1)

    for stored in (replace(whole, settings=None), of_settings(None, whole)):
        assert chosen(case(stored, later)).losses == ("records 11, now 10",)
    assert chosen(case(of_settings("1" * 64, whole), later)).losses == ()
    assert chosen(case(whole, replace(later, settings=None))).losses == ("records 11, now 10",)


def test_events_before_a_range_are_counted_exactly() -> None:
    """Events of legacy sources, those of later days and those without a time are not before it."""

    def losses_of(before: Summary, after: Summary) -> tuple[str, ...]:
        return chosen(case(before, of_settings("1" * 64, after))).losses

    def booked(standing: int, **more: int) -> Summary:
        """Return a summary of 10 events, and of 3 of a legacy source, in the window."""
        legacy = more.get("legacy", 3)
        events = 10 + legacy + standing + more.get("earlier", 0) + more.get("future", 0)
        return counted(
            coverage=books(
                legacy_in_window=legacy,
                untimed=standing,
                untimed_in_window=standing,
                future=more.get("future", 0),
                events=events,
                lines=events,
            ),
            understanding=Understanding(unpacked=more.get("unpacked", 0)),
        )

    one_less = ("records 11, now 10",)
    assert losses_of(booked(1), booked(0, earlier=1)) == ()
    assert losses_of(booked(1), booked(0)) == one_less
    assert losses_of(booked(1), booked(0, future=1)) == one_less
    assert losses_of(booked(2), booked(0, legacy=4)) == ("records 12, now 10",)
    # A line with several events is one event of the coverage: then nothing is known.
    assert losses_of(booked(1, unpacked=1), booked(0, unpacked=1, earlier=1)) == one_less
    assert losses_of(booked(1), booked(0, unpacked=1)) == one_less
    assert losses_of(replace(booked(1), understanding=None), booked(0, earlier=1)) == ()
    assert losses_of(booked(1, unpacked=1, earlier=1), booked(0, earlier=1)) == ()


@pytest.mark.parametrize("name", SERIOUS)
def test_only_what_a_count_shows_more_of_can_have_had_no_time(name: str) -> None:
    """A serious event that both show was there with its time before."""
    some = SERIOUS[name]
    find = timed_criticals if name == "critical" else timed_others
    stored, more, same = (
        replace(counted(**each), coverage=books(events))
        for each, events in (({}, 10), (some, 11), (some, 10))
    )
    later = replace(same, coverage=books(11))

    assert find(stored, more) == 1
    assert find(same, later) == 0
    assert find(stored, same) == 0
    assert find(replace(stored, coverage=None), more) == 0


def test_a_critical_event_more_explains_no_other() -> None:
    """It can be an alert too. Those that both show are none more."""
    stored, count = (
        replace(
            counted(metrics=metrics(critical_alerts=1, new_alerts=alerts)), coverage=books(events)
        )
        for alerts, events in ((0, 10), (1, 11))
    )

    assert timed_others(stored, count) == 1
    grown = replace(count, metrics=metrics(critical_alerts=2, new_alerts=1))
    assert timed_others(stored, grown) == 0


@pytest.mark.parametrize("name", ["stored", "count"])
def test_reports_without_books_have_moved_nothing(name: str) -> None:
    """Nor does a day explain a loss of its neighbour, of which one count is not known."""
    lacking = untimed(20, events=99)
    whole = {"stored": untimed(20, standing=1), "count": untimed(20, events=99)}
    bare = whole | {name: replace(whole[name], coverage=None)}
    absent: dict[str, Summary | None] = {**whole, name: None}
    lost = Pair(untimed(19, standing=1), untimed(19))

    assert lacking.coverage
    assert untimed_critical_of(replace(lacking, coverage=None)) == 0
    assert timed_others(replace(lacking, coverage=None), lacking) == 0
    for pair in (Pair(bare["stored"], bare["count"]), Pair(absent["stored"], absent["count"])):
        assert moved_of([lost, pair]) == [Moved(), Moved()]
        assert moved_of([pair, replace(lost)]) == [Moved(), Moved()]
    assert moved_of([lost, Pair(whole["stored"], whole["count"])])[0] == Moved(records=1)


def test_nothing_is_chosen_of_no_days() -> None:
    """A command without days keeps all reports."""
    assert choose([], TERMS) == []


def test_events_after_the_range_explain_no_loss() -> None:
    """Writers go on, so that events after a window become more by themselves."""
    before = [untimed(day, standing=3, future=5) for day in (19, 20)]
    after = [untimed(day, events=11, future=99) for day in (19, 20)]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [("records 13, now 11",)] * 2


@settings(max_examples=examples(200))
@given(records=st.lists(st.tuples(*[st.integers(16, 20)] * 3).map(sorted), max_size=6))
def test_records_that_all_got_a_time_are_never_a_loss(records: list[list[int]]) -> None:
    """Each stood from a first to a last day, and is an event of a day between them."""
    days = range(16, 21)
    before = [
        untimed(day, standing=sum(first <= day <= last for first, _, last in records))
        for day in days
    ]
    after = [untimed(day, events=10 + sum(day == own for _, own, _ in records)) for day in days]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert [choice.losses for choice in choices] == [()] * 5


@settings(max_examples=examples(200))
@given(found=st.lists(st.integers(16, 20), max_size=6), removed=st.integers(1, 2))
def test_a_removed_record_is_a_loss_of_all_days_in_which_it_stood(
    found: list[int], removed: int
) -> None:
    """The others of its file got times of any of these days."""
    days = range(16, 21)
    before = [untimed(day, standing=len(found) + removed) for day in days]
    after = [untimed(day, events=10 + found.count(day)) for day in days]

    choices = choose([case(*pair) for pair in zip(before, after, strict=True)], TERMS)

    assert all(choice.losses for choice in choices)
