"""The keys of the properties of an event, and the values at them (section 5 of the contract)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.formats import Reading
from tests.support.oracle.json_text import Number
from tests.support.oracle.times import read_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# Section 5: the table of properties and their keys, in order.
DEFAULT_READING = Reading(
    time=(
        "ts",
        "timestamp",
        "time",
        "created_at",
        "at",
        "datetime",
        "ts_utc",
        "timestamp_utc",
        "@timestamp",
        "wall_ts",
        "event_ts_unix",
        "captured_at",
        "emitted_at",
        "occurred_at",
        "recorded_at",
        "event_time",
        "eventTime",
        "Timestamp",
        "date",
        "asctime",
    ),
    severity=(
        "severity",
        "level",
        "sev",
        "levelname",
        "Severity",
        "Level",
        "LEVEL",
        "SEVERITY",
        "log.level",
        "loglevel",
        "log_level",
        "logLevel",
        "LogLevel",
        "lvl",
        "level_name",
        "severity_text",
        "severityText",
        "SeverityText",
        "error_severity",
        "@level",
    ),
    type=(
        "event_type",
        "type",
        "kind",
        "event",
        "category",
        "alert_type",
        "alertname",
        "name",
    ),
    rule=(
        "rule_id",
        "rule",
        "rule_name",
        "labels.rule_id",
        "labels.alertname",
        "name",
        "source",
    ),
    text=(
        "title",
        "message",
        "msg",
        "short_message",
        "summary",
        "body",
        "description",
        "reason",
        "error",
        "event",
    ),
)


def values_of_key(event: Mapping[str, object], key: str) -> list[object]:
    """Return the values of an event under a key, in the order in which to try them.

    Section 5: "A key with a dot is looked up as it stands, then as a path into nested objects."
    """
    found = []
    if key in event:
        found.append(event[key])
    if "." in key:
        place: object = event
        there = True
        for step in key.split("."):
            if isinstance(place, dict) and step in place:
                place = place[step]
            else:
                there = False
                break
        if there:
            found.append(place)
    return found


def text_of(value: object) -> str | None:
    """Return a property's value as text, `None` if it falls through to the next key.

    Section 5: "a non-empty string, a number or a boolean; null, `""`, arrays and objects fall
    through". An integer is written as an integer (`-0` is `0`), any other number as it stands.
    """
    if isinstance(value, str):
        return value if value != "" else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return "0" if value.text == "-0" else value.text
    return None


def property_of(event: Mapping[str, object], keys: Sequence[str]) -> str | None:
    """Return the text of the first key that has one (section 5)."""
    for key in keys:
        for value in values_of_key(event, key):
            text = text_of(value)
            if text is not None:
                return text
    return None


def time_of(event: Mapping[str, object], keys: Sequence[str]) -> tuple[datetime, bool] | None:
    """Return an event's time.

    Section 5: "Time is the first of its keys whose value can be read as a time."
    """
    for key in keys:
        for value in values_of_key(event, key):
            time = read_time(value)
            if time is not None:
                return time
    return None
