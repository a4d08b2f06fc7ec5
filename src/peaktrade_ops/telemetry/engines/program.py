"""The digest of the program, by which the counts of another one are told apart."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[2]
"""The folder of the package."""


@cache
def program_digest(folder: Path = PACKAGE) -> bytes:
    """Return the SHA-256 of the files of a program: its source and the data beside it.

    A program that counts in another way must not find the counts that this one has kept, and
    nobody can be relied on to raise a number with each change.

    Args:
        folder: The folder of the program.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".py", ".toml"}:
            data = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.digest()
