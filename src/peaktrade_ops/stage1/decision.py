"""The decision of the owner about the next stage: the facts, and whether they support it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.findings import GAP
from peaktrade_ops.stage1.models import Choice, Decision, Facts, Note, Owner, PastDecision, Verdict
from peaktrade_ops.stage1.policy import judge
from peaktrade_ops.stage1.settings import settings_of
from peaktrade_ops.stage1.tolerated import softer_thresholds, threshold_of
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from peaktrade_ops.config import Config
    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Comparison, Direction, Trend


_RANKS: Final = get_args(Verdict)
_STRICTER: Final = "the configuration is stricter now, so make the trend again"
_READ_OTHERWISE: Final = (
    "the reports were made with another configuration, or by other rules, so give both commands the"
    " same --config and run stage1-run again"
)


class Wish(msgspec.Struct, frozen=True):
    """What the owner wants.

    Attributes:
        owner: Who decides.
        decision: The decision.
        note: The reason; `None` for none.
        override: Whether a ``go`` that the facts do not support is meant.
    """

    owner: Owner
    decision: Choice
    note: Note | None = None
    override: bool = False


def facts_of(trend: Trend, doubts: Sequence[str]) -> Facts:
    """Return what a trend says of its range.

    Args:
        trend: The trend.
        doubts: The reasons why its verdict is not current, one sentence each.
    """
    rollups, rows = trend.rollups, trend.series
    findings = rollups.findings or ()
    return Facts(
        verdict=rollups.go_no_go,
        doubts=tuple(doubts),
        valid_until=validity_of(trend),
        range=trend.range,
        new_alerts=rollups.new_alerts_total,
        critical_alerts=sum(row.critical_alerts for row in rows),
        parse_errors=sum(row.parse_errors for row in rows),
        operator_actions=sum(row.operator_actions for row in rows),
        gaps=tuple(day for finding in findings if finding.rule == GAP for day in finding.days),
        missing_days=sum(row.missing for row in rows),
        direction=_direction(rollups.first_vs_last),
        first_vs_last=rollups.first_vs_last,
        days=rows,
        findings=findings,
        tolerated=rollups.tolerated or (),
    )


def doubts_of_clock(history: Sequence[PastDecision], now: datetime) -> list[str]:
    """Return why a clock may have been set back, so that no verdict would ever expire.

    Args:
        history: The earlier decisions, the oldest first.
        now: The time by the clock, aware.

    Returns:
        One sentence; empty if the clock is not behind the last decision.
    """
    return [
        f"the clock says {iso_utc(now)}, but the decision before is of"
        f" {iso_utc(past.decided_at_utc)}"
        for past in history[-1:]
        if now < past.decided_at_utc
    ]


def doubts_of_config(trend: Trend, days: Sequence[Day], config: Config) -> list[str]:
    """Return why a configuration is not the one that a verdict rests on.

    Telemetry that is read in another way can show criticals that the reports do not have, so any
    change of the reading counts. Of the policy only a stricter one does.

    Args:
        trend: The trend.
        days: The days of its range, as they are now.
        config: The configuration, as it is now.

    Returns:
        Up to two sentences; empty if it reads as then, and allows at least as much.
    """
    return [*_doubts_of_reading(days, config), *_doubts_of_policy(trend, days, config)]


def _doubts_of_reading(days: Sequence[Day], config: Config) -> list[str]:
    stored = [day.summary.settings for day in days if day.summary and day.summary.settings]
    # Days unlike the last one are an objection of the verdict itself.
    for last in stored[-1:]:
        # The keyword search is an option of the command that made the report.
        now = settings_of(config, last.legacy_regex, scope="root")
        if last.digest != now.digest:
            return [_READ_OTHERWISE]
    return []


def _doubts_of_policy(trend: Trend, days: Sequence[Day], config: Config) -> list[str]:
    then, now = trend.rollups.policy or Policy(), config.policy
    softer = [
        f"{name} = {threshold_of(then, name)} instead of {threshold_of(now, name)}"
        for name in softer_thresholds(then, now)
    ]
    if softer:
        return [f"{_STRICTER}: it was given with {', '.join(softer)}"]
    if not days:
        return []
    judged = judge(days, config.policy, end=trend.generated_at_utc, accepted=config.accepted)
    if _RANKS.index(judged.verdict) <= _RANKS.index(trend.rollups.go_no_go):
        return []
    rules = ", ".join(finding.rule for finding in judged.findings)
    return [f"{_STRICTER}: by it the verdict is {judged.verdict} ({rules})"]


def past_of(decision: Decision, sha256: str) -> PastDecision:
    """Return a decision as an entry of the history of the next one.

    Args:
        decision: The decision.
        sha256: The digest of its file.
    """
    return PastDecision(
        decided_at_utc=decision.decided_at_utc,
        owner=decision.owner,
        decision=decision.decision,
        verdict=decision.facts.verdict,
        override=decision.override,
        note=decision.note,
        sha256=sha256,
    )


def objection_to_go(facts: Facts) -> str:
    """Return why facts do not support a ``go``, as a clause; empty if they do."""
    if facts.support_go:
        return ""
    if facts.doubts:
        # A verdict that is not current is never shown as GO.
        word = "" if facts.verdict == "GO" else f"{facts.verdict} and "
        return f"the verdict is {word}out of date ({'; '.join(facts.doubts)})"
    return f"the verdict is {facts.verdict}"


def _direction(compared: Comparison | None) -> Direction:
    if compared is None or not compared.first_days or not compared.last_days:
        return "unknown"
    return "up" if compared.change > 0 else "down" if compared.change < 0 else "flat"
