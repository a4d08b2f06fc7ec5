"""Tests of `peaktrade_ops.telemetry.counting.spill`."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.spill import Table

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_sums_what_is_added_to_it(tmp_path: Path) -> None:
    """A table contains each name once, with the sum of its counts."""
    table = Table(str(tmp_path))
    table.add({0: {"a": 1, "b": 2}})
    table.add({0: {"b": 3, "": 1, "a\0b": 1}, 1: {"b": 4}})

    assert sorted(table.items()) == [
        (0, "", 1),
        (0, "a", 1),
        (0, "a\0b", 1),
        (0, "b", 5),
        (1, "b", 4),
    ]


def test_a_table_is_one_file_that_can_be_removed(tmp_path: Path) -> None:
    """A table is a single file, and removing it twice is allowed."""
    table = Table(str(tmp_path))
    table.add({0: {"a": 1}})
    assert len(list(tmp_path.iterdir())) == 1
    table.remove()
    table.remove()

    assert list(tmp_path.iterdir()) == []


def test_no_room_for_the_file_is_an_error_that_says_what_to_try(tmp_path: Path) -> None:
    """A scan fails with a hint if there is no room for the temporary file."""
    counts = Counts(0, lambda: Table(str(tmp_path / "missing")))

    with pytest.raises(TelemetryError, match="No such file or directory") as failure:
        counts.add(0, "a", 1)

    assert failure.value.exit_code == 1
    assert "TMPDIR" in failure.value.hint
    assert "memory_bytes" in failure.value.hint


def test_a_full_disk_is_the_same_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of SQLite is raised as an error of the telemetry."""
    connect = sqlite3.connect

    def full(path: Path) -> sqlite3.Connection:
        table = connect(path)
        table.execute("PRAGMA max_page_count = 1")
        return table

    monkeypatch.setattr(sqlite3, "connect", full)

    with pytest.raises(TelemetryError, match="full"):
        Table(str(tmp_path)).add({0: {"a": 1}})


def test_a_file_that_was_damaged_is_an_error(tmp_path: Path) -> None:
    """A table that can no longer be read gives no counts instead of wrong ones."""
    table = Table(str(tmp_path))
    table.add({0: {"a": 1}})
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"x" * 4096)

    with pytest.raises(TelemetryError, match="not a database"):
        list(table.items())
