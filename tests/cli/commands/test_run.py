"""Test the gates of `stage1-run` on all reports of the routine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops import routine
from peaktrade_ops.reports.store.verify import Mismatch
from tests.cli.helpers import trend_with
from tests.support.artifacts import metrics, summary
from tests.support.program import set_clock

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Program

pytestmark = pytest.mark.usefixtures("empty_pages")

ALERTS = "--fail-on-new-alerts"


def report_with(**numbers: int) -> routine.Report:
    """Return the report of a day, with these metrics."""
    made = summary(metrics=metrics(**numbers))
    return routine.Report(made.date, made, written=True)


@pytest.mark.parametrize(
    ("alerts", "level", "verdict", "arguments", "code"),
    [
        ([0, 0], "warning", "GO", [ALERTS, "--fail-on", "hold"], 0),
        ([0, 1], "warning", "GO", [], 0),
        ([0, 1], "warning", "GO", [ALERTS], 2),
        ([1, 0], "warning", "GO", [ALERTS], 2),
        ([0, 0], "error", "GO", [], 2),
        ([0, 0], "warning", "NO_GO", [], 0),
        ([0, 0], "warning", "NO_GO", [ALERTS], 0),
        ([0, 0], "warning", "NO_GO", ["--fail-on", "no-go"], 2),
        ([0, 0], "warning", "HOLD", ["--fail-on", "no-go"], 0),
        ([0, 0], "warning", "HOLD", ["--fail-on", "hold"], 2),
        ([], "warning", "GO", [ALERTS], 0),
    ],
)
def test_each_gate_trips_alone(  # noqa: PLR0913 (fixtures and parameters)
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    *,
    alerts: list[int],
    level: str,
    verdict: Verdict,
    arguments: list[str],
    code: int,
) -> None:
    """New alerts and the verdict trip their gates on request; a mismatch always does."""
    made = routine.RunResult(
        [report_with(new_alerts=number) for number in alerts],
        trend_with(verdict),
        [
            Mismatch(
                "error" if level == "error" else "warning", "a.txt", "not an artifact", "foreign"
            )
        ],
    )
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    set_clock(monkeypatch)

    outcome = program("stage1-run", *arguments)

    assert (outcome.code, outcome.err) == (code, "")
    assert f"{level}: a.txt: not an artifact\n" in outcome.out


def test_a_trend_that_is_not_stored_is_said(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trend that is not stored is reported even with `--quiet`: pages show another verdict."""
    made = routine.RunResult([], trend_with("GO", stored=False), [])
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    code, _, err = program("stage1-run", "--quiet")

    assert code == 0
    assert err.startswith("the trend is not stored, because the stored one ends later")


def test_a_critical_alert_trips_the_gate_on_alerts(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A critical event trips the gate on alerts, even if it is not an alert."""
    made = routine.RunResult([report_with(critical_alerts=1)], trend_with("NO_GO"), [])
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    assert program("stage1-run").code == 0
    assert program("stage1-run", ALERTS).code == 2


def test_a_report_that_keeps_its_window_is_told_with_the_day_to_make_first(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The routine goes on."""
    kept = report_with()
    first = kept.date - timedelta(days=1)
    stays = routine.Report(kept.date, kept.summary, written=False, first=first)
    made = routine.RunResult([stays], trend_with("HOLD"), [])
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    code, _, err = program("stage1-run")

    assert code == 0
    assert "the stored report of 2025-12-20 keeps its window" in err
    assert "stage1-snapshot --date 2025-12-19, then run this command again" in err


def test_a_report_that_is_kept_is_told_with_what_to_do(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message lists the losses and the command that stores the report anyway."""
    kept = report_with()
    lost = routine.Report(kept.date, kept.summary, written=False, losses=("critical 1, now 0",))
    made = routine.RunResult([lost], trend_with("HOLD"), [])
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    code, _, err = program("stage1-run")

    assert code == 0
    assert "the stored report of 2025-12-20 is kept" in err
    assert "(critical 1, now 0)" in err
    # The window of the whole day would leave out its beginning.
    assert "stage1-snapshot --as-of 2025-12-20T08:00:00Z --replace" in err


def test_a_report_that_is_stored_with_an_earlier_loss_is_told_so(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not kept, and its alerts trip the gate."""
    new = report_with(new_alerts=1)
    day = msgspec.structs.replace(new, losses=("dangers 1, now 0",))
    made = routine.RunResult([day, report_with()], trend_with("HOLD"), [])
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    code, _, err = program("stage1-run", ALERTS)

    assert code == 2
    assert "the report of 2025-12-20 is stored, but the telemetry shows less" in err
    assert "(dangers 1, now 0)" in err
    assert "give it up with stage1-snapshot --as-of 2025-12-20T08:00:00Z --replace" in err


def test_a_report_with_a_later_window_is_told_with_the_day_that_shows_the_rest(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The telemetry does not show less: the window begins later."""
    new = report_with(critical_alerts=1)
    first = new.date - timedelta(days=1)
    day = msgspec.structs.replace(new, losses=("dangers 1, now 0",), first=first)
    made = routine.RunResult([day], trend_with("NO_GO"), [])
    monkeypatch.setattr(routine, "run_daily", lambda *_, **__: made)

    _, _, err = program("stage1-run")

    assert "is stored with a later window" in err
    assert "(dangers 1, now 0); make that of 2025-12-19" in err
    assert "with stage1-snapshot --date 2025-12-19, which shows it, then give it up with" in err
    assert "telemetry shows less" not in err
