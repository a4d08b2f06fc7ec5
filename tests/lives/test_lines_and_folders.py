"""Test cut lines, bad lines between days, and folders that disappear, until their repair."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.lives import (
    DAY,
    LAST_DAY,
    NEXT_DAY,
    QUIET_FILE,
    Life,
    at,
    critical,
    day_of,
    days_from,
    lines,
    quiet,
)

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tests.support.lives import Judged

pytestmark = pytest.mark.one_python

CRITICAL_DAY = day_of("12-15")
DAYS = days_from(day_of("12-07"), 14)
RECORDS = [quiet(day) for day in DAYS]
FOLDER = "alerts/a.jsonl"


# Lines.


def test_a_line_cut_at_the_scan_is_a_hold_until_it_is_completed(life: Life) -> None:
    """A line that was incomplete at the scan counts after it is completed."""
    whole = json.dumps(critical(LAST_DAY, "23:59:00Z"))
    life.append(QUIET_FILE, when=at(LAST_DAY, "23:59"), end=whole[:40])

    judged = life.run(LAST_DAY)

    assert (judged.verdict, judged.why) == ("HOLD", {"incomplete": ["12-20"]})
    assert f"{QUIET_FILE}: cut off" in judged.hint("incomplete")

    life.write(QUIET_FILE, *RECORDS, whole, when=at(NEXT_DAY, "00:01"))

    assert life.run(LAST_DAY).why == {"critical": ["12-20"]}


def test_a_harmless_line_cut_at_the_scan_is_go_once_it_is_completed(life: Life) -> None:
    """A completed line no longer objects in the next daily run."""
    whole = json.dumps(quiet(LAST_DAY))
    life.append(QUIET_FILE, when=at(LAST_DAY, "23:59"), end=whole[:40])
    assert life.run(LAST_DAY).verdict == "HOLD"

    life.write(QUIET_FILE, *RECORDS, whole, quiet(NEXT_DAY), when=at(NEXT_DAY))

    assert life.run(NEXT_DAY).why == {}


def test_a_bad_line_that_was_a_critical_event_is_no_go_once_it_is_mended(life: Life) -> None:
    """A repaired bad line is an event of the first day and not a loss of the second."""
    broken = lines(critical(CRITICAL_DAY)).replace('"critical"', "critical").strip()
    place = DAYS.index(CRITICAL_DAY) + 1
    life.write(QUIET_FILE, *RECORDS[:place], broken, *RECORDS[place:], when=at(LAST_DAY))
    judged = life.run(LAST_DAY)
    assert judged.why == {"parse_errors": ["12-15", "12-16"]}
    assert f"{QUIET_FILE} line {place + 1}" in judged.hint("parse_errors")

    mended = critical(CRITICAL_DAY)
    life.write(QUIET_FILE, *RECORDS[:place], mended, *RECORDS[place:], when=at(LAST_DAY))

    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


@pytest.mark.parametrize("hour", ["00", "23"])
def test_a_bad_line_between_two_days_heals_in_both(life: Life, hour: str) -> None:
    """A repaired record is an event of one day and not a loss of the other."""
    life.write(QUIET_FILE, *RECORDS[:-1], "nonsense", RECORDS[-1], when=at(LAST_DAY))
    assert life.run(LAST_DAY).why == {"parse_errors": ["12-19", "12-20"]}

    day = LAST_DAY if hour == "00" else LAST_DAY - DAY
    mended = quiet(day) | {"ts": f"{day}T{hour}:30:00Z"}
    life.write(QUIET_FILE, *RECORDS[:-1], mended, RECORDS[-1], when=at(LAST_DAY))

    assert life.run(LAST_DAY).why == {}


def test_two_bad_records_between_a_reported_day_and_the_next_stand_in_both(life: Life) -> None:
    """Two bad records between two days count in both, and the earlier day is counted again."""
    life.write(QUIET_FILE, *RECORDS[:-1], when=at(day_of("12-19")))
    assert life.run(day_of("12-19"), days=13).why == {}
    untimed = {"severity": "critical", "event_type": "breach"}
    life.write(QUIET_FILE, *RECORDS[:-1], untimed, '{"ts": ', RECORDS[-1], when=at(LAST_DAY))

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    assert judged.why["parse_errors"] == ["12-19", "12-20"]
    assert judged.why["not_understood"] == ["12-19", "12-20"]


# Folders.


@pytest.fixture
def foldered(life: Life) -> Life:
    """Return the life with a second folder that has one quiet line, after a run with GO."""
    life.write(FOLDER, quiet(DAYS[0]), when=at(DAYS[0]))
    assert life.run(LAST_DAY).why == {}
    return life


def test_a_folder_that_disappears_is_a_hold_until_it_is_back(foldered: Life) -> None:
    """A missing folder is HOLD with its name in the hint until a run finds it again."""
    shutil.move(foldered.telemetry / "alerts", foldered.folder / "away")
    foldered.append(QUIET_FILE, quiet(NEXT_DAY), when=at(NEXT_DAY))

    judged = foldered.run(NEXT_DAY)

    assert judged.verdict == "HOLD"
    assert judged.why["source_gone"] == ["12-20"]
    assert "alerts" in judged.findings["source_gone"].text
    assert "mount them again" in judged.hint("source_gone")
    assert "folder alerts" in judged.hint("lost")

    shutil.move(foldered.folder / "away", foldered.telemetry / "alerts")

    assert foldered.run(NEXT_DAY).why == {}


def test_a_folder_with_a_critical_event_that_disappears_is_no_go(foldered: Life) -> None:
    """The critical event stays for as long as its day is in the range."""
    foldered.append(FOLDER, critical(CRITICAL_DAY), when=at(CRITICAL_DAY, "12:00"))
    assert foldered.run(LAST_DAY).verdict == "NO_GO"
    shutil.rmtree(foldered.telemetry / "alerts")

    verdicts = _days_after(foldered, day_of("12-31"))

    assert {day for day, judged in verdicts.items() if judged.verdict == "NO_GO"} == {
        *days_from(NEXT_DAY, 8)
    }


def test_a_folder_that_disappears_for_good_is_a_hold_that_ends(foldered: Life) -> None:
    """GO returns when all days with the folder are out of the range, unless it is accepted."""
    shutil.rmtree(foldered.telemetry / "alerts")

    verdicts = _days_after(foldered, day_of("12-31") + 5 * DAY)

    held = [day for day, judged in verdicts.items() if judged.why]
    assert held == days_from(NEXT_DAY, len(held))
    assert {judged.verdict for judged in verdicts.values()} == {"HOLD", "GO"}
    for day in held:
        for rule in verdicts[day].why:
            assert f'rule = "{rule}"' in verdicts[day].hint(rule)


def test_a_folder_that_is_silent_on_the_last_day_only_is_a_hold(life: Life) -> None:
    """A folder that is silent on the last day is HOLD until its writer continues."""
    life.write(FOLDER, *RECORDS, when=at(LAST_DAY))
    assert life.run(LAST_DAY).why == {}
    life.append(QUIET_FILE, quiet(NEXT_DAY), when=at(NEXT_DAY))

    judged = life.run(NEXT_DAY)

    assert judged.why == {"source_gone": ["12-20"]}
    life.append(FOLDER, quiet(NEXT_DAY), when=at(NEXT_DAY, "10:00"))
    assert life.run(NEXT_DAY).why == {}


def test_dated_folders_are_one_folder(tmp_path: Path) -> None:
    """Dated folders that are removed after a week do not count as disappeared."""
    life = Life(tmp_path)
    verdicts = {}
    for day in [*DAYS, *days_from(NEXT_DAY, 10)]:
        life.append(QUIET_FILE, quiet(day), when=at(day))
        life.write(f"telemetry/{day:%Y/%m/%d}/bot.jsonl", quiet(day), when=at(day))
        shutil.rmtree(life.telemetry / f"telemetry/{day - 8 * DAY:%Y/%m/%d}", ignore_errors=True)
        if day >= LAST_DAY:
            verdicts[day] = life.run(day)

    assert [judged.why for judged in verdicts.values()] == [{}] * 11


def _days_after(life: Life, last: date) -> dict[date, Judged]:
    """Live on quietly from 12-21 on; return the verdicts."""
    verdicts = {}
    for day in days_from(NEXT_DAY, (last - NEXT_DAY).days + 1):
        life.append(QUIET_FILE, quiet(day), when=at(day))
        verdicts[day] = life.run(day)
    return verdicts


# What is left out.


def test_an_input_that_was_left_set_is_a_hold_until_it_is_unset(life: Life) -> None:
    """A report of named files is HOLD until the input is unset."""
    named = life.run(LAST_DAY, inputs=(str(life.telemetry / QUIET_FILE),))

    assert named.verdict == "HOLD"
    assert named.why["incomplete"] == [f"{day:%m-%d}" for day in DAYS]
    assert "without --input and PEAK_INPUT" in named.hint("incomplete")
    assert life.run(LAST_DAY).why == {}


def test_a_file_under_another_name_is_a_hold_until_it_is_named(life: Life) -> None:
    """The line that the hint names for `stage1.toml` includes the file in the scan."""
    life.write("telemetry/alerts.jsonl.bak", critical(CRITICAL_DAY), when=at(LAST_DAY))

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    assert "telemetry/alerts.jsonl.bak: name not recognised" in judged.hint("incomplete")
    assert "include or ignore under [sources]" in judged.hint("incomplete")

    life.toml = '[sources]\ninclude = ["telemetry/alerts.jsonl.bak"]\n'

    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_damaged_file_is_a_hold_until_it_is_restored(life: Life) -> None:
    """An incomplete count does not replace a complete report."""
    life.run(LAST_DAY)
    damaged = life.put("telemetry/alerts.jsonl.gz", b"\x1f\x8b\x08", when=at(LAST_DAY, "10:00"))

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    (rule,) = judged.why
    assert "telemetry/alerts.jsonl.gz: broken compression" in judged.hint(rule)

    damaged.unlink()

    assert life.run(LAST_DAY).why == {}
