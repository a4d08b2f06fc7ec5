"""Tests of `peaktrade_ops.serve.textfile`."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import PeaktradeError, UsageError
from peaktrade_ops.serve.textfile import check_output, write_textfile
from tests.support.artifacts import index_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_is_replaced_and_everyone_can_read_it(tmp_path: Path) -> None:
    """The collector runs as another user; a strict umask does not hide the file from it."""
    output = tmp_path / "peaktrade.prom"
    before = os.umask(0o077)
    try:
        write_textfile(output, b"old")
        first = output.stat()
        write_textfile(output, b"new")
    finally:
        os.umask(before)

    assert output.read_bytes() == b"new"
    assert stat.S_IMODE(output.stat().st_mode) == 0o644
    assert output.stat().st_ino != first.st_ino, "the file was changed in place"
    assert list(tmp_path.iterdir()) == [output]


def test_a_reader_keeps_the_whole_old_file(tmp_path: Path) -> None:
    """A collector that has opened the file reads it to its end, as it was."""
    output = tmp_path / "peaktrade.prom"
    write_textfile(output, b"old")
    with output.open("rb") as reader:
        write_textfile(output, b"new")

        assert reader.read() == b"old"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """A link in a folder that others can write does not lead the program to another file."""
    target = tmp_path / "target"
    target.write_text("untouched")
    output = tmp_path / "peaktrade.prom"
    output.symlink_to(target)

    write_textfile(output, b"new")

    assert target.read_text() == "untouched"
    assert not output.is_symlink()


@pytest.mark.parametrize("kind", ["a folder", "in a missing folder", "in a file"])
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    """The message names the file, and no temporary file stays."""
    output = tmp_path / "place" / "peaktrade.prom"
    if kind == "a folder":
        output.mkdir(parents=True)
    if kind == "in a file":
        output.parent.touch()

    with pytest.raises(
        PeaktradeError, match=r"peaktrade\.prom cannot be written: .*; make its folder, make room"
    ):
        write_textfile(output, b"new")

    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("name", ["peaktrade", "peaktrade.prom.txt", "peaktrade.PROM", ".prom"])
def test_a_name_that_the_collector_would_not_read_is_refused(tmp_path: Path, name: str) -> None:
    """node_exporter skips such a file without a word, so nobody would be alerted."""
    with pytest.raises(UsageError, match=r"reads only names that end with \.prom; write --output"):
        check_output(tmp_path / name, tmp_path / "reports")


@pytest.mark.parametrize("place", ["obs/stage2/x.prom", "obs/stage2/deep/x.prom", "live/x.prom"])
def test_the_folder_of_another_stage_takes_no_other_file(tmp_path: Path, place: str) -> None:
    """Its folder is known beside the one in use, or by its index."""
    (tmp_path / "obs" / "stage1").mkdir(parents=True)
    (tmp_path / "live").mkdir()
    index_folder(tmp_path / "live")

    with pytest.raises(UsageError, match="lies in the reports folder"):
        check_output(tmp_path / place, tmp_path / "obs" / "stage1")
    check_output(tmp_path / "x.prom", tmp_path / "obs" / "stage1")


@pytest.mark.parametrize("place", ["obs/x.prom", "obs/deep/x.prom", "link/x.prom"])
def test_the_reports_folder_takes_no_other_file(tmp_path: Path, place: str) -> None:
    """A foreign file in the reports folder would be found by `verify`."""
    (tmp_path / "obs" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "obs")

    with pytest.raises(UsageError, match="lies in the reports folder"):
        check_output(tmp_path / place, tmp_path / "obs")
    check_output(tmp_path / "x.prom", tmp_path / "obs")
