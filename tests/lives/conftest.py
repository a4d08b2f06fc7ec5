"""Fixtures for the lives of reports folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops import routine
from tests.support.lives import Life, day_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def only_verdicts(empty_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (its effect)
    """Leave the pages empty and the check of the routine out: they take most of the time of a run.

    No verdict depends on them. The pages are still written and listed.
    """
    monkeypatch.setattr(routine, "verify", lambda *_arguments, **_named: [])


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """Return a life with one quiet event a day from 12-07 to 12-20 and no reports yet."""
    made = Life(tmp_path)
    made.live_quietly(day_of("12-07"), day_of("12-20"))
    return made
