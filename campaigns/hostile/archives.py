"""Hostile archives: cut, damaged, of many members, bombs; in all supported compressions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from campaigns.hostile.attack import LostError, Target, mutated
from peaktrade_ops.telemetry.files.blocks import Block
from peaktrade_ops.telemetry.files.compression import MAGIC_BYTES, opener_for
from peaktrade_ops.telemetry.files.reader import ReadProblemError, read_range
from peaktrade_ops.telemetry.files.reasons import BROKEN_COMPRESSION
from peaktrade_ops.telemetry.files.source import source_of
from tests.support.compressing import COMPRESS
from tests.support.memory import traced_memory
from tests.support.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_LIMIT: Final = 2**16
_PATH: Final = "telemetry/a.jsonl.gz"
_PLACE: Final = f"/t/{_PATH}"
_MOST_MEMORY: Final = 32 * 2**20
"""Much more than a chunk, the state of a decoder, and the lines of a block."""

_TEXTS: Final = (
    b"",
    b"{}\n",
    b'{"ts":"2025-12-19T12:00:00Z","level":"critical","type":"alert"}\n' * 30,
    b"".join(b'{"n":%d}\n' % number for number in range(400)),
    b"no line end",
    b"\n" * 3000,
    b"x" * 200_000 + b"\n",
)
_PIECES: Final = (
    *(b"\0", b"\xff", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0"),
    *(b"\x50\x2a\x4d\x18\4\0\0\0abcd", b"\x5f\x2a\x4d\x18\xff\xff\xff\xff", b"\0" * 600, b"1AY&SY"),
    *(b"\x03\0\0\0\0\0\0\0\0\0", b"{}\n", b"\x1f\x8b\x08\x1c\xff\xff"),
)


@lru_cache(maxsize=1)
def _members() -> list[tuple[bytes, bytes]]:
    """Return texts, each compressed in each way, with the texts."""
    return [(compress(text), text) for text in _TEXTS for compress in COMPRESS]


def _archive(random: Random) -> bytes:
    data = b"".join(random.choice(_members())[0] for _ in range(random.choice((1, 1, 1, 2, 3, 40))))
    return mutated(random, data, _PIECES) if random.randrange(8) else data


def _lines_of(data: bytes) -> tuple[bytes, bool]:
    """Read an archive; return all bytes of its lines, and whether it is broken."""
    store = MemoryStore({_PLACE: data})
    source = source_of(_PATH, _PLACE, store.identity(_PLACE))
    found: list[bytes] = []
    try:
        # Of a longer line only the beginning is kept.
        found.extend(
            piece.data if isinstance(piece, Block) else b"..."
            for piece in read_range(source, 0, source.size, _LIMIT, store)
        )
    except ReadProblemError as problem:
        if problem.reason != BROKEN_COMPRESSION:
            raise LostError(f"the reason is {problem.reason}") from None
        return b"".join(found), True
    return b"".join(found), False


def _check_archives(archives: Sequence[bytes]) -> None:
    """Read archives: nothing but broken compression is a problem, and what is whole is whole."""
    for data in archives:
        _, is_broken = _lines_of(data)
        if not is_broken and opener_for(data[:MAGIC_BYTES]) is not None:
            # A cut may fall between two members, so only most of them show.
            _lines_of(data[: len(data) // 2])


ARCHIVES: Final = Target("archives with damage", _archive, _check_archives, 150_000, 100, 10)


def _cut(random: Random) -> bytes:
    """Return the number of an archive, and where it is cut."""
    return random.randrange(2**32).to_bytes(4, "little")


def _check_cuts(inputs: Sequence[bytes]) -> None:
    """Cut whole archives: what comes out is the beginning of what was put in, and broken."""
    members = _members()
    for each in inputs:
        number = int.from_bytes(each[:4], "little")
        data, text = members[number % len(members)]
        place = number // len(members) % (len(data) + 1)
        if len(text) > _LIMIT:
            continue
        found, is_broken = _lines_of(data[:place])
        # Less than the mark of a compression is read as a line, and broken by the name.
        if place >= MAGIC_BYTES and not text.startswith(found):
            raise LostError(f"{found!s:.200} comes out of {text!s:.200}")
        if is_broken != (place < len(data)) or (not is_broken and found != text):
            raise LostError(
                f"cut at {place} of {len(data)}, broken {is_broken}, {len(found)} bytes"
            )


CUTS: Final = Target("archives that are cut", _cut, _check_cuts, 300_000, 400, 10)


def _bomb(random: Random) -> bytes:
    """Return a small archive of very much: many members, long lines, or all of the same."""
    compress = random.choice(COMPRESS)
    text = random.choice((b"\n", b"x", b"{}\n", b"[", b" ", b'{"a":"'))
    if random.randrange(2):
        return compress(text * random.choice((1, 100))) * random.randrange(1, 2000)
    return compress(text * random.randrange(2**20, 2**24))


def _check_bombs(archives: Sequence[bytes]) -> None:
    """Read bombs in bounded memory; the time limit is that of all inputs."""
    for data in archives:
        store = MemoryStore({_PLACE: data})
        source = source_of(_PATH, _PLACE, store.identity(_PLACE))
        with traced_memory() as peak:
            for _ in read_range(source, 0, source.size, _LIMIT, store):
                pass
        if peak.size > _MOST_MEMORY:
            raise LostError(f"{len(data)} bytes take {peak.size >> 20} MiB")


BOMBS: Final = Target("archives that are bombs", _bomb, _check_bombs, 200, 3)
