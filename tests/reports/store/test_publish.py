"""Test safe writing: complete artifacts or none, and one run at a time."""

from __future__ import annotations

import errno
import itertools
import os
import resource
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store import publish as publish_module
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.publish import check_writable, publish
from peaktrade_ops.reports.store.recover import is_temporary
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.reports.views.markdown import snapshot_markdown
from peaktrade_ops.stage1.models import to_json
from tests.support.artifacts import contents, indexed, metrics, summary
from tests.support.failing import failing_at, no_space
from tests.support.killed_writes import killed_everywhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PAGE = "index.html"
OLD = {
    "2025-12-20_summary.json": b"old json",
    "2025-12-20_snapshot.md": b"old text",
    PAGE: b"old",
}
NEW = {
    "2025-12-20_summary.json": b"new json",
    "2025-12-20_snapshot.md": b"new text",
    PAGE: b"new",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a reports folder with old artifacts."""
    made = tmp_path / "stage1"
    made.mkdir()
    for name, data in OLD.items():
        (made / name).write_bytes(data)
    return made


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Change the file mode mask, and put it back afterwards."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


# --- publishing ----------------------------------------------------------------------------------


def test_artifacts_take_the_places_of_the_old_ones(folder: Path) -> None:
    """The folder contains exactly the new artifacts and all other files after publishing."""
    (folder / "other.txt").write_bytes(b"other")

    publish(folder, NEW)

    assert contents(folder) == {**NEW, "other.txt": b"other"}


def test_artifacts_may_be_empty_or_large(tmp_path: Path) -> None:
    """Every byte of an artifact is written, whatever its size."""
    artifacts = {"empty": b"", "large": bytes(range(256)) * 40_000}

    publish(tmp_path, artifacts)

    assert contents(tmp_path) == artifacts


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o644)])
def test_artifacts_can_be_read_as_the_mask_allows(
    folder: Path, umask: Callable[[int], int], mask: int, mode: int
) -> None:
    """Reports are readable for others, unless the umask forbids it, and never writable for them."""
    umask(mask)

    publish(folder, NEW)

    assert {path.stat().st_mode & 0o7777 for path in folder.iterdir()} == {mode}


def test_a_link_in_the_place_of_an_artifact_is_replaced(folder: Path, tmp_path: Path) -> None:
    """A link is replaced, so no file outside of the folder is written."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"outside")
    (folder / PAGE).unlink()
    (folder / PAGE).symlink_to(outside)

    publish(folder, NEW)

    assert contents(folder) == NEW
    assert not (folder / PAGE).is_symlink()
    assert outside.read_bytes() == b"outside"


def test_everything_is_flushed_before_anything_takes_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files are on the disk before the first is renamed, and the folder is flushed last."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def flushing(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def replacing(source: Path, target: Path) -> None:
        steps.append(f"replace {Path(target).name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(os, "replace", replacing)

    publish(folder, NEW)

    replaced = [f"replace {name}" for name in NEW]
    assert steps == ["file"] * 3 + ["folder", *replaced, "folder"]


# --- when something fails ------------------------------------------------------------------------


KEPT = "the earlier artifacts are kept; make room or check the permissions"
DONE = (
    "the new artifacts are in place, but may not outlast a loss of power; check the disk, and run"
    " again"
)
BEGUN = (
    "not all new artifacts of this run are in place; run again, which puts the rest in place; make"
    " room or check the permissions before"
)
MESSAGES = {"open": {KEPT, DONE}, "fsync": {KEPT, DONE}, "replace": {BEGUN}}


@pytest.mark.parametrize("call", MESSAGES)
def test_whichever_call_fails_the_message_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A failure of any call leaves each artifact old or new, and the message is correct."""
    texts = []
    for count in itertools.count(1):
        folder = tmp_path / f"{count}"
        folder.mkdir()
        for name, data in OLD.items():
            (folder / name).write_bytes(data)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing_at(count, getattr(os, call), no_space()))
            try:
                publish(folder, NEW)
            except ReportsError as error:
                texts.append(
                    str(error).removeprefix(f"reports folder {folder} cannot be written: ")
                )
            else:
                break
        found = contents(folder)
        artifacts = {name: data for name, data in found.items() if not is_temporary(name)}
        assert set(artifacts) == set(OLD)
        assert all(artifacts[name] in {OLD[name], NEW[name]} for name in OLD)
        kept = KEPT in texts[-1]
        assert kept == (count <= len(NEW) + 1 and call != "replace")
        # An error before the renames undoes everything; after them the next run finishes.
        left = len(NEW) - count + 1 if BEGUN in texts[-1] else 0
        assert len(found) == len(OLD) + left
        assert not kept or found == OLD
    assert set(texts) == {f"No space left on device; {text}" for text in MESSAGES[call]}
    # Each artifact makes each call once; the folder is opened and flushed before and behind.
    assert len(texts) == len(NEW) + (0 if call == "replace" else 2)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP])
def test_a_folder_that_cannot_be_flushed_is_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Network and desktop file systems flush files and refuse to flush a folder."""
    fsync = os.fsync

    def flushing(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", flushing)

    publish(folder, NEW)

    assert contents(folder) == NEW


@pytest.mark.parametrize("number", [0, errno.ENOTSUP])
def test_the_disk_is_flushed_where_the_system_does_it_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """On macOS another call empties the memory of the disk; some file systems there refuse it."""
    steps = []

    def flushing(_handle: int, command: int) -> None:
        steps.append(command)
        if number:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr("peaktrade_ops.flush._FLUSH_DISK", 51)
    monkeypatch.setattr("fcntl.fcntl", flushing)

    publish(folder, NEW)

    # Before the first rename, and after the last.
    assert steps == [51, 51]
    assert contents(folder) == NEW


def test_a_write_that_the_system_cuts_short_leaves_the_old_artifacts(folder: Path) -> None:
    """A partial write leaves the old artifact."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    artifacts = {**NEW, PAGE: bytes(300_000)}
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ReportsError, match="cannot be written: File too large"):
            publish(folder, artifacts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert contents(folder) == OLD


def test_what_could_not_be_read_back_is_not_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An artifact over the size that readers take changes nothing; one at the limit is written."""
    monkeypatch.setattr(publish_module, "MOST_BYTES", 8)
    publish(folder, NEW)

    with pytest.raises(ReportsError, match=r"index\.html would have 9 bytes, .*nothing is written"):
        publish(folder, OLD | {PAGE: b"too large"})

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == NEW


def test_a_folder_in_the_place_of_an_artifact_is_an_error(folder: Path) -> None:
    """A folder that cannot be replaced is an error, and no temporary file is left."""
    (folder / PAGE).unlink()
    (folder / PAGE).mkdir()

    with pytest.raises(ReportsError, match=r"index\.html is a folder; move it away; the earlier"):
        publish(folder, NEW)

    assert {path.name for path in folder.iterdir()} == set(NEW)
    for name in set(NEW) - {PAGE}:
        assert OLD[name] == (folder / name).read_bytes()


def test_a_folder_that_has_vanished_is_an_error(folder: Path) -> None:
    """A reports folder that disappears is an error with a message."""
    with pytest.raises(ReportsError, match="cannot be written: No such file or directory"):
        publish(folder / "gone", NEW)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_without_permission_is_an_error(tmp_path: Path) -> None:
    """The old artifacts are kept, and the message names the reason."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)

    with pytest.raises(ReportsError, match="cannot be written: Permission denied"):
        publish(folder, NEW)


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("count", [1, 3])
def test_an_interrupted_run_cleans_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, count: int
) -> None:
    """An interrupted run leaves complete artifacts and no temporary file."""
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing_at(count, getattr(os, call), KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            publish(folder, NEW)

    found = contents(folder)
    assert set(found) == set(OLD)
    assert all(found[name] in {OLD[name], NEW[name]} for name in OLD)


def test_cleaning_up_never_hides_what_failed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first error is raised, even if the temporary files cannot be removed."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing_at(2, os.fsync, no_space()))
        patch.setattr(Path, "unlink", failing_at(1, Path.unlink, PermissionError(1, "no")))
        with pytest.raises(ReportsError, match="No space left on device"):
            publish(folder, NEW)

    publish(folder, NEW)

    assert {name: (folder / name).read_bytes() for name in NEW} == NEW


def test_a_run_that_is_killed_at_any_point_heals(tmp_path: Path) -> None:
    """A killed run leaves each artifact old or new, and the next writer makes them consistent."""
    old, new = summary(), summary(metrics=metrics(new_alerts=3))
    before, after = (
        {
            "2025-12-20_snapshot.md": snapshot_markdown(made).encode(),
            "2025-12-20_summary.json": to_json(made),
        }
        for made in (old, new)
    )

    def made(name: str, artifacts: Mapping[str, bytes] = before) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        publish(folder, indexed(folder, artifacts))
        return folder

    source = made("source", after)
    begun, after = contents(made("begun")), contents(source)
    half_new, healed = 0, []
    for folder in killed_everywhere(source, made):
        found = contents(folder)
        artifacts = {name: data for name, data in found.items() if not is_temporary(name)}
        assert set(artifacts) == set(after)
        assert all(artifacts[name] in {begun[name], after[name]} for name in after)
        half_new += artifacts not in (begun, after)

        with locked(folder, shared=True):
            assert contents(folder) == found
        with locked(folder):
            healed.append(contents(folder) == after)
            assert healed[-1] or contents(folder) == begun
        assert verify(folder) == []
    assert half_new == 2
    # Three files opened and flushed, the folder opened and flushed, three renames, the folder; and
    # the publication that nobody kills. From the moment that the index is whole, the next writer
    # finishes the run.
    assert healed == [False] * 5 + [True] * 9


# --- the check before the work -------------------------------------------------------------------


def test_the_check_makes_the_folder_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    """The check for write access leaves no file in the folder."""
    folder = tmp_path / "a" / "b"

    check_writable(folder)

    assert list(folder.iterdir()) == []


def test_the_check_refuses_a_folder_that_cannot_be_written(
    tmp_path: Path, unprivileged: int
) -> None:
    """The message has the path, the user id of the program and the owner of the folder."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)

    with pytest.raises(ReportsError) as caught:
        check_writable(folder)

    assert str(caught.value) == (
        f"reports folder {folder} cannot be written: Permission denied"
        f" (running as uid {unprivileged}, {folder} belongs to uid {unprivileged});"
        " choose another reports root, or make this folder writable for this user"
    )


def test_the_check_names_another_owner(tmp_path: Path, unprivileged: int) -> None:
    """The message about a folder of another user names its owner."""
    folder = Path("/")

    with pytest.raises(ReportsError, match=rf"uid {unprivileged}, / belongs to uid 0\)"):
        check_writable(folder)

    assert list(tmp_path.iterdir()) == []


def test_the_check_refuses_a_file(tmp_path: Path) -> None:
    """A file in the place of the folder is found before any work is done."""
    (tmp_path / "file").touch()

    with pytest.raises(ReportsError, match="is a file, not a folder"):
        check_writable(tmp_path / "file" / "obs")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_the_check_refuses_a_folder_in_which_nothing_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The message names the file that stays, and the next run that can removes it."""
    error = OSError(number, os.strerror(number))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", failing_at(1, Path.unlink, error))
        with pytest.raises(ReportsError) as caught:
            check_writable(tmp_path)

    (stays,) = tmp_path.iterdir()
    assert (
        f"reports folder {tmp_path} cannot be written ({stays.name} in it cannot be removed):"
        f" {os.strerror(number)} (running as uid "
    ) in str(caught.value)
    with locked(tmp_path):
        assert not stays.exists()


def test_the_check_refuses_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room for a single file is found before any work is done."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing_at(1, os.open, no_space()))
        with pytest.raises(ReportsError, match="cannot be written: No space left on device"):
            check_writable(tmp_path)
