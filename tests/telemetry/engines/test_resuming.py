"""Tests of `peaktrade_ops.telemetry.engines.resuming`."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.telemetry.engines import caching, resuming
from peaktrade_ops.telemetry.engines import run as run_module
from peaktrade_ops.telemetry.engines.pool import ScanningPool
from peaktrade_ops.telemetry.engines.resuming import in_threads
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.walk import discover
from tests.support.compressing import gzip_bytes
from tests.support.scanning import INSIDE, Counted, as_expected, content_of, search_for, setup_for

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.telemetry.counting.scan import Part

pytestmark = pytest.mark.usefixtures("time_limit", "own_temporary_folder")


def lines(start: int, stop: int) -> bytes:
    """Return lines of the same length, each with its number."""
    event = {"ts": INSIDE, "level": "critical", "type": "alert"}
    return content_of(*({**event, "text": f"{number:040}"} for number in range(start, stop)))


SIZE = len(lines(0, 1))
PART = 50 * SIZE
OLD, NEW = "telemetry/a.jsonl", "telemetry/b.jsonl"


class World:
    """A telemetry root and a cache, and the pools that are wanted."""

    def __init__(self, folder: Path) -> None:
        """Start without files."""
        self.root, self.cache = folder / "root", folder / ".cache"
        self.pools: list[int] = []

    def write(self, path: str, content: bytes) -> None:
        """Add to a file, or make it."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab") as file:
            file.write(content)

    def reports(self, *, cached: bool = True, processes: int = 0) -> object:
        """Return what a report shows, and take note of the pools."""
        self.pools.clear()
        setup = setup_for()._replace(cache=self.cache if cached else None)
        found = discover(self.root, search_for(), max_files=0)
        with scanned(found.sources, setup, processes=processes, cache_bytes=2**30) as tally:
            return as_expected(Counted(tally, setup.cells))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world of small parts on three cores, where 60 new lines are worth processes."""
    world = World(tmp_path)

    def refuse(processes: int, _: object) -> AbstractContextManager[None]:
        world.pools.append(processes)
        return nullcontext()

    monkeypatch.setattr(ScanningPool, "started", refuse)
    monkeypatch.setattr(run_module, "PART_BYTES", PART)
    monkeypatch.setattr(run_module, "_MIN_POOL_BYTES", 60 * SIZE)
    monkeypatch.setattr(run_module, "_MOST_NEW_BYTES", 60 * SIZE)
    monkeypatch.setattr(resuming, "_BATCH", 2)
    monkeypatch.setattr(caching, "_HEAD_BYTES", 100)
    monkeypatch.setattr(caching, "_SETTLED_NS", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(3), raising=False)
    world.write(OLD, lines(0, 320))
    world.reports()
    assert world.pools == [3]
    return world


@pytest.mark.parametrize("count", [0, 1, 59])
def test_little_that_is_new_starts_no_processes(world: World, count: int) -> None:
    """Known parts are read again by threads, and the lines behind them are counted here."""
    os.utime(world.root / OLD, (0, 0))
    world.write(OLD, lines(320, 320 + count))

    assert world.reports() == world.reports(cached=False)
    world.write(NEW, lines(400, 400 + count))
    assert world.reports() == world.reports(cached=False)
    os.utime(world.root / OLD, (0, 0))
    world.reports()
    assert world.pools == []


@pytest.mark.parametrize("path", [OLD, NEW])
def test_much_that_is_new_starts_processes(world: World, path: str) -> None:
    """Lines that are added count the same as lines of another file."""
    world.write(path, lines(320, 381))
    os.utime(world.root / OLD, (0, 0))
    reports = world.reports()

    assert world.pools == [3]
    assert reports == world.reports(cached=False)


def test_a_compressed_file_counts_as_its_text(world: World) -> None:
    """A compressed file of an eighth of the size is as much work."""
    world.write(f"{NEW}.gz", gzip_bytes(os.urandom(60 * SIZE // 8)))
    os.utime(world.root / OLD, (0, 0))
    reports = world.reports()

    assert world.pools == [3]
    assert reports == world.reports(cached=False)


def test_a_part_that_only_begins_like_a_known_one_is_new(world: World) -> None:
    """The first bytes say what may be known; the digests say what is."""
    place = world.root / OLD
    content = place.read_bytes()
    place.write_bytes(content[:110] + content[110:].replace(b"00000", b"11111"))
    reports = world.reports()

    assert world.pools == [3]
    assert reports == world.reports(cached=False)


def test_a_configured_number_of_processes_scans_what_is_new(world: World) -> None:
    """With a number of processes in the configuration, this process only merges."""
    os.utime(world.root / OLD, (0, 0))
    world.reports(processes=2)
    assert world.pools == []

    world.write(OLD, lines(320, 321))
    world.reports(processes=2)
    assert world.pools == [2]


def test_a_file_that_cannot_be_read_is_a_problem_of_the_scan(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that disappears between the looks at its bytes is named, as without a cache."""
    before = world.reports()
    os.utime(world.root / OLD, (0, 0))
    begin = caching.CachingScanner.begin

    def begin_and_remove(self: caching.CachingScanner, part: Part) -> caching.Begun:
        begun = begin(self, part)
        (world.root / OLD).unlink(missing_ok=True)
        return begun

    monkeypatch.setattr(caching.CachingScanner, "begin", begin_and_remove)

    assert world.reports() != before
    assert world.pools == [3]


def test_work_in_threads_keeps_the_order_of_its_items() -> None:
    """Each item is worked on once, by this thread and by others."""
    seen = threading.Barrier(3)

    def work(item: int) -> tuple[int, int]:
        seen.wait(timeout=60)
        return item, threading.get_ident()

    results = in_threads(work, range(6), 3)

    assert [item for item, _ in results] == list(range(6))
    assert len({thread for _, thread in results}) == 3
    assert threading.get_ident() in {thread for _, thread in results}
    assert in_threads(work, [], 3) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_a_thread_is_raised_and_ends_the_work(threads: int) -> None:
    """No thread takes another item after an error."""
    taken: list[int] = []

    def work(item: int) -> int:
        taken.append(item)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_threads(work, range(100), threads)

    assert len(taken) <= threads


def test_a_system_without_more_threads_works_in_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on threads costs time only."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert in_threads(str, range(5), 3) == ["0", "1", "2", "3", "4"]
