"""The page of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec

from peaktrade_ops.reports.store.names import page_name, snapshot_name, summary_name
from peaktrade_ops.reports.views.attention import concerns_of, numbers_of, quiet_sentence
from peaktrade_ops.reports.views.pages.charts import columns
from peaktrade_ops.reports.views.pages.coverage import coverage_of
from peaktrade_ops.reports.views.pages.evidence import attention, operator_actions
from peaktrade_ops.reports.views.pages.parts import (
    STATUS_TONES,
    Link,
    banner,
    document,
    figure,
    folded,
    neighbour_links,
    number,
    plural,
    rows,
    table,
    untrusted,
)
from peaktrade_ops.reports.views.pages.settings import settings_of
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.models import Summary
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.stage1.trend import ROLLING_DAYS, mean_of
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.reports.views.attention import Concern
    from peaktrade_ops.stage1.models import Hour, NamedCount

_LABELLED_HOURS: Final = 4


class Neighbours(msgspec.Struct, frozen=True):
    """The other days that a page shows.

    Attributes:
        earlier: The readable summaries of the six days before, in order.
        previous: The nearest earlier report; `None` if there is none.
        following: The nearest later report; `None` if there is none.
    """

    earlier: Sequence[Summary] = ()
    previous: Link | None = None
    following: Link | None = None


def snapshot_page(summary: Summary, neighbours: Neighbours, stage: Stage = STAGE1) -> str:
    """Return the page of a day.

    Args:
        summary: The summary of the day.
        neighbours: The other days that the page shows.
        stage: The stage.
    """
    return document(
        f"{stage.name} snapshot, {summary.date}",
        name=page_name(summary.date),
        place=neighbour_links(neighbours.previous, neighbours.following),
        main=_main(summary, neighbours.earlier, stage),
        sources=[
            Link(name(summary.date), name(summary.date)) for name in (summary_name, snapshot_name)
        ],
        stage=stage,
    )


def _main(summary: Summary, earlier: Sequence[Summary], stage: Stage) -> Iterator[h.Node]:
    concerns = concerns_of(summary)
    yield h.h1[f"{stage.title} daily snapshot, {summary.date}"]
    if summary.window:
        start, end = iso_utc(summary.window.start), iso_utc(summary.window.end)
        yield h.p(".quiet")[f"24 hours from {start} up to {end}"]
    else:
        yield h.p(".quiet")[f"Reported at {iso_utc(summary.created_at_utc)}"]
    yield _status(summary, concerns)
    if concerns:
        yield from attention(concerns, summary)
    yield from _numbers(summary, earlier)
    if summary.hourly:
        yield from _hours(summary.hourly)
    if summary.top:
        top = summary.top
        yield h.h2["What the events are"]
        yield h.div(".tops")[
            rows(
                _top("Severities", top.severities),
                _top("Types", top.types),
                _top("Rules", top.rules),
            )
        ]
    actions = summary.evidence.actions if summary.evidence else ()
    yield from operator_actions(actions, summary.metrics.operator_actions, concerns)
    if summary.coverage:
        yield from coverage_of(summary, summary.coverage)
    if summary.settings:
        yield from settings_of(summary.settings)


def _status(summary: Summary, concerns: Sequence[Concern]) -> h.Element:
    statuses = day_of_summary(summary).statuses
    notes = [h.li[untrusted(note)] for note in summary.notes]
    word, tone = statuses[0].capitalize(), STATUS_TONES[statuses[0]]
    others = f"also: {', '.join(statuses[1:])}" if len(statuses) > 1 else ""
    if statuses == ("clean",) and not concerns:
        others = quiet_sentence(summary)
    elif statuses == ("clean",):
        word, tone = "Attention", concerns[0].tone
    return banner(tone, word, others, h.ul[rows(*notes)] if notes else None)


def _numbers(summary: Summary, earlier: Sequence[Summary]) -> Iterator[h.Node]:
    having = [each for each in (*earlier, summary) if not day_of_summary(each).empty]
    yesterday = earlier[-1] if earlier and (summary.date - earlier[-1].date).days == 1 else None
    olds = {number.name: number.value for number in numbers_of(yesterday)} if yesterday else {}
    means: dict[str, list[int]] = {}
    for each in having:
        for known in numbers_of(each):
            means.setdefault(known.name, []).extend([] if known.value is None else [known.value])
    yield h.h2["The numbers of the day"]
    yield h.dl(".numbers")[
        rows(
            *(
                _number(
                    metric.label,
                    metric.tone,
                    getattr(summary.metrics, metric.name),
                    _yesterday(yesterday, _metric(yesterday, metric.name)),
                    _mean([getattr(each.metrics, metric.name) for each in having]),
                )
                for metric in shown_in(View.SNAPSHOT_PAGE)
            ),
            *(
                _number(
                    known.label,
                    known.tone,
                    known.value,
                    _yesterday(yesterday, olds.get(known.name)),
                    _mean(means.get(known.name, [])),
                )
                for known in numbers_of(summary)
            ),
        )
    ]
    yield h.p(".quiet")[
        f"A 7-day mean is over the days with events among the {ROLLING_DAYS} that end with this"
        f" one: {plural(len(having), 'day')}."
    ]


def _metric(summary: Summary | None, name: str) -> int | None:
    value: int | None = getattr(summary.metrics, name) if summary else None
    return value


def _number(label: str, tone: str, value: int | None, *compared: str) -> h.Element:
    shown = "not known" if value is None else number(value)
    size = "big" if value is not None else "small"
    return h.div[
        h.dt[label],
        h.dd(class_=[size, tone if value else ""])[shown],
        [h.dd[text] for text in compared],
    ]


def _yesterday(summary: Summary | None, value: int | None) -> str:
    if summary is None:
        return "yesterday: no summary"
    if value is None:
        return "yesterday: not known"
    day = day_of_summary(summary)
    # A 0 of a day without events is not a count; any other number is.
    said = "yesterday: no events" if day.empty and not value else f"yesterday {number(value)}"
    return said if day.complete else f"{said} (incomplete)"


def _mean(values: Sequence[int]) -> str:
    return f"7-day mean {mean_of(values):,.2f}" if values else "7-day mean: no data"


def _hours(hours: Sequence[Hour]) -> Iterator[h.Node]:
    yield h.h2["By hour"]
    yield h.div(".charts")[
        [
            _hourly("Events", "", hours, [hour.events for hour in hours]),
            _hourly("Alerts", "alerts", hours, [hour.alerts for hour in hours]),
        ]
    ]
    yield folded(
        "The 24 hours as a table",
        table(
            "Events and alerts by hour",
            ("Hour (UTC)", "Events", "Alerts"),
            (
                (f"{hour.start.astimezone(UTC):%m-%d %H:%M}", hour.events, hour.alerts)
                for hour in hours
            ),
        ),
    )


def _hourly(title: str, kind: str, hours: Sequence[Hour], values: Sequence[int]) -> h.Element:
    most = max(values)
    peak = f", most ({number(most)}) at {_clock(hours[values.index(most)])}" if most else ""
    says = f"{title} by hour of the window: {number(sum(values))} in total{peak}"
    labels = [_clock(hour) for hour in hours]
    # A file of another program may contain the same hour twice.
    unique = labels if len(set(labels)) == len(labels) else [str(i) for i in range(len(labels))]
    chart = columns(unique, values, every=_LABELLED_HOURS, says=says)
    return figure(title, chart, f"{says}.", kind=kind)


def _clock(hour: Hour) -> str:
    return iso_utc(hour.start)[11:16]


def _top(title: str, counts: Sequence[NamedCount]) -> h.Element:
    if not counts:
        return h.div[h.h3[title], h.p["None: no event lies in the window."]]
    most = max(item.count for item in counts) or 1
    return table(
        title,
        ("Name", "Events", "Share of the most frequent"),
        (
            (
                untrusted(item.name),
                item.count,
                h.span(".bar", style=f"--share: {_share(item.count, most)}%"),
            )
            for item in counts
        ),
    )


def _share(count: int, most: int) -> int:
    """Return a percentage, at least 1 for anything that was counted, so that it has a bar."""
    return max(count * 100 // most, min(count, 1))
