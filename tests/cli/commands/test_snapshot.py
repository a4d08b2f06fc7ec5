"""`stage1-snapshot`: the gate on new alerts, and several days from one scan."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import ALERT, CRITICAL, DAY, HEARTBEAT, one_line, summary_of
from tests.support.program import Workplace, quiet_days, tree

if TYPE_CHECKING:
    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")


def test_new_alerts_trip_the_gate_after_the_reports_are_written(
    program: Program, workplace: Workplace
) -> None:
    """A tripped gate leaves complete reports and prints nothing on standard error."""
    workplace.write("obs/events.jsonl", ALERT)
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)
    code, out, err = program(*snapshot)
    assert (code, err) == (0, "")
    plain = tree(workplace.reports)
    shutil.rmtree(workplace.reports)

    assert program(*snapshot, "--fail-on-new-alerts") == (2, out, "")

    assert tree(workplace.reports) == plain
    assert program("verify").code == 0


@pytest.mark.parametrize(("events", "code"), [([HEARTBEAT], 0), ([HEARTBEAT, CRITICAL], 2)])
def test_a_critical_event_trips_the_gate_as_an_alert_does(
    program: Program, workplace: Workplace, events: list[dict[str, object]], code: int
) -> None:
    """A critical event trips the gate for new alerts too."""
    workplace.write("obs/events.jsonl", *events)
    arguments = ("--repo", "../telemetry", "--date", DAY, "--fail-on-new-alerts")

    assert program("stage1-snapshot", *arguments).code == code


DAYS = ("--repo", "../telemetry", "--from", "2025-12-18", "--to", DAY)


def test_each_of_several_days_gets_the_report_that_it_gets_alone(
    program: Program, workplace: Workplace
) -> None:
    """Days that are counted together have the same bytes as days that are counted one by one."""
    workplace.write("obs/events.jsonl", HEARTBEAT, ALERT, b"broken", *quiet_days(DAY, 3))
    for day in ("2025-12-18", "2025-12-19", DAY):
        assert program("stage1-snapshot", "--repo", "../telemetry", "--date", day).code == 0
    alone = tree(workplace.reports)
    shutil.rmtree(workplace.reports)

    code, out, err = program("stage1-snapshot", *DAYS)

    assert (code, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()[:-1]] == [
        "2025-12-18",
        "2025-12-19",
        DAY,
    ]
    assert out.splitlines()[-1].startswith("wrote 3 reports into ")
    assert tree(workplace.reports) == alone


def test_several_days_are_one_document(program: Program, workplace: Workplace) -> None:
    """Programs get the summaries in the order of their days."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    document = json.loads(program("stage1-snapshot", *DAYS, "--format", "json").out)

    assert [summary["date"] for summary in document["summaries"]] == [
        "2025-12-18",
        "2025-12-19",
        DAY,
    ]
    assert document["summaries"][-1] == summary_of(workplace)


def test_new_alerts_of_any_day_trip_the_gate(program: Program, workplace: Workplace) -> None:
    """New alerts of one day in the range trip the gate."""
    workplace.write("obs/events.jsonl", {**ALERT, "ts": "2025-12-18T01:00:00Z"})

    assert program("stage1-snapshot", *DAYS, "--fail-on-new-alerts").code == 2
    assert program("stage1-snapshot", *DAYS).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", DAY), "go together"),
        (("--to", DAY), "go together"),
        (("--from", DAY, "--to", "2025-12-19"), "--from 2025-12-20 is after --to 2025-12-19"),
        (("--from", "1990-01-01", "--to", DAY), "are 13138 days; give at most 3660"),
        (("--from", DAY, "--to", DAY, "--date", DAY), "exclude --as-of and --date"),
        (("--from", DAY, "--to", DAY, "--as-of", f"{DAY}T08:00:00Z"), "exclude"),
        (("--from", "20.12.2025", "--to", DAY), "'20.12.2025' is not a day"),
    ],
)
def test_days_that_cannot_be_meant_are_wrong_usage(
    program: Program, workplace: Workplace, arguments: tuple[str, ...], said: str
) -> None:
    """One line says what is wrong, and nothing is written."""
    outcome = program("stage1-snapshot", "--repo", "../telemetry", *arguments)

    assert outcome.code == 64
    assert said in one_line(outcome)
    assert not workplace.reports.exists()
