"""Tests of `peaktrade_ops.stage1.findings`."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.stage1.findings import day_groups, day_ranges, hint_parts, reason_of
from peaktrade_ops.stage1.models import Finding

FIRST = date(2025, 12, 1)


def days(*numbers: int) -> tuple[date, ...]:
    """Return days by their distance from the first."""
    return tuple(FIRST + timedelta(days=number) for number in numbers)


def finding(*numbers: int, rule: str = "parse_errors") -> Finding:
    """Return a finding on these days."""
    return Finding(rule, "HOLD", days(*numbers), "parse errors", "mend them")


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ((), "parse errors"),
        ((0,), "parse errors: 2025-12-01"),
        ((0, 1), "parse errors: 2025-12-01, 2025-12-02"),
        ((0, 1, 2), "parse errors: 2025-12-01 to 2025-12-03"),
        ((0, 1, 2, 3, 4, 7), "parse errors: 2025-12-01 to 2025-12-05, 2025-12-08"),
        ((0, 2, 4), "parse errors: 2025-12-01, 2025-12-03, 2025-12-05"),
        ((0, 1, 30, 31, 32), "parse errors: 2025-12-01, 2025-12-02, 2025-12-31 to 2026-01-02"),
    ],
)
def test_three_or_more_neighbouring_days_are_a_range(numbers: tuple[int, ...], reason: str) -> None:
    """Three or more neighbouring days are written as a range."""
    assert reason_of(finding(*numbers)) == reason


def test_the_days_of_a_gap_are_pairs() -> None:
    """A gap lies between two days, and neighbouring gaps share one."""
    gaps = finding(0, 1, 1, 2, rule="gap")
    written = "parse errors: 2025-12-01 and 2025-12-02, 2025-12-02 and 2025-12-03"

    assert reason_of(gaps) == written
    assert day_groups(gaps) == [days(0, 1), days(1, 2)]
    assert day_groups(finding(0, 1, 2, rule="gap")) == [days(0, 1), days(2)]


def test_the_last_gap_lies_after_a_single_day() -> None:
    """The last gap ends with the range."""
    gaps = finding(0, 1, 2, rule="gap")

    assert reason_of(gaps) == (
        "parse errors: 2025-12-01 and 2025-12-02, 2025-12-03 and the end of the range"
    )


def test_a_hint_has_a_sentence_and_lines_to_paste() -> None:
    """Views show the two in different ways."""
    hint = "mend them\n[[accepted]]\ncount = 1"

    assert hint_parts(Finding("lost", "HOLD", (), "", hint)) == (
        "mend them",
        ["[[accepted]]", "count = 1"],
    )
    assert hint_parts(finding()) == ("mend them", [])


@given(st.sets(st.integers(0, 40)))
def test_ranges_hold_just_the_days(numbers: set[int]) -> None:
    """Ranges contain exactly the days and are not adjacent."""
    ranges = day_ranges(days(*sorted(numbers)))
    held = [
        day
        for group in ranges
        for day in days(*range((group[0] - FIRST).days, (group[-1] - FIRST).days + 1))
    ]

    assert held == list(days(*sorted(numbers)))


def test_the_last_day_of_all_has_no_neighbour() -> None:
    """A foreign report may be of the year 9999."""
    assert day_ranges([date(9999, 12, 30), date(9999, 12, 31)]) == [
        (date(9999, 12, 30),),
        (date(9999, 12, 31),),
    ]
