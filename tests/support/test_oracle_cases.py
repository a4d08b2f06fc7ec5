"""Cases of real programs, each with what section 5 of the contract says of it.

They are judged by the oracle, as it reads by default.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.asking import NOON, event_in, events_in, report_on

pytestmark = pytest.mark.one_python


def class_of(record: dict[str, Any] | str, **reading: Any) -> str:  # noqa: ANN401 (any field of a reading)
    """Return in one word, or two, what an event is: the first of these that holds."""
    event = event_in(record, **reading)
    if event.is_action:
        return "critical action" if event.is_critical else "action"
    if event.is_critical:
        return "critical"
    if event.is_danger:
        return "danger"
    if event.is_unknown:
        return "unknown"
    if event.unread is not None:
        return "unread"
    return "alert" if event.is_alert else "quiet"


ACTIONS_AND_NONE = [
    ({"type": "order_ack_timeout", "severity": "critical"}, "critical"),
    ({"event_type": "order_not_acknowledged", "severity": "critical"}, "critical"),
    ({"type": "resolve_failed", "severity": "critical"}, "critical"),
    ({"type": "telemetry_silence", "severity": "critical"}, "critical"),
    ({"type": "snooze_expired", "severity": "critical"}, "critical"),
    ({"event": "no ack from exchange, position unknown", "level": "critical"}, "critical"),
    ({"name": "bot.ack", "levelname": "CRITICAL", "msg": "x"}, "critical"),
    ({"event": "could not resolve host", "level": "critical"}, "critical"),
    ({"type": "alert_resolve_failed", "severity": "error"}, "alert"),
    ({"type": "alert_acknowledged", "severity": "critical"}, "critical action"),
    ({"type": "risk_alert_resolved", "severity": "info"}, "action"),
]

NUMBERS_AND_NAMES = [
    ({"level": 60, "msg": "x"}, "unknown"),
    ({"level": 50, "msg": "x"}, "unknown"),
    ({"PRIORITY": "2", "MESSAGE": "x"}, "unread"),
    ({"version": "1.1", "level": 2, "short_message": "x"}, "unknown"),
    ({"severity_number": 21, "body": "x"}, "unread"),
    ({"levelno": 50, "message": "x"}, "unread"),
    ({"level": 500, "level_name": "CRITICAL"}, "critical"),
    ({"level": 400, "level_name": "ERROR"}, "unknown"),
    ({"level": "SEVERE"}, "unknown"),
    ({"severity": "P1"}, "unknown"),
    ({"severity": "SEV1"}, "unknown"),
    ({"severity": "HALT"}, "unknown"),
    ({"level": "ERROR+4"}, "unknown"),
    ({"level": "DEBUG-4"}, "unknown"),
    ({"SeverityText": "FATAL3"}, "critical"),
    ({"level": "LogLevel.CRITICAL"}, "critical"),
    ({"severity": "CRITICAL ERROR"}, "critical"),
    ({"level": "\x1b[31mcritical\x1b[0m"}, "critical"),
    ({"level": "\U0001f534 CRITICAL"}, "critical"),
    ({"level": "\u0421RITICAL"}, "unknown"),
    ({"severity": ["critical"]}, "unknown"),
    ({"severity": {"name": "critical"}}, "unknown"),
    ({"severity": "info", "level": "critical"}, "critical"),
    ({"severity": " critical"}, "critical"),
    ({"severity": "-critical"}, "critical"),
    ({"SEVerity": "critical"}, "unread"),
    ({"log.level": "critical"}, "critical"),
    ({"log": {"level": "critical"}}, "critical"),
    ({"labels": {"severity": "critical"}}, "unread"),
    ({"status": "critical"}, "unread"),
    ({"state": "CRITICAL"}, "unread"),
    ({"priority": "Critical"}, "unread"),
    ({"severity": "\U0001f6a8"}, "unknown"),
    ({"severity": "\u91cd\u5927"}, "unknown"),
    ({"severity": "non-critical"}, "unknown"),
]

CONTAINERS = [
    ({"log": '{"level":"critical"}\n', "stream": "stderr", "time": NOON}, "unread"),
    (
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"severityText": "FATAL"}]}]}]},
        "unread",
    ),
    ({"status": "firing", "alerts": [{"labels": {"severity": "critical"}}]}, "unread"),
    ({"message": '{"level":"fatal"}'}, "unread"),
    ({"log": "CRITICAL risk: too much"}, "unread"),
    ({"log": "level=critical msg=x", "level": "info"}, "unread"),
    ({"critical": True}, "unread"),
    ({"severity_id": 5, "class_uid": 1}, "unread"),
]

DANGERS = [
    ({"type": "kill_switch"}, "danger"),
    ({"type": "circuit_breaker_tripped"}, "danger"),
    ({"event": "margin_call"}, "danger"),
    ({"kind": "liquidation"}, "danger"),
    ({"new_state": "KILLED"}, "danger"),
    ({"action": "CIRCUIT_BREAKER"}, "danger"),
    ({"type": "order_update", "kind": "LIQUIDATION"}, "danger"),
    ({"type": "order", "status": "killed", "tif": "FOK"}, "danger"),
]

HONEST = [
    ({"type": "order", "id": 1, "price": "1.5"}, "quiet"),
    ({"type": "fill", "qty": 3}, "quiet"),
    ({"type": "heartbeat", "severity": "info"}, "quiet"),
    ({"severity": "warn", "title": "Margin is low", "dedupe_key": "k"}, "alert"),
    ({"type": "ack", "dedupe_key": "k"}, "action"),
    ({"type": "alert_snooze", "operator": "a"}, "action"),
    ({"type": "resolve", "by": "a"}, "action"),
    ({"name": "app", "level": "INFO", "message": "done"}, "quiet"),
    ({"logger": "zap", "level": "warn", "msg": "slow"}, "quiet"),
    ({"@timestamp": NOON, "log.level": "info", "message": "m"}, "quiet"),
    ({"Level": "Information", "MessageTemplate": "m"}, "quiet"),
    ({"severity": "DEFAULT", "textPayload": "m"}, "quiet"),
]


@pytest.mark.parametrize(
    ("record", "expected"),
    [*ACTIONS_AND_NONE, *NUMBERS_AND_NAMES, *CONTAINERS, *DANGERS, *HONEST],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:60],
)
def test_a_line_is_what_the_contract_says(record: dict[str, Any], expected: str) -> None:
    """No line with a real critical is quiet, and no honest line is an objection."""
    assert class_of(record) == expected


def test_a_failure_to_resolve_is_thirty_alerts_and_no_action() -> None:
    """Alerts that nobody resolved are not hidden by a word in their type."""
    counts = report_on(
        *[{"ts": NOON, "type": "alert_resolve_failed", "severity": "error"}] * 30
    ).counts

    assert (counts.new_alerts, counts.operator_actions) == (30, 0)


def test_a_container_by_its_format_holds_the_critical() -> None:
    """With its format, each container gives the events that it holds."""
    docker = {"log": '{"level":"critical"}\n', "stream": "stderr", "time": NOON}
    otlp = {
        "resourceLogs": [
            {"scopeLogs": [{"logRecords": [{"severityNumber": 21}, {"severityText": "INFO"}]}]}
        ]
    }
    alertmanager = {
        "status": "firing",
        "alerts": [
            {"labels": {"alertname": "A", "severity": "critical"}},
            {"labels": {"alertname": "B", "severity": "warning"}},
        ],
    }

    assert class_of(docker, embedded=("log",)) == "critical"
    severities = [
        event.severity and event.severity.kind
        for event in events_in(
            otlp,
            unpack=("resourceLogs.scopeLogs.logRecords",),
            severity=("severityText", "severityNumber"),
            scale="otel",
        )
    ]
    assert severities == ["critical", "info"]
    events = events_in(alertmanager, unpack=("alerts",), severity=("labels.severity",))
    assert [event.is_critical for event in events] == [True, False]
    assert [event.rule for event in events] == ["A", "B"]


def test_many_events_of_few_lines_are_all_counted() -> None:
    """Three lines of a trail hold 425 events."""
    lines = [
        {"Records": [{"eventTime": NOON, "eventName": f"e{n}"} for n in range(size)]}
        for size in (200, 200, 25)
    ]
    report = report_on(*lines, unpack=("Records",))

    assert (report.counts.events, report.counts.in_window) == (3, 425)
    assert report.understanding.unpacked == 425


@pytest.mark.parametrize(
    "time",
    [0, 12.5, 20251205120500, 45996.5, 639018000000000000, "1970-01-01T00:00:00Z", "20/12/2025"],
)
def test_a_time_of_another_clock_is_none(time: object) -> None:
    """A critical at such a time is untimed serious, and nothing of the window."""
    report = report_on({"ts": time, "severity": "critical", "type": "alert"})

    assert (report.counts.untimed, report.counts.critical_alerts) == (1, 0)
    assert report.understanding.untimed_serious == 1


@pytest.mark.parametrize(
    "time",
    [
        "2025-12-20 10:00:01,123",
        "2025-12-20 10:00:01 UTC",
        "2025-12-20T10:00Z",
        "2025-12-20 10:00",
        1766224801,
        "1766224801123",
    ],
)
@pytest.mark.parametrize("key", ["emitted_at", "asctime", "eventTime", "@timestamp", "date"])
def test_a_time_of_a_program_is_read_at_every_key(time: object, key: str) -> None:
    """The forms that programs write are times, at the keys that they write them at."""
    assert report_on({key: time, "level": "fatal"}).counts.critical_alerts == 1


def test_alerts_whose_only_time_is_unreadable_are_untimed_serious() -> None:
    """What cannot be placed in time is not lost."""
    report = report_on(*[{"stamp": NOON, "type": "alert"}] * 3)

    assert (report.counts.new_alerts, report.understanding.untimed_serious) == (0, 3)


def test_the_operator_can_say_what_is_meant() -> None:
    """A map, a key of `not` and an emptied list of dangers end what they name."""
    assert class_of({"level": "critical"}, map=(("critical", "warn"),)) == "quiet"
    assert class_of({"status": "critical"}, not_keys=("status",)) == "quiet"
    assert class_of({"kind": "liquidation"}, danger=()) == "quiet"
    assert class_of({"level": 60}, scale="pino") == "critical"
    assert class_of({"level": 50}, scale="pino") == "quiet"
    assert class_of({"level": "SEVERE"}, map=(("severe", "critical"),)) == "critical"
    assert class_of({"log": '{"level":"critical"}\n'}, embedded=("log",)) == "critical"
