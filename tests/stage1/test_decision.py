"""Tests of `peaktrade_ops.stage1.decision`: the facts, and whether they support a go."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from peaktrade_ops.config import (
    Accepted,
    Alerts,
    Config,
    Fields,
    Format,
    Policy,
    SeverityRules,
    Sources,
)
from peaktrade_ops.stage1.decision import (
    doubts_of_clock,
    doubts_of_config,
    facts_of,
    objection_to_go,
    past_of,
)
from peaktrade_ops.stage1.models import Comparison, Decision, Finding, to_json
from peaktrade_ops.stage1.settings import settings_of
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import DAY, END, decision, quiet_days, trend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.day import Day

LEGACY: Final = "(v1)"
CRITICAL = trend(*quiet_days()[:-1], replace(quiet_days()[-1], critical_alerts=2))


def test_the_facts_are_those_of_the_trend() -> None:
    """Sums, days and findings are those that the trend has."""
    days = [replace(day, new_alerts=1, operator_actions=2) for day in quiet_days()]
    made = trend(*days)

    facts = facts_of(made, ())

    assert (facts.verdict, facts.doubts) == ("HOLD", ())
    assert facts.days == made.series
    assert facts.findings == made.rollups.findings
    assert (facts.new_alerts, facts.operator_actions) == (14, 28)
    assert (facts.critical_alerts, facts.parse_errors, facts.missing_days) == (0, 0, 0)
    assert facts.valid_until == made.valid_until
    assert facts.range == made.range
    assert facts.first_vs_last == made.rollups.first_vs_last
    assert facts.first_vs_last is not None


def test_the_facts_list_what_the_verdict_let_pass() -> None:
    """A trend of the earlier scripts does not say it."""
    made = trend(*[replace(day, new_alerts=1) for day in quiet_days()[:5]], *quiet_days()[5:])

    assert made.rollups.tolerated
    assert facts_of(made, ()).tolerated == made.rollups.tolerated
    old = replace(made, rollups=replace(made.rollups, tolerated=None))
    assert facts_of(old, ()).tolerated == ()


def test_a_clock_that_was_set_back_shows_by_what_was_made_before() -> None:
    """It is behind the last decision; an older decision says nothing."""
    later, second = END + timedelta(hours=1), timedelta(seconds=1)
    last = replace(past_of(decision(), "0" * 64), decided_at_utc=later)
    older = replace(last, decided_at_utc=later + timedelta(days=9))

    assert doubts_of_clock((), later) == []
    assert doubts_of_clock((older, older, last), later) == []
    [behind] = doubts_of_clock((older, last), later - second)
    assert "but the decision before is of" in behind


def read_by(config: Config, days: Sequence[Day] | None = None) -> list[Day]:
    """Return days, by default two quiet weeks, whose reports were made by a configuration."""
    settings = settings_of(config, LEGACY, scope="input")
    return [
        replace(day, summary=replace(day.summary, settings=settings))
        for day in days or quiet_days()
        if day.summary
    ]


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ({}, {"max_new_alerts": 4}, "max_new_alerts = 5 instead of 4"),
        ({"max_missing_days": 1}, {}, "max_missing_days = 1 instead of 0"),
        ({}, {"missing_window_days": 8}, "missing_window_days = 7 instead of 8"),
        ({}, {"min_days_with_data": 8}, "min_days_with_data = 7 instead of 8"),
        ({}, {"retention_days": 8}, "retention_days = 7 instead of 8"),
        (
            {},
            {"max_new_alerts": 4, "retention_days": 8},
            "max_new_alerts = 5 instead of 4, retention_days = 7 instead of 8",
        ),
        (
            {"days_off": ("sat", "sun")},
            {},
            "days_off = sat, sun instead of none",
        ),
    ],
)
def test_a_policy_that_is_stricter_now_is_a_doubt(
    then: dict[str, Any], now: dict[str, Any], said: str
) -> None:
    """The owner decides by what the operator asks for now; a softer policy is no doubt."""
    days = read_by(Config())
    made = build_trend(days, window=window_until(END), config=Config(policy=Policy(**then)))

    [doubt] = doubts_of_config(made, days, Config(policy=Policy(**now)))
    assert doubt == (
        f"the configuration is stricter now, so make the trend again: it was given with {said}"
    )
    for same in (then, {**then, "max_new_alerts": 9}):
        assert doubts_of_config(made, days, Config(policy=Policy(**same))) == []


def test_a_fault_that_is_not_accepted_any_more_is_a_doubt() -> None:
    """The verdict would be another one now; what is accepted still, or newly, is no doubt."""
    quiet = read_by(Config())
    days = [*quiet[:-1], replace(quiet[-1], parse_errors=1)]
    accepted = Config(accepted=(Accepted(DAY, "parse_errors", "known"),))
    made = build_trend(days, window=window_until(END), config=accepted)

    assert made.rollups.go_no_go == "GO"
    assert doubts_of_config(made, days, accepted) == []
    [doubt] = doubts_of_config(made, days, Config())
    assert doubt == (
        "the configuration is stricter now, so make the trend again: by it the verdict is HOLD"
        " (parse_errors)"
    )
    assert doubts_of_config(trend(*days), days, accepted) == []
    two = [*days[:-1], replace(days[-1], danger=1)]
    both = Config(accepted=(*accepted.accepted, Accepted(DAY, "danger", "known")))
    made = build_trend(two, window=window_until(END), config=both)
    [doubt] = doubts_of_config(made, two, Config())
    assert doubt.endswith("by it the verdict is HOLD (danger, parse_errors)")


@pytest.mark.parametrize(
    "now",
    [
        Config(severity=SeverityRules(map={"risk": "critical"})),
        Config(alerts=Alerts(danger=("risk_off",))),
        Config(sources=Sources(expect=("alerts/*.jsonl",))),
        Config(fields=Fields(time=("when",))),
        Config(formats=(Format(files=("a/*",), preset="pino"),)),
    ],
)
def test_a_configuration_that_reads_otherwise_is_a_doubt(now: Config) -> None:
    """Read by it, the same telemetry may show criticals; the scope and the policy read nothing."""
    days = read_by(Config())
    made = build_trend(days, window=window_until(END), config=Config())

    [doubt] = doubts_of_config(made, days, now)
    assert doubt == (
        "the reports were made with another configuration, or by other rules, so give both commands"
        " the same --config and run stage1-run again"
    )
    assert doubts_of_config(made, read_by(now), now) == []
    softer = Config(policy=Policy(max_new_alerts=9))
    assert doubts_of_config(made, days, softer) == []


def test_the_last_report_says_how_telemetry_was_read() -> None:
    """A day unlike the last is an objection of the verdict; earlier scripts do not say it."""
    other = Config(alerts=Alerts(danger=("risk_off",)))
    mixed = [*read_by(other)[:-1], read_by(Config())[-1]]
    bare = [replace(day, summary=None) for day in quiet_days()]

    judged = trend(*mixed)
    assert doubts_of_config(judged, mixed, Config()) == []
    assert doubts_of_config(judged, mixed, other) != []
    assert doubts_of_config(judged, [*mixed[1:], bare[-1]], Config()) == []
    assert doubts_of_config(trend(), bare, Config()) == []


def test_a_trend_of_the_earlier_scripts_was_given_by_the_default_policy() -> None:
    """It does not say by which; it may have no days at all."""
    made = trend()
    old = replace(made, series=(), rollups=replace(made.rollups, policy=None))

    assert doubts_of_config(old, [], Config()) == []
    assert doubts_of_config(old, [], Config(policy=Policy(max_new_alerts=0)))


def test_gaps_are_the_days_around_them() -> None:
    """The days of the finding about gaps, and of no other."""
    gap = Finding("gap", "HOLD", (date(2025, 12, 1), date(2025, 12, 3)), "", "")
    other = Finding("missing", "HOLD", (DAY,), "", "")
    made = trend()
    made = replace(made, rollups=replace(made.rollups, findings=(other, gap)))

    assert facts_of(made, ()).gaps == gap.days


@pytest.mark.parametrize(("change", "direction"), [(0.5, "up"), (-0.5, "down"), (0.0, "flat")])
def test_the_direction_is_that_of_the_means(change: float, direction: str) -> None:
    """The last days are compared with the first."""
    made = trend()
    compared = Comparison((DAY,), (DAY,), 1.0, 1.0 + change, change)
    made = replace(made, rollups=replace(made.rollups, first_vs_last=compared))

    assert facts_of(made, ()).direction == direction


@pytest.mark.parametrize(
    "compared",
    [
        None,
        Comparison((), (), 0.0, 0.0, 0.0),
        Comparison((), (DAY,), 0.0, 1.0, 1.0),
        Comparison((DAY,), (), 1.0, 0.0, -1.0),
    ],
)
def test_the_direction_is_not_known_without_days(compared: Comparison | None) -> None:
    """A trend of the earlier scripts, and one without data, have no direction."""
    made = trend()
    made = replace(made, rollups=replace(made.rollups, first_vs_last=compared))

    assert facts_of(made, ()).direction == "unknown"


def test_only_a_current_go_supports_a_go() -> None:
    """Any other verdict and any doubt is against it."""
    assert objection_to_go(facts_of(trend(), ())) == ""
    assert objection_to_go(facts_of(CRITICAL, ())) == "the verdict is NO_GO"
    doubtful = objection_to_go(facts_of(trend(), ("it was valid until then",)))
    assert doubtful == "the verdict is out of date (it was valid until then)"
    both = objection_to_go(facts_of(CRITICAL, ("x", "y")))
    assert both == "the verdict is NO_GO and out of date (x; y)"


def test_a_past_decision_is_what_was_decided() -> None:
    """The history has who decided what, when, by which verdict, and the digest of the file."""
    made = decision(note="because")

    past = past_of(made, "a" * 64)

    assert (past.owner, past.decision, past.decided_at_utc) == ("A. Owner", "go", END)
    assert (past.verdict, past.override, past.note) == ("GO", False, "because")
    assert past.sha256 == "a" * 64


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": facts_of(CRITICAL, ())},
        {"facts": facts_of(trend(), ("old",))},
        {"facts": facts_of(CRITICAL, ()), "override": True},
        {"override": True, "note": "x"},
        {"decision": "extend", "override": True, "note": "x"},
    ],
    ids=["no go", "out of date", "no note", "needless", "extend"],
)
def test_a_file_cannot_hide_an_override(changes: dict[str, object]) -> None:
    """A go against the facts without its mark or its note is no decision, so it cannot be read."""
    with pytest.raises(ValueError, match="override"):
        decision(**changes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", ""),
        ("owner", "x" * 101),
        ("note", "x" * 2001),
        ("decision", "GO"),
        ("history", [{}]),
        ("stage", "../x"),
        ("history_lost", False),
    ],
)
def test_a_wrong_value_is_refused(field: str, value: object) -> None:
    """The bounds of a decision are those of its model."""
    document = msgspec.json.decode(to_json(decision()))

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document | {field: value}, Decision)
