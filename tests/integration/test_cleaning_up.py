"""Test that the tests leave nothing in the engine, even when they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.integration.engine import SESSION, Start, docker, started
from tests.integration.reaper import clean_up, containers_of, images_of, volumes_of
from tests.support.checkout import REPO
from tests.support.program import PATIENCE, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.engine import Base

# A test session with one endless test that has its own image and container.
ENDLESS = """
import time

from tests.integration import engine

pytest_plugins = ["tests.integration.conftest"]


def test_that_never_ends():
    tag = f"{engine.SESSION}:endless"
    assert engine.docker("tag", BASE, tag).returncode == 0
    sleep = {"entrypoint": ["sleep", "600"]}
    with engine.started(engine.Start(image=tag, mounts=(), more=sleep)):
        print("SESSION", engine.SESSION, flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_session_that_is_ended_leaves_nothing(
    base: Base, tmp_path: Path, number: signal.Signals
) -> None:
    """After Ctrl-C, SIGTERM or SIGKILL the containers and images are removed."""
    module = tmp_path / "test_endless.py"
    module.write_text(ENDLESS.replace("BASE", repr(base.tag)))
    pytest_ = (
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "",
        "-s",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
    )
    with subprocess.Popen(
        [*pytest_, "--rootdir", REPO, "-c", REPO / "pyproject.toml", module],
        cwd=REPO,
        env=os.environ | {"PYTHONPATH": os.fspath(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as tests:
        assert tests.stdout is not None
        try:
            said = next((line for line in tests.stdout if "SESSION" in line), "")
            session = said.split()[-1]
            assert len(containers_of(session)) == len(images_of(session)) == 1
            tests.send_signal(number)
            tests.communicate(timeout=PATIENCE)
        finally:
            tests.kill()

    wait_until(lambda: not images_of(session))
    assert containers_of(session) == []
    assert docker("image", "inspect", base.tag).returncode == 0


def test_another_session_on_the_same_image_is_left_alone(image: str) -> None:
    """Two sessions share an image under two names; each removes only its own name."""
    other = f"{SESSION}-other"
    names = [f"{session}:shared" for session in (SESSION, other)]
    assert [docker("tag", image, name).returncode for name in names] == [0, 0]
    sleep = {"entrypoint": ["sleep", "600"]}
    with (
        started(Start(image=names[0], mounts=(), more=sleep)),
        started(Start(image=names[1], mounts=(), more=sleep)) as removed,
    ):
        clean_up(other)

        assert (containers_of(other), images_of(other)) == ([], [])
        assert len(containers_of(SESSION)) == 1
        assert set(names) & set(images_of(SESSION)) == {names[0]}
        # The image to remove at the end is already gone.
        removed._container = None  # noqa: SLF001 (no public way)


def test_a_volume_of_a_compose_project_is_removed() -> None:
    """A command of the documentation keeps the volumes, as an operator wants it."""
    other = f"{SESSION}-other"
    names = [f"{session}-pages_prometheus" for session in (f"{SESSION}x", other)]
    assert [docker("volume", "create", name).returncode for name in names] == [0, 0]
    try:
        clean_up(other)

        assert volumes_of(other) == []
        assert docker("volume", "inspect", names[0]).returncode == 0
    finally:
        docker("volume", "rm", *names)
