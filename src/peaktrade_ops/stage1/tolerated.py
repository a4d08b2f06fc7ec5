"""The tolerated facts of a verdict, as findings, mostly for GO (section 7 of the contract)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.config import Policy, Sources
from peaktrade_ops.stage1.faults import has_data, plural
from peaktrade_ops.stage1.models import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.faults import DayRange


def tolerated_of(span: DayRange) -> Iterator[Finding]:
    """Yield the facts that no rule objects to, without the accepted faults."""
    days = span.days
    alerts = [day for day in days if day.new_alerts]
    total = sum(day.new_alerts for day in alerts)
    accepted = [span.accepted.get(("new_alerts", day.date), 0) for day in alerts]
    rest = sum(max(d.new_alerts - most, 0) for d, most in zip(alerts, accepted, strict=True))
    if total and rest <= span.policy.max_new_alerts:
        yield _passed("new_alerts", plural(total, "new alert"), alerts)
    off = [day for day in days if day.readable and not has_data(day) and _is_off(span, day)]
    yield from _on("days_off", "days off without data", off)
    partial = [day for day in days if _partial(day)]
    yield from _on("partial", "lines that were still being written", partial)
    old = [day for day in days if day.is_of_earlier_scripts]
    yield from _on("earlier_scripts", "reports of the earlier scripts, which tell no coverage", old)
    aged = [day for day in days if day.is_aged]
    yield from _on("aged", "reports whose telemetry has reached the end of its retention", aged)
    yield from _patterns(span)
    yield from _softer(span.policy)


def _is_off(span: DayRange, day: Day) -> bool:
    return span.policy.is_off(day.date)


def _partial(day: Day) -> int:
    return day.summary.coverage.partial if day.summary and day.summary.coverage else 0


def _patterns(span: DayRange) -> Iterator[Finding]:
    """Yield the patterns of sources that are not counted, with the days of their reports."""
    known = set(Sources().legacy)
    for kind, what in (("ignore", "ignored"), ("legacy", "counted as legacy only")):
        patterns: dict[str, list[Day]] = {}
        for day in span.days:
            settings = day.summary.settings if day.summary else None
            for pattern in getattr(settings.sources, kind) if settings else ():
                if kind == "ignore" or pattern not in known:
                    patterns.setdefault(pattern, []).append(day)
        for pattern, days in patterns.items():
            yield _passed(kind, f"sources {what}: {pattern}", days)


def _softer(policy: Policy) -> Iterator[Finding]:
    """Yield the thresholds that are softer than the defaults."""
    default = Policy()
    softer = (
        ("max_new_alerts", policy.max_new_alerts > default.max_new_alerts),
        ("max_missing_days", policy.max_missing_days > default.max_missing_days),
        ("missing_window_days", policy.missing_window_days < default.missing_window_days),
        ("min_days_with_data", policy.min_days_with_data < default.min_days_with_data),
        ("retention_days", policy.retention_days < default.retention_days),
        ("days_off", bool(policy.days_off)),
    )
    values = msgspec.structs.asdict(policy)
    usual = msgspec.structs.asdict(default)
    for name, is_softer in softer:
        if is_softer:
            text = f"policy softer than the default: {name} = {_written(values[name])}"
            instead = f" instead of {usual[name]}" if usual[name] else ""
            yield Finding("policy", "GO", (), text + instead, "")


def _written(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _on(rule: str, text: str, days: Sequence[Day]) -> Iterator[Finding]:
    if days:
        yield _passed(rule, text, days)


def _passed(rule: str, text: str, days: Sequence[Day]) -> Finding:
    return Finding(rule, "GO", tuple(day.date for day in days), text, "")
