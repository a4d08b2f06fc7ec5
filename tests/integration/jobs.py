"""Jobs that run both in a container and on the host, and the reports of each."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.support.artifacts import names_of
from tests.support.checkout import REPO
from tests.support.program import run, tree

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLES: Final = REPO / "samples" / "telemetry"
CONFIG: Final = REPO / "stage1.toml"
STAGE1: Final = Path("obs", "stage1")

OWNER: Final = 4321
"""The user id that owns the reports in tests, if the tests may change the owner."""

# Settings of the two sides that must not appear in a report.
HOST_VARIABLES: Final = {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "4294967295"}
CONTAINER_VARIABLES: Final = {
    "TZ": "Pacific/Kiritimati",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "1",
}

_TREND_FILES: Final = names_of()


class Job(NamedTuple):
    """A command with its options.

    Attributes:
        name: The name in the table of comparisons.
        telemetry: The telemetry root on the host.
        arguments: The command line; ``{telemetry}`` stands for the telemetry root of either side.
    """

    name: str
    telemetry: Path
    arguments: tuple[str, ...]

    def on(self, telemetry: str | Path) -> tuple[str, ...]:
        """Return the command line for a side with this telemetry root."""
        return tuple(each.replace("{telemetry}", os.fspath(telemetry)) for each in self.arguments)


def jobs_on(telemetry: Path, *, first: str, last: str, days: int) -> dict[str, Job]:
    """Return a job for each command: one day, and a range that ends with another day."""
    span = ("--date", last, "--days", str(days))
    jobs = (
        Job("snapshot", telemetry, ("stage1-snapshot", "--date", first)),
        Job("trends", telemetry, ("stage1-trends", *span)),
        Job("run", telemetry, ("stage1-run", *span)),
    )
    return {job.name: job for job in jobs}


SAMPLE_JOBS: Final = jobs_on(SAMPLES, first="2025-12-18", last="2025-12-20", days=8)


class Host:
    """The program on the host, the reference for all other ways to run it."""

    def __init__(self, scratch: Path) -> None:
        """Store the folder for the reports of the host."""
        self._scratch = scratch
        self._known: dict[Job, dict[str, bytes]] = {}

    def reports(self, job: Job) -> dict[str, bytes]:
        """Return the reports root of a job; the job runs once."""
        if job not in self._known:
            root = self._scratch / str(len(self._known))
            root.mkdir()
            self.prepare(job, root)
            outcome = run(*self.command(job, root), cwd=self._scratch, **HOST_VARIABLES)
            assert outcome.code == 0, outcome.err
            self._known[job] = tree(root)
            assert self._known[job]
        return self._known[job]

    def prepare(self, job: Job, root: Path) -> None:
        """Copy the reports that a job needs into a reports root: a trend reads reports of days."""
        if job.arguments[0] != "stage1-trends":
            return
        routine = job._replace(arguments=("stage1-run", *job.arguments[1:]))
        for path, content in self.reports(routine).items():
            if Path(path).name not in _TREND_FILES:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)

    @staticmethod
    def command(job: Job, root: Path) -> tuple[str, ...]:
        """Return the command line of a job on the host."""
        where = ("--reports-root", os.fspath(root), "--config", os.fspath(CONFIG))
        repo = () if job.arguments[0] == "stage1-trends" else ("--repo", os.fspath(job.telemetry))
        return (*job.on(job.telemetry), *where, *repo)


def digest_of(artifacts: Mapping[str, bytes]) -> str:
    """Return the digest of a folder: of the names and digests of its files."""
    lines = (
        f"{hashlib.sha256(content).hexdigest()}  {path}\n"
        for path, content in sorted(artifacts.items())
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def give_away(folder: Path, uid: int, gid: int) -> None:
    """Change the owner of a folder and its files, if the tests may do that."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid)


def owner_of(folder: Path) -> str:
    """Return the owner of a folder as `uid:gid`."""
    status = folder.stat()
    return f"{status.st_uid}:{status.st_gid}"


def copy_samples(target: Path) -> Path:
    """Copy the sample telemetry."""
    return Path(shutil.copytree(SAMPLES, target))
