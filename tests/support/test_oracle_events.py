"""Tests of `tests.support.oracle.events`."""

from __future__ import annotations

import pytest

from tests.support.asking import ALERT_LOG, event_in
from tests.support.oracle.events import has_words, is_operator_action

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    "event_type",
    [
        "ack",
        "alert_ack",
        "alertAcknowledged",
        "AlertWasResolvedByOperator",
        "manual.snooze.request",
        "user has silenced all the alerts",
        "risk_alert_resolved",
        "margin incident acked",
        "order_alert_ack",
        "ack-log",
    ],
)
def test_an_action_has_words_of_actions_and_few_others(event_type: str) -> None:
    """Known words around the action are allowed, or any words before a handled alert."""
    assert is_operator_action(event_type)


@pytest.mark.parametrize(
    "event_type",
    [
        None,
        "",
        "alert",
        "order_ack_timeout",
        "order_not_acknowledged",
        "resolve_failed",
        "alert_resolve_failed",
        "telemetry_silence",
        "snooze_expired",
        "could not resolve host",
        "no ack from exchange, position unknown",
        "bot.ack",
        "alert_not_resolved",
        "resolve risk_alert",
        "acknowledging",
        "backtest",
        "HTTPAck",
        "unresolved alert",
    ],
)
def test_any_other_word_makes_it_no_action(event_type: str | None) -> None:
    """A word that says something else, or a part of a word, makes no operator's action."""
    assert not is_operator_action(event_type)


@pytest.mark.parametrize(
    "record",
    [
        {"type": "RiskAlert"},
        {"kind": "realerted"},
        {"type": "tick", "alert_type": "x"},
        {"type": "tick", "alertname": 0},
        {"title": "t", "severity": "info"},
        {"dedupe_key": "k", "level": 7},
        {"dedupe_key": False, "level": "odd"},
    ],
)
def test_types_alert_keys_and_typeless_alerts_are_alerts(record: dict[str, object]) -> None:
    """Rules (a) and (c) hold in any file."""
    assert event_in(record).is_alert


@pytest.mark.parametrize(
    "record",
    [
        {"type": "tick", "severity": "critical"},
        {"type": "tick", "alert_type": ""},
        {"type": "tick", "alert_type": None, "alertname": []},
        {"type": "tick", "labels": {"alertname": "x"}},
        {"title": "t"},
        {"title": "t", "severity": "-"},
        {"title": "", "severity": "warn"},
        {"title": "t", "severity": "warn", "kind": "tick"},
        {"type": "alert_ack", "alertname": "x"},
    ],
)
def test_other_events_are_no_alerts(record: dict[str, object]) -> None:
    """Severity alone, absent values, other types and operator actions make no alert."""
    assert not event_in(record).is_alert


@pytest.mark.parametrize(
    ("severity", "alert"),
    [
        (None, True),
        ("odd", True),
        (7, True),
        ("critical", True),
        ("error", True),
        ("warn", True),
        ("notice", False),
        ("info", False),
        ("debug", False),
        ("trace", False),
    ],
)
def test_in_an_alert_log_the_severity_decides(severity: object, *, alert: bool) -> None:
    """Rule (b): what is absent, unknown, or warn or worse is an alert."""
    record = {"type": "tick", "severity": severity}

    assert event_in(record, path=ALERT_LOG).is_alert is alert
    assert event_in(record, path="logs/live-Alert.2.jsonl").is_alert is alert
    assert not event_in(record, path="alerts/alerting.jsonl").is_alert


@pytest.mark.parametrize(
    "record",
    [
        {"type": "kill_switch"},
        {"type": "KillSwitchTripped"},
        {"type": "tick", "kind": "circuit-breaker"},
        {"type": "tick", "name": "LIQUIDATION"},
        {"event": "a margin call for you"},
        {"new_state": "KILLED"},
        {"state": "order killed"},
        {"action": "CIRCUIT_BREAKER"},
        {"status": "trading halted"},
    ],
)
def test_any_type_or_state_can_say_danger(record: dict[str, object]) -> None:
    """All type keys and the four state keys are looked at, not only the first type."""
    assert event_in(record).is_danger


@pytest.mark.parametrize(
    "record",
    [
        {"type": "killing"},
        {"type": "kill the switch"},
        {"type": "switch kill"},
        {"message": "liquidation"},
        {"state": ["killed"]},
        {"a": {"state": "killed"}},
        {"type": "alert_ack", "state": "killed"},
    ],
)
def test_other_words_keys_and_actions_are_no_danger(record: dict[str, object]) -> None:
    """The words stand next to each other, at these keys, and not in an operator action."""
    assert not event_in(record).is_danger


def test_the_sequences_are_those_of_the_configuration() -> None:
    """An emptied list finds nothing, and a list of the operator's finds its own."""
    assert not event_in({"type": "liquidation"}, danger=()).is_danger
    assert event_in({"type": "bad-thing.now"}, danger=("BadThing",)).is_danger
    assert not event_in({"type": "bad"}, danger=("123", "")).is_danger
    assert has_words("a bad thing", "bad thing")
    assert not has_words("bad a thing", "bad thing")


def test_properties_are_the_first_usable_values() -> None:
    """Rule and text follow their lists of keys, nested ones too."""
    event = event_in(
        {"labels": {"alertname": "R"}, "title": "", "msg": {"a": 1}, "summary": 5, "event": "e"}
    )

    assert (event.type, event.rule, event.text) == ("e", "R", "5")
