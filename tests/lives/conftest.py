"""Fixtures for the lives of reports folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.lives import Life, day_of, only_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Leave out of each run what no verdict depends on."""
    with only_verdicts():
        yield


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """Return a life with one quiet event a day from 12-07 to 12-20 and no reports yet."""
    made = Life(tmp_path)
    made.live_quietly(day_of("12-07"), day_of("12-20"))
    return made
