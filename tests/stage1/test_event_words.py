"""Tests of `peaktrade_ops.stage1.event_words`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.stage1.event_words import (
    ACTION_STEMS,
    ALERT_STEM,
    dangers_in,
    is_action_type,
    is_alert_log,
    names_an_alert,
)
from peaktrade_ops.stage1.severity import class_of
from tests.stage1.helpers import (
    kind_of,
)
from tests.support.memory import traced_memory

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("logs/alerts.jsonl", True),
        ("logs/liveAlerts.jsonl", True),
        ("ALERT-1.jsonl", True),
        ("logs/alert_20251220.jsonl.gz", True),
        ("alerts/events.jsonl", False),
        ("a/alerts/events.jsonl", False),
        ("alerts/a/events.jsonl", False),
        ("logs/alerting.jsonl", False),
        ("logs/unalerted.jsonl", False),
        ("logs/alertsx.jsonl", False),
    ],
)
def test_an_alert_log_has_the_word_in_its_name(path: str, *, expected: bool) -> None:
    """An alert log has the word in its file name, not in a folder or inside another word."""
    assert is_alert_log(path) is expected


@pytest.mark.parametrize(
    "event_type",
    [
        "alertAcknowledged",
        "ack",
        "operator.SNOOZED",
        "resolve-alert",
        "Silence1",
        "alert resolved",
        "risk_alert_resolved",
        "user_has_acknowledged_the_alert",
        "order_margin_incidents_silenced",
        "the alert has been silenced by a user",
    ],
)
def test_operator_actions_are_no_alerts(event_type: str) -> None:
    """A type that says only that an operator acted is an action, even if it contains `alert`."""
    kind = kind_of({"type": event_type, "severity": "critical"}, alert_log=True)

    assert is_action_type(event_type)
    assert kind.is_action
    assert not kind.is_alert
    assert kind.is_critical


@pytest.mark.parametrize(
    "event_type",
    [
        "backtest",
        "unresolved",
        "acknowledging",
        "order_ack_timeout",
        "order_not_acknowledged",
        "could not resolve host",
        "alert_resolve_failed",
        "telemetry_silence",
        "snooze_expired",
        "bot.ack",
        "alert",
        "operator",
        "",
        "resolve risk_alert",
        "alert not resolved",
        "no ack from exchange, position unknown",
    ],
)
def test_types_with_other_words_are_no_actions(event_type: str) -> None:
    """A failed, expired or unfinished action is none, nor is a word inside another one."""
    assert not is_action_type(event_type)
    assert not kind_of({"type": event_type, "severity": "critical"}).is_action


def test_a_type_without_a_stem_says_nothing() -> None:
    """So most types are not divided into words."""
    words = ["ACK", "acked", "Acknowledge", "acknowledged", "snooze", "snoozed", "Resolve"]
    for word in (*words, "resolved", "silence", "SILENCED"):
        assert is_action_type(word)
        assert any(stem in word.lower() for stem in ACTION_STEMS)
    assert names_an_alert(f"my{ALERT_STEM.upper()}s")
    assert is_action_type("_".join(ACTION_STEMS))


def test_words_of_a_danger_stand_next_to_each_other() -> None:
    """Other words between them, or a part of a word, make no danger."""
    danger = {"a_b": ("a", "b"), "c": ("c",)}

    assert dangers_in("x a b", danger) == ["a_b"]
    assert dangers_in("a-B, C", danger) == ["a_b", "c"]
    assert dangers_in("a x b ac", danger) == []
    assert dangers_in("b a", danger) == dangers_in("a", danger) == dangers_in("", danger) == []
    assert dangers_in("a b c", {}) == []


@pytest.mark.parametrize("before", [0, 1, 5000, 2**14 - 2, 2**14 - 1, 2**14, 2**15 - 1])
def test_a_danger_is_found_anywhere_in_a_long_text(before: int) -> None:
    """A long text is looked at in pieces, and a danger may lie across two of them."""
    danger = {"a_b": ("a", "b"), "c": ("c",), "d": ("d", "e", "f")}

    assert dangers_in("x " * before + "a b" + " x" * 2000, danger) == ["a_b"]
    assert dangers_in("x " * before + "d e f c" + " x" * 2000, danger) == ["c", "d"]
    assert dangers_in("x " * before + "a x b d e x f" + " x" * 2000, danger) == []


@pytest.mark.parametrize(
    "find", [is_action_type, class_of, lambda text: dangers_in(text, {"c": ("c",)})]
)
def test_the_words_of_a_long_text_are_not_kept(find: Callable[[str], object]) -> None:
    """A text of very many words takes little more memory than itself."""
    text = "aA" * 2**19
    with traced_memory() as peak:
        find(text)

    assert peak.size < 3 * len(text)
