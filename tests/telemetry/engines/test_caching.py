"""Tests of `peaktrade_ops.telemetry.engines.caching`, by the files that are read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.config import Config, SeverityRules, Sources
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.engines import caching
from peaktrade_ops.telemetry.engines import run as run_module
from peaktrade_ops.telemetry.engines.caching import Digest
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.reader import read_bytes
from peaktrade_ops.telemetry.files.walk import discover
from tests.support.scanning import (
    INSIDE,
    Counted,
    as_expected,
    content_of,
    search_for,
    setup_for,
    written_source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store

pytestmark = pytest.mark.usefixtures("time_limit", "own_temporary_folder")

LINE = content_of({"ts": INSIDE, "level": "critical", "type": "alert", "text": "x" * 40})
PART = 50 * len(LINE)


@dataclass
class World:
    """A telemetry root and a cache.

    Attributes:
        folder: The folder of both.
        scans: The parts that are scanned, by path, start and length.
        config: The configuration.
        processes: The number of processes.
    """

    folder: Path
    scans: list[tuple[str, int, int]] = field(default_factory=list)
    config: Config = field(default_factory=Config)
    processes: int = 1

    def place(self, path: str) -> Path:
        """Return the location of a file."""
        return self.folder / "root" / path

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        self.place(path).parent.mkdir(parents=True, exist_ok=True)
        self.place(path).write_bytes(content)

    def scan(self) -> object:
        """Return what a report shows, and take note of what is scanned."""
        self.scans.clear()
        setup = setup_for(self.config)._replace(cache=self.folder / ".cache")
        found = discover(self.folder / "root", search_for(), max_files=0)
        with scanned(found.sources, setup, processes=self.processes, cache_bytes=2**30) as tally:
            return as_expected(Counted(tally, setup.cells))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world whose scans are noted, with small parts, and without a wait for clocks."""
    world = World(tmp_path)
    scan = Scanner.scan

    def noted(self: Scanner, part: Part, observe: Callable[[bytes], object] | None = None) -> Tally:
        world.scans.append((part.source.path, part.start, part.end - part.start))
        return scan(self, part, observe)

    monkeypatch.setattr(Scanner, "scan", noted)
    monkeypatch.setattr(run_module, "PART_BYTES", PART)
    monkeypatch.setattr(caching, "_HEAD_BYTES", 100)
    monkeypatch.setattr(caching, "_SETTLED_NS", 0)
    world.write("telemetry/a.jsonl", LINE * 120)
    return world


def test_what_has_not_changed_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with the identity, size and times of last time is not even opened."""
    before = world.scan()
    assert len(world.scans) == 3
    monkeypatch.setattr(caching, "read_bytes", lambda *_: pytest.fail("the file is read"))

    assert world.scan() == before
    assert world.scans == []


def test_the_counts_of_another_program_are_not_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have counted in another way."""
    before = world.scan()
    monkeypatch.setattr(caching, "program_digest", lambda: b"another")

    for scans in (3, 0):
        assert world.scan() == before
        assert len(world.scans) == scans


def test_a_file_that_stays_unchanged_is_looked_up_as_a_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tally of all parts of a file is kept when they are merged again for the first time."""
    looks: list[bool] = []
    known = caching.CachingScanner.known

    def noted(self: caching.CachingScanner, key: bytes, path: str) -> Tally | None:
        looks.append((tally := known(self, key, path)) is not None)
        return tally

    monkeypatch.setattr(caching.CachingScanner, "known", noted)
    before = world.scan()
    for expected in ([False, True, True, True], [True]):
        looks.clear()
        assert world.scan() == before
        assert looks == expected
    with world.place("telemetry/a.jsonl").open("ab") as file:
        file.write(LINE)
    world.scan()

    assert len(world.scans) == 1


@pytest.mark.parametrize("room", [0, 2**16, 2**17])
def test_tallies_wait_in_bounded_memory(
    world: World, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Known tallies that have no room until they are merged are looked up twice."""
    monkeypatch.setattr(caching, "_MOST_WAITING", room)
    world.write("telemetry/b.jsonl", LINE * 120)
    before = world.scan()

    for _ in range(3):
        assert world.scan() == before
        assert world.scans == []


def test_a_cache_that_is_deleted_during_a_scan_costs_time_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that was known when the scan began and is not any more is scanned."""
    before = world.scan()
    monkeypatch.setattr(caching, "_MOST_WAITING", 0)
    # Of the whole file nothing is known yet, and then all of its parts are.
    known, looks = caching.CachingScanner.known, iter(range(99))

    def known_at_first(self: caching.CachingScanner, key: bytes, path: str) -> Tally | None:
        return known(self, key, path) if next(looks) < 4 else None

    monkeypatch.setattr(caching.CachingScanner, "known", known_at_first)

    assert world.scan() == before
    assert len(world.scans) == 3


def test_a_file_that_was_written_just_before_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The times of a file say nothing for two seconds; its bytes are compared instead."""
    monkeypatch.setattr(caching, "_SETTLED_NS", 2 * 10**9)
    world.scan()
    hashed: list[int] = []

    def noted(source: Source, start: int, end: int, store: Store) -> Iterator[tuple[int, bytes]]:
        hashed.append(start)
        return read_bytes(source, start, end, store)

    monkeypatch.setattr(caching, "read_bytes", noted)
    world.scan()

    assert sorted(set(hashed)) == [0, PART, 2 * PART]
    assert world.scans == []


@pytest.mark.parametrize("name", ["telemetry/b.jsonl", "obs/deep/a.jsonl"])
def test_a_renamed_or_copied_file_is_read_but_not_scanned(world: World, name: str) -> None:
    """The bytes of a part are known under any name that is read alike."""
    world.scan()
    world.write(name, world.place("telemetry/a.jsonl").read_bytes())
    world.place("telemetry/a.jsonl").unlink()
    world.scan()

    assert world.scans == []


@pytest.mark.parametrize("name", ["telemetry/a.jsonl.1", "live_runs/alerts/a.jsonl"])
def test_a_name_that_is_read_otherwise_needs_a_scan(world: World, name: str) -> None:
    """What hangs on the name is part of the key."""
    world.scan()
    world.write(name, world.place("telemetry/a.jsonl").read_bytes())
    world.scan()

    assert [path for path, _, _ in world.scans] == [name] * 3


@pytest.mark.parametrize(
    "name", ["telemetry/a.jsonl.1", "telemetry/a.jsonl.gz", "live_runs/a.jsonl"]
)
def test_the_number_behind_a_path_is_no_part_of_the_key(tmp_path: Path, name: str) -> None:
    """Files that are read alike have the same key, and others have not."""
    setup = setup_for(Config(sources=Sources(legacy=("live_runs/*.jsonl",))))
    plain = written_source(tmp_path, b"{}\n")
    named, numbered, other = (
        caching.context_of(Part(msgspec.structs.replace(plain, **changes), 0, 3), setup)
        for changes in (
            {"path": name},
            {"path": f"{name} (2)", "unnumbered": name},
            {"path": f"{name} (2)"},
        )
    )

    assert numbered == named
    assert other != named


def test_of_a_file_that_grew_only_the_new_lines_are_scanned(world: World) -> None:
    """The part at the end continues where the last scan ended, and full parts are known."""
    world.scan()
    with world.place("telemetry/a.jsonl").open("ab") as file:
        file.write(LINE * 2)
    grown = world.scan()

    assert world.scans == [("telemetry/a.jsonl", 120 * len(LINE), 2 * len(LINE))]
    world.scans.clear()
    assert world.scan() == grown
    assert world.scans == []


def test_a_file_of_which_the_beginning_is_another_is_scanned(world: World) -> None:
    """A file that was truncated and written anew shares nothing with the one before."""
    world.scan()
    world.write("telemetry/a.jsonl", LINE.replace(b"critical", b"info") * 20)
    world.scan()

    assert len(world.scans) == 1


def test_another_configuration_needs_a_scan(world: World) -> None:
    """The settings by which events are read are part of the key, and both results are kept."""
    world.scan()
    world.config = Config(severity=SeverityRules(map={"critical": "info"}))
    world.scan()
    assert len(world.scans) == 3
    world.config = Config()
    world.scan()

    assert world.scans == []


def test_processes_find_what_others_kept(world: World) -> None:
    """Worker processes read the same cache, and what they count is kept."""
    world.processes = 2
    before = world.scan()
    os.utime(world.place("telemetry/a.jsonl"))
    world.processes = 1

    assert world.scan() == before
    assert world.scans == []
    world.processes = 2
    os.utime(world.place("telemetry/a.jsonl"))
    assert world.scan() == before


def test_a_file_that_cannot_be_read_to_its_end_is_not_kept(world: World) -> None:
    """A problem is met again, so that every report names it."""
    world.write("telemetry/b.jsonl.gz", b"\x1f\x8b broken")
    world.scan()
    world.scan()

    assert [path for path, _, _ in world.scans] == ["telemetry/b.jsonl.gz"]


def test_names_that_are_too_many_are_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part with very many names is scanned each time."""
    monkeypatch.setattr(caching, "_MOST_NAME_BYTES", 10)
    world.scan()
    world.scan()

    assert len(world.scans) == 3


def test_the_name_of_bytes_does_not_depend_on_their_pieces() -> None:
    """Bytes have the same key, head and length in any pieces, and another one in a context."""
    whole, pieces = Digest(b"context"), Digest(b"context")
    whole.update(b"x" * 9000)
    for size in (1, 4000, 99, 4900):
        pieces.update(b"x" * size)
    copied = pieces.copy()
    copied.update(b"y")
    other = Digest(b"other")
    other.update(b"x" * 9000)

    assert whole.name == pieces.name
    assert copied.name.head == pieces.name.head
    assert copied.name.key != pieces.name.key
    assert (copied.name.length, pieces.name.length) == (9001, 9000)
    assert other.name.key != whole.name.key
