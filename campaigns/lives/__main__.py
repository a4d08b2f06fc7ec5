"""Live one life again, by its name, and say what happens in it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from campaigns.lives.ways import live


def main() -> None:
    """Live the life that the argument names.

    Raises:
        SystemExit: 1 if a verdict was milder than it may be.
    """
    (name,) = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="peaktrade-ops-life-") as folder:
        told = live(name, Path(folder))
    print(told.story)
    print(told.loss or "nothing was lost")
    sys.exit(bool(told.loss))


if __name__ == "__main__":
    main()
