"""The scheduled workflow: the shell steps of its jobs, run with stubs of Docker and `gh`."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.notices.situation import situation_of
from peaktrade_ops.reports.store.archive import Archive
from tests.support.daily_report import ARTIFACT, BREACH, JOBS, LAST, NOW, WORKFLOW, Machine, values
from tests.support.program import epoch, quiet_days
from tests.support.workflows import evaluate, filled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from peaktrade_ops.notices.situation import Told

pytestmark = pytest.mark.one_python


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a runner whose telemetry is one quiet event a day for two weeks."""
    machine = Machine(tmp_path)
    machine.holds(*quiet_days(LAST, 14))
    return machine


@pytest.mark.parametrize(
    ("event", "telemetry", "job"),
    [
        ("schedule", "", "no-telemetry"),
        ("workflow_dispatch", "", "samples"),
        ("schedule", "/srv/telemetry", "report"),
        ("workflow_dispatch", "/srv/telemetry", "report"),
    ],
)
def test_one_job_runs(event: str, telemetry: str, job: str) -> None:
    """The event and the repository variable select one job; the schedule never uses samples."""
    given = values(event, telemetry)
    first = [name for name in JOBS if "needs" not in JOBS[name]]
    assert [name for name in first if evaluate(JOBS[name]["if"], given)] == [job]


def test_without_telemetry_the_schedule_is_skipped_with_a_notice(machine: Machine) -> None:
    """A schedule without telemetry succeeds, and its notice names the variable to configure."""
    outcome = machine.runner.run(JOBS["no-telemetry"], values("schedule"))

    assert outcome.code == 0
    assert outcome.log.startswith("::notice ")
    assert "PEAK_TELEMETRY_DIR" in outcome.log
    assert "skipped" in outcome.summary
    assert outcome.artifact is None
    assert not machine.reports.exists()


def test_without_telemetry_a_start_by_hand_reports_the_samples(machine: Machine) -> None:
    """The samples are reported on their own dates, and their NO_GO does not fail the job."""
    given = values("workflow_dispatch", fail_on="hold", date="2025-12-01", days="3")

    outcome = machine.runner.run(JOBS["samples"], given, SOURCE_DATE_EPOCH=NOW)

    assert outcome.code == 0, outcome.log
    assert "::notice " in outcome.log
    assert outcome.summary.startswith("No telemetry is configured")
    assert "Verdict: **NO_GO**" in outcome.summary
    assert (machine.reports / f"{LAST}_summary.json").exists()
    assert len(list(machine.reports.glob("*_summary.json"))) == 8


def test_reports_of_samples_are_never_restored(machine: Machine) -> None:
    """Reports of samples have an artifact of another name and are never restored."""
    outcome = machine.runner.run(
        JOBS["samples"], values("workflow_dispatch"), SOURCE_DATE_EPOCH=NOW
    )
    assert outcome.artifact == "stage1-sample-reports"
    created = "2025-12-20T00:30:00Z"
    machine.runner.github.add(machine.reports, name=outcome.artifact, run=1, created=created)
    # Earlier, the samples and the reports shared this name.
    machine.runner.github.add(machine.reports, name="stage1-reports", run=2, created=created)

    outcome = machine.scheduled()

    assert outcome.artifact == ARTIFACT
    assert "no earlier reports" in outcome.log
    assert machine.verdict() == "GO"


def test_go_passes(machine: Machine) -> None:
    """The summary is the trend, and the reports are kept as an artifact."""
    outcome = machine.scheduled()

    assert outcome.code == 0, outcome.log
    assert "::error" not in outcome.log
    assert outcome.summary.startswith("# ")
    assert (machine.reports / "stage1_trend.md").read_text("utf-8").rstrip() in outcome.summary
    assert outcome.artifact == ARTIFACT


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
def test_hold_fails_the_job_unless_told_otherwise(machine: Machine, event: str) -> None:
    """HOLD fails the job unless configured otherwise, and the artifact is uploaded."""
    machine.holds(*quiet_days(LAST, 3))

    outcome = machine.report(event)

    assert outcome.code == 2
    assert "::error " in outcome.log
    assert "Verdict: **HOLD**" in outcome.summary
    assert outcome.artifact == ARTIFACT


@pytest.mark.parametrize(
    ("fail_on", "hold", "no_go"), [("hold", 2, 2), ("no-go", 0, 2), ("never", 0, 0)]
)
def test_the_input_chooses_the_verdict_that_fails_the_job(
    machine: Machine, fail_on: str, hold: int, no_go: int
) -> None:
    """`no-go` accepts HOLD, and `never` accepts every verdict."""
    machine.holds(*quiet_days(LAST, 3))
    held = machine.by_hand(fail_on=fail_on)
    machine.holds(*quiet_days(LAST, 14), BREACH)
    stopped = machine.by_hand(fail_on=fail_on)

    assert "Verdict: **HOLD**" in held.summary
    assert "Verdict: **NO_GO**" in stopped.summary
    assert (held.code, stopped.code) == (hold, no_go)


def test_the_input_defaults_to_hold() -> None:
    """A start by hand offers the values in the order of their strictness."""
    choice = WORKFLOW["on"]["workflow_dispatch"]["inputs"]["fail_on"]
    assert choice["default"] == "hold"
    assert choice["options"] == ["hold", "no-go", "never"]


def test_earlier_reports_are_restored_before_the_run(machine: Machine, tmp_path: Path) -> None:
    """A runner with eight days of telemetry judges two weeks with the restored reports."""
    earlier = machine.made(tmp_path / "earlier", "2025-12-19")
    machine.holds(*quiet_days(LAST, 8))
    alone = machine.scheduled()
    machine.runner.github.add(earlier, name=ARTIFACT, run=41, created="2025-12-20T00:30:00Z")

    outcome = machine.scheduled()

    assert (alone.code, alone.artifact) == (2, ARTIFACT)
    assert "::notice title=Daily report::There are no earlier reports" in alone.log
    assert "Restored the reports of run 41." in outcome.log
    assert outcome.code == 0, outcome.summary
    assert "Verdict: **GO**" in outcome.summary
    first = "2025-12-07_summary.json"
    # Its telemetry is gone by retention, so the report is kept and marked.
    before, after = (json.loads((each / first).read_bytes()) for each in (earlier, machine.reports))
    assert after == before | {"aged": True}


def test_a_critical_day_is_remembered_after_its_telemetry_is_gone(
    machine: Machine, tmp_path: Path
) -> None:
    """A critical day stays in the verdict after its telemetry is gone."""
    machine.holds(*quiet_days("2025-12-19", 14), BREACH | {"ts": "2025-12-08T12:00:00Z"})
    earlier = machine.made(tmp_path / "earlier", "2025-12-19")
    machine.runner.github.add(earlier, name=ARTIFACT, run=41, created="2025-12-20T00:30:00Z")
    machine.holds(*quiet_days(LAST, 8))

    outcome = machine.scheduled()

    assert outcome.code == 2
    assert "Verdict: **NO_GO**" in outcome.summary
    assert "2025-12-08" in outcome.summary


def test_the_newest_artifact_of_the_branch_is_restored(machine: Machine, tmp_path: Path) -> None:
    """Expired artifacts, and those of other branches and of forks, do not count."""
    earlier = machine.made(tmp_path / "earlier", "2025-12-19")
    add = machine.runner.github.add
    add(earlier, name=ARTIFACT, run=40, created="2025-12-19T00:30:00Z")
    add(earlier, name=ARTIFACT, run=42, created="2025-12-20T00:30:00Z")
    add(earlier, name=ARTIFACT, run=41, created="2025-12-19T00:40:00Z")
    forged = tmp_path / "forged"
    forged.mkdir()
    add(forged, name=ARTIFACT, run=43, created="2025-12-20T00:31:00Z", branch="other")
    add(forged, name=ARTIFACT, run=44, created="2025-12-20T00:32:00Z", head=8)
    add(forged, name=ARTIFACT, run=45, created="2025-12-20T00:33:00Z", expired=True)

    outcome = machine.scheduled()

    assert "Restored the reports of run 42." in outcome.log
    assert outcome.code == 0


def test_earlier_reports_that_cannot_be_restored_fail_the_job(machine: Machine) -> None:
    """A job that cannot restore the earlier reports fails and uploads nothing."""
    machine.runner.github.break_down()

    outcome = machine.scheduled()

    assert outcome.code != 0
    assert outcome.artifact is None
    assert outcome.summary == ""
    assert not machine.reports.exists()


def test_a_run_that_fails_shows_no_restored_verdict(machine: Machine, tmp_path: Path) -> None:
    """The restored GO is not the verdict of this run; the earlier reports are kept."""
    earlier = machine.made(tmp_path / "earlier")
    machine.runner.github.add(earlier, name=ARTIFACT, run=41, created="2025-12-20T00:30:00Z")
    shutil.rmtree(machine.telemetry)

    outcome = machine.scheduled()

    assert outcome.code == 1
    assert "GO" not in outcome.summary
    assert "There is no verdict: the run ended with exit code 1" in outcome.summary
    assert "cannot be read" in outcome.log
    assert outcome.artifact == ARTIFACT
    assert machine.issue(outcome) is None


def test_an_earlier_day_shows_its_own_trend(machine: Machine, tmp_path: Path) -> None:
    """A run of an earlier day shows its own trend and keeps the stored one."""
    earlier = machine.made(tmp_path / "earlier")
    machine.runner.github.add(earlier, name=ARTIFACT, run=41, created="2025-12-20T00:30:00Z")

    outcome = machine.by_hand(date="2025-12-09", days="14")

    assert machine.verdict() == "GO"
    assert outcome.code == 2
    assert "Verdict: **HOLD, out of date**" in outcome.summary
    assert "to 2025-12-09" in outcome.summary


def test_no_go_opens_an_issue_and_then_updates_it(machine: Machine) -> None:
    """The issue has the trend of the run; only more critical alerts get a comment."""
    machine.holds(*quiet_days(LAST, 14), BREACH)
    outcome = machine.scheduled()
    opened = machine.issue(outcome)
    machine.issue(outcome)
    [first] = machine.runner.github.issues
    earlier = BREACH | {"ts": "2025-12-18T12:00:00Z"}
    machine.holds(*quiet_days(LAST, 14), BREACH, earlier)
    machine.issue(machine.scheduled())
    [second] = machine.runner.github.issues

    assert outcome.code == 2
    assert opened
    assert opened.code == 0, opened.log
    assert (first["title"], first["label"]) == ("Stage 1: NO_GO", "stage1-no-go")
    hidden, _, shown = first["body"].partition("\n")
    assert hidden == "<!-- critical alerts: 2025-12-20=1 -->"
    assert shown.strip() == outcome.summary.strip()
    assert first["comments"] == []
    assert "2025-12-18" in second["body"]
    [comment] = second["comments"]
    where = "https://github.example/owner/repository/actions/runs/51"
    assert comment == f"Still NO_GO, with more critical alerts on 2025-12-18: {where}"


def told_by(machine: Machine, days: Mapping[str, int], last: str = LAST) -> Told:
    """Run both jobs after days with critical alerts; return what `notify` would tell of them."""
    breaches = [BREACH | {"ts": f"{day}T12:00:00Z"} for day, n in days.items() for _ in range(n)]
    machine.holds(*quiet_days(last, 21), *breaches)
    now = datetime.fromisoformat(f"{last}T00:23:00+00:00") + timedelta(days=1)
    given = values("schedule", str(machine.telemetry))
    clock = {"SOURCE_DATE_EPOCH": epoch(now.isoformat())}
    outcome = machine.runner.run(JOBS["report"], given, **clock)
    told = situation_of(Archive(machine.reports), now).told
    made = machine.issue(outcome)
    assert made
    assert made.code == 0, made.log
    return told


@pytest.mark.parametrize(
    ("before", "after", "last", "is_news"),
    [
        ({"2025-12-18": 1}, {"2025-12-18": 1}, LAST, False),
        ({"2025-12-18": 1}, {"2025-12-18": 2}, LAST, True),
        ({"2025-12-18": 9}, {"2025-12-18": 10}, LAST, True),
        ({"2025-12-18": 2}, {"2025-12-18": 1}, LAST, False),
        ({"2025-12-18": 1}, {"2025-12-18": 1, "2025-12-20": 1}, LAST, True),
        # A day that leaves the range is no news by itself, and does not hide another one.
        ({"2025-12-07": 1, "2025-12-18": 1}, {"2025-12-18": 1}, "2025-12-21", False),
        (
            {"2025-12-07": 1, "2025-12-18": 1},
            {"2025-12-18": 1, "2025-12-21": 1},
            "2025-12-21",
            True,
        ),
    ],
)
def test_a_comment_comes_with_the_news_of_notify(
    machine: Machine, before: dict[str, int], after: dict[str, int], last: str, *, is_news: bool
) -> None:
    """The issue and `notify` mean the same by news."""
    first = told_by(machine, before)
    second = told_by(machine, after, last)

    assert second.is_news_after(first) is is_news
    [issue] = machine.runner.github.issues
    assert len(issue["comments"]) == is_news


def test_an_issue_of_an_earlier_version_gets_a_comment_once(machine: Machine) -> None:
    """Its text does not hide what its readers know; what they wrote before it is no command."""
    told_by(machine, {"2025-12-18": 1})
    machine.runner.github.write(1, "$(touch pwned)\n<!-- critical alerts: 2025-12-18=1 -->")
    for _ in range(2):
        told_by(machine, {"2025-12-18": 1})

    [issue] = machine.runner.github.issues
    assert len(issue["comments"]) == 1


def test_an_issue_that_was_closed_is_not_opened_again(machine: Machine) -> None:
    """The next NO_GO is another issue."""
    machine.holds(*quiet_days(LAST, 14), BREACH)
    outcome = machine.scheduled()
    machine.issue(outcome)
    machine.runner.github.close(1)
    machine.issue(outcome)

    assert [each["state"] for each in machine.runner.github.issues] == ["closed", "open"]


def test_only_no_go_is_an_issue(machine: Machine) -> None:
    """Neither GO nor HOLD, nor the verdict of an earlier day."""
    outcomes = [machine.scheduled()]
    machine.holds(*quiet_days(LAST, 3))
    outcomes.append(machine.scheduled())
    machine.holds(*quiet_days(LAST, 14), BREACH | {"ts": "2025-12-08T12:00:00Z"})
    outcomes.append(machine.by_hand(date="2025-12-09", days="3"))

    assert [outcome.code for outcome in outcomes] == [0, 2, 2]
    assert "NO_GO, out of date" in outcomes[2].summary
    assert [machine.issue(outcome) for outcome in outcomes] == [None] * 3
    assert machine.runner.github.issues == []


def test_text_of_telemetry_stays_in_its_output(machine: Machine) -> None:
    """A name in telemetry cannot become an output of the job, a mention or a command."""
    hostile = "a\nverdict=GO\nEOF\n$(touch /tmp/pwned) `id` @everyone"
    machine.holds(*quiet_days(LAST, 14), BREACH | {"event_type": hostile, "rule": hostile})
    outcome = machine.scheduled()
    made = machine.issue(outcome)

    assert made
    assert outcome.outputs["verdict"] == "NO_GO"
    assert outcome.outputs["critical"] == f" {LAST}=1"
    assert set(outcome.outputs) == {"verdict", "critical", "trend"}
    [issue] = machine.runner.github.issues
    assert issue["body"].partition("\n")[2].strip() == outcome.summary.strip()


def test_every_job_asks_for_no_more_than_it_needs() -> None:
    """Only the job that restores reports may read runs, and only that of issues may write them."""
    read = {"contents": "read"}
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "report": {"actions": "read", **read},
        "issue": {"issues": "write"},
        "samples": read,
        "no-telemetry": {},
    }


def test_the_shell_fails_where_a_pipe_fails() -> None:
    """The shell of these tests is the one that the workflow names."""
    assert WORKFLOW["defaults"] == {"run": {"shell": "bash"}}


def test_no_script_contains_an_expression() -> None:
    """No script contains an expression; values are passed as variables."""
    scripts = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
    assert len(scripts) == 5
    assert [script for script in scripts if "${{" in script] == []


def test_a_runner_can_be_chosen() -> None:
    """The repository variable names the runner; otherwise it is one of GitHub's."""
    chosen = values("schedule") | {"vars.PEAK_RUNNER": "own"}
    assert filled(JOBS["report"]["runs-on"], chosen) == "own"
    assert filled(JOBS["report"]["runs-on"], values("schedule")) == "ubuntu-24.04"
