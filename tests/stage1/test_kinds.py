"""Tests of `peaktrade_ops.stage1.kinds`."""

from __future__ import annotations

import pytest

from peaktrade_ops.config import Fields
from peaktrade_ops.stage1.kinds import EventKind, KindReader
from peaktrade_ops.stage1.known_rows import Lines
from peaktrade_ops.stage1.severity import UNKNOWN, Severity
from peaktrade_ops.text import NumberText
from tests.stage1.helpers import (
    kind_of,
    reading_of,
    rule_of,
    severity_of,
)


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


def test_long_texts_that_the_events_of_a_line_share_are_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To read or copy one for each event would take time by their number times its length."""
    looked: list[str] = []

    class Counted(NumberText):
        def __str__(self) -> str:
            looked.append("a copy")
            return str.__str__(self)

    reader = KindReader(reading_of(), {}, is_alert_log=False)
    read = reader.severities.read

    def counting(value: object) -> Severity:
        looked.append("a severity")
        return read(value)

    monkeypatch.setattr(reader.severities, "read", counting)
    event = {"severity": "x" * 2000, "type": Counted("1" * 2000)}
    values, lines = tuple(map(event.get, reader.keys)), Lines()

    assert reader.kind(values, lines) == reader.kind(values, lines)
    assert sorted(looked) == ["a copy", "a severity"]


@pytest.mark.parametrize("event_type", ["ack_" * 100 + "alert", "alert " * 100])
def test_a_kind_that_is_cut_says_the_same_otherwise(event_type: str) -> None:
    """Only its texts are as short as reports show them."""
    kind = kind_of({"type": event_type, "severity": "x" * 300, "state": "killed"})

    cut = kind.cut()

    assert cut == EventKind(
        Severity(UNKNOWN, "x" * 200), event_type[:200], kind.is_alert, kind.is_action, kind.dangers
    )
    assert (kind.is_alert, kind.is_action) == (not kind.is_action, "ack" in event_type)
    assert bool(kind.dangers) is not kind.is_action
    assert cut.cut() is cut


def test_marks_are_found_even_where_they_are_configured_keys_too() -> None:
    """A configuration that reads the type from `title` keeps rule (c) from holding."""
    fields = Fields(type=("title",))

    assert kind_of({"title": "x", "severity": "info"}, fields=fields).type == "x"
    assert not kind_of({"title": "x", "severity": "info"}, fields=fields).is_alert
    assert kind_of({"dedupe_key": "x", "severity": "info"}, fields=fields).is_alert


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"level": "fatal", "severity": "halt"},
        {"level": "info", "type": "x", "event_type": "alert_resolved"},
        {"type": "x", "event": "ALERT"},
        {"type": "order", "state": "Kill-Switch"},
        {"level": "x", "title": "t"},
        {"alertname": "a", "severity": 3},
    ],
)
def test_a_reader_of_some_keys_reads_the_same(event: dict[str, object]) -> None:
    """Keys that no event has are not looked up."""
    reader = KindReader(reading_of(), {"kill_switch": ("kill", "switch")}, is_alert_log=False)
    values = tuple(map(event.get, reader.keys))
    some = reader.only([value is not None for value in values])

    assert some.kind(values) == reader.kind(values)
    assert set(some.severity_places) <= set(reader.severity_places)
    assert reader.only([False] * len(values)).severity_places == ()
