"""Test the check of the clock."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis.clock import check_clock
from peaktrade_ops.reports.store.names import INDEX, TREND_JSON, summary_name
from peaktrade_ops.routine import decide
from peaktrade_ops.scanning import Telemetry
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.window import window_of
from tests.diagnosis.helpers import NOW, lines, reported, subject_of, wrong

if TYPE_CHECKING:
    from tests.support.lives import Life

ONE: timedelta = timedelta(minutes=1)


def test_a_clock_after_everything_is_in_order(life: Life) -> None:
    """Files of the last minutes may be of a machine with a clock of its own."""
    reported(life)
    life.put("telemetry/new.jsonl", b"", when=NOW + 5 * ONE)

    assert lines(check_clock, subject_of(life)) == [
        "ok: system: 2025-12-21T06:30:00Z, after every file and report"
    ]


@pytest.mark.parametrize(
    ("ahead", "result", "words"),
    [
        (6 * ONE, "warning", "6 minutes"),
        (timedelta(hours=5), "warning", "5 hours"),
        (timedelta(days=1, seconds=1), "error", "24 hours"),
        (timedelta(days=400), "error", "400 days"),
    ],
)
def test_a_file_that_was_written_in_the_future_is_told(
    life: Life, ahead: timedelta, result: str, words: str
) -> None:
    """Either clock may be wrong."""
    life.put("telemetry/new.jsonl", b"", when=NOW + ahead)

    [finding] = wrong(check_clock, subject_of(life))

    assert (finding.result, finding.where) == (result, "telemetry/new.jsonl")
    assert finding.what.endswith(f", {words} after the clock")


def test_a_clock_that_was_set_back_is_told_by_the_reports(life: Life) -> None:
    """The index, the trend and the decision were made when the clock was ahead."""
    reported(life)
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: NOW)
    early = subject_of(life, now=NOW - timedelta(days=3))

    found = {each.where: each.what for each in wrong(check_clock, early)}

    assert {INDEX, TREND_JSON, "stage1_decision.json"} < found.keys()
    assert found[TREND_JSON].startswith("its range ends at 2025-12-21T00:00:00Z, ")


def test_a_report_of_a_day_to_come_is_a_warning(life: Life) -> None:
    """It was made by mistake, or the clock is behind; nothing but its day says so."""
    reported(life)
    day = NOW.date() + timedelta(days=340)
    life.snapshot(window_of(day), now=NOW)
    life.snapshot(window_of(NOW.date()), now=NOW)

    [finding] = [each for each in wrong(check_clock, subject_of(life)) if each.where != INDEX]

    assert (finding.result, finding.where) == ("warning", summary_name(day))
    assert finding.what.startswith(f"its day begins at {day}T00:00:00Z, 339 days after the clock")


def test_telemetry_and_reports_that_cannot_be_read_are_passed_over(life: Life) -> None:
    """Other checks tell that."""
    reported(life)
    (life.reports / TREND_JSON).write_text("{")
    subject = subject_of(life, telemetry=Telemetry(life.folder / "none"))

    assert wrong(check_clock, subject) == []


def test_a_clock_that_is_replaced_is_a_warning(life: Life) -> None:
    """Then the times of files say nothing about it."""
    early = NOW - timedelta(days=900)

    [finding] = wrong(check_clock, subject_of(life, now=early, is_clock_replaced=True))

    assert (finding.result, finding.where) == ("warning", "SOURCE_DATE_EPOCH")


def test_a_time_that_no_calendar_has_is_the_last_one(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems keep 64 bits."""
    subject = subject_of(life)
    [source] = subject.found.sources
    far = type(source)(source.path, source.location, 1, 1, 9, 2**62 * 100)
    monkeypatch.setattr(subject.found, "sources", [far])

    [finding] = wrong(check_clock, subject)

    assert " at 9999-12-31T" in finding.what


def test_the_last_day_of_all_is_a_day_to_come(life: Life) -> None:
    """It has no window, and whoever gave it as a date cannot be told to give another."""
    reported(life)
    name = summary_name(date.max)
    (life.reports / name).write_text("{}")

    [finding] = wrong(check_clock, subject_of(life))

    assert (finding.result, finding.where) == ("warning", name)
