"""Tests of `tests.support.oracle.report`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.asking import END, LEGACY_PATH, NOON, PATH, reading_with, report_on
from tests.support.oracle import Rules, expect_report, expect_reports

pytestmark = pytest.mark.one_python

BEFORE = "2025-12-01T12:00:00Z"
AFTER = "2025-12-25T12:00:00Z"
ODD = {"severity": "odd"}
UNREAD = {"state": "fatal"}
CRITICAL = {"severity": "critical"}
ALERT = {"type": "alert"}
DANGER = {"type": "liquidation"}
CRITICAL_ACTION = {"type": "ack", "severity": "fatal"}
ODD_ACTION = {"type": "ack", "severity": "odd"}
QUIET = {"type": "tick", "severity": "info"}
SERIOUS = (ODD, UNREAD, CRITICAL, ALERT, DANGER, CRITICAL_ACTION, ODD_ACTION)


def at(time: str | None, record: dict[str, str]) -> dict[str, object]:
    """Return a record with a time."""
    return {"ts": time, **record}


def test_what_was_not_understood_in_the_window_is_counted() -> None:
    """Events before and after the window count nowhere but in the books."""
    records = [at(time, each) for time in (NOON, BEFORE, AFTER) for each in (*SERIOUS, QUIET)]
    report = report_on(*records)
    seen = report.understanding

    assert (seen.unknown_severity, seen.unread_severity, seen.danger) == (2, 1, 1)
    assert (seen.critical_actions, seen.untimed_serious, seen.legacy_critical) == (1, 0, 0)
    assert (seen.ahead_serious, seen.unpacked) == (0, 0)
    assert (seen.unknown_values, seen.unread_keys) == ([("odd", 2)], [("state", 1)])
    assert (report.counts.critical_alerts, report.counts.new_alerts) == (1, 1)
    assert (report.counts.operator_actions, report.counts.future) == (2, 8)
    assert report.counts.severities == [("(none)", 3), ("critical", 2), ("odd", 2), ("info", 1)]


@pytest.mark.parametrize("record", SERIOUS)
def test_an_untimed_event_that_is_serious_is_counted(record: dict[str, str]) -> None:
    """Critical and unknown ones, of operator actions too, unread ones, alerts and dangers."""
    report = report_on(at(NOON, QUIET), at(None, record))

    assert report.understanding.untimed_serious == 1
    assert report.understanding.unknown_severity == report.understanding.danger == 0
    assert report.counts.untimed_critical == (record is CRITICAL)
    assert len(report.evidence.not_understood) == 1
    assert report.evidence.critical == report.evidence.alerts == report.evidence.danger == []


def test_a_quiet_untimed_event_and_one_that_stands_elsewhere_are_not_serious() -> None:
    """An untimed event between two events of another day is not in this window."""
    report = report_on(at(BEFORE, QUIET), at(None, CRITICAL), at(BEFORE, QUIET), at(None, QUIET))

    assert report.understanding.untimed_serious == report.counts.untimed_critical == 0
    assert (report.counts.untimed, report.counts.untimed_in_window) == (2, 1)


@pytest.mark.parametrize("record", SERIOUS)
def test_a_serious_event_that_is_ahead_is_counted_without_evidence(record: dict[str, str]) -> None:
    """An event more than 24 hours after the clock is ahead, in every report of the scan."""
    now = datetime(2025, 12, 24, 12, tzinfo=UTC)
    content = f'{{"ts":"{AFTER}",{str(record)[1:-1]}}}'.replace("'", '"').encode()
    counted = [
        expect_reports({PATH: content}, ends=[END, END - timedelta(days=9)], now=each)
        for each in (now - timedelta(microseconds=1), now)
    ]

    assert [[each.understanding.ahead_serious for each in reports] for reports in counted] == [
        [1, 1],
        [0, 0],
    ]
    assert counted[0][0].evidence.not_understood == []


def test_a_quiet_event_and_one_of_a_legacy_source_are_not_ahead() -> None:
    """Only serious events outside of legacy sources are counted."""
    assert report_on(at(AFTER, QUIET), now=END).understanding.ahead_serious == 0
    legacy = report_on(at(AFTER, CRITICAL), now=END, path=LEGACY_PATH)
    assert legacy.understanding.ahead_serious == 0


def test_a_legacy_source_objects_to_what_is_severe() -> None:
    """Critical, unread, unknown and danger count; alerts and quiet ones do not."""
    records = [at(NOON, each) for each in (*SERIOUS, QUIET)]
    report = report_on(*records, at(None, CRITICAL), at(BEFORE, CRITICAL), path=LEGACY_PATH)
    seen = report.understanding

    assert seen.legacy_critical == len(SERIOUS) - 1 + 1
    assert (seen.unknown_severity, seen.unread_severity, seen.danger) == (0, 0, 0)
    assert (seen.untimed_serious, seen.critical_actions) == (0, 0)
    assert (report.counts.in_window, report.counts.legacy_in_window) == (0, 8)
    assert report.counts.legacy_alerts == 10
    assert report.evidence.not_understood == report.evidence.critical == []


def test_a_partial_record_cuts_a_window_off_that_is_over() -> None:
    """While the window lasts, the writer may be in the middle of the record."""
    files = {PATH: b'{"ts":"2025-12-20T12:00:00Z"}\n{"ts":'}
    cut_off = [
        expect_report(files, end=END, now=now).counts.cut_off
        for now in (None, END, END - timedelta(microseconds=1))
    ]

    assert cut_off == [[PATH], [PATH], []]


def test_unpacked_events_count_each() -> None:
    """One line is one event of the books, and each of its objects one of the metrics."""
    line = {
        "ts": NOON,
        "Records": [
            {"severity": "critical", "ts": "2025-12-20T13:00:00"},
            {"severity": "odd"},
            {"ts": BEFORE, "severity": "critical"},
            {"ts": "2025-12-25T12:00:00"},
            7,
        ],
    }
    report = report_on(line, QUIET | {"ts": NOON}, unpack=("Records",))
    counts = report.counts

    assert (counts.lines, counts.events, counts.in_window) == (2, 2, 3)
    assert (counts.naive, counts.future, counts.untimed) == (2, 1, 0)
    assert counts.first == datetime(2025, 12, 1, 12, tzinfo=UTC)
    assert report.understanding.unpacked == 4
    assert counts.critical_alerts == 1
    assert counts.in_window_of == {PATH: 3}
    assert [each.line for each in report.evidence.critical] == [1]


def test_unpacked_events_without_a_time_stand_between_their_neighbours() -> None:
    """The neighbours are the events of the same line, in their order."""
    items = [CRITICAL, {"ts": NOON}, CRITICAL, {"ts": BEFORE}, CRITICAL, {"ts": BEFORE}]
    report = report_on({"list": items}, unpack=("list",))

    assert (report.counts.untimed, report.counts.untimed_in_window) == (3, 2)


def test_an_embedded_event_is_not_unpacked() -> None:
    """Only lists are counted as unpacked."""
    line = {"log": '{"level":"critical"}', "time": NOON}

    assert report_on(line, embedded=("log",)).understanding.unpacked == 0
    assert report_on(line, embedded=("log",)).counts.critical_alerts == 1


def test_evidence_is_in_order_and_bounded() -> None:
    """The first 20 by time, path and line; untimed ones are last."""
    later = [at(f"2025-12-20T13:{minute:02}:00Z", ODD) for minute in range(17)]
    files = {
        path: "".join(f"{each}\n".replace("'", '"') for each in records).encode()
        for path, records in {
            "telemetry/b.jsonl": [at(NOON, ODD), ODD],
            "telemetry/a.jsonl": [at("2025-12-20T12:00:01Z", ODD), at(NOON, UNREAD), ODD, *later],
        }.items()
    }
    listed = expect_report(files, end=END).evidence.not_understood

    assert len(listed) == 20
    assert [(each.path[10], each.line) for each in listed[:4]] == [
        ("a", 2),
        ("b", 1),
        ("a", 1),
        ("a", 4),
    ]
    last = expect_report(
        {path: content.replace(b"20T13", b"01T13") for path, content in files.items()}, end=END
    ).evidence.not_understood
    assert [(each.time is None, each.path[10], each.line) for each in last] == [
        (False, "a", 2),
        (False, "b", 1),
        (False, "a", 1),
        (True, "a", 3),
        (True, "b", 2),
    ]


def test_evidence_says_what_an_event_was() -> None:
    """Each text is cut to 200 characters; what an event does not have is missing."""
    long = "x" * 199 + "yz"
    report = report_on(
        {"ts": NOON, "severity": "FATAL", "type": long, "rule": long, "msg": long},
        {"ts": NOON, "type": "alert"},
        {"ts": NOON, "type": "kill_switch", "severity": long},
    )
    [critical] = report.evidence.critical
    [alert] = report.evidence.alerts
    [danger] = report.evidence.danger

    assert critical[3:] == ("critical", long[:200], long[:200], long[:200])
    assert alert[1:] == (PATH, 2, None, "alert", None, None)
    assert danger.severity == long[:200]
    assert report.evidence.not_understood == [danger]


def test_names_that_are_not_understood_are_the_most_frequent_ones() -> None:
    """Up to 8, by count and then by name, of the first 200 characters."""
    values = ["b", "b", "a", "a", "c", "c", "c", "d", "e", "f", "g", "h", "i", "j"]
    report = report_on(*({"ts": NOON, "severity": value} for value in values))

    assert report.understanding.unknown_values == [
        *[("c", 3), ("a", 2), ("b", 2)],
        *[("d", 1), ("e", 1), ("f", 1), ("g", 1), ("h", 1)],
    ]


def test_files_have_readings_and_write_times_of_their_own() -> None:
    """A reading is for the paths it names, and a write time for its file."""
    content = b'{"ts":"2025-12-20T12:00:00Z","level":60}\n'
    untimed = b'{"level":"fatal"}\n'
    rules = Rules(readings={"telemetry/pino.jsonl": reading_with(scale="pino")})
    report = expect_report(
        {
            "telemetry/pino.jsonl": content,
            "telemetry/x.jsonl": content,
            "telemetry/y.jsonl": untimed,
            "telemetry/z.jsonl": untimed,
        },
        end=END,
        rules=rules,
        modified={"telemetry/y.jsonl": END - timedelta(days=3)},
    )

    assert (report.counts.critical_alerts, report.understanding.unknown_severity) == (1, 1)
    assert report.counts.untimed_critical == 1
