"""Parts of hints: names in brackets, and lines to paste into ``stage1.toml``.

Text from telemetry is made printable here, because a line end in it would begin a line to paste.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.findings import day_ranges
from peaktrade_ops.text import printable, toml_string
from peaktrade_ops.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from peaktrade_ops.stage1.faults import DayRange, Fault

MOST_NAMED: Final = 3
"""The maximum number of names in a sentence."""

MOST_ENTRIES: Final = 3
"""The maximum number of ``[[accepted]]`` entries and of commands in a hint."""

_LINE_LENGTH: Final = 92


def accept(rule: str, faults: Sequence[Fault]) -> str:
    """Return the lines of ``stage1.toml`` that accept the faults of a rule, for the first days."""
    entries = [
        f'[[accepted]]\ndate = {fault.day}\nrule = "{rule}"\ncount = {fault.count}\n'
        'reason = "say why"'
        for fault in faults[:MOST_ENTRIES]
    ]
    rest = len(faults) - len(entries)
    if rest > 0:
        entries.append(f"# and so on for {rest} more")
    return "\n".join(entries)


def or_accept(what: str, rule: str, faults: Sequence[Fault], lines: Sequence[str] = ()) -> str:
    """Return a hint that ends with the entries that accept the faults.

    Args:
        what: The sentence, without a full stop.
        rule: The rule.
        faults: Its faults.
        lines: Other lines to paste, which end the objection for good.
    """
    pasted = [*lines, "# or only for these days:"] if lines else []
    return "\n".join(
        [
            f"{what}; what cannot be mended can be accepted in stage1.toml",
            *pasted,
            accept(rule, faults),
        ]
    )


def array(key: str, items: Sequence[str]) -> list[str]:
    """Return a key of ``stage1.toml`` with a list of texts, on several lines if it is long."""
    written = [toml_string(item) for item in items]
    line = f"{key} = [{', '.join(written)}]"
    if len(line) <= _LINE_LENGTH:
        return [line]
    lines = [""]
    for item in written:
        if lines[-1] and len(lines[-1]) + len(item) > _LINE_LENGTH:
            lines.append("")
        lines[-1] += f" {item}," if lines[-1] else f"  {item},"
    return [f"{key} = [", *lines, "]"]


def named(faults: Iterable[Fault]) -> str:
    """Return the first causes of faults, in brackets; empty if there are none."""
    return in_brackets(name for fault in faults for name in fault.what)


def in_brackets(texts: Iterable[str]) -> str:
    """Return the first texts, printable and in brackets; empty if there are none."""
    names = list(dict.fromkeys(map(printable, texts)))
    if not names:
        return ""
    rest = len(names) - MOST_NAMED
    return f" ({', '.join(names[:MOST_NAMED])}{f' and {rest} more' if rest > 0 else ''})"


def replacing(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the commands that store poorer reports, of no other days than those of the faults.

    A day between them may have a report that must stay, such as one that has aged out. Each report
    keeps its window: a later one would leave out events that no other report has.
    """
    days = [fault.day for fault in faults]
    ends = {
        day: end
        for day in days
        if (end := _end_of(span, day)) and not Window(end.astimezone(UTC), day).is_day
    }
    commands = [
        (group[0], f"stage1-snapshot --from {group[0]} --to {group[-1]} --replace")
        for group in day_ranges([day for day in days if day not in ends])
    ]
    commands += [(day, storing(day, end)) for day, end in ends.items()]
    first = [command for _, command in sorted(commands)[:MOST_ENTRIES]]
    more = " and so on" if len(commands) > MOST_ENTRIES else ""
    return f"{', '.join(first)}{more} and the --repo, --reports-root and --config of stage1-run"


def storing(day: date, end: datetime | None) -> str:
    """Return the command that stores a poorer report of a day in the window of the stored one.

    Args:
        day: The day.
        end: The end of the window; `None` if it is not known.
    """
    option = f"--date {day}" if end is None else Window(end.astimezone(UTC), day).option
    return f"stage1-snapshot {option} --replace"


def _end_of(span: DayRange, date: date) -> datetime | None:
    """Return the end of the window of a day; if it is not known, as on the last day it is known."""
    ends = {day.date: day.end for day in span.days if day.end}
    if not ends or date in ends:
        return ends.get(date)
    last = max(ends)
    return ends[last] + (date - last)


def storing_aged(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the step for the days with faults that have aged out; empty if there are none.

    Their reports stay, because telemetry that old may be gone. If it is not gone, and shows less
    because something was mended, only the operator knows so.
    """
    aged = {day.date for day in span.days if day.is_aged}
    old = [fault for fault in faults if fault.day in aged]
    if not old:
        return ""
    return (
        "; reports of days that have aged out stay: if their telemetry is still there, store them"
        f" again with {replacing(span, old)}"
    )
