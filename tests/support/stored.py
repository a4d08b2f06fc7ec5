"""A second reading of stored reports: which rules of section 7 object to the JSON in a folder.

It shares no code with the program, works on plain JSON, and does not know `[[accepted]]` and days
off. Each rule is the sentence of the contract, in the order of the contract.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_NOTHING: Final[Mapping[str, Any]] = {}
# Section 7: "with events on every earlier day with data (at least 3)".
_LEAST_DAYS: Final = 3
_NOT_UNDERSTOOD: Final = ("unknown_severity", "unread_severity", "ahead_serious")


@dataclass(frozen=True)
class Limits:
    """The thresholds of section 7 that a life changes, with their defaults."""

    max_new_alerts: int = 5
    max_missing_days: int = 0
    missing_window_days: int = 7
    min_days_with_data: int = 7


USUAL: Final = Limits()


@dataclass(frozen=True)
class StoredDay:
    """One calendar day of a folder.

    Attributes:
        day: The day.
        document: Its summary if that can be read; else `None`.
        trust: How its file compares with the index: `listed`, `changed`, `gone` or `unlisted`;
            `absent` if neither the folder nor the index has it.
    """

    day: date
    document: Mapping[str, Any] | None
    trust: str

    @property
    def is_found(self) -> bool:
        """Whether the report can be used: changed ones only have numbers that object."""
        return self.is_readable and self.trust != "absent"

    @property
    def is_readable(self) -> bool:
        """Whether the report is there as it was written, if it was ever written."""
        if self.trust in {"changed", "gone"}:
            return False
        return self.trust == "absent" or (self.document is not None and not self.contradicts)

    @property
    def contradicts(self) -> bool:
        """Whether the list of severities shows more criticals than the numbers."""
        return self._shown() > self.number("metrics", "critical_alerts")

    @property
    def has_data(self) -> bool:
        """Whether there is a report with an event."""
        return self.is_found and self.number("coverage", "in_window") > 0

    @property
    def is_aged(self) -> bool:
        """Whether the telemetry of the day need not be there any more."""
        return bool(self.document and self.document.get("aged"))

    @property
    def end(self) -> datetime | None:
        """The end of its window; `None` without a report."""
        if self.document is None:
            return None
        return datetime.fromisoformat(self.document["created_at_utc"])

    @property
    def identity(self) -> tuple[str, str]:
        """The scope and the digest of its settings."""
        settings = (self.document or _NOTHING)["settings"]
        return settings["scope"], settings["digest"]

    @property
    def folders(self) -> dict[str, int]:
        """The events in the window of each folder of scanned files."""
        coverage = (self.document or _NOTHING).get("coverage", _NOTHING)
        return {each["path"]: each["in_window"] for each in coverage["folders"]}

    def number(self, part: str, name: str) -> int:
        """Return a number of the report; 0 without a report."""
        return int((self.document or _NOTHING).get(part, _NOTHING).get(name, 0))

    def _shown(self) -> int:
        severities = (self.document or _NOTHING).get("top", _NOTHING).get("severities", ())
        shown = sum(int(each["count"]) for each in severities if each["name"] == "critical")
        return shown - self.number("understanding", "critical_actions")


def read_days(folder: Path, last: date, count: int) -> list[StoredDay]:
    """Read the calendar days up to the last one, in order."""
    listed = listed_in(folder)
    days = [last - back * _DAY for back in reversed(range(count))]
    return [_read_day(folder, day, listed.get(f"{day}_summary.json")) for day in days]


def listed_in(folder: Path) -> dict[str, str]:
    """Return the digests of the index by name; nothing if it cannot be read."""
    try:
        entries = json.loads((folder / "index.json").read_bytes())["entries"]
    except (OSError, ValueError, TypeError):
        return {}
    return {entry["path"]: entry["sha256"] for entry in entries}


def _read_day(folder: Path, day: date, sha256: str | None) -> StoredDay:
    try:
        data = (folder / f"{day}_summary.json").read_bytes()
    except FileNotFoundError:
        return StoredDay(day, None, "gone" if sha256 else "absent")
    trust = "listed" if hashlib.sha256(data).hexdigest() == sha256 else "changed"
    return StoredDay(day, _document(data, day), trust if sha256 else "unlisted")


def _document(data: bytes, day: date) -> Mapping[str, Any] | None:
    """Return the JSON of a summary; `None` if it is cut off or of another day."""
    try:
        document = json.loads(data)
    except ValueError:
        return None
    is_whole = isinstance(document, dict) and document.get("date") == str(day)
    return document if is_whole else None


def objections(
    days: Sequence[StoredDay], end: datetime, limits: Limits, known_gone: Collection[date] = ()
) -> set[str]:
    """Return the rules that object to the days of a range.

    Args:
        days: The calendar days, in order; at least one.
        end: The end of the last window.
        limits: The thresholds.
        known_gone: Days that the verdict calls unreadable. One of them that is in neither folder
            nor index is known from an earlier trend, and is not missing.
    """
    found = {rule for day in days for rule in _of_one_day(day)}
    if sum(day.number("metrics", "new_alerts") for day in days) > limits.max_new_alerts:
        found.add("new_alerts")
    return found | _of_time(days, end, limits, known_gone) | _of_sources(days)


def _of_one_day(day: StoredDay) -> set[str]:
    document = day.document or _NOTHING
    untimed = max(
        day.number("understanding", "untimed_serious"), day.number("coverage", "untimed_critical")
    )
    not_understood = untimed + sum(day.number("understanding", each) for each in _NOT_UNDERSTOOD)
    objecting = {
        "critical": day.number("metrics", "critical_alerts") > 0 or day.contradicts,
        "not_understood": not_understood > 0,
        "danger": day.number("understanding", "danger") > 0,
        "critical_actions": day.number("understanding", "critical_actions") > 0,
        "legacy_critical": day.number("understanding", "legacy_critical") > 0,
        "parse_errors": day.number("metrics", "parse_errors") > 0,
        "incomplete": not document.get("coverage", {"complete": True})["complete"],
        "unreadable": not day.is_readable or document.get("remade") is True,
        "unlisted": day.is_readable and day.trust == "unlisted",
        "lost": bool(document.get("lost")) and not day.is_aged,
    }
    return {rule for rule, objects in objecting.items() if objects}


def _of_time(
    days: Sequence[StoredDay], end: datetime, limits: Limits, known_gone: Collection[date]
) -> set[str]:
    found = set()
    absent = [
        day.is_readable
        and not day.has_data
        and not (day.trust == "absent" and day.day in known_gone)
        for day in days
    ]
    size = limits.missing_window_days
    windows = [absent[i : i + size] for i in range(max(len(absent) - size, 0) + 1)]
    if any(sum(window) > limits.max_missing_days for window in windows):
        found.add("missing")
    if absent[-1]:
        found.add("last_day")
    if sum(day.has_data for day in days) < limits.min_days_with_data:
        found.add("too_short")
    ends = [day.end if day.is_found else None for day in days]
    for before, after in pairwise(ends):
        if before and after and after - before > _DAY:
            found.add("gap")
    # Without a report of the last day, the time up to the end is that of missing days.
    if ends[-1] and end - ends[-1] > _HOUR:
        found.add("gap")
    return found


def _of_sources(days: Sequence[StoredDay]) -> set[str]:
    found = set()
    known = [day for day in days if day.is_found and day.document and not day.is_aged]
    if any(day.identity != known[-1].identity for day in known):
        found.add("mixed")
    if known and any(folder not in known[-1].folders for day in known for folder in day.folders):
        found.add("source_gone")
    having = [day for day in known if day.has_data]
    if having and having[-1] is known[-1] and len(having) > _LEAST_DAYS:
        for folder, events in known[-1].folders.items():
            if not events and all(day.folders.get(folder) for day in having[:-1]):
                found.add("source_gone")
    return found
