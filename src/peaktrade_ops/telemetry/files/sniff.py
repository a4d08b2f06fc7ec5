"""Read the first bytes of a file whose name or path does not show whether it is telemetry."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.compression import (
    MAGIC_BYTES,
    BrokenCompressionError,
    decompress,
    opener_for,
)
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.records.events import EventReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.telemetry.files.store import Identity, OpenFile, Store

SNIFFED_BYTES: Final = 2**16
"""The number of bytes of a file that are examined, after decompression."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FEW_LINES: Final = 2
_OBJECT: Final = re.compile(rb"[ \t\r]*\{.*\}[ \t\r]*", re.DOTALL)


class Sniffed(NamedTuple):
    """The content of the first bytes of a file.

    Attributes:
        has_lines: Whether at least two lines are JSON objects.
        has_time: Whether a line is a JSON object with a time.
    """

    has_lines: bool
    has_time: bool


class Sniffer:
    """Examines the first bytes of files, each file only once while it does not change.

    Args:
        time_keys: The keys of the time of an event, in the order in which they are tried.
        store: The store of the files.
    """

    def __init__(self, time_keys: Sequence[str], store: Store = LOCAL) -> None:
        """Start with an empty cache."""
        self._events = EventReader(time_keys, SNIFFED_BYTES)
        self._store = store
        self._answers: dict[tuple[str, Identity], Sniffed] = {}

    def look(self, location: str, identity: Identity) -> Sniffed:
        """Return the content of the first bytes of a file.

        Args:
            location: The location in the store.
            identity: The file that was found there.

        Raises:
            FileNotFoundError: The file is gone.
            OSError: The file cannot be read.
        """
        key = location, identity
        if key not in self._answers:
            with contextlib.closing(self._store.open_file(location)) as file:
                self._answers[key] = self._judge(_first_bytes(file))
        return self._answers[key]

    def _judge(self, data: bytes) -> Sniffed:
        # Most lines of other files are not objects, and it is slow to parse them.
        lines = [
            line
            for line in data.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
            if _OBJECT.fullmatch(line)
        ]
        if not lines:
            return Sniffed(has_lines=False, has_time=False)
        times = self._events.read(b"\n".join(lines), lines, may_grow=False).times
        return Sniffed(len(times.values) >= _FEW_LINES, times.first is not None)


def _first_bytes(file: OpenFile) -> bytes:
    """Return the first bytes of a file, decompressed if it is compressed."""
    pieces = _pieces(file)
    if opener_for(file.read_at(0, MAGIC_BYTES)) is not None:
        pieces = decompress(pieces)
    data = b""
    # The bytes before the damage are enough to recognise the file.
    with contextlib.suppress(BrokenCompressionError):
        for piece in pieces:
            data += piece
            if len(data) >= SNIFFED_BYTES:
                break
    return data[:SNIFFED_BYTES]


def _pieces(file: OpenFile) -> Iterator[bytes]:
    position = 0
    while data := file.read_at(position, SNIFFED_BYTES):
        position += len(data)
        yield data
