"""Publications that are killed, each at another of its file operations."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REMOVED: Final = "removed"
"""The name of the file with the index of what is to be removed, beside the artifacts."""

_PUBLISH: Final = f"""
import itertools, os, signal, sys
from pathlib import Path

from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.publish import publish

source, folder, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
artifacts = {{path.name: path.read_bytes() for path in sorted(source.iterdir())}}
removed = artifacts.pop({REMOVED!r}, None)
calls = itertools.count(1)


def deadly(call):
    def wrapped(*arguments, **named):
        if next(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)

    return wrapped


with locked(folder):
    calls_of_system = {{name: getattr(os, name) for name in ("open", "fsync", "replace", "unlink")}}
    for name, call in calls_of_system.items():
        setattr(os, name, deadly(call))
    publish(folder, artifacts, removed)
    for name, call in calls_of_system.items():
        setattr(os, name, call)
"""


def killed_everywhere(source: Path, made: Callable[[str], Path]) -> Iterator[Path]:
    """Kill a publication at each of its file operations in turn; yield the folder after each.

    The last folder is that of a publication that came to its end.

    Args:
        source: A folder with the artifacts, and a file `REMOVED` if reports are to be removed.
        made: Makes a reports folder with this name.
    """
    for at in itertools.count(1):
        folder = made(f"{at}")
        # The process is killed before the operation with this number.
        command = [sys.executable, "-c", _PUBLISH, str(source), str(folder), str(at)]
        code = subprocess.run(command, check=False).returncode
        assert code in {0, -signal.SIGKILL}
        yield folder
        if code == 0:
            return
