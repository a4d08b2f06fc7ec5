"""Records, arguments and readers that the tests of the command line share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.config import Config
from peaktrade_ops.routine import TrendResult
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import END, quiet_days

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Outcome, Workplace


SCANS = ("stage1-run", "stage1-snapshot")
JUDGES = ("stage1-run", "stage1-trends")
MAKES = ("stage1-run", "stage1-snapshot", "stage1-trends")
NOW = "2025-12-21T06:30:45Z"
DAY = "2025-12-20"
HEARTBEAT = {"ts": f"{DAY}T10:00:00Z", "type": "heartbeat", "severity": "info"}
ALERT = {"ts": f"{DAY}T11:00:00Z", "type": "risk_alert", "severity": "warn", "rule": "r1"}
CRITICAL = {"ts": f"{DAY}T12:00:00Z", "type": "failure", "severity": "critical"}


def one_line(outcome: Outcome) -> str:
    """Check that a failed run printed one line on standard error only, and return it."""
    assert outcome.out == ""
    assert outcome.err.startswith("peaktrade-ops: ")
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("\n")
    return outcome.err


def as_id(parameter: object) -> str | None:
    """Name a test by its command line."""
    return " ".join(parameter) if isinstance(parameter, list) else ""


def summary_of(workplace: Workplace, day: str = DAY) -> dict[str, object]:
    """Read the stored summary of a day."""
    document: dict[str, object] = json.loads(
        (workplace.reports / f"{day}_summary.json").read_text()
    )
    return document


def trend_with(verdict: Verdict, *, stored: bool = True) -> TrendResult:
    """Make the trend of a quiet week, but for its verdict."""
    days = quiet_days(count=7)
    trend = build_trend(days, window=window_until(END), config=Config())
    rollups = msgspec.structs.replace(trend.rollups, go_no_go=verdict)
    return TrendResult(msgspec.structs.replace(trend, rollups=rollups), stored)
