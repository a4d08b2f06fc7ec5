"""Inspected files as text, readable on one screen, and as JSON. Pure functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click
import msgspec

from peaktrade_ops.stage1.faults import plural
from peaktrade_ops.stage1.severity import CRITICAL, UNKNOWN
from peaktrade_ops.text import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from peaktrade_ops.inspecting import Inspected
    from peaktrade_ops.stage1.inspection import Candidate, Inspection, KeyUse
    from peaktrade_ops.stage1.proposal import Proposal

WIDTH: Final = 160
"""The width of lines where there is no terminal."""

_LABEL: Final = 14
_LEAST_WIDTH: Final = 40
_MOST_NAMED: Final = 6
_MOST_VALUES: Final = 8


def as_json(found: Sequence[Inspected], proposal: Proposal, config_file: Path | None) -> str:
    """Return inspected files, and what is proposed for all of them, as one JSON document.

    Args:
        found: The files.
        proposal: The proposal for all of them.
        config_file: The configuration by which they were read; `None` for the defaults.
    """
    files = [
        msgspec.to_builtins(each.inspection)
        | {"proposal": msgspec.to_builtins(each.proposal), "advice": each.advice}
        for each in found
    ]
    configuration = None if config_file is None else shown(str(config_file))
    document = {
        "configuration": configuration,
        "files": files,
        "proposal": list(proposal.lines),
    }
    return json.dumps(document, indent=2)


def as_text(
    found: Sequence[Inspected],
    proposal: Proposal,
    width: int,
    configuration: str,
    *,
    colours: bool = False,
) -> str:
    """Return inspected files as text, the proposal for all of them last.

    Args:
        found: The files.
        proposal: The proposal for all of them.
        width: The number of columns.
        configuration: The configuration by which they were read, which is the first row.
        colours: Whether what is not understood has a colour.
    """
    width = max(width, _LEAST_WIDTH)
    parts = ["\n".join(_lines_of(each, width, colours=colours)) for each in found]
    # A path is not cut, because it is to be copied.
    parts[0] = f"{'configuration':<{_LABEL}}{printable(configuration)}\n{parts[0]}"
    if proposal.lines:
        end = ":" if proposal.is_complete else ", and choose where a line begins with #:"
        lines = "\n".join(map(printable, proposal.lines))
        parts.append(f"put into stage1.toml{end}\n\n{lines}")
    return "\n\n".join(parts)


def _lines_of(found: Inspected, width: int, *, colours: bool) -> Iterator[str]:
    inspection = found.inspection
    for label, text, is_odd in _rows(inspection):
        line = _cut(f"{label:<{_LABEL}}{printable(text)}", width)
        yield click.style(line, fg="yellow") if is_odd and colours else line
    yield ""
    yield _verdict(found)


def _rows(inspection: Inspection) -> Iterator[tuple[str, str, bool]]:
    """Yield label and text of each line, and whether it says what is not understood."""
    part = "" if inspection.whole else ", only the beginning is read"
    yield "file", inspection.path, False
    yield "name", f"{inspection.taken}{part}", inspection.taken != "scanned"
    if inspection.problem:
        yield "problem", inspection.problem, True
    outcomes = ("blank", "events", "rejected", "partial")
    counts = ", ".join(f"{getattr(inspection, name)} {name}" for name in outcomes)
    unpacked = f", {inspection.unpacked} unpacked" if inspection.unpacked else ""
    yield "lines", f"{inspection.lines} = {counts}{unpacked}", inspection.rejected > 0
    for each in inspection.rejects:
        yield "", f"line {each.line}: {each.reason}", True
    if not inspection.events:
        return
    yield from _properties(inspection)
    yield from _not_read(inspection)
    numbers = (
        (inspection.criticals, "critical event"),
        (inspection.alerts, "alert"),
        (inspection.dangers, "danger"),
    )
    yield "counted as", ", ".join(plural(count, noun) for count, noun in numbers), False


def _properties(inspection: Inspection) -> Iterator[tuple[str, str, bool]]:
    naive = f", {inspection.naive} without an offset" if inspection.naive else ""
    untimed = f", {inspection.untimed} without a time" if inspection.untimed else ""
    yield "time", f"{_uses(inspection.time)}{naive}{untimed}", inspection.untimed > 0
    for example in inspection.unread_times:
        yield "", f"line {example.line}: {example.key} = {example.value} is no time", True
    none = "none: no event can be critical"
    yield "severity", _uses(inspection.severity) if inspection.severity else none, False
    known: dict[str, list[str]] = {}
    for use in inspection.severities:
        known.setdefault(use.taken_for, []).append(f"{use.value} ({use.count})")
    for taken_for, values in known.items():
        name = "not understood" if taken_for == UNKNOWN else taken_for
        yield "", f"{name}: {', '.join(values)}", taken_for in {UNKNOWN, CRITICAL}
    yield "type", _uses(inspection.type), False
    yield "rule", _uses(inspection.rule), False
    yield "text", _uses(inspection.text), False


def _not_read(inspection: Inspection) -> Iterator[tuple[str, str, bool]]:
    if inspection.unread:
        names = ", ".join(f"{each.name} ({each.count})" for each in inspection.unread_keys)
        yield "unread", f"a severity that no key shows, at {names}", True
    if inspection.time_like and inspection.untimed:
        yield "like a time", _candidates(inspection.time_like), True
    if inspection.severity_like:
        is_odd = inspection.unread > 0 or not inspection.severity
        for place, each in enumerate(inspection.severity_like[:_MOST_NAMED]):
            yield "" if place else "like a level", f"{each.key} = {_counted(each)}", is_odd
        if (rest := len(inspection.severity_like) - _MOST_NAMED) > 0:
            yield "", f"and {plural(rest, 'more key')}", is_odd
    if inspection.embedded:
        yield "holds JSON", f"in strings: {_uses(inspection.embedded)}", False
    if inspection.lists:
        yield "holds lists", f"of objects: {_uses(inspection.lists)}", False


def _verdict(found: Inspected) -> str:
    """Return in one sentence what a file needs."""
    if not found.inspection.events:
        return found.advice or "no event to read"
    draft = found.part.draft
    mute = (
        "no event of this file can be critical unless a key of its severity is named: choose below"
    )
    if draft.preset:
        return f"the preset {draft.preset} fits{f'; {mute}' if draft.is_mute else ''}"
    if draft.is_mute:
        return mute
    if draft.body is not None:
        maybe = f"the preset {draft.doubted} may fit: choose below"
        return maybe if draft.doubted else "no preset fits; it needs keys or meanings of its own"
    if found.part.is_included:
        return "all events are understood, but no scan takes a file of this name"
    return "all events are understood: nothing to write"


def _uses(uses: Sequence[KeyUse]) -> str:
    return _some(f"{use.key} ({use.count})" for use in uses) or "none"


def _counted(candidate: Candidate) -> str:
    """Return the values of a key that may be a severity, each with the number of its events."""
    pairs = [*zip(candidate.values, candidate.counts, strict=True)]
    rest = len(pairs[_MOST_VALUES:]) + candidate.others
    shown = ", ".join(f"{value} ({count})" for value, count in pairs[:_MOST_VALUES])
    return shown + (f" and {rest} more" if rest else "")


def _candidates(candidates: Sequence[Candidate]) -> str:
    return _some(f"{each.key} = {', '.join(each.values)}" for each in candidates)


def _some(texts: Iterable[str]) -> str:
    every = list(texts)
    rest = len(every) - _MOST_NAMED
    return ", ".join(every[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
