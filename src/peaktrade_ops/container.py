"""The user and the mount of the reports in a container (section 10 of the contract).

Files that a container writes through a bind mount belong to the user of the process, and only the
mounted folder shows who should own the reports. A process that starts as root therefore becomes
the owner of that folder before it reads or writes anything. Any other process keeps its user.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.hosting import in_pod, stand_in

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOT: Final = 0
# The bits of the capabilities, from capabilities(7).
_CAPABILITIES: Final = {"CAP_SETGID": 6, "CAP_SETUID": 7}
_MOUNTS: Final = Path("/proc/self/mountinfo")
_STATUS: Final = Path("/proc/self/status")

# File systems of the kernel, which contain no files of users.
_KERNEL: Final = frozenset(
    {"cgroup", "cgroup2", "devpts", "devtmpfs", "mqueue", "proc", "sysfs", "securityfs"}
)
_MEMORY: Final = frozenset({"ramfs", "tmpfs"})
# The folder of the node in which Kubernetes keeps the volumes that end with their pod.
_OF_A_POD: Final = "kubernetes.io~empty-dir"


class Mount(NamedTuple):
    """A mounted file system, see proc(5).

    Attributes:
        place: The mount point.
        inside: The folder of the file system that is mounted there, from its root.
        kind: The type of the file system.
    """

    place: Path
    inside: str
    kind: str

    @property
    def lasts(self) -> bool:
        """Whether files in this mount outlive the container.

        They do not in the root of the container, in file systems of the kernel, in memory of the
        container, or in a volume that ends with the pod.
        """
        is_left = self.place == Path("/") or self.kind in _KERNEL
        return not (is_left or self.is_memory or self.is_of_a_pod)

    @property
    def is_memory(self) -> bool:
        """Whether this is memory of the container.

        A folder of the host that is in memory is not the root of its file system. In a pod it may
        be a part of a volume in memory, so there it counts as memory, too.
        """
        return self.kind in _MEMORY and (self.inside == "/" or in_pod())

    @property
    def is_of_a_pod(self) -> bool:
        """Whether this is a volume that Kubernetes removes with the pod."""
        return _OF_A_POD in self.inside.split("/")


def settle(folder: Path) -> None:
    """Check that reports outlive the container, and switch to the owner of their mount.

    Args:
        folder: The folder of the artifacts, absolute, with links unresolved: a writer of reports
            must not select the user of the process by a link. It need not exist.

    Raises:
        ReportsError: The folder is on no mount that outlives the container, or a link leads to
            another mount, or the process is root and cannot become the owner of the mount. The
            message names the mount, the user id, and the missing capabilities.
    """
    mounts = mounts_of_process()
    named = Path(os.path.normpath(folder))
    mount = mount_of(named, mounts)
    if mount is None or not mount.lasts:
        top = Path(*named.parts[:2])
        lasting = "a persistent volume claim" if in_pod() else "a folder of the host"
        raise ReportsError(
            f"{_instead(mount)} is mounted at {top}, where the reports go"
            f" (running as uid {os.geteuid()})",
            hint=f"leave --reports-root out, or mount {lasting} at {top}",
        )
    if os.geteuid() == _ROOT:
        status = mount.place.stat()
        _become(status.st_uid, status.st_gid, mount.place)
    # Only now, because a folder may be readable only for its owner. Links are resolved for the
    # whole path, because the parent of a link is not the parent of its target.
    real = Path(os.path.realpath(folder))
    if mount_of(real, mounts) != mount:
        raise ReportsError(
            f"reports folder {folder} leads out of {mount.place} to {real}"
            f" (running as uid {os.geteuid()})",
            hint="remove the symbolic link",
        )


def _instead(mount: Mount | None) -> str:
    """Return what is mounted instead of something that lasts."""
    if mount is not None and mount.is_of_a_pod:
        return "only an emptyDir, which ends with the pod,"
    return "only memory" if mount is not None and mount.kind in _MEMORY else "nothing"


def mounts_of_process() -> list[Mount]:
    """Return what is mounted for this process, in the order in which it was mounted.

    Raises:
        OSError: The system does not say it, because it is no Linux.
    """
    return read_mounts(os.fsdecode(_MOUNTS.read_bytes()))


def read_mounts(mountinfo: str) -> list[Mount]:
    """Return the mounts, in the order in which they were mounted.

    Args:
        mountinfo: The text of ``/proc/self/mountinfo``, see proc(5). The fourth and fifth field of
            each line are the folder and the mount point, with blanks and line ends in octal; the
            type follows a dash.
    """
    found = []
    # Not splitlines, which splits a name with a carriage return.
    for line in filter(None, mountinfo.split("\n")):
        own, _, others = line.partition(" - ")
        inside, place = own.split(" ")[3:5]
        found.append(Mount(Path(_unescaped(place)), _unescaped(inside), others.split(" ")[0]))
    return found


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), field)


def mount_of(folder: Path, mounts: Iterable[Mount]) -> Mount | None:
    """Return the mount of a folder: the deepest one that contains it, and of these the last.

    Args:
        folder: The folder, absolute.
        mounts: The mounts, in the order in which they were mounted.
    """
    holding = [mount for mount in mounts if folder.is_relative_to(mount.place)]
    return max(reversed(holding), key=lambda mount: len(mount.place.parts), default=None)


def _become(uid: int, gid: int, mount: Path) -> None:
    """Set the user and the group of the process for good, without supplementary groups."""
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
            f"{mount} belongs to uid {uid}, gid {gid}{stand_in(uid)}, and uid {os.geteuid()} cannot"
            f" become that user: {why}",
            hint=_how_to_start(uid, gid),
        ) from error


def _how_to_start(uid: int, gid: int) -> str:
    """Return how to start as the owner of the reports."""
    if stand_in(uid):
        return "give the folder to a user of the namespace, or start without one"
    if in_pod():
        return (
            f"set runAsUser: {uid} and runAsGroup: {gid} in the securityContext of the pod, or"
            " runAsUser and fsGroup to ids of your own"
        )
    return f"add --cap-add SETUID --cap-add SETGID, or start with --user {uid}:{gid}"


def missing_capabilities(status: str) -> list[str]:
    """Return the missing capabilities of those that change the user and the group.

    Args:
        status: The text of ``/proc/self/status``, see proc(5).
    """
    [effective] = re.findall(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    held = int(effective, 16)
    return [name for name, number in _CAPABILITIES.items() if not held >> number & 1]
