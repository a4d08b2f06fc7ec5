"""Tests of `peaktrade_ops.telemetry.engines.program`: which programs are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.telemetry.engines.program import PACKAGE, program_digest

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"a.py": "x = 1\n", "b/c.py": "y = 2\n", "presets.toml": "[a]\n"}


def digest_of(folder: Path, files: dict[str, str]) -> bytes:
    """Return the digest of a program of some files."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return program_digest(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"a.py": "x = 2\n"},
        {"b/c.py": ""},
        {"presets.toml": "[b]\n"},
        {"d.py": ""},
    ],
)
def test_another_program_has_another_digest(tmp_path: Path, change: dict[str, str]) -> None:
    """Its source or its data differ."""
    digests = {
        digest_of(tmp_path / name, files)
        for name, files in {"one": FILES, "same": FILES, "other": FILES | change}.items()
    }

    assert len(digests) == 2


def test_a_file_is_told_apart_from_the_next(tmp_path: Path) -> None:
    """Where a text moves from one file to the next, the program is another one."""
    first = digest_of(tmp_path / "1", {"a.py": "1\n2\n", "b.py": ""})

    assert digest_of(tmp_path / "2", {"a.py": "1\n", "b.py": "2\n"}) != first


def test_what_python_compiled_is_not_the_program(tmp_path: Path) -> None:
    """It depends on the version of Python, and comes and goes."""
    before = digest_of(tmp_path / "1", FILES)
    compiled = {"__pycache__/a.cpython-311.pyc": "x", "schemas/a.json": "{}"}

    assert digest_of(tmp_path / "2", FILES | compiled) == before


def test_the_program_is_the_whole_package() -> None:
    """Modules outside of the counting decide what is counted, too."""
    assert (PACKAGE / "formats.py").is_file()
    assert program_digest() == program_digest(PACKAGE)
