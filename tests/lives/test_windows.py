"""Windows that do not cover the time they are judged for, and verdicts that are not current."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.names import TREND_JSON
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
    day_of,
    days_from,
    quiet,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python


# Time that no window covers.


@pytest.mark.parametrize("clock", ["00:01", "00:05"])
def test_reports_that_end_at_the_start_of_the_last_day_leave_it_open(
    life: Life, clock: str
) -> None:
    """A trend objects to the open rest of the last day until a run reports it."""
    early = as_of(LAST_DAY, clock)
    records = [quiet(day_of("12-06")), critical(LAST_DAY)]
    life.append(QUIET_FILE, *records, when=at(LAST_DAY, "12:00"))
    life.run(LAST_DAY, window=early, now=early.end)

    for end in (window_of(LAST_DAY), as_of(LAST_DAY, "23:59")):
        judged = life.trend(LAST_DAY, window=end)

        assert (judged.verdict, judged.why) == ("HOLD", {"gap": ["12-20"]})
        assert "stage1-run" in judged.hint("gap")

    assert life.run(LAST_DAY).why == {"critical": ["12-20"]}


def test_a_gap_heals_by_the_run_of_whole_days(life: Life) -> None:
    """Reports of other windows are replaced by those that end later."""
    for number in range(7, 21):
        life.snapshot(as_of(day_of(f"12-{number:02}"), "10:00"))
    assert life.trend(LAST_DAY, window=as_of(LAST_DAY, "10:30")).why == {}

    assert life.trend(LAST_DAY).why == {"gap": ["12-20"]}
    assert life.run(LAST_DAY).why == {}


def test_a_gap_between_two_days_objects_and_heals(life: Life) -> None:
    """A critical event in the hours between two windows is seen by the run."""
    for number in range(7, 16):
        life.snapshot(as_of(day_of(f"12-{number:02}"), "10:00"))
    life.append(QUIET_FILE, critical(day_of("12-15"), "12:00:00Z"), when=at(LAST_DAY))
    life.snapshot(as_of(day_of("12-16"), "14:00"))
    for number in range(17, 21):
        life.snapshot(as_of(day_of(f"12-{number:02}"), "14:00"))

    judged = life.trend(LAST_DAY, window=as_of(LAST_DAY, "14:00"))

    assert (judged.verdict, judged.why) == ("HOLD", {"gap": ["12-15", "12-16"]})
    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


# Windows that move.

MONDAY: Final = day_of("12-15")
SUNDAY: Final = MONDAY - DAY
ALERT: Final = {
    "ts": f"{SUNDAY - DAY}T20:00:00Z",
    "severity": "warn",
    "event_type": "risk_alert",
}
WEEKEND: Final = '[policy]\ndays_off = ["sat", "sun"]\n'


@pytest.fixture
def mondays(life: Life) -> Life:
    """Return the life with a critical event of Sunday evening in the report of Monday morning."""
    life.toml = WEEKEND
    life.live_quietly(day_of("12-01"), day_of("12-06"))
    life.append(QUIET_FILE, critical(SUNDAY, "20:00:00Z"), when=at(LAST_DAY))
    for day in days_from(day_of("12-01"), 19):
        window = as_of(day, "08:00") if day == MONDAY else window_of(day)
        if day.weekday() < 5:
            life.snapshot(window, now=at(NEXT_DAY))
    return life


def test_a_later_window_does_not_drop_what_is_in_no_other_report(mondays: Life) -> None:
    """The command that closes the gap says which report must be made first."""
    friday = day_of("12-19")
    assert mondays.trend(friday).why == {"critical": ["12-15"], "gap": ["12-15", "12-16"]}

    (report,) = mondays.snapshot(window_of(MONDAY))

    assert (report.written, report.losses, report.first) == (False, (), SUNDAY)
    assert mondays.trend(friday).verdict == "NO_GO"
    assert "lost" not in mondays.summary(MONDAY)
    for day in (SUNDAY, MONDAY):
        assert mondays.snapshot(window_of(day))[0].written
    assert mondays.trend(friday).why == {"critical": ["12-14"]}


def test_a_run_makes_the_report_of_the_day_before_itself(mondays: Life) -> None:
    """All days of its range are chosen in order."""
    judged = mondays.run(day_of("12-19"), now=at(NEXT_DAY))

    assert (judged.verdict, judged.why) == ("NO_GO", {"critical": ["12-14"]})
    assert not any(report.first for report in judged.reports)


def test_a_run_up_to_a_later_hour_moves_all_windows(life: Life) -> None:
    """An event that the report of the next day leaves out is in that of the day before."""
    life.append(QUIET_FILE, critical(SUNDAY, "09:00:00Z"), when=at(LAST_DAY))
    life.live_quietly(day_of("12-06"), day_of("12-06"))
    early, late = (as_of(LAST_DAY, clock) for clock in ("08:00", "10:00"))
    assert life.run(LAST_DAY, window=early, now=late.end).why == {"critical": ["12-15"]}

    assert life.run(LAST_DAY, window=late, now=late.end).why == {"critical": ["12-14"]}


def test_a_run_goes_on_where_its_first_day_must_keep_its_window(mondays: Life) -> None:
    """The report stays, and the range says so as long as the day is in it."""
    sunday = day_of("12-21")
    mondays.live_quietly(NEXT_DAY, day_of("12-22"))

    judged = mondays.run(sunday, days=7)

    assert judged.why["critical"] == ["12-15"]
    assert [report.first for report in judged.reports if report.first] == [SUNDAY]
    assert mondays.run(day_of("12-22"), days=7).verdict == "GO"


def test_a_report_of_the_day_before_that_is_out_of_date_covers_nothing(life: Life) -> None:
    """The critical event came after it was made, and is in the report of the next morning alone."""
    life.snapshot(window_of(SUNDAY))
    life.append(QUIET_FILE, critical(SUNDAY, "20:00:00Z"), when=at(LAST_DAY))
    life.snapshot(as_of(MONDAY, "08:00"))

    assert life.snapshot(window_of(MONDAY))[0].first == SUNDAY
    assert life.summary(MONDAY)["metrics"]["critical_alerts"] == 1
    assert life.snapshot(window_of(SUNDAY), window_of(MONDAY))[1].written
    assert life.summary(SUNDAY)["metrics"]["critical_alerts"] == 1


@pytest.mark.parametrize("toml", ["", WEEKEND])
def test_a_snapshot_that_leaves_one_day_as_it_is_takes_nothing_for_the_next(
    life: Life, toml: str
) -> None:
    """Sunday keeps its report of the morning, so that of Monday morning alone has its evening."""
    life.toml = toml
    life.append(QUIET_FILE, ALERT, critical(SUNDAY, "20:00:00Z"), when=at(LAST_DAY))
    for day in days_from(day_of("12-07"), 14):
        is_early = SUNDAY - DAY <= day <= MONDAY
        life.snapshot(as_of(day, "08:00") if is_early else window_of(day), now=at(NEXT_DAY))
    assert life.trend(LAST_DAY).why["critical"] == ["12-15"]

    reports = life.snapshot(window_of(SUNDAY), window_of(MONDAY), now=at(NEXT_DAY))

    assert [(report.written, report.first) for report in reports] == [
        (False, SUNDAY - DAY),
        (False, SUNDAY),
    ]
    assert life.trend(LAST_DAY).why["critical"] == ["12-15"]
    days = [window_of(SUNDAY + back * DAY) for back in (-1, 0, 1)]
    assert all(report.written for report in life.snapshot(*days, now=at(NEXT_DAY)))
    assert life.trend(LAST_DAY).why == {"critical": ["12-14"]}


def test_the_command_of_a_loss_keeps_the_window_of_the_report(life: Life) -> None:
    """As a whole day, the report of Monday would lose the evening of Sunday."""
    life.toml = WEEKEND
    morning = as_of(LAST_DAY, "08:00")
    life.append(QUIET_FILE, critical(SUNDAY, "20:00:00Z"), when=at(LAST_DAY))
    life.write(
        "telemetry/more.jsonl", quiet(MONDAY) | {"ts": f"{MONDAY}T06:00:00Z"}, when=at(LAST_DAY)
    )
    life.live_quietly(day_of("12-06"), day_of("12-06"))
    assert life.run(LAST_DAY, window=morning).why == {"critical": ["12-15"]}
    life.write("telemetry/more.jsonl", when=at(LAST_DAY))

    hint = life.run(LAST_DAY, window=morning).hint("lost")

    assert f"stage1-snapshot --as-of {MONDAY}T08:00:00Z --replace and the" in hint
    life.snapshot(as_of(MONDAY, "08:00"), replace=True)
    assert life.run(LAST_DAY, window=morning).why == {"critical": ["12-15"]}


def test_a_day_off_that_has_a_report_has_no_gap_behind_it(life: Life) -> None:
    """Its evening is in no report, so that nobody knows what happened there."""
    life.toml = WEEKEND
    life.append(QUIET_FILE, critical(SUNDAY, "20:00:00Z"), when=at(LAST_DAY))
    for day in days_from(day_of("12-07"), 14):
        window = as_of(day, "08:00") if day == SUNDAY else window_of(day)
        life.snapshot(window, now=at(NEXT_DAY))

    assert life.trend(LAST_DAY).why == {"gap": ["12-14", "12-15"]}
    assert life.trend(SUNDAY, days=8).why == {"gap": ["12-14"]}


# Ranges.


@pytest.mark.parametrize("days", [1, 3, 6])
def test_a_short_range_is_a_hold_that_names_the_option(life: Life, days: int) -> None:
    """A short range is HOLD, and the `--days` of its hint gives GO."""
    judged = life.run(LAST_DAY, days=days)

    assert (judged.verdict, [*judged.why]) == ("HOLD", ["too_short"])
    (named,) = re.findall(r"--days (\d+)", judged.hint("too_short"))
    assert life.run(LAST_DAY, days=int(named)).why == {}


def test_a_short_range_does_not_hide_a_critical_event(life: Life) -> None:
    """A range of three days is not GO five days after a critical event."""
    life.append(QUIET_FILE, critical(day_of("12-15")), when=at(LAST_DAY))

    assert life.run(LAST_DAY, days=3).verdict == "HOLD"
    assert life.run(LAST_DAY).verdict == "NO_GO"


def test_one_day_of_data_is_a_hold(tmp_path: Path) -> None:
    """A range of one day over the first day of data is HOLD."""
    life = Life(tmp_path)
    life.live_quietly(LAST_DAY, LAST_DAY)

    assert life.run(LAST_DAY, days=1).verdict == "HOLD"
    assert life.run(LAST_DAY).verdict == "HOLD"


def test_a_date_that_was_left_set_is_shown_as_out_of_date(life: Life) -> None:
    """A GO for an old date is not shown as current."""
    for later in days_from(NEXT_DAY, 7):
        life.append(QUIET_FILE, critical(later), when=at(later))
        judged = life.run(LAST_DAY, now=at(later + DAY, "02:00"))
        assert judged.verdict == "GO"

        assert life.shown(at(later + DAY, "06:30")) is None


# Current or not.


def test_a_later_critical_report_makes_a_verdict_out_of_date(life: Life) -> None:
    """A later critical snapshot makes the verdict out of date, until the run of its day."""
    life.run(LAST_DAY)
    life.append(QUIET_FILE, quiet(NEXT_DAY), critical(NEXT_DAY), when=at(NEXT_DAY, "13:00"))
    assert life.shown(at(NEXT_DAY, "13:30")) == "GO"

    life.snapshot(as_of(NEXT_DAY, "13:30"))

    assert life.shown(at(NEXT_DAY, "13:31")) is None
    life.run(NEXT_DAY)
    assert life.shown(at(NEXT_DAY + DAY, "06:00")) == "NO_GO"


def test_a_later_quiet_report_leaves_a_verdict_current(life: Life) -> None:
    """A later report without objections leaves the verdict current."""
    life.run(LAST_DAY)
    life.append(QUIET_FILE, quiet(NEXT_DAY), when=at(NEXT_DAY))
    life.snapshot(as_of(NEXT_DAY, "13:30"))

    assert life.shown(at(NEXT_DAY, "13:31")) == "GO"


@pytest.mark.parametrize("hours", [29, 31])
def test_a_verdict_is_valid_for_thirty_hours(life: Life, hours: int) -> None:
    """A GO is no longer shown as current thirty hours after its window."""
    life.run(LAST_DAY)

    shown = life.shown(window_of(LAST_DAY).end + timedelta(hours=hours))

    assert shown == ("GO" if hours < 30 else None)


def test_a_run_that_fails_leaves_a_verdict_that_is_not_current(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed run after a critical snapshot leaves no current verdict."""
    life.run(LAST_DAY)
    life.append(QUIET_FILE, quiet(NEXT_DAY), critical(NEXT_DAY), when=at(NEXT_DAY, "13:00"))
    life.snapshot(as_of(NEXT_DAY, "13:30"))

    def refuse(*_arguments: object) -> None:
        raise ReportsError("cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr("peaktrade_ops.scanning.check_writable", refuse)
        with pytest.raises(ReportsError):
            life.run(NEXT_DAY)

    assert life.shown(at(NEXT_DAY + DAY, "02:30")) is None
    assert life.run(NEXT_DAY).why == {"critical": ["12-21"]}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_trend_is_not_shown_and_heals(life: Life, content: bytes) -> None:
    """A damaged trend is not shown, and the next run writes it again."""
    life.run(LAST_DAY)
    (life.reports / TREND_JSON).write_bytes(content)

    assert life.shown(at(NEXT_DAY, "01:00")) is None
    assert life.run(LAST_DAY).why == {}
    assert life.shown(at(NEXT_DAY, "01:00")) == "GO"


def test_a_forged_trend_is_not_shown_and_heals(life: Life) -> None:
    """A forged trend is not shown, and the next run replaces it."""
    life.append(QUIET_FILE, critical(LAST_DAY), when=at(LAST_DAY))
    life.run(LAST_DAY)
    path = life.reports / TREND_JSON
    path.write_text(path.read_text().replace('"NO_GO"', '"GO"'))

    assert life.shown(at(NEXT_DAY, "01:00")) is None
    assert life.run(LAST_DAY).verdict == "NO_GO"


def test_an_older_trend_does_not_replace_a_later_one(life: Life) -> None:
    """A run of an old day prints its verdict and leaves the NO_GO of the later one stored."""
    life.append(QUIET_FILE, critical(LAST_DAY), when=at(LAST_DAY))
    life.run(LAST_DAY)

    older = life.run(day_of("12-19"), days=7, now=at(NEXT_DAY, "01:00"))

    assert (older.verdict, older.stored) == ("GO", False)
    assert life.shown(at(NEXT_DAY, "01:00")) == "NO_GO"
