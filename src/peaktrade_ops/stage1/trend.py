"""Make the trend from days: the series, the rollups and the verdict."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.checks import checks_of
from peaktrade_ops.stage1.current import valid_until_of
from peaktrade_ops.stage1.day import day_of_row
from peaktrade_ops.stage1.faults import has_data
from peaktrade_ops.stage1.models import (
    Comparison,
    RollingMean,
    Rollups,
    Trend,
    TrendRange,
    TrendRow,
)
from peaktrade_ops.stage1.policy import judge, span_of
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.config import Config
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Finding
    from peaktrade_ops.window import Window

ROLLING_DAYS: Final = 7
"""The number of calendar days of a rolling mean; only the days with data count."""

_COMPARED_DAYS: Final = 3


def range_of(window: Window, days: int) -> list[date]:
    """Return the calendar days of a trend: the last `days`, up to the report date, in order."""
    return [window.date - timedelta(days=back) for back in reversed(range(days))]


def build_trend(
    days: Sequence[Day], *, window: Window, config: Config, stage: Stage = STAGE1
) -> Trend:
    """Build the trend of a range.

    Args:
        days: Every day of the range, in order (see `range_of`); at least one.
        window: The window of the last day; its end is the date of the trend.
        config: The thresholds of the verdict, and the accepted faults.
        stage: The stage.
    """
    policy = config.policy
    judgement = judge(days, policy, end=window.end, accepted=config.accepted, stage=stage)
    # A check says what was measured, accepted or not.
    span = span_of(days, policy, end=window.end)
    with_data = [day for day in days if has_data(day)]
    total = sum(day.new_alerts for day in days)
    return Trend(
        schema_version=1,
        generated_at_utc=window.end,
        range=TrendRange(days=len(days), start=days[0].date, end=days[-1].date),
        series=tuple(map(_row, days)),
        rollups=Rollups(
            new_alerts_total=total,
            new_alerts_avg=_mean(with_data),
            critical_days=sum(day.critical_alerts > 0 for day in days),
            parse_error_days=sum(day.parse_errors > 0 for day in days),
            operator_action_days=sum(day.operator_actions > 0 for day in days),
            go_no_go=judgement.verdict,
            reasons=judgement.reasons,
            rolling_mean_7d=tuple(
                RollingMean(days[i].date, _rolling(days[max(i + 1 - ROLLING_DAYS, 0) : i + 1]))
                for i in range(len(days))
            ),
            first_vs_last=_compare(with_data),
            policy=policy,
            findings=judgement.findings,
            tolerated=judgement.tolerated,
            checks=checks_of(span, judgement.findings),
        ),
        valid_until=valid_until_of(window.end),
        stage=stage.mark,
    )


def days_of(trend: Trend) -> list[Day]:
    """Return the days of a trend in order, with the data that its rows and findings contain."""
    return days_of_rows(trend.series, trend.rollups.findings or ())


def days_of_rows(rows: Sequence[TrendRow], findings: Sequence[Finding]) -> list[Day]:
    """Return the days of the rows of a trend in order, with what they and findings contain."""
    return [
        day_of_row(row, objections={each.rule for each in findings if row.date in each.days})
        for row in rows
    ]


def _row(day: Day) -> TrendRow:
    return TrendRow(
        date=day.date,
        new_alerts=day.new_alerts,
        critical_alerts=day.critical_alerts,
        parse_errors=day.parse_errors,
        operator_actions=day.operator_actions,
        missing=not has_data(day),
        state=day.state,
        sha256=day.sha256,
        records=day.records,
    )


def mean_of(numbers: Sequence[int]) -> float:
    """Return a mean rounded half to even to 2 places (section 6 of the contract); 0.0 if empty."""
    if not numbers:
        return 0.0
    # Use a fraction: a binary float cannot represent most halves of a hundredth.
    return float(round(Fraction(sum(numbers), len(numbers)), 2))


def _mean(days: Sequence[Day]) -> float:
    return mean_of([day.new_alerts for day in days])


def _rolling(days: Sequence[Day]) -> float | None:
    with_data = [day for day in days if has_data(day)]
    return _mean(with_data) if with_data else None


def _compare(with_data: Sequence[Day]) -> Comparison:
    first, last = with_data[:_COMPARED_DAYS], with_data[-_COMPARED_DAYS:]
    change = Fraction(str(_mean(last))) - Fraction(str(_mean(first)))
    return Comparison(
        first_days=tuple(day.date for day in first),
        last_days=tuple(day.date for day in last),
        first_avg=_mean(first),
        last_avg=_mean(last),
        change=float(change),
    )
