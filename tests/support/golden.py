"""What the stored files must hold: JSON Schemas of the models, and whole reports of a small day."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from peaktrade_ops import stage1
from peaktrade_ops.config import Config, Sources
from peaktrade_ops.reports.views.markdown import snapshot_markdown
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.routine import Place, Telemetry, make_snapshot, make_trend, run_daily
from peaktrade_ops.stage1.models import Artifact, Index, Summary, Trend, schema_of, to_json
from peaktrade_ops.stage1.snapshot import summarise
from peaktrade_ops.telemetry.counting.tally import FileTally, Tally
from peaktrade_ops.telemetry.files.search import Discovery, LeftOut
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import HOUR, window_of, window_until

REGENERATE: Final = "python -m tests.support.regenerate"
SCHEMAS: Final = Path(stage1.__file__).parent / "schemas"
GOLDEN: Final = Path(__file__).parents[1] / "golden"

SAMPLES: Final = Path(__file__).parents[2] / "samples" / "telemetry"
LAST_SAMPLE_DAY: Final = date(2025, 12, 20)
END: Final = datetime(2025, 12, 20, 8, tzinfo=UTC)
CONFIG: Final = Config(sources=Sources(ignore=("telemetry/ignored/**",)))

# Two quiet days would show nothing: every outcome of a line is here, and names that would like to
# be markup.
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


def schemas() -> dict[str, bytes]:
    """Give the JSON Schema of every kind of artifact, by file name."""
    models: dict[str, type[Artifact]] = {"summary": Summary, "trend": Trend, "index": Index}
    return {
        f"{name}.schema.json": (json.dumps(schema_of(model), indent=2) + "\n").encode()
        for name, model in models.items()
    }


def small_summary() -> Summary:
    """Make a summary from a small tally that no file stands behind."""
    window = window_until(END)
    tally = Tally(window)
    tally.files["telemetry/a.jsonl"] = FileTally(
        lines=10,
        blank=1,
        events=6,
        rejected=2,
        partial=1,
        untimed=2,
        naive=1,
        future=1,
        legacy_alerts=3,
        rejected_standing=1,
        critical_leading=1,
        opening=END - timedelta(hours=30),
        closing=END - HOUR,
        first=END - timedelta(hours=30),
        last=END + HOUR,
        rejects=[(3, "not JSON"), (7, "not an object")],
    )
    tally.files["telemetry/b.jsonl.gz"] = FileTally(
        lines=2,
        events=2,
        closing=END - timedelta(hours=2),
        first=END - timedelta(hours=3),
        last=END - timedelta(hours=2),
        problem="broken compression",
    )
    tally.files["telemetry/c.jsonl"] = FileTally(problem="not readable")
    tally.in_window, tally.alerts, tally.critical, tally.actions = 4, 2, 1, 1
    for counts, names in (
        (tally.severities, {"warn": 2, "critical": 1, "info": 1}),
        (tally.types, {"risk_alert": 2, "(none)": 2}),
        (tally.rules, {"r`1`": 3, "r|2": 1}),
    ):
        for name, count in names.items():
            counts.add(name, count)
    tally.hourly_events[0], tally.hourly_events[23], tally.hourly_alerts[23] = 1, 3, 2
    found = Discovery(
        [Source(path, f"/{path}", 1, 1, 400, 0) for path in tally.files],
        [LeftOut("telemetry/d.jsonl", "too deep", harmless=False)],
        candidates=4,
    )
    return summarise(
        found,
        tally,
        config=Config(),
        legacy_regex="(legacy|v1)",
        report_dir="obs/stage1",
        now=END - timedelta(minutes=1),
    )


def write_telemetry(root: Path) -> None:
    """Write the small telemetry below a folder."""
    for name, data in TELEMETRY.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.mkfifo(root / "telemetry" / "pipe.jsonl")


def golden_files(scratch: Path) -> dict[str, bytes]:
    """Make every golden file anew.

    Args:
        scratch: An empty folder for the telemetry and the reports.

    Returns:
        The bytes of each file, by its name in the folder of golden files.
    """
    root, folder = scratch / "root", scratch / "reports"
    write_telemetry(root)
    place = Place(folder, "obs/stage1")
    window = window_until(END)
    for each in (window.earlier(1), window):
        make_snapshot(Telemetry(root), place, each, CONFIG, now=END)
    make_trend(place, window, CONFIG, days=14, replace=False)
    small = small_summary()
    samples = scratch / "samples"
    run_daily(
        Telemetry(SAMPLES),
        Place(samples, "obs/stage1"),
        window_of(LAST_SAMPLE_DAY),
        Config(),
        days=8,
        replace=False,
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    pages = {f"samples/{path.name}": path.read_bytes() for path in samples.glob("*.html")}
    return {
        **pages,
        "small_summary.json": to_json(small),
        "small_snapshot.html": snapshot_page(small, Neighbours()).encode(),
        "small_snapshot.md": snapshot_markdown(small).encode(),
        **{f"stage1/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())},
    }
