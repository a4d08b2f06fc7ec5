"""Results for a terminal: few lines, the most important first. Pure functions.

All output has colours; `Console.result` removes them if they are not wanted. No information is in
a colour alone. Control characters in text are escaped before the text gets its colour.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import click

from peaktrade_ops.cli.evidence import concern_head, concern_lines, worst_lines
from peaktrade_ops.cli.plain import (
    checked_line,
    coverage_line,
    finding_line,
    matches_line,
    window_line,
)
from peaktrade_ops.reports.store.names import (
    CALENDAR,
    OF_A_DAY,
)
from peaktrade_ops.reports.views.attention import concerns_of, numbers_of, quiet_sentence
from peaktrade_ops.reports.views.words import (
    HISTORY_LOST,
    OUT_OF_DATE,
    OVERRIDE,
    facts_in_words,
    override_sentence,
    rule_in_words,
    verdict_meaning,
    verdict_word,
)
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.findings import hint_parts, reason_of
from peaktrade_ops.stage1.metrics import NEW_ALERTS, View, shown_in
from peaktrade_ops.stage1.stage import STAGE1, stage_of
from peaktrade_ops.stage1.trend import days_of
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from peaktrade_ops.reports.store.verify import Mismatch
    from peaktrade_ops.routine import RunResult, TrendResult
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.metrics import Metric, Tone
    from peaktrade_ops.stage1.models import Check, Decision, Summary, Verdict

EARLIER_DAYS: Final = 13
"""The number of earlier days that are shown with a snapshot."""

GAP: Final = "\u00b7"
BARS: Final = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"

# The terminal may break lines anywhere if it is narrower.
_LEAST_COLUMNS: Final = 20

_INDENT: Final = "  "

_ABSENT: Final = {
    "missing": "no report of",
    "unreadable": "unreadable report of",
    "empty": "no events on",
}

_VERDICT_COLOURS: Final = {"GO": "green", "HOLD": "yellow", "NO_GO": "red"}
_LEVEL_COLOURS: Final = {"error": "red", "warning": "yellow"}
_TONE_COLOURS: Final[dict[Tone, str | None]] = {"bad": "red", "watch": "yellow", "": None}


def snapshot(summary: Summary, earlier: Sequence[Day], folder: Path, width: int) -> str:
    """Return a snapshot with a comparison to the days before.

    Args:
        summary: The snapshot.
        earlier: The calendar days before that of the snapshot, in order and without a gap.
        folder: The folder that it was written to.
        width: The width of the terminal in characters.
    """
    return "\n".join(_snapshot(summary, earlier, folder, max(width, _LEAST_COLUMNS)))


def snapshots(summaries: Sequence[Summary], folder: Path, width: int) -> str:
    """Return several snapshots, one line each, and their folder.

    Args:
        summaries: The snapshots, in the order of their days.
        folder: The folder that they were written to.
        width: The width of the terminal in characters.
    """
    lines = [line for summary in summaries for line in _made(summary, max(width, _LEAST_COLUMNS))]
    return "\n".join([*lines, "", *_written(folder, CALENDAR)])


def trend(result: TrendResult, folder: Path, width: int, doubts: Sequence[str] = ()) -> str:
    """Return a trend: the verdict with all its reasons, the last day, the range.

    Args:
        result: The trend.
        folder: The folder of the trend, if it was stored.
        width: The width of the terminal in characters.
        doubts: The reasons why the verdict is not current, one sentence each; empty if it is.
    """
    return "\n".join(_trend(result, folder, max(width, _LEAST_COLUMNS), doubts))


def run(result: RunResult, folder: Path, width: int, doubts: Sequence[str] = ()) -> str:
    """Return the result of the daily routine: one line per written day, the trend, the check.

    Args:
        result: The result.
        folder: The reports folder.
        width: The width of the terminal in characters.
        doubts: The reasons why the verdict is not current, one sentence each; empty if it is.
    """
    return "\n".join(_run(result, folder, max(width, _LEAST_COLUMNS), doubts))


def decision(made: Decision, folder: Path, width: int) -> str:
    """Return a decision: what was decided and by whom, an override in red, the facts, the files.

    Args:
        made: The decision.
        folder: The folder that it was written to.
        width: The width of the terminal in characters.
    """
    return "\n".join(_decision(made, folder, max(width, _LEAST_COLUMNS)))


def check(findings: Sequence[Mismatch], folder: Path) -> str:
    """Return the findings of a check of a folder, one line each."""
    return "\n".join(map(_mismatch, findings)) or printable(matches_line(folder))


def sparkline(values: Sequence[int | None]) -> str:
    """Return numbers as a row of bars on a scale that starts at zero.

    Args:
        values: The numbers, not negative; `None` for a day without a number.

    Returns:
        One character per value: a full bar for the highest number, the lowest bar only for zero,
        and `GAP` for `None`.
    """
    most = max((value for value in values if value is not None), default=0)
    return "".join(GAP if value is None else BARS[_height(value, most)] for value in values)


def _height(value: int, most: int) -> int:
    """Return the height of a bar, rounded up, in exact integer arithmetic."""
    return -(-value * (len(BARS) - 1) // most) if most else 0


def _snapshot(summary: Summary, earlier: Sequence[Day], folder: Path, width: int) -> Iterator[str]:
    days = [*earlier, day_of_summary(summary)]
    yield click.style(
        f"{stage_of(summary.stage or STAGE1.key).name} snapshot of {summary.date}", bold=True
    )
    if summary.window:
        yield from map(_dyed, _wrapped(window_line(summary.window), width))
    if summary.coverage:
        colour = None if summary.coverage.complete else "yellow"
        for line in _wrapped(coverage_line(summary.coverage), width):
            yield _dyed(line, colour)
    yield from _attention(summary, width)
    yield ""
    yield from _numbers(days, width)
    for note in summary.notes:
        yield from _wrapped(f"note: {note}", width)
    yield ""
    yield from _drawn(days, width)
    yield ""
    yield from _written(folder, *(name(summary.date) for name in OF_A_DAY), CALENDAR)


def _attention(summary: Summary, width: int) -> Iterator[str]:
    """Yield what asks for attention, with short lines of evidence, in the colour of its tone."""
    yield ""
    concerns = concerns_of(summary)
    if not concerns:
        yield from map(_dyed, _wrapped(quiet_sentence(summary), width))
    for concern in concerns:
        colour = _TONE_COLOURS[concern.tone]
        yield from (_dyed(line, colour) for line in _wrapped(concern_head(concern), width))
        yield from (printable(line) for line in concern_lines(concern, width))


def _trend(result: TrendResult, folder: Path, width: int, doubts: Sequence[str]) -> Iterator[str]:
    rollups = result.trend.rollups
    stage = stage_of(result.trend.stage or STAGE1.key)
    yield from _verdict(rollups.go_no_go, doubts, width)
    is_doubtful_go = rollups.go_no_go == "GO" and doubts
    if not rollups.findings and not is_doubtful_go:
        for reason in rollups.reasons:
            yield from _wrapped(reason, width, "  - ")
    for finding in rollups.findings or ():
        yield from _wrapped(reason_of(finding), width, "  - ")
        sentence, lines = hint_parts(finding)
        yield from map(_dyed, _wrapped(sentence, width, "    "))
        yield from (f"    {printable(line)}" for line in lines)
    for finding in rollups.tolerated or ():
        yield from map(_dyed, _wrapped(f"let pass: {reason_of(finding)}", width, "  - "))
    for checks in _without_objection(() if is_doubtful_go else rollups.checks or ()):
        yield from map(_dyed, _wrapped(checks, width, "  - "))
    days = days_of(result.trend)
    yield ""
    yield from _numbers(days, width)
    yield ""
    yield from _drawn(days, width)
    yield ""
    if result.stored:
        yield from _written(
            folder, stage.trend_html, stage.trend_markdown, stage.trend_json, CALENDAR
        )
    else:
        text = "not stored: the stored trend ends later"
        yield from (_dyed(line, "yellow") for line in _wrapped(text, width))


def _decision(made: Decision, folder: Path, width: int) -> Iterator[str]:
    stage = stage_of(made.stage or STAGE1.key)
    word = f"{stage.name} decision: {made.decision}, by {made.owner}"
    yield from (click.style(line, bold=True) for line in _wrapped(word, width))
    if made.override:
        text = f"{OVERRIDE}: {override_sentence(made.facts)}"
        yield from (_dyed(line, "red") for line in _wrapped(text, width))
    if made.history_lost is True:
        yield from (_dyed(line, "red") for line in _wrapped(HISTORY_LOST, width))
    for line in (made.note or "").splitlines():
        yield from _wrapped(f"note: {line}", width)
    yield ""
    for name, value in facts_in_words(made.facts):
        yield from _wrapped(f"{name.lower()}: {value}", width, _INDENT)
    for finding in made.facts.findings:
        yield from _wrapped(reason_of(finding), width, "  - ")
    if made.history:
        earlier = f"{len(made.history)} earlier, the last of them {made.history[-1].decision}"
        yield from map(_dyed, _wrapped(earlier, width, _INDENT))
    yield ""
    yield from _written(
        folder, stage.decision_html, stage.decision_markdown, stage.decision_json, CALENDAR
    )


def _without_objection(checks: Sequence[Check]) -> Iterator[str]:
    """Yield the rules that were accepted and those that passed, each with what it measured.

    The rules that object are the reasons above.
    """
    for result in ("accepted", "passed"):
        told = [
            f"{rule_in_words(check.rule)} ({check.measured})"
            for check in checks
            if check.result == result
        ]
        if told:
            yield f"{result}: {'; '.join(told)}"


def _verdict(verdict: Verdict, doubts: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of a verdict and its meaning; a verdict that is not current is never GO."""
    word = verdict_word(verdict, is_current=not doubts)
    meaning = verdict_meaning(verdict, is_current=not doubts)
    first, *others = _wrapped(f"{word}: {meaning}", width)
    colour = _VERDICT_COLOURS["HOLD" if doubts and verdict == "GO" else verdict]
    # Only the word is coloured; on a narrow terminal the line may break inside it.
    length = min(len(word), len(first))
    yield click.style(first[:length], fg=colour, bold=True) + first[length:]
    yield from others
    for doubt in doubts:
        yield from _wrapped(f"{OUT_OF_DATE}: {doubt}", width, "  - ")


def _run(result: RunResult, folder: Path, width: int, doubts: Sequence[str]) -> Iterator[str]:
    for summary in result.summaries:
        yield from _made(summary, width)
        yield from map(printable, worst_lines(summary, width))
    yield ""
    yield from _trend(result.trend, folder, width, doubts)
    yield ""
    yield from map(_mismatch, result.findings)
    colour = "red" if any(finding.level == "error" for finding in result.findings) else None
    yield _dyed(printable(checked_line(result.findings, folder)), colour)


def _known(day: Day) -> dict[Metric, int]:
    """Return the known metrics of a day, in the order of the table of metrics."""
    metrics = shown_in(View.TERMINAL) if day.found else ()
    numbers = {metric: getattr(day, metric.name) for metric in metrics}
    return {metric: number for metric, number in numbers.items() if number is not None}


def _absence(day: Day) -> str:
    """Return the reason why a day has no numbers to compare; empty if it has numbers."""
    return "" if day.has_numbers else _ABSENT["empty" if day.found else day.state]


def _numbers(days: Sequence[Day], width: int) -> Iterator[str]:
    """Yield one line per number of the last day, with its change from the day before."""
    this = days[-1]
    before = days[-2] if len(days) > 1 else None
    numbers = _known(this)
    old = _known(before) if this.has_numbers and before and before.has_numbers else {}
    yield from _wrapped(_compared(this, before), width)
    label = max((len(metric.short) for metric in numbers), default=0)
    digits = max((len(str(number)) for number in numbers.values()), default=0)
    for metric, number in numbers.items():
        change = ""
        if metric in old:
            change = f"  {number - old[metric]:+d}" if number != old[metric] else "  ="
        colour = _TONE_COLOURS[metric.tone] if number else None
        yield _dyed(f"{_INDENT}{metric.short:<{label}}  {number:>{digits}}{change}", colour)


def _compared(this: Day, before: Day | None) -> str:
    """Return the heading: the day, and the day before if both have numbers."""
    if _absence(this):
        return f"{_absence(this)} {this.date}"
    known = f"{this.date}{_doubt(this)}"
    if before is None:
        return f"{known}, the only day of the range"
    if _absence(before):
        return f"{known} ({_absence(before)} {before.date})"
    return f"{known}, and the change from {before.date}{_doubt(before)}"


def _doubt(day: Day) -> str:
    """Return a remark in brackets if the coverage of a day is incomplete; else an empty text."""
    return " (incomplete)" if "incomplete" in day.statuses else ""


def _drawn(days: Sequence[Day], width: int) -> Iterator[str]:
    """Yield the lines of a chart of new alerts, for as many of the last days as fit."""
    drawn = days[-(width - len(_INDENT)) :]
    values = [day.new_alerts if day.has_numbers else None for day in drawn]
    known = [value for value in values if value is not None]
    which = f"{drawn[0].date} to {drawn[-1].date}"
    if len(drawn) < len(days):
        which += f" (the last {len(drawn)} of {len(days)} days)"
    scale = [f"lowest {min(known)}, highest {max(known)}"] if known else []
    scale += [f"{GAP} is a day without data"] if None in values else []
    yield from _wrapped(f"{NEW_ALERTS.short} a day, {which}", width)
    yield _INDENT + sparkline(values)
    yield from map(_dyed, _wrapped("; ".join(scale), width, _INDENT))


def _made(summary: Summary, width: int) -> Iterator[str]:
    """Yield a line about a day, broken between its parts if it is too long, without zeros."""
    day = day_of_summary(summary)
    parts = [
        _dyed(metric.counted(number), _TONE_COLOURS[metric.tone])
        for metric in shown_in(View.TERMINAL)
        if (number := getattr(summary.metrics, metric.name))
    ]
    if day.empty:
        parts.insert(0, "no events")
    elif not summary.metrics.new_alerts:
        parts.insert(0, _dyed(NEW_ALERTS.counted(0)))
    parts += [
        _dyed(known.counted, _TONE_COLOURS[known.tone])
        for known in numbers_of(summary)
        if known.value
    ]
    if summary.coverage and summary.coverage.untimed_critical:
        count = summary.coverage.untimed_critical
        parts.append(_dyed(f"{count} critical without a time", "red"))
    if not day.complete:
        parts.append(_dyed("coverage INCOMPLETE", "yellow"))
    line = f"{summary.date}:"
    for part in (*(f"{part}," for part in parts[:-1]), parts[-1]):
        if len(click.unstyle(f"{line} {part}")) > width:
            yield line
            line = _INDENT + part
        else:
            line = f"{line} {part}"
    yield line


def _mismatch(finding: Mismatch) -> str:
    text = printable(finding_line(finding))
    return click.style(finding.level, fg=_LEVEL_COLOURS[finding.level]) + text[len(finding.level) :]


def _written(folder: Path, *names: str) -> Iterator[str]:
    """Yield one line per written file; a path is never broken, so that it can be copied."""
    for name in names:
        yield _dyed(printable(f"wrote {folder / name}"))


def _wrapped(text: str, width: int, first: str = "") -> list[str]:
    """Return the lines of a text; all but the first are indented."""
    return textwrap.wrap(
        printable(text),
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first or _INDENT),
        # Do not break dates.
        break_on_hyphens=False,
    )


def _dyed(text: str, colour: str | None = None) -> str:
    """Return a text in a colour; dimmed if there is none."""
    return click.style(text, fg=colour) if colour else click.style(text, dim=True)
