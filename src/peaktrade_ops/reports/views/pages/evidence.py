"""What asks for attention on a day: an overview, and a section with evidence for each concern."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.views.attention import listing_caption, properties_of, unlisted_sentence
from peaktrade_ops.reports.views.pages.parts import (
    absent,
    folded,
    number,
    plural,
    rows,
    table,
    untrusted,
    wide,
)
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from peaktrade_ops.reports.views.attention import Concern, Names
    from peaktrade_ops.reports.views.pages.parts import Cell
    from peaktrade_ops.stage1.models import LeftOut, RejectedLine, Seen, Summary

OPEN_ROWS: Final = 5
"""The number of rows that are shown without a click, so that all concerns are seen soon."""
_LEAST_FOLDED: Final = 3

_HEADS: Final = ("Time (UTC)", "Severity", "Type", "Rule", "Text", "File and line")


def attention(concerns: Sequence[Concern], summary: Summary) -> Iterator[h.Node]:
    """Yield an overview of the concerns of a day, and a section for each.

    Args:
        concerns: The concerns, at least one.
        summary: The summary of the day, for its total of rejected records.
    """
    yield h.h2["What asks for attention"]
    yield h.ul(".asks")[rows(*(h.li[_tile(concern)] for concern in concerns))]
    yield from (_section(each, summary) for each in concerns if each.is_listed)
    others = [_section(each, summary) for each in concerns if not each.is_listed]
    if others:
        yield h.div(".sides")[rows(*others)]


def operator_actions(
    actions: Sequence[Seen], total: int, concerns: Sequence[Concern]
) -> Iterator[h.Node]:
    """Yield the section of all operator actions, which ask for nothing unless one is critical.

    Args:
        actions: The first operator actions; without any there is no section.
        total: The number of operator actions.
        concerns: The concerns of the day; the section takes the anchor that they leave free.
    """
    if not actions:
        return
    is_taken = any(concern.name == "actions" for concern in concerns)
    yield h.section(id="operator-actions" if is_taken else "actions")[
        rows(
            h.h2["Operator actions"],
            *_split(
                "Operator actions",
                f"The first {number(len(actions))} of {number(total)}"
                if len(actions) < total
                else plural(len(actions), "action"),
                _HEADS,
                [_event(each) for each in actions],
                kind="seen",
            ),
        )
    ]


def rejected_records(rejected: Sequence[RejectedLine], total: int) -> Iterable[h.Node]:
    """Return the table of rejected records.

    Args:
        rejected: The first of them, those of the window first.
        total: The number of all of them, in all files and of any age.
    """
    return _split(
        "Rejected records",
        f"The first {number(len(rejected))} of {number(total)} in all files, of any age",
        ("File", "Line", "Reason"),
        [(untrusted(each.path), each.line, untrusted(each.reason)) for each in rejected],
        kind="places",
    )


def left_out_paths(caption: str, left_out: Sequence[LeftOut]) -> Iterable[h.Node]:
    """Return the table of paths that were left out."""
    return _split(
        caption,
        caption,
        ("Path", "Reason"),
        [(untrusted(each.path), untrusted(each.reason)) for each in left_out],
        kind="places",
    )


def _section(concern: Concern, summary: Summary) -> h.Element:
    return h.section(id=concern.name, class_=["ask", concern.tone])[
        rows(
            h.h3[_counted(concern), concern.title],
            h.p(".quiet")[concern.advice],
            *_content(concern, summary),
        )
    ]


def _tile(concern: Concern) -> h.Element:
    return h.a(href=f"#{concern.name}", class_=concern.tone)[
        _counted(concern), h.span[concern.title]
    ]


def _counted(concern: Concern) -> h.Node:
    return [h.b[number(concern.count)], " "] if concern.is_counted else None


def _content(concern: Concern, summary: Summary) -> Iterator[h.Node]:
    """Yield what is known of a concern: what it consists of, names, events, records, paths."""
    if concern.parts:
        yield h.ul[rows(*(h.li[f"{number(count)} {what}"] for what, count in concern.parts))]
    if concern.texts:
        yield h.ul[rows(*(h.li[untrusted(text)] for text in concern.texts))]
    if concern.names:
        yield h.div(".sides")[rows(*map(_names, concern.names))]
    if concern.seen:
        yield from _split(
            concern.title,
            listing_caption(concern),
            _HEADS,
            [_event(each) for each in concern.seen],
            kind="seen",
        )
    sentence = unlisted_sentence(concern)
    if sentence:
        yield h.p[sentence]
    if concern.rejected:
        coverage = summary.coverage
        total = coverage.rejected if coverage else len(concern.rejected)
        yield from rejected_records(concern.rejected, total)
    if concern.left_out:
        yield from left_out_paths("Left out, and why", concern.left_out)


def _names(names: Names) -> h.Element:
    return table(
        names.caption,
        (names.head, "Events"),
        ((untrusted(each.name), each.count) for each in names.counts),
    )


def _split(
    label: str,
    caption: str,
    heads: Sequence[str],
    content: Sequence[Sequence[Cell]],
    *,
    kind: str,
) -> Iterator[h.Node]:
    """Yield a table whose later rows are folded away, if they are more than a few."""
    first = OPEN_ROWS if len(content) >= OPEN_ROWS + _LEAST_FOLDED else len(content)
    yield wide(label, table(caption, heads, content[:first], kind=kind))
    if first < len(content):
        rest = content[first:]
        yield folded(
            f"{number(len(rest))} more of them",
            wide(
                f"{label}, continued",
                table(f"{label}, continued", heads, rest, kind=kind, says_caption=False),
            ),
        )


def _event(event: Seen) -> tuple[Cell, ...]:
    return (
        _time(event),
        _severity(event.severity),
        *map(_text, properties_of(event)[1:]),
        # The line number stays last, also where the name of the file is written right to left.
        h.span(".place")[untrusted(event.path), f":{event.line}"],
    )


def _time(event: Seen) -> h.Element:
    if event.time is None:
        return h.span["no time"]
    iso = iso_utc(event.time)
    return h.time(datetime=iso)[f"{event.time.astimezone(UTC):%m-%d %H:%M:%S}"]


def _severity(severity: str | None) -> h.Element:
    if severity == "critical":
        return h.strong(".bad")[untrusted(severity)]
    return _text(severity)


def _text(text: str | None) -> h.Element:
    return absent() if text is None else untrusted(text)
