"""The wrappers in `scripts/obs`: which Docker and Compose they call; both are stubs here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.checkout import REPO, copy_repo, plain_environment

pytestmark = pytest.mark.one_python

WRAPPERS = {
    f"stage1-{name}": f"scripts/obs/run_stage1_{name}_docker.sh" for name in ("snapshot", "trends")
}
# The programs that a wrapper needs besides Docker.
TOOLS = (
    *(
        "awk",
        "basename",
        "bash",
        "cat",
        "dirname",
        "env",
        "grep",
        "mkdir",
        "readlink",
        "sh",
        "sleep",
    ),
)


class Machine:
    """A machine with stubs of Docker and Compose.

    Each stub records its calls, and answers as the test configures it.
    """

    def __init__(self, folder: Path) -> None:
        """Copy the repo, without any stub."""
        self.repo = copy_repo(folder / "a repo")
        self.calls = folder / "calls"
        self.calls.touch()
        self.folder = folder
        self._programs = folder / "programs"
        self._programs.mkdir()
        for name in TOOLS:
            found = shutil.which(name)
            assert found, name
            (self._programs / name).symlink_to(found)

    def install(self, name: str, script: str) -> None:
        """Add a stub to the path."""
        path = self._programs / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.calls}"\n{script}\n')
        path.chmod(0o755)

    def docker(self, *, code: int = 0, own: str = "") -> None:
        """Install a Docker with Compose.

        Args:
            code: The exit code of the run according to Compose.
            own: The answer of the engine about the end of the container, if different.
        """
        self.install(
            "docker",
            f'[ "$1" != compose ] || {{ {self.compose(code=code)}\n}}\n'
            f'[ "$1" != inspect ] || {{ {own or f"echo exited {code}"}; }}',
        )

    def compose(self, *, version: str = "v2.26.1", code: int = 0) -> str:
        """Return the script of a Compose stub whose run exits with a code."""
        reports = {"type": "bind", "source": f"{self.folder}/reports", "target": "/reports"}
        policy = "${PEAK_PULL_POLICY:-build}"
        service = {"image": "an-image", "pull_policy": policy, "volumes": [reports]}
        config = json.dumps({"services": {"peaktrade-ops": service}}, indent=2)
        return (
            'for word in "$@"; do case $word in\n'
            f"version) echo 'Docker Compose version {version}'; exit 0 ;;\n"
            f"config) cat <<END\n{config}\nEND\nexit 0 ;;\n"
            "build) exit 0 ;;\n"
            f'run) echo "policy $PEAK_PULL_POLICY" >> "{self.calls}"; exit {code} ;;\n'
            "esac; done"
        )

    def wrapper(
        self, command: str, *arguments: str, start: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a wrapper, optionally with another command line."""
        return subprocess.run(
            [*(start or [self.repo / WRAPPERS[command]]), *arguments],
            cwd=self.folder,
            env=plain_environment(**{"PATH": os.fspath(self._programs), **variables}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self, word: str) -> list[str]:
        """Return the calls that contain a word."""
        return [call for call in self.calls.read_text().splitlines() if word in call.split()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine without Docker."""
    return Machine(tmp_path)


@pytest.mark.parametrize("command", WRAPPERS)
def test_the_command_and_its_arguments_are_handed_on(machine: Machine, command: str) -> None:
    """The arguments of the wrapper are those of the command, blanks included."""
    machine.docker()

    outcome = machine.wrapper(command, "--config", "a b")

    assert outcome.returncode == 0, outcome.stderr
    [call] = machine.called("run")
    assert call.endswith(f" peaktrade-ops {command} --config a b")
    assert f"--file {machine.repo}/docker-compose.obs.yml" in call


@pytest.mark.parametrize("code", [0, 1, 2, 64])
def test_the_exit_code_is_that_of_the_program(machine: Machine, code: int) -> None:
    """A gate that trips in the container trips outside."""
    machine.docker(code=code)

    assert machine.wrapper("stage1-snapshot").returncode == code


def test_a_zero_of_compose_is_not_believed(machine: Machine) -> None:
    """If Compose loses the exit code, the wrapper still exits with that of the container."""
    machine.docker(code=0, own="echo exited 2")

    assert machine.wrapper("stage1-snapshot").returncode == 2


@pytest.mark.parametrize("own", ["exit 1", "echo", "echo exited", "echo created 0"])
def test_a_container_whose_end_is_not_known_is_an_error(machine: Machine, own: str) -> None:
    """A run whose end is unknown does not count as a success."""
    machine.docker(code=0, own=own)

    outcome = machine.wrapper("stage1-snapshot")

    assert outcome.returncode == 1
    assert "how the container ended is not known" in outcome.stderr


@pytest.mark.parametrize(
    ("code", "own", "said"),
    [
        (17, "exit 1", "the container cannot be run"),
        (125, "echo created 0", "the container cannot be run"),
        (1, "echo running 0", "the container cannot be run"),
        (137, "echo exited 137", "the program was ended from outside, with code 137"),
        (3, "echo exited 3", "the program was ended from outside, with code 3"),
    ],
)
def test_a_code_that_is_not_the_programs_is_1(
    machine: Machine, code: int, own: str, said: str
) -> None:
    """An exit code of Docker or Compose becomes 1, because it could look like that of a gate."""
    machine.docker(code=code, own=own)

    outcome = machine.wrapper("stage1-snapshot")

    assert outcome.returncode == 1
    assert said in outcome.stderr.splitlines()[-1]


def test_the_container_is_there_until_its_end_is_known(machine: Machine) -> None:
    """The container exists until the wrapper has its exit code."""
    machine.docker()

    machine.wrapper("stage1-snapshot")

    [run] = machine.called("run")
    assert "--rm" not in run.split()
    assert [call.split()[1] for call in machine.calls.read_text().splitlines()[-2:]] == [
        "inspect",
        "rm",
    ]


@pytest.mark.parametrize("answer", ["exit 125", "exit 1", "echo unknown command >&2; exit 125"])
def test_a_docker_without_compose_leaves_it_to_docker_compose(
    machine: Machine, answer: str
) -> None:
    """Podman's docker command and old versions of Docker have no Compose."""
    machine.install("docker", f'[ "$1" != compose ] || {{ {answer}; }}; echo exited 0')
    machine.install("docker-compose", machine.compose())

    outcome = machine.wrapper("stage1-snapshot", "--quiet")

    assert outcome.returncode == 0, outcome.stderr
    [call] = machine.called("run")
    assert call.startswith("docker-compose ")


@pytest.mark.parametrize("version", ["1.29.2, build unknown", ""])
def test_a_compose_that_is_too_old_is_an_error_that_says_what_to_install(
    machine: Machine, version: str
) -> None:
    """Compose version 1 cannot read the file."""
    machine.install("docker", '[ "$1" != compose ] || exit 1')
    if version:
        machine.install("docker-compose", machine.compose(version=version))

    outcome = machine.wrapper("stage1-snapshot")

    assert outcome.returncode == 1
    assert outcome.stderr.count("\n") == 1
    assert "install Docker's Compose plugin" in outcome.stderr
    assert machine.called("run") == []


@pytest.mark.parametrize("version", ["v2.26.1", "2.26.1-4", "v5.1.0"])
def test_every_newer_docker_compose_will_do(machine: Machine, version: str) -> None:
    """Distributions print the version in different ways."""
    machine.install("docker", '[ "$1" != compose ] || exit 1; echo exited 0')
    machine.install("docker-compose", machine.compose(version=version))

    assert machine.wrapper("stage1-snapshot").returncode == 0


def test_without_docker_the_error_says_what_to_install(machine: Machine) -> None:
    """A missing Docker is an error of one line, and no folder is created."""
    outcome = machine.wrapper("stage1-snapshot")

    assert outcome.returncode == 1
    assert outcome.stderr == (
        "run_stage1_snapshot_docker.sh: docker is missing;"
        " install Docker, or Podman with its docker command\n"
    )
    assert not (machine.folder / "reports").exists()


def test_the_image_is_built_once_and_then_taken_as_it_is(machine: Machine) -> None:
    """The image is built once, before Compose starts the container."""
    machine.docker()

    machine.wrapper("stage1-snapshot")

    assert len(machine.called("build")) == 1
    assert machine.called("policy") == ["policy never"]


@pytest.mark.parametrize("policy", ["never", "missing"])
def test_an_image_that_was_loaded_is_not_built(machine: Machine, policy: str) -> None:
    """The pull policy `never` disables the build of the image."""
    machine.docker()

    machine.wrapper("stage1-snapshot", PEAK_PULL_POLICY=policy)

    assert machine.called("build") == []
    assert machine.called("policy") == ["policy never"]


def test_an_image_that_is_not_there_is_an_error(machine: Machine) -> None:
    """A missing image is an error, because Compose would build one under its name."""
    machine.docker()
    docker = machine.folder / "programs" / "docker"
    script = docker.read_text()
    docker.write_text(script + '[ "$1" != image ] || exit 1\n')

    outcome = machine.wrapper("stage1-snapshot", PEAK_PULL_POLICY="never")

    assert outcome.returncode == 1
    assert "image an-image is not there; load it, correct PEAK_IMAGE" in outcome.stderr
    assert machine.called("run") == []


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_any_shell_may_start_it_by_any_name(machine: Machine, shell: str) -> None:
    """A wrapper starts by a link, in another shell, and with `CDPATH` set."""
    machine.docker(code=2)
    link = machine.folder / "link"
    link.symlink_to(machine.repo / WRAPPERS["stage1-snapshot"])

    outcome = machine.wrapper("stage1-snapshot", start=(shell, "link"), CDPATH=".")

    assert outcome.returncode == 2
    [call] = machine.called("run")
    assert f"--file {machine.repo}/docker-compose.obs.yml" in call


def test_a_reports_folder_that_cannot_be_made_is_an_error(machine: Machine) -> None:
    """If a file has the name of the folder, the message names it and no container starts."""
    machine.docker()
    (machine.folder / "reports").touch()

    outcome = machine.wrapper("stage1-snapshot")

    assert outcome.returncode == 1
    assert outcome.stderr.splitlines()[-1] == (
        f"run_stage1_snapshot_docker.sh: reports folder {machine.folder}/reports cannot be made;"
        " name another in PEAK_REPORTS_DIR"
    )
    assert machine.called("run") == []


def test_the_container_is_removed_whatever_happened(machine: Machine) -> None:
    """Compose removes it after a run, but not if Compose itself was killed."""
    machine.docker(code=1)

    machine.wrapper("stage1-snapshot")

    [run], [removed] = machine.called("run"), machine.called("rm")
    name = run.split("--name ")[1].split()[0]
    assert removed == f"docker rm --force {name}"


def test_both_wrappers_are_programs() -> None:
    """Both wrappers are executable, and the shared file is not."""
    modes = {path.name: os.access(path, os.X_OK) for path in (REPO / "scripts/obs").glob("*.sh")}
    assert modes == {"_docker.sh": False} | {Path(path).name: True for path in WRAPPERS.values()}
