"""The counts of a scan. Tallies merge: the tally of a whole is the merger of those of its parts.

The law, held by a property test, is ``merge(scan(a), scan(b)) == scan(a + b)`` for files and for
byte ranges of a file that are cut at line ends. So only sums, smallest and largest values go into
a tally. What depends on neighbours (the line number of a rejected record, the place in time of a
record that has no time of its own) is kept with the borders of the part and settled in `merge`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from peaktrade_ops.telemetry.counting.counts import Counts

if TYPE_CHECKING:
    from datetime import datetime

    from peaktrade_ops.telemetry.records.decode import Reason
    from peaktrade_ops.window import Window

MOST_REJECTS: Final = 20
"""How many rejected records a report lists."""

HOURS: Final = 24

TOP_SEVERITIES: Final = 8
TOP_TYPES: Final = 10
TOP_RULES: Final = 12


@dataclass(slots=True)
class FileTally:
    """What is known of one file, or of a part of it.

    Attributes:
        lines: How many lines, and how many of them were `blank`, `events`, `rejected`, `partial`.
        untimed: Events without a time.
        naive: Events whose time was written without an offset.
        future: Events at or after the end of the window.
        legacy_alerts: Lines that the keyword search finds, and all events of a legacy source.
        rejected_standing: Rejected records that stand in the window by a timed event before them.
        critical_standing: Critical events without a time that do so.
        rejected_leading: Rejected records before the first timed event.
        critical_leading: Critical events without a time before the first timed event.
        opening: The time of the first timed event, in the order of the file.
        closing: The time of the last timed event.
        first: The earliest time.
        last: The latest time.
        rejects: The first rejected records: line number from 1, and reason.
        problem: Why the file was not read, or not to its end; empty if it was.
    """

    lines: int = 0
    blank: int = 0
    events: int = 0
    rejected: int = 0
    partial: int = 0
    untimed: int = 0
    naive: int = 0
    future: int = 0
    legacy_alerts: int = 0
    rejected_standing: int = 0
    critical_standing: int = 0
    rejected_leading: int = 0
    critical_leading: int = 0
    opening: datetime | None = None
    closing: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None
    rejects: list[tuple[int, Reason]] = field(default_factory=list)
    problem: str = ""

    def parse_errors(self, window: Window) -> int:
        """Count the rejected records that stand in the window, for a whole file.

        Those before the first timed event stand where it does; without any, in the window.
        """
        return self.rejected_standing + self._leading(self.rejected_leading, window)

    def untimed_critical(self, window: Window) -> int:
        """Count the critical events without a time that stand in the window, for a whole file."""
        return self.critical_standing + self._leading(self.critical_leading, window)

    def _leading(self, count: int, window: Window) -> int:
        return count if self.opening is None or in_window(self.opening, window) else 0

    def absorb(self, after: FileTally, window: Window) -> None:
        """Take in the tally of the part that follows directly."""
        room = MOST_REJECTS - len(self.rejects)
        self.rejects += [(self.lines + line, reason) for line, reason in after.rejects[:room]]
        if self.closing is None:
            self.rejected_leading += after.rejected_leading
            self.critical_leading += after.critical_leading
        elif in_window(self.closing, window):
            self.rejected_standing += after.rejected_leading
            self.critical_standing += after.critical_leading
        self.rejected_standing += after.rejected_standing
        self.critical_standing += after.critical_standing
        if self.opening is None:
            self.opening = after.opening
        if after.closing is not None:
            self.closing = after.closing
        self.lines += after.lines
        self.blank += after.blank
        self.events += after.events
        self.rejected += after.rejected
        self.partial += after.partial
        self.untimed += after.untimed
        self.naive += after.naive
        self.future += after.future
        self.legacy_alerts += after.legacy_alerts
        self.first = min((t for t in (self.first, after.first) if t is not None), default=None)
        self.last = max((t for t in (self.last, after.last) if t is not None), default=None)
        self.problem = self.problem or after.problem


@dataclass(slots=True)
class Tally:
    """What is known of any number of files: a `FileTally` each, and the counts of the window.

    Attributes:
        window: The window that all counts are about.
        files: The files by the path that is shown.
        in_window: Events in the window that count (outside legacy sources), and how many of them
            were `alerts`, `critical` and operator `actions`.
        severities: How often each severity occurred in the window; `types`, `rules` likewise.
        hourly_events: Events in each hour of the window; `hourly_alerts` likewise.
    """

    window: Window
    files: dict[str, FileTally] = field(default_factory=dict)
    in_window: int = 0
    alerts: int = 0
    critical: int = 0
    actions: int = 0
    severities: Counts = field(default_factory=Counts)
    types: Counts = field(default_factory=Counts)
    rules: Counts = field(default_factory=Counts)
    hourly_events: list[int] = field(default_factory=lambda: [0] * HOURS)
    hourly_alerts: list[int] = field(default_factory=lambda: [0] * HOURS)

    @classmethod
    def bounded(cls, window: Window, memory_bytes: int, scratch: str | None) -> Tally:
        """Make an empty tally whose counts move to files in `scratch` past their memory."""
        each = memory_bytes // 3
        return cls(
            window,
            severities=Counts(each, scratch),
            types=Counts(each, scratch),
            rules=Counts(each, scratch),
        )

    def absorb(self, after: Tally) -> None:
        """Take in another tally of the same window, which is used up by it.

        Of a file that both know, `after` is the part that follows directly; otherwise the order
        of merging has no effect.

        Raises:
            TelemetryError: The names outgrew their memory and cannot move to a file.
        """
        for path, part in after.files.items():
            known = self.files.get(path)
            if known is None:
                self.files[path] = part
            else:
                known.absorb(part, self.window)
        self.in_window += after.in_window
        self.alerts += after.alerts
        self.critical += after.critical
        self.actions += after.actions
        self.severities.absorb(after.severities)
        self.types.absorb(after.types)
        self.rules.absorb(after.rules)
        self.hourly_events = _sums(self.hourly_events, after.hourly_events)
        self.hourly_alerts = _sums(self.hourly_alerts, after.hourly_alerts)

    def keep_top(self) -> None:
        """Forget all names but those that a report lists, and with them any temporary file."""
        self.severities = self.severities.kept(TOP_SEVERITIES)
        self.types = self.types.kept(TOP_TYPES)
        self.rules = self.rules.kept(TOP_RULES)


def merge(*tallies: Tally) -> Tally:
    """Merge tallies of one window into the first of them, and give it back."""
    whole, *rest = tallies
    for part in rest:
        whole.absorb(part)
    return whole


def in_window(moment: datetime, window: Window) -> bool:
    """Say whether a moment lies in the window: at its start or after, before its end."""
    return window.start <= moment < window.end


def _sums(left: list[int], right: list[int]) -> list[int]:
    return [a + b for a, b in zip(left, right, strict=True)]
