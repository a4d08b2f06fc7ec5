"""Tests of `peaktrade_ops.stage1.tolerated`: the list of what a verdict tolerates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from peaktrade_ops.config import Alerts, Policy, SeverityRules
from peaktrade_ops.formats import presets
from peaktrade_ops.stage1 import tolerated as tolerated_module
from peaktrade_ops.stage1.day import missing_day
from peaktrade_ops.stage1.faults import DayRange
from peaktrade_ops.stage1.models import FieldSettings, Finding, FormatSettings, SeveritySettings
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.stage1.tolerated import tolerated_of
from tests.support.artifacts import (
    DAY,
    coverage,
    end_of,
    old_markdown,
    quiet_days,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Summary

FOURTH = date(2025, 12, 17)


def week(day: Day | None = None, **changes: object) -> list[Day]:
    """Return a quiet week whose fourth day is another one, or is changed."""
    days = quiet_days(DAY, 7)
    days[3] = replace(days[3] if day is None else day, date=FOURTH, **changes)
    return days


def tolerated(days: Sequence[Day], policy: Policy | None = None) -> list[Finding]:
    """Return what a verdict on days tolerates."""
    return list(tolerated_of(DayRange(days, policy or Policy(), {}, end_of(DAY))))


def of_sources(**patterns: tuple[str, ...]) -> Summary:
    """Return a summary that was made with some patterns of sources."""
    report = summary()
    assert report.settings
    sources = msgspec.structs.replace(report.settings.sources, **patterns)
    settings = msgspec.structs.replace(report.settings, sources=sources)
    return msgspec.structs.replace(report, settings=settings)


def of_settings(**changes: object) -> Summary:
    """Return a summary that was made with some settings."""
    report = summary()
    assert report.settings
    return msgspec.structs.replace(
        report, settings=msgspec.structs.replace(report.settings, **changes)
    )


def layout(severity: SeveritySettings, preset: str | None = None) -> FormatSettings:
    """Return the settings of a format with other severities."""
    keys = FieldSettings((), (), (), ())
    return FormatSettings(("logs/*", "x.jsonl"), preset, keys, severity, (), ())


def listed(report: Summary) -> list[tuple[str, str]]:
    """Return the lines of the configuration that a verdict on a week with a report lists."""
    found = tolerated(week(summary=report))
    assert {each.days for each in found} <= {(FOURTH,)}
    assert {(each.verdict, each.hint) for each in found} <= {("GO", "")}
    return [(each.rule, each.text) for each in found]


def test_a_quiet_week_lets_nothing_pass() -> None:
    """A quiet week has nothing to list."""
    assert tolerated(quiet_days(DAY, 7)) == []


@pytest.mark.parametrize(
    ("days", "rule", "text"),
    [
        (week(new_alerts=2), "new_alerts", "2 new alerts"),
        (
            week(summary=summary(coverage=coverage(partial=1, lines=2))),
            "partial",
            "lines that were still being written",
        ),
        (
            week(summary=summary(settings=None)),
            "earlier_scripts",
            "reports of the earlier scripts, which tell no coverage",
        ),
        (
            week(day_of_old_markdown(FOURTH, old_markdown(FOURTH))),
            "earlier_scripts",
            "reports of the earlier scripts, which tell no coverage",
        ),
        (
            week(summary=summary(aged=True)),
            "aged",
            "reports whose telemetry has reached the end of its retention",
        ),
        (week(summary=of_sources(ignore=("tmp/**",))), "ignore", "sources ignored: tmp/**"),
        (
            week(summary=of_sources(legacy=("old/**",))),
            "legacy",
            "sources counted as legacy only: old/**",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_passes_is_listed_with_its_days(days: list[Day], rule: str, text: str) -> None:
    """The list of what was tolerated contains each rule with its days."""
    found = [each for each in tolerated(days) if each.rule == rule]

    assert found == [Finding(rule, "GO", (FOURTH,), text, "")]


def test_alerts_that_object_are_not_listed_as_passed() -> None:
    """Alerts over the limit of the policy are a finding and not listed as tolerated."""
    assert tolerated(week(new_alerts=6)) == []


def test_alerts_that_pass_because_some_are_accepted_are_listed() -> None:
    """The alerts above the accepted ones pass too, and are not named by the accepted entry."""
    accepted = {("new_alerts", FOURTH): 4}

    found = tolerated_of(DayRange(week(new_alerts=8), Policy(), accepted, end_of(DAY)))

    assert [each.text for each in found] == ["8 new alerts"]


def test_alerts_are_listed_up_to_the_number_that_objects() -> None:
    """The days whose alerts are all accepted add nothing to the rest."""
    days = [replace(day, new_alerts=1) for day in quiet_days(DAY, 7)]

    def rules(accepted: int) -> list[str]:
        allowed = {("new_alerts", day.date): 1 for day in days[:accepted]}
        span = DayRange(days, Policy(), allowed, end_of(DAY))
        return [finding.rule for finding in tolerated_of(span)]

    assert rules(1) == []
    assert rules(2) == rules(7) == ["new_alerts"]


def test_the_default_legacy_sources_are_not_listed() -> None:
    """The default legacy sources are not listed."""
    assert tolerated(week(summary=of_sources(legacy=("live_runs/alerts/**",)))) == []


def test_days_off_are_listed() -> None:
    """Days off without data are listed, and so is the policy."""
    policy = Policy(days_off=("wed", "thu"))

    found = tolerated(week(missing_day(FOURTH)), policy)

    assert [(each.rule, each.days, each.text) for each in found] == [
        ("days_off", (FOURTH,), "days off without data"),
        ("policy", (), "policy softer than the default: days_off = wed, thu"),
    ]


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (Policy(max_new_alerts=6), "max_new_alerts = 6 instead of 5"),
        (Policy(max_missing_days=1), "max_missing_days = 1"),
        (Policy(missing_window_days=6), "missing_window_days = 6 instead of 7"),
        (Policy(min_days_with_data=6), "min_days_with_data = 6 instead of 7"),
        (Policy(retention_days=6), "retention_days = 6 instead of 7"),
    ],
)
def test_a_softer_policy_is_named(policy: Policy, text: str) -> None:
    """Each threshold that is softer than the default."""
    [found] = tolerated(quiet_days(DAY, 7), policy)

    assert found == Finding("policy", "GO", (), f"policy softer than the default: {text}", "")


def test_a_stricter_policy_is_not_named() -> None:
    """A stricter policy is not listed."""
    assert tolerated(quiet_days(DAY, 7), Policy(0, 0, 9, 9, (), 30)) == []


def test_a_severity_that_is_mapped_to_a_milder_class_is_listed() -> None:
    """An unknown value is an objection, so every class but critical is milder."""
    severity = SeveritySettings({"60": "critical", "fatal": "error", "p2": "info"})

    assert listed(of_settings(severity=severity)) == [
        ("severity_map", "severity taken as error: fatal"),
        ("severity_map", "severity taken as info: p2"),
    ]


def test_a_key_that_is_no_severity_is_listed() -> None:
    """What such a key holds is passed over."""
    severity = SeveritySettings(not_keys=("status", "mood"))

    assert listed(of_settings(severity=severity)) == [
        ("severity_not", "taken as no key of a severity: status"),
        ("severity_not", "taken as no key of a severity: mood"),
    ]


def test_a_default_danger_that_is_taken_out_is_listed() -> None:
    """An entry that was added makes a verdict stricter only."""
    without = tuple(each for each in Alerts().danger if each != "killed")

    assert listed(of_settings(danger=(*without, "my_stop"))) == [
        ("danger_words", "not taken as a danger: killed")
    ]
    assert len(listed(of_settings(danger=()))) == len(Alerts().danger)
    assert listed(of_settings(danger=None)) == []


def test_the_lines_of_a_format_are_listed_with_its_files() -> None:
    """Its settings contain those for all files, which are listed once."""
    common = SeveritySettings({"p2": "info"}, None, ("mood",))
    own = SeveritySettings({"p2": "info", "p3": "warn"}, None, ("status", "mood"))

    assert listed(of_settings(severity=common, formats=(layout(own),))) == [
        ("severity_map", "severity taken as info: p2"),
        ("severity_not", "taken as no key of a severity: mood"),
        ("severity_map", "severity taken as warn in logs/*, x.jsonl: p3"),
        ("severity_not", "taken as no key of a severity in logs/*, x.jsonl: status"),
    ]


def test_another_class_in_a_format_is_listed_too() -> None:
    """A value can be critical in all files but those of a format."""
    common = SeveritySettings({"p2": "critical"})
    own = SeveritySettings({"p2": "debug"})

    assert listed(of_settings(severity=common, formats=(layout(own),))) == [
        ("severity_map", "severity taken as debug in logs/*, x.jsonl: p2")
    ]


def test_what_a_preset_says_is_one_line() -> None:
    """It is a fact about a format, and only what the operator adds is listed by value."""
    name, value, to = next(
        (name, value, to)
        for name, preset in presets().items()
        for value, to in preset.severity.map.items()
        if to != "critical"
    )
    other = "info" if to != "info" else "debug"

    same = layout(SeveritySettings({value: to}), name)
    changed = layout(SeveritySettings({value: other}), name)

    line = ("severity_map", f"severities as the preset {name} says in logs/*, x.jsonl")
    assert listed(of_settings(formats=(same,))) == [line]
    assert listed(of_settings(formats=(changed,))) == [
        line,
        ("severity_map", f"severity taken as {other} in logs/*, x.jsonl: {value}"),
    ]
    unknown = layout(SeveritySettings({value: to}), "of a later version")
    assert len(listed(of_settings(formats=(unknown,)))) == 1


def test_a_key_that_a_preset_takes_for_no_severity_is_not_listed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It belongs to the line of the preset; a key that the operator adds has a line of its own."""
    rules = SeverityRules(map={"page": "warn"}, not_=("sev",))
    own = replace(next(iter(presets().values())), severity=rules)
    monkeypatch.setattr(tolerated_module, "presets", lambda: {"own": own})

    made = layout(SeveritySettings({"page": "warn"}, not_keys=("sev", "lvl")), "own")

    assert listed(of_settings(formats=(made,))) == [
        ("severity_map", "severities as the preset own says in logs/*, x.jsonl"),
        ("severity_not", "taken as no key of a severity in logs/*, x.jsonl: lvl"),
    ]


def test_a_line_is_listed_once_with_all_its_days() -> None:
    """The days are those of the reports that were made with it."""
    report = of_settings(severity=SeveritySettings({"p2": "info"}))
    days = [replace(day, summary=report) for day in quiet_days(DAY, 3)]

    [found] = tolerated(days)

    assert found.days == tuple(day.date for day in days)


def test_no_name_of_a_line_is_that_of_a_rule() -> None:
    """A row of the trend vouches for no day that the finding of a rule names."""
    report = of_settings(danger=(), severity=SeveritySettings({"p2": "info"}, not_keys=("status",)))

    assert {rule for rule, _ in listed(report)}.isdisjoint(rule.name for rule in RULES)
