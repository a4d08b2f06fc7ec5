"""`scripts/obs`: the earlier names of two commands, started by any Python."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.artifacts import names_of
from tests.support.checkout import REPO, copy_repo, plain_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

SNAPSHOT = "stage1_daily_snapshot.py"
TREND = "stage1_trend_report.py"
# The options of the earlier scripts.
OPTIONS = {
    SNAPSHOT: "--repo --out-dir --max-depth --max-files --legacy-regex --fail-on-new-alerts",
    TREND: "--dir --reports-root --days",
}
# A Python without any installed package.
BARE = [getattr(sys, "_base_executable", sys.executable), "-S", "-E", "-s"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the repo without an environment."""
    return copy_repo(tmp_path / "checkout")


@pytest.fixture
def installed(checkout: Path) -> Path:
    """Return a copy of the repo with the environment of the tests."""
    (checkout / ".venv").symlink_to(sys.prefix)
    return checkout


def start(
    command: list[str], cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command; return its outcome, whatever its exit code."""
    env = plain_environment(**(environment or {}))
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", [SNAPSHOT, TREND])
def test_without_an_environment_one_line_says_how_to_install(checkout: Path, script: str) -> None:
    """A Python without the dependencies exits with 1 and one line, without a traceback."""
    run = start([*BARE, f"scripts/obs/{script}", "--help"], checkout)
    assert run.returncode == 1
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert f"cd '{checkout}' && python3 -m pip install " in run.stderr


def test_the_command_that_installs_begins_like_that_of_the_readme(checkout: Path) -> None:
    """The command and the README install the same version of uv in the same folder."""
    run = start([*BARE, f"scripts/obs/{SNAPSHOT}"], checkout)
    pip = re.search(r"python3 -m pip install [^&]+ && \.uv/bin/uv", run.stderr)
    assert pip
    assert pip.group() in (REPO / "README.md").read_text("utf-8")


@pytest.mark.parametrize("script", [SNAPSHOT, TREND])
def test_an_environment_that_is_broken_is_tried_once(checkout: Path, script: str) -> None:
    """If the Python of the repo has no dependencies either, the script does not start it again."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\necho started >> "{checkout}/starts"\nexec {BARE[0]} -S -E "$@"\n'
    )
    python.chmod(0o755)
    run = start([*BARE, f"scripts/obs/{script}"], checkout)
    assert run.returncode == 1
    assert (checkout / "starts").read_text() == "started\n"
    assert "to install it" in run.stderr


@pytest.mark.parametrize("script", [SNAPSHOT, TREND])
def test_the_environment_of_the_repo_is_found_from_anywhere(
    installed: Path, tmp_path: Path, script: str
) -> None:
    """The script starts again with the Python of the repo, and accepts all earlier options."""
    run = start([*BARE, os.fspath(installed / "scripts" / "obs" / script), "--help"], tmp_path)
    assert run.returncode == 0, run.stderr
    assert set(OPTIONS[script].split()) <= set(re.findall(r"--[a-z-]+", run.stdout))


@pytest.mark.parametrize("script", [SNAPSHOT, TREND])
def test_the_script_can_be_started_as_a_program(installed: Path, script: str) -> None:
    """The script is executable, and `python3` may be any Python."""
    run = start([f"scripts/obs/{script}", "--help"], installed)
    assert run.returncode == 0, run.stderr


def test_a_python_with_the_dependencies_needs_no_environment(checkout: Path) -> None:
    """If the package can be imported, the script does not start again."""
    run = start([sys.executable, f"scripts/obs/{TREND}", "--help"], checkout)
    assert run.returncode == 0, run.stderr


def test_reports_go_where_the_earlier_scripts_wrote_them(installed: Path) -> None:
    """The default folder of both is `reports/obs/stage1` in the repo."""
    day = ["--as-of", "2025-12-20T12:00:00Z"]
    snapshot = start([*BARE, f"scripts/obs/{SNAPSHOT}", *day], installed)
    trend = start([*BARE, f"scripts/obs/{TREND}", "--days", "3", *day], installed)
    assert (snapshot.returncode, trend.returncode) == (0, 0), snapshot.stderr + trend.stderr
    names = {path.name for path in (installed / "reports" / "obs" / "stage1").iterdir()}
    assert names == names_of("2025-12-20")


def test_named_folders_are_those_of_the_earlier_scripts(installed: Path, tmp_path: Path) -> None:
    """`--out-dir` is relative to `--repo`, and `--dir` is the folder itself."""
    telemetry = installed / "samples" / "telemetry"
    out = ["--repo", os.fspath(telemetry), "--out-dir", "mine"]
    snapshot = [*BARE, os.fspath(installed / "scripts" / "obs" / SNAPSHOT), *out]
    trend = [*BARE, os.fspath(installed / "scripts" / "obs" / TREND)]
    trend += ["--dir", os.fspath(telemetry / "mine"), "--days", "1"]
    for command in (snapshot, trend):
        run = start([*command, "--date", "2025-12-18"], tmp_path)
        assert run.returncode == 0, run.stderr
    stored = json.loads((telemetry / "mine" / "stage1_trend.json").read_text("utf-8"))
    assert stored["rollups"]["go_no_go"] == "NO_GO"


def test_the_gate_of_the_earlier_script_is_an_exit_code(installed: Path) -> None:
    """`--fail-on-new-alerts` exits with 2 on a day with alerts, and with 0 on one without."""
    command = [*BARE, f"scripts/obs/{SNAPSHOT}", "--repo", "samples/telemetry"]
    command += ["--fail-on-new-alerts", "--date"]
    codes = {
        day: start([*command, day], installed).returncode for day in ("2025-12-18", "2025-12-20")
    }
    assert codes == {"2025-12-18": 2, "2025-12-20": 0}
