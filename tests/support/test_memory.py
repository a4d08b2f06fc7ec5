"""Test the memory that is seen, so that a bound does not hold because nothing is seen."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.support.memory import traced_memory

pytestmark = pytest.mark.one_python


def test_the_peak_is_that_of_the_work() -> None:
    """What was there before and what is small at the end do not count, but the moment between."""
    before = bytes(2**22)

    with traced_memory() as peak:
        work = bytes(2**20)
        del work

    assert len(before) == 2**22
    assert 2**20 <= peak.size < 2**21
    assert not tracemalloc.is_tracing()


def test_work_that_fails_is_not_traced_any_more() -> None:
    """The error passes, and a later measurement begins anew."""
    with pytest.raises(ValueError, match="no work"), traced_memory() as peak:
        raise ValueError("no work")

    assert peak.size == 0
    assert not tracemalloc.is_tracing()
