"""Where benchmarks run: the generated telemetry, and how much is measured."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.telemetry import DAYS, FILES, generate

if TYPE_CHECKING:
    from pathlib import Path

MEBIBYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """A scratch folder, and how much is measured.

    Attributes:
        scratch: The folder; what is in it is removed at the end.
        megabytes: The size of the telemetry of most benchmarks, MiB.
        runs: How often each command runs.
        is_large: Whether the growth is measured up to 4 GiB.
    """

    scratch: Path
    megabytes: int
    runs: int
    is_large: bool

    def telemetry(self, megabytes: int, *, days: int = DAYS) -> Path:
        """Return the root of telemetry of this size in 8 files, generated on the first use.

        What is larger than the telemetry of most benchmarks is made of copies of it.
        """
        name = f"{megabytes}-megabytes-{days}-days"
        folder, files = self.scratch / name, self.files_of(name)
        if any(files.iterdir()):
            return folder
        copies = megabytes // self.megabytes
        if copies > 1:
            for path in sorted(self.telemetry(self.megabytes, days=days).rglob("*.jsonl")):
                for number in range(copies):
                    shutil.copy(path, files / f"{path.stem}-{number:02}.jsonl")
        else:
            generate(folder, megabytes * MEBIBYTE, days=days)
        return folder

    def folder(self, name: str) -> Path:
        """Return a folder of this name, made on the first use."""
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        return folder

    def files_of(self, name: str) -> Path:
        """Return the folder for the files of a telemetry root of this name."""
        files = self.folder(name) / FILES
        files.mkdir(exist_ok=True)
        return files

    def processes(self, number: int) -> Path:
        """Return a configuration that scans with so many processes."""
        path = self.scratch / f"processes-{number}.toml"
        path.write_text(f"[limits]\nprocesses = {number}\n", "utf-8")
        return path
