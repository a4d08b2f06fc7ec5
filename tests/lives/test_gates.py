"""Test how the gate, the server and the check handle a verdict that is not current."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from werkzeug.test import Client

from peaktrade_ops.reports.store.names import TREND_JSON
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.serve.app import Application
from peaktrade_ops.window import window_of
from tests.support.lives import (
    DAY,
    LAST_DAY,
    NEXT_DAY,
    QUIET_FILE,
    Life,
    as_of,
    at,
    critical,
    quiet,
)
from tests.support.program import epoch

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.program import Program

pytestmark = pytest.mark.one_python

MAX_AGE: Final = timedelta(hours=30)


def served(life: Life, now: datetime) -> tuple[bool, str, int]:
    """Return the served values at a time: `current`, the export of GO, the status of health."""
    hosts = {"localhost"}
    client = Client(Application(life.reports, lambda: now, MAX_AGE, 60, hosts))
    trend = json.loads(client.get("/trend").get_data())
    export = client.get("/metrics").get_data(as_text=True)
    shown = [line for line in export.splitlines() if line.startswith("peaktrade_verdict{")]
    (go,) = [line[-3:] for line in shown if 'verdict="GO"' in line]
    return bool(trend["current"]), go.strip(), client.get("/healthz").status_code


def test_a_fresh_verdict_is_served_as_current(life: Life) -> None:
    """GO is exported as 1 and the folder is healthy."""
    life.run(LAST_DAY)

    assert served(life, at(NEXT_DAY, "06:00")) == (True, "1.0", 200)
    assert verify(life.reports, now=at(NEXT_DAY, "06:00")) == []


def test_a_later_critical_snapshot_ends_what_is_served(life: Life) -> None:
    """The trend, the metrics, the health and the check report a verdict that is out of date."""
    life.run(LAST_DAY)
    life.append(QUIET_FILE, quiet(NEXT_DAY), critical(NEXT_DAY), when=at(NEXT_DAY, "13:00"))
    life.snapshot(as_of(NEXT_DAY, "13:30"))
    now = at(NEXT_DAY, "13:31")

    assert served(life, now) == (False, "0.0", 503)
    assert TREND_JSON in {finding.path for finding in verify(life.reports, now=now)}

    life.run(NEXT_DAY)
    now = window_of(NEXT_DAY).end + timedelta(hours=3)

    assert served(life, now)[:2] == (True, "0.0")
    assert verify(life.reports, now=now) == []


def test_an_expired_verdict_ends_what_is_served(life: Life) -> None:
    """No output shows GO when the last run is 31 hours old."""
    life.run(LAST_DAY)
    now = window_of(LAST_DAY).end + timedelta(hours=31)

    assert served(life, now) == (False, "0.0", 503)
    assert TREND_JSON in {finding.path for finding in verify(life.reports, now=now)}


@pytest.mark.parametrize(
    ("variable", "value"), [("PEAK_DATE", "2025-12-20"), ("PEAK_AS_OF", "2025-12-21T00:00Z")]
)
def test_a_date_that_was_left_set_does_not_open_the_gate(
    program: Program, life: Life, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A GO of last week is not current, and the gate treats it as HOLD.

    On the command line the date is meant.
    """
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(f"{LAST_DAY + 7 * DAY}T02:00:00+00:00"))
    run = ("stage1-run", "--repo", life.telemetry, "--reports-root", life.folder / "r")
    gate = ("--fail-on", "hold", "--quiet")
    assert program(*run, *gate, "--date", f"{LAST_DAY}").code == 0

    monkeypatch.setenv(variable, value)
    outcome = program(*run, *gate)

    assert outcome.code == 2
    assert value[:10] in outcome.err


def test_days_that_were_left_set_do_not_open_the_gate(
    program: Program, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A range of three days keeps the gate closed, because it is too short for GO."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch("2025-12-21T02:00:00+00:00"))
    monkeypatch.setenv("PEAK_DAYS", "3")
    run = ("stage1-run", "--repo", life.telemetry, "--reports-root", life.folder / "r")

    assert program(*run, "--fail-on", "hold").code == 2
    monkeypatch.delenv("PEAK_DAYS")
    assert program(*run, "--fail-on", "hold").code == 0
