"""Development tasks: nox sessions, the workflow and the CI scripts agree."""

from __future__ import annotations

import contextlib
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from tests.support.checkout import REPO, copy_repo, plain_environment, repo_files
from tests.support.examples import SHARE_VARIABLE
from tests.support.pages import BLOCKS
from tests.support.workflows import workflow

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.one_python

WORKFLOWS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((REPO / ".github" / "workflows").glob("*.yml"))
}
WORKFLOW = WORKFLOWS["ci"]
SUPPORTED = ["3.11", "3.12", "3.13", "3.14"]
UV_PIN = re.compile(rb"\buv==[0-9]")
ELSEWHERE = "not browser and not campaigns and not cluster and not integration and not monitoring"


def nox(*arguments: str, cwd: Path = REPO, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run nox; return the finished process, whatever its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=cwd,
        env=plain_environment(**{"CI": "true", **variables}),
        capture_output=True,
        text=True,
        check=False,
    )


def sessions(*arguments: str) -> list[dict[str, Any]]:
    """Return the sessions that nox would run."""
    listing = nox("--list", "--json", *arguments)
    found: list[dict[str, Any]] = json.loads(listing.stdout)
    return found


def names(*arguments: str) -> list[str]:
    """Return the names of the sessions that nox would run."""
    return [session["session"] for session in sessions(*arguments)]


def test_plain_nox_runs_what_is_to_be_checked() -> None:
    """Plain nox runs all checks, with the tests on every supported Python."""
    tests = [f"tests-{python}" for python in SUPPORTED]
    assert names() == [
        "lint",
        "integration",
        *tests,
        "campaign",
        "browser",
        "cluster",
        "monitoring",
        "package",
    ]


def test_the_benchmark_runs_only_when_asked_for() -> None:
    """The results of the benchmark depend on the load of the machine, so no check runs it."""
    assert names("--session", "bench") == ["bench"]
    assert "bench" not in names()


def test_the_lowest_versions_are_tried_only_when_asked_for() -> None:
    """The session takes minutes, so the workflow runs it in its own job."""
    assert names("--tags", "minimums") == ["minimums"]
    assert "minimums" not in names()


class Recorder:
    """A session that runs nothing, and keeps the commands with their variables."""

    posargs = ()

    def __init__(self, python: str, folder: Path) -> None:
        """Record the commands of a Python whose environment is in a folder."""
        self.python = python
        self.virtualenv = SimpleNamespace(location=os.fspath(folder))
        self.commands: list[tuple[tuple[str, ...], dict[str, str]]] = []

    def run(self, *command: str, env: dict[str, str]) -> None:
        """Keep a command."""
        self.commands.append((command, env))


@pytest.fixture(scope="module")
def session_of() -> FunctionType:
    """Return the function of the session of the tests; nox registers its sessions only once."""
    with contextlib.chdir(REPO):
        found = runpy.run_path("noxfile.py")["tests"].func
    assert isinstance(found, FunctionType)
    return found


@pytest.fixture
def tested(
    session_of: FunctionType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Recorder]:
    """Return a function that records what the session of the tests runs with a Python."""
    monkeypatch.delenv(SHARE_VARIABLE, raising=False)
    monkeypatch.setitem(session_of.__globals__, "install", lambda *_groups, **_extras: None)

    def record(python: str) -> Recorder:
        recorder = Recorder(python, tmp_path)
        session_of(recorder)
        return recorder

    return record


@pytest.fixture
def having(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that puts only these Pythons on the path."""

    def put(*pythons: str) -> None:
        folder = tmp_path / "-".join(["pythons", *pythons])
        folder.mkdir()
        for python in pythons:
            (folder / f"python{python}").touch(0o755)
        monkeypatch.setenv("PATH", os.fspath(folder))

    return put


@pytest.mark.parametrize("pythons", [SUPPORTED, SUPPORTED[:1]], ids=["of all", "alone"])
def test_the_lowest_python_measures_all_tests(
    tested: Callable[[str], Recorder], having: Callable[..., None], pythons: list[str]
) -> None:
    """It leaves no test out, and tries few examples, because tracing slows each of them down."""
    having(*pythons)
    (run, variables), (report, _) = tested(SUPPORTED[0]).commands

    assert run[:2] == ("coverage", "run")
    assert "one_python" not in " ".join(run)
    assert variables[SHARE_VARIABLE] == "10"
    assert report == ("coverage", "report")


@pytest.mark.parametrize("last", [2, 3])
def test_the_highest_python_of_the_machine_tries_all_examples_of_every_property(
    tested: Callable[[str], Recorder], having: Callable[..., None], last: int
) -> None:
    """No property test is left out there, also if it does not depend on the Python."""
    having(*SUPPORTED[: last + 1])
    [(run, variables)] = tested(SUPPORTED[last]).commands

    assert SHARE_VARIABLE not in variables
    assert run[-1] == f"(not one_python or hypothesis) and {ELSEWHERE}"


def test_the_other_pythons_run_what_depends_on_them(
    tested: Callable[[str], Recorder], having: Callable[..., None]
) -> None:
    """They try few examples of the property tests."""
    having(*SUPPORTED)
    for python in SUPPORTED[1:-1]:
        [(run, variables)] = tested(python).commands

        assert variables[SHARE_VARIABLE] == "10"
        assert run[-1] == f"not one_python and {ELSEWHERE}"


def test_the_number_of_examples_can_be_chosen(
    tested: Callable[[str], Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A developer with the lowest Python alone tries all examples by a variable."""
    monkeypatch.setenv(SHARE_VARIABLE, "100")

    assert tested(SUPPORTED[0]).commands[0][1][SHARE_VARIABLE] == "100"


def test_tags_choose_sessions() -> None:
    """The tag `check` selects all checks, `measure` the benchmark."""
    assert names("--tags", "check") == names()
    assert names("--tags", "measure") == ["bench"]


def test_the_oldest_python_is_the_one_that_the_package_requires() -> None:
    """`requires-python` is the lowest tested Python."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={SUPPORTED[0]}"


def test_the_workflow_runs_every_session_of_plain_nox() -> None:
    """They call each session once, each Python of the matrix, the minimums, and one on macOS."""
    [matrix] = re.findall(r"python: (\[.*\])", WORKFLOW)
    called = re.findall(r'nox --error-on-missing-interpreters --session "?([^"\s]+)', WORKFLOW)
    expanded = [
        session.replace("${PYTHON}", python)
        for session in called
        for python in (json.loads(matrix) if "$" in session else [""])
    ]
    assert expanded == [*names(), "minimums", "tests-3.12"]


def test_the_gate_needs_every_other_job() -> None:
    """A job that the gate does not need could fail without notice; macOS has not passed yet."""
    jobs = re.findall(r"^  ([a-z-]+):\n    name:", WORKFLOW, re.MULTILINE)
    [needs] = re.findall(r"needs: \[(.*)\]", WORKFLOW)
    assert [*needs.split(", "), "macos", "all-green"] == jobs


def test_macos_runs_the_first_command_of_the_readme(tmp_path: Path) -> None:
    """The job takes the command from the README, so it cannot be an older one."""
    [step] = [
        step
        for step in workflow("ci")["jobs"]["macos"]["steps"]
        if step.get("name") == "Run the first command of the README"
    ]
    take, _ = step["run"].split("sh -eux", 1)
    shutil.copy(REPO / "README.md", tmp_path)
    subprocess.run(["bash", "-euc", take], cwd=tmp_path, check=True)  # noqa: S607 (any bash)

    taken = (tmp_path / "first.sh").read_text("utf-8")
    assert taken == next(block.text for block in BLOCKS if block.language == "sh")
    assert taken.count("\n") == 1


def test_every_action_is_pinned_by_commit() -> None:
    """A tag can move to other code, a commit cannot; a comment names the tag for readers."""
    uses = [use for text in WORKFLOWS.values() for use in re.findall(r"uses: ([^$].*)", text)]
    assert len(uses) > len(WORKFLOWS)
    assert [use for use in uses if not re.fullmatch(r"\S+@[0-9a-f]{40} # v[0-9.]+", use)] == []


def test_everything_installs_the_same_uv() -> None:
    """What installs uv takes its hashes from one file; workflows name the same version."""
    files = [
        *("README.md", ".ci/run", "noxfile.py", "scripts/obs/_shim.py", "docker/obs/Dockerfile")
    ]
    assert [name for name in files if "uv.txt" not in (REPO / name).read_text("utf-8")] == []
    assert [name for name in repo_files() if UV_PIN.search((REPO / name).read_bytes())] == [
        "uv.txt"
    ]
    [pin] = re.findall(r"^uv==(\S+) \\$", (REPO / "uv.txt").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r'UV_VERSION: "(.*)"', "".join(WORKFLOWS.values()))) == {pin}
    build = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["build-system"]
    [backend] = map(Requirement, build["requires"])
    # uv builds by itself if its own version is asked for; any other backend has no hash.
    assert backend.name == "uv_build"
    assert pin in backend.specifier


def test_the_contributing_guide_lists_every_session() -> None:
    """The table of sessions lists exactly the sessions of nox, in their order."""
    table = (REPO / "CONTRIBUTING.md").read_text("utf-8").split("| session | does |", 1)[1]
    heads = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert re.findall(r"`(.*?)`", "".join(heads)) == [*names(), "minimums", "bench"]


@pytest.fixture
def for_a_missing_python(tmp_path: Path) -> Path:
    """Return a folder with a noxfile that supports one Python, which no machine has."""
    text = (REPO / "pyproject.toml").read_text("utf-8")
    for python in SUPPORTED:
        text = text.replace(f'"Programming Language :: Python :: {python}",', "")
    text = text.replace(':: Python :: 3"', ':: Python :: 3.99"')
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    shutil.copy(REPO / "noxfile.py", tmp_path)
    return tmp_path


def test_a_missing_python_is_skipped_and_said_so(for_a_missing_python: Path) -> None:
    """A machine with some of the Pythons can run the tests with those, in CI too."""
    outcome = nox("--session", "tests", cwd=for_a_missing_python)
    assert outcome.returncode == 0
    assert "tests-3.99 skipped: Python interpreter 3.99 not found" in outcome.stderr


def test_a_missing_python_is_an_error_where_the_workflow_says_so(
    for_a_missing_python: Path,
) -> None:
    """The workflow installs every Python of its matrix, so a missing one is an error there."""
    outcome = nox("--error-on-missing-interpreters", "--session", "tests", cwd=for_a_missing_python)
    assert outcome.returncode != 0


@pytest.fixture
def without_an_engine(tmp_path: Path) -> str:
    """Return a `PATH` with a docker client that reaches no engine."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def test_without_an_engine_integration_is_skipped_and_says_how_to_get_one(
    without_an_engine: str,
) -> None:
    """Without an engine a developer can run the rest; the message says what was skipped."""
    outcome = nox("--session", "integration", "--no-venv", PATH=without_an_engine, CI="")
    assert outcome.returncode == 0
    assert "Session integration skipped: no container engine answers" in outcome.stderr
    assert "docs/ops/container.md" in outcome.stderr
    assert "## Getting an engine" in (REPO / "docs" / "ops" / "container.md").read_text("utf-8")


def test_without_an_engine_continuous_integration_fails(without_an_engine: str) -> None:
    """A session without a container engine fails in CI."""
    outcome = nox("--session", "integration", "--no-venv", PATH=without_an_engine)
    assert outcome.returncode != 0
    assert "no container engine answers" in outcome.stderr


def test_without_a_browser_its_session_is_skipped_and_fails_in_continuous_integration(
    tmp_path: Path,
) -> None:
    """Without Chromium a developer can run the rest; CI fails, because it must test the pages."""
    nothing = os.fspath(tmp_path)
    skipped = nox("--session", "browser", "--no-venv", PATH=nothing, CI="")
    failed = nox("--session", "browser", "--no-venv", PATH=nothing)

    assert skipped.returncode == 0
    assert "Session browser skipped: no browser is there: install Chromium" in skipped.stderr
    assert failed.returncode != 0
    assert "no browser is there" in failed.stderr


def test_without_prometheus_its_session_is_skipped_and_fails_in_continuous_integration(
    tmp_path: Path,
) -> None:
    """Without Prometheus a developer can run the rest; CI fails, because it tests the alerts."""
    nothing = os.fspath(tmp_path)
    skipped = nox("--session", "monitoring", "--no-venv", PATH=nothing, CI="")
    failed = nox("--session", "monitoring", "--no-venv", PATH=nothing)

    assert skipped.returncode == 0
    assert "Session monitoring skipped: Prometheus or one of its companions" in skipped.stderr
    assert failed.returncode != 0
    assert "install, on Debian, the packages prometheus, prometheus-alertmanager" in failed.stderr


class Machine:
    """A machine with a stub for every program that `.ci/run` may start.

    Pip is missing until apt-get installs it, and uv prints the text of the test.
    """

    def __init__(self, folder: Path) -> None:
        """Create the stubs."""
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
        self.program("pyenv", 'printf "%s\\n" 3.10.13 3.14.0 3.12.1 3.11.7 3.15.0 pypy3.11-7.3.15')
        for name in ("chromium", "prometheus", "prometheus-alertmanager"):
            self.program(name, ":")
        self.program("prometheus-node-exporter", ":")
        self.engine = folder / "engine"
        # The engine answers while this file exists.
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
        """Add a stub of a program to the path."""
        path = self._programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def ci(self, printed: str, code: int) -> subprocess.CompletedProcess[str]:
        """Run `.ci/run` with a test command that prints a text and exits with a code."""
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
    """CI installs pip with apt-get, then uv with pip, and then runs nox."""
    machine = Machine(tmp_path)
    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)
    assert outcome.returncode == 0, outcome.stderr
    check, update, install, pip, tests = machine.calls.read_text().splitlines()
    assert check == "python3 -m pip --version"
    assert update.startswith("apt-get update")
    assert install.startswith("apt-get install")
    assert "python3-pip" in install.split()
    assert pip.startswith("python3 -m pip install")
    assert tests == "uv run nox; pythons 3.11.7:3.12.1:3.14.0"


def test_ci_installs_a_browser_where_there_is_none() -> None:
    """CI tests the pages in a browser too, so it installs one."""
    script = (REPO / ".ci" / "run").read_text("utf-8")

    assert re.search(r"command -v chromium .*\|\| missing\+=\(chromium ", script)


def test_ci_installs_prometheus_where_it_is_missing() -> None:
    """CI tests the alerts with the real Prometheus, so it installs what is missing of it."""
    script = (REPO / ".ci" / "run").read_text("utf-8")

    packages = ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter")
    for package in packages:
        assert re.search(
            rf"^command -v {package} .*\|\| missing\+=\({package}\)$", script, re.MULTILINE
        )
    installed = re.findall(
        r"apt-get install .*--no-install-recommends (prom.*)$", WORKFLOW, re.MULTILINE
    )
    assert [tuple(each.split()) for each in installed] == [packages[:2], packages]


def test_ci_starts_an_engine_where_none_answers_and_ends_it(tmp_path: Path) -> None:
    """CI installs and starts an engine if none answers, and stops it at the end."""
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
    """A second engine would break the network of the first."""
    machine = Machine(tmp_path)

    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)

    assert "A container engine answers already." in outcome.stdout
    assert machine.engine.exists()
    assert "dockerd" not in machine.calls.read_text()


def test_ci_fails_where_no_engine_starts(tmp_path: Path) -> None:
    """The message has the last lines of the engine's log, and no test runs without an engine."""
    machine = Machine(tmp_path)
    machine.engine.unlink()
    machine.program("dockerd", "echo no room for an engine; exit 1")
    machine.program("sleep", ":")

    outcome = machine.ci("=== 5 passed in 1.00s ===", 0)

    assert outcome.returncode == 1
    assert "no room for an engine" in outcome.stderr
    assert "uv run" not in machine.calls.read_text()


def test_ci_ends_with_the_counts_of_all_sessions(tmp_path: Path) -> None:
    """The last line is the sum of the result lines of pytest; other output does not count."""
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
    """If all sessions are skipped, CI fails."""
    outcome = Machine(tmp_path).ci("nox > Session tests-3.11 skipped", 0)
    assert outcome.returncode == 1
    assert outcome.stdout.splitlines()[-1] == "0 passed, 0 failed"
    assert "No test has run" in outcome.stderr
