"""Fixtures of the tests of a diagnosis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.diagnosis.helpers import FIRST, LAST
from tests.support.lives import Life

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def life(tmp_path: Path, empty_pages: None) -> Life:  # noqa: ARG001 (its effect)
    """Return a life with one quiet event a day for two weeks, and no reports yet."""
    made = Life(tmp_path)
    made.live_quietly(FIRST, LAST)
    return made
