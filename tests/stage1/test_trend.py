"""From days to the trend: the series, the rollups and the verdict."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.config import Accepted, Config, Policy
from peaktrade_ops.stage1.checks import checks_of
from peaktrade_ops.stage1.day import Day, missing_day, unreadable_day
from peaktrade_ops.stage1.models import Comparison, RollingMean, Trend, TrendRange, TrendRow
from peaktrade_ops.stage1.policy import judge, span_of
from peaktrade_ops.stage1.stage import stage_of
from peaktrade_ops.stage1.trend import build_trend, days_of, mean_of, range_of
from peaktrade_ops.window import window_of, window_until
from tests.support.artifacts import DAY, END, days_until, quiet_day, quiet_days
from tests.support.examples import examples

WINDOW = window_until(END)


def trend_of(*alerts: int | None, policy: Policy | None = None) -> Trend:
    """Make the trend of days with these numbers of new alerts; `None` is a missing day."""
    days = [
        missing_day(day) if count is None else quiet_day(day, new_alerts=count)
        for day, count in zip(days_until(DAY, len(alerts)), alerts, strict=True)
    ]
    return build_trend(days, window=WINDOW, config=Config(policy=policy or Policy()))


# --- the range -----------------------------------------------------------------------------------


def test_the_range_is_the_last_days_ending_on_the_report_date() -> None:
    """The range is the requested number of calendar days and ends on the report date."""
    assert range_of(WINDOW, 3) == [date(2025, 12, 18), date(2025, 12, 19), date(2025, 12, 20)]
    assert range_of(WINDOW, 1) == [DAY]


def test_the_range_of_a_whole_day_ends_on_that_day() -> None:
    """A window that ends at midnight belongs to the day before it."""
    assert range_of(window_of(DAY), 2) == [date(2025, 12, 19), DAY]


def test_the_range_crosses_months_years_and_leap_days() -> None:
    """Calendar days are counted by the calendar."""
    window = window_of(date(2024, 3, 1))

    assert range_of(window, 2)[0] == date(2024, 2, 29)
    assert range_of(window, 62)[0] == date(2023, 12, 31)


def test_the_trend_says_what_it_is_about() -> None:
    """The time of the trend is the end of the last window, and its range has the requested days."""
    trend = build_trend(quiet_days(DAY, 14), window=WINDOW, config=Config())

    assert trend.schema_version == 1
    assert trend.generated_at_utc == END
    assert trend.range == TrendRange(14, date(2025, 12, 7), DAY)


# --- the series ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "row"),
    [
        (
            quiet_day(new_alerts=1, critical_alerts=2, parse_errors=3, operator_actions=4),
            TrendRow(DAY, 1, 2, 3, 4, missing=False, state="ok"),
        ),
        (missing_day(DAY), TrendRow(DAY, 0, 0, 0, 0, missing=True, state="missing")),
        (unreadable_day(DAY), TrendRow(DAY, 0, 0, 0, 0, missing=True, state="unreadable")),
        (quiet_day(empty=True), TrendRow(DAY, 0, 0, 0, 0, missing=True, state="empty")),
        (
            quiet_day(complete=False, new_alerts=1),
            TrendRow(DAY, 1, 0, 0, 0, missing=False, state="incomplete"),
        ),
    ],
)
def test_every_day_has_a_row(day: Day, row: TrendRow) -> None:
    """Every day has a row with its numbers and state; a missing day has zeros."""
    trend = build_trend([day], window=WINDOW, config=Config())

    assert trend.series == (row,)


def test_a_row_has_the_digest_of_its_report() -> None:
    """A row has the digest of its report."""
    days = [quiet_day(sha256="a" * 64)]

    assert build_trend(days, window=WINDOW, config=Config()).series[0].sha256 == "a" * 64


def test_the_series_has_every_day_in_order() -> None:
    """The series has every calendar day in order."""
    trend = trend_of(0, None, 1, None, 0)

    assert [row.date for row in trend.series] == days_until(DAY, 5)
    assert [row.missing for row in trend.series] == [False, True, False, True, False]


# --- the rollups ---------------------------------------------------------------------------------


def test_the_rollups_count_days() -> None:
    """The rollups count the days with at least one event of a kind."""
    days = quiet_days()
    days[0] = quiet_day(days[0].date, critical_alerts=5, parse_errors=1, new_alerts=5)
    days[1] = quiet_day(days[1].date, parse_errors=7, operator_actions=2)
    days[2] = quiet_day(days[2].date, operator_actions=1, parse_errors=1)
    rollups = build_trend(days, window=WINDOW, config=Config()).rollups

    assert rollups.new_alerts_total == 5
    assert rollups.critical_days == 1
    assert rollups.parse_error_days == 3
    assert rollups.operator_action_days == 2


def test_parse_errors_of_an_empty_day_are_counted() -> None:
    """Parse errors of an empty day are counted."""
    days = [*quiet_days(DAY - timedelta(days=1), 7), quiet_day(empty=True, parse_errors=4)]
    rollups = build_trend(days, window=WINDOW, config=Config()).rollups

    assert rollups.parse_error_days == 1
    assert rollups.go_no_go == "HOLD"


def test_the_verdict_is_that_of_the_policy() -> None:
    """The trend adds nothing to the verdict and leaves no reason out."""
    policy = Policy(max_new_alerts=0)
    days = [quiet_day(day, new_alerts=1) for day in days_until(DAY, 7)]
    accepted = (Accepted(DAY, "missing", "known"),)
    config = Config(policy=policy, accepted=accepted)
    rollups = build_trend(days, window=WINDOW, config=config).rollups

    judgement = judge(days, policy, end=END, accepted=accepted)
    assert (rollups.go_no_go, rollups.findings, rollups.tolerated) == judgement
    assert rollups.reasons == judgement.reasons
    assert rollups.go_no_go == "HOLD"
    span = span_of(days, policy, end=END, accepted=accepted)
    assert rollups.checks == checks_of(span, judgement.findings)


def test_the_effective_policy_is_stated() -> None:
    """The trend contains the thresholds that were applied."""
    policy = Policy(1, 2, 3, 4, ("sun",), 6)

    assert trend_of(0, policy=policy).rollups.policy == policy


# --- means ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alerts", "mean"),
    [
        ((), 0.0),
        ((0,), 0.0),
        ((3,), 3.0),
        ((1, 2), 1.5),
        ((1, 0, 0), 0.33),
        ((2, 0, 0), 0.67),
        # Exactly a half of a hundredth: to the even neighbour.
        ((1, *[0] * 7), 0.12),
        ((3, *[0] * 7), 0.38),
        ((5, *[0] * 7), 0.62),
        ((7, *[0] * 7), 0.88),
        ((1, *[0] * 39), 0.02),
        ((3, *[0] * 39), 0.08),
        ((1, *[0] * 199), 0.0),
        ((3, *[0] * 199), 0.02),
        ((201, *[0] * 199), 1.0),
    ],
)
def test_the_mean_is_rounded_half_to_even_to_two_places(
    alerts: tuple[int, ...], mean: float
) -> None:
    """A half goes to the even neighbour, without the errors of binary fractions."""
    days = [None, *alerts]

    assert trend_of(*days).rollups.new_alerts_avg == mean


@settings(max_examples=examples(100))
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_every_mean_is_the_one_of_decimal_arithmetic(alerts: list[int]) -> None:
    """Every mean is rounded by the decimal standard."""
    exact = Fraction(sum(alerts), len(alerts)) * 100
    whole, rest = divmod(exact.numerator, exact.denominator)
    # An exact half stays a half, and other values stay on their side of it.
    part = (
        Decimal("0.5") if 2 * rest == exact.denominator else Decimal(2 * rest > exact.denominator)
    )
    hundredths = (whole + part).quantize(Decimal(1), ROUND_HALF_EVEN)

    assert Decimal(str(trend_of(*alerts).rollups.new_alerts_avg)) == hundredths / 100


def test_means_are_over_days_with_data() -> None:
    """Means leave out missing days."""
    assert trend_of(4, None, 2, None).rollups.new_alerts_avg == 3.0


def test_the_rolling_mean_is_over_the_7_days_that_end_on_a_day() -> None:
    """Each day has the mean of itself and the 6 days before it, as far as there are any."""
    trend = trend_of(7, 0, 0, 0, 0, 0, 0, 0, 7)

    assert trend.rollups.rolling_mean_7d == tuple(
        RollingMean(day, mean)
        for day, mean in zip(
            days_until(DAY, 9), [7.0, 3.5, 2.33, 1.75, 1.4, 1.17, 1.0, 0.0, 1.0], strict=True
        )
    )


def test_the_rolling_mean_leaves_out_days_without_data() -> None:
    """The mean of 7 days without data is `None`, not 0."""
    trend = trend_of(None, 3, None, 1, *[None] * 7)

    assert [mean.new_alerts for mean in trend.rollups.rolling_mean_7d or ()] == [
        None,
        3.0,
        3.0,
        *[2.0] * 5,
        1.0,
        1.0,
        None,
    ]


@pytest.mark.parametrize(
    ("alerts", "first", "last", "means"),
    [
        ((1, 2, 3, 9, 9, 4, 5, 6), (0, 1, 2), (5, 6, 7), (2.0, 5.0, 3.0)),
        ((6, 5, 4, 3, 2, 1), (0, 1, 2), (3, 4, 5), (5.0, 2.0, -3.0)),
        ((1, 2, 3, 4), (0, 1, 2), (1, 2, 3), (2.0, 3.0, 1.0)),
        ((5, 1), (0, 1), (0, 1), (3.0, 3.0, 0.0)),
        ((None, 1, None, 2, 3, None, 4, 0, 0, None), (1, 3, 4), (6, 7, 8), (2.0, 1.33, -0.67)),
        ((None, None), (), (), (0.0, 0.0, 0.0)),
    ],
)
def test_the_first_three_days_are_compared_with_the_last_three(
    alerts: tuple[int | None, ...],
    first: tuple[int, ...],
    last: tuple[int, ...],
    means: tuple[float, float, float],
) -> None:
    """Days with data are compared; the change is that of the rounded means."""
    days = days_until(DAY, len(alerts))

    assert trend_of(*alerts).rollups.first_vs_last == Comparison(
        tuple(days[i] for i in first), tuple(days[i] for i in last), *means
    )


def test_huge_numbers_are_added_up_exactly() -> None:
    """The largest possible counts are added up exactly."""
    most = 2**63 - 1
    rollups = trend_of(*[most] * 3).rollups

    assert rollups.new_alerts_total == 3 * most
    assert rollups.new_alerts_avg == float(most)


@pytest.mark.parametrize(
    ("numbers", "mean"),
    [
        ([], 0.0),
        ([3], 3.0),
        ([1, 2, 3, 4], 2.5),
        ([1, *[0] * 199], 0.0),
        ([3, *[0] * 199], 0.02),
        ([2**63 - 1] * 7, float(2**63 - 1)),
    ],
)
def test_the_mean_of_any_numbers_is_rounded_alike(numbers: list[int], mean: float) -> None:
    """The mean on a page is rounded like the mean of the trend."""
    assert mean_of(numbers) == mean


def test_the_days_of_a_trend_have_the_statuses_of_their_reports() -> None:
    """The rows and findings of a trend give a day the same statuses as its report."""
    week = quiet_days(DAY, 7)
    days = [
        replace(week[0], trust="unlisted", lost=("alerts 2, now 1",)),
        replace(week[1], critical_alerts=1, new_alerts=2),
        replace(week[2], not_understood=3, danger=2, complete=False),
        missing_day(week[3].date),
        unreadable_day(week[4].date),
        replace(week[5], empty=True, complete=False, parse_errors=1),
        replace(week[6], empty=True, critical_actions=1, legacy_critical=1),
    ]
    made = build_trend(days, window=WINDOW, config=Config())

    assert [day.statuses for day in days_of(made)] == [day.statuses for day in days]


def test_a_trend_is_valid_for_30_hours() -> None:
    """The next daily run has six hours to take its place."""
    assert trend_of(0).valid_until == END + timedelta(hours=30)


def test_a_trend_is_of_its_stage_and_tolerates_what_is_accepted() -> None:
    """Verdict, checks, hints and the mark are those of the stage and the configuration."""
    days = quiet_days()
    days[3] = quiet_day(days[3].date, parse_errors=1)
    accepted = (Accepted(days[3].date, "parse_errors", "known"),)
    stage = stage_of("paper")

    objecting = build_trend(days, window=WINDOW, config=Config(), stage=stage)
    made = build_trend(days, window=WINDOW, config=Config(accepted=accepted), stage=stage)

    assert objecting.stage == "paper"
    assert objecting.rollups.findings
    assert "--stage paper" in objecting.rollups.findings[0].hint
    assert made.rollups.go_no_go == "GO"
    checks = {each.rule: each.result for each in made.rollups.checks or ()}
    assert checks["parse_errors"] == "accepted"


def test_a_day_with_one_critical_alert_is_critical() -> None:
    """One is enough, and the number of records is in the row."""
    days = [*quiet_days()[:-1], quiet_day(critical_alerts=1, records=7)]

    made = build_trend(days, window=WINDOW, config=Config())

    assert made.rollups.critical_days == 1
    assert made.series[-1].records == 7
