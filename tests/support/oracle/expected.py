"""The numbers and lists that a report of one window must show (section 6 of the contract)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Expected:
    """The exact result of a scan: `coverage`, `metrics`, `top`, `hourly` and `rejected`."""

    # Section 4: "lines = blank + events + rejected + partial", in total ...
    lines: int
    blank: int
    events: int
    rejected: int
    partial: int
    # ... and for every file: path -> lines, blank, events, rejected, partial.
    files: dict[str, tuple[int, int, int, int, int]]
    # Section 6, `coverage`: of each file its `in_window`, and the numbers of all files.
    in_window_of: dict[str, int]
    untimed: int
    untimed_in_window: int
    untimed_critical: int
    naive: int
    future: int
    in_window: int
    legacy_in_window: int
    first: datetime | None
    last: datetime | None
    # Section 5, the five metrics.
    new_alerts: int
    critical_alerts: int
    parse_errors: int
    operator_actions: int
    legacy_alerts: int
    # Section 6, `understanding`.
    critical_actions: int
    # Section 4: the files with a partial record that stands in the window.
    cut_off: list[str]
    # Section 6, `top`: (name, count) in report order.
    severities: list[tuple[str, int]]
    types: list[tuple[str, int]]
    rules: list[tuple[str, int]]
    # Section 6, `hourly`: 24 of (events, alerts).
    hourly: list[tuple[int, int]]
    # Section 6, `rejected`: (path, line number from 1, reason).
    rejects: list[tuple[str, int, str]]


@dataclass(frozen=True)
class ExpectedUnderstanding:
    """Section 6, `understanding`: counts, and the most frequent names with their counts."""

    unknown_severity: int
    unread_severity: int
    untimed_serious: int
    danger: int
    critical_actions: int
    legacy_critical: int
    ahead_serious: int
    unpacked: int
    unknown_values: list[tuple[str, int]]
    unread_keys: list[tuple[str, int]]


class ExpectedSeen(NamedTuple):
    """One event of the evidence; a text that the event does not have is `None`."""

    time: datetime | None
    path: str
    line: int
    severity: str | None
    type: str | None
    rule: str | None
    text: str | None


@dataclass(frozen=True)
class ExpectedEvidence:
    """Section 6, `evidence`: the first 20 events of each kind."""

    critical: list[ExpectedSeen]
    danger: list[ExpectedSeen]
    alerts: list[ExpectedSeen]
    actions: list[ExpectedSeen]
    not_understood: list[ExpectedSeen]


@dataclass(frozen=True)
class ExpectedReport:
    """All numbers and lists of the report of one window."""

    counts: Expected
    understanding: ExpectedUnderstanding
    evidence: ExpectedEvidence
