"""Test the check of the lock."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis.lock import check_lock
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.names import LOCK
from peaktrade_ops.reports.store.recover import staged_name
from tests.diagnosis.helpers import lines, subject_of, wrong
from tests.support.odd_files import ODD_FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.lives import Life


def test_a_lock_that_nobody_holds_is_in_order(life: Life) -> None:
    """A folder that is missing has no lock either."""
    assert lines(check_lock, subject_of(life)) == ["ok: stage1: nobody holds it"]
    life.reports.rmdir()
    assert lines(check_lock, subject_of(life)) == [
        "ok: stage1: nobody holds it: there is no folder"
    ]


def test_the_holder_is_named(life: Life) -> None:
    """The operator can look at the process, and end it."""
    with locked(life.reports):
        [finding] = wrong(check_lock, subject_of(life))

    assert (finding.result, finding.where) == ("warning", str(life.reports))
    assert finding.what == f"is held by process {os.getpid()}"
    assert f"kill {os.getpid()}" in finding.advice
    assert wrong(check_lock, subject_of(life)) == []


def test_a_run_of_an_earlier_version_holds_the_folder_only(life: Life) -> None:
    """It has no file."""
    handle = os.open(life.reports, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        [finding] = wrong(check_lock, subject_of(life))
    finally:
        os.close(handle)

    assert finding.what == f"is held by process {os.getpid()}"


def test_readers_hold_no_lock_that_keeps_anybody_waiting(life: Life) -> None:
    """`serve` and `verify` read while others do."""
    with locked(life.reports, shared=True):
        assert wrong(check_lock, subject_of(life)) == []


def test_what_a_killed_run_has_left_is_no_lock(life: Life) -> None:
    """The next run removes it."""
    (life.reports / LOCK).write_text("{}")
    (life.reports / staged_name("0" * 16, "index.json")).touch()
    (life.reports / staged_name("0" * 16, "index.html")).touch()

    first, second = wrong(check_lock, subject_of(life))

    assert first.where == str(life.reports / LOCK)
    assert "locks nothing" in first.what
    assert second.what == "was left behind by a run that was cut off, as 1 more"
    assert {first.result, second.result} == {"warning"}


def test_a_file_that_cannot_be_opened_is_an_error(unprivileged: int, life: Life) -> None:
    """A run waits for it until its time is over."""
    file = life.reports / LOCK
    file.touch(mode=0)
    file.chmod(0)

    [finding] = wrong(check_lock, subject_of(life))

    assert (finding.result, finding.where) == ("error", str(file))
    assert f"cannot be opened by uid {unprivileged}" in finding.what


@pytest.mark.parametrize("make", ODD_FILES[:5] + ODD_FILES[-1:])
def test_what_is_no_file_is_an_error(life: Life, make: Callable[[Path], None]) -> None:
    """Every run ends with the same advice; none removes it."""
    make(life.reports / LOCK)

    [finding] = wrong(check_lock, subject_of(life))

    assert (finding.result, finding.where) == ("error", str(life.reports / LOCK))
    assert finding.advice == "remove it"
    with (
        pytest.raises(ReportsError, match="is not a regular file; remove it"),
        locked(life.reports),
    ):
        pass
