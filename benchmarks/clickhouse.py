"""The same counts as the plain loop, with ClickHouse in this process on all cores.

python -m benchmarks.clickhouse FOLDER END
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import chdb

from benchmarks.plain_loop import TIME_KEYS

# The whole JSON of a line is read once. A line that is not an object has no time.
_QUERY: Final = """
WITH
  JSONExtract(line, 'Tuple({keys}, event_type String, severity String, rule_id String,
    labels Tuple(rule_id String))') AS event,
  coalesce({values}, '') AS time,
  toFloat64OrNull(time) AS epoch,
  multiIf(
    isNull(epoch), toFloat64(parseDateTime64BestEffortOrNull(time, 9, 'UTC')),
    epoch < 1e11, epoch,
    epoch < 1e14, epoch / 1e3,
    epoch < 1e17, epoch / 1e6,
    epoch / 1e9
  ) AS moment,
  ifNull(moment >= {start} AND moment < {end}, 0) AS in_window
SELECT
  in_window,
  if(in_window, lower(event.event_type), '') AS kind,
  if(in_window, lower(event.severity), '') AS severity,
  if(in_window, if(event.rule_id = '', event.labels.rule_id, event.rule_id), '') AS rule,
  count() AS lines,
  countIf(multiMatchAny(line,
    ['(?i)(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)'])) AS legacy_alerts
FROM file('{files}', 'LineAsString')
GROUP BY in_window, kind, severity, rule
"""


def count(folder: Path, end: datetime) -> dict[str, int]:
    """Return the counts of the 24 hours before `end`, for the JSON-lines files below a folder."""
    query = _QUERY.format(
        keys=", ".join(f"`{key}` String" for key in TIME_KEYS),
        values=", ".join(f"nullIf(event.`{key}`, '')" for key in TIME_KEYS),
        start=(end - timedelta(hours=24)).timestamp(),
        end=end.timestamp(),
        files=folder.resolve() / "**" / "*.jsonl",
    )
    totals: Counter[str] = Counter()
    for row in str(chdb.query(query, "JSONCompactEachRow")).splitlines():
        inside, kind, severity, _, lines, legacy = json.loads(row)
        number, action = int(lines), "acknowledged" in kind
        totals["lines"] += number
        totals["legacy_alerts"] += int(legacy)
        totals["in_window"] += number * bool(inside)
        totals["new_alerts"] += number * ("alert" in kind and not action)
        totals["critical_alerts"] += number * (severity == "critical" and not action)
        totals["operator_actions"] += number * action
    return dict(totals)


if __name__ == "__main__":
    print(json.dumps(count(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))))
