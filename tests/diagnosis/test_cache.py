"""Test the check of the counts of earlier scans."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from peaktrade_ops.diagnosis import cache as cache_module
from peaktrade_ops.diagnosis.cache import check_cache
from peaktrade_ops.scanning import Telemetry
from peaktrade_ops.telemetry.engines.cache import Cache, Name
from tests.diagnosis.helpers import lines, subject_of, wrong

if TYPE_CHECKING:
    import pytest

    from tests.support.lives import Life


def kept(life: Life) -> None:
    """Keep something in the cache."""
    cache = Cache(life.place.cache)
    cache.keep(Name(b"key", b"head", 7), b"cells", b"body")
    cache.close(2**20)


def test_a_cache_that_can_be_used_is_in_order(life: Life) -> None:
    """With its size; so is one that is not there yet, and that none is wanted."""
    none = subject_of(life, telemetry=Telemetry(life.telemetry))
    assert lines(check_cache, none) == ["ok: --no-cache: is not used: every run scans all bytes"]
    assert lines(check_cache, subject_of(life)) == ["ok: .cache: is not there yet"]
    kept(life)
    before = {path: path.read_bytes() for path in life.place.cache.iterdir()}
    assert lines(check_cache, subject_of(life)) == ["ok: .cache: can be used: 0.0 of 256 MiB"]
    assert {path: path.read_bytes() for path in life.place.cache.iterdir()} == before


def test_a_damaged_cache_is_a_warning(life: Life) -> None:
    """It costs time, and changes no result."""
    kept(life)
    (life.place.cache / "scans.sqlite").write_bytes(b"no database" * 1000)

    [finding] = wrong(check_cache, subject_of(life))

    assert (finding.result, finding.where) == ("warning", str(life.place.cache))
    assert "is damaged" in finding.what


def test_a_cache_that_cannot_be_written_is_a_warning(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs say nothing of it, and scan all bytes."""
    kept(life)
    refusal = PermissionError(13, os.strerror(13))
    monkeypatch.setattr(cache_module, "refusal_to_write", lambda _folder: refusal)

    [finding] = wrong(check_cache, subject_of(life))

    assert finding.what == "cannot be written: Permission denied; every run scans all bytes"
