"""Tests of `peaktrade_ops.telemetry.counting.spill`."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.spill import Table

if TYPE_CHECKING:
    from collections.abc import Callable
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


def test_a_table_has_no_file_that_could_stay_behind(tmp_path: Path) -> None:
    """A process that is killed leaves nothing, whatever it does; removing a table twice is fine."""
    table = Table(str(tmp_path))
    seen = []

    class Watching(dict[int, dict[str, int]]):
        def items(self) -> Any:  # noqa: ANN401 (of a dictionary)
            for number in range(10_000):
                seen.append(list(tmp_path.iterdir()))
                yield number, {f"{number:01000}": 1}

    table.add(Watching())
    assert seen == [[]] * 10_000
    assert list(tmp_path.iterdir()) == []
    assert len(list(table.items())) == 10_000
    table.remove()
    table.remove()


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
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def full(path: Path, **options: bool) -> sqlite3.Connection:
        table = connect(path, **options)
        table.execute("PRAGMA max_page_count = 1")
        return table

    monkeypatch.setattr(sqlite3, "connect", full)

    with pytest.raises(TelemetryError, match="full"):
        Table(str(tmp_path)).add({0: {"a": 1}})
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_is_the_same_error(tmp_path: Path) -> None:
    """A table that can no longer be written gives no counts instead of wrong ones."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    table = Table(str(tmp_path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(TelemetryError, match="no temporary file can be used"):
            table.add({number: {f"{number:01000}": 1} for number in range(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_process_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """No scan sweeps what another has left, so nothing may stay."""
    killed = (
        "import os, signal, sys\n"
        "from peaktrade_ops.telemetry.counting.spill import Table\n"
        "table = Table(sys.argv[1])\n"
        "table.add({0: {'a': 1}})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run([sys.executable, "-c", killed, tmp_path], check=False)

    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_nobody_has_any_more_is_closed(tmp_path: Path) -> None:
    """Its room is free again at once, and no Python warns of an open connection."""
    table = Table(str(tmp_path))
    connection = table._table  # noqa: SLF001 (nothing else shows that it is closed)

    del table

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
