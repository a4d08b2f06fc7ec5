"""Fixtures for the tests of `peaktrade_ops.telemetry.files`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create an empty telemetry root."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder
