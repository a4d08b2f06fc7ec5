"""The baseline: the same counts with a plain `json.loads` loop on one core."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME_KEYS = ("ts", "timestamp", "time", "created_at", "ts_utc", "@timestamp", "event_ts_unix")
LEGACY = re.compile(r"(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)", re.IGNORECASE)


def read_time(value: Any) -> datetime:  # noqa: ANN401 (from JSON)
    """Read an epoch number or an ISO time."""
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    for unit in (1, 10**3, 10**6, 10**9):
        if value < 10**11 * unit:
            return datetime.fromtimestamp(value / unit, UTC)
    raise ValueError(value)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def count(folder: Path, end: datetime) -> dict[str, int]:
    """Return the counts of the 24 hours before `end`, for the JSON-lines files below a folder."""
    start = end - timedelta(hours=24)
    totals: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    types: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.jsonl")):
        for raw in _lines(path):
            totals["lines"] += 1
            line = raw.decode("utf-8", "replace")
            totals["legacy_alerts"] += bool(LEGACY.search(line))
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not isinstance(event, dict):
                continue
            value = next((event[key] for key in TIME_KEYS if key in event), None)
            if value is None or not start <= read_time(value) < end:
                continue
            kind, severity = event["event_type"], event["severity"].lower()
            severities[severity] += 1
            types[kind] += 1
            rules[event.get("rule_id") or event["labels"]["rule_id"]] += 1
            totals["in_window"] += 1
            action = "acknowledged" in kind.lower()
            totals["new_alerts"] += "alert" in kind.lower() and not action
            totals["critical_alerts"] += severity == "critical" and not action
            totals["operator_actions"] += action
    return dict(totals)


if __name__ == "__main__":
    print(json.dumps(count(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))))
