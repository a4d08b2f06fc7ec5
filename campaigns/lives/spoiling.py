"""What can happen to a cache between two days."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

Spoil = Callable[[Path, Random], None]


def leave(_cache: Path, _random: Random) -> None:
    """Leave it warm."""


def clear(cache: Path, _random: Random) -> None:
    """Remove it."""
    shutil.rmtree(cache, ignore_errors=True)


def cut(cache: Path, random: Random) -> None:
    """Cut a file of it off."""
    for path in _one_file(cache, random):
        data = path.read_bytes()
        path.write_bytes(data[: random.randint(0, len(data))])


def flip(cache: Path, random: Random) -> None:
    """Change some bytes of a file."""
    for path in _one_file(cache, random):
        data = bytearray(path.read_bytes())
        for _ in range(random.randint(1, 50) if data else 0):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        path.write_bytes(data)


def keep(cache: Path, _random: Random) -> None:
    """Make a copy of it, which `bring_back` puts in place later."""
    if cache.exists():
        shutil.rmtree(_copy_of(cache), ignore_errors=True)
        shutil.copytree(cache, _copy_of(cache))


def bring_back(cache: Path, _random: Random) -> None:
    """Put an older cache in place."""
    if _copy_of(cache).exists():
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(_copy_of(cache), cache)


def _copy_of(cache: Path) -> Path:
    return cache.with_name("older cache")


def _one_file(cache: Path, random: Random) -> list[Path]:
    paths = sorted(path for path in cache.rglob("*") if path.is_file())
    return [random.choice(paths)] if paths else []


SPOILING: Final[tuple[Spoil, ...]] = (leave, leave, leave, clear, cut, flip, keep, bring_back)
"""What can happen, mostly nothing."""
