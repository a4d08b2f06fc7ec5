"""Everything that is written about a text from outside, and what real parsers read in it.

An attack is noticed by comparison: the structure of an output must be that of the same output with
a harmless text. Only the text itself may differ.
"""

from __future__ import annotations

import functools
import json
import re
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec
import pyte
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics_families,
)
from prometheus_client.parser import text_string_to_metric_families

from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.config import Config
from peaktrade_ops.notices.situation import Situation
from peaktrade_ops.reports.store.verify import Mismatch
from peaktrade_ops.reports.views.markdown import (
    no_trend_markdown,
    snapshot_markdown,
    trend_markdown,
)
from peaktrade_ops.reports.views.pages.calendar import calendar_page
from peaktrade_ops.reports.views.pages.decision import decision_page
from peaktrade_ops.reports.views.pages.parts import Decided, Verdicts
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.reports.views.sheet import decision_markdown, no_decision_markdown
from peaktrade_ops.routine import Report, RunResult, TrendResult
from peaktrade_ops.serve.exposition import Family, expose
from peaktrade_ops.serve.health import Decided as DecidedNow
from peaktrade_ops.serve.health import Judged, Latest, health_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.decision import facts_of, past_of
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import END, decision, named_everywhere, quiet_days
from tests.support.html import shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.stage1.models import Decision, Summary, Trend

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


MARKER = "xqx"
"""A harmless text. What a writer without escapes would write is made from it by replacement."""


class World(NamedTuple):
    """Models with a text in every place that takes one from outside.

    Attributes:
        summary: A day, of which everything is named so.
        trend: A trend that ends with that day, with the reasons that name it.
        decision: A decision about it, whose owner, note and history are the text.
        problem: Why something cannot be shown.
        text: The text.
    """

    summary: Summary
    trend: Trend
    decision: Decision
    problem: str
    text: str


def world_of(text: str, *, lines: int = 1) -> World:
    """Return a world of a text.

    Args:
        text: The text, not empty.
        lines: How often the note has it, a line each.
    """
    summary = named_everywhere(text)
    trend = build_trend(
        [*quiet_days()[:-1], day_of_summary(summary, sha256="a" * 64)],
        window=window_until(END),
        config=Config(),
    )
    note = "\n".join([text] * lines)
    facts = facts_of(trend, ())
    made = decision(owner=text[:100], note=note, facts=facts, override=True)
    made = msgspec.structs.replace(made, history=(past_of(made, "b" * 64),))
    return World(summary, trend, made, text, text)


# --- what is written -----------------------------------------------------------------------------


def markdown_of(world: World) -> dict[str, str]:
    """Return all Markdown about a world, by name."""
    return {
        "snapshot": snapshot_markdown(world.summary),
        "trend": trend_markdown(world.trend, (world.problem,)),
        "no trend": no_trend_markdown(world.problem),
        "decision": decision_markdown(world.decision),
        "no decision": no_decision_markdown(world.problem),
    }


def pages_of(world: World) -> dict[str, str]:
    """Return all pages about a world, by name."""
    verdicts = Verdicts(world.trend, alarm=world.problem, decided=Decided(world.decision))
    none = Verdicts(None, problem=world.problem, decided=Decided(None, world.problem))
    day = day_of_summary(world.summary)
    links = {str(row.date): f"{row.date}_snapshot.html" for row in world.trend.series}
    return {
        "snapshot": snapshot_page(world.summary, Neighbours()),
        "trend": trend_page(verdicts, links, {world.summary.date: world.summary}),
        "no trend": trend_page(none, {}, {}),
        "calendar": calendar_page([day], verdicts, links),
        "decision": decision_page(Decided(world.decision), STAGE1),
        "no decision": decision_page(Decided(None, world.problem), STAGE1),
    }


def texts_of(world: World, columns: int = 100_000) -> dict[str, str]:
    """Return what a terminal and a pipe get about a world, by name."""
    folder = Path("/srv") / re.sub("[/\0]", "", world.text)[:80]
    findings = [Mismatch("warning", world.text, world.text, "foreign")]
    result = RunResult(
        [Report(world.summary.date, world.summary, written=True)],
        TrendResult(world.trend, stored=True),
        findings,
    )
    return {
        "snapshot": terminal.snapshot(world.summary, [], folder, columns),
        "run": terminal.run(result, folder, columns, (world.problem,)),
        "decision": terminal.decision(world.decision, folder, columns),
        "check": terminal.check(findings, folder),
        "piped trend": plain.trend_text(world.trend, (world.problem,)),
        "piped decision": plain.decision_text(world.decision),
        "piped check": plain.findings_text(findings, folder),
    }


def json_of(world: World) -> dict[str, str]:
    """Return all JSON about a world, by name."""
    findings = [Mismatch("warning", world.text, world.text, "foreign")]
    models = (world.summary, world.trend, world.decision)
    stored = {type(model).__name__: to_json(model).decode() for model in models}
    printed = plain.findings_json(findings)
    return stored | {"findings": printed, "notice": notice_of(world)}


def notice_of(world: World) -> str:
    """Return the JSON that a webhook receives about a world."""
    return msgspec.json.encode(Situation(world.trend, run="1").notice(None)).decode()


def metrics_of(world: World, age: timedelta, *, open_metrics: bool) -> str:
    """Return the metrics of a world."""
    now = END + age
    latest, judged = Latest(world.summary.date, world.summary), Judged(world.trend)
    health = health_of(latest, judged, now, age * 2)
    decided = DecidedNow(world.decision)
    data, _ = exposition(latest, judged, health, decided, open_metrics=open_metrics, stage=STAGE1)
    return data.decode()


# --- what parsers read ---------------------------------------------------------------------------


def markdown_structure(text: str) -> list[Any]:
    """Return the blocks and marks of Markdown without its text, but with what is in bold."""
    found: list[Any] = []
    for token in _MARKDOWN.parse(text):
        if token.type != "inline":
            found.append((token.type, token.tag, token.level))
            continue
        pieces = token.children or []
        found.append([kind for kind, _ in groupby(piece.type for piece in pieces)])
        found.append(re.findall(r"\*\*([^*]*)\*\*", token.content))
    return found


def page_structure(page: str) -> list[Any]:
    """Return the elements of a page with their attributes; those with text only by name."""
    texts = {"title", "aria-label"}
    return [
        (tag, [name if name in texts else (name, value) for name, value in given])
        for tag, given in shape(page)
    ]


def json_structure(text: str, named: str) -> object:
    """Return the names and types in JSON; names that are given from outside are all the same.

    Args:
        text: The JSON.
        named: What may stand where names do.

    Raises:
        ValueError: It is not JSON, a name occurs twice, or it has half a surrogate pair.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name occurs twice")
        return {MARKER if name == named else name: value for name, value in pairs}

    def kind(value: object) -> object:
        if isinstance(value, dict):
            return {name: kind(each) for name, each in value.items()}
        if isinstance(value, str):
            value.encode()
        return [kind(each) for each in value] if isinstance(value, list) else type(value).__name__

    return kind(json.loads(text, object_pairs_hook=unique))


def metrics_structure(text: str, named: str) -> list[Any]:
    """Return the series of metrics with their labels; a label from outside is always the same."""
    parse = open_metrics_families if text.endswith("# EOF\n") else text_string_to_metric_families
    found = []
    for family in parse(text):
        for sample in family.samples:
            labels = sample.labels.items()
            pairs = [(name, MARKER if value == named else value) for name, value in labels]
            found.append((sample.name, pairs))
    return found


class Screen(NamedTuple):
    """What a terminal shows.

    Attributes:
        lines: Its lines, without spaces at their ends.
        title: The title of its window.
        modes: The modes that are set.
        replies: What it has answered to the program.
    """

    lines: list[str]
    title: str
    modes: frozenset[int]
    replies: str


class _Watched(pyte.Screen):
    """A screen that keeps what it answers."""

    def __init__(self, columns: int, lines: int) -> None:
        self.replies: list[str] = []
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        """Keep an answer."""
        self.replies.append(data)


def screen_of(text: str) -> Screen:
    """Return what a terminal shows that is given a text; it is so large that nothing scrolls."""
    lines = text.split("\n")
    screen = _Watched(2 * max(map(len, lines)) + 2, len(lines) + 2)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    rows = [screen.buffer[row] for row in range(screen.lines)]
    # Its own `display` looks at every empty cell.
    cells = ((row[place].data for place in range(max(row, default=-1) + 1)) for row in rows)
    shown = ["".join(line).rstrip() for line in cells]
    while shown and not shown[-1]:
        shown.pop()
    return Screen(shown, screen.title, frozenset(screen.mode), "".join(screen.replies))


def plain_lines(text: str) -> list[str]:
    """Return the lines that a text should have on a terminal: without its colours."""
    return [line.rstrip() for line in click.unstyle(text).rstrip("\n").split("\n")]


def text_structure(text: str) -> list[Any]:
    """Return how a text acts on a terminal: what is hidden or moved, its first words, its colours.

    Indented lines do not count: proposed lines of the configuration are as many as they need be.
    """
    seen, safe = screen_of(text), plain_lines(text)
    outer = [line.split(" ")[0] for line in safe if line and not line.startswith(" ")]
    # A name of a file can be the first word.
    heads = [word for word in outer if word.isupper() or word.startswith("#") or word.endswith(":")]
    return [seen.lines == safe, *seen[1:], len(outer), heads, len(re.findall("\x1b", text))]


def notice_structure(text: str) -> list[Any]:
    """Return what chat programs and mail see in the text of a notice, and its fields."""
    fields = json.loads(text)
    lines = fields["text"].splitlines()
    spoken = "\n".join([fields["title"], *lines])
    links = re.findall(r"://\S|(?i:www)\.\S|[<>@`|~#\[\]*&]", spoken)
    return [
        json_structure(text, MARKER),
        len(lines),
        links,
        page_structure(f"<p>{spoken}"),
        [kind for kind in markdown_structure(spoken) if isinstance(kind, list)],
    ]


# --- all of it -----------------------------------------------------------------------------------


class Format(NamedTuple):
    """A kind of output, and how a parser reads it.

    Attributes:
        write: Returns all outputs of the kind about a world, by name.
        read: Returns the structure of an output, given what may stand where names do.
    """

    write: Callable[[World], dict[str, str]]
    read: Callable[[str, str], object]


def _metrics(world: World) -> dict[str, str]:
    hour = timedelta(hours=1)
    # No label of the program has text from outside; one that had would be escaped.
    family = Family("made", f"Told of {world.text}", ("by",), {(world.text,): 1})
    labelled, _ = expose([family], {"stage": world.text})
    opened, _ = expose([family], {"stage": world.text}, open_metrics=True)
    return {
        "text": metrics_of(world, hour, open_metrics=False),
        "open": metrics_of(world, hour, open_metrics=True),
        "label": labelled.decode(),
        "open label": opened.decode(),
    }


def _notices(world: World) -> dict[str, str]:
    none = Situation(None, problem=world.problem, run="1").notice(None)
    return {"verdict": notice_of(world), "no verdict": msgspec.json.encode(none).decode()}


FORMATS: dict[str, Format] = {
    "Markdown": Format(markdown_of, lambda text, _: markdown_structure(text)),
    "pages": Format(pages_of, lambda text, _: page_structure(text)),
    "terminal": Format(texts_of, lambda text, _: text_structure(text)),
    "JSON": Format(json_of, json_structure),
    "metrics": Format(_metrics, metrics_structure),
    "notices": Format(_notices, lambda text, _: notice_structure(text)),
}


def changed_by(kind: str, text: str) -> list[str]:
    """Return the names of the outputs of a kind whose structure a text changes.

    Args:
        kind: One of `FORMATS`.
        text: Not empty, and of at most 200 characters, to which the program cuts.
    """
    harmless = _harmless(kind, len(text.splitlines()))
    form = FORMATS[kind]
    written = form.write(world_of(text))
    return [name for name in harmless if _read(form, written[name], text) != harmless[name][1]]


def noticed_without_escapes(kind: str, text: str) -> list[str]:
    """Return the names of the outputs of a kind that differ if a text is written as it is."""
    form = FORMATS[kind]
    return [
        name
        for name, (written, structure) in _harmless(kind, 1).items()
        if MARKER in written and _read(form, written.replace(MARKER, text), text) != structure
    ]


@functools.cache
def _harmless(kind: str, lines: int) -> dict[str, tuple[str, object]]:
    form = FORMATS[kind]
    return {
        name: (written, _read(form, written, MARKER))
        for name, written in form.write(world_of(MARKER, lines=lines)).items()
    }


def _read(form: Format, written: str, named: str) -> object:
    try:
        return form.read(written, named)
    except ValueError as error:
        return repr(error)
