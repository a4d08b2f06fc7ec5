"""The container's entry point: whose files it writes, and that they outlive the container."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops import container
from peaktrade_ops.container import missing_capabilities, mount_of, mount_points, settle
from peaktrade_ops.errors import ReportsError
from tests.support.program import PATIENCE, Workplace, clean_environment, tree

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER = (4321, 8765)
ALL = "CapEff:\t000001ffffffffff\n"
NONE = "CapEff:\t0000000000000000\n"


class Owned(NamedTuple):
    """What a folder says of its owner."""

    st_uid: int
    st_gid: int


class Process:
    """A process whose user and rights a test decides, and which remembers what it became."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Begin as root with all rights, in a container where nothing is mounted."""
        self.became: list[tuple[object, ...]] = []
        self._patch = monkeypatch
        self._folder = tmp_path
        self.user(0, 0)
        self.status(ALL)
        self.mounted()
        for name in ("setgroups", "setresgid", "setresuid"):
            monkeypatch.setattr(os, name, self._call(name))

    def _call(self, name: str) -> Callable[..., None]:
        return lambda *ids: self.became.append((name, *ids))

    def user(self, uid: int, gid: int) -> None:
        """Let the process have a user."""
        self._patch.setattr(os, "geteuid", lambda: uid)
        self._patch.setattr(os, "getegid", lambda: gid)

    def status(self, text: str) -> None:
        """Let the process have these capabilities."""
        (self._folder / "status").write_text(text)
        self._patch.setattr(container, "_STATUS", self._folder / "status")

    def mounted(self, *places: Path) -> None:
        """Let these places be mounted, besides the root of the file system."""
        lines = [
            f"1 0 0:1 / {place} rw - ext4 /dev/x rw\n".replace("\\", "\\134")
            for place in ("/", *places)
        ]
        (self._folder / "mountinfo").write_text("".join(lines))
        self._patch.setattr(container, "_MOUNTS", self._folder / "mountinfo")

    def refused(self, call: str, number: int = errno.EPERM) -> None:
        """Let the kernel refuse one of the calls."""

        def refuse(*_ids: object) -> None:
            raise OSError(number, os.strerror(number))

        self._patch.setattr(os, call, refuse)


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Process:
    """Make a process as root in a container."""
    return Process(monkeypatch, tmp_path)


@pytest.fixture
def mount(process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that is mounted and belongs to somebody."""
    folder = tmp_path / "reports"
    folder.mkdir()
    process.mounted(folder)
    own = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> object:
        return Owned(*OWNER) if path == folder else own(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    return folder


def test_root_becomes_the_owner_of_the_mount(process: Process, mount: Path) -> None:
    """First the groups, then the group, then the user: the other way round would be refused."""
    settle(mount / "obs" / "stage1")

    assert process.became == [
        ("setgroups", []),
        ("setresgid", OWNER[1], OWNER[1], OWNER[1]),
        ("setresuid", OWNER[0], OWNER[0], OWNER[0]),
    ]


def test_any_other_user_stays_who_he_is(process: Process, mount: Path) -> None:
    """Whoever was named when the container was started is meant."""
    process.user(1000, 1000)

    settle(mount)

    assert process.became == []


def test_the_owner_of_the_mount_has_nothing_to_become(process: Process, mount: Path) -> None:
    """A root that owns the folder needs no right to change its user, and keeps its groups."""
    process.user(*OWNER)
    process.refused("setgroups")

    settle(mount)

    assert process.became == []


@pytest.mark.parametrize("call", ["setgroups", "setresgid", "setresuid"])
@pytest.mark.parametrize(
    ("status", "missing"),
    [
        (NONE, "without CAP_SETGID and CAP_SETUID"),
        ("CapEff:\t0000000000000040\n", "without CAP_SETUID"),
        ("CapEff:\t0000000000000080\n", "without CAP_SETGID"),
        (ALL, "Operation not permitted"),
    ],
)
def test_a_root_that_may_not_become_the_owner_is_an_error_that_says_what_is_missing(
    process: Process, mount: Path, call: str, status: str, missing: str
) -> None:
    """The message names the mount, both users, and what to add or to start instead."""
    process.refused(call)
    process.status(status)

    with pytest.raises(ReportsError) as error:
        settle(mount / "obs")

    assert str(error.value) == (
        f"{mount} belongs to uid 4321, gid 8765, and uid 0 cannot become that user: {missing};"
        " add --cap-add SETUID --cap-add SETGID, or start with --user 4321:8765"
    )


@pytest.mark.parametrize("uid", [0, 1000])
def test_a_folder_on_no_mount_is_an_error(process: Process, uid: int) -> None:
    """Reports there would vanish with the container, so nothing is written at all."""
    process.user(uid, uid)

    with pytest.raises(ReportsError) as error:
        settle(Path("/reports/obs/stage1"))

    assert str(error.value) == (
        f"nothing is mounted at /reports, where the reports go (running as uid {uid});"
        " mount a folder of the host: --volume /its/absolute/path:/reports"
    )
    assert process.became == []


def test_a_link_out_of_the_mount_is_an_error(process: Process, mount: Path) -> None:
    """What counts is where the files would really be."""
    (mount / "obs").symlink_to("/elsewhere")

    with pytest.raises(ReportsError, match="nothing is mounted"):
        settle(mount / "obs" / "stage1")

    assert process.became == []


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/reports", "/reports"),
        ("/reports/obs/stage1", "/reports"),
        ("/reports/deep/er", "/reports/deep"),
        ("/reportsx", None),
        ("/", None),
        ("/srv", None),
    ],
)
def test_the_deepest_mount_counts(folder: str, expected: str | None) -> None:
    """A mount below another hides it; the root of the file system is the container's own."""
    mounts = [Path("/"), Path("/reports"), Path("/reports/deep"), Path("/proc")]

    assert mount_of(Path(folder), mounts) == (Path(expected) if expected else None)


def test_without_any_mount_there_is_none() -> None:
    """Nothing known is nothing mounted."""
    assert mount_of(Path("/reports"), []) is None


@given(st.lists(st.text(st.characters(exclude_characters="\0/"), min_size=1), min_size=1))
def test_mount_points_are_read_as_the_kernel_writes_them(names: list[str]) -> None:
    """Blanks, tabs, line ends and backslashes of a name stand in octal."""
    places = [f"/{name}" for name in names]
    escaped = [
        "".join(f"\\{ord(c):03o}" if c in " \t\n\\" else c for c in place) for place in places
    ]
    # The kernel ends its lines with a line feed, whatever else ends a line elsewhere.
    text = "".join(f"36 35 98:0 /m {place} rw - ext3 /dev/root rw\n" for place in escaped)

    assert mount_points(text) == [Path(place) for place in places]


def test_the_kernels_own_list_can_be_read() -> None:
    """The root of the file system is always mounted."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("only Linux lists its mounts there, and a container is always Linux")
    assert Path("/") in mount_points(Path("/proc/self/mountinfo").read_text("utf-8"))


@given(st.integers(0, 2**41 - 1))
def test_capabilities_are_read_by_their_numbers(held: int) -> None:
    """CAP_SETGID is bit 6 and CAP_SETUID bit 7, whatever else is held."""
    missing = missing_capabilities(f"Name:\tx\nCapPrm:\t{0:016x}\nCapEff:\t{held:016x}\n")

    assert missing == [
        name for name, bit in (("CAP_SETGID", 64), ("CAP_SETUID", 128)) if not held & bit
    ]


def entry_point(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Start the entry point as the image does, in this system instead of a container."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "peaktrade_ops.container", *arguments],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "stage1-snapshot"),
        (["--version"], 0, "peaktrade-ops, version"),
        (["stage1-trends", "--help"], 0, "--days"),
        (["no-such-command"], 64, "No such command"),
        ([], 64, "Usage: peaktrade-ops"),
    ],
)
def test_its_arguments_are_those_of_the_program(
    workplace: Workplace, arguments: list[str], code: int, said: str
) -> None:
    """What needs no reports folder needs no mount either."""
    outcome = entry_point(*arguments, cwd=workplace.repo)

    assert outcome.returncode == code
    assert said in outcome.stdout + outcome.stderr
    assert "container" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("command", ["stage1-snapshot", "stage1-trends", "stage1-run", "verify"])
def test_every_command_settles_before_it_reads_or_writes(
    workplace: Workplace, command: str
) -> None:
    """Without a mount the program ends before it looks at telemetry, configuration or reports."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("only Linux lists its mounts there, and a container is always Linux")
    config = ("--config", "missing.toml") if command != "verify" else ()

    outcome = entry_point(command, "--reports-root", "/not-mounted", *config, cwd=workplace.repo)

    assert outcome.returncode == 1
    assert outcome.stderr.startswith("peaktrade-ops: nothing is mounted at /not-mounted")
    assert tree(workplace.folder) == {}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
@pytest.mark.parametrize("module", ["peaktrade_ops.container", "peaktrade_ops.__main__"])
def test_a_signal_ends_the_program_while_it_still_loads(
    tmp_path: Path, module: str, number: signal.Signals, code: int
) -> None:
    """The first process of a container has no default for SIGTERM, and nobody wants a traceback."""
    # A command line that takes for ever to load stands in for one that takes a moment.
    script = (
        "import sys, types, time\n"
        "class Slow(types.ModuleType):\n"
        "    def __getattr__(self, name):\n"
        "        if name == 'main':\n"
        "            print('loading', flush=True)\n"
        f"            time.sleep({PATIENCE})\n"
        "        raise AttributeError(name)\n"
        "sys.modules['peaktrade_ops.cli'] = Slow('peaktrade_ops.cli')\n"
        f"import {module} as entry\n"
        "entry.main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE)

    assert (process.returncode, said) == (code, "")
