"""From days to the trend: the series, the rollups and the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.day import Day, missing_day, unreadable_day
from peaktrade_ops.stage1.findings import reason_of
from peaktrade_ops.stage1.models import Comparison, RollingMean, Trend, TrendRange, TrendRow
from peaktrade_ops.stage1.policy import judge
from peaktrade_ops.stage1.trend import build_trend, days_of, days_since, mean_of, range_of
from peaktrade_ops.window import window_of, window_until
from tests.support.artifacts import DAY, END, days_until, end_of, quiet_day, quiet_days
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW = window_until(END)


def trend_of(*alerts: int | None, policy: Policy | None = None) -> Trend:
    """Make the trend of days with so many new alerts each; none is a missing day."""
    days = [
        missing_day(day) if count is None else quiet_day(day, new_alerts=count)
        for day, count in zip(days_until(DAY, len(alerts)), alerts, strict=True)
    ]
    return build_trend(days, window=WINDOW, policy=policy or Policy())


# --- the range -----------------------------------------------------------------------------------


def test_the_range_is_the_last_days_ending_on_the_report_date() -> None:
    """So many calendar days, in order, the report date among them."""
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
    """Its time is the end of the last window, its range the days as asked for."""
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
    """A row has the numbers and the state; where there is no data they are 0 and it is missing."""
    trend = build_trend([day], window=WINDOW, config=Config())

    assert trend.series == (row,)


def test_an_empty_day_is_data_where_the_policy_says_so() -> None:
    """Whether an empty day counts as missing is for the operator to decide."""
    day = quiet_day(empty=True)
    trend = build_trend([day], window=WINDOW, policy=Policy(empty_is_missing=False))

    assert (trend.series[0].missing, trend.series[0].state) == (False, "empty")


def test_the_series_has_every_day_in_order() -> None:
    """No calendar day is left out, whatever is known of it."""
    trend = trend_of(0, None, 1, None, 0)

    assert [row.date for row in trend.series] == days_until(DAY, 5)
    assert [row.missing for row in trend.series] == [False, True, False, True, False]


# --- the rollups ---------------------------------------------------------------------------------


def test_the_rollups_count_days() -> None:
    """Each counts the days on which there was one at least, however many there were."""
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
    """Telemetry that has become unreadable is not the same as telemetry that is quiet."""
    days = [*quiet_days(DAY - timedelta(days=1), 7), quiet_day(empty=True, parse_errors=4)]
    rollups = build_trend(days, window=WINDOW, config=Config()).rollups

    assert rollups.parse_error_days == 1
    assert rollups.go_no_go == "HOLD"


def test_the_verdict_is_that_of_the_policy() -> None:
    """The trend adds nothing to the verdict and leaves no reason out."""
    policy = Policy(max_new_alerts=0)
    days = [quiet_day(day, new_alerts=1) for day in days_until(DAY, 7)]
    rollups = build_trend(days, window=WINDOW, policy=policy).rollups

    judgement = judge(days, policy)
    assert (rollups.go_no_go, rollups.findings) == judgement
    assert rollups.reasons == judgement.reasons
    assert rollups.go_no_go == "HOLD"


def test_the_effective_policy_is_stated() -> None:
    """Whoever reads the trend can see which thresholds were applied."""
    policy = Policy(1, 2, 3, 4, empty_is_missing=False)

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
    """The rounding is that of the decimal standard, whatever the numbers."""
    exact = Fraction(sum(alerts), len(alerts)) * 100
    whole, rest = divmod(exact.numerator, exact.denominator)
    # A half stays a half, and anything else falls on its side of one.
    part = (
        Decimal("0.5") if 2 * rest == exact.denominator else Decimal(2 * rest > exact.denominator)
    )
    hundredths = (whole + part).quantize(Decimal(1), ROUND_HALF_EVEN)

    assert Decimal(str(trend_of(*alerts).rollups.new_alerts_avg)) == hundredths / 100


def test_means_are_over_days_with_data() -> None:
    """A missing day is no day with 0 alerts."""
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
    """Where there is no data in the 7 days there is no mean, which is not the same as 0."""
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
    """The largest count that a report can have, on every day, is no trouble."""
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
    """What a page shows as a mean is what the trend would say."""
    assert mean_of(numbers) == mean


# --- out of date ---------------------------------------------------------------------------------

WEEK = quiet_days(DAY, 7)


def since(days: Sequence[Day], trend: Trend | None = None) -> list[int]:
    """Return the days on which a trend of a quiet week is out of date, as days before the last."""
    made = trend or build_trend(WEEK, window=WINDOW, config=Config())
    return [(DAY - day).days for day in days_since(made, days)]


def replaced(back: int, **changes: Any) -> list[Day]:  # noqa: ANN401 (of a day)
    """Return the quiet week with another report of the day so many days before the last."""
    days = list(WEEK)
    days[-1 - back] = replace(days[-1 - back], **changes)
    return days


def test_a_trend_of_the_reports_as_they_are_is_up_to_date() -> None:
    """Every report that it has seen is still the same, also those before its range."""
    assert since(WEEK) == []
    assert since([*quiet_days(DAY - timedelta(days=7), 3), *WEEK]) == []


def test_a_report_after_the_range_makes_a_trend_old() -> None:
    """A later day may say something else."""
    later = quiet_days(DAY + timedelta(days=3), 2)

    assert since([*WEEK, *later]) == [-2, -3]


@pytest.mark.parametrize(
    "changes",
    [
        {"critical_alerts": 1},
        {"new_alerts": 1},
        {"parse_errors": 1},
        {"operator_actions": 1},
        {"complete": False},
        {"empty": True},
        {"untimed_critical": 1},
        {"found": False, "readable": False},
        {"found": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("back", [0, 3, 6])
def test_a_report_that_has_changed_makes_a_trend_old(back: int, changes: dict[str, Any]) -> None:
    """Whatever a verdict can rest on: a report that was made again is one it has not seen."""
    assert back in since(replaced(back, **changes))


def test_a_report_that_is_gone_makes_a_trend_old() -> None:
    """A verdict does not rest on what is no longer there."""
    assert since([*WEEK[:3], *WEEK[4:]]) == [3]
    assert since([]) == [6, 5, 4, 3, 2, 1, 0]


def test_a_gap_that_came_later_makes_a_trend_old() -> None:
    """A day that was made again for another window may leave time that nobody looked at."""
    assert since(replaced(3, start=end_of(DAY, 12) - timedelta(days=4))) == [4, 3]


def test_a_report_of_a_day_that_was_missing_makes_a_trend_old() -> None:
    """A day that was made up for is one that the verdict has not seen."""
    lacking = [*WEEK[:3], missing_day(WEEK[3].date), *WEEK[4:]]
    made = build_trend(lacking, window=WINDOW, config=Config())

    assert since([*WEEK[:3], *WEEK[4:]], made) == []
    assert since(WEEK, made) == [3]


@pytest.mark.parametrize("empty_is_missing", [True, False])
def test_an_empty_day_is_known_again_whatever_the_policy(*, empty_is_missing: bool) -> None:
    """Whether an empty day counts as missing is a matter of the trend, not of the day."""
    days = replaced(3, empty=True)
    policy = Policy(empty_is_missing=empty_is_missing)
    made = build_trend(days, window=WINDOW, policy=policy)

    assert since(days, made) == []
    assert since(WEEK, made) == [3]


def test_a_trend_is_judged_by_its_own_policy() -> None:
    """Thresholds that somebody has set are those of the verdict that was given."""
    days = replaced(0, new_alerts=9)
    made = build_trend(days, window=WINDOW, policy=Policy(max_new_alerts=9))

    assert made.rollups.go_no_go == "GO"
    assert since(days, made) == []


@pytest.mark.parametrize("verdict", ["HOLD", "NO_GO"])
def test_a_verdict_that_does_not_follow_is_old(verdict: str) -> None:
    """A verdict that the reports would not give is none to rely on, whoever wrote it."""
    made = build_trend(WEEK, window=WINDOW, config=Config())
    rollups = msgspec.structs.replace(
        made.rollups, go_no_go=verdict, reasons=("on 2024-02-30 or never",)
    )

    assert since(WEEK, msgspec.structs.replace(made, rollups=rollups)) == [0]


def test_findings_in_other_words_do_not_make_a_trend_old() -> None:
    """Rules and days are compared, so that a later version may word a text differently."""
    days = replaced(2, parse_errors=1)
    made = build_trend(days, window=WINDOW, config=Config())
    [finding] = made.rollups.findings or ()
    reworded, moved, other = (
        with_rollups(made, findings=(changed,), reasons=(reason_of(changed),))
        for changed in (
            msgspec.structs.replace(finding, text="see", hint=""),
            msgspec.structs.replace(finding, days=(days[-1].date,)),
            msgspec.structs.replace(finding, rule="another"),
        )
    )

    assert since(days, reworded) == []
    assert since(days, moved) == [2, 0]
    assert since(days, other) == [2]


def with_rollups(trend: Trend, **changes: Any) -> Trend:  # noqa: ANN401 (of the rollups)
    """Return a trend with other rollups."""
    rollups = msgspec.structs.replace(trend.rollups, **changes)
    return msgspec.structs.replace(trend, rollups=rollups)


def test_a_trend_without_findings_is_compared_by_its_reasons() -> None:
    """Version 0.1.0 wrote reasons alone, with every day by itself."""
    days = [*WEEK[:2], *(replace(day, parse_errors=1) for day in WEEK[2:5]), *WEEK[5:]]
    made = build_trend(days, window=WINDOW, config=Config())
    written = f"parse errors on 3 days: {', '.join(str(day.date) for day in days[2:5])}"
    same, other = (
        with_rollups(made, findings=None, reasons=(reason,))
        for reason in (written, written.replace("3 days", "2 days"))
    )

    assert since(days, same) == []
    assert since(days, other) == [0]
    assert since(WEEK, with_rollups(made, findings=None)) == [4, 3, 2, 0]


def test_the_days_of_a_trend_have_the_statuses_of_their_reports() -> None:
    """Rows and findings together say of a day what its report says."""
    days = [
        *WEEK[:1],
        replace(WEEK[1], critical_alerts=1, new_alerts=2),
        replace(WEEK[2], untimed_critical=3, complete=False),
        missing_day(WEEK[3].date),
        unreadable_day(WEEK[4].date),
        replace(WEEK[5], empty=True, complete=False, parse_errors=1),
        replace(WEEK[6], empty=True),
    ]
    made = build_trend(days, window=WINDOW, config=Config())

    assert [day.statuses for day in days_of(made)] == [day.statuses for day in days]


def old_trend(days: Sequence[Day]) -> Trend:
    """Make a trend as the earlier scripts wrote it."""
    made = build_trend(days, window=WINDOW, config=Config())
    rows = tuple(msgspec.structs.replace(row, state="ok") for row in made.series)
    rollups = msgspec.structs.replace(made.rollups, policy=None, go_no_go="GO", reasons=("fine",))
    return msgspec.structs.replace(made, series=rows, rollups=rollups)


def test_a_trend_of_the_earlier_scripts_is_compared_by_its_rows() -> None:
    """It does not say by which rules it was judged, nor the states of its days."""
    lacking = [*WEEK[:3], missing_day(WEEK[3].date), *WEEK[4:]]

    assert since(WEEK, old_trend(WEEK)) == []
    assert since(replaced(3, untimed_critical=1), old_trend(WEEK)) == []
    assert since(replaced(3, critical_alerts=1), old_trend(WEEK)) == [3]
    assert since([*WEEK[:3], *WEEK[4:]], old_trend(lacking)) == []
    assert since(WEEK, old_trend(lacking)) == [3]


def test_a_trend_without_a_range_knows_no_report() -> None:
    """The earlier scripts wrote one when they found nothing."""
    made = old_trend(WEEK)
    empty = msgspec.structs.replace(made, range=TrendRange(0, None, None), series=())
    judged = build_trend(WEEK, window=WINDOW, config=Config())

    assert since([], empty) == []
    assert since(WEEK[5:], empty) == [1, 0]
    assert since([], msgspec.structs.replace(judged, series=())) == []


def test_a_day_inside_the_range_without_a_row_is_unknown() -> None:
    """A series with a hole has not seen what stands there."""
    made = build_trend(WEEK, window=WINDOW, config=Config())
    holed = msgspec.structs.replace(made, series=made.series[:3] + made.series[4:])

    assert 3 in since(WEEK, holed)


DAYS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "new_alerts": st.integers(0, 9),
            "critical_alerts": st.integers(0, 2),
            "parse_errors": st.integers(0, 2),
            "untimed_critical": st.integers(0, 2),
            "empty": st.booleans(),
            "complete": st.booleans(),
            "found": st.booleans(),
        },
    ),
    min_size=7,
    max_size=7,
)


@settings(max_examples=examples(150))
@given(DAYS, DAYS, st.booleans())
def test_a_trend_that_is_up_to_date_gives_the_verdict_of_now(
    then: list[dict[str, Any]],
    now: list[dict[str, Any]],
    empty_is_missing: bool,  # noqa: FBT001 (drawn)
) -> None:
    """Where nothing is said, the same verdict would be given again; nothing is said of itself."""
    policy = Policy(empty_is_missing=empty_is_missing)
    before, after = (
        [quiet_day(day.date, **each) for day, each in zip(WEEK, changes, strict=True)]
        for changes in (then, now)
    )
    before, after = (
        [day if day.found else missing_day(day.date) for day in days] for days in (before, after)
    )
    made = build_trend(before, window=WINDOW, policy=policy)
    again = build_trend(after, window=WINDOW, policy=policy)

    assert since([day for day in before if day.found], made) == []
    if not since([day for day in after if day.found], made):
        assert again.series == made.series
        assert again.rollups.go_no_go == made.rollups.go_no_go


@pytest.mark.parametrize("verdict", ["GO", "HOLD"])
def test_a_verdict_of_version_0_1_0_must_be_the_one_of_now(verdict: str) -> None:
    """Reasons that still hold do not vouch for a verdict that does not follow from them."""
    days = replaced(2, critical_alerts=1)
    made = build_trend(days, window=WINDOW, config=Config())

    assert since(days, with_rollups(made, findings=None)) == []
    assert since(days, with_rollups(made, findings=None, go_no_go=verdict)) == [0]


@pytest.mark.parametrize("reasons", [(), ("all checks passed",)], ids=str)
def test_reasons_that_are_not_those_of_the_findings_make_a_trend_old(
    reasons: tuple[str, ...],
) -> None:
    """The two say the same; where they do not, neither is relied on."""
    days = replaced(2, parse_errors=1)
    made = build_trend(days, window=WINDOW, config=Config())

    assert since(days, made) == []
    assert since(days, with_rollups(made, reasons=reasons)) == [0]
