"""Builders of models, days and old reports with defaults, so that a test states what matters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.reports.store.names import INDEX, LOCK, is_artifact
from peaktrade_ops.stage1.day import Day
from peaktrade_ops.stage1.decision import facts_of
from peaktrade_ops.stage1.models import (
    Coverage,
    Decision,
    Evidence,
    FieldSettings,
    FormatSettings,
    Hour,
    IndexEntry,
    LeftOut,
    Metrics,
    NamedCount,
    RejectedLine,
    ScannedFile,
    ScannedFolder,
    Seen,
    Settings,
    SeveritySettings,
    SourceSettings,
    Span,
    Summary,
    Top,
    Trend,
    Understanding,
    to_json,
)
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DAY = date(2025, 12, 20)
END = datetime(2025, 12, 20, 8, tzinfo=UTC)


def end_of(day: date, hour: int = 8) -> datetime:
    """Return the end of the window of a report made at an hour of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def days_until(last: date, count: int) -> list[date]:
    """Return consecutive calendar days; `last` is the last one."""
    return [last - timedelta(days=back) for back in reversed(range(count))]


def metrics(**changes: int) -> Metrics:
    """Return the metrics of a quiet day, with changes."""
    return Metrics(**{name: changes.get(name, 0) for name in Metrics.__struct_fields__})


def coverage(**changes: object) -> Coverage:
    """Return complete coverage of one file with one event in the window, with changes."""
    whole = Coverage(
        complete=True,
        candidates=1,
        lines=1,
        blank=0,
        events=1,
        rejected=0,
        partial=0,
        untimed=0,
        untimed_critical=0,
        naive=0,
        future=0,
        in_window=1,
        first=END - timedelta(hours=1),
        last=END - timedelta(hours=1),
        files=(ScannedFile("telemetry/a.jsonl", 40, 1, 0, 1, 0, 0),),
        left_out=(),
        folders=(ScannedFolder("telemetry", 1, 1, 1, 1),),
    )
    return msgspec.structs.replace(whole, **changes)


def summary(end: datetime = END, **changes: object) -> Summary:
    """Return the summary of a quiet day whose window ends at `end`, with changes."""
    start = end - timedelta(hours=24)
    whole = Summary(
        schema_version=1,
        date=end.date(),
        created_at_utc=end,
        report_dir="obs/stage1",
        metrics=metrics(),
        notes=(),
        window=Span(start, end),
        coverage=coverage(),
        top=Top((NamedCount("info", 1),), (NamedCount("beat", 1),), (NamedCount("(none)", 1),)),
        hourly=tuple(Hour(start + timedelta(hours=i), int(i == 23), 0) for i in range(24)),
        rejected=(),
        settings=Settings(
            FieldSettings(("ts",), ("level",), ("type",), ("rule",)),
            SourceSettings((), ()),
            "(legacy)",
            scope="root",
            digest="0" * 64,
        ),
        understanding=Understanding(),
    )
    return msgspec.structs.replace(whole, **changes)


def seen(**changes: object) -> Seen:
    """Return a critical event of the day, with changes."""
    whole = Seen(
        time=END - timedelta(hours=1),
        path="telemetry/a.jsonl",
        line=1,
        severity="critical",
        type="order_rejected",
        rule="R1",
        text="no margin left",
    )
    return msgspec.structs.replace(whole, **changes)


def named_everywhere(text: str) -> Summary:
    """Return a summary with a text in every field that comes from telemetry."""
    counts = (NamedCount(text, 2), NamedCount("next", 1))
    event = seen(path=text, severity=text, type=text, rule=text, text=text)
    critical = seen(path=text, type=text, rule=text, text=text)
    severity = SeveritySettings({text: "warn"}, "pino", (text,))
    keys = FieldSettings((text,), (text,), (text,), (text,), (text,))
    return summary(
        notes=(f"Note {text}",),
        metrics=metrics(new_alerts=1, critical_alerts=1, parse_errors=1, operator_actions=1),
        top=Top(counts, counts, counts),
        coverage=coverage(
            complete=False,
            lines=2,
            rejected=1,
            files=(ScannedFile(text, 40, 1, 0, 1, 0, 0),),
            left_out=(
                LeftOut(text, "ignored", "complete"),
                LeftOut(text, "not readable", "incomplete"),
            ),
            folders=(ScannedFolder(text, 1, 1, 1, 1),),
        ),
        understanding=Understanding(
            unknown_severity=2,
            unread_severity=2,
            danger=1,
            critical_actions=1,
            legacy_critical=1,
            unknown_values=counts,
            unread_keys=counts,
        ),
        evidence=Evidence(
            critical=(critical,),
            danger=(event,),
            alerts=(event,),
            actions=(critical,),
            not_understood=(event, msgspec.structs.replace(event, time=None)),
        ),
        rejected=(RejectedLine(text, 1, "not JSON"),),
        settings=Settings(
            keys,
            SourceSettings((text,), (text,), (text,), (text,), (text,)),
            text,
            severity=severity,
            danger=(text,),
            formats=(FormatSettings((text,), "pino", keys, severity, (text,), (text,)),),
            scope="root",
            digest="0" * 64,
        ),
        lost=(text,),
    )


def trend(*days: Day, **changes: object) -> Trend:
    """Return the trend of some days, two quiet weeks if none are given."""
    made = build_trend(days or quiet_days(), window=window_until(END), config=Config())
    return replace(made, **changes)


def decision(**changes: object) -> Decision:
    """Return a decision to go after two quiet weeks."""
    values: dict[str, Any] = {
        "schema_version": 1,
        "decided_at_utc": END,
        "owner": "A. Owner",
        "decision": "go",
        "override": False,
        "note": None,
        "facts": facts_of(trend(), ()),
        "rests_on": (IndexEntry("stage1_trend.json", 1, "0" * 64),),
        "history": (),
    }
    return Decision(**values | changes)


def old_summary(day: date = DAY, **changes: object) -> dict[str, Any]:
    """Return a JSON document of the earlier scripts, with changes."""
    return {
        "schema_version": 1,
        "date": f"{day}",
        "created_at_utc": f"{day}T08:00:00.123456+00:00",
        "report_dir": "reports/obs/stage1",
        "metrics": {
            "new_alerts": 2,
            "critical_alerts": 0,
            "parse_errors": 0,
            "operator_actions": 1,
            "legacy_alerts": 3,
        },
        "notes": ["a note"],
        **changes,
    }


def old_markdown(  # noqa: PLR0913 (one for each line of the report)
    day: date = DAY,
    *,
    reported_at: str | None = "",
    lines: str = "**12**",
    new_alerts: str = "**2**",
    severities: str = "[('critical', 1), ('info', 7)]",
    actions: str = "**1**",
    more: str = "",
) -> str:
    """Return Markdown of the earlier scripts, reported at 08:00 by default."""
    made_at = f"{day}T08:00:00.123456+00:00" if reported_at == "" else reported_at
    return "\n".join(
        [
            "# Stage 1 daily snapshot",
            "",
            *([] if made_at is None else [f"- Reported at (UTC): {made_at}"]),
            f"- Total JSONL lines scanned (best-effort): {lines}",
            "- Legacy-keyword hits (heuristic): **3**  _(regex: `(legacy|v1)`)_",
            f"- New-alerts heuristic (last 24h, event_type contains 'alert'): {new_alerts}",
            f"- Severity top: {severities}",
            f"- ack/snooze/resolve/silence in last 24h: {actions}",
            more,
            "",
        ]
    )


def quiet_day(day: date = DAY, *, hour: int = 8, **changes: object) -> Day:
    """Return a day without findings whose window ends at an hour of it, with changes."""
    end = end_of(day, hour)
    whole = Day(day, start=end - timedelta(hours=24), end=end, summary=summary(end))
    return replace(whole, **changes)


def quiet_days(last: date = DAY, count: int = 14) -> list[Day]:
    """Return consecutive quiet days whose windows touch."""
    return [quiet_day(day) for day in days_until(last, count)]


def names_of(*days: date | str) -> set[str]:
    """Return all file names of a reports folder with reports of these days and a trend."""
    of_days = {
        f"{day}_{kind}" for day in days for kind in ("snapshot.html", "snapshot.md", "summary.json")
    }
    trend = {"stage1_trend.html", "stage1_trend.json", "stage1_trend.md"}
    return {*of_days, *trend, "index.html", "index.json"}


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a reports folder, hidden ones included, but for the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK}


def indexed(folder: Path, artifacts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return artifacts with the index that a folder has with them."""
    return {**artifacts, INDEX: to_json(build_index(Archive(folder, artifacts), artifacts))}


def write_summaries(folder: Path, summaries: Sequence[Summary]) -> None:
    """Write summaries to a folder, under the names that a trend reads, and their index."""
    for each in summaries:
        (folder / f"{each.date}_summary.json").write_bytes(to_json(each))
    index_folder(folder)


def index_folder(folder: Path) -> None:
    """Write an index of all artifacts in a folder."""
    (folder / INDEX).unlink(missing_ok=True)
    files = {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if is_artifact(path.name) and not path.is_symlink() and path.is_file()
    }
    (folder / INDEX).write_bytes(to_json(build_index(Archive(folder), files)))
