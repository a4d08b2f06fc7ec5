"""Real disks that fill up, have no inodes left, or become read-only: small file systems in memory.

They are mounted in a namespace of mounts of its own, which ends with its process. Root can make
one; another user can, where the system lets users make namespaces.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from campaigns.crashes.world import COMMANDS, Law, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from campaigns.figures import Figures
    from campaigns.order import Order

_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000
_READ_ONLY, _REMOUNT, _RECURSIVE, _PRIVATE = 0x1, 0x20, 0x4000, 0x40000
_PAGE: Final = 4096


def fill_disks(order: Order, figures: Figures, base: World, law: Law) -> None:
    """Run the routine on disks that have too little of something, and note what is lost.

    Without the right to mount, there is a row that says so, in which nothing was tried.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                try:
                    _mount_alone()
                except OSError as error:
                    pickle.dump([(f"disks: not tried here, {error.strerror}", 0, [])], pipe)
                else:
                    pickle.dump(list(_tried(order, base, law)), pipe)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError("the process of the disks has failed")
    for name, tried, losses in pickle.loads(data):  # noqa: S301 (from the fork above)
        row = figures.row(name)
        row.tried += tried
        row.losses += losses


def _tried(order: Order, base: World, law: Law) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the name of a row, how often it was tried, and what was lost, for each disk."""
    source = order.random("disks")
    place = order.scratch / "disk"
    place.mkdir()
    room = sum(path.stat().st_size for path in base.folder.rglob("*"))
    for _ in range(order.number(40, 1)):
        left = source.randrange(0, max(room // 1024, 1), 4)
        yield _case("a full disk", place, base, law, partial(_fill, place, left))
    for _ in range(order.number(20, 1)):
        inodes = source.randrange(40)
        yield _case("a disk without inodes", place, base, law, partial(_use, place, inodes))
    for _ in range(order.number(5, 1)):
        yield _case("a disk that is read-only", place, base, law, partial(_close, place))


def _case(
    name: str, place: Path, base: World, law: Law, spoil: Callable[[], Callable[[], None]]
) -> tuple[str, int, list[str]]:
    """Run the routine on a disk that was spoilt, mend it, and look at what is lost."""
    _mount(place, 64 * 2**20, 2_000)
    try:
        world = World(place / "world").copy_of(base)
        # The output is that of a terminal, not of the disk.
        world.output = place.with_name("disk-output")
        world.output.mkdir(exist_ok=True)
        mend = spoil()
        done = world.run(law.command, *COMMANDS[law.command])
        seen = world.tree()
        mend()
        lost = law.broken_by(world, done, is_killed=False, seen=seen)
        return name, 1, [f"{name}: {loss}" for loss in lost]
    finally:
        _unmount(place)


def _fill(place: Path, kilobytes: int) -> Callable[[], None]:
    """Fill a disk but for some room; return what gives the room back."""
    ballast = place / "ballast"
    free = os.statvfs(place)
    size = free.f_bavail * free.f_bsize - kilobytes * 1024
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1) // _PAGE * _PAGE or _PAGE)
    return ballast.unlink


def _use(place: Path, left: int) -> Callable[[], None]:
    """Use up the inodes of a disk but for some; return what gives them back."""
    folder = place / "many"
    folder.mkdir()
    for number in range(os.statvfs(place).f_favail - left):
        (folder / f"{number}").touch()
    return lambda: shutil.rmtree(folder)


def _close(place: Path) -> Callable[[], None]:
    """Make a disk read-only; return what makes it writable again."""
    _call_mount("none", place, "", _REMOUNT | _READ_ONLY, "")
    return lambda: _call_mount("none", place, "", _REMOUNT, "")


def _mount_alone() -> None:
    """Move this process into a namespace of mounts of its own."""
    library = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    kind = _NEW_MOUNTS if uid == 0 else _NEW_MOUNTS | _NEW_USERS
    if library.unshare(kind):
        raise OSError(number := ctypes.get_errno(), os.strerror(number))
    if uid != 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {uid} 1"),
            ("gid_map", f"0 {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 (of the kernel)
                file.write(text)
    _call_mount("none", "/", "", _RECURSIVE | _PRIVATE, "")


def _mount(place: Path, most_bytes: int, inodes: int) -> None:
    _call_mount("none", place, "tmpfs", 0, f"size={most_bytes},nr_inodes={inodes},mode=755")


def _unmount(place: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.umount2(os.fsencode(place), 0):
        raise OSError(number := ctypes.get_errno(), os.strerror(number))


def _call_mount(source: str, place: Path | str, kind: str, flags: int, options: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    done = library.mount(
        source.encode(), os.fsencode(place), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    if done:
        raise OSError(number := ctypes.get_errno(), os.strerror(number))
