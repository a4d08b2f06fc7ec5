"""Object stores and other remote file systems as a `Store`, through the drivers of fsspec.

The libraries are an optional extra of the package, and they are imported only when a URL is used.

An object is replaced as a whole, and never grows. Its entity tag or its version is part of its
identity, so that an object that was written again is another file. Stores that tell neither are
like a local file system that tells no time of the last change of an inode.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.telemetry.files.store import Entry, Identity, Kind
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

    from peaktrade_ops.locations import Url

EXTRA: Final = "pip install 'peaktrade-ops[cluster]'"
"""The command that installs the libraries."""

# The keys under which the drivers tell what changes with the bytes, and when they were written.
_TAGS: Final = ("ETag", "etag", "e_tag", "generation", "VersionId", "version_id")
_TIMES: Final = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")

# A request takes as long as some hundred KiB, so more is read ahead while a file is read on.
_FIRST_BYTES: Final = 2**16
_MOST_BYTES: Final = 2**21
_GROWTH: Final = 4

_NS: Final = 10**9
_MOST_REASON: Final = 160
_NO_NAME: Final = "(no name)"


class RemoteStore:
    """The store of a URL.

    Args:
        url: The URL of the telemetry root.
    """

    def __init__(self, url: Url) -> None:
        """Use no library yet."""
        self._url = url
        # What the last listing told about its files, each used once: an object store answers one
        # listing faster than a question about each file.
        self._listed: dict[str, Mapping[str, Any]] = {}

    def __reduce__(self) -> tuple[type[RemoteStore], tuple[Url]]:
        """Send only the URL to other processes, which have their own connections."""
        return RemoteStore, (self._url,)

    def resolve_folder(self, path: str) -> str | None:  # noqa: ARG002 (the URL is the only root)
        """Return the location of the telemetry root.

        Raises:
            TelemetryError: There is no driver for the URL, or the folder cannot be listed.
        """
        try:
            system = _file_system(self._url, os.getpid())
            location = str(system._strip_protocol(self._url.text))  # noqa: SLF001 (no public way)
            with _as_os_errors():
                found = _rows(system, location)
        except OSError as error:
            hint = "check --repo, PEAK_TELEMETRY_DIR and the credentials of the store"
            if isinstance(error, FileNotFoundError):
                hint = "check the URL in --repo or PEAK_TELEMETRY_DIR"
            raise TelemetryError(
                f"telemetry at {self._url} cannot be read: {_reason_of(error)}", hint=hint
            ) from error
        if [_name_of(row) for row in found if row.get("type") != "directory"] == [location]:
            raise TelemetryError(
                f"telemetry at {self._url} is a single file", hint="give the folder that holds it"
            )
        return location

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder.

        An entry whose name cannot be a part of a path, which some stores allow, is of an unknown
        kind: no other access to it is possible.
        """
        with _as_os_errors():
            rows = _rows(self._system, location)
        base = location.rstrip("/") + "/"
        entries = []
        for row in rows:
            full, is_folder = _name_of(row), row.get("type") == "directory"
            inside = full.startswith(base)
            name = full[len(base) :] if inside else full
            if not name and not is_folder and not row.get("size"):
                # An empty object that shows an empty folder to browsers.
                continue
            if not inside or name in {"", ".", ".."} or "/" in name:
                kind, name = Kind.UNKNOWN, name.strip("/") or _NO_NAME
            elif is_folder:
                kind = Kind.FOLDER
            else:
                kind = Kind.FILE if row.get("type") == "file" else Kind.OTHER
                self._listed[full] = row
            entries.append(Entry(name, full, kind))
        return entries

    def identity(self, location: str) -> Identity:
        """Return the identity of a file or folder, from the last listing if it was not used yet."""
        row = self._listed.pop(location, None)
        if row is None:
            with _as_os_errors():
                row = self._system.info(location)
        return self._identity_of(location, row)

    def open_file(self, location: str) -> RemoteFile:
        """Open a file; reads fail if the store tells that it was replaced meanwhile."""
        system = self._system
        with _as_os_errors():
            file = system.open(location, "rb", cache_type="none")
            row = getattr(file, "details", None) or system.info(location)
            if row.get("type") != "file":
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), location)
            return RemoteFile(self._identity_of(location, row), file)

    @property
    def _system(self) -> AbstractFileSystem:
        return _file_system(self._url, os.getpid())

    def _identity_of(self, location: str, row: Mapping[str, Any]) -> Identity:
        """Return the identity that a driver tells.

        Raises:
            OSError: The driver tells about another file, because it reads the name in its own way.
        """
        if row.get("type") == "file" and _name_of(row) != location:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), location)
        tag = next((str(row[key]) for key in _TAGS if row.get(key)), "")
        if tag.startswith("W/"):
            # A weak tag stays the same for other bytes of the same meaning.
            tag = ""
        modified_ns = next((_epoch_ns(row[key]) for key in _TIMES if row.get(key)), 0)
        return Identity(
            # Negative, so that it is never one of the local file system.
            device=-1 - _number(self._url.protocol),
            inode=_number(location, tag.strip('"')),
            size=int(row.get("size") or 0),
            modified_ns=modified_ns,
            # Nothing but the tag shows reliably that a file is unchanged.
            changed_ns=max(modified_ns, 1) if tag else 0,
        )


class RemoteFile:
    """A remote file, open for reading.

    Args:
        identity: The file that was opened.
        file: The file object of the driver, without a buffer of its own.
    """

    def __init__(self, identity: Identity, file: AbstractBufferedFile) -> None:
        """Start without a read."""
        self.identity = identity
        self._file = file
        self._start = 0
        self._data = b""

    def read_at(self, position: int, size: int) -> bytes:
        """Return up to `size` bytes from `position` on; no bytes at or after the end.

        A file that was removed or replaced has no bytes any more.
        """
        end = min(position + size, self.identity.size)
        if position >= end:
            return b""
        place = position - self._start
        if not 0 <= place < len(self._data):
            self._fetch(position, end - position)
            place = 0
        return self._data[place : place + end - position]

    def close(self) -> None:
        """Close the file object."""
        with _as_os_errors():
            self._file.close()

    def _fetch(self, position: int, size: int) -> None:
        """Read bytes from a position on, more of them while the file is read in order."""
        ahead = _FIRST_BYTES
        if self._data and position == self._start + len(self._data):
            ahead = min(len(self._data) * _GROWTH, _MOST_BYTES)
        end = min(position + max(size, ahead), self.identity.size)
        self._start, self._data = position, b""
        try:
            with _as_os_errors():
                self._file.seek(position)
                self._data = self._file.read(end - position)
        except FileNotFoundError:
            return
        except OSError as error:
            # The driver of S3 tells with this number that the entity tag is another one now.
            if error.errno != errno.EBUSY:
                raise


@functools.cache
def _file_system(url: Url, _process: int) -> AbstractFileSystem:
    """Return the file system of a URL, one for each process.

    Raises:
        TelemetryError: The library or the driver is not installed.
    """
    try:
        fsspec = import_module("fsspec")
        driver = fsspec.get_filesystem_class(url.protocol)
    except (ImportError, ValueError) as error:
        what = "for URLs" if isinstance(error, ImportError) and error.name == "fsspec" else ""
        raise TelemetryError(
            f"telemetry at {url} cannot be read: the driver {what or f'of {url.protocol}://'} is"
            " not installed",
            hint=f"{EXTRA} installs the one of s3://; other drivers are packages of their own",
        ) from error
    options = driver._get_kwargs_from_urls(url.text)  # noqa: SLF001 (no public way without chains)
    with _as_os_errors():
        # A listing that is remembered would hide what changes during the scan.
        return driver(use_listings_cache=False, skip_instance_cache=True, **options)


def _rows(system: AbstractFileSystem, location: str) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = system.ls(location, detail=True)
    return rows


def _name_of(row: Mapping[str, Any]) -> str:
    return str(row["name"])


def _number(*texts: str) -> int:
    """Return a number that is derived from texts."""
    digest = hashlib.blake2b(digest_size=8)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return int.from_bytes(digest.digest(), "big")


def _epoch_ns(moment: object) -> int:
    """Return a time that a driver tells in whole seconds, as nanoseconds since 1970; 0 if unknown.

    In whole seconds, because a listing may tell more digits than a question about one file.
    """
    with contextlib.suppress(ValueError, OverflowError):
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if isinstance(moment, datetime):
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if isinstance(moment, int | float):
            return int(moment) * _NS
    return 0


@contextlib.contextmanager
def _as_os_errors() -> Iterator[None]:
    """Raise the errors of a driver as errors of the operating system; each has its own types."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(errno.EIO, _first_line(error)) from error


def _first_line(error: Exception) -> str:
    text = printable(str(error).strip().split("\n")[0])
    return text[:_MOST_REASON] or type(error).__name__


def _reason_of(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such bucket or folder"
    if isinstance(error, PermissionError):
        return "permission denied"
    return _first_line(OSError(reason_of(error)))
