"""Tests of `peaktrade_ops.stage1.stage`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from peaktrade_ops.stage1.stage import PROJECT, STAGE1, IndexVersion


def test_stage1_has_the_names_of_the_contract() -> None:
    """Readers of the reports rely on the folder, the file names, the titles and the label."""
    assert PROJECT == "Peak_Trade"
    assert STAGE1.name == "Stage 1"
    assert STAGE1.title == "Stage 1 (dry run)"
    assert STAGE1.folder == Path("obs/stage1")
    assert STAGE1.trend == "stage1_trend"
    assert STAGE1.index_version == "stage1_index.v1"
    assert STAGE1.label == "1"


def test_the_index_has_the_schema_version_of_the_stage() -> None:
    """A reader accepts the schema version that the program writes, and no other."""
    assert (STAGE1.index_version,) == get_args(IndexVersion)


def test_a_stage_is_a_value() -> None:
    """Stages with the same names are equal, and a stage is immutable."""
    assert replace(STAGE1) == STAGE1
    with pytest.raises(AttributeError):
        STAGE1.name = "Stage 2"  # type: ignore[misc]
