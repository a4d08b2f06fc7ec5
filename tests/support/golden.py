"""The expected content of stored files: JSON Schemas, and the reports of a small telemetry."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops import stage1
from peaktrade_ops.config import Config, Sources
from peaktrade_ops.diagnosis import findings
from peaktrade_ops.routine import decide, make_snapshots, make_trend
from peaktrade_ops.scanning import Place, Telemetry
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.stage1.models import Artifact, Decision, Index, Summary, Trend, schema_of
from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.tally import Tally
from peaktrade_ops.window import window_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.window import Window

REGENERATE: Final = "python -m tests.support.regenerate"
SCHEMAS: Final = Path(stage1.__file__).parent / "schemas"
DIAGNOSIS_SCHEMAS: Final = Path(findings.__file__).parent / "schemas"
GOLDEN: Final = Path(__file__).parents[1] / "golden"

SAMPLES: Final = Path(__file__).parents[2] / "samples" / "telemetry"
LAST_SAMPLE_DAY: Final = date(2025, 12, 20)
END: Final = datetime(2025, 12, 20, 8, tzinfo=UTC)
CONFIG: Final = Config(sources=Sources(ignore=("telemetry/ignored/**",)))

# The lines have every outcome that a line can have, and names that contain markup.
TELEMETRY: Final = {
    "telemetry/bot.jsonl": rb"""
{"ts": "2025-12-18T07:59:59Z", "level": "info", "event_type": "beat"}
{"ts": "2025-12-18T09:30:00Z", "level": "info", "event_type": "beat", "rule_id": "r1"}
{"ts": "2025-12-18T22:00:00+01:00", "level": "warning", "event_type": "risk_alert", "rule_id": "r2"}
{"ts": "2025-12-19T08:00:00Z", "level": "INFO", "event_type": "beat", "rule_id": "r1"}
{"ts": 1766160000, "severity": "CRIT", "event_type": "risk_alert", "labels": {"rule_id": "r3"}}
{"ts": 1766160000123, "severity": "fatal", "event_type": "order_failed"}
{"severity": "critical", "event_type": "no_time"}
{"ts": "2025-12-19T12:00:00", "severity": "info", "event_type": "ackAlert"}
not JSON at all
{"ts": "2025-12-19T13:00:00Z", "a": NaN}
[1, 2]

{"ts": "2025-12-19 14:00:00.123456789Z", "type": "**99**|<b>\n# x", "rule": "www.example.org"}
{"ts": "2025-12-20T07:59:59.999999Z", "severity": "debug", "kind": "beat", "note": "legacy"}
{"ts": "2025-12-20T08:00:00Z", "severity": "critical", "event_type": "risk_alert"}
{"ts": "2025-12-20T07:00:00Z", "severity": "in""".lstrip(),
    "telemetry/alerts.ndjson": b"""
{"timestamp": "2025-12-19T20:15:00Z", "level": "error", "message": "disk"}
{"timestamp": "2025-12-19T20:15:01Z", "level": "info", "message": "disk again"}
{"timestamp": "2025-12-19T20:15:02Z", "dedupe_key": "d", "severity": "high"}
""".lstrip(),
    "live_runs/alerts/old.jsonl": b"""
{"ts": "2025-12-19T10:00:00Z", "severity": "critical", "event_type": "old_alert"}
{"ts": "2025-11-01T10:00:00Z", "severity": "info", "event_type": "previous"}
""".lstrip(),
    "telemetry/ignored/x.jsonl": b'{"ts": "2025-12-19T10:00:00Z", "severity": "critical"}\n',
    "telemetry/empty.jsonl": b"",
    "notes.txt": b"no telemetry\n",
}


KINDS: Final = (
    "2025-12-20_snapshot.html",
    "2025-12-20_snapshot.md",
    "2025-12-20_summary.json",
    "index.html",
    "index.json",
    "stage1_trend.html",
    "stage1_trend.json",
    "stage1_trend.md",
)
"""The golden files, one for each kind of output."""

DECISIONS: Final = ("stage1_decision.html", "stage1_decision.json", "stage1_decision.md")
"""The golden files of a decision, which is made after the others."""


def schemas() -> dict[str, bytes]:
    """Return the JSON Schema of every kind of artifact, by file name."""
    models: dict[str, type[Artifact]] = {
        "summary": Summary,
        "trend": Trend,
        "index": Index,
        "decision": Decision,
    }
    return {
        f"{name}.schema.json": (json.dumps(schema_of(model), indent=2) + "\n").encode()
        for name, model in models.items()
    }


def diagnosis_schemas() -> dict[str, bytes]:
    """Return the JSON Schema of a diagnosis, by file name."""
    return {"diagnosis.schema.json": (json.dumps(findings.schema(), indent=2) + "\n").encode()}


def tally_of(
    cells: Cells,
    window: Window,
    *,
    events: Mapping[int, int] | None = None,
    names: Mapping[str, Mapping[str, int]] | None = None,
    **marks: Mapping[int, int],
) -> Tally:
    """Return a tally without files, from counts by cell and names by column of one window."""
    tally = Tally(
        names={column: Counts() for column in Stage1Classifier.names},
        marks={mark: Counter(marks.get(mark, {})) for mark in Stage1Classifier.marks},
        events=Counter(events or {}),
    )
    [span] = cells.spans_of(window)
    for column, counts in (names or {}).items():
        for name, count in counts.items():
            tally.names[column].add(span, name, count)
    return tally


def write_telemetry(root: Path) -> None:
    """Write the small telemetry below a folder."""
    for name, data in TELEMETRY.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.mkfifo(root / "telemetry" / "pipe.jsonl")


def golden_files(scratch: Path) -> dict[str, bytes]:
    """Return the content of every golden file, made from the small telemetry.

    Args:
        scratch: An empty folder for the telemetry and the reports.

    Returns:
        The bytes of each file, by its name in the folder of golden files.
    """
    root, folder = scratch / "root", scratch / "reports"
    write_telemetry(root)
    place = Place(folder, "obs/stage1")
    window = window_until(END)
    make_snapshots(Telemetry(root), place, (window.earlier(1), window), CONFIG, now=END)
    make_trend(place, window, CONFIG, days=14, replace=False)
    golden = {name: (folder / name).read_bytes() for name in KINDS}
    for wish in (
        Wish("A. Owner", "extend"),
        Wish("B. **Owner**", "go", "known fault\n# not a heading", override=True),
    ):
        decide(place, wish, clock=lambda: END)
    return golden | {name: (folder / name).read_bytes() for name in DECISIONS}
