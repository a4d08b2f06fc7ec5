"""The tasks of development: what `nox`, the workflow and the scripts have in common."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.checkout import REPO, copy_repo, plain_environment

pytestmark = pytest.mark.one_python

WORKFLOWS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((REPO / ".github" / "workflows").glob("*.yml"))
}
WORKFLOW = WORKFLOWS["ci"]
SUPPORTED = ["3.11", "3.12", "3.13"]


def nox(*arguments: str, cwd: Path = REPO, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run nox to its end, whatever its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=cwd,
        env=plain_environment(**{"CI": "true", **variables}),
        capture_output=True,
        text=True,
        check=False,
    )


def sessions(*arguments: str) -> list[dict[str, Any]]:
    """List the sessions that nox would run."""
    listing = nox("--list", "--json", *arguments)
    found: list[dict[str, Any]] = json.loads(listing.stdout)
    return found


def names(*arguments: str) -> list[str]:
    """Name the sessions that nox would run."""
    return [session["session"] for session in sessions(*arguments)]


def test_plain_nox_runs_what_is_to_be_checked() -> None:
    """Without arguments it is everything but the benchmark, the tests on every supported Python."""
    tests = [f"tests-{python}" for python in SUPPORTED]
    assert names() == ["lint", "integration", *tests, "browser", "package"]


def test_the_benchmark_runs_only_when_asked_for() -> None:
    """Its figures depend on what else the machine does, so no check waits for it."""
    assert names("--session", "bench") == ["bench"]
    assert "bench" not in names()


def test_the_lowest_versions_are_tried_only_when_asked_for() -> None:
    """The tests take minutes; the workflow runs them in a job of its own."""
    assert names("--tags", "minimums") == ["minimums"]
    assert "minimums" not in names()


def test_tags_choose_sessions() -> None:
    """One tag is for all checks, one for measuring."""
    assert names("--tags", "check") == names()
    assert names("--tags", "measure") == ["bench"]


def test_the_oldest_python_is_the_one_that_the_package_requires() -> None:
    """No version is promised that is not tested."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={SUPPORTED[0]}"


def test_the_workflow_runs_every_session_of_plain_nox() -> None:
    """Its jobs call nox with these sessions, each Python of the matrix once, and the minimums."""
    [matrix] = re.findall(r"python: (\[.*\])", WORKFLOW)
    called = re.findall(r'nox --error-on-missing-interpreters --session "?([^"\s]+)', WORKFLOW)
    expanded = [
        session.replace("${PYTHON}", python)
        for session in called
        for python in (json.loads(matrix) if "$" in session else [""])
    ]
    assert expanded == [*names(), "minimums"]


def test_the_gate_needs_every_other_job() -> None:
    """A job that is forgotten there could fail without anybody noticing."""
    jobs = re.findall(r"^  ([a-z-]+):\n    name:", WORKFLOW, re.MULTILINE)
    [needs] = re.findall(r"needs: \[(.*)\]", WORKFLOW)
    assert [*needs.split(", "), "all-green"] == jobs


def test_every_action_is_pinned_by_commit() -> None:
    """A tag can be moved to other code; a commit cannot. The tag stands behind it for readers."""
    uses = [use for text in WORKFLOWS.values() for use in re.findall(r"uses: (.*)", text)]
    assert len(uses) > len(WORKFLOWS)
    assert [use for use in uses if not re.fullmatch(r"\S+@[0-9a-f]{40} # v[0-9.]+", use)] == []


def test_everything_installs_the_same_uv() -> None:
    """README, scripts, noxfile and workflow name one version, so that one change moves all."""
    files = [
        *("README.md", ".ci/run", "noxfile.py", "scripts/obs/_shim.py", "docker/obs/Dockerfile")
    ]
    pins = [
        pin for name in files for pin in re.findall(r"uv==([0-9.]+)", (REPO / name).read_text())
    ]
    pins += re.findall(r'UV_VERSION: "(.*)"', WORKFLOW)
    assert len(pins) == len(files) + 2
    assert len(set(pins)) == 1


def test_the_image_has_the_version_of_the_package() -> None:
    """The label of the image cannot read the version, so the Dockerfile repeats it."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    dockerfile = (REPO / "docker" / "obs" / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^ARG VERSION=(.*)$", dockerfile, re.MULTILINE) == [project["version"]]


def test_the_contributing_guide_lists_every_session() -> None:
    """The table of sessions has the sessions of nox."""
    table = (REPO / "CONTRIBUTING.md").read_text("utf-8").split("| session | does |", 1)[1]
    heads = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert re.findall(r"`(.*?)`", "".join(heads)) == [*names(), "minimums", "bench"]


@pytest.fixture
def for_a_missing_python(tmp_path: Path) -> Path:
    """Make a copy of the noxfile that supports one Python, which no machine has."""
    text = (REPO / "pyproject.toml").read_text("utf-8")
    for python in SUPPORTED:
        text = text.replace(f'"Programming Language :: Python :: {python}",', "")
    text = text.replace(':: Python :: 3"', ':: Python :: 3.99"')
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    shutil.copy(REPO / "noxfile.py", tmp_path)
    return tmp_path


def test_a_missing_python_is_skipped_and_said_so(for_a_missing_python: Path) -> None:
    """Whoever has one Python can run the tests with that one, on a CI machine too."""
    outcome = nox("--session", "tests", cwd=for_a_missing_python)
    assert outcome.returncode == 0
    assert "tests-3.99 skipped: Python interpreter 3.99 not found" in outcome.stderr


def test_a_missing_python_is_an_error_where_the_workflow_says_so(
    for_a_missing_python: Path,
) -> None:
    """The matrix of the workflow provides every Python, so one that is missing is a mistake."""
    outcome = nox("--error-on-missing-interpreters", "--session", "tests", cwd=for_a_missing_python)
    assert outcome.returncode != 0


@pytest.fixture
def without_an_engine(tmp_path: Path) -> str:
    """Make a path on which Docker's client finds no engine."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def test_without_an_engine_integration_is_skipped_and_says_how_to_get_one(
    without_an_engine: str,
) -> None:
    """Whoever works on something else is not stopped, but told what was not run."""
    outcome = nox("--session", "integration", "--no-venv", PATH=without_an_engine, CI="")
    assert outcome.returncode == 0
    assert "Session integration skipped: no container engine answers" in outcome.stderr
    assert "docs/ops/container.md" in outcome.stderr
    assert "## Getting an engine" in (REPO / "docs" / "ops" / "container.md").read_text("utf-8")


def test_without_an_engine_continuous_integration_fails(without_an_engine: str) -> None:
    """There a session that is skipped would look like one that has passed."""
    outcome = nox("--session", "integration", "--no-venv", PATH=without_an_engine)
    assert outcome.returncode != 0
    assert "no container engine answers" in outcome.stderr


def test_without_a_browser_its_session_is_skipped_and_fails_in_continuous_integration(
    tmp_path: Path,
) -> None:
    """Whoever has no Chromium can run all the rest, and CI cannot pass without having looked."""
    nothing = os.fspath(tmp_path)
    skipped = nox("--session", "browser", "--no-venv", PATH=nothing, CI="")
    failed = nox("--session", "browser", "--no-venv", PATH=nothing)

    assert skipped.returncode == 0
    assert "Session browser skipped: no browser is there: install Chromium" in skipped.stderr
    assert failed.returncode != 0
    assert "no browser is there" in failed.stderr


class Machine:
    """A machine on which every program that `.ci/run` may start is a stand-in.

    Its pip is missing until apt-get brings it, and its uv prints what the test wants.
    """

    def __init__(self, folder: Path) -> None:
        """Make the programs."""
        self.repo = copy_repo(folder / "repo")
        self.calls = folder / "calls"
        self._programs = folder / "programs"
        self._programs.mkdir()
        self.program("apt-get", f'echo "apt-get $*" >> {self.calls}')
        self.program(
            "python3",
            f'echo "python3 $*" >> {self.calls}\n'
            f'[ "$3" != --version ] || exec grep -q "install.*python3-pip" {self.calls}',
        )
        self.program("pyenv", 'printf "%s\\n" 3.10.13 3.12.1 3.11.7 3.14.0 pypy3.11-7.3.15')
        self.program("chromium", ":")
        self.engine = folder / "engine"
        # An engine answers as long as this file is there.
        self.engine.touch()
        self.program("docker", f'[ "$1" != info ] || [ -e {self.engine} ]')
        self.program(
            "dockerd",
            f'echo "dockerd $*" >> {self.calls}\n'
            f'trap "rm {self.engine}; exit" TERM\n'
            f'echo $$ > "$2"\necho $$ > {self.engine}\n'
            "while :; do sleep 0.05; done",
        )

    def program(self, name: str, script: str) -> None:
        """Put a stand-in for a program on the path."""
        path = self._programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def ci(self, printed: str, code: int) -> subprocess.CompletedProcess[str]:
        """Run `.ci/run` where the tests print this and end with this code."""
        uv = self.repo / ".uv" / "bin" / "uv"
        uv.parent.mkdir(parents=True)
        uv.write_text(
            f'#!/bin/sh\necho "uv $*; pythons $PYENV_VERSION" >> {self.calls}\n'
            f"cat <<'END'\n{printed}\nEND\nexit {code}\n"
        )
        uv.chmod(0o755)
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [self.repo / ".ci" / "run"],
            cwd=self._programs,
            env=plain_environment(PATH=path),
            capture_output=True,
            text=True,
            check=False,
        )


def test_ci_installs_what_is_missing_before_the_tests(tmp_path: Path) -> None:
    """On a machine without pip, apt-get brings it, then uv is installed, then nox runs."""
    machine = Machine(tmp_path)
    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)
    assert outcome.returncode == 0, outcome.stderr
    check, update, install, pip, tests = machine.calls.read_text().splitlines()
    assert check == "python3 -m pip --version"
    assert update.startswith("apt-get update")
    assert install.startswith("apt-get install")
    assert "python3-pip" in install.split()
    assert pip.startswith("python3 -m pip install")
    assert tests == "uv run nox; pythons 3.11.7:3.12.1"


def test_ci_installs_a_browser_where_there_is_none() -> None:
    """The pages are looked at in continuous integration, too."""
    script = (REPO / ".ci" / "run").read_text("utf-8")

    assert re.search(r"command -v chromium .*\|\| missing\+=\(chromium ", script)


def test_ci_starts_an_engine_where_none_answers_and_ends_it(tmp_path: Path) -> None:
    """Engine, Compose and what builds a base are installed first; no daemon is left behind."""
    machine = Machine(tmp_path)
    machine.engine.unlink()

    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)

    assert outcome.returncode == 0, outcome.stderr
    assert "A container engine is running." in outcome.stdout
    calls = machine.calls.read_text().splitlines()
    install = next(call for call in calls if "docker.io" in call)
    assert {word.split("/")[0] for word in install.split()} >= {
        *("docker.io", "docker-cli", "docker-compose", "docker-buildx", "iptables", "mmdebstrap")
    }
    start = next(call for call in calls if call.startswith("dockerd "))
    assert calls.index(install) < calls.index(start) < len(calls) - 1
    assert calls[-1].startswith("uv run nox")
    assert not machine.engine.exists(), "the engine is still running"
    assert not Path(start.split()[-1]).parent.exists(), "the state of the engine is left behind"


def test_ci_leaves_an_engine_alone_that_was_there(tmp_path: Path) -> None:
    """A second one would take the network of the first away."""
    machine = Machine(tmp_path)

    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)

    assert "A container engine answers already." in outcome.stdout
    assert machine.engine.exists()
    assert "dockerd" not in machine.calls.read_text()


def test_ci_fails_where_no_engine_starts(tmp_path: Path) -> None:
    """The last lines of the engine's log say why, and no test is run without it."""
    machine = Machine(tmp_path)
    machine.engine.unlink()
    machine.program("dockerd", "echo no room for an engine; exit 1")
    machine.program("sleep", ":")

    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)

    assert outcome.returncode == 1
    assert "no room for an engine" in outcome.stderr
    assert "uv run" not in machine.calls.read_text()


def test_ci_ends_with_the_counts_of_all_sessions(tmp_path: Path) -> None:
    """The last line adds up the closing lines of pytest; what else is printed does not count."""
    printed = (
        "collected 900 items, 3 passed in review\n"
        "======== 810 passed, 1 skipped in 75.20s (0:01:15) ========\n"
        "\x1b[31m==== \x1b[31m\x1b[1m2 failed\x1b[0m, \x1b[32m808 passed\x1b[0m,"
        " 1 error\x1b[31m in 60.00s\x1b[0m\x1b[31m ====\x1b[0m\n"
        "nox > Session lint was successful"
    )
    outcome = Machine(tmp_path).ci(printed, 3)
    assert outcome.returncode == 3
    assert outcome.stdout.splitlines()[-1] == "1618 passed, 3 failed"


def test_ci_fails_where_no_test_has_run(tmp_path: Path) -> None:
    """Sessions that are all skipped are no success."""
    outcome = Machine(tmp_path).ci("nox > Session tests-3.11 skipped", 0)
    assert outcome.returncode == 1
    assert outcome.stdout.splitlines()[-1] == "0 passed, 0 failed"
    assert "No test has run" in outcome.stderr
