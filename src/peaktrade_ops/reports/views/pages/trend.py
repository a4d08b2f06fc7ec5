"""The page of the trend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.store.names import CALENDAR, TREND_HTML, TREND_JSON, TREND_MARKDOWN
from peaktrade_ops.reports.views.pages.charts import Point, lines
from peaktrade_ops.reports.views.pages.parts import (
    Link,
    Verdicts,
    document,
    figure,
    number,
    plural,
    printable_lines,
    rows,
    table,
    untrusted,
    verdict_banner,
    wide,
)
from peaktrade_ops.reports.views.words import VERDICT_MEANINGS
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.findings import OPEN_END, day_groups, hint_parts, is_open, joiner_of
from peaktrade_ops.stage1.metrics import NEW_ALERTS, View, shown_in
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.stage1.trend import ROLLING_DAYS, days_of
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from peaktrade_ops.config import Policy
    from peaktrade_ops.reports.views.pages.parts import Cell
    from peaktrade_ops.stage1.day import DayStatus
    from peaktrade_ops.stage1.metrics import Metric
    from peaktrade_ops.stage1.models import Finding, Rollups, Trend, TrendRow

NO_DATA: Final = frozenset({"missing", "empty", "unreadable"})
"""The states of days without numbers to show: a 0 of such a day is not a count."""

# The reasons of the verdict come first, so that a phone shows them without scrolling.
_COLUMNS: Final = sorted(shown_in(View.TREND), key=lambda metric: metric.tone != "bad")


def trend_page(verdicts: Verdicts, reports: Mapping[str, str]) -> str:
    """Render the page of the trend, the verdict first.

    Args:
        verdicts: The trend, or the reason why there is none.
        reports: The file to open for each day that has a report, by its date.
    """
    trend = verdicts.trend
    title = f"{STAGE1.name} trend: {verdicts.word}"
    if trend is None:
        return document(
            title,
            name=TREND_HTML,
            place=(),
            main=[h.h1[title], *verdict_banner(verdicts)],
            sources=[Link(CALENDAR, "the reports folder")],
        )
    return document(
        title,
        name=TREND_HTML,
        place=(),
        main=[h.h1[title], *_main(trend, verdicts, reports)],
        sources=[Link(name, name) for name in (TREND_JSON, TREND_MARKDOWN)],
    )


def _main(trend: Trend, verdicts: Verdicts, reports: Mapping[str, str]) -> Iterator[h.Node]:
    rollups = trend.rollups
    targets = {str(row.date): f"#{_row_id(row)}" for row in trend.series} | dict(reports)
    yield from verdict_banner(
        verdicts,
        VERDICT_MEANINGS[rollups.go_no_go],
        _reasons(rollups, targets),
    )
    yield h.p(".quiet")[
        f"{plural(trend.range.days, 'day')}, from {trend.range.start} to {trend.range.end};"
        f" given for {iso_utc(trend.generated_at_utc)}, valid until {iso_utc(validity_of(trend))}"
    ]
    if rollups.tolerated:
        yield h.h2["Let pass"]
        yield h.ul[rows(*(h.li[_finding(each, targets)] for each in rollups.tolerated))]
    if trend.series:
        yield h.h2["The series"]
        yield h.div(".charts")[[_chart(trend, metric) for metric in shown_in(View.TREND)]]
        yield h.p(".quiet")[
            "Shaded: no data, because a day is missing, empty or unreadable. A hollow dot is a day"
            " of incomplete coverage: there may have been more. The dashed line is the"
            f" {ROLLING_DAYS}-day mean."
        ]
    yield from _rollups(rollups)
    yield h.h2["The days"]
    yield wide("The days", _days(trend, reports))
    if rollups.policy:
        yield from _policy(rollups.policy)


def _reasons(rollups: Rollups, targets: Mapping[str, str]) -> h.Element:
    """Return the reasons of a verdict, from its findings if it has any."""
    items = [h.li[_finding(finding, targets)] for finding in rollups.findings or ()]
    return h.ul[rows(*(items or [h.li[untrusted(reason)] for reason in rollups.reasons]))]


def _finding(finding: Finding, targets: Mapping[str, str]) -> Iterator[h.Node]:
    """Yield the text of a finding, links to its days, and its hint."""
    yield untrusted(finding.text)
    for i, group in enumerate(day_groups(finding)):
        yield ", " if i else ": "
        for k, day in enumerate(group):
            yield joiner_of(finding) if k else None
            yield _day_link(str(day), targets)
        if is_open(finding, group):
            yield OPEN_END
    if finding.hint:
        sentence, lines = hint_parts(finding)
        yield h.span(".hint")[untrusted(sentence)]
        if lines:
            yield h.pre(".hint")[printable_lines(lines)]


def _day_link(day: str, targets: Mapping[str, str]) -> h.Node:
    return h.a(href=targets[day])[day] if day in targets else day


def _chart(trend: Trend, metric: Metric) -> h.Element:
    series, title = trend.series, metric.label
    values = [(row, _number(row, metric.name)) for row in series]
    points = [
        Point(value, certain=not _lacks_data(row) and row.state != "incomplete")
        for row, value in values
    ]
    known = [(row, value) for row, value in values if value is not None]
    gaps = len(series) - len(known)
    says = f"{title} a day: no data"
    if known:
        row, most = max(known, key=lambda pair: pair[1])
        peak = f", most ({number(most)}) on {row.date}" if most else ""
        total = sum(value for _, value in known)
        days = f"{plural(len(known), 'day')} with data"
        says = f"{title} a day: {plural(total, metric.noun)} in {days}{peak}"
    says += f"; {plural(gaps, 'day')} without data" if gaps and known else ""
    means = {mean.date: mean.new_alerts for mean in trend.rollups.rolling_mean_7d or ()}
    mean = [means.get(row.date) for row in series] if metric is NEW_ALERTS else None
    labels = [f"{row.date:%m-%d}" for row in series]
    return figure(title, lines(labels, points, mean, says=says), f"{says}.")


def _rollups(rollups: Rollups) -> Iterator[h.Node]:
    yield h.h2["New alerts over the range"]
    total, mean = number(rollups.new_alerts_total), number(rollups.new_alerts_avg)
    facts = [f"{total} in total, {mean} a day with data"]
    means = [mean for mean in rollups.rolling_mean_7d or () if mean.new_alerts is not None]
    if means:
        facts.append(
            f"{ROLLING_DAYS}-day mean at the end, {means[-1].date}: {means[-1].new_alerts:,.2f}"
        )
    compared = rollups.first_vs_last
    if compared and compared.first_days and compared.last_days:
        facts.append(
            f"first {plural(len(compared.first_days), 'day')} with data"
            f" ({compared.first_days[0]} to {compared.first_days[-1]}): {compared.first_avg:,.2f} a"
            f" day; last {plural(len(compared.last_days), 'day')} with data"
            f" ({compared.last_days[0]} to {compared.last_days[-1]}): {compared.last_avg:,.2f} a"
            f" day; change: {compared.change:+,.2f}"
        )
    facts.append(
        f"{plural(rollups.critical_days, 'day')} with critical alerts,"
        f" {plural(rollups.parse_error_days, 'day')} with parse errors,"
        f" {plural(rollups.operator_action_days, 'day')} with operator actions"
    )
    yield h.ul[[h.li[fact] for fact in facts]]


def _days(trend: Trend, reports: Mapping[str, str]) -> h.Element:
    means = {mean.date: mean.new_alerts for mean in trend.rollups.rolling_mean_7d or ()}
    heads: list[str] = ["Day", "State"]
    for metric in _COLUMNS:
        heads += [metric.column, "7-day mean"] if metric is NEW_ALERTS else [metric.column]
    return table(
        "Newest last, - for no data",
        heads,
        (
            _day(row, day.statuses, means.get(row.date), reports)
            for row, day in zip(trend.series, days_of(trend), strict=True)
        ),
    )


def _day(
    row: TrendRow, statuses: Sequence[DayStatus], mean: float | None, reports: Mapping[str, str]
) -> Sequence[Cell]:
    day = str(row.date)
    place = h.span(id=_row_id(row))[h.a(href=reports[day])[day] if day in reports else day]
    cells: list[int | float | None] = []
    for metric in _COLUMNS:
        value = _number(row, metric.name)
        cells += [value, mean] if metric is NEW_ALERTS else [value]
    return (place, ", ".join(statuses), *("-" if value is None else value for value in cells))


def _number(row: TrendRow, name: str) -> int | None:
    """Return a number of a row; `None` if it is a 0 that was not counted.

    Any other number is shown in every state, so that a file that contradicts itself cannot hide
    the number.
    """
    value: int = getattr(row, name)
    return None if _lacks_data(row) and not value else value


def _lacks_data(row: TrendRow) -> bool:
    return row.missing or row.state in NO_DATA


def _row_id(row: TrendRow) -> str:
    return f"day-{row.date}"


def _policy(policy: Policy) -> Iterator[h.Node]:
    yield h.h2["The policy behind the verdict"]
    yield table(
        "Thresholds",
        ("Threshold", "Value"),
        (
            ("New alerts allowed in total", policy.max_new_alerts),
            (
                f"Missing days allowed in any {policy.missing_window_days}",
                policy.max_missing_days,
            ),
            ("Days with data wanted", policy.min_days_with_data),
            ("Days off", ", ".join(policy.days_off) or "none"),
            ("Days that telemetry is kept at least", policy.retention_days),
        ),
    )
