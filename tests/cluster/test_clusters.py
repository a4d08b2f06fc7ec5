"""Tests of scans on a real cluster: the bytes of this machine, and errors of one line."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from peaktrade_ops.telemetry.engines import caching
from peaktrade_ops.telemetry.engines import cluster as cluster_module
from peaktrade_ops.telemetry.engines import run as run_module
from tests.support.program import clean_environment, differences, epoch, set_clock, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.conftest import Cluster
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.cluster

DAY: Final = "2025-12-20"

SLOW: Final = """
import time
whole = engine._scanned
def slow(job, part):
    time.sleep(0.2)
    return whole(job, part)
engine._scanned = slow
"""

# The second scan ends the process in its middle, without a word to the scheduler.
DYING: Final = """
import os, signal
before = engine._scanned
def dying(job, part):
    if os.path.exists(tasks):
        os.kill(os.getpid(), signal.SIGKILL)
    return before(job, part)
engine._scanned = dying
"""

OTHER: Final = "engine._files_of = lambda *_: iter(())"
LACKING: Final = "import sys; sys.modules[engine.__name__] = None"


def arguments(workplace: Workplace, name: str, *more: str | Path) -> tuple[str | Path, ...]:
    """Return the command line of the daily routine, with its reports in a folder of this name."""
    where = ("--repo", workplace.telemetry, "--reports-root", workplace.folder / name)
    return ("stage1-run", *where, "--date", DAY, "--days", "3", "--quiet", *more)


@pytest.fixture
def local(mixed: Workplace, program: Program, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return the artifacts that this machine makes."""
    set_clock(monkeypatch, "2025-12-21T06:30:00Z")
    outcome = program(*arguments(mixed, "local", "--no-cache"))
    assert outcome.code == 0, outcome.err
    return tree(mixed.folder / "local")


def test_a_cluster_that_loses_a_worker_makes_the_same_bytes(
    cluster: Cluster,
    mixed: Workplace,
    local: dict[str, bytes],
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One worker is killed in the middle of a scan and one is slow; the others do their work."""
    monkeypatch.setattr(run_module, "PART_BYTES", 1_500)
    # The files were written a moment ago, and only unchanged ones are known without a scan.
    monkeypatch.setattr(caching, "_SETTLED_NS", 0)
    options = ("--scheduler", cluster.address, "--cache", mixed.folder / "cache")
    with cluster.also("slow", SLOW), cluster.also("dying", DYING):
        outcome = program(*arguments(mixed, "there", *options))

        assert (outcome.code, outcome.err) == (0, "")
        assert differences(tree(mixed.folder / "there"), local) == []
        assert cluster.workers["dying"].wait(10) == -signal.SIGKILL
    assert min(map(cluster.done, cluster.workers)) >= 1
    begun = sum(map(cluster.done, cluster.workers))
    assert begun > 40

    # What the cluster counted is kept; only the damaged file is scanned again.
    assert program(*arguments(mixed, "again", *options)).code == 0
    assert differences(tree(mixed.folder / "again"), local) == []
    assert sum(map(cluster.done, cluster.workers)) - begun <= 1

    # One more event shows, so the comparison would see a difference.
    (mixed.telemetry / "obs/one-line.jsonl").write_bytes(
        b'{"ts":"2025-12-20T01:00:00Z","severity":"critical","type":"alert"}\n'
    )
    assert program(*arguments(mixed, "more", *options)).code == 0
    assert differences(tree(mixed.folder / "more"), local) != []


def test_the_command_on_a_cluster_writes_nothing_else(
    cluster: Cluster, mixed: Workplace, local: dict[str, bytes]
) -> None:
    """No log of the libraries is on standard error, and the variable names the scheduler."""
    begun = cluster.done("plain")

    outcome = mixed.run(
        *arguments(mixed, "there", "--no-cache"),
        DASK_SCHEDULER_ADDRESS=cluster.address,
        SOURCE_DATE_EPOCH=epoch("2025-12-21T06:30:00Z"),
    )

    assert outcome.code == 0
    assert [line for line in outcome.err.splitlines() if "SOURCE_DATE_EPOCH" not in line] == []
    assert differences(tree(mixed.folder / "there"), local) == []
    assert cluster.done("plain") - begun == len(tree(mixed.telemetry)) - 1


@pytest.mark.parametrize(
    ("preload", "told"),
    [
        (OTHER, "127.0.0.1:[0-9]* has another version of the package peaktrade-ops; install"),
        (LACKING, "127.0.0.1:[0-9]* cannot import the package peaktrade-ops; install the same"),
    ],
    ids=["other", "lacking"],
)
def test_a_worker_without_the_same_package_is_an_error_of_one_line(
    cluster: Cluster, mixed: Workplace, program: Program, preload: str, told: str
) -> None:
    """The error says what to try, and no report is written."""
    with cluster.also("useless", preload):
        outcome = program(*arguments(mixed, "there", "--scheduler", cluster.address))

    assert outcome.code == 1
    [line] = outcome.err.splitlines()
    assert re.search(told, line), line
    assert [name for name in tree(mixed.folder / "there") if name.endswith(".json")] == []


def test_a_scheduler_that_is_not_there_is_an_error_of_one_line(
    mixed: Workplace, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the option and the variable."""
    monkeypatch.setattr(cluster_module, "_CONNECT_SECONDS", 0.5)

    outcome = program(*arguments(mixed, "there", "--scheduler", "tcp://127.0.0.1:9"))

    assert outcome.code == 1
    [line] = outcome.err.splitlines()
    assert "the scheduler at tcp://127.0.0.1:9 does not answer; check --scheduler and" in line


def test_nothing_of_the_libraries_is_imported_unless_it_is_used(mixed: Workplace) -> None:
    """They take a second to load, and a scan of this machine needs none of them."""
    program = (
        "import sys; from peaktrade_ops.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", program, *arguments(mixed, "there", "--no-cache")]

    finished = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=mixed.repo, env=clean_environment()
    )

    loaded = set(finished.stdout.splitlines()[-1].split())
    assert "peaktrade_ops" in loaded
    assert not {"dask", "distributed", "fsspec", "s3fs", "aiobotocore", "asyncio"} & loaded
