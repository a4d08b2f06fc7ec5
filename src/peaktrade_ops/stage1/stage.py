"""The identity of the stage: its titles, its folder, and the names that carry its number.

Reports, the command line and the metrics export read these names from `STAGE1` and write none of
their own. A second stage is a second `Stage` value below `STAGE1`; the functions that use `STAGE1`
today then take the stage as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

PROJECT: Final = "Peak_Trade"
"""The project that runs the stage, as the headings of the Markdown reports name it."""

IndexVersion = Literal["stage1_index.v1"]
"""The schema versions of the index; each stage has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the project, as reports name it.

    Attributes:
        name: The short title.
        title: The title with the kind of the run.
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
