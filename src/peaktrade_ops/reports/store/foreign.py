"""Check whether a place belongs to reports, so that no other file is put there."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Final

from peaktrade_ops.config import STAGE_NAME
from peaktrade_ops.reports.store.names import INDEX
from peaktrade_ops.stage1.stage import STAGE1

_MARK: Final = b'_index.v1"'
_MOST_BYTES: Final = 4096
"""The bytes at the start of an index that contain its schema version."""


def reports_folder_around(place: Path, folder: Path) -> Path | None:
    """Return the reports folder that a place is in; `None` if it is in none.

    Args:
        place: A folder, which need not exist. Links are resolved.
        folder: The reports folder in use. Those of other stages are known by their place beside it,
            or by an index.
    """
    real, own = Path(os.path.realpath(place)), Path(os.path.realpath(folder))
    if real.is_relative_to(own):
        return own
    beside = own.parent
    if beside.name == STAGE1.folder.parent.name and real != beside and real.is_relative_to(beside):
        name = real.relative_to(beside).parts[0]
        if re.fullmatch(STAGE_NAME, name):
            return beside / name
    return next((each for each in (real, *real.parents) if _has_index(each)), None)


def _has_index(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        handle = os.open(folder / INDEX, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            return _MARK in (file.read(_MOST_BYTES) or b"")
    return False
