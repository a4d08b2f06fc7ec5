"""The marks of days: states and counts that differ not only in their colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import htpy as h
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.marks import (
    MARKS,
    NUMBERS,
    cell_marks,
    marks_key,
    row_marks,
    says_of,
    short_number,
)
from peaktrade_ops.stage1.day import DayStatus, missing_day, unreadable_day
from tests.support.artifacts import DAY, quiet_day
from tests.support.html import texts

if TYPE_CHECKING:
    from peaktrade_ops.stage1.day import Day

pytestmark = pytest.mark.one_python


def cell(day: Day) -> list[str]:
    """Return the marks in the cell of a day."""
    return texts(str(h.div[list(cell_marks(day))]), "div > *")


def row(*days: Day) -> list[str]:
    """Return the marks in the row of some days."""
    return texts(str(h.div[row_marks(days)]), "i")


def test_every_state_has_a_mark_of_its_own() -> None:
    """Each state has a mark, and no two have the same."""
    assert MARKS.keys() == {*get_args(DayStatus)}
    assert len({*MARKS.values()}) == len(MARKS)
    assert NUMBERS.keys() < MARKS.keys()


@pytest.mark.parametrize(
    ("day", "marks"),
    [
        (quiet_day(), ["✓"]),
        (missing_day(DAY), [MARKS["missing"]]),
        (unreadable_day(DAY), ["?"]),
        (quiet_day(new_alerts=1200, critical_alerts=2), ["✖2", "▲1.2k"]),
        (quiet_day(complete=False, danger=1), ["◆1", "◐"]),
        (quiet_day(critical_actions=4), ["⊗4"]),
        (quiet_day(critical_actions=4, critical_alerts=1), ["✖1", "⊗4"]),
    ],
)
def test_a_cell_has_a_mark_for_each_state(day: Day, marks: list[str]) -> None:
    """A cell has the marks of all states, the most severe first, with the number of events."""
    assert cell(day) == marks


def test_a_row_has_each_mark_once() -> None:
    """A row of several days has the marks of all their states, the most severe first."""
    week = [quiet_day(), quiet_day(new_alerts=1), quiet_day(critical_alerts=1, new_alerts=2)]

    assert row(*week) == ["✖", "▲"]
    assert row(quiet_day(), quiet_day()) == ["✓"]
    assert row(quiet_day(), missing_day(DAY)) == [MARKS["missing"]]


def test_the_key_explains_the_marks_that_are_there() -> None:
    """The key has the mark and the word of each state of the days, and of no other."""
    page = str(marks_key([quiet_day(), quiet_day(danger=1, new_alerts=1)]))

    assert texts(page, "li") == ["✓ clean", "▲ alerts", "◆ danger"]


def test_a_day_is_told_in_words() -> None:
    """The words of a day are its states and its counts."""
    assert says_of(quiet_day()) == "clean"
    assert says_of(quiet_day(new_alerts=1, danger=2)) == "danger, alerts: 1 new alert, 2 dangers"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1999, "1.9k"),
        (10_000, "10k"),
        (999_999, "999k"),
        (1_050_000, "1M"),
        (2**63 - 1, "9.2E"),
    ],
)
def test_a_large_number_is_short(number: int, text: str) -> None:
    """A large number is rounded down to two digits or three and a unit."""
    assert short_number(number) == text


@given(st.integers(0, 2**63 - 1))
def test_a_short_number_is_never_more_than_the_number(number: int) -> None:
    """A short number has at most four characters and is not above the number."""
    text = short_number(number)
    powers = {unit: 1000 ** (i + 1) for i, unit in enumerate("kMGTPE")}
    factor = powers.get(text[-1], 1)
    whole, _, tenth = text.rstrip("kMGTPE").partition(".")

    assert len(text) <= 4
    shown = int(whole) * factor + int(tenth or 0) * factor // 10
    assert shown <= number < shown + factor
