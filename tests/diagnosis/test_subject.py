"""Test what a diagnosis looks at."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from peaktrade_ops.diagnosis.subject import existing
from peaktrade_ops.locations import Url
from peaktrade_ops.scanning import Telemetry
from tests.diagnosis.helpers import subject_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lives import Life


def test_the_last_day_is_the_one_that_is_over(life: Life) -> None:
    """It is the day that the daily routine reports next."""
    assert subject_of(life).window.date == date(2025, 12, 20)


def test_a_url_has_no_folder_of_this_machine(life: Life) -> None:
    """A telemetry root may be in an object store."""
    url = Telemetry(Url("s3", "s3://bucket/x"))

    assert subject_of(life).root == life.telemetry.resolve()
    assert subject_of(life, telemetry=url).root is None


def test_the_nearest_folder_that_exists_is_found(tmp_path: Path) -> None:
    """A reports folder may be missing with its parents."""
    assert existing(tmp_path) == tmp_path
    assert existing(tmp_path / "a" / "b") == tmp_path
