"""Make the trend from days: the series, the rollups and the verdict."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.day import day_of_row, missing_day
from peaktrade_ops.stage1.models import (
    Comparison,
    RollingMean,
    Rollups,
    Trend,
    TrendRange,
    TrendRow,
)
from peaktrade_ops.stage1.policy import UNTIMED_CRITICAL, Judgement, has_data, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from peaktrade_ops.config import Policy
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Finding
    from peaktrade_ops.window import Window

ROLLING_DAYS: Final = 7
"""The number of calendar days of a rolling mean; only the days with data count."""

_COMPARED_DAYS: Final = 3


def range_of(window: Window, days: int) -> list[date]:
    """Return the calendar days of a trend: the last `days`, up to the report date, in order."""
    return [window.date - timedelta(days=back) for back in reversed(range(days))]


def build_trend(days: Sequence[Day], *, window: Window, policy: Policy) -> Trend:
    """Return the trend of a range.

    Args:
        days: Every day of the range, in order (see `range_of`); at least one.
        window: The window of the last day; its end is the time of the trend.
        policy: The thresholds of the verdict.
    """
    judgement = judge(days, policy)
    with_data = [day for day in days if has_data(day, policy)]
    total = sum(day.new_alerts for day in days)
    return Trend(
        schema_version=1,
        generated_at_utc=window.end,
        range=TrendRange(days=len(days), start=days[0].date, end=days[-1].date),
        series=tuple(_row(day, not has_data(day, policy)) for day in days),
        rollups=Rollups(
            new_alerts_total=total,
            new_alerts_avg=_mean(with_data),
            critical_days=sum(day.critical_alerts > 0 for day in days),
            parse_error_days=sum(day.parse_errors > 0 for day in days),
            operator_action_days=sum(day.operator_actions > 0 for day in days),
            go_no_go=judgement.verdict,
            reasons=judgement.reasons,
            rolling_mean_7d=tuple(
                RollingMean(
                    days[i].date, _rolling(days[max(i + 1 - ROLLING_DAYS, 0) : i + 1], policy)
                )
                for i in range(len(days))
            ),
            first_vs_last=_compare(with_data),
            policy=policy,
            findings=judgement.findings,
        ),
    )


def days_of(trend: Trend) -> list[Day]:
    """Return the days of a trend in order, with the data that its rows and findings contain."""
    findings = trend.rollups.findings or ()
    untimed = {day for each in findings if each.rule == UNTIMED_CRITICAL for day in each.days}
    return [day_of_row(row, untimed_critical=int(row.date in untimed)) for row in trend.series]


def days_since(trend: Trend, days: Iterable[Day]) -> list[date]:
    """Return the days whose present state differs from the state that the trend used.

    A verdict is valid only for the reports that it used. If a report is added, changed or deleted
    later, the verdict may be another one.

    Args:
        trend: The trend.
        days: All days that have a report now, in any range.

    Returns:
        In order: the days after the range of the trend, the days in the range that have changed,
        and the days for which a new judgement has other findings.
    """
    now = {day.date: day for day in days}
    rows = {row.date: row for row in trend.series}
    unseen = {day for day in now if day not in rows and not _is_before(day, trend.range)}
    policy = trend.rollups.policy
    changed = {
        day for day, row in rows.items() if _differs(now.get(day) or missing_day(day), row, policy)
    }
    return sorted(unseen | changed | _judged_differently(trend, now))


def _is_before(day: date, span: TrendRange) -> bool:
    return span.start is not None and day < span.start


def _differs(day: Day, row: TrendRow, policy: Policy | None) -> bool:
    if policy is None:
        # The earlier scripts wrote a missing day in this form.
        known = row.missing and row.state == "ok" and day.state == "missing"
        return not known and _row(day, not day.found) != row
    return _row(day, not has_data(day, policy)) != row


def _judged_differently(trend: Trend, now: Mapping[date, Day]) -> set[date]:
    """Return the days for which a new judgement differs, because rows lack some of its input.

    Findings are compared by rule and day, because a later version may change a text. The stored
    verdict must equal the new one, and the stored reasons must follow from the stored findings. A
    trend of version 0.1.0 has only reasons, which are compared as that version wrote them. Trends
    of the earlier scripts have other rules and are not judged again.
    """
    rollups = trend.rollups
    if rollups.policy is None or not trend.series:
        return set()
    days = [now.get(row.date) or missing_day(row.date) for row in trend.series]
    judgement = judge(days, rollups.policy)
    if rollups.findings is None:
        expected = judgement.full_reasons
        changed: set[date] = set()
    else:
        expected = Judgement(rollups.go_no_go, rollups.findings).reasons
        changed = {
            day for _, day in _objections(judgement.findings) ^ _objections(rollups.findings)
        }
    same = (rollups.go_no_go, rollups.reasons) == (judgement.verdict, expected)
    return changed or (set() if same else {days[-1].date})


def _objections(findings: Iterable[Finding]) -> set[tuple[str, date]]:
    return {(finding.rule, day) for finding in findings for day in finding.days}


def _row(day: Day, missing: bool) -> TrendRow:  # noqa: FBT001 (one of the fields)
    return TrendRow(
        date=day.date,
        new_alerts=day.new_alerts,
        critical_alerts=day.critical_alerts,
        parse_errors=day.parse_errors,
        operator_actions=day.operator_actions,
        missing=missing,
        state=day.state,
    )


def mean_of(numbers: Sequence[int]) -> float:
    """Return a mean rounded half to even to 2 places (section 6 of the contract); 0.0 if empty."""
    if not numbers:
        return 0.0
    # Use a fraction: a binary float cannot represent most halves of a hundredth.
    return float(round(Fraction(sum(numbers), len(numbers)), 2))


def _mean(days: Sequence[Day]) -> float:
    return mean_of([day.new_alerts for day in days])


def _rolling(days: Sequence[Day], policy: Policy) -> float | None:
    with_data = [day for day in days if has_data(day, policy)]
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
