"""The scheduled workflow: its steps write the reports where its artifacts expect them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.checkout import copy_repo
from tests.support.workflows import Runner, workflow

if TYPE_CHECKING:
    from pathlib import Path

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
