"""Tests of `peaktrade_ops.telemetry.engines.run`."""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import TelemetryError, UsageError
from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS
from peaktrade_ops.telemetry.engines import run as run_module
from peaktrade_ops.telemetry.engines.pool import ScanningPool
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.walk import discover
from tests.support.compressing import gzip_bytes
from tests.support.memory_store import MemoryStore
from tests.support.oracle import expect_report
from tests.support.scanning import WINDOW, Counted, as_expected, search_for, setup_for
from tests.support.sharing import EXPECTED, FILES, scan, sources_of

if TYPE_CHECKING:
    from peaktrade_ops.telemetry.files.source import Source

pytestmark = pytest.mark.usefixtures("time_limit", "own_temporary_folder")


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_tally_is_the_same_over_any_number_of_processes(
    sources: list[Source], processes: int
) -> None:
    """The counts are those of the contract for any number of processes."""
    _, found = scan(sources, processes)

    assert found == EXPECTED


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_whole_files_give_the_same_as_their_parts(sources: list[Source], processes: int) -> None:
    """Files below the size of a part are scanned whole, with the same tally."""
    assert scan(sources, processes)[1] == EXPECTED


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("processes", [1, 2])
def test_files_of_another_store_give_the_same(processes: int) -> None:
    """The walk, the parts and every process read through the store that they are given."""
    store = MemoryStore({f"/store/{path}": content for path, content in FILES.items()})
    sources = discover(Path("/store"), search_for(), max_files=0, store=store).sources
    setup = setup_for()._replace(store=store)

    with scanned(sources, setup, processes=processes) as tally:
        found = as_expected(Counted(tally, setup.cells))

    assert found == EXPECTED


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("processes", [1, 2])
def test_counts_that_move_to_files_are_the_same(sources: list[Source], processes: int) -> None:
    """Each process has its own temporary files, and all of them are gone in the end."""
    assert scan(sources, processes, memory_bytes=900)[1] == EXPECTED


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("processes", [1, 2])
def test_the_evidence_of_all_files_is_collected(sources: list[Source], processes: int) -> None:
    """It is the same over any number of parts and processes, and the files keep none of it."""
    setup = setup_for()
    spans = setup.cells.spans_of(WINDOW)
    with scanned(sources, setup, processes=processes) as tally:
        found = {kind: tally.exhibits_of(kind, spans) for kind in ("critical", "alerts", "actions")}
        assert all(file.exhibits.timed == {} for file in tally.files.values())

    expected = expect_report(FILES, end=WINDOW.end).evidence
    for kind, events in found.items():
        assert [(path, each.line) for path, each in events] == [
            (each.path, each.line) for each in getattr(expected, kind)
        ]
    assert len(found["alerts"]) == MOST_EXHIBITS
    assert found["critical"]
    assert found["actions"]


def test_progress_is_told_the_bytes_of_each_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Big files are cut, compressed and empty ones are not, and all bytes are accounted for."""
    monkeypatch.setattr(run_module, "PART_BYTES", 10)
    archive = gzip_bytes(b"{}\n")
    files = {"a": b"{}\n" * 9, "b": archive, "c": b"", "d": b"0123456789", "e": b"0123456789\n"}
    told: list[int] = []
    scan(sources_of(tmp_path / "root", files), 1, told.append)

    assert told == [10, 10, 7, len(archive), 0, 10, 10, 1]


def test_no_files_give_an_empty_tally() -> None:
    """An empty list of files gives an empty tally with any number of processes."""
    assert scan([], 0)[0] == {}
    assert scan([], 3)[0] == {}


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("processes", [1, 2])
def test_a_file_that_vanished_is_one_problem(sources: list[Source], processes: int) -> None:
    """A file that disappeared after the search has a problem in the tally, and others are read."""
    gone = next(source for source in sources if source.path == "telemetry/b.jsonl")
    Path(gone.location).unlink()
    files, _ = scan(sources, processes)

    assert files[gone.path].problem == "changed while it was read"
    assert files[gone.path].lines == 0
    assert [file.problem for file in files.values()].count("") == len(FILES) - 1


def started_processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the number of processes of each scan without starting any."""
    started: list[int] = []

    def refuse(processes: int, _: object) -> AbstractContextManager[None]:
        started.append(processes)
        return nullcontext()

    monkeypatch.setattr(ScanningPool, "started", refuse)
    return started


@pytest.mark.parametrize(
    ("cores", "worth", "expected"),
    [(1, True, []), (2, True, [2]), (5, True, [5]), (100, True, [8]), (8, False, [])],
)
@pytest.mark.parametrize("affinity", [False, True])
def test_processes_are_started_where_it_is_worth_it(  # noqa: PLR0913 (a table and fixtures)
    sources: list[Source],
    monkeypatch: pytest.MonkeyPatch,
    *,
    cores: int,
    worth: bool,
    expected: list[int],
    affinity: bool,
) -> None:
    """The default is one process for each usable core, at most 8, and none for little work."""
    if affinity:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(cores), raising=False)
    else:
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(run_module, "PART_BYTES", 97)
    monkeypatch.setattr(run_module, "_MIN_POOL_BYTES", 100 if worth else 2**30)
    started = started_processes(monkeypatch)
    scan(sources, 0)

    assert started == expected


def test_a_machine_that_does_not_know_its_cores_has_one(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a number there is one process."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.setattr(run_module, "_MIN_POOL_BYTES", 0)
    started = started_processes(monkeypatch)
    scan(sources, 0)

    assert started == []


def test_there_are_never_more_processes_than_parts(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configured number is kept, but for processes that would have nothing to do."""
    started = started_processes(monkeypatch)
    scan(sources, 3)
    scan(sources, 200)
    scan(sources[:1], 200)

    assert started == [3, len(sources)]


def test_without_a_temporary_folder_the_scan_is_exact(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A scan whose names fit into memory needs no temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    assert scan(sources, 1)[1] == EXPECTED
    assert scan(sources, 2)[1] == EXPECTED


@pytest.mark.parametrize("processes", [1, 2])
def test_without_a_temporary_folder_outgrown_counts_are_an_error(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, processes: int
) -> None:
    """Counts that exceed their memory are an error without a temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(TelemetryError, match="temporary file") as failure:
        scan(sources, processes, memory_bytes=900)

    assert "TMPDIR" in failure.value.hint


def test_a_regular_expression_that_is_refused_is_wrong_usage(sources: list[Source]) -> None:
    """The keyword search is checked before any process is started."""
    with pytest.raises(UsageError), scanned(sources, setup_for(legacy_regex="(")):
        pass
