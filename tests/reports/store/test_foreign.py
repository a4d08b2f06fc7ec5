"""No foreign file is put into a reports folder, of whichever stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.foreign import reports_folder_around
from tests.support.artifacts import index_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("obs/stage1", "obs/stage1"),
        ("obs/stage1/deep", "obs/stage1"),
        ("link", "obs/stage1"),
        ("obs/stage2", "obs/stage2"),
        ("obs/stage2/deep", "obs/stage2"),
        ("live/eu/deep", "live/eu"),
        ("obs", None),
        ("obs/.notify", None),
        ("live", None),
        (".", None),
    ],
)
def test_a_place_is_in_the_reports_of_a_stage(
    tmp_path: Path, place: str, found: str | None
) -> None:
    """They are known as the folder in use, beside it, or by their index."""
    folder = tmp_path / "obs" / "stage1"
    folder.mkdir(parents=True)
    (tmp_path / "live" / "eu").mkdir(parents=True)
    index_folder(tmp_path / "live" / "eu")
    (tmp_path / "link").symlink_to(folder)

    around = reports_folder_around(tmp_path / place, folder)

    assert around == (None if found is None else tmp_path / found)
