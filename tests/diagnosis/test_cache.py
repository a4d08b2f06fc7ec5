"""Test the check of the counts of earlier scans."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis import cache as cache_module
from peaktrade_ops.diagnosis.cache import check_cache
from peaktrade_ops.scanning import Telemetry
from peaktrade_ops.telemetry.engines.cache import Cache, Name
from tests.diagnosis.helpers import lines, subject_of, wrong

if TYPE_CHECKING:
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
    assert finding.advice == "remove scans.sqlite in it; the next run makes it again"


def test_what_is_no_cache_is_never_to_be_removed(life: Life) -> None:
    """It may be a file of the telemetry, or lie below one."""
    for name in (life.path_of_quiet, life.path_of_quiet / "cache"):
        telemetry = Telemetry(life.telemetry, cache=name)

        [finding] = wrong(check_cache, subject_of(life, telemetry=telemetry))

        assert (finding.result, finding.where) == ("warning", str(life.path_of_quiet))
        assert finding.what == "is not a folder; every run scans all bytes"
        assert finding.advice == "name a folder with --cache"


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("name", ["", "scans.sqlite"])
def test_a_cache_that_cannot_be_read_is_to_be_made_readable(life: Life, name: str) -> None:
    """It may be that of another user."""
    kept(life)
    (life.place.cache / name).chmod(0)
    try:
        [finding] = wrong(check_cache, subject_of(life))
    finally:
        (life.place.cache / name).chmod(0o700)

    assert finding.what.startswith("cannot be read: ")
    assert finding.advice == "let this user read it, or name another folder with --cache"


def test_a_cache_that_cannot_be_written_is_a_warning(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs say nothing of it, and scan all bytes."""
    kept(life)
    refusal = PermissionError(13, os.strerror(13))
    monkeypatch.setattr(cache_module, "refusal_to_write", lambda _folder: refusal)

    [finding] = wrong(check_cache, subject_of(life))

    assert finding.what == "cannot be written: Permission denied; every run scans all bytes"
    assert finding.advice.startswith("make this folder writable for this user, or name another")
