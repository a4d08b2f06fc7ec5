"""The commands of the documentation that need a container engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.engine import SESSION
from tests.support.checkout import copy_repo, plain_environment
from tests.support.pages import BLOCKS, Block

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.engine import Base

IMAGE = f"{SESSION}:pages"
PORTS = ("SERVE", "PROMETHEUS", "ALERTMANAGER", "GRAFANA")
COMMANDS = [block for block in BLOCKS if block.needs_engine and not block.releases]


def for_these_tests(text: str, base: Base, monitoring: dict[str, str]) -> str:
    """Replace image names and the base in a command with those of this test session.

    The machine of a reader has the default base, free ports, and images that the tests must not
    change.
    """
    if monitoring:
        text = re.sub(r"prom/prometheus:\S+", monitoring["PEAK_PROMETHEUS_IMAGE"], text)
    text = text.replace("peaktrade-prometheus", f"{SESSION}-prometheus")
    text = text.replace("127.0.0.1:9090:9090", "127.0.0.1::9090")
    text = text.replace("peaktrade-ops:local", IMAGE).replace(
        "peaktrade-ops:arm64", f"{IMAGE}-arm64"
    )
    if " arm64\n" in text:
        # The fixture has made the base for this processor in the same way.
        text = re.sub(r"docker/base/build \w+ (\S+) arm64", r"docker image inspect \1", text)
        return text.replace("peaktrade-ops-base:bookworm", base.tag)
    text = re.sub(r"(docker/base/build \w+)", rf"\1 {SESSION}:base", text)
    text = re.sub(r"BASE_IMAGE=peaktrade-ops-base:\w+", f"BASE_IMAGE={SESSION}:base", text)
    return re.sub(r"docker build ", f"docker build --build-arg BASE_IMAGE={base.tag} ", text)


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_every_command_runs_in_a_fresh_copy(
    block: Block,
    base: Base,
    monitoring: dict[str, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """A reader can copy a command and run it without an error."""
    if " arm64\n" in block.text:
        request.getfixturevalue("arm_base")
    if "docker/base/build" in block.text and (os.geteuid() or not shutil.which("mmdebstrap")):
        pytest.skip("a stand-in for the base is built by root, with Debian's mmdebstrap")
    copy = copy_repo(tmp_path / "repo")

    outcome = subprocess.run(
        ["sh", "-eu", "-c", for_these_tests(block.text, base, monitoring)],  # noqa: S607 (any shell will do)
        cwd=copy,
        env=plain_environment(
            BASE_IMAGE=base.tag,
            COMPOSE_PROJECT_NAME=f"{SESSION}-pages",
            PEAK_IMAGE=IMAGE,
            PEAK_SERVE_IMAGE=f"{IMAGE}-serve",
            **monitoring,
            **{f"PEAK_{name}_PORT": "0" for name in PORTS},
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode == 0, outcome.stderr
    assert "Traceback" not in outcome.stderr
    owner = copy.stat()
    written = [path.stat() for path in (copy / "reports").rglob("*")]
    assert {(each.st_uid, each.st_gid) for each in written} == {(owner.st_uid, owner.st_gid)}


def test_every_way_is_shown() -> None:
    """The documentation shows Compose, each wrapper, a plain run, and a run without a registry."""
    text = "".join(block.text for block in COMMANDS)
    for way in (
        "docker compose -f docker-compose.obs.yml run --rm peaktrade-ops stage1-snapshot",
        "scripts/obs/run_stage1_snapshot_docker.sh",
        "scripts/obs/run_stage1_trends_docker.sh",
        "scripts/docker/run_l3_no_net.sh",
        "docker run --rm",
        "--profile serve up",
        "docker load",
        "docker/base/build",
    ):
        assert way in text
