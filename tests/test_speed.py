"""A scan is much faster than a plain loop, and with a cache much faster than without.

`nox --session bench` measures exactly; this is a guard against the loss of more than half.
"""

from __future__ import annotations

import pytest

from benchmarks.guard import LEAST_LOOP_TO_SCAN, MOST_WARM_TO_SCAN, Measured, measured

pytestmark = pytest.mark.one_python


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Return what is measured now."""
    return measured(tmp_path_factory.mktemp("speed"))


def test_a_scan_has_not_lost_half_of_its_speed(now: Measured) -> None:
    """A snapshot needs much less CPU time than the plain loop with the same counts."""
    assert now.scan_is_fast, (now, LEAST_LOOP_TO_SCAN)


def test_a_scan_with_nothing_new_takes_its_counts_from_the_cache(now: Measured) -> None:
    """A snapshot of files that have not changed needs a small part of the CPU time of a scan."""
    assert now.cache_is_fast, (now, MOST_WARM_TO_SCAN)


def test_a_scan_that_takes_four_times_as_long_would_fail(now: Measured) -> None:
    """The bound is near what is measured; if the scan has become faster, the bound must rise."""
    assert not now.slower(4).scan_is_fast, (now, LEAST_LOOP_TO_SCAN)


def test_a_cache_that_saves_nothing_would_fail(now: Measured) -> None:
    """With a scan of all bytes in place of the cache, the check of the cache fails."""
    assert not now._replace(warm=now.scan).cache_is_fast
