"""The script `run_l3_no_net.sh`: what it asks of Docker, which is a stub here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from tests.support.checkout import REPO, copy_repo, plain_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

SCRIPT = "scripts/docker/run_l3_no_net.sh"

_DOCKER = """#!/bin/sh
[ "$1" != image ] || [ "$3" != missing ] || exit 1
[ "$1" != run ] || { printf '%s\\n' "$@" > "$CALLS"; exit "${CODE:-0}"; }
[ "$1" != inspect ] || echo "exited ${CODE:-0}"
[ "$1" != rm ] || echo "$@" >> "$CALLS.rm"
"""


class Machine:
    """A copy of the repo, and a stub of Docker that records how it is called."""

    def __init__(self, folder: Path) -> None:
        """Copy the repo and install the stub."""
        self.repo = copy_repo(folder / "a repo")
        self.calls = folder / "calls"
        self.programs = folder / "programs"
        self.programs.mkdir()
        stub = self.programs / "docker"
        stub.write_text(_DOCKER)
        stub.chmod(0o755)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script outside of the repo."""
        path = os.pathsep.join([os.fspath(self.programs), os.environ["PATH"]])
        return subprocess.run(
            [self.repo / SCRIPT, *arguments],
            cwd=self.programs,
            env=plain_environment(**{"PATH": path, "CALLS": os.fspath(self.calls)} | variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self, *arguments: str, **variables: str) -> list[str]:
        """Return the words that the stub of Docker was started with."""
        outcome = self.run(*arguments, **variables)
        assert outcome.returncode == 0, outcome.stderr
        return self.calls.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with a stub of Docker."""
    return Machine(tmp_path)


def after(words: list[str], option: str) -> list[str]:
    """Return the values of an option."""
    return [words[place + 1] for place, word in enumerate(words) if word == option]


def test_the_arguments_follow_the_image(machine: Machine) -> None:
    """The command and its arguments are handed on, blanks included."""
    words = machine.asked("stage1-run", "--config", "a b")

    assert words[-4:] == ["peaktrade-ops:local", "stage1-run", "--config", "a b"]


def test_the_container_is_hardened_like_the_service_of_compose(machine: Machine) -> None:
    """No network, a read-only root, and the rights, limits and /tmp of the Compose file."""
    text = (REPO / "docker-compose.obs.yml").read_text("utf-8")
    service = YAML(typ="safe", pure=True).load(text)["services"]["peaktrade-ops"]
    words = machine.asked("verify")

    assert after(words, "--network") == [service["network_mode"]] == ["none"]
    assert "--read-only" in words
    assert service["read_only"] is True
    assert after(words, "--cap-drop") == service["cap_drop"]
    assert after(words, "--cap-add") == service["cap_add"]
    assert after(words, "--security-opt") == service["security_opt"]
    assert after(words, "--pids-limit") == [str(service["pids_limit"])]
    assert after(words, "--tmpfs") == service["tmpfs"]
    assert after(words, "--pull") == ["never"]


def test_the_variables_of_the_service_are_passed(machine: Machine) -> None:
    """Each variable that Compose passes is passed if it has a value, and no other."""
    text = (REPO / "docker-compose.obs.yml").read_text("utf-8")
    service = YAML(typ="safe", pure=True).load(text)["services"]["peaktrade-ops"]
    names = [name for name in service["environment"] if name != "PEAK_CONFIG"]
    none = machine.asked("verify", **dict.fromkeys(names, ""))
    some = machine.asked("verify", **dict.fromkeys(names, "1"), PEAK_OTHER="1")

    assert after(none, "--env") == ["PEAK_CONFIG=/config/stage1.toml"]
    assert sorted(after(some, "--env")[1:]) == sorted(names)


def test_limits_and_user_come_from_variables(machine: Machine) -> None:
    """Memory is limited without swap; a user that is given needs no rights."""
    default = machine.asked("verify")
    limits = {"PEAK_CPUS": "0.5", "PEAK_MEMORY": "300m", "PEAK_TMP_SIZE": "64m"}
    words = machine.asked("verify", PEAK_USER="1:2", PEAK_IMAGE="own:1", **limits)

    assert (after(default, "--cpus"), after(default, "--memory")) == (["2"], ["2g"])
    assert after(words, "--cpus") == ["0.5"]
    assert after(words, "--memory") == after(words, "--memory-swap") == ["300m"]
    assert ",size=64m," in after(words, "--tmpfs")[0]
    assert (after(words, "--user"), after(words, "--cap-add")) == (["1:2"], [])
    assert words[-2] == "own:1"


def test_names_of_the_earlier_script_win(machine: Machine, tmp_path: Path) -> None:
    """`IMAGE` and `OUT_DIR` name the image and the output folder, which is made."""
    folder = tmp_path / "out"
    own = {"PEAK_IMAGE": "b", "PEAK_REPORTS_DIR": "other"}

    words = machine.asked("verify", IMAGE="a", OUT_DIR=os.fspath(folder), **own)

    assert words[-2] == "a"
    assert f'type=bind,"source={folder}",target=/reports' in after(words, "--mount")
    assert folder.is_dir()
    assert not (machine.repo / "other").exists()


def test_folders_are_relative_to_the_repo(machine: Machine) -> None:
    """As for Compose, from any current directory; blank variables count as not set."""
    words = machine.asked("verify", PEAK_TELEMETRY_DIR="samples/telemetry", OUT_DIR=" ")

    places = [f"{machine.repo}/{path}" for path in ("samples/telemetry", "reports", "stage1.toml")]
    assert after(words, "--mount") == [
        f'type=bind,"source={places[0]}",target=/telemetry,readonly',
        f'type=bind,"source={places[1]}",target=/reports',
        f'type=bind,"source={places[2]}",target=/config/stage1.toml,readonly',
    ]


def test_the_container_is_kept_if_asked(machine: Machine) -> None:
    """Without the variable it is removed; with it the message says how to remove it."""
    removed = machine.calls.with_name("calls.rm")
    outcome = machine.run("verify", KEEP_CONTAINER="1")
    words = machine.calls.read_text().splitlines()
    kept = not removed.exists()
    machine.asked("verify")

    assert outcome.returncode == 0
    assert f"the container stays; docker rm {after(words, '--name')[0]} " in outcome.stderr
    assert kept
    assert removed.read_text().startswith("rm --force peaktrade-ops-")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"KEEP_CONTAINER": "yes"}, "KEEP_CONTAINER is 'yes'; set it to 1"),
        ({"PEAK_IMAGE": "missing"}, "image missing is not there, or docker does not answer; build"),
        ({"PEAK_TELEMETRY_DIR": "nowhere"}, "/nowhere is missing; name another in PEAK_TELEM"),
        ({"PEAK_CONFIG": "nowhere"}, "/nowhere is missing; name another in PEAK_CONFIG"),
        ({"OUT_DIR": "README.md"}, "README.md cannot be made; name another in PEAK_REPORTS_DIR"),
        ({"CODE": "137"}, "the program was ended from outside, with code 137; memory may be short"),
    ],
)
def test_a_mistake_is_one_clear_line(
    machine: Machine, variables: dict[str, str], said: str
) -> None:
    """The exit code is 1, which is that of a job that failed, and never that of a gate."""
    outcome = machine.run("verify", **variables)

    assert outcome.returncode == 1
    assert said in outcome.stderr.splitlines()[-1]


@pytest.mark.parametrize("code", [0, 1, 2, 64, 130, 143])
def test_the_exit_code_is_that_of_the_program(machine: Machine, code: int) -> None:
    """A gate that trips in the container trips outside."""
    assert machine.run("verify", CODE=str(code)).returncode == code


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_variable_and_starts_nothing(machine: Machine, option: str) -> None:
    """The help lists the variables that the script reads, and needs no Docker."""
    (machine.programs / "docker").unlink()
    outcome = machine.run(option)

    script = (REPO / SCRIPT).read_text("utf-8")
    read = set(re.findall(r"\$\{([A-Z][A-Z_]+)-\}", script))
    assert outcome.returncode == 0
    assert {name for name in read if name not in outcome.stdout.replace(",", " ").split()} == set()
    assert {"KEEP_CONTAINER", "OUT_DIR", "PEAK_CPUS", "PEAK_MEMORY"} <= read
    assert outcome.stderr == ""


def test_help_of_the_program_follows_two_dashes(machine: Machine) -> None:
    """`-- --help` reaches the program."""
    assert machine.asked("--", "--help")[-1] == "--help"


def test_nothing_is_no_command(machine: Machine) -> None:
    """Without a command the help goes to standard error, and the command line is wrong."""
    outcome = machine.run()

    assert (outcome.returncode, outcome.stdout) == (64, "")
    assert outcome.stderr.startswith("Usage: ")


@pytest.mark.skipif(not shutil.which("dash"), reason="dash is not installed")
def test_another_shell_leaves_it_to_bash(machine: Machine) -> None:
    """`sh SCRIPT` works where sh is no Bash."""
    outcome = subprocess.run(
        ["dash", machine.repo / SCRIPT, "--help"],  # noqa: S607 (wherever the system keeps it)
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.stdout.startswith("Usage: ")
