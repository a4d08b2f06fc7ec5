"""Tests of `peaktrade_ops.telemetry.engines.cache`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.telemetry.engines import cache as cache_module
from peaktrade_ops.telemetry.engines.cache import (
    Cache,
    Condition,
    Name,
    condition_of,
    is_cache_name,
)
from peaktrade_ops.telemetry.files.store import Identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = Name(b"key", b"head", 7)
FILE = Identity(1, 2, 3, 4, 1, 5)
MANY = 2**30


def kept(folder: Path, *bodies: bytes, name: Name = NAME) -> None:
    """Keep some tallies of a part, each by other cells."""
    cache = Cache(folder)
    for number, body in enumerate(bodies):
        cache.keep(name, b"cells%d" % number, body)
    cache.keep_file(b"context", FILE, [name.key])
    cache.close(MANY)


def found(folder: Path, key: bytes = NAME.key, *, is_read_only: bool = False) -> list[bytes]:
    """Return the tallies of a part that a new process finds."""
    cache = Cache(folder, is_read_only=is_read_only)
    bodies = list(cache.bodies(key))
    cache.close(MANY)
    return bodies


def state(
    folder: Path, identity: Identity = FILE, context: bytes = b"context"
) -> tuple[bytes, ...]:
    """Return the keys of the parts of a file that a new process finds."""
    cache = Cache(folder)
    keys = cache.file(context, identity)
    cache.close(MANY)
    return keys


def lengths(folder: Path) -> set[int]:
    """Return the lengths of the parts that a new process finds."""
    cache = Cache(folder)
    found = cache.lengths(NAME.head)
    cache.close(MANY)
    return found


def execute(folder: Path, statement: str) -> None:
    """Change the database as somebody else may."""
    with closing(sqlite3.connect(folder / "scans.sqlite")) as connection, connection:
        connection.execute(statement)


def test_what_is_kept_is_found_by_the_next_process(tmp_path: Path) -> None:
    """Tallies come by their key, the latest first, also to a worker that only reads."""
    folder = tmp_path / "new" / ".cache"
    kept(folder, b"one", b"two")

    assert found(folder) == found(folder, is_read_only=True) == [b"two", b"one"]
    assert found(folder, b"other") == []
    assert lengths(folder) == {7}
    assert state(folder) == (b"key",)
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886")
    assert all(is_cache_name(path.name) for path in folder.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"device": 9},
        {"inode": 9},
        {"size": 9},
        {"modified_ns": 9},
        {"changed_ns": 9},
    ],
)
def test_a_file_in_another_state_is_not_known(tmp_path: Path, change: dict[str, int]) -> None:
    """A file is known only by its identity, its size and both of its times."""
    kept(tmp_path, b"body")

    assert state(tmp_path, FILE._replace(**change)) == ()
    assert state(tmp_path, context=b"other") == ()
    assert state(tmp_path, FILE._replace(names=2)) == (b"key",)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE parts SET key = X'00'",
        "UPDATE parts SET cells = X'00'",
        "UPDATE parts SET head = X'00'",
        "UPDATE parts SET length = 8",
        "UPDATE parts SET body = X'00'",
    ],
)
def test_a_row_that_is_changed_counts_as_absent(tmp_path: Path, statement: str) -> None:
    """The digest of a row covers all that is used of it."""
    kept(tmp_path, b"body")
    execute(tmp_path, statement)

    assert found(tmp_path) == []
    assert found(tmp_path, b"\0") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE files SET state = X'00'",
        "UPDATE files SET name = X'00'",
        "UPDATE files SET seal = 'text'",
    ],
)
def test_a_state_that_is_changed_counts_as_absent(tmp_path: Path, statement: str) -> None:
    """The digest of the state of a file covers its name."""
    kept(tmp_path, b"body")
    execute(tmp_path, statement)

    assert state(tmp_path) == ()


@pytest.mark.parametrize("content", [b"", b"no database" * 99, b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path, content: bytes) -> None:
    """A damaged database is no error; the next run starts again without counts."""
    kept(tmp_path, b"body")
    (tmp_path / "scans.sqlite").write_bytes(content)

    assert found(tmp_path) == []
    kept(tmp_path, b"body")
    assert found(tmp_path) == [b"body"]


@pytest.mark.parametrize("is_read_only", [True, False])
def test_a_database_with_a_damaged_schema_is_made_anew(
    tmp_path: Path, *, is_read_only: bool
) -> None:
    """The error of SQLite repeats text of the file, which need not be UTF-8."""
    kept(tmp_path, b"body")
    path = tmp_path / "scans.sqlite"
    data = path.read_bytes()
    damaged = data.replace(b"tableparts", b"tablepar\xff\xfe").replace(
        b"TABLE parts", b"XABLE parts"
    )
    assert damaged.count(b"\xff\xfe") == damaged.count(b"XABLE") == 1
    path.write_bytes(damaged)

    assert found(tmp_path, is_read_only=is_read_only) == []
    kept(tmp_path, b"new")
    assert found(tmp_path) == [b"new"]


def test_a_database_of_another_format_is_made_anew(tmp_path: Path) -> None:
    """The database of another version of the program is not used."""
    kept(tmp_path, b"body")
    execute(tmp_path, "PRAGMA user_version = 77")

    assert found(tmp_path, is_read_only=True) == []
    assert found(tmp_path) == []
    kept(tmp_path, b"new")
    assert found(tmp_path) == [b"new"]


@pytest.mark.parametrize("blocker", ["a file", "a folder in its place", "a link"])
def test_a_cache_that_cannot_be_used_is_no_error(tmp_path: Path, blocker: str) -> None:
    """Without a folder, or with something else in the place of the database, nothing is kept."""
    folder = tmp_path / ".cache"
    if blocker == "a file":
        folder.write_text("")
    elif blocker == "a folder in its place":
        (folder / "scans.sqlite").mkdir(parents=True)
    else:
        folder.mkdir()
        (folder / "scans.sqlite").symlink_to(tmp_path / "elsewhere")
    kept(folder, b"body")

    assert found(folder) == []
    assert not (tmp_path / "elsewhere").exists()


def test_a_cache_that_another_run_writes_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run keeps nothing rather than wait long for another, and loses no result."""
    monkeypatch.setattr(cache_module, "_BUSY_SECONDS", 0.01)
    kept(tmp_path, b"body")
    with closing(sqlite3.connect(tmp_path / "scans.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        kept(tmp_path, b"new")

        assert found(tmp_path) == []
    assert found(tmp_path) == [b"body"]


def test_only_the_latest_ways_to_count_a_part_are_kept(tmp_path: Path) -> None:
    """A part that is asked for by many windows does not fill the cache."""
    kept(tmp_path, *(b"%d" % number for number in range(9)))

    assert found(tmp_path) == [b"8", b"7", b"6", b"5"]


def test_a_large_tally_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tally that is larger than its limit costs more than it saves."""
    monkeypatch.setattr(cache_module, "_MOST_BODY_BYTES", 10)
    kept(tmp_path, b"x" * 11, b"y" * 10)

    assert found(tmp_path) == [b"y" * 10]


def test_a_full_cache_loses_what_was_not_used_for_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the limit the parts go whose last use is the oldest, and the file gets smaller."""
    names = [Name(b"key%d" % number, b"head", 7) for number in range(8)]
    for day, name in enumerate(names):
        monkeypatch.setattr(cache_module, "_today", lambda day=day: day)
        kept(tmp_path, b"x" * 100_000, name=name)
    monkeypatch.setattr(cache_module, "_today", lambda: 100)
    assert found(tmp_path, b"key0") != []
    before = (tmp_path / "scans.sqlite").stat().st_size
    cache = Cache(tmp_path)
    cache.keep(Name(b"new", b"head", 7), b"cells", b"x" * 100_000)
    cache.close(600_000)
    left = [name.key for name in names if found(tmp_path, name.key)]

    assert left == [b"key0", b"key6", b"key7"]
    assert found(tmp_path, b"new") != []
    assert (tmp_path / "scans.sqlite").stat().st_size < before / 1.5


def test_a_process_that_only_reads_writes_nothing(tmp_path: Path) -> None:
    """A worker neither makes a cache nor changes one."""
    cache = Cache(tmp_path / "none", is_read_only=True)
    cache.keep(NAME, b"cells", b"body")
    cache.keep_file(b"context", FILE, [b"key"])
    cache.close(MANY)

    assert not (tmp_path / "none").exists()
    assert list(cache.bodies(b"key")) == []


def test_the_condition_of_a_cache_is_its_size(tmp_path: Path) -> None:
    """There may be no cache yet."""
    assert condition_of(tmp_path / "none") == Condition(None)
    kept(tmp_path, b"body")
    assert condition_of(tmp_path) == Condition((tmp_path / "scans.sqlite").stat().st_size)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.write_bytes(b"no database" * 1000), "is damaged: file is not a"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000] + bytes(9000)), "is damaged: "),
        (lambda path: path.unlink() or path.mkdir(), "scans.sqlite is no regular file"),
        (lambda path: execute(path.parent, "PRAGMA user_version = 1"), "is of another version"),
    ],
)
def test_a_cache_that_cannot_be_used_says_why_and_what_to_do(
    tmp_path: Path, damage: Callable[[Path], object], problem: str
) -> None:
    """The next run makes it anew or goes on without one."""
    kept(tmp_path, b"body")
    damage(tmp_path / "scans.sqlite")

    condition = condition_of(tmp_path)
    assert problem in condition.problem
    assert condition.remedy


def test_a_cache_without_permission_says_so(unprivileged: int, tmp_path: Path) -> None:
    """It may belong to another user."""
    assert unprivileged
    folder = tmp_path / "cache"
    kept(folder, b"body")
    (folder / "scans.sqlite").chmod(0)
    file = condition_of(folder)
    folder.chmod(0)
    try:
        hidden = condition_of(folder)
    finally:
        folder.chmod(0o755)

    assert file.problem.startswith("cannot be read: ")
    assert hidden == Condition(None, "cannot be read: Permission denied", file.remedy)
