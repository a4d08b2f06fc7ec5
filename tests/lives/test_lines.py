"""Test lines without events and records without a time, at any place."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.lives import (
    LAST_DAY,
    at,
    critical,
    day_of,
    days_from,
    lines,
    quiet,
)

if TYPE_CHECKING:
    from tests.support.lives import Life

pytestmark = pytest.mark.one_python

CRITICAL_DAY = day_of("12-15")
ALERTS = "telemetry/alerts.jsonl"
UP_TO_CRITICAL_DAY = [f"12-{day:02}" for day in range(7, 16)]
WRITTEN = at(CRITICAL_DAY, "12:00")
RECORD = json.dumps(critical(CRITICAL_DAY))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(RECORD + RECORD, "not JSON", id="twice without a line end"),
        pytest.param(f"{RECORD}{RECORD}\n", "not JSON", id="twice without a line end between"),
        pytest.param(f"{RECORD}\r{RECORD}\r", "not JSON", id="only CR"),
        pytest.param(f"[{RECORD},", "not JSON", id="an array that is not closed"),
        pytest.param(f"[\n{RECORD},\n", "not JSON", id="an array over lines"),
        pytest.param(f"{RECORD[:-1]},", "cut off", id="a cut line"),
        pytest.param(RECORD[:40], "cut off", id="a line that is cut in a string"),
        pytest.param(RECORD.replace('"critical"', "NaN")[:-2], "not JSON", id="NaN"),
        pytest.param(f"2025-12-15 CRITICAL {RECORD[:-1]}", "not JSON", id="a log prefix"),
        pytest.param(f"{RECORD} # breach", "not JSON", id="text behind the object"),
        pytest.param("\0" * 512, "not JSON", id="NULs"),
        pytest.param(RECORD.encode("utf-16-le"), "not JSON", id="UTF-16 without a mark"),
        pytest.param((RECORD + "ä\n").encode("utf-16-le"), "not UTF-8", id="UTF-16 beyond ASCII"),
        pytest.param(f"{RECORD}\n".encode("utf-16"), "not UTF-8", id="UTF-16 with a mark"),
    ],
)
def test_a_file_of_which_no_event_is_read_objects_until_it_is_mended(
    life: Life, content: str | bytes, reason: str
) -> None:
    """A file without readable events objects to every day up to its last write until repaired."""
    data = content.encode() if isinstance(content, str) else content
    life.put(ALERTS, data, when=WRITTEN)

    judged = life.run(LAST_DAY)

    rule = "incomplete" if reason == "cut off" else "parse_errors"
    assert judged.verdict == "HOLD"
    assert judged.why[rule] == UP_TO_CRITICAL_DAY
    assert ALERTS in judged.hint(rule)
    assert reason in judged.hint(rule)

    # As many records as lines, because fewer records would be a loss.
    life.write(ALERTS, *[critical(CRITICAL_DAY)] * data.count(b"\n"), when=WRITTEN, end=RECORD)

    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


@pytest.mark.parametrize("end", [RECORD[:-1], "\0\0\0", RECORD + RECORD, f"{RECORD} x"])
@pytest.mark.parametrize("name", ["alerts.jsonl", "alerts.jsonl.1", "alerts.jsonl.1.gz"])
def test_a_damaged_last_line_stands_from_the_event_before_it_to_the_last_write(
    life: Life, end: str, name: str
) -> None:
    """A cut line of a finished file is damaged until it is repaired."""
    path = f"telemetry/{name}"
    written = at(day_of("12-17"), "08:00")

    def put(content: str) -> None:
        data = content.encode()
        life.put(path, gzip.compress(data, mtime=0) if name.endswith("gz") else data, when=written)

    put(lines(quiet(CRITICAL_DAY)) + end)
    judged = life.run(LAST_DAY)

    is_cut = end == RECORD[:-1] and name == "alerts.jsonl"
    assert judged.verdict == "HOLD"
    assert judged.why == {
        "incomplete" if is_cut else "parse_errors": ["12-15", "12-16", "12-17"],
    }

    put(lines(quiet(CRITICAL_DAY), quiet(CRITICAL_DAY)))

    assert life.run(LAST_DAY).why == {}


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_cut_line_that_is_completed_later_counts(life: Life, end: str) -> None:
    """A last line that is incomplete during a scan counts in the next scan."""
    life.append(ALERTS, quiet(LAST_DAY), when=at(LAST_DAY, "23:59"), end=RECORD[:30])
    first = life.run(LAST_DAY)
    assert (first.verdict, first.why) == ("HOLD", {"incomplete": ["12-20"]})
    assert f"{ALERTS}: cut off" in first.hint("incomplete")

    life.write(ALERTS, quiet(LAST_DAY), when=at(day_of("12-21")), end=RECORD + end)

    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_writer_in_the_middle_of_a_line_of_today_disturbs_no_day_that_is_over(
    life: Life,
) -> None:
    """A run at 02:00 while the writer is busy is the normal case."""
    today = day_of("12-21")
    life.append(
        ALERTS, quiet(LAST_DAY), quiet(today), when=at(today, "01:59"), end='{"ts":"2025-12-21T01'
    )

    assert life.run(LAST_DAY).verdict == "GO"


@pytest.mark.parametrize("record", [{"severity": "critical"}, {"severity": "fatal", "ts": "noon"}])
def test_a_critical_event_without_a_time_stands_up_to_the_last_write(
    life: Life, record: dict[str, object]
) -> None:
    """A critical event without a time objects to all days up to the last write."""
    life.write(
        "telemetry/b.jsonl", {"ts": "2025-11-30T10:00:00Z"}, record, when=at(day_of("12-16"))
    )

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    assert [f"12-{day:02}" for day in range(7, 17)] in judged.why.values()


@pytest.mark.parametrize("is_reported", [False, True])
def test_records_between_two_days_stand_in_both(life: Life, *, is_reported: bool) -> None:
    """Records between two days count in both, even in a day that is already reported."""
    path = "telemetry/b.jsonl"
    life.write(path, quiet(day_of("12-19")), when=at(day_of("12-19"), "23:00"))
    if is_reported:
        assert life.run(day_of("12-19")).why.get("parse_errors") is None
    life.write(
        path,
        quiet(day_of("12-19")),
        {"severity": "critical"},
        "{broken",
        quiet(LAST_DAY),
        when=at(LAST_DAY, "10:00"),
    )

    judged = life.run(LAST_DAY)

    assert judged.verdict == "HOLD"
    assert judged.why["parse_errors"] == ["12-19", "12-20"]
    assert judged.why["not_understood"] == ["12-19", "12-20"]


def test_a_file_without_a_modification_time_may_be_of_any_day(life: Life) -> None:
    """File systems that keep no times show 1970 or 1980."""
    life.put(ALERTS, b"nonsense\n", when=at(day_of("12-15")).replace(year=1980))

    assert life.run(LAST_DAY).why == {
        "parse_errors": [f"{day:%m-%d}" for day in days_from(day_of("12-07"), 14)]
    }
