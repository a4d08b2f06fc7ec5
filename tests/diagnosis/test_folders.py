"""Test the checks of mounts, permissions and room."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops import container
from peaktrade_ops.diagnosis import folders
from peaktrade_ops.diagnosis.folders import (
    check_mounts,
    check_reports,
    check_room,
    check_telemetry,
    refusal_to_write,
    temporary_folder,
)
from peaktrade_ops.errors import ConfigError, ReportsError
from peaktrade_ops.locations import Url
from peaktrade_ops.scanning import Telemetry
from tests.diagnosis.helpers import lines, reported, subject_of, wrong
from tests.support.mounts import put_on_disk

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.lives import Life

MIB = 2**20


def mounted(monkeypatch: pytest.MonkeyPatch, folder: Path, kind: str, inside: str = "/x") -> None:
    """Set what is mounted, and where."""
    table = folder / "mountinfo"
    table.write_text(
        "1 0 0:1 / / rw - overlay /dev/x rw\n"
        f"1 0 0:1 {inside} {os.path.realpath(folder)}/r rw - {kind} /dev/x rw\n"
    )
    monkeypatch.setattr(container, "_MOUNTS", table)


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that sets what is left of every file system."""

    def leave(free: int = 1000 * MIB, files: int = 10_000, total: int = 9, flags: int = 0) -> None:
        left = SimpleNamespace(
            f_bavail=free // 512, f_frsize=512, f_favail=files, f_files=total, f_flag=flags
        )
        monkeypatch.setattr(os, "statvfs", lambda _path: left)

    return leave


def test_the_mounts_of_both_folders_are_shown(
    life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A reader sees which file systems are in use."""
    mounted(monkeypatch, tmp_path, "ext4")

    assert lines(check_mounts, subject_of(life)) == [
        f"ok: stage1: reports: ext4 at {os.path.realpath(tmp_path)}/r",
        "ok: t: telemetry: overlay at /",
    ]


@pytest.mark.parametrize(
    ("kind", "inside", "what"),
    [
        ("tmpfs", "/", "which is lost when the machine stops"),
        ("nfs4", "/export", "locks between machines are not guaranteed"),
    ],
)
def test_a_mount_that_does_not_keep_a_promise_is_a_warning(  # noqa: PLR0913 (a table)
    life: Life,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    kind: str,
    inside: str,
    what: str,
) -> None:
    """Reports in memory end with it, and a lock of a network may be none."""
    mounted(monkeypatch, tmp_path, kind, inside)

    [finding] = wrong(check_mounts, subject_of(life))

    assert (finding.result, finding.where) == ("warning", str(life.reports))
    assert what in finding.what


def test_reports_on_a_mount_that_is_read_only_are_an_error(
    life: Life, rooms: Callable[..., None]
) -> None:
    """Telemetry is to be read only, reports are not."""
    rooms(flags=os.ST_RDONLY)

    [finding] = wrong(check_mounts, subject_of(life))

    assert (finding.result, finding.where) == ("error", str(life.reports))
    assert finding.what.endswith(", read-only")


def test_why_the_container_refuses_the_reports_is_an_error(
    life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A run would end with this message; other refusals belong to other checks."""
    put_on_disk(monkeypatch, tmp_path)
    refusals = [ReportsError("nothing is mounted", hint="mount it"), ConfigError("no TOML")]

    [finding] = wrong(check_mounts, subject_of(life, refusals=refusals))

    assert (finding.result, finding.what) == ("error", "nothing is mounted")
    assert finding.advice == "mount it"


def test_a_system_that_does_not_say_its_mounts_is_no_error(
    life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only Linux has the file."""
    monkeypatch.setattr(container, "_MOUNTS", tmp_path / "none")

    assert lines(check_mounts, subject_of(life)) == ["ok: system: does not say what is mounted"]


def test_telemetry_that_can_be_read_is_in_order(life: Life) -> None:
    """A line says so, with the user."""
    [line] = lines(check_telemetry, subject_of(life))

    assert line.startswith(f"ok: t: readable by uid {os.geteuid()}, mode 07")


@pytest.mark.parametrize(("name", "what"), [("none", "missing"), ("file", "not a folder")])
def test_a_root_that_is_no_folder_is_an_error(life: Life, name: str, what: str) -> None:
    """Nothing could be scanned."""
    (life.folder / "file").touch()
    subject = subject_of(life, telemetry=Telemetry(life.folder / name))

    [finding] = wrong(check_telemetry, subject)

    assert finding.result == "error"
    assert what in finding.what


def test_a_root_without_permission_is_an_error_that_names_both_users(
    unprivileged: int, life: Life
) -> None:
    """The message says who cannot read, and to whom it belongs."""
    life.telemetry.chmod(0)
    try:
        [finding] = wrong(check_telemetry, subject_of(life))
    finally:
        life.telemetry.chmod(0o755)

    assert f"cannot be read by uid {unprivileged}: Permission denied" in finding.what
    assert "belongs to uid" in finding.what


def test_a_url_is_not_looked_at(life: Life) -> None:
    """A run lists it; its address may hold a password, which is not shown."""
    url = Telemetry(Url("s3", "s3://user:secret@bucket/x"))

    [line] = lines(check_telemetry, subject_of(life, telemetry=url))

    assert line == "ok: x: a URL, which a run lists"


def test_a_folder_that_can_be_written_is_in_order_and_stays_as_it_is(life: Life) -> None:
    """A probe leaves nothing, not even another time."""
    reported(life)
    os.utime(life.reports, (1, 1))
    before = sorted(life.reports.iterdir())

    [line] = lines(check_reports, subject_of(life))

    assert line.startswith(f"ok: stage1: writable by uid {os.geteuid()}, it belongs to uid ")
    assert sorted(life.reports.iterdir()) == before
    assert life.reports.stat().st_mtime == 1


def test_a_folder_that_cannot_be_written_is_an_error(unprivileged: int, life: Life) -> None:
    """The message names both users, as that of a run does."""
    life.reports.chmod(0o500)

    [finding] = wrong(check_reports, subject_of(life))

    assert finding.result == "error"
    assert f"cannot be written by uid {unprivileged}: Permission denied" in finding.what


def test_a_missing_folder_is_a_warning_if_it_can_be_made(life: Life) -> None:
    """The first run makes it; a typing error in the path makes another one."""
    life.reports.rmdir()

    [finding] = wrong(check_reports, subject_of(life))

    assert (finding.result, finding.what) == ("warning", "is missing; a run makes it")


def test_a_file_in_the_place_of_the_folder_is_an_error(life: Life) -> None:
    """The message names the file."""
    life.reports.rmdir()
    life.reports.parent.rmdir()
    life.reports.parent.touch()

    [finding] = wrong(check_reports, subject_of(life))

    assert (finding.result, finding.where) == ("error", str(life.reports.parent))


def test_files_of_another_user_than_the_folder_are_a_warning(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody ran the program as another user, often as root."""
    reported(life)
    owner = life.reports.stat().st_uid
    own = Path.lstat

    def lstat_of_another(path: Path) -> os.stat_result:
        status = own(path)
        changed = [*status[:4], owner + 7, *status[5:10]]
        return os.stat_result(changed) if path.name == "index.json" else status

    monkeypatch.setattr(Path, "lstat", lstat_of_another)

    [finding] = wrong(check_reports, subject_of(life))

    assert (finding.result, finding.where) == ("warning", str(life.reports / "index.json"))
    assert f"belongs to uid {owner + 7}, the folder to uid {owner}, as 1 of " in finding.what
    assert finding.advice.endswith(f"chown -R {owner} {life.reports}")


def test_a_folder_that_cannot_be_listed_is_an_error(unprivileged: int, life: Life) -> None:
    """A folder may be writable and still hide its files."""
    folder = life.folder / "mine"
    folder.mkdir()
    folder.chmod(0o300)
    changed = subject_of(life)
    changed.place = type(life.place)(folder, ".")

    try:
        [finding] = wrong(check_reports, changed)
    finally:
        folder.chmod(0o700)

    assert f"cannot be listed by uid {unprivileged}: Permission denied" in finding.what


@pytest.mark.parametrize(
    ("left", "result"),
    [
        ({}, "ok"),
        ({"free": 255 * MIB}, "warning"),
        ({"free": 15 * MIB}, "error"),
        ({"files": 1023}, "warning"),
        ({"files": 63}, "error"),
        # A file system that does not limit the number of files.
        ({"files": 0, "total": 0}, "ok"),
    ],
)
def test_room_is_told_before_it_ends(
    life: Life, rooms: Callable[..., None], left: dict[str, int], result: str
) -> None:
    """A run needs room for all its files before it replaces the first one."""
    rooms(**left)

    [finding, *_] = check_room(subject_of(life))

    assert finding.result == result
    assert (finding.advice != "") == (result != "ok")


def test_as_much_room_is_needed_as_the_reports_take(life: Life, rooms: Callable[..., None]) -> None:
    """A run may write all of them again."""
    rooms(free=20 * MIB)
    with (life.reports / "index.html").open("wb") as file:
        file.truncate(19 * MIB)
    [enough, *_] = check_room(subject_of(life))
    with (life.reports / "index.html").open("wb") as file:
        file.truncate(21 * MIB)

    [too_little, *_] = check_room(subject_of(life))

    assert (enough.result, too_little.result) == ("warning", "error")


@pytest.mark.parametrize("is_unnamed", [True, False])
def test_a_refusal_is_that_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unprivileged: int, *, is_unnamed: bool
) -> None:
    """Where a file without a name is not supported, the permissions are looked at."""
    assert unprivileged == os.geteuid()
    if not is_unnamed:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refusal_to_write(folder) is None
    folder.chmod(0o500)

    refusal = refusal_to_write(folder)

    assert refusal is not None
    assert refusal.errno == errno.EACCES
    assert list(folder.iterdir()) == []


def test_a_read_only_mount_is_known_without_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rooms: Callable[..., None]
) -> None:
    """Root has every permission there, and still cannot write."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    rooms(flags=os.ST_RDONLY)

    refusal = refusal_to_write(tmp_path)

    assert refusal is not None
    assert refusal.errno == errno.EROFS


def test_a_folder_that_is_gone_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder may be removed while it is looked at."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)

    refusal = refusal_to_write(tmp_path / "gone")

    assert refusal is not None
    assert refusal.errno == errno.ENOENT


def test_the_size_of_a_folder_that_cannot_be_listed_is_unknown(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the permissions tells why."""

    def refuse(_folder: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)

    assert [each.result for each in folders.check_room(subject_of(life))] == ["ok"]


def test_the_temporary_folder_is_that_of_python(
    unprivileged: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one that can be written, and nothing is written to find it."""
    assert unprivileged == os.geteuid()
    closed, wanted = tmp_path / "closed", tmp_path / "wanted"
    closed.mkdir()
    wanted.mkdir()
    closed.chmod(0o500)
    monkeypatch.setenv("TMPDIR", str(closed))
    monkeypatch.setenv("TEMP", str(tmp_path / "none"))
    monkeypatch.setenv("TMP", str(wanted))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = wanted.stat().st_mtime_ns

    found = temporary_folder()

    assert found == wanted
    assert wanted.stat().st_mtime_ns == before
    assert str(found) == tempfile.gettempdir()


def test_there_may_be_no_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container that is read-only."""
    refusal = OSError(errno.EROFS, os.strerror(errno.EROFS))
    monkeypatch.setattr(folders, "refusal_to_write", lambda _folder: refusal)

    assert temporary_folder() is None


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "make this folder writable for this user, or run as its owner"),
        (errno.EPERM, "make this folder writable for this user, or run as its owner"),
        (errno.ENOSPC, "make room"),
        (errno.EDQUOT, "make room"),
        (errno.EROFS, "mount its file system for writing"),
    ],
)
def test_the_advice_is_that_of_the_reason(
    life: Life, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    """No other user has room on a full disk."""
    refusal = OSError(number, os.strerror(number))
    monkeypatch.setattr(folders, "refusal_to_write", lambda _folder: refusal)

    [finding] = wrong(check_reports, subject_of(life))

    assert finding.what.startswith(f"cannot be written by uid {os.geteuid()}: {refusal.strerror}")
    assert finding.advice == advice
