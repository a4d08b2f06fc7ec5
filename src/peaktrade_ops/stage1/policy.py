"""The verdict: the findings of all rules, without the accepted faults (section 7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.stage1.faults import DayRange, Fault
from peaktrade_ops.stage1.findings import reason_of
from peaktrade_ops.stage1.models import Finding
from peaktrade_ops.stage1.rules import RULES, Rule
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.stage1.tolerated import tolerated_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from peaktrade_ops.config import Accepted, Policy
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Verdict

ALL_PASSED: Final = "all checks passed"


class Judgement(NamedTuple):
    """A verdict, the findings that it is based on, and those it tolerates; GO has no findings."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    tolerated: tuple[Finding, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The findings as sentences; for GO, the sentence that all checks passed."""
        return tuple(map(reason_of, self.findings)) or (ALL_PASSED,)


def judge(
    days: Sequence[Day],
    policy: Policy,
    *,
    end: datetime,
    accepted: Sequence[Accepted] = (),
    stage: Stage = STAGE1,
) -> Judgement:
    """Return the verdict on consecutive calendar days.

    Args:
        days: All days of the range, in order; at least one.
        policy: The thresholds.
        end: The end of the last window, aware.
        accepted: The faults that the operator tolerates.
        stage: The stage.

    Returns:
        NO_GO if a rule of that verdict objects, HOLD if any other rule does, else GO.
    """
    span = span_of(days, policy, end=end, accepted=accepted, stage=stage)
    findings = []
    tolerated = list(_accepted_findings(span, accepted))
    for rule in RULES:
        faults = _objecting(rule, span)
        if faults:
            findings.append(_finding(rule, span, faults))
    tolerated += tolerated_of(span)
    verdicts = {finding.verdict for finding in findings}
    verdict: Verdict = "NO_GO" if "NO_GO" in verdicts else "HOLD" if verdicts else "GO"
    return Judgement(verdict, tuple(findings), tuple(tolerated))


def span_of(
    days: Sequence[Day],
    policy: Policy,
    *,
    end: datetime,
    accepted: Sequence[Accepted] = (),
    stage: Stage = STAGE1,
) -> DayRange:
    """Return the input of the rules (see `judge`)."""
    return DayRange(days, policy, _allowed(accepted), end, stage)


def objects_alone(day: Day, policy: Policy) -> bool:
    """Return whether the report of a day alone has a fault that a rule objects to.

    Accepted faults count too, because callers do not know the configuration.

    Args:
        day: The day.
        policy: The thresholds.
    """
    # No rule of one day looks at the end, which the last day of the calendar does not have.
    span = DayRange([day], policy, {}, day.end or datetime.max.replace(tzinfo=UTC))
    return any(rule.find(span) for rule in RULES if rule.is_of_one_day) or (
        day.found and span.is_absent(day)
    )


def _allowed(accepted: Sequence[Accepted]) -> dict[tuple[str, date], int]:
    """Return the number of tolerated faults by rule and day; the larger one of two entries."""
    allowed: dict[tuple[str, date], int] = {}
    for entry in accepted:
        key = (entry.rule, entry.date)
        allowed[key] = max(entry.count, allowed.get(key, 0))
    return allowed


def _objecting(rule: Rule, span: DayRange) -> list[Fault]:
    """Return the faults that a rule finds and that are not accepted."""
    found = rule.find(span)
    # The rule on alerts subtracts accepted alerts from its total itself.
    if not rule.is_acceptable or rule.name == "new_alerts":
        return list(found)
    return [fault for fault in found if fault.count > span.accepted.get((rule.name, fault.day), 0)]


def _finding(rule: Rule, span: DayRange, faults: Sequence[Fault]) -> Finding:
    days = tuple(day for fault in faults for day in fault.days)
    hint = span.stage.in_words(rule.hint(span, faults))
    return Finding(rule.name, rule.verdict, days, rule.text(span, faults), hint)


def _accepted_findings(span: DayRange, accepted: Sequence[Accepted]) -> list[Finding]:
    """Return the ``[[accepted]]`` entries for days of the range, each with its reason.

    An entry is listed even if there is no fault that it tolerates, because it would tolerate one.
    """
    days = {day.date for day in span.days}
    return [
        Finding(
            entry.rule,
            "GO",
            (entry.date,),
            f"accepted up to {entry.count} of {entry.rule}: {entry.reason}",
            "",
        )
        for entry in accepted
        if entry.date in days
    ]
