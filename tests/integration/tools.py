"""Programs of Debian that the tests start, and that the machine need not have installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.support.checkout import REPO, plain_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT: Final = REPO / ".ci" / "unpack"

PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "cosign": ("cosign/cosign",),
    "docker-registry": ("docker-registry/docker-registry",),
    # A newer Debian has another package, with another name of the program.
    "qemu": ("qemu-user-static/qemu-aarch64-static", "qemu-user/qemu-aarch64"),
}
"""The packages that have a program, each with its name there, in the order in which to try them."""


def find_tools(folder: Path) -> dict[str, Path]:
    """Return the programs: those of the machine, and for the rest, unpacked into a folder.

    Raises:
        subprocess.CalledProcessError: A program is in no package, or no mirror can be reached.
    """
    found = {tool: path for tool in PACKAGES if (path := _installed(tool))}
    missing = [tool for tool in PACKAGES if tool not in found]
    # In one call, because a call first loads the lists of packages.
    first = [PACKAGES[tool][0] for tool in missing]
    if first and not _unpacked(folder, *first):
        for tool in missing:
            tried = [_unpacked(folder, package) for package in PACKAGES[tool][:-1]]
            if not any(tried):
                _unpack(folder, PACKAGES[tool][-1])
    for tool in missing:
        paths = (folder / Path(package).name for package in PACKAGES[tool])
        found[tool] = next(path for path in paths if path.exists())
    return found


def _installed(tool: str) -> Path | None:
    names = (Path(package).name for package in PACKAGES[tool])
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


def _unpacked(folder: Path, *packages: str) -> bool:
    try:
        _unpack(folder, *packages)
    except subprocess.CalledProcessError:
        return False
    return True


def _unpack(folder: Path, *packages: str) -> None:
    command: list[str | Path] = [SCRIPT, folder, *packages]
    subprocess.run(command, env=plain_environment(), check=True, capture_output=True)
