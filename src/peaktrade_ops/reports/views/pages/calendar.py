"""The calendar of all days in a reports folder."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import htpy as h

from peaktrade_ops.reports.store.names import CALENDAR, INDEX, TREND_HTML
from peaktrade_ops.reports.views.pages.parts import (
    STATUS_TONES,
    Link,
    Verdicts,
    document,
    number,
    plural,
    rows,
    untrusted,
    verdict_banner,
)
from peaktrade_ops.reports.views.words import VERDICT_MEANINGS
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.day import missing_day
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from peaktrade_ops.stage1.day import Day, DayStatus
    from peaktrade_ops.stage1.models import Rollups

MARKS: Final[dict[DayStatus, str]] = {
    "clean": "✓",
    "alerts": "▲",
    "critical": "✖",
    "parse errors": "¶",
    "incomplete": "◐",
    "lost": "↓",
    "unlisted": "!",
    "unreadable": "?",
    "empty": "○",
    "missing": "–",  # noqa: RUF001 (a dash, as wide as the other marks)
}
"""The mark of each state of a day, so that the states differ not only in colour."""
_REASONS: Final = 5
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Month = tuple[int, int]


class _Shown(NamedTuple):
    """The content of the calendar: the days with a report, the file of each, and the ends."""

    days: Mapping[date, Day]
    reports: Mapping[str, str]
    first: date
    last: date


def calendar_page(days: Sequence[Day], verdicts: Verdicts, reports: Mapping[str, str]) -> str:
    """Render the calendar, the current verdict first, the newest month before the older ones.

    Args:
        days: The days that have a report, in order.
        verdicts: The trend, or the reason why there is none.
        reports: The file to open for each of the days, by its date.
    """
    return document(
        f"{STAGE1.name} reports",
        name=CALENDAR,
        place=(),
        main=_main(days, verdicts, reports),
        sources=[Link(INDEX, "the files of this folder")],
    )


def _main(days: Sequence[Day], verdicts: Verdicts, reports: Mapping[str, str]) -> Iterator[h.Node]:
    yield h.h1[f"{STAGE1.title} reports"]
    trend = verdicts.trend
    if trend is None:
        yield from verdict_banner(verdicts)
    else:
        meaning = VERDICT_MEANINGS[trend.rollups.go_no_go]
        yield from verdict_banner(
            verdicts,
            f"{meaning}; {plural(trend.range.days, 'day')} up to {trend.range.end}",
            h.ul[rows(*(h.li[untrusted(text)] for text in _short(trend.rollups)[:_REASONS]))],
            h.p[h.a(href=TREND_HTML)["All reasons and their days"]],
        )
        yield h.p(".quiet")[f"The verdict is valid until {iso_utc(validity_of(trend))}."]
    if not days:
        yield h.p["There is no report yet."]
        return
    last = days[-1]
    shown = _Shown({day.date: day for day in days}, reports, days[0].date, last.date)
    yield h.p[
        "Latest report: ",
        h.a(href=reports[str(last.date)])[str(last.date)],
        f" ({', '.join(last.statuses)}). ",
        f"{plural(len(days), 'report')} from {days[0].date} to {last.date}.",
    ]
    yield h.h2["Calendar"]
    yield _key(days)
    yield h.div(".months")[rows(*_months(shown))]


def _short(rollups: Rollups) -> Sequence[str]:
    """Return the reasons without their days; whole sentences if the trend has no findings."""
    return [finding.text for finding in rollups.findings or ()] or rollups.reasons


def _key(days: Sequence[Day]) -> h.Element:
    """Return the legend of the marks, with the number of days by their most severe status."""
    counts = Counter(day.statuses[0] for day in days)
    counts["missing"] += (days[-1].date - days[0].date).days + 1 - len(days)
    return h.ul(".key", aria_label="What the marks mean, and on how many days")[
        rows(
            *(
                h.li[
                    h.i(class_=STATUS_TONES[status], aria_hidden="true")[mark],
                    f" {status} ({number(counts[status])})",
                ]
                for status, mark in MARKS.items()
            )
        )
    ]


def _months(shown: _Shown) -> Iterator[h.Node]:
    """Yield every month from the last to the first; months without a report are combined."""
    first, last = shown.first, shown.last
    having = {(day.year, day.month) for day in shown.days}
    every = [
        divmod(i, 12)
        for i in range(last.year * 12 + last.month - 1, first.year * 12 + first.month - 2, -1)
    ]
    for reported, run in groupby(((year, i + 1) for year, i in every), having.__contains__):
        if reported:
            yield from (_month(month, shown) for month in run)
        else:
            newest, *_, oldest = [*run] * 2
            span = _name(newest) if newest == oldest else f"{_name(oldest)} to {_name(newest)}"
            yield h.p[f"{span}: no report"]


def _month(month: Month, shown: _Shown) -> h.Element:
    # Day numbers instead of dates: a date of the last week may exceed the latest supported date.
    weeks = calendar.Calendar().monthdayscalendar(*month)
    return h.table(".month")[
        rows(
            h.caption[_name(month)],
            h.thead[h.tr[[h.th(scope="col", abbr=day)[day[:3]] for day in _WEEKDAYS]]],
            h.tbody[
                rows(
                    *(
                        h.tr[rows(*(_place(month, number, shown) for number in week))]
                        for week in weeks
                    )
                )
            ],
        )
    ]


def _place(month: Month, number: int, shown: _Shown) -> h.Element:
    """Return the cell of a day of a month; the number 0 is a day of another month."""
    if not number:
        return h.td
    day = date(*month, number)
    if shown.first <= day <= shown.last:
        return _cell(shown.days.get(day) or missing_day(day), shown.reports)
    return h.td[str(number)]


def _cell(day: Day, reports: Mapping[str, str]) -> h.Element:
    statuses = day.statuses
    says = ", ".join(statuses)
    counts = [
        plural(count, metric.noun)
        for metric in shown_in(View.CALENDAR)
        if (count := getattr(day, metric.name))
    ]
    says = f"{says}: {', '.join(counts)}" if counts else says
    content = [
        h.b[str(day.date.day)],
        h.i(class_=STATUS_TONES[statuses[0]], aria_hidden="true")[MARKS[statuses[0]]],
        h.span(".unseen")[f" {says}"],
    ]
    target = reports.get(str(day.date))
    return h.td(class_=STATUS_TONES[statuses[0]])[
        h.a(href=target, title=says)[content] if target else h.span(".day", title=says)[content]
    ]


def _name(month: Month) -> str:
    return f"{_MONTHS[month[1] - 1]} {month[0]}"
