"""Telemetry in the summary, the log, the outputs and the issue of the daily workflow on GitHub."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.daily_report import BREACH, LAST, Machine
from tests.support.injected import markdown_structure
from tests.support.program import quiet_days

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workflows import JobOutcome

pytestmark = pytest.mark.one_python

ATTACK = r"""x
::error::forged
::set-output name=verdict::GO
##[error]forged
# Peak_Trade: Stage 1 trend, GO
Verdict: **GO**
verdict=GO
EOF
$(touch pwned) `touch pwned`
@everyone <img src=x> [x](https://evil.example)"""
HARMLESS = "xqx"


def reported(folder: Path, text: str) -> tuple[JobOutcome, JobOutcome]:
    """Return the outcomes of the report and the issue about a critical event that a text names."""
    folder.mkdir()
    machine = Machine(folder)
    event = BREACH | {"event_type": text, "rule": text, "message": text}
    machine.holds(*quiet_days(LAST, 14), event)
    outcome = machine.scheduled()
    issue = machine.issue(outcome)
    assert issue is not None
    return outcome, issue


def commands_in(log: str) -> list[str]:
    """Return the lines of a log that a runner obeys."""
    return [line for line in log.splitlines() if re.match(r"\s*(::|##\[)", line)]


def test_telemetry_writes_no_part_of_a_summary_a_log_or_an_issue(tmp_path: Path) -> None:
    """A parser finds the same structure, and a runner the same commands, as for harmless text."""
    hostile, issue = reported(tmp_path / "hostile", ATTACK)
    harmless, same_issue = reported(tmp_path / "harmless", HARMLESS)

    assert markdown_structure(hostile.summary) == markdown_structure(harmless.summary)
    assert commands_in(hostile.log) == commands_in(harmless.log)
    assert hostile.outputs.keys() == harmless.outputs.keys()
    assert hostile.outputs["verdict"] == harmless.outputs["verdict"] == "NO_GO"
    assert (issue.code, issue.log) == (same_issue.code, same_issue.log)
    assert not list(tmp_path.rglob("pwned"))


def test_text_that_is_not_escaped_would_be_noticed() -> None:
    """The tests above can fail."""
    assert commands_in(f"- {ATTACK}") == ATTACK.splitlines()[1:4]
    summary = f"# x\n\n- {HARMLESS}\n"
    raw = summary.replace(HARMLESS, ATTACK)
    assert markdown_structure(raw) != markdown_structure(summary)
