"""Test weeks of daily runs: which days are HOLD, why, and when GO returns."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.window import window_of
from tests.support.lives import (
    DAY,
    QUIET_FILE,
    Life,
    as_of,
    at,
    critical,
    daily,
    day_of,
    days_from,
    quiet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lives import Judged, Record

pytestmark = pytest.mark.one_python

FIRST = day_of("12-01")
LAST = day_of("12-21")
THREE_WEEKS = days_from(FIRST, 21)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """Return a life without telemetry and reports."""
    return Life(tmp_path)


def settled(tmp_path: Path) -> Life:
    """Return a life with two quiet weeks before the three weeks; its first run is GO."""
    life = Life(tmp_path)
    life.live_quietly(FIRST - 14 * DAY, FIRST - DAY)
    return life


def holds(verdicts: dict[date, Judged]) -> dict[str, list[str]]:
    """Return the days that are not GO, as `mm-dd`, with the rules that object."""
    return {f"{day:%m-%d}": [*judged.why] for day, judged in verdicts.items() if judged.why}


def test_a_first_run_over_weeks_of_telemetry_is_go(life: Life) -> None:
    """The first run in an empty reports folder is GO, and so is every later run."""
    life.live_quietly(FIRST, day_of("12-14"))
    assert life.run(day_of("12-14")).why == {}

    assert holds(dict(daily(life, day_of("12-15"), day_of("12-31")))) == {}


def test_a_dry_run_younger_than_the_range_is_go_with_the_days_of_the_hint(life: Life) -> None:
    """The hint names the `--days` to use from the seventh day; the fourteenth day is GO."""
    verdicts: dict[date, Judged] = {}
    for number, (day, judged) in enumerate(daily(life, FIRST, LAST), 1):
        verdicts[day] = judged
        if 7 <= number < 14:
            (days,) = re.findall(r"--days (\d+)", judged.hint("missing"))
            assert int(days) == number
            assert life.run(day, days=number).why == {}

    young = [f"{day:%m-%d}" for day in THREE_WEEKS[:13]]
    assert [*holds(verdicts)] == young
    assert {rule for rules in holds(verdicts).values() for rule in rules} == {
        "missing",
        "too_short",
    }
    assert [day for day in young if "too_short" in holds(verdicts)[day]] == young[:6]
    for day in THREE_WEEKS[:6]:
        said = f"wait until {THREE_WEEKS[7]}, when 7 days have data, and use --days 7"
        assert said in verdicts[day].hint("missing")
        assert f"wait until {THREE_WEEKS[7]}, " in verdicts[day].hint("too_short")


@pytest.mark.parametrize("days", [4, 7])
def test_a_short_range_over_a_young_dry_run_is_go_on_the_day_of_the_hint(
    life: Life, days: int
) -> None:
    """More days do not help a dry run that has not lived so long."""
    verdicts = dict(daily(life, FIRST, THREE_WEEKS[3]))
    assert verdicts[THREE_WEEKS[3]].verdict == "HOLD"

    hint = life.run(THREE_WEEKS[3], days=days).hint("too_short")

    (said,) = re.findall(r"wait until (\S+)[, ]", hint)
    last = date.fromisoformat(said.rstrip(",")) - DAY
    assert last == THREE_WEEKS[6]
    assert ("use --days 7 or more; if the telemetry does not go back so far" in hint) == (days < 7)
    again = dict(daily(life, THREE_WEEKS[4], last))
    assert again[last].verdict == "HOLD"
    assert life.run(last, days=7).verdict == "GO"


def rests(life: Life) -> dict[date, Judged]:
    """Live three weeks in which the bot pauses on Saturdays; return the verdicts."""
    verdicts = {}
    for day in THREE_WEEKS:
        if f"{day:%a}" != "Sat":
            life.append(QUIET_FILE, quiet(day), when=at(day))
        verdicts[day] = life.run(day)
    return verdicts


def test_a_bot_that_pauses_on_saturdays_is_a_hold_that_names_days_off(tmp_path: Path) -> None:
    """The first empty Saturday objects, and objects until it has left the range."""
    life = settled(tmp_path)
    verdicts = rests(life)

    assert [*holds(verdicts)] == [f"{day:%m-%d}" for day in days_from(day_of("12-06"), 16)]
    assert verdicts[day_of("12-06")].why == {"missing": ["12-06"], "last_day": ["12-06"]}
    assert verdicts[day_of("12-07")].why == {"missing": ["12-06"]}
    for day in (day_of("12-06"), day_of("12-07")):
        assert "days_off under [policy]" in verdicts[day].hint("missing")

    life.toml = '[policy]\ndays_off = ["sat"]\n'

    assert life.run(LAST).why == {}


def test_days_off_make_every_day_of_such_a_bot_go(tmp_path: Path) -> None:
    """Saturdays are not missing days, and every verdict lists them."""
    life = settled(tmp_path)
    life.toml = '[policy]\ndays_off = ["sat"]\n'
    verdicts = rests(life)

    assert holds(verdicts) == {}
    assert verdicts[LAST].tolerated["days_off"].days == (day_of("12-13"), day_of("12-20"))


def test_a_day_off_with_a_critical_event_is_no_go(tmp_path: Path) -> None:
    """A day off with a critical event is NO_GO, because only empty days are off."""
    life = settled(tmp_path)
    life.toml = '[policy]\ndays_off = ["sat"]\n'
    life.live_quietly(FIRST, day_of("12-12"))
    life.append(QUIET_FILE, critical(day_of("12-13")), when=at(day_of("12-13"), "13:00"))

    assert life.run(day_of("12-13")).why == {"critical": ["12-13"]}


def rotated(life: Life, days: list[date], kept: int, *more: Record) -> dict[date, Judged]:
    """Live with one long-lived file and one file a day that is removed later; return the verdicts.

    Args:
        life: The life.
        days: The days.
        kept: How many days the file of a day stays after it.
        more: Records that are written in the files of their days.
    """
    verdicts = {}
    for day in days:
        life.append(QUIET_FILE, quiet(day), when=at(day))
        serious = [record for record in more if record["ts"].startswith(f"{day}")]
        life.write(f"telemetry/bot-{day}.jsonl", quiet(day), *serious, when=at(day))
        (life.telemetry / f"telemetry/bot-{day - (kept + 1) * DAY}.jsonl").unlink(missing_ok=True)
        verdicts[day] = life.run(day)
    return verdicts


def test_logs_kept_for_seven_days_are_go(tmp_path: Path) -> None:
    """Logs that are kept for seven days are GO, and every verdict lists the older days."""
    verdicts = rotated(settled(tmp_path), THREE_WEEKS, 7)

    assert holds(verdicts) == {}
    assert verdicts[LAST].tolerated["aged"].days == tuple(days_from(day_of("12-08"), 6))


def test_a_critical_event_that_has_aged_out_is_no_go_until_it_has_left_the_range(
    tmp_path: Path,
) -> None:
    """The stored report of a critical event stays in the range when its telemetry is removed."""
    verdicts = rotated(settled(tmp_path), THREE_WEEKS, 7, critical(day_of("12-03")))

    days = [f"{day:%m-%d}" for day in days_from(day_of("12-03"), 14)]
    assert holds(verdicts) == {day: ["critical"] for day in days}


def test_logs_kept_for_less_than_a_week_are_a_hold_that_says_so(tmp_path: Path) -> None:
    """A day that loses telemetry too early objects until it is old enough."""
    life = settled(tmp_path)
    verdicts = rotated(life, THREE_WEEKS[:10], 3)

    assert verdicts[day_of("12-04")].why == {}
    assert verdicts[day_of("12-05")].why == {"lost": ["12-01"]}
    assert verdicts[day_of("12-10")].why == {"lost": [f"12-0{number}" for number in range(3, 7)]}
    assert "keep telemetry at least as long" in verdicts[day_of("12-05")].hint("lost")

    rest = rotated(life, THREE_WEEKS[10:], 7)

    # The last day that lost telemetry early, 12-06, is old enough on 12-14.
    assert [*holds(rest)] == ["12-11", "12-12", "12-13"]


def test_a_crash_that_nobody_can_mend_is_accepted(tmp_path: Path) -> None:
    """An empty day is HOLD until the lines of its hint are pasted, and then it is listed."""
    life = settled(tmp_path)
    verdicts = {}
    for day in THREE_WEEKS:
        if day != day_of("12-05"):
            life.append(QUIET_FILE, quiet(day), when=at(day))
        judged = life.run(day)
        if day == day_of("12-09"):
            assert judged.why == {"missing": ["12-05"]}
            life.paste(judged.hint("missing"))
            judged = life.run(day)
            assert judged.tolerated["missing"].days == (day_of("12-05"),)
        verdicts[day] = judged

    assert [*holds(verdicts)] == ["12-05", "12-06", "12-07", "12-08"]
    assert "missing" not in verdicts[LAST].tolerated


def test_a_crash_in_the_middle_of_a_line_is_accepted_up_to_its_count(tmp_path: Path) -> None:
    """An accepted count of bad lines does not cover one more bad line."""
    life = settled(tmp_path)
    bad = day_of("12-05")
    verdicts = {}
    for day in THREE_WEEKS:
        life.append(QUIET_FILE, quiet(day), when=at(day))
        if day == bad:
            crashed: list[Record | str] = [quiet(day), '{"ts": "2025-12-05T09:3', quiet(day)]
            life.write("telemetry/crashed.jsonl", *crashed, when=at(day))
        judged = life.run(day)
        if day == day_of("12-09"):
            assert judged.why == {"parse_errors": ["12-05"]}
            assert "telemetry/crashed.jsonl line 2" in judged.hint("parse_errors")
            life.paste(judged.hint("parse_errors"))
        verdicts[day] = judged

    assert [*holds(verdicts)] == ["12-05", "12-06", "12-07", "12-08", "12-09"]

    worse: list[Record | str] = [quiet(bad), '{"ts": "2025-12-05T09:3', "more", quiet(bad)]
    life.write("telemetry/crashed.jsonl", *worse, when=at(LAST))

    assert life.run(day_of("12-18")).why == {"parse_errors": ["12-05"]}


CONFIGURED = '[sources]\nlegacy = ["live_runs/alerts/**", "telemetry/old/**"]\n'


def test_a_changed_configuration_heals_as_long_as_telemetry_is_there(tmp_path: Path) -> None:
    """A run with another configuration counts every day again and removes the objection."""
    life = settled(tmp_path)
    verdicts = dict(daily(life, FIRST, day_of("12-10")))
    life.toml = CONFIGURED
    life.append(QUIET_FILE, quiet(day_of("12-11")), when=at(day_of("12-11")))
    life.snapshot(window_of(day_of("12-11")))

    judged = life.trend(day_of("12-11"))

    assert [*judged.why] == ["mixed"]
    assert "run stage1-run" in judged.hint("mixed")
    verdicts |= {day_of("12-11"): life.run(day_of("12-11"))}
    verdicts |= dict(daily(life, day_of("12-12"), LAST))
    assert holds(verdicts) == {}


def test_a_changed_configuration_over_aged_days_is_go(tmp_path: Path) -> None:
    """Days without telemetry keep their settings and do not object."""
    life = settled(tmp_path)
    verdicts = rotated(life, THREE_WEEKS[:14], 7)
    life.toml = CONFIGURED
    verdicts |= rotated(life, THREE_WEEKS[14:], 7)

    assert holds(verdicts) == {}


def test_a_changed_configuration_over_lost_days_heals(tmp_path: Path) -> None:
    """Days that lost telemetry too early object to other settings until they are old enough."""
    life = settled(tmp_path)
    rotated(life, THREE_WEEKS[:7], 3)
    life.toml = CONFIGURED

    verdicts = rotated(life, THREE_WEEKS[7:], 7)

    first = verdicts[day_of("12-08")]
    assert first.why == {"lost": ["12-01", "12-02", "12-03"], "mixed": ["12-01", "12-02", "12-03"]}
    assert "--replace" in first.hint("mixed")
    assert [*holds(verdicts)] == ["12-08", "12-09", "12-10"]


def test_hourly_snapshots_beside_the_daily_run_are_go(tmp_path: Path) -> None:
    """Snapshots every few hours beside the daily run leave the verdict GO."""
    life = settled(tmp_path)
    life.run(FIRST - DAY)
    verdicts = {}
    for day in THREE_WEEKS:
        for hour in range(0, 24, 8):
            if hour == 16:
                life.append(QUIET_FILE, quiet(day), when=at(day))
            now = at(day, f"{hour:02}:17")
            life.snapshot(as_of(day, f"{hour:02}:17"), now=now)
            assert life.shown(now) == "GO"
        verdicts[day] = life.run(day)

    assert holds(verdicts) == {}


def test_an_hourly_snapshot_that_sees_a_critical_event_ends_the_go_at_once(tmp_path: Path) -> None:
    """The verdict of yesterday is out of date, and the daily run is NO_GO."""
    life = settled(tmp_path)
    verdicts = {}
    for day in THREE_WEEKS:
        life.append(QUIET_FILE, quiet(day), when=at(day))
        if day == day_of("12-05"):
            assert life.shown(at(day, "12:20")) == "GO"
            life.append(QUIET_FILE, critical(day), when=at(day, "12:20"))
            life.snapshot(as_of(day, "12:30"))
            assert life.shown(at(day, "12:30")) is None
        verdicts[day] = life.run(day)

    days = [f"{day:%m-%d}" for day in days_from(day_of("12-05"), 14)]
    assert holds(verdicts) == {day: ["critical"] for day in days}


def test_a_host_that_was_down_for_days_catches_up(tmp_path: Path) -> None:
    """The first run after an outage makes all missed days; before it no GO is shown."""
    life = settled(tmp_path)
    verdicts = dict(daily(life, FIRST, day_of("12-07")))
    life.live_quietly(day_of("12-08"), day_of("12-12"))
    assert life.shown(at(day_of("12-12"))) is None

    verdicts |= dict(daily(life, day_of("12-13"), LAST))

    assert holds(verdicts) == {}
    assert life.shown(window_of(LAST).end + timedelta(hours=6)) == "GO"


def test_logs_kept_for_six_days_are_go_with_the_line_of_the_hint(tmp_path: Path) -> None:
    """Logs that are kept for six days are GO with the line of the hint."""
    life = settled(tmp_path)
    verdicts = rotated(life, THREE_WEEKS[:12], 6)

    assert holds(verdicts) == {f"12-{number:02}": ["lost"] for number in range(8, 13)}
    hint = verdicts[day_of("12-12")].hint("lost")
    assert "retention_days = 6 under [policy]" in hint

    life.toml = "[policy]\nretention_days = 6\n"
    verdicts = rotated(life, THREE_WEEKS[12:], 6)

    assert holds(verdicts) == {}
    assert "retention_days = 6 instead of 7" in verdicts[LAST].tolerated["policy"].text


def test_a_host_that_keeps_logs_for_a_week_only_is_go_with_the_days_of_the_hint(
    tmp_path: Path,
) -> None:
    """A host that keeps logs for one week is GO with the `--days` of the hint."""
    life = Life(tmp_path)
    verdicts = {}
    for number, day in enumerate(THREE_WEEKS, 1):
        life.write(f"telemetry/bot-{day}.jsonl", quiet(day), when=at(day))
        (life.telemetry / f"telemetry/bot-{day - 8 * DAY}.jsonl").unlink(missing_ok=True)
        if number >= 8:
            verdicts[day] = life.run(day)

    first = verdicts[day_of("12-08")]
    assert first.why == {"missing": [f"11-{number}" for number in range(25, 31)]}
    assert "use --days 8" in first.hint("missing")
    assert [*holds(verdicts)] == [f"12-{number:02}" for number in range(8, 14)]
    assert verdicts[LAST].tolerated["aged"].days == tuple(days_from(day_of("12-08"), 6))
