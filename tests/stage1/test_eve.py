"""Tests of `peaktrade_ops.stage1.eve`: what a later window may leave out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.stage1.eve import INCOMPLETE, Eve, left_behind
from peaktrade_ops.stage1.losses import OBJECTING
from peaktrade_ops.stage1.models import LeftOut
from tests.stage1.choosing import MORE
from tests.support.artifacts import DAY, coverage, end_of, metrics, summary

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Summary

BEFORE = DAY - timedelta(days=1)
# What an operator did objects to nothing.
SHOWN = {name: changes for name, changes in MORE.items() if name != "actions"} | {
    "parse errors": {"metrics": metrics(parse_errors=1)}
}


def then(**changes: object) -> Summary:
    """Return the count of a window up to 08:00."""
    return summary(end_of(DAY, 8), **changes)


def now(**changes: object) -> Summary:
    """Return the count of a window up to 10:00."""
    return summary(end_of(DAY, 10), **changes)


def before(hour: int = 10, **changes: object) -> Summary:
    """Return a count of the day before."""
    return summary(end_of(BEFORE, hour), **changes)


def test_every_number_that_objects_is_tried() -> None:
    """None of them may be left out."""
    assert SHOWN.keys() == OBJECTING.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_what_objects_may_be_left_out_only_if_the_day_before_shows_it(name: str) -> None:
    """It must lie in the stored window and in the 24 hours before the later one."""
    some = SHOWN[name]
    eve = before(**some)

    assert left_behind(then(**some), now(), Eve(eve)) == [name]
    assert left_behind(then(**some), now(), Eve()) == [name]
    # It lies in both windows of the day.
    assert left_behind(then(**some), now(**some), Eve(before())) == []
    # It lies before the stored window.
    assert left_behind(then(), now(), Eve(eve)) == []
    # The report of the day before shows it.
    assert left_behind(then(**some), now(), Eve(eve, eve, eve)) == []


def test_the_report_of_the_day_before_must_reach_the_window_and_be_whole() -> None:
    """It must also show all that its window contains now."""
    some = SHOWN["critical"]
    critical, eve = then(**some), before(**some)
    early, late, quiet = before(9, **some), before(11, **some), before()

    assert left_behind(critical, now(), Eve(eve, late, late)) == []
    assert left_behind(critical, now(), Eve(eve, early, early)) == ["critical"]
    assert left_behind(critical, now(), Eve(eve, quiet, eve)) == ["critical"]
    assert left_behind(critical, now(), Eve(eve, eve, None)) == ["critical"]


def test_a_window_that_does_not_move_leaves_nothing_out() -> None:
    """Nor does one that ends earlier, which is not stored."""
    critical = then(**SHOWN["critical"])

    assert left_behind(critical, then(), Eve()) == []
    assert left_behind(now(**SHOWN["critical"]), then(), Eve()) == []


def test_a_later_window_may_not_leave_out_what_makes_a_report_incomplete() -> None:
    """A file that was left out, and is not recent for the later window, is in no other report."""
    archive = coverage(complete=False, left_out=(LeftOut("a.zip", "archive", "incomplete"),))
    other = coverage(complete=False, left_out=(LeftOut("b.zip", "archive", "incomplete"),))
    listed = coverage(left_out=(LeftOut("a.zip", "archive", "complete"),))
    left_out = then(coverage=archive)

    assert left_behind(left_out, now(), Eve(before(coverage=archive))) == [INCOMPLETE]
    assert left_behind(left_out, now(coverage=listed), Eve()) == [INCOMPLETE]
    assert left_behind(left_out, now(coverage=other), Eve()) == [INCOMPLETE]
    eve = before(coverage=archive)
    assert left_behind(left_out, now(), Eve(eve, eve, eve)) == []
    # It makes the later window incomplete too.
    assert left_behind(left_out, now(coverage=archive), Eve()) == []
    # It lies in the stored window alone, so it ends with it.
    assert left_behind(left_out, now(), Eve(before(coverage=other))) == []
    assert left_behind(then(coverage=listed), now(), Eve()) == []
    assert left_behind(then(coverage=None), now(coverage=None), Eve()) == []


def test_the_report_of_the_day_before_must_name_what_makes_it_incomplete_now() -> None:
    """If the path came after that report was made, it would be in neither of the two."""
    archive = coverage(complete=False, left_out=(LeftOut("a.zip", "archive", "incomplete"),))
    left_out, eve, whole = then(coverage=archive), before(coverage=archive), before()

    assert left_behind(left_out, now(), Eve(eve, whole, eve)) == [INCOMPLETE]
    assert left_behind(left_out, now(coverage=archive), Eve(eve, whole, eve)) == []
    assert left_behind(left_out, now(), Eve(whole, whole, whole)) == []
    # What the report lacks and the stored window has not is left to the choice for that day.
    assert left_behind(then(), now(), Eve(eve, whole, eve)) == []
