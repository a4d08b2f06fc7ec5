"""Tests of `peaktrade_ops.telemetry.files.walk`."""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.files import local
from peaktrade_ops.telemetry.files.local import LocalFile, LocalStore
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.search import NOT_ENTERED, Discovery, OwnFiles
from peaktrade_ops.telemetry.files.store import Kind
from tests.support.scanning import search_for
from tests.support.searching import (
    SECOND,
    find,
    is_complete,
    paths_of,
    reasons_of,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from peaktrade_ops.telemetry.files.store import Entry, Identity


class ShuffledStore(LocalStore, frozen=True):
    """The local file system, with folders listed in any order."""

    order: random.Random

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder in a random order."""
        entries = LocalStore.list_folder(self, location)
        self.order.shuffle(entries)
        return entries


needs_names_of_bytes = pytest.mark.skipif(
    sys.platform == "darwin", reason="the file systems of macOS take only names that are text"
)

TIMED = b'{"ts": "2025-12-15T12:00:00Z"}\n'


class ChangingStore(LocalStore, frozen=True):
    """The local file system, changed each time right after one folder was listed.

    Attributes:
        folder: The folder.
        changes: What changes the file system, in order; then nothing does.
    """

    folder: Path
    changes: Iterator[Callable[[], object]]

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder."""
        entries = LocalStore.list_folder(self, location)
        if location == str(self.folder.resolve()):
            next(self.changes, lambda: None)()
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


@needs_names_of_bytes
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


@needs_names_of_bytes
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
    assert reasons_of(find(root)) == {name: "ignored", f"x/{name}": "ignored"}
    assert is_complete(find(root))
    assert find(root).candidates == 1


def test_a_file_with_the_name_of_a_folder_that_is_not_entered_is_only_a_file(root: Path) -> None:
    """A file with the name of a skipped folder is ignored like any other file."""
    write(root, ".git", "reports")

    assert find(root) == Discovery()


def test_a_link_instead_of_a_folder_that_is_not_entered_is_ignored(root: Path) -> None:
    """A virtual environment may be a link to another location."""
    (root / ".venv").symlink_to("/")

    assert reasons_of(find(root)) == {".venv": "ignored"}
    assert find(root).candidates == 0


@pytest.mark.usefixtures("unprivileged")
def test_the_folder_of_repaired_files_at_the_top_is_ignored(root: Path) -> None:
    """`lost+found` at the top of a volume belongs to root and cannot be listed by others."""
    write(root, "alerts.jsonl", "alerts/lost+found/a.jsonl")
    (root / "lost+found").mkdir(0o000)

    assert paths_of(find(root)) == ["alerts.jsonl", "alerts/lost+found/a.jsonl"]
    assert reasons_of(find(root)) == {"lost+found": "ignored"}
    assert is_complete(find(root))


def test_a_folder_of_reports_is_entered(root: Path) -> None:
    """A folder of reports is entered."""
    write(root, "reports/obs/a.jsonl", "x/reports/obs/a.jsonl")

    assert paths_of(find(root)) == ["reports/obs/a.jsonl", "x/reports/obs/a.jsonl"]


def test_only_what_the_program_writes_is_skipped_in_its_folder(root: Path) -> None:
    """The folder is recognised by its device and inode, its files by their names."""
    write(root, "obs/index.json", "obs/a.jsonl", "obs/x/index.json", "other/index.json")
    for path in ("obs/index.json", "obs/x/index.json", "other/index.json"):
        (root / path).write_bytes(TIMED * 2)
    status = (root / "obs").stat()
    own = OwnFiles((status.st_dev, status.st_ino), "index.json".__eq__)
    found = find(root, search_for(own=(own,)))

    assert paths_of(found) == ["obs/a.jsonl"]
    assert reasons_of(found) == dict.fromkeys(
        ["obs/x/index.json", "other/index.json"], "not named as JSON lines"
    )


def test_folders_below_the_greatest_depth_are_too_deep(root: Path) -> None:
    """A path has at most that many parts; a folder at that depth is named and not entered."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "alerts/x/a.jsonl", "alerts/x/y/z/readme.md")
    (root / "alerts" / "old").mkdir()
    found = find(root, search_for(max_depth=2, ignore=Patterns(["alerts/old"])))

    assert paths_of(found) == ["alerts.jsonl", "alerts/a.jsonl"]
    assert reasons_of(found) == {"alerts/old": "ignored", "alerts/x": "too deep"}
    assert found.candidates == 2
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


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_of_which_everything_is_ignored_is_not_entered(root: Path) -> None:
    """A folder with ignored content only is listed once and need not be readable."""
    write(root, "alerts.jsonl", "old/alerts/a.jsonl", "old/alerts/b.jsonl")
    (root / "old").chmod(0)
    found = find(root, search_for(ignore=Patterns(["old/**"])))
    (root / "old").chmod(0o755)

    assert reasons_of(found) == {"old": "ignored"}
    assert is_complete(found)


@pytest.mark.parametrize(
    ("max_files", "scanned"),
    [
        (0, ["alerts/1", "alerts/2", "alerts/3", "alerts/4"]),
        (1, ["alerts/3"]),
        (2, ["alerts/2", "alerts/3"]),
        (3, ["alerts/2", "alerts/3", "alerts/4"]),
        (4, ["alerts/1", "alerts/2", "alerts/3", "alerts/4"]),
    ],
)
def test_only_the_newest_files_are_scanned(root: Path, max_files: int, scanned: list[str]) -> None:
    """The newest by modification time, then by path."""
    for name, seconds in (("1", 99), ("2", 100), ("3", 200), ("4", 100)):
        write(root, f"alerts/{name}.jsonl")
        os.utime(root / f"alerts/{name}.jsonl", ns=(0, seconds * SECOND))
    found = find(root, max_files=max_files)

    assert paths_of(found) == [f"{path}.jsonl" for path in scanned]
    assert found.candidates == 4
    assert set(reasons_of(found).values()) <= {"over --max-files"}
    assert len(found.left_out) == 4 - len(scanned)


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


def test_what_is_removed_during_the_search_was_not_there(root: Path) -> None:
    """A file or a folder that is removed after it was listed is not listed again."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "obs/a.jsonl")

    def remove() -> None:
        (root / "alerts.jsonl").unlink(missing_ok=True)
        shutil.rmtree(root / "alerts", ignore_errors=True)

    found = find(root, store=ChangingStore(root, itertools.repeat(remove)))

    assert paths_of(found) == ["obs/a.jsonl"]
    assert reasons_of(found) == {}
    assert found.candidates == 1


def rotate(root: Path) -> None:
    """Rotate the alerts of a root as logrotate does."""
    for number in (3, 2, 1):
        older = root / f"alerts.jsonl.{number}"
        if older.exists():
            older.rename(root / f"alerts.jsonl.{number + 1}")
    (root / "alerts.jsonl").rename(root / "alerts.jsonl.1")
    write(root, "alerts.jsonl")


@pytest.mark.parametrize("before", [1, 2])
def test_a_rotation_between_the_listing_and_the_look_loses_no_file(root: Path, before: int) -> None:
    """A file that moves to a name that was not listed is found under that name."""
    write(root, "alerts.jsonl", *(f"alerts.jsonl.{number}" for number in range(1, before + 1)))
    inodes = {path.stat().st_ino for path in root.iterdir()}
    store = ChangingStore(root, iter([lambda: rotate(root)]))
    found = find(root, store=store)

    assert inodes < {source.inode for source in found.sources}
    assert len(found.sources) == before + 2
    assert reasons_of(found) == {}


def test_a_file_that_moves_into_a_folder_that_was_listed_is_found(root: Path) -> None:
    """A file that moves into a folder that was already listed is found."""
    write(root, "a/alerts.jsonl", "b/alerts.jsonl.1")

    def move() -> None:
        (root / "a" / "alerts.jsonl").rename(root / "b" / "alerts.jsonl")

    found = find(root, store=ChangingStore(root / "b", iter([move])))

    assert paths_of(found) == ["b/alerts.jsonl", "b/alerts.jsonl.1"]
    assert reasons_of(found) == {}


def test_what_never_settles_is_reported(root: Path) -> None:
    """Names that differ in every listing are reported."""
    write(root, "alerts.jsonl", "alerts.jsonl.1", "obs/a.jsonl", "obs/state.txt")
    number = itertools.count()

    def change() -> None:
        (root / "alerts.jsonl").rename(root / f"alerts.jsonl.{next(number) + 2}")
        write(root, "alerts.jsonl")
        # Another file in every round, which is not telemetry.
        write(root, "obs/state.tmp")
        (root / "obs" / "state.tmp").rename(root / "obs" / "state.txt")

    found = find(root, store=ChangingStore(root, itertools.repeat(change)))

    assert "obs/a.jsonl" in paths_of(found)
    assert reasons_of(found)["alerts.jsonl"] == "changed while it was read"
    assert set(reasons_of(found)) <= {"alerts.jsonl", *(f"alerts.jsonl.{n}" for n in range(2, 9))}
    assert not is_complete(found)


class LateStore(LocalStore, frozen=True):
    """A store in which something happens once, when a file is opened to remember how it begins."""

    change: Callable[[], object]
    done: list[bool] = msgspec.field(default_factory=list)

    def open_file(self, location: str) -> LocalFile:
        """Open a file."""
        if location.endswith("alerts.jsonl") and not self.done:
            self.done.append(True)
            self.change()
        return LocalStore.open_file(self, location)


def test_what_is_removed_at_the_end_of_the_search_was_not_there(root: Path) -> None:
    """The search ends with a walk that no longer finds it."""
    write(root, "alerts.jsonl", "alerts.jsonl.1")
    found = find(root, store=LateStore((root / "alerts.jsonl").unlink))

    assert paths_of(found) == ["alerts.jsonl.1"]
    assert reasons_of(found) == {}
    assert found.candidates == 1


def test_what_is_replaced_at_the_end_of_the_search_is_taken_as_it_is_then(root: Path) -> None:
    """The search is done again with the file that is in the place."""
    write(root, "alerts.jsonl", "alerts.jsonl.1", "new")
    new = (root / "new").stat().st_ino
    found = find(root, store=LateStore(lambda: (root / "new").replace(root / "alerts.jsonl")))

    assert [source.inode == new for source in found.sources] == [True, False]
    assert reasons_of(found) == {}
    assert found.candidates == 2


def test_a_copy_that_is_made_at_the_end_of_the_search_is_found(root: Path) -> None:
    """A file that is copied and emptied before its state is remembered loses nothing."""
    write(root, "alerts.jsonl")

    def rotate_by_copy() -> None:
        shutil.copy(root / "alerts.jsonl", root / "alerts.jsonl.1")
        os.truncate(root / "alerts.jsonl", 0)

    found = find(root, store=LateStore(rotate_by_copy))

    assert [(source.path, source.size) for source in found.sources] == [
        ("alerts.jsonl", 0),
        ("alerts.jsonl.1", 3),
    ]
    assert reasons_of(found) == {}


def test_a_file_that_is_cut_at_the_end_of_the_search_is_reported(root: Path) -> None:
    """What it had is nowhere, so the report must not look complete."""
    write(root, "alerts.jsonl")
    found = find(root, store=LateStore(lambda: os.truncate(root / "alerts.jsonl", 0)))

    assert paths_of(found) == ["alerts.jsonl"]
    assert reasons_of(found) == {"alerts.jsonl": "changed while it was read"}


def test_what_cannot_be_opened_at_the_end_of_the_search_is_reported(root: Path) -> None:
    """An error is not absence."""
    write(root, "alerts.jsonl", "alerts.jsonl.1")

    def fail() -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    found = find(root, store=LateStore(fail))

    assert paths_of(found) == ["alerts.jsonl.1"]
    assert reasons_of(found) == {"alerts.jsonl": "not readable"}
    assert found.candidates == 2


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_only_a_missing_file_is_absent(root: Path, code: int) -> None:
    """Only a missing file is absent; any other failure is reported."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "x/a.log", "obs/a.jsonl")

    class FailingStore(LocalStore, frozen=True):
        def identity(self, location: str) -> Identity:
            if location.endswith(("alerts.jsonl", "a.log")):
                raise OSError(code, os.strerror(code))
            return LocalStore.identity(self, location)

        def list_folder(self, location: str) -> list[Entry]:
            if location.endswith("/alerts"):
                raise OSError(code, os.strerror(code))
            return LocalStore.list_folder(self, location)

    found = find(root, store=FailingStore())

    assert paths_of(found) == ["obs/a.jsonl"]
    assert reasons_of(found) == {
        "alerts": "folder not readable",
        "alerts.jsonl": "not readable",
        "x/a.log": "not readable",
    }


def test_an_entry_of_an_unknown_kind_is_not_readable(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry of an unknown kind is not readable, because it may be a folder of telemetry."""
    write(root, "x/alerts.jsonl")
    monkeypatch.setattr(local, "_kind_of", lambda _: Kind.UNKNOWN)

    assert reasons_of(find(root)) == {"x": "not readable"}
    assert not is_complete(find(root))


def test_each_reason_has_its_names(root: Path) -> None:
    """The first reason in the order of the contract applies."""
    write(
        root,
        "alerts/a.jsonl.lock",
        "alerts/a.zip",
        "jobs/a.zip",
        "jobs/a.jsonl.zip",
        "jobs/a.jsonl.lz4",
        "jobs/a.jsonl.old",
        "jobs/a.jsonl",
        "jobs/b.jsonl",
        "jobs/a.log",
        "jobs/b.log",
        "alerts/a.log",
        "alerts/b.log",
        "alerts/c.csv",
        "alerts/i.jsonl.old",
        "alerts/n.csv",
    )
    (root / "jobs" / "b.jsonl").write_bytes(TIMED)
    (root / "jobs" / "a.log").write_bytes(b"{}\n{}\n")
    (root / "jobs" / "b.log").write_bytes(b"{}\n" + TIMED)
    (root / "alerts" / "b.log").write_bytes(b"{}\n{}\n")
    found = find(
        root,
        search_for(
            ignore=Patterns(["alerts/i.*", "alerts/*.csv"]),
            include=Patterns(["alerts/c.csv", "alerts/n.csv", "alerts/i.*"]),
        ),
    )

    assert reasons_of(found) == {
        "alerts/a.jsonl.lock": "not data",
        "alerts/a.zip": "archive",
        "alerts/b.log": "not named as JSON lines",
        "alerts/c.csv": "ignored",
        "alerts/i.jsonl.old": "ignored",
        "alerts/n.csv": "ignored",
        "jobs/a.jsonl.lz4": "compression not supported",
        "jobs/a.jsonl.old": "name not recognised",
        "jobs/a.jsonl.zip": "archive",
        "jobs/b.jsonl": "path not selected",
        "jobs/b.log": "not named as JSON lines",
    }
    assert found.sources == []
    assert found.candidates == 11


def test_what_is_included_is_scanned_whatever_its_name(root: Path) -> None:
    """A pattern of the configuration goes before the name and the path."""
    write(root, "jobs/a.csv", "jobs/a.jsonl", "alerts/a.jsonl.old", "jobs/b.csv")
    search = search_for(include=Patterns(["jobs/a.*", "**/*.old"]))

    assert paths_of(find(root, search)) == ["alerts/a.jsonl.old", "jobs/a.csv", "jobs/a.jsonl"]
    assert reasons_of(find(root, search)) == {}


def test_a_file_with_several_names_is_scanned_once(root: Path) -> None:
    """A file with several names is scanned once, under the first name in path order."""
    write(root, "obs/b.jsonl")
    for name in ("obs/a.jsonl", "obs/c.jsonl", "obs/c.jsonl.old", "obs/readme.md"):
        os.link(root / "obs" / "b.jsonl", root / name)
    found = find(root)

    assert paths_of(found) == ["obs/a.jsonl"]
    assert reasons_of(found) == dict.fromkeys(
        ["obs/b.jsonl", "obs/c.jsonl", "obs/c.jsonl.old"], "the same file"
    )
    assert found.candidates == 4
    assert is_complete(found)


def test_what_is_left_out_remembers_when_it_was_written(root: Path) -> None:
    """An entry that is left out has its modification time."""
    write(root, "alerts/a.zip")
    os.utime(root / "alerts" / "a.zip", ns=(0, 5 * SECOND))

    assert [entry.modified_ns for entry in find(root).left_out] == [5 * SECOND]


def test_a_missing_root_is_an_error_that_names_it(root: Path) -> None:
    """A missing root is an error that names it."""
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
    """A root without read permission is an error."""
    write(root, "alerts.jsonl")
    root.chmod(0o100)

    with pytest.raises(TelemetryError, match="Permission denied") as failure:
        find(root)

    assert failure.value.hint == "check --repo and PEAK_TELEMETRY_DIR"
    root.chmod(0o755)


@pytest.mark.usefixtures("unprivileged")
def test_in_a_pod_the_message_speaks_of_its_security_context(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user of Kubernetes gives the pod a group that can read the telemetry."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    root.chmod(0o100)

    with pytest.raises(TelemetryError) as failure:
        find(root)

    assert failure.value.hint == (
        "check --repo and PEAK_TELEMETRY_DIR, and supplementalGroups in the securityContext of the"
        " pod"
    )
    root.chmod(0o755)
