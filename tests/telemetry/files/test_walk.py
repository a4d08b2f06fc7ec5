"""Tests of `peaktrade_ops.telemetry.files.walk`."""

from __future__ import annotations

import os
import random
import shutil
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.files.local import LocalStore
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.search import NOT_ENTERED, Discovery
from peaktrade_ops.window import EPOCH
from tests.support.scanning import search_for
from tests.support.searching import (
    SECOND,
    find,
    is_complete,
    paths_of,
    reasons_of,
    window_from,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.telemetry.files.store import Entry


@dataclass(frozen=True)
class ShuffledStore(LocalStore):
    """The local file system, with folders listed in any order."""

    order: random.Random

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder in a random order."""
        entries = LocalStore.list_folder(self, location)
        self.order.shuffle(entries)
        return entries


@dataclass(frozen=True)
class ChangingStore(LocalStore):
    """The local file system, changed right after one folder was listed."""

    folder: Path
    change: Callable[[], object]

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder."""
        entries = LocalStore.list_folder(self, location)
        if location == str(self.folder.resolve()):
            self.change()
        return entries


def test_telemetry_is_found_by_name_in_path_order(root: Path) -> None:
    """JSON-lines files whose relative paths have a keyword are sources; no other file is."""
    write(
        root, "telemetry/b.jsonl", "obs/a.ndjson.gz", "alerts.jsonl.1", "jobs/x.jsonl", "event.md"
    )
    found = find(root)

    assert paths_of(found) == ["alerts.jsonl.1", "obs/a.ndjson.gz", "telemetry/b.jsonl"]
    assert found.left_out == []
    assert found.candidates == 3


def test_a_source_has_the_location_and_the_identity_of_its_file(root: Path) -> None:
    """A source has all that is needed to read exactly this file, up to the size that it had."""
    write(root, "alerts.jsonl")
    os.utime(root / "alerts.jsonl", ns=(0, 5 * SECOND))
    (source,) = find(root).sources
    status = (root / "alerts.jsonl").stat()

    assert Path(source.location) == root.resolve() / "alerts.jsonl"
    assert (source.device, source.inode) == (status.st_dev, status.st_ino)
    assert (source.size, source.modified_ns) == (3, 5 * SECOND)


@pytest.mark.parametrize("above", ["telemetry", "alerts", "obs"])
def test_keywords_above_the_root_do_not_count(root: Path, above: str) -> None:
    """Only the path below the root decides."""
    inner = root / above / "data"
    write(inner, "x.jsonl", "sub/y.jsonl")

    assert find(inner) == Discovery()
    assert paths_of(find(root)) == [f"{above}/data/sub/y.jsonl", f"{above}/data/x.jsonl"]


def test_an_empty_root_has_no_telemetry(root: Path) -> None:
    """An empty root is not an error."""
    assert find(root) == Discovery()


def test_a_root_may_be_named_by_a_link_or_relatively(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way to name the root has no effect on what is found."""
    write(root, "alerts.jsonl")
    link = root.parent / "link"
    link.symlink_to(root)
    monkeypatch.chdir(root)

    assert find(link) == find(root) == find(Path())


def test_the_order_of_the_listing_has_no_effect(root: Path) -> None:
    """The result is the same for any order, also where different names are shown alike.

    Two pairs of names are shown alike, because bytes that are not UTF-8 become escapes.
    """
    names = ["b.jsonl", "a.jsonl", "\\xff.jsonl", os.fsdecode(b"\xff.jsonl"), "deep/c.jsonl"]
    write(root / "alerts", *names)
    write(root / "obs\\xff", "a.jsonl")
    write(root / os.fsdecode(b"obs\xff"), "a.jsonl")
    (root / "z.jsonl").symlink_to("/nowhere")
    os.mkfifo(root / "alerts.jsonl")
    expected = find(root)

    for seed in range(10):
        order = random.Random(seed)  # noqa: S311 (no secret)
        assert find(root, store=ShuffledStore(order)) == expected


def test_names_that_are_shown_alike_receive_a_number(root: Path) -> None:
    """Each source has a path of its own, and every path is printable."""
    write(root, "alert\\xff.jsonl", os.fsdecode(b"alert\xff.jsonl"), "alert\\xff.jsonl (2)")
    write(root, "alert\u00fc.jsonl")

    assert paths_of(find(root)) == ["alert\\xff.jsonl", "alert\\xff.jsonl (2)", "alert\u00fc.jsonl"]
    assert len({source.location for source in find(root).sources}) == 3


@pytest.mark.parametrize("name", sorted(NOT_ENTERED))
def test_folders_of_tools_are_not_entered(root: Path, name: str) -> None:
    """The files of tools are not telemetry, at any depth."""
    write(root, f"{name}/alerts.jsonl", f"x/{name}/y/alerts.jsonl", f"{name}x/alerts.jsonl")

    assert paths_of(find(root)) == [f"{name}x/alerts.jsonl"]
    assert reasons_of(find(root)) == {}


def test_a_file_with_the_name_of_a_folder_that_is_not_entered_is_only_a_file(root: Path) -> None:
    """Only folders are not entered; the file is left alone because it is not telemetry."""
    write(root, ".git", "reports")

    assert find(root) == Discovery()


def test_a_link_instead_of_a_folder_that_is_not_entered_is_ignored(root: Path) -> None:
    """A virtual environment or a reports folder may be a link to another location."""
    (root / ".venv").symlink_to("/")
    (root / "reports").symlink_to("/")

    assert find(root) == Discovery()


def test_reports_are_not_entered(root: Path) -> None:
    """`reports` directly below the root is not entered; deeper folders of that name are."""
    write(root, "reports/obs/a.jsonl", "x/reports/obs/a.jsonl")

    assert paths_of(find(root)) == ["x/reports/obs/a.jsonl"]
    assert reasons_of(find(root)) == {}


def test_the_reports_root_is_not_entered_under_any_name(root: Path) -> None:
    """The folder of the reports is recognised by its device and inode."""
    write(root, "out/obs/a.jsonl", "other/obs/a.jsonl")
    status = (root / "out").stat()
    search = search_for(closed=frozenset({(status.st_dev, status.st_ino)}))

    assert paths_of(find(root, search)) == ["other/obs/a.jsonl"]


def test_files_below_the_greatest_depth_are_too_deep(root: Path) -> None:
    """A path has at most that many parts; deeper candidates are reported, other files are not."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "alerts/x/a.jsonl", "alerts/x/y/z/readme.md")
    found = find(root, search_for(max_depth=2))

    assert paths_of(found) == ["alerts.jsonl", "alerts/a.jsonl"]
    assert reasons_of(found) == {"alerts/x/a.jsonl": "too deep"}
    assert found.candidates == 3
    assert not is_complete(found)


@pytest.mark.usefixtures("time_limit")
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
def test_what_is_not_a_regular_file_is_not_opened(
    root: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A pipe or a socket with the name of telemetry is reported and never opened."""
    location = root / "alerts.jsonl"
    with socket.socket(socket.AF_UNIX) as end:
        if kind == "pipe":
            os.mkfifo(location)
        elif kind == "socket":
            monkeypatch.chdir(root)
            end.bind("alerts.jsonl")
        else:
            location.mkdir()
        found = find(root)

    assert found.sources == []
    assert reasons_of(found) == ({} if kind == "folder" else {"alerts.jsonl": "not a regular file"})
    assert is_complete(found)


def test_ignored_files_and_folders_are_reported_as_such(root: Path) -> None:
    """Files and folders that a pattern matches are left out on purpose, which is harmless."""
    write(root, "alerts/a.jsonl", "alerts/b.jsonl", "old/alerts/c.jsonl", "old/alerts/d.jsonl")
    (root / "alerts" / "l.jsonl").symlink_to("/nowhere")
    (root / "link").symlink_to("/nowhere")
    search = search_for(ignore=Patterns(["alerts/b.jsonl", "old", "alerts/l*", "link"]))
    found = find(root, search)

    assert paths_of(found) == ["alerts/a.jsonl"]
    assert reasons_of(found) == dict.fromkeys(
        ["alerts/b.jsonl", "alerts/l.jsonl", "link", "old"], "ignored"
    )
    assert found.candidates == 3
    assert is_complete(found)


@pytest.mark.parametrize(
    ("max_files", "scanned", "harmful"),
    [
        (0, ["alerts/1", "alerts/2", "alerts/3", "alerts/4"], []),
        (1, ["alerts/3"], ["alerts/2", "alerts/4"]),
        (2, ["alerts/2", "alerts/3"], ["alerts/4"]),
        (3, ["alerts/2", "alerts/3", "alerts/4"], []),
        (4, ["alerts/1", "alerts/2", "alerts/3", "alerts/4"], []),
    ],
)
def test_only_the_newest_files_are_scanned(
    root: Path, max_files: int, scanned: list[str], harmful: list[str]
) -> None:
    """The newest by modification time, then by path; a file older than the window is harmless."""
    for name, seconds in (("1", 99), ("2", 100), ("3", 200), ("4", 100)):
        write(root, f"alerts/{name}.jsonl")
        os.utime(root / f"alerts/{name}.jsonl", ns=(0, seconds * SECOND))
    found = find(root, max_files=max_files)
    window = window_from(EPOCH + timedelta(seconds=100))

    assert paths_of(found) == [f"{path}.jsonl" for path in scanned]
    assert found.candidates == 4
    assert set(reasons_of(found).values()) <= {"over --max-files"}
    assert len(found.left_out) == 4 - len(scanned)
    assert [entry.path for entry in found.left_out if not entry.is_harmless(window)] == [
        f"{path}.jsonl" for path in harmful
    ]


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_may_not_be_read_is_reported(root: Path) -> None:
    """A folder without permission may hide telemetry."""
    write(root, "alerts/a.jsonl", "closed/alerts.jsonl", "closed/sub/alerts.jsonl")
    (root / "closed").chmod(0)
    found = find(root)
    (root / "closed").chmod(0o755)

    assert paths_of(found) == ["alerts/a.jsonl"]
    assert reasons_of(found) == {"closed": "folder not readable"}
    assert not is_complete(found)


@pytest.mark.usefixtures("unprivileged")
def test_files_of_a_folder_that_may_only_be_listed_are_not_readable(root: Path) -> None:
    """Files whose names may be listed, but which may not be examined, are candidates."""
    write(root, "alerts/a.jsonl", "alerts/sub/b.jsonl")
    (root / "alerts").chmod(0o444)
    found = find(root)
    (root / "alerts").chmod(0o755)

    assert found.sources == []
    assert reasons_of(found) == {
        "alerts/a.jsonl": "not readable",
        "alerts/sub": "folder not readable",
    }
    assert not is_complete(found)


def test_what_vanishes_during_the_search_is_reported(root: Path) -> None:
    """A file or a folder that is removed after it was listed has vanished."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "obs/a.jsonl")

    def remove() -> None:
        (root / "alerts.jsonl").unlink()
        shutil.rmtree(root / "alerts")

    found = find(root, store=ChangingStore(root, remove))

    assert paths_of(found) == ["obs/a.jsonl"]
    assert reasons_of(found) == {"alerts": "vanished", "alerts.jsonl": "vanished"}
    assert found.candidates == 2
    assert not is_complete(found)


def test_a_missing_root_is_an_error_that_names_it(root: Path) -> None:
    """A missing root must not look like a root without telemetry."""
    with pytest.raises(TelemetryError, match="No such file or directory") as failure:
        find(root / "missing")

    assert str(root / "missing") in failure.value.message
    assert "--repo" in failure.value.hint
    assert failure.value.exit_code == 1


def test_a_root_that_is_a_file_is_an_error(root: Path) -> None:
    """A single file is named with another option, and the message names the option."""
    write(root, "alerts.jsonl")

    with pytest.raises(TelemetryError, match="is not a folder") as failure:
        find(root / "alerts.jsonl")

    assert "--input" in failure.value.hint


def test_a_root_below_a_file_is_an_error(root: Path) -> None:
    """A path that cannot exist is not mistaken for a file."""
    write(root, "alerts.jsonl")

    with pytest.raises(TelemetryError, match="cannot be read: Not a directory"):
        find(root / "alerts.jsonl" / "below")


@pytest.mark.usefixtures("unprivileged")
def test_a_root_that_may_not_be_read_is_an_error(root: Path) -> None:
    """An empty result would be wrong, because nothing could be examined."""
    write(root, "alerts.jsonl")
    root.chmod(0o100)

    with pytest.raises(TelemetryError, match="Permission denied"):
        find(root)

    root.chmod(0o755)
