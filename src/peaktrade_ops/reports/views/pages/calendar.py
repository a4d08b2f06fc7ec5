"""The calendar of all days in a reports folder."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec

from peaktrade_ops.reports.store.names import CALENDAR, INDEX
from peaktrade_ops.reports.views.pages.marks import MARKS, cell_marks, says_of
from peaktrade_ops.reports.views.pages.parts import (
    STATUS_TONES,
    Link,
    Verdicts,
    decision_note,
    document,
    number,
    plural,
    rows,
    untrusted,
    verdict_banner,
)
from peaktrade_ops.reports.views.words import VERDICT_MEANINGS
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.day import Day, missing_day
from peaktrade_ops.stage1.findings import hint_parts
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.models import Finding, Rollups

_REASONS: Final = 3
_ALL: Final = "All reasons and their days"
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


class _Shown(msgspec.Struct, frozen=True):
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
        f"{verdicts.stage.name} reports",
        name=CALENDAR,
        place=(),
        main=_main(days, verdicts, reports),
        sources=[Link(INDEX, "the files of this folder")],
        stage=verdicts.stage,
    )


def _main(days: Sequence[Day], verdicts: Verdicts, reports: Mapping[str, str]) -> Iterator[h.Node]:
    yield h.h1[f"{verdicts.stage.title} reports"]
    trend = verdicts.trend
    if trend is None:
        yield from verdict_banner(verdicts)
    else:
        meaning = VERDICT_MEANINGS[trend.rollups.go_no_go]
        yield from verdict_banner(
            verdicts,
            f"{meaning}; {plural(trend.range.days, 'day')} up to {trend.range.end}",
            h.ul[rows(*_reasons(trend.rollups))],
            h.p[h.a(href=verdicts.stage.trend_html)[_all_of(trend.rollups)]],
        )
        yield h.p(".quiet")[f"The verdict is valid until {iso_utc(validity_of(trend))}."]
    yield decision_note(verdicts)
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


def _reasons(rollups: Rollups) -> Iterator[h.Node]:
    """Yield the first reasons with their hints; whole sentences if the trend has no findings."""
    findings = rollups.findings or ()
    for finding in findings[:_REASONS]:
        yield h.li[list(_reason(finding))]
    if not findings:
        yield from (h.li[untrusted(reason)] for reason in rollups.reasons[:_REASONS])


def _reason(finding: Finding) -> Iterator[h.Node]:
    yield untrusted(finding.text)
    sentence, _ = hint_parts(finding)
    if sentence:
        yield h.span(".hint")[untrusted(sentence)]


def _all_of(rollups: Rollups) -> str:
    rest = len(rollups.findings or rollups.reasons) - _REASONS
    return f"All reasons and their days ({number(rest)} more)" if rest > 0 else _ALL


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
    says = says_of(day)
    content: list[h.Node] = [
        h.b[str(day.date.day)],
        list(cell_marks(day)),
        h.span(".unseen")[f" {says}"],
    ]
    target = reports.get(str(day.date))
    return h.td(class_=STATUS_TONES[day.statuses[0]])[
        h.a(href=target, title=says)[content] if target else h.span(".day", title=says)[content]
    ]


def _name(month: Month) -> str:
    return f"{_MONTHS[month[1] - 1]} {month[0]}"
