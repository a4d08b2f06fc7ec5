"""Short questions to the oracle, for its own tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.support.oracle import DEFAULT_READING, Rules, expect_report
from tests.support.oracle.containers import records_in
from tests.support.oracle.events import DEFAULT_DANGER, read_events
from tests.support.oracle.json_text import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.formats import Reading
    from tests.support.oracle import ExpectedReport
    from tests.support.oracle.events import Event

END = datetime(2025, 12, 21, tzinfo=UTC)
NOON = "2025-12-20T12:00:00Z"
PATH = "telemetry/a.jsonl"
ALERT_LOG = "logs/alerts.jsonl"
LEGACY_PATH = "live_runs/alerts/a.jsonl"


def reading_with(**changes: Any) -> Reading:  # noqa: ANN401 (any field of a reading)
    """Return the default reading with other fields."""
    return DEFAULT_READING._replace(**changes)


def line_of(record: Mapping[str, object] | str) -> str:
    """Return a record as a line; a text is one already."""
    return record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)


def events_in(
    record: Mapping[str, object] | str,
    *,
    path: str = PATH,
    danger: Sequence[str] = DEFAULT_DANGER,
    **reading: object,
) -> list[Event]:
    """Return the events of one line."""
    line = line_of(record)
    value = parse_json(line)
    assert isinstance(value, dict)
    records, _ = records_in(value, reading_with(**reading))
    return read_events(records, line, path, reading_with(**reading), danger)


def event_in(
    record: Mapping[str, object] | str,
    *,
    path: str = PATH,
    danger: Sequence[str] = DEFAULT_DANGER,
    **reading: object,
) -> Event:
    """Return the one event of a line."""
    [event] = events_in(record, path=path, danger=danger, **reading)
    return event


def severity_in(record: Mapping[str, object] | str, **reading: Any) -> tuple[str, str] | None:  # noqa: ANN401 (any field of a reading)
    """Return the class of an event's severity, and the name that is shown."""
    severity = event_in(record, **reading).severity
    return None if severity is None else (severity.kind, severity.name)


def unread_in(record: Mapping[str, object] | str, **reading: Any) -> str | None:  # noqa: ANN401 (any field of a reading)
    """Return where an event's line has a severity that is not read."""
    return event_in(record, **reading).unread


def report_on(
    *records: Mapping[str, object] | str,
    path: str = PATH,
    now: datetime | None = None,
    **reading: object,
) -> ExpectedReport:
    """Return the report of the window that ends with `END`, of one file of these records."""
    content = "".join(line_of(record) + "\n" for record in records).encode()
    return expect_report({path: content}, end=END, now=now, rules=Rules(reading_with(**reading)))
