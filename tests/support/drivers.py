"""A stand-in for fsspec with one driver, whose objects are in memory, listed as in S3."""

from __future__ import annotations

import errno
import io
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from peaktrade_ops.locations import Url
from peaktrade_ops.telemetry.files import remote
from peaktrade_ops.telemetry.files.remote import RemoteStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

URL = Url("mem", "mem://bucket/root")


class MemorySystem:
    """A file system of the stand-in.

    Attributes:
        objects: The bytes of the objects by their full keys, which may be any text.
        facts: What the driver tells about each object, besides its name, type and size.
        failure: An error that every access raises; `None` for none.
        requests: The ranges that were read, first and last byte.
    """

    objects: ClassVar[dict[str, bytes]] = {}
    facts: ClassVar[dict[str, object]] = {}
    failure: ClassVar[Exception | None] = None
    requests: ClassVar[list[tuple[int, int]]] = []

    def __init__(self, **options: object) -> None:
        """Take only the options that the store must give."""
        assert options == {"use_listings_cache": False, "skip_instance_cache": True}

    @classmethod
    def _strip_protocol(cls, url: str) -> str:
        return url.removeprefix("mem://").rstrip("/")

    @staticmethod
    def _get_kwargs_from_urls(_url: str) -> dict[str, object]:
        return {}

    def ls(self, location: str, *, detail: bool) -> list[dict[str, Any]]:
        """List a folder as S3 does: a key ends at the first slash after the prefix."""
        assert detail
        self._fail()
        prefix = f"{location}/"
        rows: dict[str, dict[str, Any]] = {}
        for key in self.objects:
            if key.startswith(prefix):
                name, slash, _ = key.removeprefix(prefix).partition("/")
                full = prefix + name
                row = {"name": full, "type": "directory"} if slash else self._row(key)
                rows[full + slash] = row
        if not rows and location in self.objects:
            return [self._row(location)]
        if not rows:
            raise FileNotFoundError(location)
        return list(rows.values())

    def info(self, location: str) -> dict[str, Any]:
        """Return what is known of an object or folder."""
        self._fail()
        if location in self.objects:
            return self._row(location)
        self.ls(location, detail=True)
        return {"name": location, "type": "directory"}

    def open(self, location: str, mode: str, *, cache_type: str) -> MemoryObject:
        """Open an object."""
        assert (mode, cache_type) == ("rb", "none")
        self._fail()
        if location not in self.objects:
            raise FileNotFoundError(location)
        return MemoryObject(self, location)

    def _row(self, key: str) -> dict[str, Any]:
        return {"name": key, "type": "file", "size": len(self.objects[key]), **self.facts}

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


class MemoryObject(io.BytesIO):
    """An object, open for reading; it is gone when it is written again."""

    def __init__(self, system: MemorySystem, key: str) -> None:
        """Open an object."""
        super().__init__(system.objects[key])
        self._system = system
        self._key = key

    def read(self, size: int | None = -1, /) -> bytes:
        """Read some bytes, and take note of the request."""
        self._system._fail()  # noqa: SLF001 (the same stand-in)
        if self._key not in self._system.objects:
            raise FileNotFoundError(self._key)
        if self._system.objects[self._key] != self.getvalue():
            raise OSError(errno.EBUSY, "the object was written again")
        first = self.tell()
        data = super().read(size)
        self._system.requests.append((first, first + len(data)))
        return data


def system_of(objects: Mapping[str, bytes], **facts: object) -> type[MemorySystem]:
    """Return a driver with objects whose keys are relative to the URL."""

    class System(MemorySystem):
        """The driver of one test."""

        requests: ClassVar[list[tuple[int, int]]] = []

    System.objects = {f"bucket/root/{key}": data for key, data in objects.items()}
    System.facts = facts
    return System


def install(monkeypatch: pytest.MonkeyPatch, system: type[MemorySystem]) -> RemoteStore:
    """Put the stand-in in place of fsspec, and return the store of its URL."""

    def class_of(protocol: str) -> type[MemorySystem]:
        if protocol != URL.protocol:
            raise ValueError(protocol)
        return system

    fsspec = ModuleType("fsspec")
    vars(fsspec)["get_filesystem_class"] = class_of
    monkeypatch.setitem(sys.modules, "fsspec", fsspec)
    remote._file_system.cache_clear()  # noqa: SLF001 (the driver changes with each test)
    return RemoteStore(URL)


def without_cache() -> Iterator[None]:
    """Forget the drivers of a test at its end."""
    yield
    remote._file_system.cache_clear()  # noqa: SLF001 (see above)
