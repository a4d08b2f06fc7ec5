"""Whose files a container writes, and that they outlive it (section 10 of the contract).

Files that a container writes through a bind mount belong to the user that it runs as, and only the
folder that is mounted tells whom the reports are for. So a start as root gives its rights away
before anything is read or written; any other start keeps its user.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.errors import ReportsError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOT: Final = 0
# Their numbers in capabilities(7).
_CAPABILITIES: Final = {"CAP_SETGID": 6, "CAP_SETUID": 7}
_MOUNTS: Final = Path("/proc/self/mountinfo")
_STATUS: Final = Path("/proc/self/status")

# The kernel's own, and never a place for files.
_KERNEL: Final = frozenset(
    {"cgroup", "cgroup2", "devpts", "devtmpfs", "mqueue", "proc", "sysfs", "securityfs"}
)
_MEMORY: Final = frozenset({"ramfs", "tmpfs"})


class Mount(NamedTuple):
    """A place where something is mounted, see proc(5).

    Attributes:
        place: The mount point.
        inside: Which folder of the file system is mounted there, from its root.
        kind: The type of the file system.
    """

    place: Path
    inside: str
    kind: str

    @property
    def lasts(self) -> bool:
        """Say whether files outlive the container there.

        Nothing does in its root, in what the kernel shows as files, or in memory; a folder that
        the host keeps in memory is one below the root of that file system.
        """
        in_memory = self.kind in _MEMORY and self.inside == "/"
        return self.place != Path("/") and self.kind not in _KERNEL and not in_memory


def settle(folder: Path) -> None:
    """Make sure that reports outlive the container, and that they belong to whom they are for.

    Args:
        folder: The folder of the artifacts, absolute and as it is named, links and all: whoever may
            write to the reports must not choose by a link who is trusted. It need not exist yet.

    Raises:
        ReportsError: The folder lies on no mount that outlives the container, or a link leads from
            it to another mount; or the process is root and may not become the owner of the mount.
            The message names the mount, the user id, and the capabilities that are missing.
    """
    mounts = read_mounts(os.fsdecode(_MOUNTS.read_bytes()))
    named = Path(os.path.normpath(folder))
    mount = mount_of(named, mounts)
    if mount is None or not mount.lasts:
        top = Path(*named.parts[:2])
        what = f"only memory is mounted at {top}" if mount and mount.kind in _MEMORY else ""
        raise ReportsError(
            f"{what or f'nothing is mounted at {top}'}, where the reports go"
            f" (running as uid {os.geteuid()})",
            hint=f"leave --reports-root out, or mount a folder of the host at {top}",
        )
    if os.geteuid() == _ROOT:
        status = mount.place.stat()
        _become(status.st_uid, status.st_gid, mount.place)
    # Only now, because a folder may be closed to everybody but its owner. And the folder itself,
    # because what is above a link is not what is above its name.
    real = Path(os.path.realpath(folder))
    if mount_of(real, mounts) != mount:
        raise ReportsError(
            f"reports folder {folder} leads out of {mount.place} to {real}"
            f" (running as uid {os.geteuid()})",
            hint="remove the symbolic link",
        )


def read_mounts(mountinfo: str) -> list[Mount]:
    """List what is mounted.

    Args:
        mountinfo: The text of ``/proc/self/mountinfo``, see proc(5): folder and place are the
            fourth and fifth field of each line, with blanks and line ends in octal; the type stands
            behind a dash.
    """
    found = []
    # Not splitlines, which ends a line in the middle of a name that holds a carriage return.
    for line in filter(None, mountinfo.split("\n")):
        own, _, others = line.partition(" - ")
        inside, place = own.split(" ")[3:5]
        found.append(Mount(Path(_unescaped(place)), _unescaped(inside), others.split(" ")[0]))
    return found


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), field)


def mount_of(folder: Path, mounts: Iterable[Mount]) -> Mount | None:
    """Find the mount that a folder lies on: the deepest that holds it, and of these the last.

    Args:
        folder: The folder, absolute.
        mounts: What is mounted, in the order in which it was.
    """
    holding = [mount for mount in mounts if folder.is_relative_to(mount.place)]
    return max(reversed(holding), key=lambda mount: len(mount.place.parts), default=None)


def _become(uid: int, gid: int, mount: Path) -> None:
    """Become a user for good, with no other group than the one given."""
    if (uid, gid) == (os.geteuid(), os.getegid()):
        return
    try:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        missing = missing_capabilities(_STATUS.read_text("utf-8"))
        why = f"without {' and '.join(missing)}" if missing else reason_of(error)
        raise ReportsError(
            f"{mount} belongs to uid {uid}, gid {gid}, and uid {os.geteuid()} cannot become that"
            f" user: {why}",
            hint=f"add --cap-add SETUID --cap-add SETGID, or start with --user {uid}:{gid}",
        ) from error


def missing_capabilities(status: str) -> list[str]:
    """List which of the capabilities that change user and group a process lacks.

    Args:
        status: The text of ``/proc/self/status``, see proc(5).
    """
    [effective] = re.findall(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    held = int(effective, 16)
    return [name for name, number in _CAPABILITIES.items() if not held >> number & 1]
