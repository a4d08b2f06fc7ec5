"""The tolerated facts of a verdict, as findings, mostly for GO (section 7 of the contract)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.config import Alerts, Policy, Sources
from peaktrade_ops.formats import presets
from peaktrade_ops.stage1.faults import has_data, plural
from peaktrade_ops.stage1.models import Finding, SeveritySettings
from peaktrade_ops.stage1.severity import CRITICAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.faults import DayRange
    from peaktrade_ops.stage1.models import Settings


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
    yield from _settings_lines(span)
    yield from _softer(span.policy)


def _is_off(span: DayRange, day: Day) -> bool:
    return span.policy.is_off(day.date)


def _partial(day: Day) -> int:
    return day.summary.coverage.partial if day.summary and day.summary.coverage else 0


def _settings_lines(span: DayRange) -> Iterator[Finding]:
    """Yield the lines of the configuration that can make a verdict milder, with their days."""
    lines: dict[tuple[str, str], list[Day]] = {}
    for day in span.days:
        settings = day.summary.settings if day.summary else None
        for line in dict.fromkeys(_milder_lines(settings) if settings else ()):
            lines.setdefault(line, []).append(day)
    for (rule, text), days in lines.items():
        yield _passed(rule, text, days)


def _milder_lines(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the lines of settings that can make a verdict milder: the kind and the text."""
    for pattern in settings.sources.ignore:
        yield "ignore", f"sources ignored: {pattern}"
    for pattern in settings.sources.legacy:
        if pattern not in Sources().legacy:
            yield "legacy", f"sources counted as legacy only: {pattern}"
    if settings.danger is not None:
        for words in Alerts().danger:
            if words not in settings.danger:
                yield "danger_words", f"not taken as a danger: {words}"
    common = settings.severity or SeveritySettings()
    yield from _milder_severities(common)
    for layout in settings.formats or ():
        # The settings of a format include those for all files and those of its preset.
        preset = presets().get(layout.preset or "")
        own = _without(layout.severity, common)
        where = f" in {', '.join(layout.files)}"
        if preset:
            rules = preset.severity
            said = SeveritySettings({**rules.map}, not_keys=rules.not_)
            own = _without(own, said)
            if any(_milder_severities(said)):
                yield "severity_map", f"severities as the preset {layout.preset} says{where}"
        yield from _milder_severities(own, where)


def _without(severity: SeveritySettings, known: SeveritySettings) -> SeveritySettings:
    """Return the settings of severities that other settings do not contain."""
    return SeveritySettings(
        map={value: to for value, to in severity.map.items() if known.map.get(value) != to},
        not_keys=tuple(key for key in severity.not_keys if key not in known.not_keys),
    )


def _milder_severities(severity: SeveritySettings, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield the severities that are not critical by the configuration, and the keys of none."""
    for value, to in severity.map.items():
        # An unknown value is an objection, so any class but critical is milder.
        if to != CRITICAL:
            yield "severity_map", f"severity taken as {to}{where}: {value}"
    for key in severity.not_keys:
        yield "severity_not", f"taken as no key of a severity{where}: {key}"


def _softer(policy: Policy) -> Iterator[Finding]:
    """Yield the thresholds that are softer than the defaults."""
    default = Policy()
    for name in softer_thresholds(policy, default):
        text = f"policy softer than the default: {name} = {threshold_of(policy, name)}"
        usual = getattr(default, name)
        instead = f" instead of {usual}" if usual else ""
        yield Finding("policy", "GO", (), text + instead, "")


def softer_thresholds(policy: Policy, other: Policy) -> list[str]:
    """Return the names of the thresholds of a policy that are softer than those of another one."""
    softer = {
        "max_new_alerts": policy.max_new_alerts > other.max_new_alerts,
        "max_missing_days": policy.max_missing_days > other.max_missing_days,
        "missing_window_days": policy.missing_window_days < other.missing_window_days,
        "min_days_with_data": policy.min_days_with_data < other.min_days_with_data,
        "retention_days": policy.retention_days < other.retention_days,
        "days_off": not set(policy.days_off) <= set(other.days_off),
    }
    return [name for name, is_softer in softer.items() if is_softer]


def threshold_of(policy: Policy, name: str) -> str:
    """Return the value of a threshold as text; ``none`` for no days."""
    value = getattr(policy, name)
    return (", ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def _on(rule: str, text: str, days: Sequence[Day]) -> Iterator[Finding]:
    if days:
        yield _passed(rule, text, days)


def _passed(rule: str, text: str, days: Sequence[Day]) -> Finding:
    return Finding(rule, "GO", tuple(day.date for day in days), text, "")
