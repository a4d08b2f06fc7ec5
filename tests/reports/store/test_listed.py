"""Tests of `peaktrade_ops.reports.store.listed`: artifacts against the stored index."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.listed import Listed, digest_of, entry_of, read_listed
from peaktrade_ops.stage1.models import Index, IndexEntry, PrunedDays, to_json
from tests.support.odd_files import ODD_FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENTRY = IndexEntry("2025-12-20_summary.json", 3, "a" * 64)


def test_the_entries_are_read_by_name(tmp_path: Path) -> None:
    """The index is there and can be read."""
    index = Index("stage1_index.v1", ".", None, None, (ENTRY,))
    (tmp_path / "index.json").write_bytes(to_json(index))

    assert read_listed(tmp_path) == Listed(
        is_there=True, is_readable=True, entries={ENTRY.path: ENTRY}
    )


def test_no_index_lists_nothing(tmp_path: Path) -> None:
    """A missing index lists nothing and differs from a damaged one."""
    assert read_listed(tmp_path) == Listed(is_there=False, is_readable=False, entries={})


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"entries": []}'])
def test_a_damaged_index_lists_nothing(tmp_path: Path, data: bytes) -> None:
    """A damaged index lists nothing and is reported as present."""
    (tmp_path / "index.json").write_bytes(data)

    assert read_listed(tmp_path) == Listed(is_there=True, is_readable=False, entries={})


@pytest.mark.parametrize("make", ODD_FILES)
def test_an_index_whose_bytes_cannot_be_read_is_an_error(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """An index whose bytes cannot be read is an error, not a missing index."""
    make(tmp_path / "index.json")

    with pytest.raises(ReportsError, match=r"index.*cannot be read"):
        read_listed(tmp_path)


@pytest.mark.parametrize(
    ("name", "found", "trust"),
    [
        (ENTRY.path, ENTRY, "listed"),
        (ENTRY.path, replace(ENTRY, sha256="b" * 64), "changed"),
        (ENTRY.path, replace(ENTRY, bytes=ENTRY.bytes + 1), "changed"),
        # Bytes that cannot be read may be unchanged.
        (ENTRY.path, None, "listed"),
        ("2025-12-19_summary.json", replace(ENTRY, path="2025-12-19_summary.json"), "unlisted"),
    ],
)
def test_an_artifact_is_compared_with_its_entry(
    name: str, found: IndexEntry | None, trust: str
) -> None:
    """An artifact is compared with its entry by its size and its digest."""
    listed = Listed(is_there=True, is_readable=True, entries={ENTRY.path: ENTRY})

    assert listed.trust(name, found) == trust


def test_an_entry_has_size_and_digest() -> None:
    """An entry has the size and the SHA-256 digest of its artifact."""
    assert entry_of("name", b"abc") == IndexEntry("name", 3, hashlib.sha256(b"abc").hexdigest())
    assert digest_of(b"abc") == hashlib.sha256(b"abc").hexdigest()


def day(number: int) -> date:
    """Return a day of December."""
    return date(2025, 12, number)


def test_pruned_days_are_read_as_spans(tmp_path: Path) -> None:
    """Spans that touch are one, however they were written."""
    spans = (PrunedDays(day(9), day(11)), PrunedDays(day(2), day(4)), PrunedDays(day(5), day(5)))
    index = Index("stage1_index.v1", ".", None, None, (ENTRY,), spans)
    (tmp_path / "index.json").write_bytes(to_json(index))

    listed = read_listed(tmp_path)

    assert listed.pruned == (PrunedDays(day(2), day(5)), PrunedDays(day(9), day(11)))
    assert [number for number in range(1, 14) if listed.is_pruned(day(number))] == [
        *range(2, 6),
        *range(9, 12),
    ]


def test_a_span_of_all_days_takes_no_time(tmp_path: Path) -> None:
    """The index may have been written by others."""
    index = Index("stage1_index.v1", ".", None, None, (), (PrunedDays(date.min, date.max),))
    (tmp_path / "index.json").write_bytes(to_json(index))

    listed = read_listed(tmp_path)

    assert listed.is_pruned(day(1))
    assert listed.without([day(2)]).pruned == listed.pruned


def test_an_index_without_some_days_says_that_they_were_pruned() -> None:
    """All entries of a day go together."""
    page = IndexEntry("2025-12-20_snapshot.html", 3, "b" * 64)
    other = IndexEntry("stage1_trend.json", 3, "c" * 64)
    listed = Listed(
        is_there=True, is_readable=True, entries={each.path: each for each in (ENTRY, page, other)}
    )

    left = listed.without([day(20)])

    assert left.entries == {other.path: other}
    assert left.pruned == (PrunedDays(day(20), day(20)),)
    assert listed.pruned == ()
