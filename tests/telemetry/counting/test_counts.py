"""Tests of `peaktrade_ops.telemetry.counting.counts`."""

from __future__ import annotations

import math
import pickle
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.counting.counts import Counts, OutgrownError
from peaktrade_ops.telemetry.counting.spill import Table
from tests.support.examples import examples

Item = tuple[int, str, int]

# Names that a table could confuse: with NUL, in other scripts, or different in case or accents.
NAMES = st.one_of(
    st.sampled_from(("", "a", "A", "a ", "a\0", "a\0b", "\0", "\u00e9", "e\u0301", "\U0001f600")),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
)
ITEMS = st.lists(st.tuples(st.integers(0, 3), NAMES, st.integers(1, 5)), max_size=25)


def counts_of(
    items: list[Item], memory_bytes: int | None = None, scratch: str | None = None
) -> Counts:
    """Count names one after the other."""
    counts = Counts(memory_bytes, partial(Table, scratch))
    for item in items:
        counts.add(*item)
    return counts


def sums_of(items: list[Item]) -> list[Item]:
    """Count names in the plainest way; the result is sorted."""
    counter: Counter[tuple[int, str]] = Counter()
    for span, name, count in items:
        counter[span, name] += count
    return sorted((span, name, count) for (span, name), count in counter.items())


@settings(max_examples=examples(60), deadline=None)
@given(ITEMS, st.sampled_from((None, 0, 150, 400, 2_000)))
def test_counts_are_exact_wherever_they_are_kept(
    items: list[Item], memory_bytes: int | None
) -> None:
    """The sums are exact whether the counts are in memory, in a file or in both."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = counts_of(items, memory_bytes, scratch)

        assert sums_of(items) == sorted(counts.items())
        counts.discard()
        assert list(Path(scratch).iterdir()) == []
        assert list(counts.items()) == []


@settings(max_examples=examples(60), deadline=None)
@given(
    ITEMS, st.integers(0, 4), st.integers(0, 4), st.integers(0, 12), st.sampled_from((None, 150))
)
def test_the_top_of_some_spans_is_ordered_by_count_and_then_by_name(
    items: list[Item], start: int, stop: int, most: int, memory_bytes: int | None
) -> None:
    """Names are ordered by count and then by name, whatever the order of adding."""
    counter: Counter[str] = Counter()
    for span, name, count in items:
        if start <= span < stop:
            counter[name] += count
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    with tempfile.TemporaryDirectory() as scratch:
        counts = counts_of(items, memory_bytes, scratch)

        assert ordered[:most] == counts.top(range(start, stop), most)
        counts.discard()


@settings(max_examples=examples(40), deadline=None)
@given(ITEMS, ITEMS, st.sampled_from((None, 0, 300)), st.sampled_from((None, 0, 300)))
def test_absorbing_adds_and_uses_the_other_up(
    one: list[Item], two: list[Item], memory_of_one: int | None, memory_of_two: int | None
) -> None:
    """Absorbing adds the counts of all names, in memory or in a file."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = counts_of(one, memory_of_one, scratch)
        other = counts_of(two, memory_of_two, scratch)
        counts.absorb(other)

        assert sums_of(one + two) == sorted(counts.items())
        assert list(other.items()) == []
        counts.discard()
        assert list(Path(scratch).iterdir()) == []


def test_memory_bounds_what_is_held(tmp_path: Path) -> None:
    """Names that exceed the limit of memory move to one file."""
    counts = counts_of([(0, f"name {i}", 1) for i in range(1000)], 10_000, str(tmp_path))

    assert counts.held_bytes == math.inf
    assert {(0, f"name {i}", 1) for i in range(1000)} == set(counts.items())


def test_a_count_of_a_known_name_takes_no_memory(tmp_path: Path) -> None:
    """Only new names can make the counts outgrow their memory."""
    counts = counts_of([(0, "name", 1)] * 1000, 1_000, str(tmp_path))

    assert counts.held_bytes < math.inf
    assert list(counts.items()) == [(0, "name", 1000)]


def test_without_a_limit_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts that are not bounded stay in memory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    counts = counts_of([(0, f"name {i}", 1) for i in range(5000)])

    assert len(set(counts.items())) == 5000
    assert list(tmp_path.iterdir()) == []


def test_equal_counts_are_equal_wherever_they_are_kept(tmp_path: Path) -> None:
    """Comparing looks at the names and their sums alone."""
    items = [(0, "a", 1), (1, "b", 2)]

    assert counts_of(items) == counts_of(items[::-1], 0, str(tmp_path))
    assert counts_of(items) != counts_of([(0, "a", 1), (0, "b", 2)], 0, str(tmp_path))
    assert counts_of(items) != {"a": 1, "b": 2}


def test_counts_without_a_table_travel_between_processes_as_they_are() -> None:
    """Pickled counts contain the names, never the path of a file."""
    counts = Counts(10_000)
    counts.add(0, "a", 1)
    arrived = pickle.loads(pickle.dumps(counts))  # noqa: S301 (made just here)

    assert list(arrived.items()) == [(0, "a", 1)]


def test_counts_without_a_table_outgrow_their_memory_with_an_error() -> None:
    """Counts without a table raise an error when they exceed their memory."""
    counts = Counts(560)
    for number in range(3):
        counts.add(0, f"{number}", 1)

    with pytest.raises(OutgrownError):
        counts.absorb(counts_of([(0, "a name", 1)]))
