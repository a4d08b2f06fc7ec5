"""The ways to start the container besides a plain run: Compose and the wrappers."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

from tests.support.checkout import REPO, plain_environment
from tests.support.program import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMPOSE_FILES: Final = (
    "docker-compose.obs.yml",
    "docker/compose.yml",
    "docker/docker-compose.obs.yml",
)
# The command may include a build.
_PATIENCE: Final = 600
SERVICE: Final = "peaktrade-ops"
WITHOUT_NETWORK: Final = "without network"
WRAPPERS: Final = {
    name: f"scripts/obs/run_stage1_{name}_docker.sh" for name in ("snapshot", "trends")
} | {WITHOUT_NETWORK: "scripts/docker/run_l3_no_net.sh"}


def compose(file: str, *arguments: str, variables: Mapping[str, str], repo: Path = REPO) -> Outcome:
    """Run Compose in the root of the repo, as a reader of the README does."""
    return _finished(["docker", "compose", "-f", file, *arguments], repo, variables)


def compose_run(
    *options: str,
    arguments: tuple[str, ...],
    variables: Mapping[str, str],
    file: str = COMPOSE_FILES[0],
) -> Outcome:
    """Run the service once, with options of Compose and arguments for the program."""
    return compose(file, "run", "--rm", *options, SERVICE, *arguments, variables=variables)


def wrapper_run(
    name: str, *arguments: str, cwd: Path, variables: Mapping[str, str], repo: Path = REPO
) -> Outcome:
    """Run a wrapper."""
    return _finished([os.fspath(repo / WRAPPERS[name]), *arguments], cwd, variables)


def _finished(command: list[str], cwd: Path, variables: Mapping[str, str]) -> Outcome:
    finished = subprocess.run(
        command,
        cwd=cwd,
        env=plain_environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=_PATIENCE,
    )
    return Outcome(finished.returncode, finished.stdout, finished.stderr)
