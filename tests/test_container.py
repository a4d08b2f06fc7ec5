"""Tests of `peaktrade_ops.container`, and of the entry point of the image."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops import container, hosting
from peaktrade_ops.container import Mount, missing_capabilities, mount_of, read_mounts, settle
from peaktrade_ops.errors import ReportsError
from tests.support.program import PATIENCE, Workplace, clean_environment, tree

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER = (4321, 8765)
# The command of the image; the integration tests compare it with the image.
ENTRY_POINT = "from peaktrade_ops.__main__ import main_in_container as main; main()"
ALL = "CapEff:\t000001ffffffffff\n"
NONE = "CapEff:\t0000000000000000\n"


class Owned(NamedTuple):
    """The owner in the result of `stat`."""

    st_uid: int
    st_gid: int


def of_the_host(place: Path) -> Mount:
    """Return the mount of a folder of the host."""
    return Mount(place, "/srv/reports", "ext4")


class Process:
    """A fake process with a user and capabilities, which records its changes of user."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Start as root with all capabilities, in a container without mounts."""
        self.became: list[tuple[object, ...]] = []
        self._patch = monkeypatch
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        self._folder = tmp_path
        self.user(0, 0)
        self.status(ALL)
        self.mounted()
        for name in ("setgroups", "setresgid", "setresuid"):
            monkeypatch.setattr(os, name, self._call(name))

    def _call(self, name: str) -> Callable[..., None]:
        return lambda *ids: self.became.append((name, *ids))

    def user(self, uid: int, gid: int) -> None:
        """Set the user and the group of the process."""
        self._patch.setattr(os, "geteuid", lambda: uid)
        self._patch.setattr(os, "getegid", lambda: gid)

    def status(self, text: str) -> None:
        """Set the text of ``/proc/self/status``."""
        (self._folder / "status").write_text(text)
        self._patch.setattr(container, "_STATUS", self._folder / "status")

    def mounted(self, *mounts: Mount) -> None:
        """Set the mounts, besides the root of the file system."""
        lines = [
            f"1 0 0:1 {mount.inside} {mount.place} rw shared:1 - {mount.kind} /dev/x rw\n"
            for mount in (Mount(Path("/"), "/", "overlay"), *mounts)
        ]
        (self._folder / "mountinfo").write_text("".join(lines))
        self._patch.setattr(container, "_MOUNTS", self._folder / "mountinfo")

    def in_pod(self) -> None:
        """Set the variable that Kubernetes sets in every container."""
        self._patch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")

    def users(self, text: str) -> None:
        """Set the users of the namespace of the process."""
        (self._folder / "uid_map").write_text(text)
        self._patch.setattr(hosting, "_USERS", self._folder / "uid_map")

    def refused(self, call: str, number: int = errno.EPERM) -> None:
        """Let one of the system calls fail."""

        def refuse(*_ids: object) -> None:
            raise OSError(number, os.strerror(number))

        self._patch.setattr(os, call, refuse)


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Process:
    """Return a process that runs as root in a container."""
    return Process(monkeypatch, tmp_path)


@pytest.fixture
def owner(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Return the user and the group that own the mounted folder."""
    ids: tuple[int, int] = getattr(request, "param", OWNER)
    return ids


@pytest.fixture
def mount(
    process: Process, owner: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a mounted folder that belongs to another user."""
    folder = tmp_path / "reports"
    folder.mkdir()
    process.mounted(of_the_host(folder))
    own = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> object:
        return Owned(*owner) if path == folder else own(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    return folder


def test_root_becomes_the_owner_of_the_mount(process: Process, mount: Path) -> None:
    """The order is groups, group, user, because a user without rights cannot set groups."""
    settle(mount / "obs" / "stage1")

    assert process.became == [
        ("setgroups", []),
        ("setresgid", OWNER[1], OWNER[1], OWNER[1]),
        ("setresuid", OWNER[0], OWNER[0], OWNER[0]),
    ]


def test_any_other_user_stays_who_he_is(process: Process, mount: Path) -> None:
    """A process that does not start as root keeps its user."""
    process.user(1000, 1000)

    settle(mount)

    assert process.became == []


def test_the_owner_of_the_mount_has_nothing_to_become(process: Process, mount: Path) -> None:
    """If root owns the folder, the process changes nothing and needs no capability."""
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
    """The message names the mount, both users, and the options of the container to try."""
    process.refused(call)
    process.status(status)

    with pytest.raises(ReportsError) as error:
        settle(mount / "obs")

    assert str(error.value) == (
        f"{mount} belongs to uid 4321, gid 8765, and uid 0 cannot become that user: {missing};"
        " add --cap-add SETUID --cap-add SETGID, or start with --user 4321:8765"
    )


def test_in_a_pod_the_message_speaks_of_its_security_context(process: Process, mount: Path) -> None:
    """A pod has no options of Docker."""
    process.in_pod()
    process.refused("setgroups")
    process.status(NONE)

    with pytest.raises(ReportsError) as error:
        settle(mount / "obs")

    assert str(error.value) == (
        f"{mount} belongs to uid 4321, gid 8765, and uid 0 cannot become that user: without"
        " CAP_SETGID and CAP_SETUID; set runAsUser: 4321 and runAsGroup: 8765 in the"
        " securityContext of the pod, or runAsUser and fsGroup to ids of your own"
    )


@pytest.mark.parametrize("owner", [(65534, 65534)], indirect=True)
def test_an_owner_outside_of_the_user_namespace_is_explained(process: Process, mount: Path) -> None:
    """Nobody can become an owner who has no id here, with whatever options."""
    process.users("         0     100000       1000\n")
    process.refused("setresgid", errno.EINVAL)

    with pytest.raises(ReportsError) as error:
        settle(mount / "obs")

    assert str(error.value) == (
        f"{mount} belongs to uid 65534, gid 65534, which stands for every user who has no id in"
        " this user namespace, and uid 0 cannot become that user: Invalid argument; give the folder"
        " to a user of the namespace, or start without one"
    )


@pytest.mark.parametrize("uid", [0, 1000])
def test_a_folder_on_no_mount_is_an_error(process: Process, uid: int) -> None:
    """The error prevents reports that disappear with the container."""
    process.user(uid, uid)

    with pytest.raises(ReportsError) as error:
        settle(Path("/reports/obs/stage1"))

    assert str(error.value) == (
        f"nothing is mounted at /reports, where the reports go (running as uid {uid});"
        " leave --reports-root out, or mount a folder of the host at /reports"
    )
    assert process.became == []


@pytest.mark.parametrize(
    "mount",
    [
        Mount(Path("/tmp"), "/", "tmpfs"),  # noqa: S108 (the container's)
        Mount(Path("/dev/shm"), "/", "tmpfs"),  # noqa: S108 (the container's)
        Mount(Path("/dev"), "/", "tmpfs"),
        Mount(Path("/proc"), "/", "proc"),
        Mount(Path("/sys"), "/", "sysfs"),
        Mount(Path("/sys/fs/cgroup"), "/../..", "cgroup2"),
        Mount(Path("/dev/mqueue"), "/", "mqueue"),
    ],
    ids=lambda mount: str(mount.place),
)
def test_a_folder_on_a_mount_of_the_container_is_an_error(process: Process, mount: Mount) -> None:
    """Mounts in memory and those of the kernel do not outlive the container."""
    process.mounted(mount)

    what = "only memory" if mount.kind == "tmpfs" else "nothing"
    with pytest.raises(ReportsError, match=f"^{what} is mounted at /"):
        settle(mount.place / "x" / "obs" / "stage1")

    assert process.became == []


def test_memory_over_a_mount_of_the_host_is_an_error(process: Process, mount: Path) -> None:
    """A deeper or later mount hides the one of the host."""
    for place in (mount, mount / "obs"):
        process.mounted(of_the_host(mount), Mount(place, "/", "tmpfs"))
        with pytest.raises(ReportsError, match="only memory is mounted"):
            settle(mount / "obs" / "stage1")

    assert process.became == []


def test_a_folder_that_the_host_keeps_in_memory_is_a_folder_of_the_host(
    process: Process, mount: Path
) -> None:
    """A folder of the host outlives the container even if it is in memory."""
    process.mounted(Mount(mount, "/reports", "tmpfs"))

    settle(mount)

    assert process.became[-1] == ("setresuid", OWNER[0], OWNER[0], OWNER[0])


@pytest.mark.parametrize(
    "inside",
    [
        "/var/lib/kubelet/pods/0af3/volumes/kubernetes.io~empty-dir/reports",
        "/pods/0af3/volumes/kubernetes.io~empty-dir/reports/a/part",
    ],
)
@pytest.mark.parametrize("uid", [0, 10001])
def test_a_volume_that_ends_with_the_pod_is_an_error(
    process: Process, inside: str, uid: int
) -> None:
    """An `emptyDir` on the disk of the node looks like a mount that lasts."""
    process.in_pod()
    process.user(uid, uid)
    process.mounted(Mount(Path("/reports"), inside, "ext4"))

    with pytest.raises(ReportsError) as error:
        settle(Path("/reports/obs/stage1"))

    assert str(error.value) == (
        "only an emptyDir, which ends with the pod, is mounted at /reports, where the reports go"
        f" (running as uid {uid}); leave --reports-root out, or mount a persistent volume claim at"
        " /reports"
    )
    assert process.became == []


def test_in_a_pod_a_part_of_memory_is_memory(process: Process, mount: Path) -> None:
    """A `subPath` of an `emptyDir` in memory looks like a folder that the host keeps in memory."""
    process.in_pod()
    process.mounted(Mount(mount, "/part", "tmpfs"))

    with pytest.raises(ReportsError, match=r"^only memory is mounted at"):
        settle(mount)


@pytest.mark.parametrize(
    "inside",
    [
        "/var/lib/kubelet/pods/0af3/volumes/kubernetes.io~csi/pvc-1/mount",
        "/srv/not-kubernetes.io~empty-dir/reports",
    ],
)
def test_other_volumes_of_a_pod_last(process: Process, mount: Path, inside: str) -> None:
    """Claims and folders of the node outlive the pod."""
    process.in_pod()
    process.mounted(Mount(mount, inside, "ext4"))

    settle(mount)

    assert process.became[-1] == ("setresuid", OWNER[0], OWNER[0], OWNER[0])


@pytest.mark.parametrize("where", ["/elsewhere", "{other}", "/proc"])
@pytest.mark.parametrize("name", ["obs", "obs/stage1"])
def test_a_link_out_of_the_mount_is_an_error(
    process: Process, mount: Path, tmp_path: Path, where: str, name: str
) -> None:
    """A writer of reports cannot select the user of the process by a link."""
    other = tmp_path / "other"
    other.mkdir()
    process.mounted(of_the_host(mount), Mount(other, "/srv/other", "ext4"))
    if name != "obs":
        (mount / "obs").mkdir()
    (mount / name).symlink_to(where.format(other=other))

    with pytest.raises(ReportsError, match=rf"leads out of {mount} to .* \(running as uid 0\)"):
        settle(mount / "obs" / "stage1")

    # The link is checked by the owner, the only user that can read the folder.
    assert process.became[-1] == ("setresuid", OWNER[0], OWNER[0], OWNER[0])


def test_what_is_above_a_link_is_not_what_is_above_its_name(
    process: Process, mount: Path, tmp_path: Path
) -> None:
    """Two dots after a link start at its target, which may be on another mount."""
    other = tmp_path / "other"
    (other / "below").mkdir(parents=True)
    process.mounted(of_the_host(mount), Mount(other, "/srv/other", "ext4"))
    (mount / "x").symlink_to(other / "below")

    with pytest.raises(ReportsError, match=f"leads out of {mount} to {other}"):
        settle(mount / "x" / ".." / "y")


def test_a_link_inside_the_mount_is_followed(process: Process, mount: Path) -> None:
    """A link within the mount is valid."""
    (mount / "real").mkdir()
    (mount / "obs").symlink_to("real")

    settle(mount / "obs" / "stage1")

    assert process.became[-1] == ("setresuid", OWNER[0], OWNER[0], OWNER[0])


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/reports", "/reports"),
        ("/reports/obs/stage1", "/reports"),
        ("/reports/deep/er", "/reports/deep"),
        ("/reportsx", "/"),
        ("/", "/"),
    ],
)
def test_the_deepest_mount_counts(folder: str, expected: str) -> None:
    """A mount below another one hides it."""
    mounts = [of_the_host(Path(place)) for place in ("/", "/reports", "/reports/deep", "/proc")]

    assert mount_of(Path(folder), mounts) == of_the_host(Path(expected))


def test_of_mounts_at_one_place_the_last_counts() -> None:
    """The last mount hides the earlier ones."""
    first, last = (Mount(Path("/reports"), inside, "ext4") for inside in ("/a", "/b"))

    assert mount_of(Path("/reports/obs"), [first, last]) == last


def test_without_any_mount_there_is_none() -> None:
    """Without mounts the result is `None`."""
    assert mount_of(Path("/reports"), []) is None


_NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=1))
def test_mounts_are_read_as_the_kernel_writes_them(names: list[tuple[str, str]]) -> None:
    """Octal escapes in names are decoded, and optional fields are skipped."""
    mounts = [Mount(Path(f"/{place}"), f"/{inside}", "ext3") for place, inside in names]

    def escaped(text: object) -> str:
        return "".join(f"\\{ord(c):03o}" if c in " \t\n\\" else c for c in str(text))

    # The kernel ends its lines with a line feed only.
    text = "".join(
        f"36 35 98:0 {escaped(mount.inside)} /{escaped(mount.place)[1:]} rw,noatime"
        f"{' master:1' * (number % 3)} - ext3 /dev/root rw,errors=continue\n"
        for number, mount in enumerate(mounts)
    )

    assert read_mounts(text) == mounts


def test_the_kernels_own_list_can_be_read() -> None:
    """The list of this system contains the root of the file system."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("only Linux lists its mounts there, and a container is always Linux")
    mounts = read_mounts(Path("/proc/self/mountinfo").read_text("utf-8"))
    assert Path("/") in {mount.place for mount in mounts}
    assert not all(mount.lasts for mount in mounts)


@given(st.integers(0, 2**41 - 1))
def test_capabilities_are_read_by_their_numbers(held: int) -> None:
    """CAP_SETGID is bit 6 and CAP_SETUID is bit 7, and other bits do not matter."""
    missing = missing_capabilities(f"Name:\tx\nCapPrm:\t{0:016x}\nCapEff:\t{held:016x}\n")

    assert missing == [
        name for name, bit in (("CAP_SETGID", 64), ("CAP_SETUID", 128)) if not held & bit
    ]


def entry_point(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of the image on this system instead of in a container."""
    return subprocess.run(
        [sys.executable, "-P", "-c", ENTRY_POINT, *arguments],
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
    """A call that needs no reports folder needs no mount."""
    outcome = entry_point(*arguments, cwd=workplace.repo)

    assert outcome.returncode == code
    assert said in outcome.stdout + outcome.stderr
    assert "container" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("command", ["stage1-snapshot", "stage1-trends", "stage1-run", "verify"])
def test_every_command_settles_before_it_reads_or_writes(
    workplace: Workplace, command: str
) -> None:
    """Without a mount the program ends before it reads telemetry, configuration or reports."""
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("only Linux lists its mounts there, and a container is always Linux")
    config = ("--config", "missing.toml") if command != "verify" else ()

    outcome = entry_point(command, "--reports-root", "/not-mounted", *config, cwd=workplace.repo)

    assert outcome.returncode == 1
    assert outcome.stderr.startswith("peaktrade-ops: nothing is mounted at /not-mounted")
    assert tree(workplace.folder) == {}
