"""What tests say is mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops import container

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def put_on_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let all folders be on a disk, whatever the temporary folder of the tests is on.

    Args:
        monkeypatch: The fixture.
        folder: A folder for a file.
    """
    table = folder / "mountinfo"
    table.write_text("1 0 0:1 / / rw - ext4 /dev/x rw\n")
    monkeypatch.setattr(container, "_MOUNTS", table)
