"""The wrappers with a real engine: current directories, folders and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.engine import SESSION, exists
from tests.integration.jobs import OWNER, STAGE1
from tests.integration.locks import is_waited_for, locked
from tests.integration.reaper import containers_of
from tests.integration.ways import WRAPPERS, wrapper_run
from tests.support.artifacts import names_of
from tests.support.checkout import REPO, copy_repo, plain_environment
from tests.support.program import PATIENCE, tree, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = ("--date", "2025-12-18")
OF_A_SNAPSHOT = names_of("2025-12-18") - {"stage1_trend.json", "stage1_trend.md"}


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("snapshot", DAY, 0),
        ("snapshot", (*DAY, "--config", "/missing.toml"), 1),
        ("snapshot", (*DAY, "--fail-on-new-alerts"), 2),
        ("trends", (*DAY, "--fail-on", "hold"), 2),
        ("trends", (*DAY, "--no-such-option"), 64),
    ],
    ids=str,
)
def test_arguments_and_exit_codes_pass_through(
    variables: dict[str, str], reports: Path, name: str, arguments: tuple[str, ...], code: int
) -> None:
    """The wrapper runs the command, and prints the reports folder on standard error."""
    if name == "trends":
        # A trend needs a reports folder.
        assert wrapper_run("snapshot", *DAY, cwd=REPO, variables=variables).code == 0

    outcome = wrapper_run(name, *arguments, cwd=REPO, variables=variables)

    assert outcome.code == code, outcome.err
    assert f"reports go to {reports / STAGE1} " in outcome.err
    assert "reports go to" not in outcome.out


def test_standard_output_is_that_of_the_program(variables: dict[str, str], tmp_path: Path) -> None:
    """A script can read standard output; Docker and Compose do not write to it."""
    building = variables | {"PEAK_PULL_POLICY": ""}

    outcome = wrapper_run("snapshot", *DAY, "--format", "json", cwd=tmp_path, variables=building)

    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("{\n")
    assert outcome.out.endswith("}\n")


@pytest.mark.parametrize(
    "name", ["with blanks in it", 'it\'s $HOME: "quoted" #1', "r\u00e9gle \u96ea", "-dash"]
)
def test_a_missing_reports_folder_is_made_as_the_calling_user(
    variables: dict[str, str], tmp_path: Path, name: str
) -> None:
    """The folder may have any name, relative or absolute; its files belong to the calling user."""
    folder = tmp_path / "not there" / name
    named = {"PEAK_REPORTS_DIR": os.path.relpath(folder, REPO)}

    outcome = wrapper_run("snapshot", *DAY, cwd=tmp_path, variables=variables | named)

    assert outcome.code == 0, outcome.err
    assert f"reports go to {folder / STAGE1} " in outcome.err
    assert {path.stat().st_uid for path in folder.parent.rglob("*")} == {os.geteuid()}
    assert {Path(path).name for path in tree(folder)} == OF_A_SNAPSHOT


def test_a_blank_folder_counts_as_not_given(variables: dict[str, str], tmp_path: Path) -> None:
    """As on the host, the reports go to the reports folder of the repo."""
    blank = {"PEAK_REPORTS_DIR": "  ", "PEAK_TELEMETRY_DIR": "\t", "PEAK_CONFIG": ""}

    outcome = wrapper_run("snapshot", "--help", cwd=tmp_path, variables=variables | blank)

    assert outcome.code == 0, outcome.err
    assert f"reports go to {REPO / 'reports' / STAGE1} " in outcome.err


def test_a_missing_telemetry_folder_is_a_clear_error(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """A missing telemetry folder is an error that names it, and the folder is not created."""
    missing = tmp_path / "missing"
    named = {"PEAK_TELEMETRY_DIR": os.fspath(missing)}

    outcome = wrapper_run("snapshot", *DAY, cwd=tmp_path, variables=variables | named)

    assert outcome.code == 1
    assert f"does not exist: {missing}" in outcome.err
    assert not missing.exists()


def test_an_image_that_cannot_be_built_is_a_clear_error(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """A failed build prints the output of the builder and then one line with the error."""
    wrong = {"BASE_IMAGE": "peaktrade-ops-no-such-base:none", "PEAK_PULL_POLICY": "build"}

    outcome = wrapper_run("snapshot", *DAY, cwd=tmp_path, variables=variables | wrong)

    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.splitlines()[-1] == (
        "run_stage1_snapshot_docker.sh: the image cannot be built; the lines above say why"
    )


@contextmanager
def started(variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start a wrapper in its own process group; kill the group at the end."""
    with subprocess.Popen(
        [REPO / WRAPPERS["snapshot"], *DAY],
        env=plain_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as wrapper:
        try:
            yield wrapper
        finally:
            wrapper.kill()


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")],
    ids=["SIGTERM", "Ctrl-C"],
)
@pytest.mark.parametrize("whole_group", [False, True], ids=["the wrapper", "its group"])
def test_a_signal_ends_the_program_in_the_container(  # noqa: PLR0913 (cases, fixtures)
    variables: dict[str, str],
    reports: Path,
    number: signal.Signals,
    code: int,
    word: str,
    *,
    whole_group: bool,
) -> None:
    """A service manager signals one process or all; in both cases the container ends."""
    with locked(reports / STAGE1, OWNER) as folder, started(variables) as wrapper:
        wait_until(lambda: is_waited_for(folder))
        if whole_group:
            os.killpg(wrapper.pid, number)
        else:
            wrapper.send_signal(number)
        _, said = wrapper.communicate(timeout=PATIENCE)

    assert wrapper.returncode == code
    assert said.endswith(f"peaktrade-ops: {word}; every artifact is whole, old or new\n")
    assert containers_of(SESSION) == []
    assert tree(reports) == {}


@pytest.mark.parametrize(
    ("number", "code", "whole_group"),
    [
        (signal.SIGTERM, 143, False),
        (signal.SIGINT, 130, True),
        (signal.SIGHUP, 143, False),
    ],
    ids=["SIGTERM", "Ctrl-C", "SIGHUP"],
)
@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.4, 0.6])
def test_a_signal_is_not_lost_whenever_it_comes(  # noqa: PLR0913 (cases, fixtures)
    variables: dict[str, str],
    reports: Path,
    seconds: float,
    number: signal.Signals,
    code: int,
    *,
    whole_group: bool,
) -> None:
    """The result is the same before the container exists, while it starts and while it loads."""
    with locked(reports / STAGE1, OWNER), started(variables) as wrapper:
        time.sleep(seconds)
        if whole_group:
            os.killpg(wrapper.pid, number)
        else:
            wrapper.send_signal(number)
        wrapper.communicate(timeout=PATIENCE)

    assert wrapper.returncode == code
    assert containers_of(SESSION) == []
    assert tree(reports) == {}


def test_an_image_that_is_not_there_is_a_clear_error(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """The message says that the image is not loaded; no image is built under its name."""
    wrong = {"PEAK_IMAGE": f"{SESSION}:typo", "PEAK_PULL_POLICY": "never"}

    outcome = wrapper_run("snapshot", *DAY, cwd=tmp_path, variables=variables | wrong)

    assert outcome.code == 1
    assert f"image {SESSION}:typo is not there" in outcome.err
    assert not exists(f"{SESSION}:typo")


def test_the_env_file_of_compose_counts(compose_variables: dict[str, str], tmp_path: Path) -> None:
    """The wrappers use the folders, the image and the options of the env file."""
    repo = copy_repo(tmp_path / "repo")
    kept = compose_variables | {
        "PEAK_TELEMETRY_DIR": "samples/telemetry",
        "PEAK_REPORTS_DIR": "elsewhere",
        "PEAK_FAIL_ON_NEW_ALERTS": "1",
        "BASE_IMAGE": "no-such-base",
    }
    (repo / ".env").write_text("".join(f"{name}={value}\n" for name, value in kept.items()))

    outcome = wrapper_run("snapshot", *DAY, cwd=tmp_path, variables={}, repo=repo)

    assert outcome.code == 2, outcome.err
    assert f"reports go to {repo / 'elsewhere' / STAGE1} " in outcome.err
    assert {Path(path).name for path in tree(repo / "elsewhere")} == OF_A_SNAPSHOT
