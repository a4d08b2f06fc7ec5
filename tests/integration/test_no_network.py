"""The run without network with a real engine: limits, the output folder, the kept container."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.engine import SESSION, docker, exists
from tests.integration.jobs import OWNER, SAMPLES, STAGE1, give_away
from tests.integration.locks import is_waited_for, locked
from tests.integration.reaper import containers_of
from tests.integration.ways import WITHOUT_NETWORK, WRAPPERS, wrapper_run
from tests.support.checkout import REPO, plain_environment
from tests.support.program import PATIENCE, tree, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = ("stage1-snapshot", "--date", "2025-12-18")


@pytest.fixture
def given(image: str, reports: Path) -> dict[str, str]:
    """Return the variables: the image, the samples, and an output folder of another user."""
    give_away(reports, OWNER, OWNER)
    return {
        "PEAK_IMAGE": image,
        "PEAK_TELEMETRY_DIR": os.fspath(SAMPLES),
        "PEAK_REPORTS_DIR": os.fspath(reports),
    }


class Kept:
    """A container that stays after its end."""

    def __init__(self, name: str) -> None:
        """Ask the engine for its settings."""
        self.name = name
        [self.settings] = json.loads(docker("inspect", name).stdout)

    @property
    def host(self) -> dict[str, Any]:
        """The settings of the host for it."""
        settings: dict[str, Any] = self.settings["HostConfig"]
        return settings


@pytest.fixture
def kept(given: dict[str, str]) -> Iterator[Kept]:
    """Yield the container of a day, kept with limits of its own."""
    limits = {"KEEP_CONTAINER": "1", "PEAK_CPUS": "0.5", "PEAK_MEMORY": "192m"}
    outcome = wrapper_run(WITHOUT_NETWORK, *DAY, cwd=REPO, variables=given | limits)
    assert outcome.code == 0, outcome.err
    [name] = re.findall(r"the container stays; docker rm (\S+) removes it", outcome.err)
    yield Kept(name)
    docker("rm", "--force", name)


def test_the_container_is_cut_off_and_limited(kept: Kept) -> None:
    """It has no network, a read-only root, no rights but to change its user, and the limits."""
    host = kept.host
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert {name.removeprefix("CAP_") for name in host["CapAdd"]} == {"SETGID", "SETUID"}
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] == 128
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (
        500_000_000,
        192 * 2**20,
        192 * 2**20,
    )
    writable = [mount["Destination"] for mount in kept.settings["Mounts"] if mount["RW"]]
    assert writable == ["/reports"]
    assert "noexec" in host["Tmpfs"]["/tmp"]  # noqa: S108 (the container's)


def test_a_container_that_is_not_kept_is_gone(given: dict[str, str]) -> None:
    """Without KEEP_CONTAINER no container stays."""
    outcome = wrapper_run(WITHOUT_NETWORK, *DAY, cwd=REPO, variables=given)

    assert outcome.code == 0, outcome.err
    assert containers_of(SESSION) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("stage1-run", "--date", "2025-12-20", "--days", "8", "--fail-on", "no-go"), 2),
        (("stage1-snapshot", "--no-such-option"), 64),
        (("inspect", "/telemetry/telemetry/orders.jsonl"), 0),
        (("--", "--version"), 0),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else None,
)
def test_any_command_runs_and_its_exit_code_is_kept(
    given: dict[str, str], arguments: tuple[str, ...], code: int
) -> None:
    """Commands, options of the program and wrong command lines pass through."""
    assert wrapper_run(WITHOUT_NETWORK, *arguments, cwd=REPO, variables=given).code == code


@pytest.mark.parametrize("name", ['a, "b": c', "-r\u00e9gle \u96ea"])
def test_the_output_folder_may_have_any_name(
    given: dict[str, str], tmp_path: Path, name: str
) -> None:
    """A missing output folder is made as the calling user, and OUT_DIR names it too."""
    folder = tmp_path / "not there" / name
    named = {"OUT_DIR": os.path.relpath(folder, REPO)}

    outcome = wrapper_run(WITHOUT_NETWORK, *DAY, cwd=tmp_path, variables=given | named)

    assert outcome.code == 0, outcome.err
    assert (folder / STAGE1 / "2025-12-18_summary.json").is_file()
    assert {path.stat().st_uid for path in folder.parent.rglob("*")} == {os.geteuid()}


def test_memory_that_is_short_is_an_error_and_not_a_gate(given: dict[str, str]) -> None:
    """A program that the kernel ends for its memory exits with 1, and the message says why."""
    short = {"PEAK_MEMORY": "8m"}

    outcome = wrapper_run(WITHOUT_NETWORK, *DAY, cwd=REPO, variables=given | short)

    assert outcome.code == 1
    assert "memory may be short" in outcome.err.splitlines()[-1]


def test_an_image_that_is_missing_is_not_pulled(given: dict[str, str]) -> None:
    """The message says how to build the image."""
    missing = "peaktrade-ops-no-such-image:none"

    outcome = wrapper_run(
        WITHOUT_NETWORK, *DAY, cwd=REPO, variables=given | {"PEAK_IMAGE": missing}
    )

    assert outcome.code == 1
    assert f"--tag {missing} ." in outcome.err
    assert not exists(missing)


def test_a_signal_ends_the_program_in_the_container(given: dict[str, str], reports: Path) -> None:
    """The signal reaches the program, and no container stays."""
    with (
        locked(reports / STAGE1, OWNER) as folder,
        subprocess.Popen(
            [REPO / WRAPPERS[WITHOUT_NETWORK], *DAY],
            env=plain_environment(**given),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as wrapper,
    ):
        wait_until(lambda: is_waited_for(folder))
        wrapper.send_signal(signal.SIGTERM)
        _, said = wrapper.communicate(timeout=PATIENCE)

    assert wrapper.returncode == 143
    assert said.endswith("peaktrade-ops: terminated; every artifact is whole, old or new\n")
    assert containers_of(SESSION) == []
    assert tree(reports) == {}
