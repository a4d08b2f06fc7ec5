"""Tests of `peaktrade_ops.stage1.classify`."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Alerts, Config, Fields, Format, Sources
from peaktrade_ops.formats import Reading, default_reading
from peaktrade_ops.stage1.classify import (
    ALERTS,
    CRITICAL_ACTIONS,
    CRITICALS,
    LEGACY_CRITICAL,
    NOT_UNDERSTOOD,
    SERIOUS,
    UNKNOWN_SEVERITY,
    UNREAD_SEVERITY,
    EventKind,
    KindAspect,
    RuleAspect,
    Stage1Classifier,
    dangers_in,
    is_action_type,
    is_alert_log,
)
from peaktrade_ops.telemetry.counting.classifier import Class, Events
from tests.support import oracle

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS = Fields()
CLASSIFIER = Stage1Classifier(Config())
TEXTS = st.text(st.one_of(st.sampled_from("aAcCkKxX1_-. \u00e9\u0130\u212a"), st.characters()))


def reading_of(fields: Fields = DEFAULTS) -> Reading:
    """Return the reading of key lists."""
    return default_reading(Config(fields=fields))


def kind_of(
    event: Mapping[str, object], *, alert_log: bool = False, fields: Fields = DEFAULTS
) -> EventKind:
    """Interpret an event."""
    danger = {"kill_switch": ("kill", "switch"), "killed": ("killed",)}
    aspect = KindAspect(reading_of(fields), danger, is_alert_log=alert_log)
    return aspect.kind(tuple(map(event.get, aspect.keys)))


def severity_of(event: Mapping[str, object], fields: Fields = DEFAULTS) -> str | None:
    """Return the severity of an event as reports show it."""
    severity = kind_of(event, fields=fields).severity
    return severity.shown if severity else None


def classes_of(
    path: str, *lines: str, classifier: Stage1Classifier = CLASSIFIER, siblings: bool = False
) -> list[Class]:
    """Return what the first aspect of a file says of events, a line each, or all of one line."""
    [aspect, *_] = classifier.kind_of(path).aspects
    events = [json.loads(line) for line in lines]
    rows = [tuple(map(event.get, aspect.keys)) for event in events]
    raw = [line.encode() for line in lines]
    of_the_line = (lambda _place: rows) if siblings else None
    return aspect.classes(Events(rows, raw, range(len(rows)), of_the_line))


def rule_of(event: Mapping[str, object], fields: Fields = DEFAULTS) -> str:
    """Return the rule of an event."""
    aspect = RuleAspect(reading_of(fields))
    row = tuple(map(event.get, aspect.keys))
    [each] = aspect.classes(Events([row], [b""], [], None))
    [(_, name)] = each.names
    return name


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
    ],
)
def test_types_with_other_words_are_no_actions(event_type: str) -> None:
    """A failed, expired or unfinished action is none, nor is a word inside another one."""
    assert not is_action_type(event_type)
    assert not kind_of({"type": event_type, "severity": "critical"}).is_action


@pytest.mark.parametrize("key", ["alert_type", "alertname"])
@pytest.mark.parametrize(("value", "expected"), [("x", True), (0, True), ("", False), ([1], False)])
def test_a_key_of_alerts_makes_an_alert(key: str, value: object, *, expected: bool) -> None:
    """Rule (a) holds for a value at a key of alerts beside any type."""
    assert kind_of({"type": "tick", key: value}).is_alert is expected


@pytest.mark.parametrize(
    ("event", "dangers"),
    [
        ({"type": "kill_switch"}, ("kill_switch",)),
        ({"type": "order", "kind": "KillSwitchArmed"}, ("kill_switch",)),
        ({"new_state": "KILLED"}, ("killed",)),
        ({"action": "kill the switch", "status": "killed"}, ("killed",)),
        ({"state": 5, "status": ["killed"]}, ()),
        ({"message": "killed"}, ()),
        ({"type": "ack", "status": "killed"}, ()),
    ],
)
def test_a_danger_is_named_by_any_type_or_state(
    event: dict[str, object], dangers: tuple[str, ...]
) -> None:
    """All type keys and the keys of states count, but for operator actions."""
    assert kind_of(event).dangers == dangers


def test_words_of_a_danger_stand_next_to_each_other() -> None:
    """Other words between them, or a part of a word, make no danger."""
    danger = {"a_b": ("a", "b"), "c": ("c",)}

    assert dangers_in("x a b", danger) == ["a_b"]
    assert dangers_in("a-B, C", danger) == ["a_b", "c"]
    assert dangers_in("a x b ac", danger) == []
    assert Stage1Classifier(Config(alerts=Alerts(danger=("123",)))).kind_of("a").is_counted


@pytest.mark.parametrize("event_type", ["alert", "AlertRaised", "risk_ALERT", "realerted"])
def test_a_type_that_contains_alert_makes_an_alert(event_type: str) -> None:
    """Rule (a) looks inside of words and asks for no severity, not even for an important one."""
    assert kind_of({"type": event_type}).is_alert
    assert kind_of({"type": event_type, "severity": "info"}).is_alert


@pytest.mark.parametrize("severity", ["trace", "DEBUG", " info ", "Notice", "ok"])
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


@pytest.mark.parametrize("unusable", [None, "", [], {}])
def test_unusable_values_fall_through_to_the_next_key(unusable: object) -> None:
    """Null and empty values do not hide the value of a later key."""
    event = {
        "severity": unusable,
        "level": "error",
        "event_type": unusable,
        "kind": "fill",
        "rule_id": unusable,
        "rule": "R1",
    }

    assert severity_of(event) == "error"
    assert kind_of(event).type == "fill"
    assert rule_of(event) == "R1"


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "true"), (False, "false"), (1, "1"), (0, "0"), (-7, "-7"), ("1.50", "1.50")],
)
def test_numbers_and_booleans_are_values(value: object, name: str) -> None:
    """A number or a boolean is a value, and booleans are written as JSON writes them."""
    assert kind_of({"type": value}).type == name
    assert severity_of({"severity": value}) == name
    assert rule_of({"rule": value}) == name


def test_absent_properties_have_the_name_none() -> None:
    """An event without a property is counted as `(none)`."""
    [each] = classes_of("a.jsonl", "{}")

    assert each.names == (("severities", "(none)"), ("types", "(none)"))
    assert rule_of({}) == "(none)"


def test_values_are_counted_by_their_first_200_characters() -> None:
    """Longer values are cut for the lists, but words behind the cut still count."""
    event = {"type": "x" * 300 + " alert", "severity": "y" * 300}
    [each] = classes_of("a.jsonl", json.dumps(event))

    assert each.names[:2] == (("severities", "y" * 200), ("types", "x" * 200))
    assert ALERTS in each.marks
    assert rule_of({"rule": "\U0001f600" * 201}) == "\U0001f600" * 200


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

    assert (kind.is_critical, kind.type, kind.is_alert) == (True, "tick", False)
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


def test_events_have_marks_names_and_evidence() -> None:
    """What is critical, unknown, unread or an action is marked, counted and kept as evidence."""
    critical, action, unknown, unread, quiet = classes_of(
        "a.jsonl",
        '{"type":"x","severity":"fatal"}',
        '{"type":"ack","severity":"fatal"}',
        '{"type":"x","severity":"halt"}',
        '{"type":"x","state":"critical"}',
        '{"type":"x","severity":"info"}',
    )

    assert set(critical.marks) == {CRITICALS, SERIOUS}
    assert set(action.marks) == {"actions", CRITICAL_ACTIONS, SERIOUS}
    assert set(unknown.marks) == {UNKNOWN_SEVERITY, SERIOUS}
    assert set(unread.marks) == {UNREAD_SEVERITY, SERIOUS}
    assert quiet.marks == ()
    assert ("unknown_values", "halt") in unknown.names
    assert ("unread_keys", "state") in unread.names
    kinds = [each.exhibits for each in (critical, action, unknown, unread, quiet)]
    assert kinds == [(CRITICALS,), ("actions",), (NOT_UNDERSTOOD,), (NOT_UNDERSTOOD,), ()]
    assert [bool(each.untimed_exhibits) for each in (critical, action, quiet)] == [
        True,
        True,
        False,
    ]
    assert dict(critical.labels) == {"severity": "critical", "type": "x"}


def test_equal_events_share_a_class_and_similar_ones_do_not() -> None:
    """Python takes `true` for 1 and 1.0, but JSON does not."""
    lines = [f'{{"type":{value}}}' for value in ("true", "1", "true", '"1"', "false", "0", "1")]
    classes = classes_of("a.jsonl", *lines)

    assert [dict(each.names)["types"] for each in classes] == [
        "true",
        "1",
        "true",
        "1",
        "false",
        "0",
        "1",
    ]
    assert classes[0] is classes[2]
    assert classes[1] is classes[6]


def test_rows_that_never_repeat_take_bounded_memory() -> None:
    """What is remembered of rows has a limit, and rows with long texts are not remembered."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    assert isinstance(aspect, KindAspect)
    for block in range(12):
        rows = [(f"{block}-{k}", *[None] * (len(aspect.keys) - 1)) for k in range(1000)]
        aspect.classes(Events(rows, [b"{}"] * 1000, [], None))
    long = [("x" * 2000, *[None] * (len(aspect.keys) - 1))]
    aspect.classes(Events(long, [b"{}"], [], None))

    known = aspect._known  # noqa: SLF001 (its size shows only there)
    assert len(known) <= 6000
    assert long[0] not in known


def test_a_line_of_which_an_event_is_critical_has_been_read() -> None:
    """The word of another event of an unpacked line is no finding."""
    lines = ('{"state":"critical"}', '{"severity":"critical"}')

    apart, together = classes_of("a.jsonl", *lines), classes_of("a.jsonl", *lines, siblings=True)

    assert UNREAD_SEVERITY in apart[0].marks
    assert UNREAD_SEVERITY not in together[0].marks


def test_events_of_legacy_sources_do_not_count_but_their_criticals_object() -> None:
    """Only what is critical, unknown, unread or a danger is marked, actions too."""
    kind = CLASSIFIER.kind_of("live_runs/alerts/2024/a.jsonl")
    assert not kind.is_counted
    assert CLASSIFIER.kind_of("logs/alerts.jsonl").is_counted

    marks = [
        each.marks
        for each in classes_of(
            "live_runs/alerts/a.jsonl",
            '{"type":"ack","severity":"fatal"}',
            '{"severity":"halt"}',
            '{"state":"critical"}',
            '{"type":"liquidation"}',
            '{"type":"alert","severity":"error"}',
        )
    ]

    assert marks == [(LEGACY_CRITICAL,)] * 4 + [()]


def test_an_alert_log_is_classified_by_its_name() -> None:
    """The same record is an alert in an alert file only."""
    alerts = [
        ALERTS in each.marks
        for path in ("logs/alerts.jsonl", "logs/a.jsonl")
        for each in classes_of(path, '{"type":"tick"}')
    ]

    assert alerts == [True, False]


def test_files_are_read_by_the_first_format_that_matches() -> None:
    """Files that are read alike share what is known of them."""
    formats = (Format(files=("a/*",), unpack=("x",)), Format(files=("**",), embedded=("y",)))
    classifier = Stage1Classifier(Config(formats=formats))

    assert classifier.kind_of("a/b").unpack == ("x",)
    assert classifier.kind_of("b/c").embedded == ("y",)
    assert classifier.kind_of("b/c") is classifier.kind_of("b/d")


def test_a_classifier_can_be_sent_to_another_process() -> None:
    """A pickled classifier classifies like the original."""
    sent = Stage1Classifier(Config(sources=Sources(legacy=("old/**",))))
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 (made just here)

    assert arrived.marks == sent.marks
    assert not arrived.kind_of("old/a.jsonl").is_counted
    assert arrived.kind_of("a.jsonl").aspects[0].keys == sent.kind_of("a.jsonl").aspects[0].keys
