"""Tests of `peaktrade_ops.stage1.enough`: when a range has enough days with data."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import DAYS_OF_WEEK, Policy
from peaktrade_ops.stage1.day import missing_day
from peaktrade_ops.stage1.enough import days_that_hold, enough_days, enough_in_range
from peaktrade_ops.stage1.faults import DayRange
from peaktrade_ops.stage1.policy import judge
from tests.support.artifacts import DAY, days_until, end_of, quiet_day
from tests.support.examples import examples

ONE = timedelta(days=1)


def span_of(pattern: str, policy: Policy, last: date = DAY) -> DayRange:
    """Return a range with a letter for each day: `x` for a day with data."""
    days = [
        quiet_day(day) if letter == "x" else missing_day(day)
        for day, letter in zip(days_until(last, len(pattern)), pattern, strict=True)
    ]
    return DayRange(days, policy, {}, end_of(last))


def lived_on(span: DayRange, until: date, days: int) -> DayRange:
    """Return the range of so many days that is over on a day, if all later days had data."""
    known = {day.date: day for day in span.days}
    last = until - ONE
    dates = days_until(last, days)
    off = span.policy.is_off
    later = [
        known.get(day)
        or (missing_day(day) if day <= span.days[-1].date or off(day) else quiet_day(day))
        for day in dates
    ]
    return DayRange(later, span.policy, {}, end_of(last))


def rules_of(span: DayRange) -> set[str]:
    """Return the rules that object to a range."""
    return {each.rule for each in judge(span.days, span.policy, end=span.end).findings}


PATTERNS = st.text("x.", min_size=1, max_size=16)
DAYS_OFF = st.sets(st.sampled_from([*DAYS_OF_WEEK]), max_size=3).map(
    lambda names: tuple(sorted(names))
)


@settings(max_examples=examples(200))
@given(PATTERNS, DAYS_OFF)
def test_the_first_range_with_enough_days_is_no_longer(pattern: str, off: tuple[str, ...]) -> None:
    """On the day before, a range from the same day on is still too short."""
    span = span_of(pattern, Policy(days_off=off))

    days, on = enough_days(span)

    assert "too_short" not in rules_of(lived_on(span, on, days))
    if on > DAY + ONE:
        assert "too_short" in rules_of(lived_on(span, on - ONE, max(days - 1, 1)))


@settings(max_examples=examples(200))
@given(st.text("x.", min_size=7, max_size=16))
def test_a_range_has_enough_days_on_the_first_day_that_is_named(pattern: str) -> None:
    """Days leave the range at its beginning, so that gaps in it are waited for, too."""
    span = span_of(pattern, Policy())

    on = enough_in_range(span)

    assert "too_short" not in rules_of(lived_on(span, on, len(pattern)))
    if on > DAY + ONE:
        assert "too_short" in rules_of(lived_on(span, on - ONE, len(pattern)))


def test_days_off_make_a_range_longer() -> None:
    """Nine days up to a Wednesday hold one weekend, and up to a Sunday two."""
    policy = Policy(days_off=("sat", "sun"))

    assert days_that_hold(span_of("x", policy, date(2025, 12, 17))) == 9
    assert days_that_hold(span_of("x", policy, date(2025, 12, 21))) == 11


def test_a_policy_of_days_off_alone_ends_every_search() -> None:
    """No day can ever have data, and no date is right."""
    span = span_of(".", Policy(days_off=tuple(DAYS_OF_WEEK)))

    assert days_that_hold(span) == 49
    assert enough_days(span).on == enough_in_range(span) == DAY + 50 * ONE


def test_a_range_without_data_begins_after_it() -> None:
    """Nothing has been seen, so all days are still to come."""
    span = span_of("...", Policy())

    assert enough_days(span) == (7, DAY + 8 * ONE)
