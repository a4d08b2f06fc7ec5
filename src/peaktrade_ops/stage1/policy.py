"""The rules of the verdict: one place, each rule with its reason (section 7 of the contract)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from peaktrade_ops.config import Policy
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Verdict

ALL_PASSED = "all checks passed"


class Judgement(NamedTuple):
    """A verdict with all its reasons, each with the days that it rests on."""

    verdict: Verdict
    reasons: tuple[str, ...]


def judge(days: Sequence[Day], policy: Policy) -> Judgement:
    """Judge neighbouring calendar days.

    Args:
        days: The days of the range, in order, none left out.
        policy: The thresholds.

    Returns:
        NO_GO with any critical alert, HOLD where any other rule objects, else GO.
    """
    critical = _critical_alerts(days)
    objections = [
        reason
        for reason in (
            _without_data(days, policy),
            _last_day(days, policy),
            _few_days(days, policy),
            _new_alerts(days, policy),
            _on("parse errors", (day for day in days if day.parse_errors)),
            _on("incomplete coverage", (day for day in days if day.state == "incomplete")),
            _on("unreadable reports", (day for day in days if not day.readable)),
            _on("critical events without a time", (day for day in days if day.untimed_critical)),
            _gaps(days),
        )
        if reason
    ]
    if critical:
        return Judgement("NO_GO", (critical, *objections))
    if objections:
        return Judgement("HOLD", tuple(objections))
    return Judgement("GO", (ALL_PASSED,))


def has_data(day: Day, policy: Policy) -> bool:
    """Say whether a day has data: a readable report, and not one of an empty day."""
    return day.found and not (day.empty and policy.empty_is_missing)


def _critical_alerts(days: Sequence[Day]) -> str:
    return _on("critical alerts", (day for day in days if day.critical_alerts))


def _without_data(days: Sequence[Day], policy: Policy) -> str:
    """Object to too many missing or empty days among neighbours; an unreadable day is no such."""
    size = policy.missing_window_days
    objectionable: dict[date, Day] = {}
    for start in range(max(len(days) - size, 0) + 1):
        absent = [day for day in days[start : start + size] if _is_missing(day, policy)]
        if len(absent) > policy.max_missing_days:
            objectionable |= {day.date: day for day in absent}
    return _on(
        f"more than {policy.max_missing_days} missing or empty in {size} days",
        objectionable.values(),
    )


def _is_missing(day: Day, policy: Policy) -> bool:
    return day.readable and not has_data(day, policy)


def _last_day(days: Sequence[Day], policy: Policy) -> str:
    last = days[-1]
    return f"the last day is missing or empty: {last.date}" if _is_missing(last, policy) else ""


def _few_days(days: Sequence[Day], policy: Policy) -> str:
    wanted = min(policy.min_days_with_data, len(days))
    lacking = [day for day in days if not has_data(day, policy)]
    having = len(days) - len(lacking)
    if having >= wanted:
        return ""
    return f"{_plural(having, 'day')} with data, {wanted} wanted, " + _on("none", lacking)


def _new_alerts(days: Sequence[Day], policy: Policy) -> str:
    total = sum(day.new_alerts for day in days)
    if total <= policy.max_new_alerts:
        return ""
    alerting = [day for day in days if day.new_alerts]
    return f"{total} new alerts, more than {policy.max_new_alerts}" + _dates(alerting)


def _gaps(days: Sequence[Day]) -> str:
    """Object to time between the windows of neighbours that no window covers.

    A missing day between two others leaves its own 24 hours open, which the rules for missing
    days judge; anything beyond that is a gap.
    """
    gaps = []
    covered = [(day, day.start, day.end) for day in days if day.start and day.end]
    for (before, _, end), (after, start, _) in pairwise(covered):
        missing = (after.date - before.date).days - 1
        if (start - end).total_seconds() > missing * 86_400:
            gaps.append(f"{before.date} and {after.date}")
    return f"time that no window covers between: {', '.join(gaps)}" if gaps else ""


def _on(what: str, days: Iterable[Day]) -> str:
    """Say on which days something was; nothing where it was on none."""
    days = list(days)
    return f"{what} on {_plural(len(days), 'day')}" + _dates(days) if days else ""


def _dates(days: Iterable[Day]) -> str:
    dates = ", ".join(str(day.date) for day in days)
    return f": {dates}" if dates else ""


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
