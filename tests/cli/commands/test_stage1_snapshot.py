"""`stage1-snapshot`: the gate on new alerts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.cli.helpers import ALERT, CRITICAL, DAY, HEARTBEAT
from tests.support.program import Workplace, tree

if TYPE_CHECKING:
    from tests.cli.helpers import Program


def test_new_alerts_trip_the_gate_after_the_reports_are_written(
    program: Program, workplace: Workplace
) -> None:
    """A gate that trips still leaves complete reports, and says nothing on standard error."""
    workplace.write("obs/events.jsonl", ALERT)
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)
    code, out, err = program(*snapshot)
    assert (code, err) == (0, "")
    plain = tree(workplace.reports)
    shutil.rmtree(workplace.reports)

    assert program(*snapshot, "--fail-on-new-alerts") == (2, out, "")

    assert tree(workplace.reports) == plain
    assert program("verify").code == 0


def test_without_new_alerts_the_gate_stays_shut(program: Program, workplace: Workplace) -> None:
    """Critical events alone are no new alerts."""
    workplace.write("obs/events.jsonl", HEARTBEAT, CRITICAL)
    arguments = ("--repo", "../telemetry", "--date", DAY, "--fail-on-new-alerts")

    assert program("stage1-snapshot", *arguments).code == 0
