"""The rules of the verdict, as a table (section 7 of the contract).

A rule checks the days of the range against the thresholds, and returns an objection or `None`. To
add a rule, add a function and a row of `RULES`.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.stage1.findings import GAP, full_reason_of, reason_of
from peaktrade_ops.stage1.models import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from peaktrade_ops.config import Policy
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Verdict

ALL_PASSED: Final = "all checks passed"
UNTIMED_CRITICAL: Final = "untimed_critical"

_SECONDS_A_DAY: Final = 86_400


class Objection(NamedTuple):
    """The objection of a rule: a text without dates, and the days that it is about, in order."""

    text: str
    days: Sequence[date]


class Rule(NamedTuple):
    """One rule of the verdict.

    Attributes:
        name: The name in findings, for programs.
        verdict: The verdict if the rule objects.
        check: Returns the objection to the days of a range; `None` if there is none.
        hint: The action that repairs the problem, one sentence without a full stop.
    """

    name: str
    verdict: Verdict
    check: Callable[[Sequence[Day], Policy], Objection | None]
    hint: str


class Judgement(NamedTuple):
    """A verdict and the findings that lead to it; GO has no findings."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The findings as sentences; for GO, the sentence that all checks passed."""
        return tuple(map(reason_of, self.findings)) or (ALL_PASSED,)

    @property
    def full_reasons(self) -> tuple[str, ...]:
        """The reasons with every day listed, as version 0.1.0 wrote them."""
        return tuple(map(full_reason_of, self.findings)) or (ALL_PASSED,)


def judge(days: Sequence[Day], policy: Policy) -> Judgement:
    """Return the verdict for consecutive calendar days.

    Args:
        days: All days of the range, in order; at least one.
        policy: The thresholds.

    Returns:
        NO_GO if a rule of that verdict objects, HOLD if any other rule does, else GO.
    """
    findings = []
    for rule in RULES:
        objection = rule.check(days, policy)
        if objection:
            findings.append(
                Finding(rule.name, rule.verdict, tuple(objection.days), objection.text, rule.hint)
            )
    verdicts = {finding.verdict for finding in findings}
    verdict: Verdict = "NO_GO" if "NO_GO" in verdicts else "HOLD" if verdicts else "GO"
    return Judgement(verdict, tuple(findings))


def has_data(day: Day, policy: Policy) -> bool:
    """Return whether a day has a readable report that the policy does not treat as missing."""
    return day.found and not (day.empty and policy.empty_is_missing)


def _critical(days: Sequence[Day], _policy: Policy) -> Objection | None:
    return _objection_on("critical alerts", (day for day in days if day.critical_alerts))


def _missing(days: Sequence[Day], policy: Policy) -> Objection | None:
    """Object to too many missing or empty days close together; an unreadable day is neither."""
    size = policy.missing_window_days
    absent: set[date] = set()
    for start in range(max(len(days) - size, 0) + 1):
        here = {day.date for day in days[start : start + size] if _is_missing(day, policy)}
        if len(here) > policy.max_missing_days:
            absent |= here
    return _objection_on(
        f"more than {policy.max_missing_days} missing or empty in {size} days",
        (day for day in days if day.date in absent),
    )


def _last_day(days: Sequence[Day], policy: Policy) -> Objection | None:
    last = days[-1]
    if not _is_missing(last, policy):
        return None
    return Objection("the last day is missing or empty", [last.date])


def _too_short(days: Sequence[Day], policy: Policy) -> Objection | None:
    wanted = min(policy.min_days_with_data, len(days))
    lacking = [day for day in days if not has_data(day, policy)]
    present = len(days) - len(lacking)
    if present >= wanted:
        return None
    return _objection_on(f"{_plural(present, 'day')} with data, {wanted} wanted, none", lacking)


def _new_alerts(days: Sequence[Day], policy: Policy) -> Objection | None:
    total = sum(day.new_alerts for day in days)
    if total <= policy.max_new_alerts:
        return None
    return Objection(
        f"{total} new alerts, more than {policy.max_new_alerts}",
        [day.date for day in days if day.new_alerts],
    )


def _parse_errors(days: Sequence[Day], _policy: Policy) -> Objection | None:
    return _objection_on("parse errors", (day for day in days if day.parse_errors))


def _incomplete(days: Sequence[Day], _policy: Policy) -> Objection | None:
    return _objection_on("incomplete coverage", (day for day in days if day.state == "incomplete"))


def _unreadable(days: Sequence[Day], _policy: Policy) -> Objection | None:
    return _objection_on("unreadable reports", (day for day in days if not day.readable))


def _untimed_critical(days: Sequence[Day], _policy: Policy) -> Objection | None:
    return _objection_on(
        "critical events without a time", (day for day in days if day.untimed_critical)
    )


def _gap(days: Sequence[Day], _policy: Policy) -> Objection | None:
    """Object to time between the windows of two days that no window covers.

    A missing day between two others leaves 24 hours uncovered, which the rules for missing days
    judge. Any more uncovered time is a gap.
    """
    covered = [(day, day.start, day.end) for day in days if day.start and day.end]
    gaps = [
        (before.date, after.date)
        for (before, _, end), (after, start, _) in pairwise(covered)
        if (start - end).total_seconds() > ((after.date - before.date).days - 1) * _SECONDS_A_DAY
    ]
    if not gaps:
        return None
    return Objection("time that no window covers between", [*chain.from_iterable(gaps)])


RULES: Final = (
    Rule(
        "critical",
        "NO_GO",
        _critical,
        "find the cause in the reports of these days; the verdict changes when they have left the"
        " range",
    ),
    Rule(
        "missing",
        "HOLD",
        _missing,
        "make the missing reports with stage1-snapshot --from DAY --to DAY and then the trend;"
        " where a day is empty, find out why its writers wrote nothing",
    ),
    Rule(
        "last_day",
        "HOLD",
        _last_day,
        "make its report with stage1-snapshot --date DAY and then the trend; if it stays empty,"
        " check that the writers still run",
    ),
    Rule(
        "too_short",
        "HOLD",
        _too_short,
        "make the reports of days that have telemetry, or wait until enough days have data",
    ),
    Rule(
        "new_alerts",
        "HOLD",
        _new_alerts,
        "see which rules raise them, and repair the cause or the rule; what you accept, you allow"
        " with max_new_alerts under [policy] of stage1.toml",
    ),
    Rule(
        "parse_errors",
        "HOLD",
        _parse_errors,
        "repair the rejected lines that the reports of these days list, or their writer; then make"
        " the reports and the trend again",
    ),
    Rule(
        "incomplete",
        "HOLD",
        _incomplete,
        "the reports of these days list what was left out and why: repair that, then make the"
        " reports and the trend again",
    ),
    Rule(
        "unreadable",
        "HOLD",
        _unreadable,
        "see what verify says of these files; restore them or make the reports again, then make"
        " the trend again",
    ),
    Rule(
        UNTIMED_CRITICAL,
        "HOLD",
        _untimed_critical,
        "let the writer give these events a time; until then treat each as a critical alert",
    ),
    Rule(
        GAP,
        "HOLD",
        _gap,
        "make the reports of both days again as whole days, with stage1-snapshot --date DAY, and"
        " then the trend",
    ),
)
"""All rules, in the order of the reasons."""


def _is_missing(day: Day, policy: Policy) -> bool:
    return day.readable and not has_data(day, policy)


def _objection_on(what: str, days: Iterable[Day]) -> Objection | None:
    """Return an objection with the number of days in its text; `None` if there are no days."""
    dates = [day.date for day in days]
    return Objection(f"{what} on {_plural(len(dates), 'day')}", dates) if dates else None


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
