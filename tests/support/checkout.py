"""Copies of the repo, and an environment to run programs in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

REPO = Path(__file__).parents[2]


def repo_files() -> list[str]:
    """Return the files of the repo: tracked ones, and new ones that git does not ignore."""
    # Another user may own a mounted or copied repo.
    git = ["git", "-c", "safe.directory=*", "-C", os.fspath(REPO)]
    listing = subprocess.run(
        [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(path for path in listing.stdout.split("\0") if path and (REPO / path).is_file())


def copy_repo(target: Path) -> Path:
    """Copy the files of the repo into a new folder; return the folder."""
    for path in repo_files():
        copy = target / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / path, copy)
    return target


def plain_environment(**more: str) -> dict[str, str]:
    """Return the environment without variables of the program, Python, nox and coverage."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "NOX", "PEAK_", "PYTHON"))
        and name not in {"FORCE_COLOR", "SOURCE_DATE_EPOCH", "VIRTUAL_ENV"}
    }
    return kept | more
