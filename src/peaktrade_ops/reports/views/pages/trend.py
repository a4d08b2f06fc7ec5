"""The page of the trend."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.store.names import CALENDAR
from peaktrade_ops.reports.views.pages.charts import Point, lines
from peaktrade_ops.reports.views.pages.findings import Targets, let_pass, reason_id, what_to_do
from peaktrade_ops.reports.views.pages.heat import hours_figure
from peaktrade_ops.reports.views.pages.marks import marks_key
from peaktrade_ops.reports.views.pages.parts import (
    Link,
    Verdicts,
    decision_note,
    document,
    figure,
    number,
    plural,
    rows,
    table,
    untrusted,
    verdict_banner,
    wide,
)
from peaktrade_ops.reports.views.pages.severities import severities_figure
from peaktrade_ops.reports.views.pages.strips import Strip, range_of
from peaktrade_ops.reports.views.words import (
    VERDICT_MEANINGS,
    in_order,
    result_in_words,
    rule_in_words,
)
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.metrics import NEW_ALERTS, View, shown_in
from peaktrade_ops.stage1.trend import ROLLING_DAYS, days_of
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from peaktrade_ops.config import Policy
    from peaktrade_ops.reports.views.pages.parts import Cell
    from peaktrade_ops.stage1.metrics import Metric
    from peaktrade_ops.stage1.models import Check, CheckResult, Rollups, Summary, Trend, TrendRow

TOLERATED_ID: Final = "let-pass"
"""The id of the list of what a verdict let pass."""

NO_DATA: Final = frozenset({"missing", "empty", "unreadable"})
"""The states of days without numbers to show: a 0 of such a day is not a count."""

# The reasons of the verdict come first, so that a phone shows them without scrolling.
_COLUMNS: Final = sorted(shown_in(View.TREND), key=lambda metric: metric.tone != "bad")

_RESULTS: Final[tuple[tuple[CheckResult, str], ...]] = (
    ("objects", "object"),
    ("accepted", "accepted"),
    ("passed", "passed"),
)


def trend_page(
    verdicts: Verdicts,
    reports: Mapping[str, str],
    summaries: Mapping[date, Summary] | None = None,
) -> str:
    """Render the page of the trend, the verdict first.

    Args:
        verdicts: The trend, or the reason why there is none.
        reports: The file to open for each day that has a report, by its date.
        summaries: The readable summaries of the range, by date; without any, the page has neither
            hours nor severities.
    """
    trend, stage = verdicts.trend, verdicts.stage
    title = f"{stage.name} trend: {verdicts.word}"
    if trend is None:
        return document(
            title,
            name=stage.trend_html,
            place=(),
            main=[h.h1[title], *verdict_banner(verdicts)],
            sources=[Link(CALENDAR, "the reports folder")],
            stage=stage,
        )
    places = {str(row.date): f"#{_row_id(row)}" for row in trend.series}
    targets = Targets(places, reports, summaries or {})
    return document(
        title,
        name=stage.trend_html,
        place=(),
        main=[h.h1[title], *_main(trend, verdicts, targets)],
        sources=[Link(name, name) for name in (stage.trend_json, stage.trend_markdown)],
        stage=stage,
    )


def _main(trend: Trend, verdicts: Verdicts, targets: Targets) -> Iterator[h.Node]:
    rollups = trend.rollups
    passed = len(rollups.tolerated or ())
    yield from verdict_banner(
        verdicts,
        VERDICT_MEANINGS[rollups.go_no_go],
        *what_to_do(rollups, targets),
        h.p["It ", h.a(href=f"#{TOLERATED_ID}")[f"let {plural(passed, 'thing')} pass"], "."]
        if passed
        else None,
    )
    yield h.p(".quiet")[
        f"{plural(trend.range.days, 'day')}, from {trend.range.start} to {trend.range.end};"
        f" given for {iso_utc(trend.generated_at_utc)}, valid until {iso_utc(validity_of(trend))}"
    ]
    yield decision_note(verdicts)
    strips = _strips(trend, targets)
    if strips and targets.summaries:
        span = range_of(strips)
        yield h.h2["The days at a glance"]
        yield h.div(".glance")[rows(hours_figure(span), severities_figure(span))]
        yield marks_key([strip.day for strip in strips])
    # A GO that may be wrong must not claim that there is no problem.
    checks = rollups.checks if verdicts.is_current or rollups.go_no_go != "GO" else None
    yield h.div(".verdict")[rows(*_grounds(rollups, checks or (), targets))]
    if trend.series:
        yield h.h2["The series"]
        yield h.div(".charts")[[_chart(trend, metric) for metric in shown_in(View.TREND)]]
        yield h.p(".quiet")[
            "Shaded: no data, because a day is missing, empty or unreadable. A hollow dot is a day"
            " of incomplete coverage: there may have been more. The dashed line is the"
            f" {ROLLING_DAYS}-day mean."
        ]
    yield h.h2["The days"]
    yield h.div(".verdict")[
        rows(
            wide("The days", _days(trend, strips)),
            h.section[rows(*_policy(rollups.policy))] if rollups.policy else None,
        )
    ]


def _grounds(rollups: Rollups, checks: Sequence[Check], targets: Targets) -> Iterator[h.Node]:
    """Yield what a verdict rests on: every rule; beside it, what it let pass, and the alerts."""
    if checks:
        yield h.section[rows(h.h2["Every rule of the verdict"], _checks(rollups, checks))]
    passed: list[h.Node] = []
    if rollups.tolerated:
        passed = [h.h2(id=TOLERATED_ID)["Let pass"], let_pass(rollups.tolerated, targets)]
    yield h.section[rows(*passed, *_rollups(rollups))]


def _checks(rollups: Rollups, checks: Sequence[Check]) -> h.Element:
    """Return the table of all rules, those that object first, with a link to what to do."""
    places = {finding.rule: i for i, finding in enumerate(rollups.findings or (), 1)}
    return table(
        _counted(checks),
        ("Rule", "Measured", "Threshold", "Result"),
        (
            (
                untrusted(rule_in_words(check.rule)),
                untrusted(check.measured),
                untrusted(check.threshold),
                _result(check, places.get(check.rule)),
            )
            for check in in_order(checks)
        ),
        kind="checks",
    )


def _counted(checks: Sequence[Check]) -> str:
    counts = Counter(check.result for check in checks)
    told = [f"{number(counts[result])} {word}" for result, word in _RESULTS if counts[result]]
    return f"{plural(len(checks), 'rule')}: {', '.join(told)}"


def _result(check: Check, place: int | None) -> h.Element:
    says = result_in_words(check)
    content = h.a(href=f"#{reason_id(place)}")[says] if place else says
    if check.result == "objects":
        return h.strong(class_="bad" if check.verdict == "NO_GO" else "watch")["✖ ", content]
    return h.span(class_="watch" if check.result == "accepted" else "good")[
        "◐ " if check.result == "accepted" else "✓ ", content
    ]


def _strips(trend: Trend, targets: Targets) -> list[Strip]:
    """Return the days of the range with their hours and severities.

    The states are those of the trend; only a trusted summary can add to them.
    """
    strips = []
    for day in days_of(trend):
        summary = targets.summaries.get(day.date)
        known = day_of_summary(summary) if summary and day.found else day
        strips.append(Strip(known, targets.reports.get(str(day.date)), summary))
    return strips


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


def _days(trend: Trend, strips: Sequence[Strip]) -> h.Element:
    means = {mean.date: mean.new_alerts for mean in trend.rollups.rolling_mean_7d or ()}
    heads: list[str] = ["Day", "State"]
    for metric in _COLUMNS:
        heads += [metric.column, "7-day mean"] if metric is NEW_ALERTS else [metric.column]
    return table(
        "Newest last, - for no data",
        heads,
        (
            _day(row, strip, means.get(row.date))
            for row, strip in zip(trend.series, strips, strict=True)
        ),
    )


def _day(row: TrendRow, strip: Strip, mean: float | None) -> Sequence[Cell]:
    day = str(row.date)
    place = h.span(id=_row_id(row))[h.a(href=strip.target)[day] if strip.target else day]
    cells: list[int | float | None] = []
    for metric in _COLUMNS:
        value = _number(row, metric.name)
        cells += [value, mean] if metric is NEW_ALERTS else [value]
    states = ", ".join(strip.day.statuses)
    return (place, states, *("-" if value is None else value for value in cells))


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
    yield h.h3["The policy behind the verdict"]
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
