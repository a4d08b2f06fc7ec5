"""Evidence as short lines, for terminals and pipes.

A line is never wider than asked for, so that an event is one line whatever it contains.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from peaktrade_ops.reports.views.attention import concerns_of, properties_of, unlisted_sentence
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.reports.views.attention import Concern
    from peaktrade_ops.stage1.models import Seen, Summary

MOST_LINES: Final = 5
"""The number of lines below each concern of a snapshot."""

MOST_WORST: Final = 3
"""The number of lines of evidence below a day of the daily routine."""

_WORST: Final = ("critical", "danger", "not-understood", "actions")
_CUT: Final = "..."
_INDENT: Final = "  "
_PLACE_SHARE: Final = 3


def evidence_lines(summary: Summary, width: int) -> Iterator[str]:
    """Yield a line for each concern of a day, and lines with its evidence below it."""
    for concern in concerns_of(summary):
        yield _cut(concern_head(concern), width)
        yield from concern_lines(concern, width)


def worst_lines(summary: Summary, width: int) -> list[str]:
    """Return the first lines of evidence of what is worst on a day, without alerts."""
    events = [
        event
        for concern in concerns_of(summary)
        if concern.name in _WORST
        for event in concern.seen or ()
    ]
    # An event that is critical and a danger is worth one line.
    return [_event(event, width) for event in list(dict.fromkeys(events))[:MOST_WORST]]


def concern_head(concern: Concern) -> str:
    """Return the line of a concern: what it is, and how much of it there is."""
    title = concern.title[:1].lower() + concern.title[1:]
    if not concern.is_counted:
        return title
    shown = len(list(_details(concern)))
    more = f" (the first {shown})" if 0 < shown < concern.count else ""
    return f"{title}: {concern.count}{more}"


def concern_lines(concern: Concern, width: int) -> list[str]:
    """Return the lines below a concern, none of them wider than a number of characters."""
    lines = []
    for names in concern.names:
        counts = ", ".join(f"{each.name} ({each.count})" for each in names.counts)
        lines.append(_cut(f"{_INDENT}{names.caption.lower()}: {counts}", width))
    lines += [
        _event(each, width) if not isinstance(each, str) else _cut(_INDENT + each, width)
        for each in _details(concern)
    ]
    sentence = unlisted_sentence(concern)
    return [*lines, _cut(_INDENT + sentence, width)] if sentence else lines


def _details(concern: Concern) -> Sequence[Seen | str]:
    """Return the first details of a concern, of the kind that it has."""
    details: list[Seen | str] = [*(concern.seen or ())]
    details += [f"{each.path}:{each.line} {each.reason}" for each in concern.rejected]
    details += [f"{each.reason}: {each.path}" for each in concern.left_out]
    details += concern.texts
    return details[:MOST_LINES]


def _event(event: Seen, width: int) -> str:
    """Return an event on one line: time, place, severity, type, rule and text, then cut.

    The end of a path tells more than its beginning, so a long one loses its beginning.
    """
    moment = f"{event.time.astimezone(UTC):%m-%d %H:%M:%S}" if event.time else "no time"
    room = max(width // _PLACE_SHARE - len(f":{event.line}"), 1)
    path = printable(event.path)
    if len(path) > room:
        path = _CUT + path[len(path) - max(room - len(_CUT), 1) :]
    texts = [printable(text) for text in properties_of(event) if text]
    return _cut(f"{_INDENT}{' '.join([moment, f'{path}:{event.line}', *texts])}", width)


def _cut(line: str, width: int) -> str:
    """Return a line as printable text of at most a number of characters."""
    line = printable(line)
    return line if len(line) <= width else line[: max(width - len(_CUT), 0)] + _CUT
