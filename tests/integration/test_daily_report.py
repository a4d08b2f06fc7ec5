"""The scheduled workflow: its steps with the real Docker, and all of it as act reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.checkout import REPO, copy_repo, plain_environment
from tests.support.program import Outcome, epoch
from tests.support.workflows import Runner, workflow

if TYPE_CHECKING:
    from collections.abc import Mapping

JOBS = workflow("daily-report")["jobs"]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Return a runner with a copy of the repo and the real Docker."""
    return Runner(tmp_path, copy_repo(tmp_path / "repo"), stub_docker=False)


def summaries(runner: Runner) -> int:
    """Return the number of days that have a report."""
    return len(list((runner.checkout / "reports" / "obs" / "stage1").glob("*_summary.json")))


def test_the_samples_are_reported_by_the_container(
    compose_variables: dict[str, str], runner: Runner
) -> None:
    """Without telemetry the container reports the samples, and their NO_GO passes."""
    outcome = runner.run(JOBS["samples"], {}, **compose_variables)

    assert outcome.code == 0, outcome.log
    assert "Verdict: **NO_GO**" in outcome.summary
    assert outcome.artifact == "stage1-sample-reports"
    assert summaries(runner) == 8


def test_the_verdict_of_the_container_fails_the_job(
    compose_variables: dict[str, str], runner: Runner
) -> None:
    """The samples have no events of yesterday; empty inputs count as not given."""
    values = {
        "github.token": "a token",
        "inputs.date": "",
        "inputs.days": "",
        "inputs.fail_on": "",
        "vars.PEAK_TELEMETRY_DIR": "samples/telemetry",
    }

    outcome = runner.run(JOBS["report"], values, **compose_variables)

    assert outcome.code == 2, outcome.log
    assert "Verdict: **HOLD**" in outcome.summary
    assert outcome.artifact == "stage1-telemetry-reports"
    assert summaries(runner) == 14


_UPLOAD = """name: upload
description: Show what would be uploaded.
inputs: {name: {required: true}, path: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", PLACE: "${{ inputs.path }}"}
      run: echo "uploading $NAME with $(ls "$PLACE" | wc -l) files"
"""


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command = ("git", "-C", os.fspath(folder), *who, *arguments)
    subprocess.run(command, check=True, capture_output=True)


def commit(folder: Path) -> None:
    """Make a folder a repository with one commit."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


def act(runner: Runner, home: Path, variables: Mapping[str, str], *options: str) -> Outcome:
    """Run the workflow by act on this machine, with stubs of `gh` and of the upload.

    Args:
        runner: The checkout and the stubs.
        home: A new folder for what act keeps.
        variables: More variables of the environment.
        options: More options of act.
    """
    program = Path(sys.executable).with_name("act")
    assert program.exists(), "act is missing: it is in the dependency group integration"
    text = (REPO / ".github" / "workflows" / "daily-report.yml").read_text("utf-8")
    [upload] = set(re.findall(r"actions/upload-artifact@\w+", text))
    stub = home / "upload"
    stub.mkdir(parents=True)
    (stub / "action.yml").write_text(_UPLOAD)
    commit(stub)
    commit(runner.checkout)
    git(runner.checkout, "remote", "add", "origin", "https://github.com/owner/repository.git")
    passed = dict(variables) | runner.github.variables
    finished = subprocess.run(
        [
            *(program, "workflow_dispatch", "-W", ".github/workflows/daily-report.yml"),
            *("-P", "ubuntu-24.04=-self-hosted", "-s", "GITHUB_TOKEN=a-token"),
            *("--local-repository", f"{upload}={stub}"),
            *(word for name, value in passed.items() for word in ("--env", f"{name}={value}")),
            *options,
        ],
        cwd=runner.checkout,
        env=plain_environment(
            HOME=os.fspath(home),
            PATH=os.pathsep.join([os.fspath(runner.programs), os.environ["PATH"]]),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(finished.returncode, finished.stdout, finished.stderr)


def test_act_runs_the_workflow_and_opens_an_issue(
    compose_variables: dict[str, str], runner: Runner, tmp_path: Path
) -> None:
    """The outputs of the job that failed reach the job of the issue; the samples are skipped."""
    day = ("--input", "date=2025-12-20", "--input", "days=8", "--input", "fail_on=hold")
    now = {"SOURCE_DATE_EPOCH": epoch("2025-12-21T00:23:00+00:00")}

    outcome = act(
        *(runner, tmp_path / "home", {**compose_variables, **now}),
        *("--var", "PEAK_TELEMETRY_DIR=samples/telemetry", *day),
    )

    assert outcome.code == 1, outcome.out + outcome.err
    assert "Job 'Report' failed" in outcome.err
    assert re.search(r"uploading stage1-telemetry-reports with \d\d files", outcome.out), outcome
    assert re.search(r"Daily report/Issue\s*\] .*Job succeeded", outcome.out), outcome
    assert "Daily report/Samples" not in outcome.out
    [issue] = runner.github.issues
    assert "Verdict: **NO_GO**" in issue["body"]
    assert issue["title"] == "Stage 1: NO_GO"


def test_act_reports_the_samples_without_an_issue(
    compose_variables: dict[str, str], runner: Runner, tmp_path: Path
) -> None:
    """Without telemetry a start by hand passes, although the verdict of the samples is NO_GO."""
    outcome = act(runner, tmp_path / "home", compose_variables)

    assert outcome.code == 0, outcome.out + outcome.err
    assert re.search(r"Daily report/Samples\s*\] .*Job succeeded", outcome.out), outcome
    assert "uploading stage1-sample-reports with" in outcome.out
    assert runner.github.issues == []
