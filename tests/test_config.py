"""Tests of `peaktrade_ops.config`: the defaults, and the days off."""

from __future__ import annotations

from datetime import date

import pytest

from peaktrade_ops.config import (
    Config,
    Fields,
    Limits,
    MoreKeys,
    Policy,
    SeverityRules,
    Sources,
)
from tests.support.oracle.properties import DEFAULT_READING


def test_the_default_keys_are_those_of_the_contract() -> None:
    """The keys and their order are those of section 5, as the second reading of it has them."""
    time, severity, type_, rule, text, *_ = DEFAULT_READING

    fields = Config().fields

    assert fields == Fields(time, severity, type_, rule, text, MoreKeys((), (), (), (), ()))


def test_the_default_sources_are_those_of_the_contract() -> None:
    """The default of `legacy` is `live_runs/alerts/**`, and the other lists are empty."""
    assert (
        Sources(legacy=("live_runs/alerts/**",), ignore=(), include=(), expect=(), expect_events=())
        == Config().sources
    )


def test_the_default_policy_is_that_of_the_contract() -> None:
    """Section 7: over 5 alerts, any missing day, fewer than 7 days with data are a HOLD."""
    assert (
        Policy(
            max_new_alerts=5,
            max_missing_days=0,
            missing_window_days=7,
            min_days_with_data=7,
            days_off=(),
            retention_days=7,
        )
        == Config().policy
    )


def test_the_default_limits_are_those_of_the_contract() -> None:
    """A record may have 64 MiB, and the machine determines the number of processes."""
    assert Limits(record_bytes=67_108_864, memory_bytes=67_108_864, processes=0) == Config().limits


def test_the_default_severities_are_those_of_the_contract() -> None:
    """Nothing is mapped, numbers mean nothing, and every key of the severity counts."""
    assert SeverityRules(map={}, scale=None, not_=()) == Config().severity


def test_the_default_dangers_are_those_of_the_contract() -> None:
    """Section 5 lists the word sequences."""
    assert Config().alerts.danger == (
        "kill_switch",
        "killswitch",
        "killed",
        "circuit_breaker",
        "circuitbreaker",
        "margin_call",
        "margincall",
        "liquidation",
        "liquidated",
        "emergency_stop",
        "trading_halt",
        "trading_halted",
        "order_halted",
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2025, 12, 20), True), (date(2025, 12, 25), True), (date(2025, 12, 22), False)],
)
def test_a_day_off_is_a_day_of_the_week_or_a_date(day: date, *, expected: bool) -> None:
    """20 December 2025 is a Saturday."""
    assert Policy(days_off=("sat", "2025-12-25")).is_off(day) is expected
