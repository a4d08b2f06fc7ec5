"""Late telemetry counts from the next run on, and a repaired line ends its HOLD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.window import window_of
from tests.support.lives import (
    LAST_DAY,
    NEXT_DAY,
    QUIET_FILE,
    at,
    critical,
    day_of,
    days_from,
    quiet,
)

if TYPE_CHECKING:
    from tests.support.lives import Life

pytestmark = pytest.mark.one_python

CRITICAL_DAY = day_of("12-15")
DAYS = days_from(day_of("12-07"), 14)


def test_the_baseline_is_go_and_current(life: Life) -> None:
    """Fourteen days with one quiet event each are GO, shown until the verdict expires."""
    judged = life.run(LAST_DAY)

    assert (judged.verdict, judged.why) == ("GO", {})
    assert life.shown(at(NEXT_DAY, "06:00")) == "GO"
    assert life.shown(at(day_of("12-22"), "07:00")) is None


def test_a_late_critical_event_counts(life: Life) -> None:
    """An event that is appended after the report of its day turns GO into NO_GO."""
    life.run(LAST_DAY)
    life.append(QUIET_FILE, critical(CRITICAL_DAY), when=at(NEXT_DAY))

    judged = life.run(LAST_DAY)

    assert (judged.verdict, judged.why) == ("NO_GO", {"critical": ["12-15"]})
    assert [report.date for report in judged.reports if report.written] == [CRITICAL_DAY]


@pytest.mark.parametrize("serious", [False, True])
def test_telemetry_that_arrives_two_days_later_counts(life: Life, *, serious: bool) -> None:
    """A missing day has its normal state after its telemetry arrives."""
    late = day_of("12-18")
    days = [quiet(day_of(f"12-{number:02}")) for number in range(7, 21) if number != 18]
    life.write(QUIET_FILE, *days[:-2], when=at(late))
    first = life.run(late)
    life.write(QUIET_FILE, *days, when=at(LAST_DAY))
    second = life.run(LAST_DAY)

    assert first.verdict == "HOLD"
    assert first.why["last_day"] == ["12-18"]
    assert second.why == {"missing": ["12-18"]}
    assert "stage1-run" in second.hint("missing")

    arrived = [quiet(late), *([critical(late)] if serious else [])]
    life.write("telemetry/late.jsonl", *arrived, when=at(LAST_DAY, "20:00"))

    assert life.run(LAST_DAY).why == ({"critical": ["12-18"]} if serious else {})


@pytest.mark.parametrize(
    ("now", "clock", "when"),
    [
        pytest.param("00:05", "23:50:00Z", "00:25", id="written 25 minutes past midnight"),
        pytest.param("00:30", "20:00:00", "01:00", id="naive local time west of UTC"),
        pytest.param("01:00", "23:30:00Z", "01:30", id="clock of the reports two hours ahead"),
    ],
)
def test_an_event_that_is_written_after_its_report_counts(
    life: Life, now: str, clock: str, when: str
) -> None:
    """An event that is written after its report counts in the run of the next day."""
    assert life.run(LAST_DAY, now=at(NEXT_DAY, now)).verdict == "GO"
    life.append(QUIET_FILE, critical(LAST_DAY, clock), quiet(NEXT_DAY), when=at(NEXT_DAY, when))

    judged = life.run(NEXT_DAY)

    assert judged.verdict == "NO_GO"
    assert judged.why == {"critical": ["12-20"]}


def test_a_bad_line_is_a_hold_that_names_it_until_it_is_mended(life: Life) -> None:
    """The hint names file and line of a bad line, and the run after its repair is GO."""
    life.write("telemetry/bad.jsonl", quiet(CRITICAL_DAY), '{"ts": nonsense', when=at(CRITICAL_DAY))
    broken = life.run(LAST_DAY)

    assert (broken.verdict, broken.why) == ("HOLD", {"parse_errors": ["12-15"]})
    assert "telemetry/bad.jsonl line 2 (not JSON)" in broken.hint("parse_errors")

    life.write("telemetry/bad.jsonl", quiet(CRITICAL_DAY), quiet(CRITICAL_DAY), when=at(LAST_DAY))

    assert life.run(LAST_DAY).why == {}


def test_a_bad_line_that_is_removed_is_less_than_was_seen(life: Life) -> None:
    """The stored report of a removed bad line is kept, and the hint names the command to run."""
    records = [quiet(day) for day in DAYS]
    life.write(QUIET_FILE, *records, "nonsense", when=at(LAST_DAY, "10:00"))
    assert life.run(LAST_DAY).why == {"parse_errors": ["12-20"]}
    life.write(QUIET_FILE, *records, when=at(LAST_DAY, "11:00"))

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    assert judged.why["lost"] == ["12-20"]
    assert "--from 2025-12-20 --to 2025-12-20 --replace" in judged.hint("lost")


def _without_a_key(life: Life, *days: int) -> None:
    """Write one event for each of some days of December, with a time that no key names."""
    records = [
        {"moment": f"2025-12-{day:02}T10:00:00Z", "severity": "info", "event_type": "fill"}
        for day in days
    ]
    life.write("telemetry/m.jsonl", *records, when=at(LAST_DAY, "23:00"))


@pytest.mark.parametrize("first", [5, 7, 10])
def test_a_key_of_the_time_that_is_named_heals_all_days(life: Life, first: int) -> None:
    """Events of many days without a time stand in all of them, until the key is configured."""
    _without_a_key(life, *range(first, 21))
    judged = life.run(LAST_DAY)
    assert "telemetry/m.jsonl: no time understood" in judged.hint("incomplete")
    life.toml = '[fields.more]\ntime = ["moment"]\n'

    judged = life.run(LAST_DAY)

    assert (judged.verdict, judged.why) == ("GO", {})


def test_a_named_key_of_the_time_hides_no_line_that_was_removed(life: Life) -> None:
    """The days have fewer events more than there were events without a time."""
    _without_a_key(life, *range(7, 21))
    life.run(LAST_DAY)
    life.toml = '[fields.more]\ntime = ["moment"]\n'
    _without_a_key(life, *range(7, 20))

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    # The days before have aged out.
    assert judged.why["lost"] == [f"12-{day:02}" for day in range(13, 21)]


def test_events_of_today_that_got_a_time_need_the_command_of_the_hint(life: Life) -> None:
    """They stood in every day of the range, and no day of it counts them now."""
    today = 21
    _without_a_key(life, *range(7, today + 1))
    life.run(LAST_DAY)
    life.toml = '[fields.more]\ntime = ["moment"]\n'

    judged = life.run(LAST_DAY)
    lost, aged = (judged.hint(rule).split("\n")[0] for rule in ("lost", "incomplete"))

    assert "records without a time now have one of a day after the range" in lost
    assert "stage1-snapshot --from 2025-12-13 --to 2025-12-20 --replace" in lost
    assert "reports of days that have aged out stay" in aged
    assert "stage1-snapshot --from 2025-12-07 --to 2025-12-12 --replace" in aged
    life.snapshot(*map(window_of, DAYS), replace=True)
    assert life.run(LAST_DAY).verdict == "GO"
