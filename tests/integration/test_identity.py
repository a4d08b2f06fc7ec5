"""The same telemetry gives the same bytes in a container and on the host, however it starts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.integration import engine
from tests.integration.cells import CELLS, Cell
from tests.integration.emulation import MOUNTED, emulated, registered
from tests.integration.engine import Mount, Start
from tests.integration.jobs import (
    CONFIG,
    CONTAINER_VARIABLES,
    HOST_VARIABLES,
    OWNER,
    SAMPLE_JOBS,
    SAMPLES,
    Host,
    Job,
    digest_of,
    give_away,
    jobs_on,
    owner_of,
)
from tests.integration.ways import WITHOUT_NETWORK, compose_run, wrapper_run
from tests.support.program import differences, run, tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.integration.engine import Base

USERS: Final = ("root", "any user", "owner")


def ready(host: Host, job: Job, reports: Path, user: str) -> str:
    """Prepare a reports root for a job; return the user to pass to the engine."""
    host.prepare(job, reports)
    give_away(reports, OWNER, OWNER)
    if user == "any user":
        # Any user may write to this folder.
        for folder in (reports, *(path for path in reports.rglob("*") if path.is_dir())):
            folder.chmod(0o777)
        return f"{OWNER + 1}:{OWNER + 1}"
    return owner_of(reports) if user == "owner" else ""


def compare(  # noqa: PLR0913 (a cell and what it compares)
    host: Host, job: Job, reports: Path, *, way: str = "docker run", user: str, setting: str = ""
) -> None:
    """Compare the reports of a container with those of the host; record it for the table."""
    wanted, found = host.reports(job), tree(reports)
    CELLS.append(Cell(job.name, way, user, setting, digest_of(wanted), digest_of(found)))
    assert differences(found, wanted) == []


def plain(  # noqa: PLR0913 (what makes one cell differ from another)
    host: Host,
    image: str,
    job: Job,
    reports: Path,
    *,
    user: str = "root",
    target: str = "/reports",
    options: tuple[str, ...] = (),
    variables: Mapping[str, str] = CONTAINER_VARIABLES,
    mounts: tuple[Mount, ...] = (),
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Run a job in a container of the image."""
    start = Start(
        image=image,
        mounts=(
            Mount(job.telemetry, "/telemetry"),
            Mount(reports, target, "rw"),
            Mount(CONFIG, "/config/stage1.toml"),
            *mounts,
        ),
        user=ready(host, job, reports, user),
        variables={"PEAK_CONFIG": "/config/stage1.toml", **variables},
        more=more,
    )
    outcome = engine.run(start, *job.on("/telemetry"), *options)
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("name", SAMPLE_JOBS)
def test_every_command_as_every_user(
    host: Host, image: str, reports: Path, name: str, user: str
) -> None:
    """The container runs as root, as the owner of the reports folder, or as any other user."""
    job = SAMPLE_JOBS[name]

    plain(host, image, job, reports, user=user)

    compare(host, job, reports, user=user)


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("snapshot", "--reports-root"),
        ("snapshot", "PEAK_REPORTS_DIR"),
        ("trends", "--reports-root"),
        ("run", "PEAK_REPORTS_DIR"),
    ],
)
def test_another_reports_root_in_the_container(
    host: Host, image: str, reports: Path, name: str, way: str
) -> None:
    """The mount may be at another path, named by the option or by the variable."""
    job = SAMPLE_JOBS[name]
    options = ("--reports-root", "/srv/out") if way.startswith("--") else ()
    variables = {} if options else {"PEAK_REPORTS_DIR": "/srv/out"}

    plain(host, image, job, reports, target="/srv/out", options=options, variables=variables)

    compare(host, job, reports, user="root", setting=way)


@pytest.mark.parametrize(
    "variables",
    [
        {"TZ": "Asia/Kathmandu", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
        {"TZ": "", "LC_ALL": "POSIX", "PYTHONHASHSEED": "random", "PYTHONUTF8": "0"},
    ],
    ids=["one", "another"],
)
def test_another_environment(
    host: Host, image: str, reports: Path, variables: dict[str, str]
) -> None:
    """Time zone, locale and hash seed differ from the host's and from the other comparisons'."""
    job = SAMPLE_JOBS["run"]

    plain(host, image, job, reports, variables=variables)

    compare(host, job, reports, user="root", setting=f"TZ={variables['TZ']}")


@pytest.mark.parametrize("name", SAMPLE_JOBS)
def test_another_python(
    host: Host, other_base: Base, other_image: str, reports: Path, name: str
) -> None:
    """The base has another Python version than the host."""
    job = SAMPLE_JOBS[name]

    plain(host, other_image, job, reports)

    compare(host, job, reports, user="root", setting=f"Python {other_base.python}")


def test_another_processor(
    host: Host, arm_image: str, tools: dict[str, Path], reports: Path
) -> None:
    """The image for arm64 writes the same bytes; an emulator is mounted, the kernel knows none."""
    job = SAMPLE_JOBS["run"]
    more = emulated(engine.inspect(arm_image)["Config"]["Entrypoint"])

    plain(host, arm_image, job, reports, mounts=(Mount(tools["qemu"], MOUNTED),), more=more)

    compare(host, job, reports, user="root", setting="arm64, qemu mounted")


def test_another_processor_with_its_entry_point(
    host: Host, arm_image: str, tools: dict[str, Path], reports: Path
) -> None:
    """Where the kernel can know the emulator, the image for arm64 starts as it is."""
    job = SAMPLE_JOBS["run"]
    with contextlib.ExitStack() as kernel:
        try:
            kernel.enter_context(registered(tools["qemu"]))
        except OSError as error:
            pytest.skip(f"this kernel cannot be told of an emulator: {error}")
        plain(host, arm_image, job, reports)

    compare(host, job, reports, user="root", setting="arm64, binfmt")


@pytest.mark.parametrize(
    ("name", "user"),
    [("snapshot", "root"), ("trends", "any user"), *(("run", user) for user in USERS)],
)
def test_compose(
    host: Host, compose_variables: dict[str, str], reports: Path, name: str, user: str
) -> None:
    """The Compose file runs the same command on the same folders."""
    job = SAMPLE_JOBS[name]
    who = ready(host, job, reports, user)

    outcome = compose_run(
        *(("--user", who) if who else ()),
        arguments=job.on("/telemetry"),
        variables={
            **compose_variables,
            "PEAK_TELEMETRY_DIR": os.fspath(job.telemetry),
            "PEAK_REPORTS_DIR": os.fspath(reports),
        },
    )

    assert outcome.code == 0, outcome.err
    compare(host, job, reports, way="Compose", user=user)


@pytest.mark.parametrize("name", ["snapshot", "trends"])
def test_the_wrapper(
    host: Host, compose_variables: dict[str, str], reports: Path, tmp_path: Path, name: str
) -> None:
    """Each wrapper runs its command on the same folders, from any current directory."""
    job = SAMPLE_JOBS[name]
    ready(host, job, reports, "root")

    outcome = wrapper_run(
        name,
        *job.arguments[1:],
        cwd=tmp_path,
        variables={
            **compose_variables,
            "PEAK_TELEMETRY_DIR": os.fspath(job.telemetry),
            "PEAK_REPORTS_DIR": os.fspath(reports),
        },
    )

    assert outcome.code == 0, outcome.err
    compare(host, job, reports, way="wrapper", user="root")


@pytest.mark.parametrize("user", ["root", "owner"])
def test_the_run_without_network(
    host: Host, image: str, reports: Path, tmp_path: Path, user: str
) -> None:
    """The run with limits and without Compose gives the same bytes."""
    job = SAMPLE_JOBS["run"]
    who = ready(host, job, reports, user)

    outcome = wrapper_run(
        WITHOUT_NETWORK,
        *job.on("/telemetry"),
        cwd=tmp_path,
        variables={
            "PEAK_IMAGE": image,
            "PEAK_USER": who,
            "PEAK_TELEMETRY_DIR": os.fspath(job.telemetry),
            "PEAK_REPORTS_DIR": os.fspath(reports),
        },
    )

    assert outcome.code == 0, outcome.err
    compare(host, job, reports, way="without network", user=user)


def test_the_host_uses_what_a_container_counted(
    host: Host, image: str, reports: Path, tmp_path: Path
) -> None:
    """The cache of a container saves the host the scan, and the reports are the same bytes."""
    job = SAMPLE_JOBS["run"]
    plain(host, image, job, reports, user="owner")
    cache = tmp_path / "cache"
    shutil.copytree(reports / ".cache", cache)
    counted = rows_of(cache)

    variables = HOST_VARIABLES | {"PEAK_CACHE_DIR": os.fspath(cache)}
    outcome = run(*host.command(job, tmp_path / "again"), cwd=tmp_path, **variables)

    assert outcome.code == 0, outcome.err
    assert len(counted) > 0
    assert rows_of(cache) == counted
    assert differences(tree(tmp_path / "again"), host.reports(job)) == []


def rows_of(cache: Path) -> list[bytes]:
    """Return the tallies of a cache in the order in which they were kept."""
    with closing(sqlite3.connect(cache / "scans.sqlite")) as connection:
        return [body for (body,) in connection.execute("SELECT body FROM parts ORDER BY rowid")]


@pytest.fixture(scope="session")
def real_jobs(real_telemetry: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    """Return jobs for real telemetry with unknown content."""
    scratch = tmp_path_factory.mktemp("look")
    look = run(
        *("stage1-snapshot", "--input", real_telemetry, "--date", "1970-01-01"),
        *("--reports-root", scratch, "--format", "json"),
        cwd=scratch,
    )
    assert look.code == 0, look.err
    coverage = json.loads(look.out)["coverage"]
    first, last = (datetime.fromisoformat(coverage[end]).date() for end in ("first", "last"))
    everything = ("stage1-snapshot", "--input", "{telemetry}", "--date")
    return {
        "first day": Job("real first day", real_telemetry, (*everything, f"{first}")),
        "last day": Job("real last day", real_telemetry, (*everything, f"{last}")),
    } | {
        name: job._replace(name=f"real {name}")
        for name, job in jobs_on(real_telemetry, first=f"{first}", last=f"{last}", days=16).items()
    }


@pytest.mark.parametrize("name", ["first day", "last day", *SAMPLE_JOBS])
def test_real_telemetry(
    host: Host, image: str, reports: Path, real_jobs: dict[str, Job], name: str
) -> None:
    """Real telemetry, with every file of the folder as input and with the default patterns."""
    job = real_jobs[name]

    plain(host, image, job, reports)

    compare(host, job, reports, user="root", setting="real telemetry")


def test_links_are_judged_alike(host: Host, image: str, reports: Path, tmp_path: Path) -> None:
    """The telemetry root has another path in the container, and a link may contain that path."""
    root = tmp_path / "tele"
    for folder in (root / "obs", tmp_path / "telemetry"):
        folder.mkdir(parents=True)
        for path in SAMPLES.glob("*/*.jsonl"):
            (folder / path.name).write_bytes(path.read_bytes())
    (root / "inside").symlink_to("obs")
    (root / "neighbour").symlink_to("../telemetry")
    (root / "there").symlink_to("/telemetry")
    (root / "here").symlink_to(root / "obs")
    job = SAMPLE_JOBS["run"]._replace(name="links", telemetry=root)

    plain(host, image, job, reports)

    compare(host, job, reports, user="root", setting="links")
    trend = json.loads(host.reports(job)["obs/stage1/stage1_trend.json"])
    assert "incomplete" in {day["state"] for day in trend["series"]}


@pytest.mark.parametrize("change", ["a byte", "a file less", "a file more"])
def test_the_comparison_can_fail(host: Host, image: str, reports: Path, change: str) -> None:
    """The comparison finds and names a changed byte, a missing file and an extra file."""
    job = SAMPLE_JOBS["snapshot"]
    plain(host, image, job, reports)
    wanted = host.reports(job)
    assert differences(tree(reports), wanted) == []
    name = "obs/stage1/2025-12-18_summary.json"

    if change == "a byte":
        content = bytearray((reports / name).read_bytes())
        content[len(content) // 2] ^= 1
        (reports / name).write_bytes(content)
    elif change == "a file less":
        (reports / name).unlink()
    else:
        name = "obs/stage1/2025-12-18_summary.json.more"
        (reports / name).touch()

    assert differences(tree(reports), wanted) == [name]
    assert digest_of(tree(reports)) != digest_of(wanted)
