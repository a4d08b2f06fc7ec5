"""Tests of `peaktrade_ops.stage1.classify`."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Fields
from peaktrade_ops.stage1.classify import (
    RULES,
    Kind,
    KindAspect,
    RuleAspect,
    Stage1Classifier,
    is_alert_log,
)
from tests.support import oracle

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS = Fields()
TEXTS = st.text(st.one_of(st.sampled_from("aAcCkKxX1_-. \u00e9\u0130\u212a"), st.characters()))


def kind_of(
    event: Mapping[str, object], *, alert_log: bool = False, fields: Fields = DEFAULTS
) -> Kind:
    """Interpret an event."""
    aspect = KindAspect(fields, alert_log=alert_log)
    return aspect.kind(tuple(map(event.get, aspect.keys)))


def rule_of(event: Mapping[str, object], fields: Fields = DEFAULTS) -> str:
    """Return the rule of an event."""
    aspect = RuleAspect(fields)
    [rule] = aspect.columns([tuple(map(event.get, aspect.keys))]).names[RULES]
    return rule


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("logs/alerts.jsonl", True),
        ("logs/liveAlerts.jsonl", True),
        ("ALERT-1.jsonl", True),
        ("logs/alert_20251220.jsonl.gz", True),
        ("alerts/events.jsonl", False),
        ("logs/alerting.jsonl", False),
        ("logs/unalerted.jsonl", False),
        ("logs/alertsx.jsonl", False),
    ],
)
def test_an_alert_log_has_the_word_in_its_name(path: str, expected: bool) -> None:  # noqa: FBT001 (a column of the table)
    """An alert log has the word in its file name, not in a folder or inside another word."""
    assert is_alert_log(path) is expected


@pytest.mark.parametrize(
    "event_type",
    ["alertAcknowledged", "ack", "operator.SNOOZED", "resolve-alert", "Silence1", "alert resolved"],
)
def test_operator_actions_are_no_alerts(event_type: str) -> None:
    """A type with the word of an action is an action, even if it contains `alert`."""
    kind = kind_of({"type": event_type, "severity": "critical"}, alert_log=True)

    assert kind.is_action
    assert not kind.is_alert
    assert not kind.is_critical


@pytest.mark.parametrize("event_type", ["backtest", "unresolved", "acknowledging", "rollback"])
def test_words_of_actions_inside_of_other_words_are_none(event_type: str) -> None:
    """Words of actions inside other words do not count: `ack` is not found in `backtest`."""
    kind = kind_of({"type": event_type, "severity": "critical"})

    assert not kind.is_action
    assert kind.is_critical


@pytest.mark.parametrize("event_type", ["alert", "AlertRaised", "risk_ALERT", "realerted"])
def test_a_type_that_contains_alert_makes_an_alert(event_type: str) -> None:
    """Rule (a) looks inside of words and asks for no severity, not even for an important one."""
    assert kind_of({"type": event_type}).is_alert
    assert kind_of({"type": event_type, "severity": "info"}).is_alert


@pytest.mark.parametrize("severity", ["trace", "DEBUG", " info ", "Notice"])
def test_quiet_lines_of_an_alert_log_are_no_alerts(severity: str) -> None:
    """Rule (b) leaves trace, debug, info and notice out."""
    assert not kind_of({"type": "heartbeat", "severity": severity}, alert_log=True).is_alert


@pytest.mark.parametrize("event", [{}, {"severity": None}, {"severity": "error"}, {"level": 3}])
def test_other_lines_of_an_alert_log_are_alerts(event: dict[str, object]) -> None:
    """Rule (b) holds where a severity is absent or any but the quiet ones."""
    assert kind_of(event | {"type": "heartbeat"}, alert_log=True).is_alert
    assert not kind_of(event | {"type": "heartbeat"}).is_alert


@pytest.mark.parametrize("mark", [{"title": "Margin"}, {"dedupe_key": 7}, {"title": False}])
def test_typeless_events_with_severity_and_mark_are_alerts(mark: dict[str, object]) -> None:
    """Rule (c): a severity, with a title or a dedupe key, and no type."""
    assert kind_of(mark | {"severity": "info"}).is_alert
    assert not kind_of(mark).is_alert
    assert not kind_of(mark | {"severity": "info", "type": "tick"}).is_alert


@pytest.mark.parametrize("mark", [{}, {"title": ""}, {"dedupe_key": None}, {"title": ["x"]}])
def test_typeless_events_without_a_usable_mark_are_no_alerts(mark: dict[str, object]) -> None:
    """A mark of null, empty text, an array or an object makes no alert."""
    assert not kind_of(mark | {"severity": "error"}).is_alert


@pytest.mark.parametrize("unusable", [None, "", [], ["critical"], {}, {"a": 1}])
def test_unusable_values_fall_through_to_the_next_key(unusable: object) -> None:
    """Null, empty text, arrays and objects do not hide the value of a later key."""
    event = {
        "severity": unusable,
        "level": "error",
        "event_type": unusable,
        "kind": "fill",
        "rule_id": unusable,
        "rule": "R1",
    }

    assert kind_of(event).severity == "error"
    assert kind_of(event).type == "fill"
    assert rule_of(event) == "R1"


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "true"), (False, "false"), (1, "1"), (0, "0"), (-7, "-7"), ("1.50", "1.50")],
)
def test_numbers_and_booleans_are_values(value: object, name: str) -> None:
    """A number or a boolean is a value, and booleans are written as JSON writes them."""
    assert kind_of({"type": value}).type == name
    assert kind_of({"severity": value}).severity == name
    assert rule_of({"rule": value}) == name


def test_absent_properties_have_the_name_none() -> None:
    """An event without a property is counted as `(none)`."""
    kind = kind_of({})

    assert (kind.severity, kind.type, rule_of({})) == ("(none)", "(none)", "(none)")


def test_values_are_counted_by_their_first_200_characters() -> None:
    """Longer values are cut for the lists, but words behind the cut still count."""
    kind = kind_of({"type": "x" * 300 + " ack", "severity": "y" * 300})

    assert kind.type == "x" * 200
    assert kind.severity == "y" * 200
    assert rule_of({"rule": "\U0001f600" * 201}) == "\U0001f600" * 200
    assert kind.is_action


def test_a_dotted_key_is_looked_up_as_it_stands_and_then_as_a_path() -> None:
    """The dotted key itself comes first; where it has no usable value the path is followed."""
    nested: dict[str, object] = {"labels": {"rule_id": "nested"}}

    assert rule_of(nested) == "nested"
    assert rule_of(nested | {"labels.rule_id": "dotted"}) == "dotted"
    assert rule_of(nested | {"labels.rule_id": ""}) == "nested"


@pytest.mark.parametrize("labels", [None, "rule_id", ["rule_id"], 5, {}, {"rule_id": {"x": 1}}])
def test_a_path_that_leads_nowhere_falls_through(labels: object) -> None:
    """A path through a value that is not an object, or to an object, has no value."""
    assert rule_of({"labels": labels, "source": "s"}) == "s"


def test_key_lists_can_be_replaced_by_single_and_dotted_keys() -> None:
    """Only the configured keys count, at any depth."""
    fields = Fields(time=("t",), severity=("log.level",), type=("a.b.c",), rule=("r",))
    event = {
        "log": {"level": "fatal"},
        "a": {"b": {"c": "tick"}},
        "r": 5,
        "severity": "info",
        "type": "alert",
        "rule_id": "no",
    }

    kind = kind_of(event, fields=fields)

    assert (kind.severity, kind.type, kind.is_alert) == ("critical", "tick", False)
    assert rule_of(event, fields) == "5"


def test_marks_are_found_even_where_they_are_configured_keys_too() -> None:
    """A configuration that reads the type from `title` keeps rule (c) from holding."""
    fields = Fields(type=("title",))

    assert kind_of({"title": "x", "severity": "info"}, fields=fields).type == "x"
    assert not kind_of({"title": "x", "severity": "info"}, fields=fields).is_alert
    assert kind_of({"dedupe_key": "x", "severity": "info"}, fields=fields).is_alert


KEYS = st.lists(
    st.sampled_from(("a", "b", "a.b", "b.a", "a.b.c", "a.", ".a", "..")), min_size=1, max_size=4
)
VALUES = st.recursive(
    st.sampled_from(("x", "", None)),
    lambda inner: st.dictionaries(st.sampled_from(("a", "b", "", "a.b")), inner),
    max_leaves=6,
)
EVENTS = st.dictionaries(st.sampled_from(("a", "b", "a.b", "b.a", "a.", "")), VALUES)


@settings(deadline=None)
@given(KEYS, EVENTS)
def test_any_keys_are_looked_up_as_the_contract_says(
    keys: list[str], event: dict[str, object]
) -> None:
    """The first usable value of any key list is the one that the oracle finds."""
    fields = Fields(rule=tuple(keys))
    expected = oracle.property_of(event, keys)

    assert rule_of(event, fields) == (expected or "(none)")


def test_a_row_of_columns_is_what_its_event_is() -> None:
    """Every column is as long as the block, in its order."""
    aspect = KindAspect(Fields(), alert_log=False)
    rows = [
        tuple(map(event.get, aspect.keys))
        for event in (
            {"type": "alert", "severity": "fatal"},
            {"type": "ack", "severity": "fatal"},
            {"level": "warning"},
        )
    ]
    marks, names = aspect.columns(rows)

    assert marks == {
        "alerts": [True, False, False],
        "critical": [True, False, False],
        "actions": [False, True, False],
        "critical_actions": [False, True, False],
    }
    assert names == {
        "severities": ["critical", "critical", "warn"],
        "types": ["alert", "ack", "(none)"],
    }


def test_events_of_legacy_sources_do_not_count() -> None:
    """Events of a legacy source do not count; its path identifies it."""
    classifier = Stage1Classifier(Fields(), ("live_runs/alerts/**",))

    assert not classifier.is_counted("live_runs/alerts/2024/a.jsonl")
    assert classifier.is_counted("logs/alerts.jsonl")


def test_an_alert_log_is_classified_by_its_name() -> None:
    """The same record is an alert in an alert file only."""
    classifier = Stage1Classifier(Fields(), ())
    row = tuple({"type": "tick"}.get(key) for key in classifier.aspects("a.jsonl")[0].keys)
    alerts = [
        classifier.aspects(path)[0].columns([row]).marks["alerts"]
        for path in ("logs/alerts.jsonl", "logs/a.jsonl")
    ]

    assert alerts == [[True], [False]]


def test_a_classifier_can_be_sent_to_another_process() -> None:
    """A pickled classifier classifies like the original."""
    sent = Stage1Classifier(Fields(rule=("r",)), ("old/**",))
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 (made just here)

    assert arrived.keys == sent.keys
    assert not arrived.is_counted("old/a.jsonl")
