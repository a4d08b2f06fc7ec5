"""The scheduled workflow: its step writes the reports where its artifact expects them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tests.integration.jobs import STAGE1
from tests.support.checkout import REPO, copy_repo, plain_environment

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = (REPO / ".github" / "workflows" / "daily-report.yml").read_text("utf-8")


def test_the_step_of_the_workflow_fills_the_folder_of_the_artifact(
    compose_variables: dict[str, str], tmp_path: Path
) -> None:
    """Without configuration it reports on the samples; an empty input counts as not given."""
    [step] = re.findall(r"^ +run: (.*)$", WORKFLOW, re.MULTILINE)
    [artifact] = re.findall(r"^ +path: (.*)$", WORKFLOW, re.MULTILINE)
    [telemetry] = re.findall(r"vars\.PEAK_TELEMETRY_DIR \|\| '(.*)'", WORKFLOW)
    [days] = re.findall(r"inputs\.days \|\| '(.*)'", WORKFLOW)
    copy = copy_repo(tmp_path / "repo")
    inputs = {"PEAK_TELEMETRY_DIR": telemetry, "PEAK_DATE": "", "PEAK_DAYS": days}

    outcome = subprocess.run(
        step.split(),
        cwd=copy,
        env=plain_environment(**compose_variables, **inputs),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode == 0, outcome.stderr
    folder = copy / artifact
    assert folder == copy / "reports" / STAGE1
    assert {path.name for path in folder.iterdir()} >= {"index.json", "stage1_trend.json"}
    assert len(list(folder.glob("*_summary.json"))) == int(days)
    assert "HOLD" in outcome.stdout
