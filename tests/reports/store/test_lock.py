"""Test the lock of a reports folder: one writer at a time, and a wait that ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store import lock as lock_module
from peaktrade_ops.reports.store.lock import Waiting, locked
from peaktrade_ops.reports.store.names import LOCK
from peaktrade_ops.reports.store.publish import publish
from peaktrade_ops.steps import told_to
from tests.support.listening import Ear
from tests.support.program import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "index.html"
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another user")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a reports folder with a page."""
    made = tmp_path / "stage1"
    made.mkdir()
    (made / PAGE).write_bytes(b"old")
    return made


def is_free(folder: Path, kind: int = fcntl.LOCK_EX) -> bool:
    """Return whether another process could take the lock of a folder now."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder, in order."""
    return sorted(path.name for path in folder.iterdir())


HOLDING = """
import os, sys
from pathlib import Path

from peaktrade_ops.reports.store.lock import locked

with locked(Path(sys.argv[1]), shared=sys.argv[2:] == ["shared"]):
    print("held", flush=True)
    sys.stdin.read()
"""
OF_THE_FOLDER_ONLY = """
import fcntl, os, sys

fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def holding(
    folder: Path, *arguments: str, program: str = HOLDING
) -> Iterator[subprocess.Popen[str]]:
    """Hold the lock of a folder in another process."""
    with subprocess.Popen(
        [sys.executable, "-c", program, folder, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def another_user(folder: Path, path: Path) -> Iterator[int]:
    """Open a path for reading as a user who may only read the folder, and hold its lock.

    The process is a fork, because that user need not be able to start the interpreter.

    Yields:
        The process id; the process ends at once with 1 if it cannot open the path.
    """
    for each in path.parents:
        if each.is_relative_to(Path(tempfile.gettempdir())) and not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o005)
    folder.chmod(0o755)
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(writing, b"held")
            signal.pause()
        os._exit(1)
    os.close(writing)
    try:
        assert os.read(reading, 4) in {b"held", b""}
        yield pid
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


# --- who keeps whom out --------------------------------------------------------------------------


def test_the_lock_keeps_everybody_else_out(folder: Path) -> None:
    """No other run can write or check while one run holds the lock."""
    with locked(folder):
        assert not is_free(folder)
        assert not is_free(folder, fcntl.LOCK_SH)

    assert is_free(folder)


def test_readers_share_the_lock(folder: Path) -> None:
    """Two checks at a time are fine, a writer waits for both."""
    with locked(folder, shared=True), locked(folder, shared=True):
        assert is_free(folder, fcntl.LOCK_SH)
        assert not is_free(folder)

    assert is_free(folder)


def test_an_error_gives_the_lock_free(folder: Path) -> None:
    """An exception under the lock releases it for the next run."""
    with pytest.raises(ZeroDivisionError), locked(folder):
        raise ZeroDivisionError

    assert is_free(folder)


def test_the_lock_leaves_no_file(folder: Path) -> None:
    """The file of the lock is there only while it is held by a writer."""
    with locked(folder, shared=True):
        assert names(folder) == [PAGE]
    with locked(folder):
        assert names(folder) == [LOCK, PAGE]

    assert names(folder) == [PAGE]


def test_locks_of_different_folders_are_independent(folder: Path, tmp_path: Path) -> None:
    """Runs on other folders do not wait."""
    with locked(folder):
        assert is_free(tmp_path)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_written_can_be_locked_for_reading(tmp_path: Path) -> None:
    """A check works on a folder that is mounted for reading only."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)

    with locked(closed, shared=True):
        assert not is_free(closed)


@pytest.mark.usefixtures("unprivileged")
def test_who_cannot_write_cannot_take_the_lock_of_a_writer(tmp_path: Path) -> None:
    """The message has the folder and the error of the system."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)

    with pytest.raises(ReportsError, match="cannot be locked: Permission denied"), locked(closed):
        pytest.fail("the lock was given")


@as_root
def test_who_cannot_write_cannot_open_the_file_of_the_lock(folder: Path) -> None:
    """Another user who can read the folder cannot hold the lock that writers wait for."""
    with locked(folder), another_user(folder, folder / LOCK) as pid:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o755, 0o600), (0o700, 0o600), (0o775, 0o660), (0o777, 0o666)]
)
def test_who_can_write_can_open_the_file_of_the_lock(
    folder: Path, mode: int, expected: int
) -> None:
    """The file is open to the group and to others where the folder is open to their writing."""
    folder.chmod(mode)

    with locked(folder):
        assert stat.S_IMODE((folder / LOCK).stat().st_mode) == expected


@as_root
def test_the_group_of_the_folder_can_open_the_file_of_the_lock(folder: Path) -> None:
    """A run of another user in the same group waits for the same lock."""
    folder.chmod(0o770)
    os.chown(folder, 0, 12345)

    with locked(folder):
        assert (folder / LOCK).stat().st_gid == 12345


@as_root
def test_the_owner_of_the_folder_can_open_the_file_that_root_has_left(folder: Path) -> None:
    """A run of root that was killed keeps the owner of the folder waiting for nothing."""
    os.chown(folder, NOBODY, NOBODY)

    with locked(folder):
        assert (folder / LOCK).stat().st_uid == NOBODY
        assert stat.S_IMODE((folder / LOCK).stat().st_mode) == 0o600


@pytest.mark.parametrize(("mode", "expected"), [(0o777, 0o666), (0o775, 0o600)])
def test_a_group_that_the_user_is_not_in_keeps_nobody_else_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mode: int, expected: int
) -> None:
    """A folder open to all often has the group of root: the file is open to all others too."""
    folder.chmod(mode)
    group = folder.stat().st_gid
    fstat = os.fstat

    def of_another_group(handle: int) -> os.stat_result:
        found = fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            found = os.stat_result((*found[:5], group + 1, *found[6:]))
        return found

    def refusing(_handle: int, _uid: int, _gid: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fstat", of_another_group)
    monkeypatch.setattr(os, "fchown", refusing)
    monkeypatch.setattr(os.path, "samestat", lambda one, two: one.st_ino == two.st_ino)

    with locked(folder):
        assert stat.S_IMODE((folder / LOCK).stat().st_mode) == expected


def test_a_folder_that_is_missing_cannot_be_locked(tmp_path: Path) -> None:
    """The message has the folder and the error of the system."""
    with (
        pytest.raises(ReportsError, match="none cannot be read: No such file or directory"),
        locked(tmp_path / "none"),
    ):
        pytest.fail("the lock of nothing was given")


@pytest.mark.parametrize("shared", [True, False])
def test_a_file_system_without_locks_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, shared: bool
) -> None:
    """A file system without locks is an error, and nothing is written or left open."""
    handles = len(list(Path("/dev/fd").iterdir()))

    def refusing(_handle: int, _kind: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refusing)

    with (
        pytest.raises(ReportsError, match="cannot be locked: No locks available"),
        locked(folder, shared=shared),
    ):
        pytest.fail("a lock was given that nobody holds")

    assert len(list(Path("/dev/fd").iterdir())) == handles


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "folder", "socket"])
def test_something_else_in_the_place_of_the_file_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A link is not followed, and a pipe is not waited for; the message says what to remove."""
    match kind:
        case "link":
            (folder / LOCK).symlink_to(folder / PAGE)
        case "link to nothing":
            (folder / LOCK).symlink_to(folder / "none")
        case "pipe":
            os.mkfifo(folder / LOCK)
        case "socket":
            # The path of a socket is short.
            monkeypatch.chdir(folder)
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(LOCK)
        case _:
            (folder / LOCK).mkdir()

    with pytest.raises(ReportsError) as caught, locked(folder):
        pytest.fail("the lock was given")

    assert str(caught.value) == (
        f"reports folder {folder} cannot be locked: {LOCK} in it is not a regular file; remove it"
    )
    assert names(folder) == [LOCK, PAGE]
    assert (folder / PAGE).read_bytes() == b"old"


# --- waiting -------------------------------------------------------------------------------------


def test_a_second_process_waits_for_the_first(folder: Path) -> None:
    """The second run waits for the first and sees what it wrote."""
    waiting = (
        "import sys\n"
        "from pathlib import Path\n"
        "from peaktrade_ops.reports.store.lock import Waiting, locked\n"
        "told = lambda text: print('waiting', flush=True)\n"
        "with locked(Path(sys.argv[1]), waiting=Waiting(60, told)):\n"
        "    print((Path(sys.argv[1]) / 'index.html').read_text(), flush=True)\n"
    )
    with contextlib.ExitStack() as stack:
        with locked(folder):
            second = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", waiting, folder], stdout=subprocess.PIPE, text=True
                )
            )
            assert second.stdout is not None
            assert second.stdout.readline() == "waiting\n"
            publish(folder, {PAGE: b"new"})
        assert second.stdout.read() == "new\n"
    assert second.returncode == 0
    assert names(folder) == [PAGE]


def test_who_waits_says_so_after_a_while(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once, with the folder and the process, and then the lock is waited for."""
    holder = os.open(folder, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    moments = itertools.chain([0.0] * 5, itertools.repeat(2.0))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(time, "sleep", lambda _: slept.append("slept"))
    slept: list[str] = []

    def tell(text: str) -> None:
        slept.append(text)
        os.close(holder)

    with locked(folder, waiting=Waiting(600, tell)):
        assert slept[0] == "slept"
        assert slept[1:] == [
            f"waiting for another run that uses {folder}: process {os.getpid()}",
            "slept",
        ]
        assert not is_free(folder)


def test_who_need_not_wait_says_nothing(folder: Path) -> None:
    """A free lock is taken without a word."""
    with locked(folder, waiting=Waiting(0, lambda _: pytest.fail("nobody waits"))):
        assert not is_free(folder)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("program", [HOLDING, OF_THE_FOLDER_ONLY])
def test_the_wait_ends_with_the_name_of_a_stuck_holder(
    folder: Path, *, shared: bool, program: str
) -> None:
    """The message has the process id, also of a holder of the version before."""
    with holding(folder, program=program) as process:
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        with (
            pytest.raises(ReportsError) as caught,
            locked(folder, shared=shared, waiting=Waiting(0.3)),
        ):
            pytest.fail("the lock was given")
        assert 0.3 <= time.monotonic() - began < PATIENCE

    assert str(caught.value) == (
        f"reports folder {folder} is in use: process {process.pid} has not given its lock free"
        f" within 0.3 seconds; wait until it has ended, or end it if it is stuck (kill"
        f" {process.pid}); --lock-timeout says how long to wait"
    )


def test_a_holder_in_another_container_is_named_with_its_host(folder: Path) -> None:
    """Its process id means nothing here, so the message says where it is one."""
    note = {"pid": 7, "host": "0a1b2c\x1b[31m", "namespace": "pid:[1]"}
    with holding(folder) as process:
        (folder / LOCK).write_text(json.dumps(note))
        with pytest.raises(ReportsError) as caught, locked(folder, waiting=Waiting(0)):
            pytest.fail("the lock was given")

    assert f"process {process.pid} (process 7 of 0a1b2c" in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.usefixtures("unprivileged")
def test_a_file_of_the_lock_that_cannot_be_opened_is_waited_for(tmp_path: Path) -> None:
    """It belongs to a run of another user, or to one that was killed; the message says both."""
    folder = tmp_path / "stage1"
    folder.mkdir()
    (folder / LOCK).touch(mode=0)

    with pytest.raises(ReportsError) as caught, locked(folder, waiting=Waiting(0.1)):
        pytest.fail("the lock was given")

    assert "0.1 seconds (.peaktrade-ops.lock there belongs to uid" in str(caught.value)
    assert "cannot be opened: Permission denied; remove it if no run is going on)" in str(
        caught.value
    )


@pytest.mark.usefixtures("unprivileged")
def test_a_holder_whose_file_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A run of another user that is going on is not taken for one that was killed."""
    folder = tmp_path / "stage1"
    folder.mkdir()
    with (folder / LOCK).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / LOCK).chmod(0)

        with pytest.raises(ReportsError) as caught, locked(folder, waiting=Waiting(0)):
            pytest.fail("the lock was given")

    assert f"is in use: process {os.getpid()} has not given its lock free" in str(caught.value)


@as_root
@pytest.mark.parametrize("shared", [True, False])
def test_who_cannot_write_keeps_nobody_waiting_for_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, shared: bool
) -> None:
    """A process that only reads can hold the lock of the folder itself, and is passed over."""
    monkeypatch.setattr(lock_module, "_DOUBTFUL_SECONDS", 0.2)
    ear = Ear()

    with (
        told_to(ear),
        another_user(folder, folder) as pid,
        locked(folder, shared=shared, waiting=Waiting(60)),
    ):
        said = f"{folder} is locked by process {pid}, not known to be a run that writes there:"
        assert ear.heard == [(f"{said} going on without that lock",)]


def test_who_can_write_is_waited_for_to_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of the version before holds the lock of the folder itself only."""
    monkeypatch.setattr(lock_module, "_DOUBTFUL_SECONDS", 0.1)

    with (
        holding(folder, program=OF_THE_FOLDER_ONLY),
        pytest.raises(ReportsError, match="is in use: process "),
        locked(folder, waiting=Waiting(0.4)),
    ):
        pytest.fail("the lock was given")


def test_a_reader_waits_for_a_writer_that_it_cannot_see(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel does not show the holder, the file of the lock tells that it writes."""
    monkeypatch.setattr(lock_module, "_DOUBTFUL_SECONDS", 0.1)
    monkeypatch.setattr("peaktrade_ops.reports.store.holder._LOCKS", folder / "none")

    with (
        holding(folder),
        pytest.raises(ReportsError, match="is in use: process "),
        locked(folder, shared=True, waiting=Waiting(0.4)),
    ):
        pytest.fail("the lock was given")


# --- a folder that is replaced -------------------------------------------------------------------


def test_a_folder_that_was_replaced_while_it_was_waited_for_is_locked_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of the folder that was there before keeps nobody out of the new one."""
    flock = fcntl.flock

    def replacing(handle: int, kind: int) -> None:
        flock(handle, kind)
        # As soon as the first folder is locked, after the file in it.
        if stat.S_ISDIR(os.fstat(handle).st_mode) and not folder.with_name("before").exists():
            folder.rename(folder.with_name("before"))
            folder.mkdir()

    monkeypatch.setattr(fcntl, "flock", replacing)

    with locked(folder):
        monkeypatch.undo()
        assert not is_free(folder)
        assert is_free(folder.with_name("before"))
        assert names(folder) == [LOCK]

    assert names(folder.with_name("before")) == [PAGE]


def test_a_folder_that_has_gone_while_it_was_waited_for_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written into a folder that has no path any more."""
    flock = fcntl.flock

    def removing(handle: int, kind: int) -> None:
        flock(handle, kind)
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            folder.rename(folder.with_name("elsewhere"))

    monkeypatch.setattr(fcntl, "flock", removing)

    with (
        pytest.raises(ReportsError, match="cannot be read: No such file or directory"),
        locked(folder),
    ):
        pytest.fail("the lock was given")


def test_a_file_of_the_lock_that_was_replaced_counts_for_nothing(folder: Path) -> None:
    """Who has waited for a file that its holder has removed waits for the next one."""
    told: list[str] = []

    def replace(text: str) -> None:
        told.append(text)
        (folder / LOCK).unlink()
        (folder / LOCK).touch()
        process.kill()

    with (
        holding(folder) as process,
        locked(folder, waiting=Waiting(PATIENCE, replace)),
    ):
        assert json.loads((folder / LOCK).read_text())["pid"] == os.getpid()

    assert len(told) == 1
    assert names(folder) == [PAGE]


# --- an interrupted run --------------------------------------------------------------------------


def test_a_writer_finishes_what_was_begun_and_a_reader_does_not(folder: Path) -> None:
    """A writer recovers the folder before it gets the lock; a reader does not."""
    leftover = folder / ".peaktrade-ops-0123456789abcdef.tmp"
    leftover.touch()

    with locked(folder, shared=True):
        assert leftover.exists()
    with locked(folder):
        assert not leftover.exists()


def test_what_cannot_be_finished_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is not given while an interrupted run cannot be finished."""

    def failing(_folder: Path) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(lock_module, "recover", failing)

    with (
        pytest.raises(ReportsError, match="cannot be finished: No space left on device; make"),
        locked(folder),
    ):
        pytest.fail("the lock was given")

    assert is_free(folder)
    assert names(folder) == [PAGE]


def test_the_lock_of_a_process_that_was_killed_is_free(folder: Path) -> None:
    """The lock is free after its process was killed, and the next run removes the file."""
    with holding(folder) as process:
        assert not is_free(folder)
        process.kill()
        process.wait()
        assert is_free(folder)
        assert names(folder) == [LOCK, PAGE]

        with locked(folder, waiting=Waiting(0)):
            pass

    assert names(folder) == [PAGE]


def test_runs_one_after_another_never_hold_the_lock_together(folder: Path) -> None:
    """Each of many processes finds the folder as the one before left it."""
    adding = (
        "import sys\n"
        "from pathlib import Path\n"
        "from peaktrade_ops.reports.store.lock import locked\n"
        "page = Path(sys.argv[1]) / 'index.html'\n"
        "for _ in range(20):\n"
        "    with locked(page.parent):\n"
        "        page.write_text(str(int(page.read_text()) + 1))\n"
    )
    (folder / PAGE).write_text("0")
    runs = [subprocess.Popen([sys.executable, "-c", adding, folder]) for _ in range(5)]
    wait_until(lambda: all(run.poll() is not None for run in runs))

    assert [run.returncode for run in runs] == [0] * 5
    assert (folder / PAGE).read_text() == "100"


def test_a_signal_gives_the_lock_free(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is interrupted while waiting leaves no file."""
    with holding(folder, program=OF_THE_FOLDER_ONLY):
        monkeypatch.setattr(time, "sleep", _interrupting)
        with pytest.raises(KeyboardInterrupt), locked(folder):
            pytest.fail("the lock was given")

    assert names(folder) == [PAGE]


def _interrupting(_seconds: float) -> None:
    raise KeyboardInterrupt
