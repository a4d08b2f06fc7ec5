"""Texts that several kinds of reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from peaktrade_ops.stage1.models import (
        Check,
        CheckResult,
        Choice,
        Direction,
        Facts,
        TrendRow,
        Verdict,
    )

VERDICT_MEANINGS: Final[dict[Verdict, str]] = {
    "GO": "every check passed",
    "HOLD": "do not go on before each reason is understood",
    "NO_GO": "do not go on",
}

OUT_OF_DATE: Final = "out of date"
"""The remark on a verdict that is not current (section 12 of the contract)."""

TAKE_FOR_HOLD: Final = "take it for HOLD, until a run makes it current again"


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

_MOST_NAMED: Final = 10
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


CHOICES: Final[dict[Choice, str]] = {
    "go": "go on to the next stage",
    "extend": "stay in this stage for longer",
    "no-go": "do not go on to the next stage",
}
"""The decisions of an owner in words."""

DIRECTIONS: Final[dict[Direction, str]] = {
    "up": "up",
    "down": "down",
    "flat": "neither up nor down",
    "unknown": "not known",
}

OVERRIDE: Final = "OVERRIDE"
"""The mark of a go that the facts do not support."""

HISTORY_LOST: Final = (
    "an earlier decision was changed or lost, so the list of earlier decisions is not complete"
)


def override_sentence(facts: Facts) -> str:
    """Return the sentence about a go that the facts do not support; it has text of a file."""
    doubts = f", and it was {OUT_OF_DATE}: {'; '.join(facts.doubts)}" if facts.doubts else ""
    return f"the owner went on against the facts: the verdict was {facts.verdict}{doubts}"


def changed_sentence(names: Sequence[str]) -> str:
    """Return the sentence about files that changed after a decision; it has text of a file."""
    shown = ", ".join(names[:_MOST_NAMED]) + (", and others" if len(names) > _MOST_NAMED else "")
    return f"the facts of this decision are those of its time; changed or gone since: {shown}"


def numbers_of_row(row: TrendRow) -> list[int | str]:
    """Return the numbers of a day of a trend, and - for those of a day without data."""
    numbers = [getattr(row, metric.name) for metric in shown_in(View.TREND)]
    # A number that was counted is shown in every state.
    return ["-" if row.missing and not number else number for number in numbers]


def facts_in_words(facts: Facts) -> list[tuple[str, str]]:
    """Return the facts of a decision, each with its value; some have text of a file."""
    compared, span = facts.first_vs_last, facts.range
    change = ""
    if compared and facts.direction != "unknown":
        change = (
            f": {compared.first_avg:.2f} a day at first, {compared.last_avg:.2f} at last"
            f" ({compared.change:+.2f})"
        )
    return [
        ("Verdict", facts.verdict),
        ("Current", f"no: {'; '.join(facts.doubts)}" if facts.doubts else "yes"),
        ("Valid until (UTC)", iso_utc(facts.valid_until)),
        ("Days", f"{span.days}, from {span.start} to {span.end}"),
        ("New alerts", str(facts.new_alerts)),
        ("Critical alerts", str(facts.critical_alerts)),
        ("Parse errors", str(facts.parse_errors)),
        ("Operator actions", str(facts.operator_actions)),
        ("Gaps between reports", ", ".join(map(str, facts.gaps)) or "none"),
        ("Days without data", str(facts.missing_days)),
        ("New alerts go", f"{DIRECTIONS[facts.direction]}{change}"),
    ]
