"""The jobs that are done in a container and on the host alike, and what each of them wrote."""

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
"""A user id that is nobody's here, to whom the tests give reports where they may."""

# The sides differ in whatever a report must not show.
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
        name: How it is called in the table of cells.
        telemetry: The telemetry root on the host.
        arguments: The command line; ``{telemetry}`` stands for the telemetry root of either side.
    """

    name: str
    telemetry: Path
    arguments: tuple[str, ...]

    def on(self, telemetry: str | Path) -> tuple[str, ...]:
        """Return the command line for a side that has its telemetry there."""
        return tuple(each.replace("{telemetry}", os.fspath(telemetry)) for each in self.arguments)


def jobs_on(telemetry: Path, *, first: str, last: str, days: int) -> dict[str, Job]:
    """Return a job for each command: one day, and the range that ends with another."""
    span = ("--date", last, "--days", str(days))
    jobs = (
        Job("snapshot", telemetry, ("stage1-snapshot", "--date", first)),
        Job("trends", telemetry, ("stage1-trends", *span)),
        Job("run", telemetry, ("stage1-run", *span)),
    )
    return {job.name: job for job in jobs}


SAMPLE_JOBS: Final = jobs_on(SAMPLES, first="2025-12-18", last="2025-12-20", days=8)


class Host:
    """The program as the host runs it, which every other way is compared with."""

    def __init__(self, scratch: Path) -> None:
        """Remember where reports may be written."""
        self._scratch = scratch
        self._known: dict[Job, dict[str, bytes]] = {}

    def reports(self, job: Job) -> dict[str, bytes]:
        """Return what a job writes below its reports root; it is done once."""
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
        """Put into a reports root what a job starts from: a trend needs the reports of its days."""
        if job.arguments[0] != "stage1-trends":
            return
        routine = job._replace(arguments=("stage1-run", *job.arguments[1:]))
        for path, content in self.reports(routine).items():
            if Path(path).name not in _TREND_FILES:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)

    @staticmethod
    def command(job: Job, root: Path) -> tuple[str, ...]:
        """Return the command line of the host for a job."""
        where = ("--reports-root", os.fspath(root), "--config", os.fspath(CONFIG))
        repo = () if job.arguments[0] == "stage1-trends" else ("--repo", os.fspath(job.telemetry))
        return (*job.on(job.telemetry), *where, *repo)


def digest_of(artifacts: Mapping[str, bytes]) -> str:
    """Sum up a folder: the digest of its files' names and digests."""
    lines = (
        f"{hashlib.sha256(content).hexdigest()}  {path}\n"
        for path, content in sorted(artifacts.items())
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def give_away(folder: Path, uid: int, gid: int) -> None:
    """Let a folder and all that is in it belong to somebody else, where that is allowed."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid)


def owner_of(folder: Path) -> str:
    """Name the owner of a folder as an engine wants it."""
    status = folder.stat()
    return f"{status.st_uid}:{status.st_gid}"


def copy_samples(target: Path) -> Path:
    """Copy the sample telemetry."""
    return Path(shutil.copytree(SAMPLES, target))
