"""Fixtures that more than one test module of telemetry uses."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
from typing import TYPE_CHECKING, NoReturn

import pytest

from peaktrade_ops.telemetry.engines import run as run_module
from tests.support.sharing import FILES, sources_of
from tests.telemetry.files.test_compression import gzip_bytes, zstd_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from peaktrade_ops.telemetry.files.source import Source

_SECONDS = 120


@pytest.fixture
def time_limit() -> Iterator[None]:
    """Fail a test that hangs, long after any other reason for being slow."""

    def give_up(*_: object) -> NoReturn:
        raise TimeoutError("the test hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put temporary files where the test sees them, and see that nothing is left behind."""
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
