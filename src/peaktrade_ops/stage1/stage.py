"""The names of the stage: its titles, its folder, and the names that contain its number.

Reports, the command line and the metrics export read these names from `STAGE1`. A second stage
needs a second `Stage` value below `STAGE1`. The functions that use `STAGE1` then need the stage as
an argument.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

PROJECT: Final = "Peak_Trade"
"""The name of the project in the headings of the Markdown reports."""

IndexVersion = Literal["stage1_index.v1"]
"""The schema versions of the index; each stage has a separate one."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The names of one stage of the project.

    Attributes:
        name: The short title.
        title: The title with the kind of run.
        folder: The folder of the artifacts, relative to the reports root.
        trend: The file name of the trend artifacts, without a suffix.
        index_version: The schema version of the index.
        label: The value of the label ``stage`` in exported metrics.
    """

    name: str
    title: str
    folder: Path
    trend: str
    index_version: IndexVersion
    label: str


STAGE1: Final = Stage(
    name="Stage 1",
    title="Stage 1 (dry run)",
    folder=Path("obs", "stage1"),
    trend="stage1_trend",
    index_version="stage1_index.v1",
    label="1",
)
