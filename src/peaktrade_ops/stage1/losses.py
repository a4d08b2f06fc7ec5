"""Compare two counts of one window: what one of them shows less of (section 6 of the contract).

All functions are pure functions of summaries.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.day import day_of_summary, records_of
from peaktrade_ops.stage1.models import Summary, Understanding
from peaktrade_ops.stage1.moved import (
    Moved,
    other_untimed_of,
    timed_criticals,
    timed_others,
    untimed_critical_of,
)
from peaktrade_ops.stage1.settings import are_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from peaktrade_ops.stage1.day import Day

MOST_LOSSES: Final = 8
"""The maximum number of losses that a report lists."""

RECORDS: Final = "records"
CRITICAL: Final = "critical"
ALERTS: Final = "alerts"
ACTIONS: Final = "actions"
PARSE_ERRORS: Final = "parse errors"
UNTIMED_CRITICALS: Final = "criticals without a time"
OTHER_UNTIMED: Final = "serious without a time"
AHEAD: Final = "serious ahead of the clock"

_NO_EVENTS: Final = "events, now 0"
_FOLDER: Final = "folder "
_LEFT_OUT: Final = ": "


def _understood(field: str) -> Callable[[Summary], int]:
    return lambda summary: getattr(summary.understanding or _NOTHING, field)


_NOTHING: Final = Understanding()

_GRAVE: Final[Mapping[str, Callable[[Summary], int]]] = {
    "unknown severities": _understood("unknown_severity"),
    "unread severities": _understood("unread_severity"),
    "dangers": _understood("danger"),
    "critical actions": _understood("critical_actions"),
    "legacy criticals": _understood("legacy_critical"),
}
"""The counts of the understanding of which a new count may not have fewer.

Two are not here. Events without a time are compared in their own way, because they may have got
one. Events ahead of the clock become fewer by themselves as time goes on; see `_ahead_losses`.
"""

_UNTIMED: Final = (untimed_critical_of, other_untimed_of)

_NONE_MOVED: Final = Moved()

OBJECTING: Final[Mapping[str, Callable[[Summary], int]]] = {
    CRITICAL: lambda summary: summary.metrics.critical_alerts,
    ALERTS: lambda summary: summary.metrics.new_alerts,
    PARSE_ERRORS: lambda summary: summary.metrics.parse_errors,
    **_GRAVE,
    UNTIMED_CRITICALS: untimed_critical_of,
    OTHER_UNTIMED: other_untimed_of,
}
"""Every number that objects, alone or in a sum, and belongs to a window."""

NUMBERS: Final[Mapping[str, Callable[[Summary], int]]] = {
    RECORDS: records_of,
    ACTIONS: lambda summary: summary.metrics.operator_actions,
    AHEAD: _understood("ahead_serious"),
    **OBJECTING,
}
"""Every number of which a count can show less, by the name that a loss has."""

_NUMBER: Final = re.compile(
    rf"(?P<name>{'|'.join(NUMBERS)}) (?P<before>[0-9]{{1,19}}), now (?P<now>[0-9]{{1,19}})"
)


def losses(
    stored: Summary, count: Summary, moved: Moved = _NONE_MOVED, ahead: datetime | None = None
) -> tuple[str, ...]:
    """Return the numbers and folders of which a count shows less than the stored report.

    If the configuration reads events in another way, or other files, only the records are compared,
    because the configuration determines their meaning, and what `lost` of the report names already:
    that was lost before. A report without a digest of its settings is older than this rule; its
    critical events are compared too.

    Args:
        stored: The stored report.
        count: The count of the same window.
        moved: What left the window because it now has a time of its own, in another window.
        ahead: The first moment that is ahead of the clock of the count; `None` if there is none.

    Returns:
        Up to 8 texts; empty if the count may replace the report.
    """
    return together(_losses(stored, count, moved), _ahead_losses(stored, count, ahead))


def carried(stored: Summary, count: Summary) -> tuple[str, ...]:
    """Return what a stored report says is lost, shows no more itself, and a count does not show.

    A report with more criticals is stored although it shows less. The numbers from before it are in
    its losses alone.

    Returns:
        Up to 8 texts, as `losses` returns them. If there are 8 in the report, there may have been
        more, so that no count is known to show all: then these are all of its losses.
    """
    lost = stored.lost or ()
    left = [text for text in lost if not _shows(stored, text)]
    if left and len(lost) >= MOST_LOSSES:
        return lost
    return tuple(_renewed(text, count) for text in left if not _shows(count, text))


def together(*texts: Iterable[str]) -> tuple[str, ...]:
    """Return up to 8 losses, the first of each name."""
    found: dict[str, str] = {}
    for text in chain(*texts):
        found.setdefault(_name_of(text), text)
    return tuple(found.values())[:MOST_LOSSES]


def _losses(stored: Summary, count: Summary, moved: Moved) -> Iterator[str]:
    before, after = records_of(stored), records_of(count)
    if after + moved.records < before and not _explained_by_legacy(stored, count):
        yield _text(RECORDS, before, after)
    if stored.coverage is None:
        yield from less_than_shown(day_of_summary(stored), count)
        return
    if stored.settings is None or stored.settings.digest is None:
        yield from fewer_of(CRITICAL, stored, count)
    elif are_alike(stored.settings, count.settings):
        yield from _losses_of_settings_alike(stored, count, moved)
    else:
        known = set(map(_name_of, stored.lost or ()))
        for text in _losses_of_settings_alike(stored, count, moved):
            if _name_of(text) in known:
                yield text


def _losses_of_settings_alike(stored: Summary, count: Summary, moved: Moved) -> Iterator[str]:
    for name in (CRITICAL, ALERTS, ACTIONS, *_GRAVE):
        yield from fewer_of(name, stored, count)
    if not stored.coverage or not count.coverage:
        return
    # A serious event that got a time is no loss. Each kind is explained by its own kind alone.
    yield from _fewer(
        UNTIMED_CRITICALS,
        untimed_critical_of(stored),
        untimed_critical_of(count) + timed_criticals(stored, count) + moved.criticals,
    )
    yield from _fewer(
        OTHER_UNTIMED,
        other_untimed_of(stored),
        other_untimed_of(count) + timed_others(stored, count) + moved.others,
    )
    if not _is_whole_after_part(stored, count):
        folders = _folders_of(count)
        for folder in stored.coverage.folders or ():
            if folder.path not in folders:
                yield f"{_FOLDER}{folder.path}"
    if stored.coverage.complete:
        new = _newly_expected(stored, count)
        for entry in count.coverage.left_out:
            if entry.effect == "incomplete" and entry.path not in new:
                yield f"{entry.path}{_LEFT_OUT}{entry.reason}"


def _ahead_losses(stored: Summary, count: Summary, ahead: datetime | None) -> Iterator[str]:
    """Yield the loss of serious events that are still ahead of the clock.

    A report does not contain their times. But if the last event of all was ahead and still is, and
    is not there any more, it was lost.
    """
    if not are_alike(stored.settings, count.settings) or not stored.coverage or not count.coverage:
        return
    before, after = stored.coverage.last, count.coverage.last
    if ahead and before and before >= ahead and (after is None or after < before):
        yield from fewer_of(AHEAD, stored, count)


def _newly_expected(stored: Summary, count: Summary) -> set[str]:
    """Return the patterns that nobody expected when the stored report was made."""
    if not stored.settings or not count.settings:
        return set()
    before, now = stored.settings.sources, count.settings.sources
    return (set(now.expect) - set(before.expect)) | (
        set(now.expect_events) - set(before.expect_events)
    )


def _is_whole_after_part(stored: Summary, count: Summary) -> bool:
    """Return whether the stored report is of ``--input`` paths and the count is of the root.

    Paths below an ``--input`` are relative to it, so the folders of both cannot be compared.
    """
    scopes = [each.settings.scope if each.settings else None for each in (stored, count)]
    return scopes == ["input", "root"]


def fewer_of(name: str, stored: Summary, count: Summary) -> Iterator[str]:
    """Yield the loss of a number of which a count shows less; the name is one of `NUMBERS`."""
    return _fewer(name, NUMBERS[name](stored), NUMBERS[name](count))


def _fewer(name: str, before: int, after: int) -> Iterator[str]:
    if after < before:
        yield _text(name, before, after)


def _text(name: str, before: int, after: int) -> str:
    return f"{name} {before}, now {after}"


def _name_of(text: str) -> str:
    """Return the name of the number that a loss is of; else the whole text."""
    number = _NUMBER.fullmatch(text)
    return number["name"] if number else text


def _renewed(text: str, count: Summary) -> str:
    """Return a loss with the number that a count shows now."""
    number = _NUMBER.fullmatch(text)
    if not number:
        return text
    return _text(number["name"], int(number["before"]), NUMBERS[number["name"]](count))


def _shows(summary: Summary, text: str) -> bool:
    """Return whether a report shows what a loss says is lost; false for a text of another form."""
    if number := _NUMBER.fullmatch(text):
        return NUMBERS[number["name"]](summary) >= int(number["before"])
    if text == _NO_EVENTS:
        return summary.coverage is None or records_of(summary) > 0
    if text.startswith(_FOLDER):
        return text.removeprefix(_FOLDER) in _folders_of(summary)
    return _LEFT_OUT in text and summary.coverage is not None and summary.coverage.complete


def _folders_of(summary: Summary) -> set[str]:
    coverage = summary.coverage
    return {folder.path for folder in (coverage.folders or ())} if coverage else set()


def _explained_by_legacy(stored: Summary, count: Summary) -> bool:
    """Return whether missing rejected records are now events of legacy sources."""
    if not stored.coverage or not count.coverage:
        return False
    grown = count.coverage.legacy_in_window - stored.coverage.legacy_in_window
    return count.coverage.in_window >= stored.coverage.in_window and records_of(
        count
    ) + grown >= records_of(stored)


def less_than_shown(day: Day, count: Summary) -> Iterator[str]:
    """Yield the numbers of which a count shows less than a day, of which no more may be known.

    A report of the earlier scripts does not contain the number of events, only whether there were
    any.
    """
    if day.records is not None:
        yield from _fewer(RECORDS, day.records, records_of(count))
    elif not day.empty and not records_of(count):
        yield _NO_EVENTS
    yield from _fewer(CRITICAL, day.critical_alerts, count.metrics.critical_alerts)
    yield from _fewer(ALERTS, day.new_alerts, count.metrics.new_alerts)
    yield from _fewer(ACTIONS, day.operator_actions, count.metrics.operator_actions)


def shows_more(stored: Day, count: Summary) -> bool:
    """Return whether a count shows more of anything that objects than the stored report."""
    ahead = _understood("ahead_serious")
    return (ahead(stored.summary) if stored.summary else 0) < ahead(count) or any(
        hidden(stored, count)
    )


def hidden(stored: Day, count: Summary) -> tuple[str, ...]:
    """Return the numbers that object of which a count shows more than the stored report.

    They are not seen while the report stays because the count shows less of something else.
    """
    shown = {
        CRITICAL: stored.critical_alerts,
        ALERTS: stored.new_alerts,
        PARSE_ERRORS: stored.parse_errors,
    }
    before = {
        name: shown.get(name, number(stored.summary) if stored.summary else 0)
        for name, number in OBJECTING.items()
    }
    return tuple(
        _text(name, before[name], number(count))
        for name, number in OBJECTING.items()
        if number(count) > before[name]
    )


def hidden_in(lost: Iterable[str]) -> int:
    """Return how much more the telemetry shows of what `hidden` names among some losses."""
    numbers = (number for text in lost if (number := _NUMBER.fullmatch(text)))
    return sum(max(int(each["now"]) - int(each["before"]), 0) for each in numbers)


def faults_in(lost: Sequence[str]) -> int:
    """Return how many faults the losses of a report are.

    All that is gone is one. Each path that was left out, and each record more of what objects, is
    one of its own: it is not in the report, so it must not be accepted with what is gone.
    """
    paths = sum(map(_is_path, lost))
    more = [text for text in lost if hidden_in([text])]
    return hidden_in(lost) + paths + int(len(lost) > paths + len(more))


def _is_path(text: str) -> bool:
    """Return whether a loss may be a path that was left out.

    A file can have the name of a folder in a loss, so that the name says nothing.
    """
    return _LEFT_OUT in text


def shows_all_that_objects(stored: Day, count: Summary) -> bool:
    """Return whether a count shows no less of anything that objects than the stored report."""
    return (
        not is_graver(stored, count)
        and count.metrics.new_alerts >= stored.new_alerts
        and count.metrics.parse_errors >= stored.parse_errors
        and (stored.complete or count.coverage is None or not count.coverage.complete)
    )


def is_graver(stored: Day, count: Summary) -> bool:
    """Return whether a stored report shows more than a count of what objects by itself.

    Alerts, rejected records and actions are not compared: the row of a trend contains them.
    """
    if stored.critical_alerts > count.metrics.critical_alerts:
        return True
    if stored.summary is None:
        return False
    return any(number(stored.summary) > number(count) for number in (*_GRAVE.values(), *_UNTIMED))
