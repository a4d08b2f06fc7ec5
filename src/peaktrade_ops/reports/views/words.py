"""Texts that several kinds of reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.stage1.models import Check, CheckResult, Verdict

VERDICT_MEANINGS: Final[dict[Verdict, str]] = {
    "GO": "every check passed",
    "HOLD": "do not go on before each reason is understood",
    "NO_GO": "do not go on",
}

OUT_OF_DATE: Final = "out of date"
"""The remark on a verdict that is not current (section 12 of the contract)."""

TAKE_FOR_HOLD: Final = "take it for HOLD, and make the trend again"


def verdict_word(verdict: Verdict, *, is_current: bool) -> str:
    """Return the word for a verdict; it is never GO for a verdict that is not current."""
    if is_current:
        return verdict
    return OUT_OF_DATE if verdict == "GO" else f"{verdict}, {OUT_OF_DATE}"


def verdict_meaning(verdict: Verdict, *, is_current: bool) -> str:
    """Return the action that a verdict requires."""
    return TAKE_FOR_HOLD if verdict == "GO" and not is_current else VERDICT_MEANINGS[verdict]


RULE_NAMES: Final[dict[str, str]] = {
    "critical": "Critical alerts",
    "not_understood": "Events that were not understood",
    "danger": "Dangers",
    "critical_actions": "Operator actions that are critical",
    "legacy_critical": "Criticals of legacy sources",
    "new_alerts": "New alerts in total",
    "parse_errors": "Parse errors",
    "incomplete": "Incomplete coverage",
    "unreadable": "Reports that cannot be read or trusted",
    "unlisted": "Reports that are not in the index",
    "missing": "Missing and empty days",
    "last_day": "The last day",
    "too_short": "Days with data",
    "gap": "Time that no report covers",
    "lost": "Telemetry that shows less than its report",
    "source_gone": "Folders without files or events any more",
    "mixed": "Reports made with other settings",
}
"""The rules of the verdict in words; a rule that is not here is shown by its name."""

_RESULT_ORDER: Final[tuple[CheckResult, ...]] = ("objects", "accepted", "passed")


def rule_in_words(rule: str) -> str:
    """Return a rule of the verdict in words; an unknown rule is untrusted text."""
    return RULE_NAMES.get(rule, rule)


def result_in_words(check: Check) -> str:
    """Return the result of a rule, with the verdict that an objection leads to."""
    return f"{check.result}: {check.verdict}" if check.result == "objects" else check.result


def in_order(checks: Iterable[Check]) -> list[Check]:
    """Return the rules that object first, then those that would without ``[[accepted]]``."""
    return sorted(checks, key=lambda check: _RESULT_ORDER.index(check.result))
