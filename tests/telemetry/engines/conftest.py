"""Fixtures for the tests of `peaktrade_ops.telemetry.engines`."""

from __future__ import annotations

import multiprocessing
import tempfile
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.telemetry.engines import run as run_module
from tests.support.compressing import gzip_bytes, zstd_bytes
from tests.support.sharing import FILES, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from peaktrade_ops.telemetry.files.source import Source


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Use a temporary folder of the test; check that no file and no process is left behind."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert multiprocessing.active_children() == []


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """Write the files of these tests, some of them compressed."""
    archives = {
        "telemetry/a.jsonl": gzip_bytes(FILES["telemetry/a.jsonl"]),
        "logs/alerts.jsonl": zstd_bytes(FILES["logs/alerts.jsonl"]),
    }
    return sources_of(tmp_path / "root", FILES | archives)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files into many parts."""
    monkeypatch.setattr(run_module, "PART_BYTES", 97)
