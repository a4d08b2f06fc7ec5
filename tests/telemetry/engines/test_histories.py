"""Histories of telemetry, of its configuration and of a cache: the cache changes no byte.

After each step the reports of a scan with the cache are those of a scan without it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Alerts, Config, Format, SeverityRules, Sources
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.settings import settings_of
from peaktrade_ops.stage1.snapshot import Scan, summarise
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.scan import Setup
from peaktrade_ops.telemetry.engines import caching, resuming
from peaktrade_ops.telemetry.engines import run as run_module
from peaktrade_ops.telemetry.engines.pool import ScanningPool
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.pin import judged_again
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.window import ahead_of, window_until
from tests.support.compressing import plain_zstd_bytes
from tests.support.examples import examples
from tests.support.hostile import telemetry_files
from tests.support.oracle import DEFAULT_LEGACY_REGEX
from tests.support.scanning import END, WINDOW, search_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from peaktrade_ops.window import Window

# What hangs on a name: whether the file is finished, compressed, an alert log or a legacy source,
# and its format.
NAMES = (
    "telemetry/a.jsonl",
    "telemetry/a.jsonl.1",
    "telemetry/a.jsonl.gz",
    "telemetry/pino.jsonl",
    "logs/alerts.jsonl",
    "live_runs/alerts/old.jsonl",
)
CONFIGS = (
    Config(),
    Config(formats=(Format(files=("**/pino*", "obs/**"), preset="pino"),)),
    Config(severity=SeverityRules(map={"warn": "critical"}), alerts=Alerts(danger=())),
    Config(sources=Sources(legacy=("telemetry/deep/**",))),
)
CLOCKS = (0, 1, 24, 27, 24 * 40, -48, -49)
ENDS = (0, -1, -24, -25, -7 * 24, 24, 48)


class Step(NamedTuple):
    """One step of a history; what the numbers choose depends on the kind."""

    kind: str
    file: int
    name: int
    place: int
    text: bytes


LINES = st.sampled_from(
    [
        b'{"ts":"2025-12-19T12:00:00Z","level":"critical","type":"alert"}\n',
        b'{"ts":"2025-12-20T09:00:00Z","level":"info","rule":"r"}\n',
        b'{"ts":"2025-12-21T12:00:00Z","level":"warn","type":"alert","rule":"late"}\n',
        b'{"level":"fatal","message":"no time"}\n',
        b'{"ts":"2025-12-19T12:00:00Z","level":60}\n{"ts":',
        b'"2025-12-19T13:00:00Z"}\n',
        b"broken\n\n",
    ]
)
STEPS = st.builds(
    Step,
    st.sampled_from(
        [
            *("append", "append", "append", "rename", "rename", "rename", "copy", "truncate"),
            *("rewrite", "mend", "delete", "restore", "config", "clock", "window", "window"),
            *("damage", "damage", "touch"),
        ]
    ),
    st.integers(0, 9),
    st.integers(0, len(NAMES) - 1),
    st.integers(0, 2000),
    LINES,
)


class World:
    """Telemetry on disk, with its configuration, its clock and a cache."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        """Write the files."""
        self.root, self.cache = folder / "root", folder / "cache"
        self.root.mkdir()
        self.config = CONFIGS[0]
        self.now = END + timedelta(hours=1)
        self.windows: list[Window] = [WINDOW]
        self.gone: list[tuple[str, bytes]] = []
        for path, content in files.items():
            self.write(path, content)

    def write(self, path: str, content: bytes) -> None:
        """Write a file, in place if it is there."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("r+b" if place.exists() else "wb") as file:
            file.write(content)
            file.truncate()

    def reports(self, *, cached: bool) -> list[bytes]:
        """Return the reports of a scan."""
        setup = Setup(
            cells=Cells(self.windows, ahead_of(self.now)),
            classifier=Stage1Classifier(self.config),
            keywords=DEFAULT_LEGACY_REGEX,
            record_bytes=self.config.limits.record_bytes,
            memory_bytes=self.config.limits.memory_bytes,
            cache=self.cache if cached else None,
        )
        found = discover(self.root, search_for(), max_files=0)
        with scanned(found.sources, setup, cache_bytes=2**20) as tally:
            scan = Scan.of(judged_again(found), tally, setup.cells)
            read = settings_of(self.config, DEFAULT_LEGACY_REGEX, scope="root")
            return [
                to_json(summarise(scan, each, settings=read, report_dir=".", now=self.now))
                for each in self.windows
            ]

    def go(self, step: Step) -> None:
        """Change the world."""
        files = sorted(path for path in self.root.rglob("*") if path.is_file())
        if not files or step.kind in {"restore", "config", "clock", "window", "damage"}:
            self._change_the_rest(step)
            return
        place = files[step.file % len(files)]
        path = place.relative_to(self.root).as_posix()
        content = place.read_bytes()
        cut = step.place % (len(content) + 1)
        if step.kind == "append":
            with place.open("ab") as file:
                file.write(step.text)
        elif step.kind == "touch":
            os.utime(place, (0, 0) if step.place % 2 else None)
        elif step.kind == "truncate":
            self.write(path, content[:cut])
        elif step.kind == "mend":
            self.write(path, content.replace(b"broken\n", step.text, 1))
        elif step.kind == "rewrite":
            times = place.stat()
            swapped = content[:cut] + content[cut:].replace(b"info", b"crit")
            self.write(path, swapped)
            os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
        else:
            if step.kind != "copy":
                self.gone.append((path, content))
                place.unlink()
            if step.kind != "delete":
                self.write(NAMES[step.name], content)

    def _change_the_rest(self, step: Step) -> None:
        if step.kind == "restore" and self.gone:
            self.write(*self.gone[step.file % len(self.gone)])
        elif step.kind == "config":
            self.config = CONFIGS[step.file % len(CONFIGS)]
        elif step.kind == "clock":
            self.now = END + timedelta(hours=CLOCKS[step.file % len(CLOCKS)], seconds=step.place)
        elif step.kind == "window":
            end = timedelta(hours=ENDS[step.file % len(ENDS)], minutes=step.place % 3)
            moved = window_until(END + end)
            self.windows = [moved.earlier(1), moved] if step.name % 2 else [moved]
        elif step.kind == "damage":
            damage(self.cache, step.file, step.place)


def damage(cache: Path, kind: int, place: int) -> None:
    """Damage a cache, replace it, or delete it."""
    database = cache / "scans.sqlite"
    if not database.exists():
        return
    content = bytearray(database.read_bytes())
    ways: list[Callable[[], object]] = [
        database.unlink,
        lambda: shutil.rmtree(cache),
        lambda: database.write_bytes(b"no database"),
        lambda: database.write_bytes(content[: len(content) * (place % 10) // 10]),
        lambda: database.write_bytes(flipped(content, place * 97)),
        lambda: database.write_bytes(flipped(content, place * 389)),
        lambda: change(database, "UPDATE parts SET body = (SELECT MAX(body) FROM parts)"),
        lambda: change(database, "UPDATE parts SET key = X'00' || key, head = X'00'"),
        lambda: change(database, "UPDATE files SET state = (SELECT MIN(state) FROM files)"),
        lambda: change(database, "PRAGMA user_version = 77"),
    ]
    ways[kind % len(ways)]()


def flipped(content: bytearray, place: int) -> bytearray:
    """Return bytes of which one is another."""
    content[place % len(content)] ^= 0x5A
    return content


def change(database: Path, statement: str) -> None:
    """Change a database that may be damaged already."""
    with closing(sqlite3.connect(database)) as connection:
        try:
            with connection:
                connection.execute(statement)
        except sqlite3.Error:
            database.unlink()


@pytest.fixture(autouse=True, scope="module")
def _small_parts() -> Iterator[None]:
    """Cut files into small parts, and trust files that were written a moment ago.

    Little new is counted on from what is known, after threads have read that again. The pool that
    counts more than that does not start, because processes take long.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "PART_BYTES", 211)
        patch.setattr(run_module, "_MIN_POOL_BYTES", 500)
        patch.setattr(run_module, "_MOST_NEW_BYTES", 500)
        patch.setattr(resuming, "_BATCH", 2)
        patch.setattr(ScanningPool, "started", lambda *_: nullcontext())
        patch.setattr(os, "sched_getaffinity", lambda _: range(2), raising=False)
        patch.setattr(caching, "_HEAD_BYTES", 40)
        patch.setattr(caching, "_SETTLED_NS", 0)
        yield


A, ROTATED = NAMES[:2]
CRITICAL = b'{"ts":"2025-12-19T12:00:00Z","level":"critical","type":"alert"}\n'
QUIET = b'{"ts":"2025-12-19T11:30:00Z","level":"info"}\n'
NUMBER = b'{"ts":"2025-12-19T12:00:00Z","level":60}\n'
BEGUN = b'{"ts":'


def critical_at(time: str) -> bytes:
    """Return a critical event at a time."""
    return CRITICAL.replace(b"2025-12-19T12:00", time.encode())


def step(kind: str, file: int = 0, name: int = 0, place: int = 0, text: bytes = b"") -> Step:
    """Return a step with what it needs."""
    return Step(kind, file, name, place, text)


@settings(max_examples=examples(60))
@given(telemetry_files(END), st.lists(STEPS, min_size=1, max_size=8))
# What was ahead of the clock is in a window later, and what was not is ahead of another clock.
@example(
    {A: critical_at("2025-12-19T07:45")},
    [step("clock", 6, place=1800), step("window", 2)],
)
@example({A: critical_at("2025-12-20T09:00")}, [step("clock", 5)])
# An hour is cut by the hours of another window.
@example({A: QUIET}, [step("window", 1, place=1)])
# What hangs on the name.
@example({A: QUIET + BEGUN}, [step("rename", name=1)])
@example({ROTATED: b"broken\n" * 9}, [step("rename", name=2)])
@example({A: QUIET}, [step("rename", name=4)])
@example({A: CRITICAL}, [step("rename", name=5)])
@example({A: NUMBER}, [step("config", 1)])
# Files that grow: in the middle of a line, and a compressed one that ends with a line feed.
@example({A: QUIET + BEGUN}, [step("append", text=b'"2025-12-19T13:00:00Z"}\n')])
@example({A: plain_zstd_bytes(QUIET)}, [step("append", text=CRITICAL)])
@example({A: QUIET * 9}, [step("append", text=CRITICAL), step("truncate", place=41)])
# The same size and modification time.
@example({A: QUIET * 9}, [step("rewrite")])
# The tally and the state of one file as those of another.
@example({A: CRITICAL, ROTATED: QUIET}, [step("damage", 6), step("touch")])
@example({A: CRITICAL, ROTATED: QUIET}, [step("damage", 8)])
def test_a_cache_changes_no_byte_whatever_happens(
    files: dict[str, bytes], steps: list[Step]
) -> None:
    """Whatever happens to telemetry, configuration, clock and cache, the reports are the same."""
    with tempfile.TemporaryDirectory() as scratch:
        world = World(Path(scratch), files)
        world.reports(cached=True)
        for each in steps:
            world.go(each)

            assert world.reports(cached=True) == world.reports(cached=False), each
