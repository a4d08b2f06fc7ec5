"""Functions that the tests of the classification share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from peaktrade_ops.config import Config, Fields
from peaktrade_ops.formats import Reading, default_reading
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.kinds import EventKind, KindReader
from peaktrade_ops.stage1.rule_aspect import RuleAspect
from peaktrade_ops.telemetry.counting.classifier import Class, Events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.telemetry.records.keys import Column

DEFAULTS = Fields()


def reading_of(fields: Fields = DEFAULTS) -> Reading:
    """Return the reading of key lists."""
    return default_reading(Config(fields=fields))


def kind_of(
    event: Mapping[str, object], *, alert_log: bool = False, fields: Fields = DEFAULTS
) -> EventKind:
    """Interpret an event."""
    danger = {"kill_switch": ("kill", "switch"), "killed": ("killed",)}
    reader = KindReader(reading_of(fields), danger, is_alert_log=alert_log)
    return reader.kind(tuple(map(event.get, reader.keys)))


def severity_of(event: Mapping[str, object], fields: Fields = DEFAULTS) -> str | None:
    """Return the severity of an event as reports show it."""
    severity = kind_of(event, fields=fields).severity
    return severity.shown if severity else None


def classes_of(
    path: str, *lines: str, classifier: Stage1Classifier | None = None, siblings: bool = False
) -> list[Class]:
    """Return what the first aspect of a file says of events, a line each, or all of one line."""
    # A classifier remembers what it has read: one for all tests would hide what the code does.
    [aspect, *_] = (classifier or Stage1Classifier(Config())).kind_of(path).aspects
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
