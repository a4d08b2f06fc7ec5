"""The report of one window, counted from files that were read (sections 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.support.oracle.expected import (
    Expected,
    ExpectedEvidence,
    ExpectedReport,
    ExpectedSeen,
    ExpectedUnderstanding,
)
from tests.support.oracle.lines import count_outcomes
from tests.support.oracle.standing import is_ahead, is_in_window, stands_in_window
from tests.support.oracle.text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.support.oracle.events import Event
    from tests.support.oracle.files import Entry, File

# Section 4: "The first 20 rejected records are listed".
LISTED_REJECTS = 20
# Section 5: "8 severities, 10 types and 12 rules".
TOP_SEVERITIES = 8
TOP_TYPES = 10
TOP_RULES = 12
# Section 6: "`unknown_values`, `unread_keys`: up to 8".
TOP_NOT_UNDERSTOOD = 8
# Section 5: "an absent property as `(none)`".
ABSENT = "(none)"
# Section 5: "the first 20 each of the window are listed".
LISTED_EVIDENCE = 20
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """An event, with its place and whether the window has it."""

    path: str
    line: int
    event: Event
    time: datetime | None
    is_legacy: bool
    # The time of the event is in the window.
    is_inside: bool
    # The event has no time, and stands in the window.
    is_standing: bool
    was_unpacked: bool


def report_of(files: Sequence[File], end: datetime, now: datetime | None) -> ExpectedReport:
    """Return the report of the window that ends at a moment.

    Args:
        files: All files, in path order.
        end: The end of the window.
        now: The time of the clock; `None` if no event is to be ahead and all windows are over.
    """
    found = [each for file in files for each in events_of(file, end)]
    # Section 5: the events of legacy sources "count in no metric but `legacy_alerts`".
    own = [each for each in found if not each.is_legacy]
    inside = [each for each in own if each.is_inside]
    standing = [each for each in own if each.is_standing]
    counts = counts_of(files, found, inside, standing, end)
    if now is not None and now < end:
        # Section 4: "A partial record makes a window that is over [...] incomplete".
        counts = replace(counts, cut_off=[])
    return ExpectedReport(
        counts=counts,
        understanding=understanding_of(found, inside, standing, now),
        evidence=evidence_of(inside, standing),
    )


def events_of(file: File, end: datetime) -> Iterable[Found]:
    """Yield the events of a file."""
    for index, entry in enumerate(file.entries):
        if entry.event is not None:
            yield Found(
                path=file.path,
                line=entry.line.number,
                event=entry.event,
                time=entry.time,
                is_legacy=file.is_legacy,
                is_inside=entry.time is not None and is_in_window(entry.time, end),
                is_standing=entry.time is None and stands(file, index, end),
                was_unpacked=entry.was_unpacked,
            )


def stands(file: File, index: int, end: datetime) -> bool:
    """Return whether an entry without a time stands in the window."""
    times = [entry.time for entry in file.entries]
    return stands_in_window(times, index, end, file.modified)


def standing_of(files: Sequence[File], outcome: str, end: datetime) -> list[tuple[str, Entry]]:
    """Return the records of an outcome that stand in the window, with their paths."""
    return [
        (file.path, entry)
        for file in files
        for index, entry in enumerate(file.entries)
        if entry.line.outcome == outcome and stands(file, index, end)
    ]


def counts_of(
    files: Sequence[File],
    found: Sequence[Found],
    inside: Sequence[Found],
    standing: Sequence[Found],
    end: datetime,
) -> Expected:
    """Return the counts of a report.

    Args:
        files: All files, in path order.
        found: All events.
        inside: The events in the window, outside of legacy sources.
        standing: The events without a time that stand in the window, outside of legacy sources.
        end: The end of the window.
    """
    outcomes = count_outcomes([line for file in files for line in file.lines])
    moments = [each.time for each in found if each.time is not None]
    criticals = [each for each in inside if each.event.is_critical]
    actions = [each for each in inside if each.event.is_action]
    return Expected(
        lines=outcomes[0],
        blank=outcomes[1],
        events=outcomes[2],
        rejected=outcomes[3],
        partial=outcomes[4],
        files={file.path: count_outcomes(file.lines) for file in files},
        in_window_of={
            file.path: len([each for each in inside if each.path == file.path]) for file in files
        },
        # Section 5: "An event without a time is untimed and counted".
        untimed=len([each for each in found if each.time is None]),
        untimed_in_window=len(standing),
        # Section 5: "those that are critical and no operator actions".
        untimed_critical=len(
            [each for each in standing if each.event.is_critical and not each.event.is_action]
        ),
        naive=len([each for each in found if each.event.time is not None and each.event.time[1]]),
        # Section 5: "An event at or after the end is counted as future".
        future=len([moment for moment in moments if moment >= end]),
        in_window=len(inside),
        legacy_in_window=len([each for each in found if each.is_legacy and each.is_inside]),
        first=min(moments, default=None),
        last=max(moments, default=None),
        new_alerts=len([each for each in inside if each.event.is_alert]),
        critical_alerts=len([each for each in criticals if not each.event.is_action]),
        # Section 5: "rejected records that stand in the window, of legacy sources too".
        parse_errors=len(standing_of(files, "rejected", end)),
        operator_actions=len(actions),
        legacy_alerts=sum(file.legacy_alerts for file in files),
        critical_actions=len([each for each in actions if each.event.is_critical]),
        cut_off=[path for path, _ in standing_of(files, "partial", end)],
        severities=top([severity_shown(each.event) or ABSENT for each in inside], TOP_SEVERITIES),
        types=top([each.event.type or ABSENT for each in inside], TOP_TYPES),
        rules=top([each.event.rule or ABSENT for each in inside], TOP_RULES),
        hourly=hourly_of(inside, end),
        rejects=[
            (file.path, line.number, line.reason)
            for file in files
            for line in file.lines
            if line.outcome == "rejected"
        ][:LISTED_REJECTS],
    )


def hourly_of(inside: Sequence[Found], end: datetime) -> list[tuple[int, int]]:
    """Return the events and the alerts of each hour of the window."""
    hours = []
    for hour in range(24):
        start = end - timedelta(hours=24 - hour)
        here = [
            each
            for each in inside
            if each.time is not None and start <= each.time < start + timedelta(hours=1)
        ]
        hours.append((len(here), len([each for each in here if each.event.is_alert])))
    return hours


def understanding_of(
    found: Sequence[Found],
    inside: Sequence[Found],
    standing: Sequence[Found],
    now: datetime | None,
) -> ExpectedUnderstanding:
    """Return what was not understood, or is too severe to pass (for the arguments see above)."""
    unknown = [each for each in inside if each.event.is_unknown]
    unread = [each for each in inside if each.event.unread is not None]
    return ExpectedUnderstanding(
        # Section 5: "outside of legacy sources, those of operator actions too".
        unknown_severity=len(unknown),
        unread_severity=len(unread),
        untimed_serious=len([each for each in standing if each.event.is_serious]),
        danger=len([each for each in inside if each.event.is_danger]),
        critical_actions=len(
            [each for each in inside if each.event.is_action and each.event.is_critical]
        ),
        legacy_critical=len(
            [
                each
                for each in found
                if each.is_legacy
                and (each.is_inside or each.is_standing)
                and is_legacy_critical(each.event)
            ]
        ),
        # Section 5: "it is counted, without evidence, in every report of the scan".
        ahead_serious=len(
            [
                each
                for each in found
                if not each.is_legacy
                and each.time is not None
                and now is not None
                and is_ahead(each.time, now)
                and each.event.is_serious
            ]
        ),
        # Section 5: "what is unpacked, of any age, is counted in `unpacked`".
        unpacked=len([each for each in found if each.was_unpacked]),
        unknown_values=top(
            [severity_shown(each.event) or ABSENT for each in unknown], TOP_NOT_UNDERSTOOD
        ),
        unread_keys=top([each.event.unread or "" for each in unread], TOP_NOT_UNDERSTOOD),
    )


def is_legacy_critical(event: Event) -> bool:
    """Return whether an event of a legacy source is an objection.

    Section 5: "one that is critical (operator actions too), unread, unknown or danger".
    """
    return event.is_critical or event.unread is not None or event.is_unknown or event.is_danger


def evidence_of(inside: Sequence[Found], standing: Sequence[Found]) -> ExpectedEvidence:
    """Return the evidence: the first events of each kind (for the arguments see above)."""
    not_understood = [
        each for each in inside if each.event.is_unknown or each.event.unread is not None
    ]
    not_understood += [each for each in standing if each.event.is_serious]
    return ExpectedEvidence(
        # Section 5: "exactly those that `critical_alerts` counts".
        critical=listed(
            [each for each in inside if each.event.is_critical and not each.event.is_action]
        ),
        danger=listed([each for each in inside if each.event.is_danger]),
        alerts=listed([each for each in inside if each.event.is_alert]),
        actions=listed([each for each in inside if each.event.is_action]),
        not_understood=listed(not_understood),
    )


def listed(events: Sequence[Found]) -> list[ExpectedSeen]:
    """Return the first 20 events.

    Section 5: "in the order of time, then path, then line; untimed ones last". Events of one line
    and time keep the order in which they stand on the line.
    """
    ordered = sorted(events, key=lambda each: (each.time or LATEST, each.path, each.line))
    return [
        ExpectedSeen(
            time=each.time,
            path=each.path,
            line=each.line,
            severity=shown(severity_shown(each.event)),
            type=shown(each.event.type),
            rule=shown(each.event.rule),
            text=shown(each.event.text),
        )
        for each in ordered[:LISTED_EVIDENCE]
    ]


def shown(text: str | None) -> str | None:
    """Return a text as the evidence shows it (section 5: "200 characters")."""
    return None if text is None else cut(text)


def severity_shown(event: Event) -> str | None:
    """Return the name of an event's severity."""
    return None if event.severity is None else event.severity.name


def top(names: Sequence[str], size: int) -> list[tuple[str, int]]:
    """Return the most frequent names with their counts.

    Section 5: "values are counted by their first 200 characters; equal counts are ordered by name".
    """
    counts: dict[str, int] = {}
    for name in names:
        counts[cut(name)] = counts.get(cut(name), 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ordered[:size]
