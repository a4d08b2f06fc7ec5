"""Keep the tallies of parts in a database, by the digest of their bytes.

A cache saves time and never changes a result. What is kept is found by content, and each row has a
digest of its own: a row that is damaged counts as absent, and a database that is damaged is made
anew. An error of the database means that nothing is known, or that nothing is kept.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
import stat
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from peaktrade_ops.errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from peaktrade_ops.telemetry.files.store import Identity

FOLDER: Final = ".cache"
"""The name of the folder below the reports root."""

_DATABASE: Final = "scans.sqlite"
_TAG: Final = "CACHEDIR.TAG"
_TAG_TEXT: Final = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# The counts of earlier scans. They can be deleted at any time.\n"
)

_FORMAT: Final = 2
_SEAL_BYTES: Final = 16
_BUSY_SECONDS: Final = 2.0
_MOST_BODY_BYTES: Final = 4 * 2**20
_MOST_VARIANTS: Final = 4
_MOST_LENGTHS: Final = 8
_BATCH: Final = 64
_DAY_SECONDS: Final = 86_400

_CREATE_PARTS: Final = (
    "CREATE TABLE IF NOT EXISTS parts (key BLOB, cells BLOB, head BLOB, length INTEGER, body BLOB,"
    " seal BLOB, used INTEGER, PRIMARY KEY (key, cells))"
)
_CREATE: Final = (
    _CREATE_PARTS,
    "CREATE INDEX IF NOT EXISTS heads ON parts (head, length)",
    "CREATE TABLE IF NOT EXISTS files (name BLOB PRIMARY KEY, state BLOB, seal BLOB, used INTEGER)",
    f"PRAGMA user_version = {_FORMAT}",
)


# The message of an error repeats names of the file, which fails to decode where they are damaged.
_ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)


class Name(NamedTuple):
    """The name of the bytes of a part.

    Attributes:
        key: A digest of the bytes and of everything else that its tally depends on.
        head: A digest of the same, but of the first bytes only.
        length: The number of bytes.
    """

    key: bytes
    head: bytes
    length: int


class FileState(msgspec.Struct, frozen=True, array_like=True):
    """A file that was read as a whole, and the keys of its parts.

    Attributes:
        size: Its size in bytes.
        modified_ns: Its modification time, nanoseconds since 1970.
        changed_ns: The time of the last change of its inode, nanoseconds since 1970.
        keys: The keys of its parts, in order.
    """

    size: int
    modified_ns: int
    changed_ns: int
    keys: tuple[bytes, ...]


class Cache:
    """The database of one cache folder, for one process.

    Args:
        folder: The folder; it is made when something is kept.
        is_read_only: Whether nothing is kept.

    Attributes:
        problem: Why the database cannot be used; empty if it can, or if it was not needed yet.
    """

    def __init__(self, folder: Path, *, is_read_only: bool = False) -> None:
        """Open the database on the first use."""
        self._folder = folder
        self._is_read_only = is_read_only
        self._opened: sqlite3.Connection | None = None
        self._failed = False
        self.problem = ""
        self._used: set[bytes] = set()
        self._waiting: list[tuple[Name, bytes, bytes]] = []
        self._files: dict[bytes, bytes] = {}

    def bodies(self, key: bytes) -> Iterator[bytes]:
        """Yield the tallies of a part, counted by different cells, the latest first."""
        query = (
            "SELECT cells, head, length, body, seal FROM parts WHERE key = ? ORDER BY rowid DESC"
        )
        for cells, head, length, body, seal in self._rows(query, (key,)):
            if seal == _seal(key, cells, head, length, body):
                self._used.add(key)
                yield body

    def lengths(self, head: bytes) -> set[int]:
        """Return the lengths of the parts with these first bytes, for the latest few."""
        query = "SELECT DISTINCT length FROM parts WHERE head = ? ORDER BY rowid DESC LIMIT ?"
        rows = self._rows(query, (head, _MOST_LENGTHS))
        return {length for (length,) in rows if isinstance(length, int)}

    def file(self, context: bytes, identity: Identity) -> tuple[bytes, ...]:
        """Return the keys of the parts of a file that has not changed; none if it may have.

        Args:
            context: A digest of what else its tally depends on.
            identity: The file as it is now.
        """
        name = _file_name(context, identity)
        for state, seal in self._rows("SELECT state, seal FROM files WHERE name = ?", (name,)):
            if seal == _seal(name, state):
                with contextlib.suppress(msgspec.MsgspecError):
                    known = msgspec.msgpack.decode(state, type=FileState)
                    if _state_of(identity, known.keys) == known:
                        self._used.update((name, *known.keys))
                        return known.keys
        return ()

    def keep(self, name: Name, cells: bytes, body: bytes) -> None:
        """Keep the tally of a part.

        Args:
            name: The part.
            cells: A digest of the cells that it was counted by.
            body: The tally.
        """
        if self._is_read_only or len(body) > _MOST_BODY_BYTES:
            return
        self._waiting.append((name, cells, body))
        if len(self._waiting) >= _BATCH:
            self._write()

    def keep_file(self, context: bytes, identity: Identity, keys: Sequence[bytes]) -> None:
        """Keep the keys of the parts of a file that was read as a whole in this state."""
        if not self._is_read_only:
            state = msgspec.msgpack.encode(_state_of(identity, tuple(keys)))
            self._files[_file_name(context, identity)] = state

    def close(self, most_bytes: int) -> None:
        """Write what waits, remove what was not used for longest, and close the database.

        Args:
            most_bytes: The size that the kept tallies may have, bytes.
        """
        if not self._is_read_only:
            self._write()
            self._write_files()
            self._mark_used()
            self._shrink(most_bytes)
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _write(self) -> None:
        rows = [
            (
                name.key,
                cells,
                name.head,
                name.length,
                body,
                _seal(name.key, cells, name.head, name.length, body),
                _today(),
            )
            for name, cells, body in self._waiting
        ]
        self._waiting = []
        if rows:
            self._change("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._change(
                "DELETE FROM parts WHERE key = ? AND rowid NOT IN"
                " (SELECT rowid FROM parts WHERE key = ? ORDER BY rowid DESC LIMIT ?)",
                [(row[0], row[0], _MOST_VARIANTS) for row in rows],
            )

    def _write_files(self) -> None:
        today = _today()
        rows = [(name, state, _seal(name, state), today) for name, state in self._files.items()]
        if rows:
            self._change("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", rows)

    def _mark_used(self) -> None:
        today = _today()
        used = [(today, name, today) for name in self._used]
        if used and self._opened is not None:
            self._change("UPDATE parts SET used = ? WHERE key = ? AND used <> ?", used)
            self._change("UPDATE files SET used = ? WHERE name = ? AND used <> ?", used)

    def _shrink(self, most_bytes: int) -> None:
        if self._opened is None:
            return
        [(total,)] = self._rows("SELECT TOTAL(LENGTH(body)) FROM parts", ()) or [(0.0,)]
        if total <= most_bytes:
            return
        # Down to three quarters, so that not every run has to remove something.
        excess = total - most_bytes * 3 / 4
        gone, freed = [], 0
        for row, size in self._rows(
            "SELECT rowid, LENGTH(body) FROM parts ORDER BY used, rowid", ()
        ):
            if freed >= excess:
                break
            gone.append((row,))
            freed += size
        self._change("DELETE FROM parts WHERE rowid = ?", gone)
        self._change("DELETE FROM files WHERE used < ?", [(_today() - 30,)])
        self._change("VACUUM", [()])

    def _rows(self, query: str, values: tuple[object, ...]) -> list[Any]:
        connection = self._connection()
        if connection is None:
            return []
        try:
            return connection.execute(query, values).fetchall()
        except _ERRORS:
            return []

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run a statement for each row in one transaction; an error leaves the database as it was.

        A database that is damaged is removed.
        """
        connection = None if self._is_read_only else self._connection()
        if connection is None:
            return
        try:
            with connection:
                connection.executemany(statement, rows)
        except sqlite3.OperationalError:
            # Another run writes, or there is no room: this run keeps nothing more.
            self._fail()
        except _ERRORS:
            self._fail()
            with contextlib.suppress(OSError):
                self._path.unlink()

    @property
    def _path(self) -> Path:
        return self._folder / _DATABASE

    def _fail(self) -> None:
        self._failed = True
        self._waiting.clear()
        self._files.clear()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _connection(self) -> sqlite3.Connection | None:
        """Return the open database; `None` if it cannot be used."""
        if self._opened is None and not self._failed:
            try:
                self._opened = self._open()
            except (*_ERRORS, OSError) as error:
                self._failed = True
                self.problem = reason_of(error) if isinstance(error, OSError) else str(error)
        return self._opened

    def _open(self) -> sqlite3.Connection | None:
        """Open the database; make it if it is not there, and anew if it is not one of this format.

        Raises:
            OSError: The folder cannot be made, or a link or no regular file is in the way.
            sqlite3.Error: The database cannot be opened.
            UnicodeDecodeError: The same, and the message of the error cannot be decoded.
        """
        if self._is_read_only:
            return self._prepared(self._connect("ro")) if _is_regular(self._path) else None
        _make_folder(self._folder)
        if self._path.is_symlink() or (self._path.exists() and not _is_regular(self._path)):
            raise FileExistsError(errno.EEXIST, f"{_DATABASE} in it is not a regular file")
        try:
            return self._prepared(self._connect("rwc"))
        except sqlite3.OperationalError:
            raise
        except _ERRORS:
            # Not a database.
            self._path.unlink()
            return self._prepared(self._connect("rwc"))

    def _connect(self, mode: str) -> sqlite3.Connection:
        # The characters that have a meaning in a URI are escaped.
        uri = f"{self._path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, timeout=_BUSY_SECONDS, uri=True)

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Return a connection to a database with the tables of this format.

        Raises:
            sqlite3.DatabaseError: The file is another kind of database, or none.
            UnicodeDecodeError: The same, and the message of the error cannot be decoded.
        """
        try:
            # A crash of the system may damage the database, which costs time only.
            connection.execute("PRAGMA synchronous = OFF")
            [(version,)] = connection.execute("PRAGMA user_version")
            if version == _FORMAT:
                return connection
            if self._is_read_only:
                raise sqlite3.DatabaseError("another format")
            [(tables,)] = connection.execute("SELECT COUNT(*) FROM sqlite_schema")
            if version or tables:
                raise sqlite3.DatabaseError("another format")
            with connection:
                for statement in _CREATE:
                    connection.execute(statement)
        except _ERRORS:
            connection.close()
            raise
        return connection


_OPEN: Final = "let this user read it, or name another folder with --cache"
_REMOVE: Final = f"remove {_DATABASE} in it; the next run makes it again"


class Condition(NamedTuple):
    """The condition of a cache folder.

    Attributes:
        size: The size of its database in bytes; `None` if there is none.
        problem: Why it cannot be used, in a few words; empty if it can, or if there is none.
        remedy: What to do about it; empty if it can be used.
    """

    size: int | None
    problem: str = ""
    remedy: str = ""


def condition_of(folder: Path) -> Condition:
    """Look at the database of a cache folder; nothing is changed."""
    path = folder / _DATABASE
    try:
        status = path.lstat()
    except FileNotFoundError:
        return Condition(None)
    except OSError as error:
        return Condition(None, f"cannot be read: {error.strerror}", _OPEN)
    if not stat.S_ISREG(status.st_mode):
        return Condition(None, f"{_DATABASE} is no regular file", f"move {_DATABASE} away")
    return Condition(status.st_size, *_problem_of(path))


def _problem_of(path: Path) -> tuple[str, str]:
    """Return why a database cannot be used, and what to do; both empty if it can be used."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, timeout=_BUSY_SECONDS, uri=True)) as database:
            [(version,)] = database.execute("PRAGMA user_version")
            [(found,), *_] = database.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        return f"cannot be read: {error}", _OPEN
    except sqlite3.Error as error:
        return f"is damaged: {error}", _REMOVE
    if version != _FORMAT:
        return "is of another version", "nothing: the next run makes it anew"
    return ("", "") if found == "ok" else (f"is damaged: {found}", _REMOVE)


def is_cache_name(name: str) -> bool:
    """Return whether the program writes a file of this name into its cache folder."""
    return name == _TAG or name.startswith(_DATABASE)


def _make_folder(folder: Path) -> None:
    """Make the cache folder with its tag.

    Raises:
        OSError: The folder cannot be made, or is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    tag = folder / _TAG
    with contextlib.suppress(FileExistsError), tag.open("x", encoding="ascii") as file:
        file.write(_TAG_TEXT)


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _seal(*values: object) -> bytes:
    """Return a digest of the values of a row."""
    return hashlib.blake2b(msgspec.msgpack.encode(values), digest_size=_SEAL_BYTES).digest()


def _file_name(context: bytes, identity: Identity) -> bytes:
    return _seal(context, *(str(number) for number in identity.file))


def _state_of(identity: Identity, keys: tuple[bytes, ...]) -> FileState:
    return FileState(identity.size, identity.modified_ns, identity.changed_ns, keys)


def _today() -> int:
    return int(time.time()) // _DAY_SECONDS
