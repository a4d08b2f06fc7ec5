"""What each rule of the verdict measured, and its threshold, whether it objects or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.faults import DayRange, Fault, has_data, plural
from peaktrade_ops.stage1.models import Check
from peaktrade_ops.stage1.rules import RULES, most_absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.stage1.models import CheckResult, Finding
    from peaktrade_ops.stage1.rules import Rule


class Measure(msgspec.Struct, frozen=True):
    """How a rule is shown that objects to nothing, too.

    Attributes:
        measured: Returns what was measured, accepted or not, from the range and the faults in it.
        threshold: Returns what the rule allows.
    """

    measured: Callable[[DayRange, Sequence[Fault]], str]
    threshold: Callable[[Policy], str] = lambda _policy: "none allowed"


def checks_of(span: DayRange, findings: Sequence[Finding]) -> tuple[Check, ...]:
    """Return the check of every rule, in the order of the rules.

    Args:
        span: The range that the rules checked.
        findings: The objections of the rules to this range.
    """
    objecting = {finding.rule for finding in findings}
    # Some rules leave out accepted faults themselves.
    whole = msgspec.structs.replace(span, accepted={})
    return tuple(_check(rule, whole, is_objecting=rule.name in objecting) for rule in RULES)


def _check(rule: Rule, whole: DayRange, *, is_objecting: bool) -> Check:
    faults = rule.find(whole)
    result: CheckResult = "objects" if is_objecting else "accepted" if faults else "passed"
    measure = MEASURES[rule.name]
    return Check(
        rule=rule.name,
        verdict=rule.verdict,
        measured=measure.measured(whole, faults),
        threshold=measure.threshold(whole.policy),
        result=result,
    )


def _counted(noun: str) -> Callable[[DayRange, Sequence[Fault]], str]:
    """Return a function that returns the sum of the counts of faults, and on how many days."""

    def measured(_span: DayRange, faults: Sequence[Fault]) -> str:
        total = plural(sum(fault.count for fault in faults), noun)
        return f"{total} on {plural(len(faults), 'day')}" if faults else total

    return measured


def _number_of(noun: str) -> Callable[[DayRange, Sequence[Fault]], str]:
    """Return a function that returns the number of faults."""

    def measured(_span: DayRange, faults: Sequence[Fault]) -> str:
        return plural(len(faults), noun)

    return measured


def _alerts(span: DayRange, _faults: Sequence[Fault]) -> str:
    return plural(sum(day.new_alerts for day in span.days), "alert")


def _missing(span: DayRange, _faults: Sequence[Fault]) -> str:
    days = plural(sum(map(span.is_absent, span.days)), "day")
    most = most_absent(span)
    is_by_window = most and span.policy.max_missing_days
    return f"{days}, {most} within {span.policy.missing_window_days}" if is_by_window else days


def _most_missing(policy: Policy) -> str:
    if not policy.max_missing_days:
        return "none allowed"
    return f"at most {policy.max_missing_days} within {policy.missing_window_days} days"


def _last_day(span: DayRange, _faults: Sequence[Fault]) -> str:
    last = span.days[-1]
    if has_data(last):
        return "has data"
    lacks = "unreadable" if not last.readable else "empty" if last.found else "missing"
    return f"{lacks}, a day off" if last.readable and span.policy.is_off(last.date) else lacks


def _with_data(span: DayRange, _faults: Sequence[Fault]) -> str:
    return f"{plural(sum(map(has_data, span.days)), 'day')} with data"


_DAYS: Final = Measure(_number_of("day"))

MEASURES: Final[Mapping[str, Measure]] = {
    "critical": Measure(_counted("critical alert")),
    "not_understood": Measure(_counted("event")),
    "danger": Measure(_counted("event")),
    "critical_actions": Measure(_counted("action")),
    "legacy_critical": Measure(_counted("event")),
    "new_alerts": Measure(_alerts, lambda policy: f"at most {policy.max_new_alerts}"),
    "parse_errors": Measure(_counted("parse error")),
    "incomplete": _DAYS,
    "unreadable": _DAYS,
    "unlisted": _DAYS,
    "missing": Measure(_missing, _most_missing),
    "last_day": Measure(_last_day, lambda _policy: "neither missing nor empty"),
    "too_short": Measure(_with_data, lambda policy: f"at least {policy.min_days_with_data}"),
    "gap": Measure(_number_of("gap")),
    "lost": _DAYS,
    "source_gone": Measure(lambda _, faults: plural(sum(each.count for each in faults), "folder")),
    "mixed": _DAYS,
}
"""The measure of every rule, by its name."""
