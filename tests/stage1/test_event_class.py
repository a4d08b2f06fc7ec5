"""Tests of `peaktrade_ops.stage1.event_class`."""

from __future__ import annotations

import json

import pytest

from peaktrade_ops.stage1.names import (
    ALERTS,
    NOT_UNDERSTOOD,
    SERIOUS,
)
from tests.stage1.helpers import (
    classes_of,
    rule_of,
)


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
