"""Tests of `peaktrade_ops.telemetry.counting.counts`."""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.counting.counts import Counts

if TYPE_CHECKING:
    import pytest

# Names that a table could mix up: with NUL, of other scripts, alike but for case or accents.
NAMES = st.one_of(
    st.sampled_from(("", "a", "A", "a ", "a\0", "a\0b", "\0", "\u00e9", "e\u0301", "\U0001f600")),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
)
PAIRS = st.lists(st.tuples(NAMES, st.integers(1, 5)), max_size=25)


def counts_of(
    pairs: list[tuple[str, int]], memory_bytes: int | None = None, scratch: str | None = None
) -> Counts:
    """Count names one after the other."""
    counts = Counts(memory_bytes, scratch)
    for name, count in pairs:
        counts.add(name, count)
    return counts


def counter_of(pairs: list[tuple[str, int]]) -> Counter[str]:
    """Count names in the plainest way."""
    counter: Counter[str] = Counter()
    for name, count in pairs:
        counter[name] += count
    return counter


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.sampled_from((None, 0, 150, 400, 2_000)))
def test_counts_are_exact_wherever_they_are_kept(
    pairs: list[tuple[str, int]], memory_bytes: int | None
) -> None:
    """In memory, in a file or half in each, the sums are those of a plain counter."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = counts_of(pairs, memory_bytes, scratch)

        assert sorted(counts.items()) == sorted(counter_of(pairs).items())
        counts.discard()
        assert list(Path(scratch).iterdir()) == []


@settings(max_examples=40, deadline=None)
@given(PAIRS, st.integers(0, 12), st.sampled_from((None, 150)))
def test_the_top_is_ordered_by_count_and_then_by_name(
    pairs: list[tuple[str, int]], most: int, memory_bytes: int | None
) -> None:
    """Highest counts come first, and equal ones by their names, so no order of adding shows."""
    ordered = sorted(counter_of(pairs).items(), key=lambda item: (-item[1], item[0]))
    with tempfile.TemporaryDirectory() as scratch:
        counts = counts_of(pairs, memory_bytes, scratch)

        assert counts.top(most) == ordered[:most]
        assert sorted(counts.kept(most).items()) == sorted(ordered[:most])
        assert list(Path(scratch).iterdir()) == []
        assert list(counts.items()) == []


@settings(max_examples=40, deadline=None)
@given(PAIRS, PAIRS, st.sampled_from((None, 0, 300)), st.sampled_from((None, 0, 300)))
def test_absorbing_adds_and_uses_the_other_up(
    one: list[tuple[str, int]],
    two: list[tuple[str, int]],
    memory_of_one: int | None,
    memory_of_two: int | None,
) -> None:
    """The sum of two counts is that of all their names, wherever each of them is kept."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = counts_of(one, memory_of_one, scratch)
        other = counts_of(two, memory_of_two, scratch)
        counts.absorb(other)

        assert sorted(counts.items()) == sorted(counter_of(one + two).items())
        assert list(other.items()) == []
        counts.discard()
        assert list(Path(scratch).iterdir()) == []


def test_memory_bounds_what_is_held(tmp_path: Path) -> None:
    """Past their limit the names move to one file, whatever their number."""
    counts = counts_of([(f"name {i}", 1) for i in range(1000)], 10_000, str(tmp_path))

    assert len(list(tmp_path.iterdir())) == 1
    assert dict(counts.items()) == {f"name {i}": 1 for i in range(1000)}


def test_a_count_of_a_known_name_takes_no_memory(tmp_path: Path) -> None:
    """Only new names can make the counts outgrow their memory."""
    counts = counts_of([("name", 1)] * 1000, 1_000, str(tmp_path))

    assert list(tmp_path.iterdir()) == []
    assert list(counts.items()) == [("name", 1000)]


def test_without_a_limit_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts that are not bounded stay in memory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    counts = counts_of([(f"name {i}", 1) for i in range(5000)])

    assert len(dict(counts.items())) == 5000
    assert list(tmp_path.iterdir()) == []


def test_equal_counts_are_equal_wherever_they_are_kept(tmp_path: Path) -> None:
    """Comparing looks at the names and their sums alone."""
    pairs = [("a", 1), ("b", 2)]

    assert counts_of(pairs) == counts_of(pairs[::-1], 0, str(tmp_path))
    assert counts_of(pairs) != counts_of([("a", 1), ("b", 3)], 0, str(tmp_path))
    assert counts_of(pairs) != {"a": 1, "b": 2}


def test_counts_travel_between_processes_with_their_file(tmp_path: Path) -> None:
    """What is pickled is the place of the file and what is still in memory."""
    pairs = [(f"name {i}", i + 1) for i in range(10)]
    counts = counts_of(pairs, 500, str(tmp_path))
    arrived = pickle.loads(pickle.dumps(counts))  # noqa: S301 (made just here)

    assert len(list(tmp_path.iterdir())) == 1
    assert dict(arrived.items()) == dict(pairs)
