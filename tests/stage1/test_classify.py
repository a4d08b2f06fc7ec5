"""Tests of `peaktrade_ops.stage1.classify`."""

from __future__ import annotations

import copy
import json
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Alerts, Config, Fields, Format, SeverityRules, Sources
from peaktrade_ops.formats import Reading, default_reading
from peaktrade_ops.stage1 import classify
from peaktrade_ops.stage1.classify import (
    ALERTS,
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
from peaktrade_ops.stage1.nets import Nets
from peaktrade_ops.stage1.severity import class_of
from peaktrade_ops.telemetry.counting.classifier import Class, Events
from peaktrade_ops.telemetry.records.keys import wanted_keys
from peaktrade_ops.telemetry.records.keywords import LinePattern
from peaktrade_ops.text import NumberText
from tests.support import oracle
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from peaktrade_ops.telemetry.records.keys import Column

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
    of_the_line = (lambda _place: [columns_of(rows)]) if siblings else None
    return aspect.classes(Events(columns_of(rows), raw, range(len(rows)), of_the_line))


def columns_of(rows: Sequence[Sequence[object]]) -> list[Column]:
    """Return the values of some rows as columns, without the empty ones."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [column if any(value is not None for value in column) else None for column in columns]


def rule_of(event: Mapping[str, object], fields: Fields = DEFAULTS) -> str:
    """Return the rule of an event."""
    aspect = RuleAspect(reading_of(fields))
    row = tuple(map(event.get, aspect.keys))
    [each] = aspect.classes(Events(columns_of([row]), [b""], [], None))
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


@pytest.mark.parametrize("key", ["event_type", "name", "action", "state", "new_state", "status"])
def test_every_type_key_and_every_state_can_say_danger(key: str) -> None:
    """Each of these keys is read, also behind a first type that is quiet."""
    assert kind_of({"event_type": "tick"} | {key: "KillSwitch engaged"}).dangers == ("kill_switch",)


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
    text = "aA" * 2**20
    tracemalloc.start()
    try:
        find(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * len(text)
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


def test_what_is_not_understood_is_named() -> None:
    """The value and the key are counted, and evidence is labelled by severity and type."""
    unknown, unread, quiet = classes_of(
        "a.jsonl",
        '{"type":"x","severity":"halt"}',
        '{"type":"x","state":"critical"}',
        '{"type":"x","severity":"info"}',
    )

    assert ("unknown_values", "halt") in unknown.names
    assert ("unread_keys", "state") in unread.names
    assert quiet.names == (("severities", "info"), ("types", "x"))
    assert dict(unknown.labels) == {"severity": "halt", "type": "x"}


@pytest.mark.parametrize(
    ("event", "marks", "exhibits"),
    [
        ({"level": "fatal"}, "critical serious", "critical"),
        ({"level": "P1"}, "unknown_severity serious", "not_understood"),
        ({"status": "critical"}, "unread_severity serious", "not_understood"),
        ({"type": "risk_alert"}, "alerts serious", "alerts"),
        ({"type": "margin_call"}, "danger serious", "danger"),
        ({"type": "ack"}, "actions", "actions"),
        ({"type": "ack", "level": "fatal"}, "actions critical_actions serious", "actions"),
        (
            {"type": "ack", "level": "P1"},
            "actions unknown_severity serious",
            "actions not_understood",
        ),
        ({"type": "ack", "status": "killed"}, "actions", "actions"),
        ({"type": "ack", "status": "critical"}, "actions", "actions"),
        ({"level": "error"}, "", ""),
        (
            {"type": "kill_switch_alert", "level": "critical"},
            "alerts critical danger serious",
            "critical danger alerts",
        ),
    ],
)
def test_an_event_is_marked_and_shown_for_what_it_is(
    event: dict[str, object], marks: str, exhibits: str
) -> None:
    """Without a time, each serious one is evidence that it is not understood."""
    [found] = classes_of("a.jsonl", json.dumps(event))

    assert found.marks == tuple(marks.split())
    assert found.exhibits == tuple(exhibits.split())
    assert found.untimed_exhibits == ((NOT_UNDERSTOOD,) if SERIOUS in found.marks else ())


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"state":"critical"}', "state"),
        ('{"level":"info","state":"critical"}', "state"),
        ('{"x":"level=fatal"}', "(text)"),
        ('{"level":"info","x":"level=fatal"}', "(text)"),
        ('{"x":"CRITICAL risk"}', "(text)"),
        ('{"level":"info","x":"CRITICAL risk"}', None),
        ('{"levelno":50}', "levelno"),
        ('{"level":"info","levelno":50}', None),
        ('{"level":"-","severity_id":5}', "severity_id"),
        # The order of the nets, not of the line.
        ('{"levelno":50,"x":"a FATAL","y":"level=fatal","z":"fatal"}', "z"),
        ('{"levelno":50,"x":"FATAL error"}', "(text)"),
        ('{"level":"critical","state":"critical"}', None),
        ('{"type":"ack","state":"critical","levelno":50}', None),
        (json.dumps({"k" * 300: "critical"}), "k" * 200),
    ],
)
def test_a_line_that_says_more_than_its_keys_is_unread(line: str, key: str | None) -> None:
    """Some nets are only for events without a severity; criticals and actions are read."""
    [found] = classes_of("a.jsonl", line)

    assert dict(found.names).get("unread_keys") == key
    assert (UNREAD_SEVERITY in found.marks) is (key is not None)


def test_words_are_looked_for_only_in_lines_that_the_search_of_the_block_has_found() -> None:
    """All other lines are passed over, so the search must miss none."""
    [aspect, *_] = CLASSIFIER.kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    [found] = aspect.classes(Events(columns_of([row]), [b'{"state":"critical"}'], [], None))

    assert found.marks == ()


def test_keys_are_looked_for_in_every_line_without_a_severity() -> None:
    """The search of the block looks for words only."""
    [aspect, *_] = CLASSIFIER.kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    found = aspect.classes(
        Events(columns_of([row] * 2), [b'{"levelno":50}', b'{"x":50}'], [], None)
    )

    assert [UNREAD_SEVERITY in each.marks for each in found] == [True, False]


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
        aspect.classes(Events(columns_of(rows), [b"{}"] * 1000, [], None))
    long = [("x" * 2000, *[None] * (len(aspect.keys) - 1))]
    [read] = aspect.classes(Events(columns_of(long), [b"{}"], [], None))

    # Classes are counted after many blocks: those of a large archive are all in memory.
    assert isinstance(read, classify._Read)  # noqa: SLF001 (see below)
    assert "x" * 201 not in repr(read.kind)
    known = aspect._known  # noqa: SLF001 (its size shows only there)
    assert len(known) <= 6000
    assert not any("x" * 2000 in row for row in known)


def test_rules_that_never_repeat_take_bounded_memory() -> None:
    """What is remembered of rules has a limit, and long rules are not remembered."""
    aspect = RuleAspect(reading_of(Fields(rule=("r",))))
    sizes = []
    for block in range(12):
        rows = [(f"{block:02}-{k:03}",) for k in range(1000)]
        aspect.classes(Events(columns_of(rows), [b"{}"] * 1000, [], None))
        sizes.append(len(pickle.dumps(aspect)))
    before = pickle.dumps(aspect)
    first, second = aspect.classes(Events(columns_of([("x" * 2000,)] * 2), [b"{}"] * 2, [], None))

    assert max(sizes) < 6 * sizes[0]
    assert pickle.dumps(aspect) == before
    assert first.names == second.names


def test_findings_that_never_repeat_take_bounded_memory() -> None:
    """Equal events whose lines have always another key remember few of these keys."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    sizes = []
    for block in range(1, 9):
        lines = [f'{{"k{block * 100 + k}":"critical"}}'.encode() for k in range(100)]
        found = aspect.classes(Events(columns_of([row] * 100), lines, range(100), None))
        assert [dict(each.names)["unread_keys"] for each in found] == [
            f"k{block * 100 + k}" for k in range(100)
        ]
        sizes.append(len(pickle.dumps(aspect)))

    assert sizes[-1] == sizes[0]


@pytest.mark.parametrize("copied", ["pickle", "copy"])
def test_a_copy_of_a_classifier_that_has_worked_says_the_same(copied: str) -> None:
    """A classifier is sent to other processes, and what it remembers must not mislead them."""
    classifier = Stage1Classifier(Config())
    line = '{"ts":"2025-12-20T01:00:00Z","alert_type":0,"severity":"critical"}'
    first = classes_of("a.jsonl", line, line, classifier=classifier)
    assert [each.marks for each in first] != [(), ()]

    same: Stage1Classifier = (
        pickle.loads(pickle.dumps(classifier))  # noqa: S301 (our own bytes)
        if copied == "pickle"
        else copy.deepcopy(classifier)
    )

    found = classes_of("a.jsonl", line, line, classifier=same)
    assert list(map(repr, found)) == list(map(repr, first))


ALIKE = st.sampled_from((True, 1, NumberText("1.0"), "1", "1.0", "true", False, 0, "0", None, ""))


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(ALIKE, ALIKE, ALIKE), min_size=1, max_size=6))
def test_values_that_are_equal_in_python_are_not_mixed_up(
    values: list[tuple[object, object, object]],
) -> None:
    """A class that is remembered is that of the same JSON, in any order of events and blocks."""
    for index, known in enumerate(Stage1Classifier(Config()).kind_of("a.jsonl").aspects):
        rows = [
            tuple(map({"type": a, "level": b, "rule": c}.get, known.keys)) for a, b, c in values
        ]
        lines = [b"{}"] * len(rows)
        for _ in range(2):
            found = known.classes(Events(columns_of(rows), lines, [], None))
            for row, each in zip(rows, found, strict=True):
                fresh = Stage1Classifier(Config()).kind_of("a.jsonl").aspects[index]
                [alone] = fresh.classes(Events(columns_of([row]), [b"{}"], [], None))
                assert (each.names, each.marks, each.labels) == (
                    alone.names,
                    alone.marks,
                    alone.labels,
                )


def test_a_line_of_many_events_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work on a line that holds many events does not grow with their square."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    looked: list[str] = []
    for name in ("words_in", "key_in"):
        search = getattr(Nets, name)

        def counting(self: Nets, line: bytes, name: str = name, search: Any = search) -> object:  # noqa: ANN401 (any method)
            looked.append(name)
            return search(self, line)

        monkeypatch.setattr(Nets, name, counting)

    def siblings(_place: int) -> list[list[Column]]:
        looked.append("siblings")
        return [columns_of(rows[:5])]

    searched: list[int] = []
    positions = LinePattern.positions

    def measuring(self: LinePattern, lines: Sequence[bytes]) -> list[int]:
        searched.append(sum(map(len, lines)))
        return positions(self, lines)

    monkeypatch.setattr(LinePattern, "positions", measuring)
    line = b'{"state":"fatal","levelno":5}'
    rows = [(None,) * len(aspect.keys)] * 100
    classes = aspect.classes(Events(columns_of(rows), [line] * 100, range(100), siblings))

    assert sorted(looked) == ["key_in", "siblings", "words_in"]
    assert searched == [len(line)]
    assert {dict(each.names)["unread_keys"] for each in classes} == {"state"}


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

    classes = classes_of(
        "live_runs/alerts/a.jsonl",
        '{"type":"ack","severity":"fatal"}',
        '{"severity":"halt"}',
        '{"state":"critical"}',
        '{"type":"liquidation"}',
        '{"type":"alert","severity":"error"}',
        '{"type":"ack"}',
    )

    assert [each.marks for each in classes] == [(LEGACY_CRITICAL,)] * 4 + [()] * 2
    assert {(each.names, each.exhibits, each.untimed_exhibits) for each in classes} == {
        ((), (), ())
    }


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


def test_each_format_has_its_own_scale() -> None:
    """A number means what the format of its file says; without a format it is unknown."""
    formats = (
        Format(files=("p/*",), severity=SeverityRules(scale="pino")),
        Format(files=("s/*",), severity=SeverityRules(scale="syslog")),
    )
    classifier = Stage1Classifier(Config(formats=formats))
    lines = ('{"level":60}', '{"level":1}')
    marks = {
        path: [each.marks[0] for each in classes_of(path, *lines, classifier=classifier)]
        for path in ("p/x.jsonl", "s/x.jsonl", "x.jsonl")
    }

    assert marks == {
        "p/x.jsonl": [CRITICALS, UNKNOWN_SEVERITY],
        "s/x.jsonl": [UNKNOWN_SEVERITY, CRITICALS],
        "x.jsonl": [UNKNOWN_SEVERITY, UNKNOWN_SEVERITY],
    }


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"b": "x" * 300, "a": ""}, "x" * 200),
        ({"a": True, "b": "x"}, "true"),
        ({"a": {"x": "y"}, "c": {"d": "path"}}, "path"),
        ({"a": ["x"]}, None),
        ({}, None),
    ],
)
def test_the_text_of_evidence_is_the_first_usable_one(
    event: dict[str, object], text: str | None
) -> None:
    """It is cut to 200 characters; without any there is none."""
    kind = Stage1Classifier(Config(fields=Fields(text=("a", "b", "c.d")))).kind_of("a.jsonl")

    assert kind.text_of(tuple(map(event.get, wanted_keys(kind.text_keys)))) == text


def test_a_classifier_can_be_sent_to_another_process() -> None:
    """A pickled classifier classifies like the original."""
    sent = Stage1Classifier(Config(sources=Sources(legacy=("old/**",))))
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 (made just here)

    assert arrived.marks == sent.marks
    assert not arrived.kind_of("old/a.jsonl").is_counted
    assert arrived.kind_of("a.jsonl").aspects[0].keys == sent.kind_of("a.jsonl").aspects[0].keys
