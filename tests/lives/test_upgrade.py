"""Test that folders of version 0.1.0 and of the earlier scripts are taken over automatically.

The archives hold what the program of version 0.1.0 wrote, by `stage1-run --date 2025-12-14`, over
one quiet event a day from 12-01 to 12-14 in `telemetry/o.jsonl`, and over the same with a critical
event of 12-10 in `telemetry/alerts.jsonl`.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.names import snapshot_name, summary_name
from peaktrade_ops.window import window_of
from tests.support.artifacts import old_markdown, old_summary
from tests.support.lives import (
    QUIET_FILE,
    Life,
    at,
    critical,
    daily,
    day_of,
    days_from,
    quiet,
    unpack_reports,
)

if TYPE_CHECKING:
    from datetime import date

    from tests.support.lives import Judged

pytestmark = pytest.mark.one_python

HERE = Path(__file__).parent
FIRST = day_of("12-01")
CRITICAL_DAY = day_of("12-10")
LAST_OLD = day_of("12-14")
OLD_DAYS = days_from(FIRST, 14)
NEXT_DAYS = (day_of("12-15"), day_of("12-31"))
ALERTS = "telemetry/alerts.jsonl"
IN_RANGE = [f"12-{number}" for number in range(15, 24)]
"""The days from the first new run on whose range holds the critical day."""


def written_by_the_scripts(
    life: Life, *, stained: bool = False, markdown_only: bool = False, alerts: int = 0
) -> None:
    """Write a reports folder of the earlier scripts: reports at 08:00, a trend, no index."""
    for day in OLD_DAYS:
        worst = int(stained and day == CRITICAL_DAY)
        noise = alerts if day == CRITICAL_DAY else 0
        severities = str([("critical", 1)] * worst + [("info", 1)])
        text = old_markdown(day, new_alerts=f"**{noise}**", severities=severities, actions="**0**")
        (life.reports / snapshot_name(day)).write_text(text)
        if not markdown_only:
            zeros = dict.fromkeys(old_summary()["metrics"], 0)
            metrics = zeros | {"critical_alerts": worst, "new_alerts": noise}
            document = old_summary(day, metrics=metrics)
            (life.reports / summary_name(day)).write_text(json.dumps(document))
    verdict = "NO_GO" if stained else "GO"
    (life.reports / "stage1_trend.json").write_text(json.dumps(old_trend(verdict)))


def old_trend(verdict: str) -> dict[str, object]:
    """Return a trend of the earlier scripts."""
    numbers = ("new_alerts", "critical_alerts", "parse_errors", "operator_actions")
    return {
        "schema_version": 1,
        "generated_at_utc": f"{LAST_OLD}T08:00:01+00:00",
        "range": {"days": 14, "start": f"{FIRST}", "end": f"{LAST_OLD}"},
        "series": [{"date": f"{day}", **dict.fromkeys(numbers, 0)} for day in OLD_DAYS],
        "rollups": {
            "new_alerts_total": 0,
            "new_alerts_avg": 0.0,
            "critical_days": int(verdict == "NO_GO"),
            "parse_error_days": 0,
            "operator_action_days": 0,
            "go_no_go": verdict,
            "reasons": ["as before"],
        },
    }


@pytest.fixture(params=["0.1.0", "scripts", "scripts, Markdown only"])
def made_by(request: pytest.FixtureRequest) -> str:
    """Return the program that wrote the reports folder."""
    name: str = request.param
    return name


def taken_over(folder: Path, made_by: str, *, stained: bool) -> Life:
    """Return a life with telemetry from 12-01 to 12-14 and its reports of an earlier version."""
    life = Life(folder)
    # The window of the first report of the scripts begins on the day before.
    life.live_quietly(FIRST - timedelta(days=1), LAST_OLD)
    if stained:
        clock = "12:00:00Z" if made_by == "0.1.0" else "05:00:00Z"
        life.write(ALERTS, critical(CRITICAL_DAY, clock), when=at(CRITICAL_DAY, "12:00"))
    if made_by == "0.1.0":
        kind = "critical" if stained else "quiet"
        unpack_reports(HERE / f"reports-0.1.0-{kind}.tar.xz", life.reports)
    else:
        written_by_the_scripts(life, stained=stained, markdown_only="Markdown" in made_by)
    return life


def holds(verdicts: dict[date, Judged]) -> dict[str, list[str]]:
    """Return the days that are not GO, as `mm-dd`, with the rules that object."""
    return {f"{day:%m-%d}": [*judged.why] for day, judged in verdicts.items() if judged.why}


def test_quiet_reports_are_go_from_the_first_run_on(tmp_path: Path, made_by: str) -> None:
    """Quiet old reports are made again from their telemetry and are GO from the first run."""
    life = taken_over(tmp_path, made_by, stained=False)

    assert holds(dict(daily(life, *NEXT_DAYS))) == {}


def test_a_trend_before_the_first_run_is_not_milder(tmp_path: Path, made_by: str) -> None:
    """The first trend keeps the critical events of the old reports, before any run."""
    life = taken_over(tmp_path, made_by, stained=True)

    judged = life.trend(LAST_OLD)

    assert judged.verdict == "NO_GO"
    assert judged.why["critical"] == ["12-10"]


def test_an_old_verdict_is_not_shown_before_the_first_run(tmp_path: Path, made_by: str) -> None:
    """An old verdict is not shown before the first run, because it does not list its reports."""
    life = taken_over(tmp_path, made_by, stained=False)

    assert life.shown(at(day_of("12-15"), "06:00")) != "GO"


def test_a_critical_day_with_its_telemetry_stays_critical(tmp_path: Path, made_by: str) -> None:
    """The verdict is NO_GO while the critical day is in the range, and GO after that."""
    life = taken_over(tmp_path, made_by, stained=True)

    verdicts = dict(daily(life, *NEXT_DAYS))

    assert holds(verdicts) == {day: ["critical"] for day in IN_RANGE}


def test_a_critical_day_whose_telemetry_is_lost_stays_critical(
    tmp_path: Path, made_by: str
) -> None:
    """An old critical report is not replaced by a poorer one."""
    life = taken_over(tmp_path, made_by, stained=True)
    (life.telemetry / ALERTS).unlink()

    verdicts = dict(daily(life, *NEXT_DAYS))

    assert [*holds(verdicts)] == IN_RANGE
    assert {judged.verdict for judged in verdicts.values()} == {"NO_GO", "GO"}
    assert all("critical" in rules for rules in holds(verdicts).values())


def test_old_days_whose_telemetry_is_lost_are_never_milder(tmp_path: Path, made_by: str) -> None:
    """Without the old telemetry, gaps and losses object for some days after the NO_GO."""
    life = taken_over(tmp_path, made_by, stained=True)
    (life.telemetry / ALERTS).unlink()
    life.write(QUIET_FILE, when=at(LAST_OLD))

    verdicts = dict(daily(life, *NEXT_DAYS))

    for number in range(15, 24):
        assert verdicts[day_of(f"12-{number}")].verdict == "NO_GO"
    after = {day: judged for day, judged in verdicts.items() if day > day_of("12-23")}
    assert {judged.verdict for judged in after.values()} <= {"HOLD", "GO"}
    for judged in after.values():
        for rule, days in judged.why.items():
            # The gap lies between the last day of the old reports and the first new one.
            assert set(days) <= {f"12-{number}" for number in range(11, 16)}, rule
            assert f'rule = "{rule}"' in judged.hint(rule)
    assert verdicts[day_of("12-28")].why == {}
    assert verdicts[day_of("12-31")].why == {}


def test_an_old_window_is_completed_by_the_first_run(tmp_path: Path) -> None:
    """The first run finds a critical event that follows the last report of the scripts."""
    life = taken_over(tmp_path, "scripts", stained=False)
    life.append(QUIET_FILE, critical(LAST_OLD), quiet(day_of("12-15")), when=at(day_of("12-15")))

    assert life.trend(LAST_OLD).why == {"gap": ["12-14"]}
    assert life.run(day_of("12-15")).why == {"critical": ["12-14"]}
    assert life.summary(LAST_OLD)["created_at_utc"] == "2025-12-15T00:00:00Z"
    assert window_of(LAST_OLD).end == at(day_of("12-15"), "00:00")


@pytest.mark.parametrize("markdown_only", [True, False])
def test_old_reports_with_lost_telemetry_are_not_replaced_by_empty_ones(
    tmp_path: Path,
    *,
    markdown_only: bool,
) -> None:
    """Old reports have no number of events, so an empty count does not replace them."""
    life = Life(tmp_path)
    written_by_the_scripts(life, markdown_only=markdown_only)

    verdicts = dict(daily(life, *NEXT_DAYS))

    assert {rule for rules in holds(verdicts).values() for rule in rules} <= {"gap", "lost"}
    assert [*holds(verdicts)][-1] <= "12-27"
    for judged in verdicts.values():
        assert all("[[accepted]]" in judged.hint(rule) for rule in judged.why)


@pytest.mark.parametrize("markdown_only", [True, False])
def test_alerts_of_old_reports_are_not_lost_to_poorer_ones(
    tmp_path: Path,
    *,
    markdown_only: bool,
) -> None:
    """The alerts of an old report are kept when their file is removed."""
    life = Life(tmp_path)
    life.live_quietly(FIRST - timedelta(days=1), LAST_OLD)
    written_by_the_scripts(life, markdown_only=markdown_only, alerts=6)

    verdicts = dict(daily(life, day_of("12-15"), day_of("12-24")))

    for number in range(15, 24):
        assert "new_alerts" in verdicts[day_of(f"12-{number}")].why
    assert verdicts[day_of("12-24")].why == {}
