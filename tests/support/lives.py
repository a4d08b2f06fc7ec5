"""Simulate a reports folder: telemetry that is written day by day, and runs that report it.

The steps of the commands are called in this process. Files have the modification time of the moment
at which they are written in the life, because the rules about late and old files look at it.
"""

from __future__ import annotations

import json
import os
import tarfile
import tomllib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import msgspec

from peaktrade_ops import routine
from peaktrade_ops.config import Config, Limits
from peaktrade_ops.config_file import load_config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.names import INDEX, summary_name
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.reports.views import render
from peaktrade_ops.routine import Report, make_snapshots, make_trend, run_daily
from peaktrade_ops.scanning import Place, Telemetry
from peaktrade_ops.stage1.current import currency_of
from peaktrade_ops.window import window_of, window_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from peaktrade_ops.stage1.current import Currency
    from peaktrade_ops.stage1.models import Finding, Trend, Verdict
    from peaktrade_ops.window import Window

LAST_DAY: Final = date(2025, 12, 20)
DAY: Final = timedelta(days=1)
NEXT_DAY: Final = LAST_DAY + DAY
ONE_PROCESS: Final = Limits(processes=1)
"""Small telemetry is scanned in the process of the tests."""

QUIET_FILE: Final = "telemetry/o.jsonl"

Record = dict[str, Any]


def at(day: date, clock: str = "09:00") -> datetime:
    """Return a moment of a day, UTC; the clock is `hh:mm`."""
    return datetime.combine(day, time.fromisoformat(clock), UTC)


def day_of(text: str) -> date:
    """Return a day of December 2025 written `12-20`."""
    return date.fromisoformat(f"2025-{text}")


def days_from(first: date, count: int) -> list[date]:
    """Return neighbouring days, in order."""
    return [first + i * DAY for i in range(count)]


def quiet(day: date) -> Record:
    """Return the one quiet event of a day."""
    return {"ts": f"{day}T09:00:00Z", "severity": "info", "event_type": "fill"}


def critical(day: date, clock: str = "12:00:00Z") -> Record:
    """Return a critical event of a day; `clock` is the text after the `T`."""
    return {"ts": f"{day}T{clock}", "severity": "critical", "event_type": "breach"}


def lines(*records: Mapping[str, object] | str) -> str:
    """Return records as lines: objects as JSON, texts as they are."""
    texts = (each if isinstance(each, str) else json.dumps(each) for each in records)
    return "".join(f"{text}\n" for text in texts)


@dataclass(frozen=True)
class Judged:
    """The output of a command: its trend, and what was done with the reports."""

    trend: Trend
    stored: bool = True
    outdated: tuple[date, ...] = ()
    reports: tuple[Report, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.trend.rollups.go_no_go

    @property
    def findings(self) -> dict[str, Finding]:
        """The findings by rule."""
        return {each.rule: each for each in self.trend.rollups.findings or ()}

    @property
    def tolerated(self) -> dict[str, Finding]:
        """Return what the verdict accepted, by rule."""
        return {each.rule: each for each in self.trend.rollups.tolerated or ()}

    @property
    def why(self) -> dict[str, list[str]]:
        """The rules that object, each with its days as `mm-dd`; empty for GO."""
        return {rule: [f"{day:%m-%d}" for day in each.days] for rule, each in self.findings.items()}

    def hint(self, rule: str) -> str:
        """Return the hint of a rule that objects."""
        return self.findings[rule].hint


@dataclass
class Life:
    """One telemetry root and one reports folder.

    Attributes:
        folder: An empty folder for both.
        days: How many days a trend looks at.
        toml: The configuration.
        cache: The folder of the counts of earlier scans; `None` to scan all bytes.
    """

    folder: Path
    days: int = 14
    toml: str = ""
    cache: Path | None = None
    _was_config: tuple[str, Config] = field(default=("", Config(limits=ONE_PROCESS)), repr=False)

    def __post_init__(self) -> None:
        """Create the folders."""
        self.telemetry.mkdir(parents=True, exist_ok=True)
        self.reports.mkdir(parents=True, exist_ok=True)

    @property
    def telemetry(self) -> Path:
        """The telemetry root."""
        return self.folder / "t"

    @property
    def path_of_quiet(self) -> Path:
        """The file of the quiet events."""
        return self.telemetry / QUIET_FILE

    @property
    def reports(self) -> Path:
        """The folder of the artifacts."""
        return self.folder / "r" / "obs" / "stage1"

    @property
    def place(self) -> Place:
        """Return the folder of the artifacts."""
        return Place(self.reports, "obs/stage1")

    @property
    def config(self) -> Config:
        """The configuration, read as the program reads it."""
        if self._was_config[0] != self.toml:
            tomllib.loads(self.toml)
            path = self.folder / "stage1.toml"
            path.write_text(self.toml)
            loaded = msgspec.structs.replace(load_config(path), limits=ONE_PROCESS)
            self._was_config = (self.toml, loaded)
        return self._was_config[1]

    def paste(self, hint: str) -> None:
        """Append the lines of a hint to the configuration, as an operator does."""
        _, _, pasted = hint.partition("\n")
        assert pasted, f"the hint has no lines to paste: {hint}"
        self.toml += f"\n{pasted}\n"

    # Telemetry.

    def write(
        self, path: str, *records: Mapping[str, object] | str, when: datetime, end: str = ""
    ) -> Path:
        """Write a telemetry file at a moment; `end` follows the last line."""
        return self.put(path, (lines(*records) + end).encode(), when=when)

    def append(
        self, path: str, *records: Mapping[str, object] | str, when: datetime, end: str = ""
    ) -> Path:
        """Append records to a telemetry file at a moment."""
        place = self.telemetry / path
        before = place.read_bytes() if place.exists() else b""
        return self.put(path, before + (lines(*records) + end).encode(), when=when)

    def put(self, path: str, content: bytes, *, when: datetime) -> Path:
        """Write the bytes of a telemetry file at a moment."""
        place = self.telemetry / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        os.utime(place, (when.timestamp(), when.timestamp()))
        return place

    def live_quietly(self, first: date, last: date) -> None:
        """Write one quiet event for each day, from the first to the last."""
        days = days_from(first, (last - first).days + 1)
        self.append(QUIET_FILE, *map(quiet, days), when=at(last))

    # Commands.

    def run(  # noqa: PLR0913 (the options of the command)
        self,
        day: date,
        *,
        days: int | None = None,
        now: datetime | None = None,
        repo: Path | None = None,
        inputs: tuple[str, ...] = (),
        replace: bool = False,
        adopt: bool = False,
        window: Window | None = None,
        max_files: int = 0,
    ) -> Judged:
        """Run `stage1-run` for a day, by default two hours after it."""
        window = window or window_of(day)
        result = run_daily(
            Telemetry(repo or self.telemetry, inputs, max_files=max_files, cache=self.cache),
            self.place,
            window,
            self.config,
            days=days or self.days,
            now=now or window.end + timedelta(hours=2),
            replace=replace,
            adopt=adopt,
        )
        trend = result.trend
        return Judged(trend.trend, trend.stored, tuple(trend.outdated.days), tuple(result.reports))

    def snapshot(
        self,
        *windows: Window,
        now: datetime | None = None,
        repo: Path | None = None,
        inputs: tuple[str, ...] = (),
        replace: bool = False,
    ) -> list[Report]:
        """Run `stage1-snapshot` for windows, by default one hour after the last."""
        return make_snapshots(
            Telemetry(repo or self.telemetry, inputs, cache=self.cache),
            self.place,
            windows,
            self.config,
            now=now or windows[-1].end + timedelta(hours=1),
            replace=replace,
        )

    def trend(  # noqa: PLR0913 (as the command has options)
        self,
        day: date,
        *,
        days: int | None = None,
        adopt: bool = False,
        replace: bool = False,
        window: Window | None = None,
        now: datetime | None = None,
    ) -> Judged:
        """Run `stage1-trends` for a day, by default without a clock."""
        result = make_trend(
            self.place,
            window or window_of(day),
            self.config,
            days=days or self.days,
            adopt=adopt,
            replace=replace,
            clock=(lambda: now) if now else None,
        )
        return Judged(result.trend, result.stored, tuple(result.outdated.days))

    # What is stored.

    def summary(self, day: date) -> dict[str, Any]:
        """Return the stored summary of a day."""
        document: dict[str, Any] = json.loads((self.reports / summary_name(day)).read_bytes())
        return document

    def index(self) -> dict[str, Any]:
        """Return the stored index."""
        document: dict[str, Any] = json.loads((self.reports / INDEX).read_bytes())
        return document

    def edit(self, name: str, **metrics: int) -> None:
        """Change metrics of a stored summary by hand."""
        place = self.reports / name
        document = json.loads(place.read_bytes())
        document["metrics"] |= metrics
        place.write_text(json.dumps(document, indent=2) + "\n")

    def remove(self, *names: str) -> None:
        """Remove artifacts; missing ones are ignored."""
        for name in names:
            with suppress(FileNotFoundError):
                (self.reports / name).unlink()

    def remove_day(self, day: date) -> None:
        """Remove all artifacts of a day."""
        for path in self.reports.glob(f"{day}_*"):
            path.unlink()

    def remove_index(self) -> None:
        """Remove the index."""
        self.remove(INDEX)

    def currency(self, now: datetime) -> Currency | None:
        """Return whether the stored verdict is current at a time; `None` if there is none."""
        trend, archive = self.trend_of_file(), Archive(self.reports)
        return currency_of(trend, archive.outdated(trend, now), now) if trend else None

    def trend_of_file(self) -> Trend | None:
        """Return the stored trend; `None` if there is none that can be trusted."""
        try:
            return Archive(self.reports).trend()
        except UnreadableError:
            return None

    def shown(self, now: datetime) -> Verdict | None:
        """Return the stored verdict as shown at a time; `None` if it is not current."""
        trend, currency = self.trend_of_file(), self.currency(now)
        return trend.rollups.go_no_go if trend and currency and currency.is_current else None


@contextmanager
def only_verdicts() -> Iterator[None]:
    """Leave out of each run what takes most of its time and decides nothing.

    The pages and the Markdown of the trend are empty, but written and listed. Nothing is flushed to
    disk, and the routine does not check the folder at its end.
    """
    with ExitStack() as patches:
        for name in (
            "absent_page",
            "calendar_page",
            "snapshot_page",
            "trend_page",
            "trend_markdown",
            "no_trend_markdown",
        ):
            patches.enter_context(patch.object(render, name, lambda *_arguments: ""))
        patches.enter_context(patch.object(routine, "verify", lambda *_arguments, **_named: []))
        patches.enter_context(patch("os.fsync", lambda _handle: None))
        yield


def unpack_reports(archive: Path, folder: Path) -> None:
    """Unpack a stored reports folder."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")


def daily(life: Life, first: date, last: date) -> Iterator[tuple[date, Judged]]:
    """Write the quiet event of each day and run the daily routine after it; yield each verdict."""
    for day in days_from(first, (last - first).days + 1):
        life.append(QUIET_FILE, quiet(day), when=at(day))
        yield day, life.run(day)


def as_of(day: date, clock: str) -> Window:
    """Return the window that ends at a clock time of a day."""
    return window_until(at(day, clock))
