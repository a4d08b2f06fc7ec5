"""The container for an operator: users, permissions, mounts, exit codes and signals."""

from __future__ import annotations

import os
import re
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE, S_ISDIR
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.integration.engine import Mount, Start, ended, run, started
from tests.integration.jobs import (
    OWNER,
    SAMPLE_JOBS,
    SAMPLES,
    STAGE1,
    Host,
    copy_samples,
    give_away,
    owner_of,
)
from tests.integration.locks import is_waited_for, locked
from tests.support.artifacts import names_of
from tests.support.program import children_of, differences, tree, wait_until
from tests.support.program import run as run_on_host

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testcontainers.core.container import DockerContainer

OTHER = 5432
DAY = ("stage1-snapshot", "--date", "2025-12-18")
SNAPSHOT = SAMPLE_JOBS["snapshot"]


@pytest.fixture
def start(image: str, reports: Path) -> Start:
    """Return the usual start: the samples, and a reports root of another user."""
    give_away(reports, OWNER, OWNER + 1)
    return Start(
        image=image, mounts=(Mount(SAMPLES, "/telemetry"), Mount(reports, "/reports", "rw"))
    )


def write(root: Path, artifacts: Mapping[str, bytes]) -> None:
    """Write files below a folder."""
    for name, data in artifacts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def uid_of(folder: Path) -> int:
    """Return the user and group that own a folder."""
    return folder.stat().st_uid


@pytest.mark.parametrize("user", ["root", "owner", "any user"])
def test_every_file_belongs_to_whom_the_reports_are_for(
    start: Start, reports: Path, user: str
) -> None:
    """Every file belongs to the owner of the mount or the named user, and all users may read it."""
    wanted = (uid_of(reports), reports.stat().st_gid)
    if user == "any user":
        reports.chmod(0o777)
        wanted = (OTHER, OTHER + 1)
    named = "" if user == "root" else f"{wanted[0]}:{wanted[1]}"

    outcome = run(replace(start, user=named), "stage1-run", "--date", "2025-12-20", "--days", "2")

    assert (outcome.code, outcome.err) == (0, "")
    written = [path.stat() for path in reports.rglob("*")]
    names = {path.name for path in reports.rglob("*.*")}
    cache = {".cache", "CACHEDIR.TAG", "scans.sqlite"}
    assert names == names_of("2025-12-19", "2025-12-20") | cache
    assert {(each.st_uid, each.st_gid) for each in written} == {wanted}
    assert {S_IMODE(each.st_mode) for each in written if S_ISDIR(each.st_mode)} == {0o755}
    assert {S_IMODE(each.st_mode) for each in written if not S_ISDIR(each.st_mode)} == {0o644}


def test_a_reports_folder_of_root_needs_no_capability(start: Start, reports: Path) -> None:
    """A reports folder of root needs no capability, because the user does not change."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to root")
    give_away(reports, 0, 0)

    outcome = run(replace(start, capabilities=()), *DAY)

    assert (outcome.code, outcome.err) == (0, "")
    assert {uid_of(path) for path in reports.rglob("*")} == {0}


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        ((), "CAP_SETGID and CAP_SETUID"),
        (("SETGID",), "CAP_SETUID"),
        (("SETUID",), "CAP_SETGID"),
    ],
    ids=["none", "SETGID", "SETUID"],
)
def test_a_root_start_without_its_capabilities_says_which_are_missing(
    start: Start, reports: Path, kept: tuple[str, ...], missing: str
) -> None:
    """A start without its capabilities writes nothing and names the missing ones and a fix."""
    owner = uid_of(reports)
    if owner == 0:
        pytest.skip("the reports folder belongs to root, who has nobody to become")

    outcome = run(replace(start, capabilities=kept), *DAY)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert f"cannot become that user: without {missing};" in outcome.err
    assert f"/reports belongs to uid {owner}" in outcome.err
    assert f"--user {owner}:" in outcome.err
    assert tree(reports) == {}


@contextmanager
def waiting(start: Start, reports: Path, *arguments: str) -> Iterator[DockerContainer]:
    """Start a container that waits for the lock of the reports folder, which this process holds."""
    with locked(reports / STAGE1, OWNER) as folder, started(start, *arguments) as container:
        wait_until(lambda: is_waited_for(folder))
        yield container


def pid_of(container: DockerContainer) -> int:
    """Return the process id on the host of the first process of a container."""
    process = container.get_wrapped_container()
    process.reload()
    return int(process.attrs["State"]["Pid"])


def test_the_process_has_no_right_left_that_it_does_not_need(start: Start, reports: Path) -> None:
    """The process has no capability and no extra group after the switch to another owner."""
    with waiting(start, reports, *DAY) as container:
        status = Path("/proc", str(pid_of(container)), "status").read_text("utf-8")
        container.get_wrapped_container().kill("SIGTERM")
        assert ended(container).code == 143

    fields = dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE))
    owner = uid_of(reports)
    assert fields["Uid"].split() == [str(owner)] * 4
    assert fields["Gid"].split() == [str(reports.stat().st_gid)] * 4
    if owner != 0:
        assert fields["Groups"].split() == []
        assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
    assert fields["NoNewPrivs"] == "1"


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGHUP, 129, "hung up"),
    ],
    ids=["SIGTERM", "Ctrl-C", "SIGHUP"],
)
@pytest.mark.parametrize("user", ["root", "owner"])
def test_a_signal_ends_it_promptly_with_whole_files(  # noqa: PLR0913 (cases, fixtures)
    host: Host, start: Start, reports: Path, *, user: str, number: int, code: int, word: str
) -> None:
    """The first process of the container handles the signal; the earlier files stay."""
    before = host.reports(SNAPSHOT)
    write(reports, before)
    named = owner_of(reports)

    with waiting(replace(start, user="" if user == "root" else named), reports, *DAY) as container:
        container.get_wrapped_container().kill(number)
        outcome = ended(container)

    assert outcome.code == code
    # It says so when it has waited for two seconds.
    said = re.sub(r"\Awaiting for another run that uses /reports/obs/stage1: .*\n", "", outcome.err)
    assert said == f"peaktrade-ops: {word}; every artifact is whole, old or new\n"
    assert tree(reports) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_right_after_the_start_is_not_lost(
    start: Start, reports: Path, number: signal.Signals
) -> None:
    """The first process installs its signal handlers at once."""
    with locked(reports / STAGE1, OWNER), started(start, *DAY) as container:
        container.get_wrapped_container().kill(number)
        assert ended(container).code == 128 + number
    assert tree(reports) == {}


def test_a_signal_ends_the_scanning_processes_too(
    start: Start, reports: Path, tmp_path: Path
) -> None:
    """A signal during a long scan over several processes leaves no process and no partial file."""
    telemetry = tmp_path / "long" / "telemetry"
    telemetry.mkdir(parents=True)
    line = b'{"ts":"2025-12-18T10:00:00Z","type":"x","severity":"info","pad":"%s"}\n' % (b"y" * 180)
    block = line * 40_000
    with (telemetry / "bot.jsonl").open("wb") as file:
        for _ in range(60):
            file.write(block)
    config = tmp_path / "two.toml"
    config.write_text("[limits]\nprocesses = 2\n")
    mounts = (
        *(Mount(telemetry, "/telemetry/telemetry"), Mount(config, "/config.toml")),
        start.mounts[1],
    )

    scan = replace(start, mounts=mounts, variables={"PEAK_CONFIG": "/config.toml"})
    with started(scan, *DAY) as container:
        first = pid_of(container)
        wait_until(lambda: len(children_of(first)) == 2)
        container.get_wrapped_container().kill("SIGTERM")
        outcome = ended(container)

    assert outcome.code == 143, outcome.err
    assert "terminated" in outcome.err
    assert tree(reports) == {}


@pytest.mark.parametrize("root", ["/tmp/x", "/dev/shm/x", "/x"])  # noqa: S108 (the container's)
def test_reports_that_would_vanish_with_the_container_are_refused(start: Start, root: str) -> None:
    """A folder in memory or in the file system of the container is an error."""
    outcome = run(start, *DAY, "--reports-root", root)

    assert outcome.code == 1
    what = "nothing" if root == "/x" else "only memory"
    assert outcome.err.startswith(f"peaktrade-ops: {what} is mounted at /{root.split('/')[1]}")


def test_a_link_that_is_named_decides_nothing(start: Start, reports: Path, tmp_path: Path) -> None:
    """A reports root that is a link in the mount does not make the container its target's owner."""
    other = tmp_path / "other"
    other.mkdir()
    (reports / "daily").symlink_to("/other")
    mounts = (*start.mounts, Mount(other, "/other", "rw"))

    outcome = run(replace(start, mounts=mounts), *DAY, "--reports-root", "/reports/daily")

    assert outcome.code == 1
    assert "leads out of /reports to /other/obs/stage1" in outcome.err
    assert f"running as uid {uid_of(reports)}" in outcome.err
    assert tree(other) == {}


@pytest.mark.parametrize("mode", [0o755, 0o700])
@pytest.mark.parametrize("target", ["/tmp", "/telemetry"])  # noqa: S108 (the container's)
def test_a_link_in_the_reports_decides_nothing(
    start: Start, reports: Path, tmp_path: Path, target: str, mode: int
) -> None:
    """The owner of the reports cannot keep the container root, or choose its user, by a link."""
    reports.chmod(mode)
    secret = copy_samples(tmp_path / "secret")
    give_away(secret, OTHER, OTHER)
    (reports / "obs").symlink_to(target)

    outcome = run(replace(start, mounts=(Mount(secret, "/telemetry"), start.mounts[1])), *DAY)

    assert outcome.code == 1
    assert f"leads out of /reports to {target}/stage1" in outcome.err


@pytest.mark.parametrize("target", ["/telemetry", "/reports"])
def test_a_mount_that_is_missing_is_named(start: Start, reports: Path, target: str) -> None:
    """A missing mount is an error: no other folder is scanned or written."""
    mounts = tuple(mount for mount in start.mounts if mount.target != target)

    outcome = run(replace(start, mounts=mounts, user=f"{OTHER}:{OTHER}"), *DAY)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert target in outcome.err
    assert f"uid {OTHER}" in outcome.err
    assert tree(reports) == {}


@pytest.mark.parametrize("there", [False, True])
def test_a_configuration_that_cannot_be_read_is_named(
    start: Start, tmp_path: Path, *, there: bool
) -> None:
    """The message about a missing or unreadable configuration names the file and the user."""
    config = tmp_path / "closed.toml"
    config.touch(0o600)
    give_away(config, OTHER, OTHER)
    mounts = (*start.mounts, Mount(config, "/config.toml")) if there else start.mounts
    named = replace(start, mounts=mounts, variables={"PEAK_CONFIG": "/config.toml"})

    outcome = run(replace(named, user="6543:6543"), *DAY)

    assert outcome.code == 1
    assert "configuration /config.toml cannot be read" in outcome.err
    assert "running as uid 6543" in outcome.err


def test_a_reports_mount_that_is_read_only_is_named(start: Start, reports: Path) -> None:
    """The message says that the mount is read-only, and names the user and the owner."""
    mounts = (start.mounts[0], Mount(reports, "/reports"))

    outcome = run(replace(start, mounts=mounts), *DAY)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    owner = uid_of(reports)
    assert "/reports" in outcome.err
    assert "Read-only file system" in outcome.err
    assert f"running as uid {owner}" in outcome.err


def test_a_reports_mount_of_somebody_else_is_named(start: Start, reports: Path) -> None:
    """If the user named with --user may not write there, the message has both ids."""
    owner = uid_of(reports)

    outcome = run(replace(start, user=f"{OTHER}:{OTHER}"), *DAY)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "/reports" in outcome.err
    assert "Permission denied" in outcome.err
    assert f"running as uid {OTHER}, /reports belongs to uid {owner}" in outcome.err


def test_a_telemetry_mount_that_may_not_be_read_is_named(
    start: Start, reports: Path, tmp_path: Path
) -> None:
    """A folder that the user may not read is an error, never an empty day."""
    closed = copy_samples(tmp_path / "closed")
    closed.chmod(0o700)
    reports.chmod(0o777)
    mounts = (Mount(closed, "/telemetry"), start.mounts[1])

    outcome = run(replace(start, mounts=mounts, user=f"{OTHER}:{OTHER}"), *DAY)

    assert outcome.code == 1
    assert "telemetry folder /telemetry cannot be read: Permission denied" in outcome.err
    assert f"running as uid {OTHER}" in outcome.err


def test_verify_works_on_a_mount_that_it_cannot_write(
    host: Host, start: Start, reports: Path
) -> None:
    """`verify` changes nothing, so a read-only mount is enough."""
    write(reports, host.reports(SNAPSHOT))

    outcome = run(replace(start, mounts=(Mount(reports, "/reports"),)), "verify")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "/reports/obs/stage1: everything matches\n"


def test_telemetry_is_unchanged(start: Start, tmp_path: Path) -> None:
    """No byte and no time of the telemetry changes, even on a writable mount."""
    telemetry = copy_samples(tmp_path / "telemetry")
    telemetry.chmod(0o777)
    before = {
        path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in telemetry.rglob("*")
    }
    content = tree(telemetry)
    mounts = (Mount(telemetry, "/telemetry", "rw"), start.mounts[1])

    assert run(replace(start, mounts=mounts), *DAY).code == 0

    assert tree(telemetry) == content
    assert before == {
        path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in telemetry.rglob("*")
    }


@pytest.mark.parametrize("owner", [0, OWNER])
def test_nothing_is_written_outside_the_mounts(start: Start, reports: Path, owner: int) -> None:
    """A container whose root file system is writable creates only the mount points."""
    give_away(reports, owner, owner)
    writable = {"read_only": False, "cap_drop": []}

    with started(replace(start, tmp={}, more=writable), *DAY) as container:
        assert ended(container).code == 0
        changed = {each["Path"] for each in container.get_wrapped_container().diff()}

    # The time of the temporary folder changes when a folder in it is created and removed.
    assert changed - {"/tmp"} == {"/reports", "/telemetry"}  # noqa: S108 (the container's)


def test_without_rights_network_or_a_temporary_folder_it_still_works(
    host: Host, start: Start, reports: Path
) -> None:
    """The most restricted start gives the same bytes."""
    outcome = run(replace(start, tmp={}, user=owner_of(reports)), *DAY)

    assert (outcome.code, outcome.err) == (0, "")
    assert differences(tree(reports), host.reports(SNAPSHOT)) == []


@pytest.fixture
def many_names(tmp_path: Path) -> tuple[Path, Path]:
    """Write telemetry with more rules than fit in the memory of a configuration."""
    telemetry = tmp_path / "many"
    telemetry.mkdir()
    with (telemetry / "telemetry.jsonl").open("w") as file:
        for number in range(40_000):
            rule = f"{number % 30_000:06}" * 8
            file.write(f'{{"ts":"2025-12-18T10:00:00Z","type":"x","rule":"{rule}"}}\n')
    config = tmp_path / "little.toml"
    config.write_text(f"[limits]\nmemory_bytes = {2**20}\n")
    return telemetry, config


def test_counts_that_outgrow_their_memory_need_a_temporary_folder(
    start: Start, reports: Path, many_names: tuple[Path, Path]
) -> None:
    """Counts that exceed their memory are an error without a temporary folder."""
    telemetry, config = many_names
    mounts = (Mount(telemetry, "/telemetry"), Mount(config, "/config.toml"), start.mounts[1])
    little = replace(start, tmp={}, mounts=mounts, variables={"PEAK_CONFIG": "/config.toml"})

    outcome = run(little, *DAY)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "temporary" in outcome.err
    assert tree(reports) == {}


def test_with_a_temporary_folder_they_are_exact(
    start: Start, reports: Path, tmp_path: Path, many_names: tuple[Path, Path]
) -> None:
    """The tmpfs of the container serves as the temporary folder."""
    telemetry, config = many_names
    mounts = (Mount(telemetry, "/telemetry"), Mount(config, "/config.toml"), start.mounts[1])
    little = replace(start, mounts=mounts, variables={"PEAK_CONFIG": "/config.toml"})
    there = tmp_path / "host"
    options = ("--repo", telemetry, "--reports-root", there, "--config", config)
    assert run_on_host(*DAY, *options, cwd=tmp_path).code == 0

    outcome = run(little, *DAY)

    assert (outcome.code, outcome.err) == (0, "")
    assert differences(tree(reports), tree(there)) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--help",), 0, "stage1-snapshot"),
        (("--version",), 0, "peaktrade-ops, version"),
        (DAY, 0, "2025-12-18: 1 new alert"),
        ((*DAY, "--config", "/missing.toml"), 1, "configuration /missing.toml cannot be read"),
        ((*DAY, "--fail-on-new-alerts"), 2, "2025-12-18: 1 new alert"),
        (("stage1-run", *DAY[1:], "--fail-on", "hold"), 2, "NO_GO"),
        (
            ("stage1-trends", "--days", "21", "--fail-on", "hold"),
            1,
            "is missing or is not a folder",
        ),
        (("stage1-snapshots",), 64, "No such command"),
        ((*DAY, "--max-depth", "deep"), 64, "'deep' is not a valid integer"),
        ((), 64, "Usage: peaktrade-ops"),
    ],
    ids=str,
)
def test_arguments_and_exit_codes_are_those_of_the_command(
    start: Start, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Arguments after the name of the image are those of the command on the host."""
    outcome = run(start, *arguments)

    assert outcome.code == code, outcome.err
    assert said in outcome.out + outcome.err
    assert "Traceback" not in outcome.err


def test_two_containers_and_the_host_share_a_reports_folder(
    host: Host, start: Start, reports: Path, tmp_path: Path
) -> None:
    """Parallel runs wait for each other and leave complete artifacts and a valid index."""
    job = SAMPLE_JOBS["run"]
    codes: list[int] = []
    native = Thread(
        target=lambda: codes.append(run_on_host(*Host.command(job, reports), cwd=tmp_path).code)
    )

    with ExitStack() as lock, ExitStack() as ending:
        # The host writes as the user of the tests, so the containers must do the same.
        folder = lock.enter_context(locked(reports / STAGE1, os.geteuid()))
        containers = [ending.enter_context(started(start, *job.arguments)) for _ in range(2)]
        native.start()
        wait_until(lambda: is_waited_for(folder))
        wait_until(lambda: all(b"waiting for" in each.get_logs()[1] for each in containers))
        lock.close()
        codes += [ended(container).code for container in containers]
        native.join()

    assert codes == [0, 0, 0]
    assert differences(tree(reports), host.reports(job)) == []
    assert run(start, "verify").code == 0
