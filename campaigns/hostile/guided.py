"""Attacks in which atheris finds the bytes: it keeps those that reach new lines of the program.

It ends its process itself, so each attack runs in one of its own:

    python -m campaigns.hostile.guided TARGET SEED INPUTS SECONDS FOLDER

The folder is for the inputs that it keeps, and at last for the one that is lost.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES: Final = (
    *("lines", "formats", "times", "severities", "nets", "keywords", "globs"),
    *("configs", "markdowns", "kept", "databases", "archives"),
)
"""The targets, by the names of `campaigns.hostile.targets`."""

_PROGRAM: Final = "peaktrade_ops"
_MOST_BYTES: Final = 2048
_LOST: Final = "lost-"


def is_possible() -> bool:
    """Return whether atheris is installed: there are packages for Linux and few versions only."""
    return find_spec("atheris") is not None


class Attack(NamedTuple):
    """An attack in a process of its own.

    Attributes:
        name: One of `NAMES`.
        seed: The seed.
        inputs: The number of inputs.
        seconds: The time after which it ends earlier.
    """

    name: str
    seed: int
    inputs: int
    seconds: int

    def run(self, folder: Path, seeds: Iterable[bytes]) -> tuple[int, str | None]:
        """Attack.

        Args:
            folder: A new folder for the inputs that are kept.
            seeds: The inputs to begin with.

        Returns:
            The number of inputs that were tried, and what was lost; `None` for nothing.
        """
        folder.mkdir()
        for number, data in enumerate(seeds):
            (folder / f"{number}").write_bytes(data[:_MOST_BYTES])
        module = "campaigns.hostile.guided"
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, self), os.fspath(folder)],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=Path(__file__).parents[2],
            # It ends without removing its own temporary files.
            env=os.environ | {"TMPDIR": os.fspath(folder.parent)},
        )
        told = re.findall(r"(?m)^#([0-9]+)\t", done.stderr)
        tried = max(map(int, told), default=0)
        if done.returncode == 0:
            return tried, None
        found = next((path.read_bytes().hex() for path in folder.glob(f"{_LOST}*")), "no bytes")
        ending = "\n".join(done.stderr.splitlines()[-60:])
        return tried, f"{self.name}: {found} in\n{ending}"


def main() -> None:
    """Attack a target until the number of inputs or the time is reached, or something is lost."""
    import atheris  # noqa: PLC0415 (only where it is installed)

    name, seed, inputs, seconds, folder = sys.argv[1:]
    with atheris.instrument_imports(include=[_PROGRAM]):
        from campaigns.hostile.targets import TARGETS  # noqa: PLC0415 (instrumented)

    target = TARGETS[name]

    def try_one(data: bytes) -> None:
        target.check(data.split(b"\n") if target.together > 1 else [data])

    options = [
        f"-seed={seed}",
        f"-runs={inputs}",
        f"-max_total_time={seconds}",
        f"-max_len={_MOST_BYTES}",
        "-timeout=30",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={folder}/{_LOST}",
        "-print_final_stats=1",
        folder,
    ]
    atheris.Setup([sys.argv[0], *options], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
