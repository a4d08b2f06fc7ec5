"""The scheduled workflow of the daily report, with stubs of Docker and `gh`."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from tests.support.checkout import REPO
from tests.support.golden import SAMPLES
from tests.support.program import epoch, run
from tests.support.scanning import content_of
from tests.support.workflows import JobOutcome, Runner, evaluate, workflow

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = workflow("daily-report")
JOBS: dict[str, Any] = WORKFLOW["jobs"]
ARTIFACT = "stage1-telemetry-reports"
LAST = "2025-12-20"
NOW = epoch("2025-12-21T00:23:00+00:00")
BREACH: dict[str, object] = {
    "ts": f"{LAST}T12:00:00Z",
    "severity": "critical",
    "event_type": "breach",
}


def values(event: str, telemetry: str = "", **inputs: str) -> dict[str, str | bool]:
    """Return the values of the expressions of the workflow; missing ones are empty."""
    names = WORKFLOW["on"]["workflow_dispatch"]["inputs"]
    assert inputs.keys() <= names.keys()
    return {
        "github.event_name": event,
        "github.token": "a token",
        "github.repository": "owner/repository",
        "github.run_id": "51",
        "github.server_url": "https://github.example",
        "vars.PEAK_RUNNER": "",
        "vars.PEAK_TELEMETRY_DIR": telemetry,
        **{f"inputs.{name}": inputs.get(name, "") for name in names},
    }


class Machine:
    """A runner with telemetry in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Create the checkout, an empty telemetry root, and the stubs."""
        self.telemetry = folder / "telemetry"
        (self.telemetry / "events").mkdir(parents=True)
        checkout = folder / "checkout"
        shutil.copytree(SAMPLES, checkout / "samples" / "telemetry")
        shutil.copytree(REPO / "reports", checkout / "reports")
        shutil.copy(REPO / "stage1.toml", checkout)
        self.runner = Runner(folder, checkout, stub_docker=True)
        self.reports = checkout / "reports" / "obs" / "stage1"

    def holds(self, *records: dict[str, object]) -> None:
        """Let the telemetry consist of these records."""
        (self.telemetry / "events" / "bot.jsonl").write_bytes(content_of(*records))

    def made(self, root: Path, date: str = LAST) -> Path:
        """Make the reports of the telemetry below a reports root; return their folder."""
        ways = ("--repo", self.telemetry, "--reports-root", root, "--date", date)
        outcome = run("stage1-run", *ways, "--config", REPO / "stage1.toml", cwd=root.parent)
        assert outcome.code == 0, outcome.err
        return root / "obs" / "stage1"

    def scheduled(self) -> JobOutcome:
        """Run what the schedule starts where telemetry is configured."""
        return self.report("schedule")

    def by_hand(self, **inputs: str) -> JobOutcome:
        """Run what a start by hand starts where telemetry is configured."""
        return self.report("workflow_dispatch", **inputs)

    def report(self, event: str, **inputs: str) -> JobOutcome:
        """Run the job `report`."""
        given = values(event, str(self.telemetry), **inputs)
        return self.runner.run(JOBS["report"], given, SOURCE_DATE_EPOCH=NOW)

    def issue(self, outcome: JobOutcome) -> JobOutcome | None:
        """Run the job `issue` after the job `report`; return nothing if it does not run."""
        given = values("schedule") | {
            f"needs.report.outputs.{name}": text for name, text in outcome.outputs.items()
        }
        if not evaluate(JOBS["issue"]["if"], given | {"always()": True}):
            return None
        return self.runner.run(JOBS["issue"], given)

    def verdict(self) -> str:
        """Return the verdict of the stored trend."""
        trend = json.loads((self.reports / "stage1_trend.json").read_bytes())
        return str(trend["rollups"]["go_no_go"])
