"""The page of a day."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final, NamedTuple

import htpy as h

from peaktrade_ops.reports.store.names import page_name, snapshot_name, summary_name
from peaktrade_ops.reports.views.pages.charts import columns
from peaktrade_ops.reports.views.pages.parts import (
    STATUS_TONES,
    Link,
    banner,
    document,
    figure,
    neighbour_links,
    number,
    plural,
    table,
    untrusted,
    wide,
)
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.stage1.trend import ROLLING_DAYS, mean_of
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from peaktrade_ops.stage1.models import Coverage, Hour, Metrics, NamedCount, Settings, Summary

_LABELLED_HOURS: Final = 4


class Neighbours(NamedTuple):
    """The other days that a page shows.

    Attributes:
        earlier: The readable summaries of the six days before, in order.
        previous: The nearest earlier report; `None` if there is none.
        following: The nearest later report; `None` if there is none.
    """

    earlier: Sequence[Summary] = ()
    previous: Link | None = None
    following: Link | None = None


def snapshot_page(summary: Summary, neighbours: Neighbours) -> str:
    """Return the page of a day.

    Args:
        summary: The summary of the day.
        neighbours: The other days that the page shows.
    """
    return document(
        f"{STAGE1.name} snapshot, {summary.date}",
        name=page_name(summary.date),
        place=neighbour_links(neighbours.previous, neighbours.following),
        main=_main(summary, neighbours.earlier),
        sources=[
            Link(name(summary.date), name(summary.date)) for name in (summary_name, snapshot_name)
        ],
    )


def _main(summary: Summary, earlier: Sequence[Summary]) -> Iterator[h.Node]:
    yield h.h1[f"{STAGE1.title} daily snapshot, {summary.date}"]
    if summary.window:
        start, end = iso_utc(summary.window.start), iso_utc(summary.window.end)
        yield h.p(".quiet")[f"24 hours from {start} up to {end}"]
    else:
        yield h.p(".quiet")[f"Reported at {iso_utc(summary.created_at_utc)}"]
    yield _status(summary)
    yield from _numbers(summary, earlier)
    if summary.hourly:
        yield from _hours(summary.hourly)
    if summary.top:
        top = summary.top
        yield h.h2["What the events are"]
        yield h.div(".tops")[
            [
                _top("Severities", top.severities),
                _top("Types", top.types),
                _top("Rules", top.rules),
            ]
        ]
    if summary.coverage:
        yield from _coverage(summary.coverage)
    if summary.rejected:
        yield h.h2["Rejected records, of any age"]
        count = summary.coverage.rejected if summary.coverage else len(summary.rejected)
        yield wide(
            "Rejected records",
            table(
                f"The first {number(len(summary.rejected))} of {number(count)} in all files",
                ("File", "Line", "Reason"),
                (
                    (untrusted(item.path), item.line, untrusted(item.reason))
                    for item in summary.rejected
                ),
            ),
        )
    if summary.settings:
        yield from _settings(summary.settings)


def _status(summary: Summary) -> h.Element:
    statuses = day_of_summary(summary).statuses
    notes = [h.li[untrusted(note)] for note in summary.notes]
    others = f"also: {', '.join(statuses[1:])}" if len(statuses) > 1 else ""
    if statuses == ("clean",):
        known = "nothing left unread" if summary.coverage else "its coverage unknown"
        others = f"no alert and no rejected record in the window, {known}"
    return banner(
        STATUS_TONES[statuses[0]], statuses[0].capitalize(), others, h.ul[notes] if notes else None
    )


def _numbers(summary: Summary, earlier: Sequence[Summary]) -> Iterator[h.Node]:
    having = [each.metrics for each in (*earlier, summary) if not day_of_summary(each).empty]
    yesterday = earlier[-1] if earlier and (summary.date - earlier[-1].date).days == 1 else None
    yield h.h2["The numbers of the day"]
    yield h.dl(".numbers")[
        [
            h.div[
                h.dt[metric.label],
                h.dd(class_=["big", metric.tone if getattr(summary.metrics, metric.name) else ""])[
                    number(getattr(summary.metrics, metric.name))
                ],
                h.dd[_yesterday(yesterday, metric.name)],
                h.dd[_mean(having, metric.name)],
            ]
            for metric in shown_in(View.SNAPSHOT_PAGE)
        ]
    ]
    yield h.p(".quiet")[
        f"A 7-day mean is over the days with events among the {ROLLING_DAYS} that end with this"
        f" one: {plural(len(having), 'day')}."
    ]


def _yesterday(summary: Summary | None, name: str) -> str:
    if summary is None:
        return "yesterday: no summary"
    day = day_of_summary(summary)
    value = getattr(summary.metrics, name)
    # A 0 of a day without events is not a count; any other number is.
    said = "yesterday: no events" if day.empty and not value else f"yesterday {number(value)}"
    return said if day.complete else f"{said} (incomplete)"


def _mean(having: Sequence[Metrics], name: str) -> str:
    if not having:
        return "7-day mean: no data"
    return f"7-day mean {mean_of([getattr(metrics, name) for metrics in having]):,.2f}"


def _hours(hours: Sequence[Hour]) -> Iterator[h.Node]:
    yield h.h2["By hour"]
    yield h.div(".charts")[
        [
            _hourly("Events", "", hours, [hour.events for hour in hours]),
            _hourly("Alerts", "alerts", hours, [hour.alerts for hour in hours]),
        ]
    ]
    yield table(
        "Events and alerts by hour",
        ("Hour (UTC)", "Events", "Alerts"),
        ((f"{hour.start.astimezone(UTC):%m-%d %H:%M}", hour.events, hour.alerts) for hour in hours),
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
                h.span(".bar", style=f"--share: {item.count * 100 // most}%"),
            )
            for item in counts
        ),
    )


def _coverage(coverage: Coverage) -> Iterator[h.Node]:
    yield h.h2["Coverage"]
    if coverage.complete:
        yield h.p[h.strong(".good")["Complete"], ": no event of the window can be missing."]
    else:
        yield h.p[h.strong(".bad")["Incomplete"], ": events of the window may be missing."]
    times = (
        f", dated from {iso_utc(coverage.first)} to {iso_utc(coverage.last)}"
        if coverage.first and coverage.last
        else ""
    )
    yield h.p[
        f"{plural(coverage.scanned, 'file')} scanned of"
        f" {plural(coverage.candidates, 'candidate')}{times}."
    ]
    yield table(
        "Lines by outcome",
        ("Outcome", "Lines"),
        (
            ("Events", coverage.events),
            ("Rejected", coverage.rejected),
            ("Partial, still being written", coverage.partial),
            ("Blank", coverage.blank),
            ("All lines", coverage.lines),
        ),
    )
    yield table(
        "Events by time",
        ("Time", "Events"),
        (
            ("In the window", coverage.in_window),
            ("After the window", coverage.future),
            ("Without a time", coverage.untimed),
            ("Without a time, critical, standing in the window", coverage.untimed_critical),
            ("Without a UTC offset, read as UTC", coverage.naive),
        ),
    )
    if coverage.left_out:
        yield wide(
            "Left out",
            table(
                "Left out, and why",
                ("Path", "Reason"),
                ((untrusted(item.path), untrusted(item.reason)) for item in coverage.left_out),
            ),
        )
    if coverage.files:
        yield wide(
            "Files scanned",
            table(
                "Files scanned",
                ("File", "Bytes", "Lines", "Blank", "Events", "Rejected", "Partial"),
                (
                    (
                        untrusted(file.path),
                        file.bytes,
                        file.lines,
                        file.blank,
                        file.events,
                        file.rejected,
                        file.partial,
                    )
                    for file in coverage.files
                ),
            ),
        )


def _settings(settings: Settings) -> Iterator[h.Node]:
    fields, sources = settings.fields, settings.sources
    yield h.h2["How it was read"]
    yield wide(
        "Settings",
        table(
            "Settings",
            ("Setting", "Value"),
            (
                ("Keys of the time", _texts(fields.time)),
                ("Keys of the severity", _texts(fields.severity)),
                ("Keys of the type", _texts(fields.type)),
                ("Keys of the rule", _texts(fields.rule)),
                ("Legacy sources", _texts(sources.legacy)),
                ("Ignored", _texts(sources.ignore)),
                ("Legacy keywords", untrusted(settings.legacy_regex)),
            ),
        ),
    )


def _texts(texts: Iterable[str]) -> h.Element:
    return h.span[[part for text in texts for part in (untrusted(text), " ")] or "none"]
