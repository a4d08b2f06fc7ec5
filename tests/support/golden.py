"""What the stored files must hold: JSON Schemas of the models, and whole reports of a small day."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops import stage1
from peaktrade_ops.config import Config, Sources
from peaktrade_ops.reports.views.markdown import snapshot_markdown
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.routine import Place, Telemetry, make_snapshots, make_trend, run_daily
from peaktrade_ops.stage1.models import Artifact, Index, Summary, Trend, schema_of, to_json
from peaktrade_ops.stage1.snapshot import Scan, settings_of, summarise
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.tally import REJECTED, FileTally, Standing, Tally
from peaktrade_ops.telemetry.files.search import Discovery, LeftOut
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import HOUR, window_of, window_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.window import Window

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
    """Return the JSON Schema of every kind of artifact, by file name."""
    models: dict[str, type[Artifact]] = {"summary": Summary, "trend": Trend, "index": Index}
    return {
        f"{name}.schema.json": (json.dumps(schema_of(model), indent=2) + "\n").encode()
        for name, model in models.items()
    }


def tally_of(  # noqa: PLR0913 (a column each)
    cells: Cells,
    window: Window,
    *,
    events: Mapping[int, int] | None = None,
    alerts: Mapping[int, int] | None = None,
    critical: Mapping[int, int] | None = None,
    actions: Mapping[int, int] | None = None,
    names: Mapping[str, Mapping[str, int]] | None = None,
) -> Tally:
    """Make a tally without files from counts by cell, and from names of a window by column."""
    marks = {"alerts": alerts, "critical": critical, "actions": actions}
    tally = Tally(
        names={column: Counts() for column in ("severities", "types", "rules")},
        marks={mark: Counter(counts or {}) for mark, counts in marks.items()},
        events=Counter(events or {}),
    )
    [span] = cells.spans_of(window)
    for column, counts in (names or {}).items():
        for name, count in counts.items():
            tally.names[column].add(span, name, count)
    return tally


def small_summary() -> Summary:
    """Make a summary from a small tally that no file stands behind."""
    window = window_until(END)
    cells = Cells([window])
    tally = tally_of(
        cells,
        window,
        events={1: 1, 24: 3},
        alerts={24: 2},
        critical={24: 1},
        actions={24: 1},
        names={
            "severities": {"warn": 2, "critical": 1, "info": 1},
            "types": {"risk_alert": 2, "(none)": 2},
            "rules": {"r`1`": 3, "r|2": 1},
        },
    )
    tally.files["telemetry/a.jsonl"] = FileTally(
        lines=10,
        blank=1,
        events=6,
        rejected=2,
        partial=1,
        untimed=2,
        naive=1,
        hits=3,
        timed=Counter({24: 1, 25: 1}),
        standing={
            REJECTED: Standing(before=Counter({24: 1})),
            "critical": Standing(before=Counter({0: 1})),
        },
        opening=0,
        closing=24,
        first=END - timedelta(hours=30),
        last=END + HOUR,
        rejects=[(3, "not JSON"), (7, "not an object")],
    )
    tally.files["telemetry/b.jsonl.gz"] = FileTally(
        lines=2,
        events=2,
        closing=23,
        first=END - timedelta(hours=3),
        last=END - timedelta(hours=2),
        problem="broken compression",
    )
    tally.files["telemetry/c.jsonl"] = FileTally(problem="not readable")
    found = Discovery(
        [Source(path, f"/{path}", 1, 1, 400, 0) for path in tally.files],
        [LeftOut("telemetry/d.jsonl", "too deep", harmless=False)],
        candidates=4,
    )
    return summarise(
        Scan(found, tally, cells),
        window,
        settings=settings_of(Config(), "(legacy|v1)"),
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
    make_snapshots(Telemetry(root), place, (window.earlier(1), window), CONFIG, now=END)
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
