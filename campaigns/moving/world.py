"""A folder of telemetry whose events are known, and all that can happen to it during a scan."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

END: Final = datetime(2025, 12, 20, tzinfo=UTC)
_LINES: Final = 40
FILES: Final = (
    "telemetry/app.jsonl",
    "telemetry/app.jsonl.1",
    "telemetry/app.jsonl.2.gz",
    "telemetry/a/one.jsonl",
    "telemetry/z/two.jsonl",
    "telemetry/z/empty.jsonl",
    "telemetry/link.jsonl",
)


class Seen(NamedTuple):
    """The number of first events, and of critical ones."""

    events: int
    criticals: int


@dataclass
class World:
    """A telemetry root, and outside of it a folder for what is moved away.

    All events that are there at the start are ``info``, but one, which is critical, in one file.
    Events that are written later are ``notice``, so that both can be counted apart.

    Attributes:
        root: The telemetry root.
        outside: A folder outside of it.
        random: The source of random numbers.
        critical: The file with the critical event; empty for none.
        written: The number of events that were written later.
        unreadable: The paths that the user may not read any more.
    """

    root: Path
    outside: Path
    random: Random
    critical: str
    written: int = 0
    unreadable: set[str] = field(default_factory=set)

    @property
    def first(self) -> Seen:
        """The events at the start."""
        return Seen(_LINES * (len(FILES) - 2), int(bool(self.critical)))

    def build(self) -> None:
        """Write the files."""
        self.outside.mkdir(parents=True)
        for place, path in enumerate(FILES):
            location = self.root / path
            location.parent.mkdir(parents=True, exist_ok=True)
            if path.endswith("link.jsonl"):
                location.symlink_to("a/one.jsonl")
                continue
            lines = [] if "empty" in path else [self._line(place, k, "info") for k in range(_LINES)]
            if path == self.critical:
                lines.insert(self.random.randrange(len(lines)), self._line(place, 0, "critical"))
            data = b"".join(lines)
            location.write_bytes(gzip.compress(data) if path.endswith(".gz") else data)

    def left(self) -> Seen:
        """Return which of the first events are in the folder now, whole and under any name.

        Of an event that was cut nobody can know what it was: it is reported as rejected or partial.
        """
        seen = Seen(0, 0)
        for location in self.root.rglob("*.jsonl*"):
            if location.is_symlink() or not location.is_file():
                continue
            data = location.read_bytes()
            with contextlib.suppress(EOFError, OSError, zlib.error):
                data = gzip.decompress(data) if location.suffix == ".gz" else data
            data = data[: data.rfind(b"\n") + 1]
            seen = Seen(
                seen.events + data.count(b'"info"'), seen.criticals + data.count(b'"critical"')
            )
        return seen

    def later(self, count: int = 30) -> bytes:
        """Return lines that a writer adds now."""
        self.written += count
        return b"".join(self._line(99, self.written + k, "notice") for k in range(count))

    def _line(self, place: int, number: int, level: str) -> bytes:
        moment = END - timedelta(hours=12) + timedelta(seconds=number, milliseconds=place)
        event = {"ts": moment.isoformat(), "level": level, "msg": "x" * self.random.randrange(40)}
        return json.dumps(event).encode() + b"\n"


def append(world: World, path: Path) -> None:
    """Add lines to a file."""
    with path.open("ab") as file:
        file.write(world.later())


def append_half(world: World, path: Path) -> None:
    """Add lines to a file, the last one not to its end."""
    with path.open("ab") as file:
        file.write(world.later()[:-20])


def truncate(_world: World, path: Path) -> None:
    """Cut a file to nothing, as after a copy."""
    os.truncate(path, 0)


def cut(_world: World, path: Path) -> None:
    """Cut a file in the middle."""
    os.truncate(path, path.stat().st_size // 2)


def truncate_and_write(world: World, path: Path) -> None:
    """Cut a file to nothing, and write more than it had."""
    path.write_bytes(world.later(300))


def write_over(_world: World, path: Path) -> None:
    """Write other events of the same length into a file."""
    data = path.read_bytes().replace(b'"info"', b'"warn"').replace(b'"critical"', b'"whatever"')
    with path.open("r+b") as file:
        file.write(data)


def copy_and_truncate(world: World, path: Path) -> None:
    """Rotate by a copy, then cut the file and go on in it."""
    shutil.copy2(path, path.with_name(f"{path.name}-20251219"))
    os.truncate(path, 0)
    append(world, path)


def rename(world: World, path: Path) -> None:
    """Rotate by a new name, and begin a new file."""
    path.rename(path.with_name(f"{path.name}.3"))
    path.write_bytes(world.later())


def rename_with_date(world: World, path: Path) -> None:
    """Rotate by a new name with a date before the ending of its own."""
    path.rename(path.with_name(f"{path.name}-2025-12-19T12:00:00Z"))
    path.write_bytes(world.later())


def shift(world: World, path: Path) -> None:
    """Rotate all files of one log: each gets the name of the next."""
    folder = path.parent
    for old, new in (("app.jsonl.2.gz", "app.jsonl.3.gz"), ("app.jsonl.1", "app.jsonl.2")):
        if (folder / old).exists():
            (folder / old).rename(folder / new)
    if path.name == "app.jsonl":
        path.rename(folder / "app.jsonl.1")
        path.write_bytes(world.later())


def compress(_world: World, path: Path) -> None:
    """Rotate into an archive, and remove the file."""
    packed = path.with_name(f"{path.name}.9.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def compress_half(_world: World, path: Path) -> None:
    """Begin an archive of a file."""
    data = gzip.compress(path.read_bytes())
    path.with_name(f"{path.name}.9.gz").write_bytes(data[: len(data) // 2])
    path.unlink()


def delete(_world: World, path: Path) -> None:
    """Remove a file, as retention does."""
    path.unlink()


def delete_and_write(world: World, path: Path) -> None:
    """Remove a file, and write another one of the same name and size."""
    size = path.stat().st_size
    path.unlink()
    path.write_bytes((world.later(300) * 3)[:size])


def replace(world: World, path: Path) -> None:
    """Put another file into the place of one."""
    other = path.with_name(".new")
    other.write_bytes(world.later(200))
    other.replace(path)


def swap_with_folder(_world: World, path: Path) -> None:
    """Put a folder into the place of a file."""
    path.unlink()
    path.mkdir()


def swap_with_link(world: World, path: Path) -> None:
    """Move a file out of the root, and leave a link to it."""
    target = world.outside / f"{len(list(world.outside.iterdir()))}.jsonl"
    path.rename(target)
    path.symlink_to(target)


def swap_with_dangling_link(_world: World, path: Path) -> None:
    """Leave a link to nothing."""
    path.unlink()
    path.symlink_to("nothing.jsonl")


def swap_with_pipe(_world: World, path: Path) -> None:
    """Put a pipe, whose opening waits, into the place of a file."""
    path.unlink()
    os.mkfifo(path)


def forbid(world: World, path: Path) -> None:
    """Take the right to read a file; the store of the campaign refuses it."""
    world.unreadable.add(str(path))


def move_to_first_folder(_world: World, path: Path) -> None:
    """Move a file to a folder that was listed before its own."""
    path.rename(path.parents[1] / "a" / f"moved-{path.name}")


def move_to_last_folder(_world: World, path: Path) -> None:
    """Move a file to a folder that is listed after its own."""
    path.rename(path.parents[1] / "z" / f"moved-{path.name}")


def rename_folder(_world: World, path: Path) -> None:
    """Rename the folder of a file."""
    path.parent.rename(path.parent.with_name(f"{path.parent.name}-renamed"))


def remove_folder(_world: World, path: Path) -> None:
    """Remove the folder of a file with all that is in it."""
    shutil.rmtree(path.parent)


def forbid_folder(world: World, path: Path) -> None:
    """Take the right to list the folder of a file."""
    world.unreadable.add(str(path.parent))


ANYWHERE: Final[tuple[Callable[[World, Path], None], ...]] = (
    *(append, append_half, truncate, cut, truncate_and_write, write_over, copy_and_truncate),
    *(rename, rename_with_date, shift, compress, compress_half, delete, delete_and_write, replace),
    *(swap_with_folder, swap_with_link, swap_with_dangling_link, swap_with_pipe, forbid),
)
"""What can happen to any file."""

NESTED: Final[tuple[Callable[[World, Path], None], ...]] = (
    *(move_to_first_folder, move_to_last_folder, rename_folder, remove_folder, forbid_folder),
)
"""What can happen to files of the folders below the first one."""
