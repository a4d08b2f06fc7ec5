"""The container's entry point: the same program, run as the owner of the mounted reports folder.

Section 10 of the contract. Files that a container writes through a bind mount belong to the user
that it runs as, and only the folder that is mounted tells whom the reports are for. So a start as
root gives its rights away before anything is read or written; any other start keeps its user.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from peaktrade_ops.__main__ import leave_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOT: Final = 0
# Their numbers in capabilities(7).
_CAPABILITIES: Final = {"CAP_SETGID": 6, "CAP_SETUID": 7}
_MOUNTS: Final = Path("/proc/self/mountinfo")
_STATUS: Final = Path("/proc/self/status")


def main() -> NoReturn:
    """Run the program and exit with its code."""
    leave_on_signals()
    from peaktrade_ops.cli import main as run  # noqa: PLC0415 (a signal may come while it loads)

    run(settle=settle)


def settle(folder: Path) -> None:
    """Make sure that reports outlive the container, and that they belong to whom they are for.

    Args:
        folder: The folder of the artifacts, absolute; it need not exist yet.

    Raises:
        ReportsError: The folder lies on no mount, so that what is written there would vanish with
            the container; or the process is root and may not become the owner of that mount. The
            message names the mount, the user id, and the capabilities that are missing.
    """
    from peaktrade_ops.errors import ReportsError  # noqa: PLC0415 (see main)

    mount = mount_of(
        Path(os.path.realpath(folder)), mount_points(os.fsdecode(_MOUNTS.read_bytes()))
    )
    if mount is None:
        top = Path(*folder.parts[:2])
        raise ReportsError(
            f"nothing is mounted at {top}, where the reports go (running as uid {os.geteuid()})",
            hint=f"mount a folder of the host: --volume /its/absolute/path:{top}",
        )
    if os.geteuid() == _ROOT:
        status = mount.stat()
        _become(status.st_uid, status.st_gid, mount)


def mount_points(mountinfo: str) -> list[Path]:
    """List where something is mounted.

    Args:
        mountinfo: The text of ``/proc/self/mountinfo``, see proc(5): the fifth field of each line
            is the place, with blanks and line ends in octal.
    """
    # Not splitlines, which ends a line in the middle of a name that holds a carriage return.
    places = (line.split(" ")[4] for line in mountinfo.split("\n") if line)
    return [
        Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)) for place in places
    ]


def mount_of(folder: Path, mounts: Iterable[Path]) -> Path | None:
    """Find the mount that a folder lies on.

    Args:
        folder: The folder, absolute and without links.
        mounts: Where something is mounted.

    Returns:
        The deepest mount that holds the folder; none where that is the root of the file system,
        which goes when the container goes.
    """
    holding = [mount for mount in mounts if folder.is_relative_to(mount)]
    deepest = max(holding, key=lambda mount: len(mount.parts), default=Path("/"))
    return None if deepest == Path("/") else deepest


def _become(uid: int, gid: int, mount: Path) -> None:
    """Become a user for good, with no other group than the one given."""
    if (uid, gid) == (os.geteuid(), os.getegid()):
        return
    try:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        from peaktrade_ops.errors import ReportsError, reason_of  # noqa: PLC0415 (see main)

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


if __name__ == "__main__":
    main()
