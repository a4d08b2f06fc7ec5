"""Tests of `peaktrade_ops.telemetry.records.times`."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from decimal import ROUND_UP, Context, Inexact, Overflow, Subnormal, localcontext
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records.times import RESOLUTION, read_time, read_times
from tests.support import oracle
from tests.support.examples import examples
from tests.support.odd_times import ODD_TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kathmandu"])
def time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Set the machine's time zone."""
    zone = str(request.param)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield zone
    time.tzset()


def value_of(text: str) -> object:
    """Return a JSON scalar in the form of `read_time`: a fraction or an exponent is a text."""
    if re.fullmatch(r"-?[1-9][0-9]{0,3000}|0", text):
        return int(text)
    return text if re.match(r"-?[0-9]", text) else json.loads(text)


def expected_of(text: str) -> tuple[datetime, bool] | None:
    """Return the time of the oracle for a JSON scalar."""
    return oracle.read_time(oracle.parse_json(text))


def read(value: object) -> tuple[datetime, bool] | None:
    """Return a time in the form of the oracle: aware, and whether the text was naive."""
    moment = read_time(value)
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC), moment.tzinfo is None


NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("", "", "", "", "-")),
    st.one_of(st.integers(0, 10**22), st.integers(1_700_000_000, 1_800_000_000)),
    st.one_of(st.just(""), st.text("0123456789", min_size=1, max_size=25).map(".{}".format)),
    st.one_of(
        st.just(""),
        st.builds("e{}{}".format, st.sampled_from(("", "+", "-")), st.integers(0, 40)),
    ),
)
FOUR_DIGITS = st.integers(0, 9999).map("{:04}".format)
TWO_DIGITS = st.one_of(
    st.integers(0, 99).map("{:02}".format), st.integers(1, 24).map("{:02}".format)
)
ISO_TEXTS = st.builds(
    "{}-{}-{}{}{}:{}{}{}".format,
    st.one_of(FOUR_DIGITS, st.sampled_from(("1999", "2000", "2025", "2099", "2100", "0001"))),
    TWO_DIGITS,
    TWO_DIGITS,
    st.sampled_from(("T", "T", " ", "t", "_")),
    TWO_DIGITS,
    TWO_DIGITS,
    st.one_of(
        st.just(""),
        TWO_DIGITS.map(":{}".format),
        st.builds(
            ":{}{}{}".format,
            TWO_DIGITS,
            st.sampled_from((".", ",")),
            st.text("0123456789", max_size=12),
        ),
    ),
    st.one_of(
        st.sampled_from(("", "Z", "z", " UTC", " GMT", "UTC", " Z", "+23:59", "-23:59", "+24:00")),
        st.builds("{}{}".format, st.sampled_from("+-"), TWO_DIGITS),
        st.builds("{}{}:{}".format, st.sampled_from("+-"), TWO_DIGITS, TWO_DIGITS),
        st.builds("{}{}{}".format, st.sampled_from("+-"), TWO_DIGITS, TWO_DIGITS),
    ),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_766_188_800, "2025-12-20T00:00:00+00:00"),
        (1_766_188_800_001, "2025-12-20T00:00:00.001000+00:00"),
        (1_766_188_800_000_001, "2025-12-20T00:00:00.000001+00:00"),
        (1_766_188_800_000_001_999, "2025-12-20T00:00:00.000001+00:00"),
        ("1766188800", "2025-12-20T00:00:00+00:00"),
        ("1.7661888e9", "2025-12-20T00:00:00+00:00"),
    ],
)
def test_the_size_of_a_number_decides_its_unit(value: object, expected: str) -> None:
    """A number is seconds, milliseconds, microseconds or nanoseconds."""
    moment = read_time(value)

    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize("limit", [10**11, 10**14, 10**17])
def test_no_unit_has_times_at_its_limits(limit: int) -> None:
    """On both sides of a limit lie the year 5138 of one unit and the year 1973 of the next."""
    assert [read_time(limit - 1), read_time(limit)] == [None, None]


SECONDS = 946_684_800, 4_102_444_800


@pytest.mark.parametrize("power", [0, 3, 6, 9])
def test_numbers_are_times_from_2000_up_to_2100(power: int) -> None:
    """The first moment is a time, the one before it and that of the year 2100 are none."""
    first, end = (seconds * 10**power for seconds in SECONDS)

    assert read_time(first) == datetime(2000, 1, 1, tzinfo=UTC)
    assert read_time(first - 1) is None
    assert read_time(end - 1) is not None
    assert read_time(end) is None
    assert read_time(f"{first - 1}.9999999999") is None
    assert read_time(f"{end}.0") is None


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        ("1999-12-31T23:59:59.999999Z", False),
        ("2000-01-01T00:00:00Z", True),
        ("2000-01-01T00:00:00", True),
        ("2000-01-01T00:30:00+01:00", False),
        ("1999-12-31T23:30:00-01:00", True),
        ("2099-12-31T23:59:59.999999999Z", True),
        ("2099-12-31T23:30:00-01:00", False),
        ("2100-01-01T00:30:00+01:00", True),
        ("2100-01-01T00:00:00Z", False),
        ("2100-01-01 00:00", False),
    ],
)
def test_texts_are_times_from_2000_up_to_2100(text: str, *, is_time: bool) -> None:
    """The moment in UTC counts, alone and in a column."""
    assert (read_time(text) is not None) is is_time
    assert (read_times([text, text]) is not None) is is_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-12-20T08:00Z", "2025-12-20T08:00:00+00:00"),
        ("2025-12-20 08:00", "2025-12-20T08:00:00"),
        ("2025-12-20t08:00:01z", "2025-12-20T08:00:01+00:00"),
        ("2025-12-20 08:00:01,123", "2025-12-20T08:00:01.123000"),
        ("2025-12-20T08:00:01,1234567Z", "2025-12-20T08:00:01.123456+00:00"),
        ("2025-12-20 08:00:01 UTC", "2025-12-20T08:00:01+00:00"),
        ("2025-12-20 08:00:01.5 GMT", "2025-12-20T08:00:01.500000+00:00"),
        ("2025-12-20T08:00+0230", "2025-12-20T05:30:00+00:00"),
        ("2025-12-20T08:00:01-02", "2025-12-20T10:00:01+00:00"),
    ],
)
def test_the_forms_of_programs_are_times(text: str, expected: str) -> None:
    """A comma, no seconds, small letters and named UTC are read."""
    moment = read_time(text)

    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-12-20T08:00:00Z", (8, 0, 0, 0)),
        ("2025-12-20 08:00:00+00:00", (8, 0, 0, 0)),
        ("2025-12-20T08:00:00.5Z", (8, 0, 0, 500_000)),
        ("2025-12-20T08:00:00.9999999999Z", (8, 0, 0, 999_999)),
        ("2025-12-20T08:30:00+05:30", (3, 0, 0, 0)),
        ("2025-12-20T08:30:00-0530", (14, 0, 0, 0)),
        ("2025-12-20T08:30:00+08", (0, 30, 0, 0)),
        ("2025-12-20T00:01:00-23:58", (23, 59, 0, 0)),
        ("2025-12-20T08:00Z", (8, 0, 0, 0)),
        ("2025-12-20t08:00z", (8, 0, 0, 0)),
        ("2025-12-20 08:00+01", (7, 0, 0, 0)),
        ("2025-12-20 08:00:00 UTC", (8, 0, 0, 0)),
        ("2025-12-20T08:00 GMT", (8, 0, 0, 0)),
        ("2025-12-20T08:00:00,5Z", (8, 0, 0, 500_000)),
        ("2025-12-20 08:00:00,1239999-0000", (8, 0, 0, 123_999)),
        ("1766217600.9999999", (8, 0, 0, 999_999)),
        ("1766217600000.9999999", (8, 0, 0, 999)),
        ("1766217600123456.9", (8, 0, 0, 123_456)),
        ("1766217600123456999", (8, 0, 0, 123_456)),
    ],
)
def test_times_are_cut_to_the_microsecond_in_utc(
    value: str, expected: tuple[int, int, int, int]
) -> None:
    """More digits are cut, never rounded; times with an offset become UTC."""
    moment = read_time(value)

    assert moment == datetime(2025, 12, 20, *expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "2025-12-20",
        "2025-12-20T08Z",
        "2025-12-20T08:00.5Z",
        "2025-12-20_08:00:00",
        "2025-12-20T08:00:00  UTC",
        "2025-12-20T08:00:00UTC",
        "2025-12-20T08:00:00 utc",
        "2025-12-20T08:00:00 Z",
        "2025-12-20T08:00:00 CET",
        "2025-12-20T08:00:00.",
        "2025-12-20T08:00:00,Z",
        "2025-12-20T08:00:00+1",
        "2025-12-20T08:00:00+01:0",
        "20251205120500",
        "12.5",
        "46011.5",
        638_700_000_000_000_000,
        "2025/12/20 08:00:00",
        "20/12/2025 08:00:00",
        "2025-12-20T08:00:00 Europe/Berlin",
        "2025-12-20T08:00:60Z",
        "2025-12-20T24:00:00Z",
        "2025-12-20T08:00:00.Z",
        "2025-12-20T08:00:00+24:00",
        "2025-12-20T08:00:00+00:60",
        "2025-12-20T08:00:00+00:00:00",
        "2025-12-20T08:00:00Z\n",
        " 2025-12-20T08:00:00Z",
        "2025-W51-6T08:00:00Z",
        "20251220T080000Z",
        "2025-02-29T08:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00+00:01",
        "1969-12-31T23:59:59",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        " 1766217600",
        "+1766217600",
        "01766217600",
        "1766217600.",
        "1_766_217_600",
        "NaN",
        "Infinity",
        "-1",
        -1,
        253_402_300_800_000_000_000,
        10**400,
        "1e999999999999999999999",
        True,
        False,
        None,
        [],
        {},
    ],
)
def test_no_other_value_is_a_time(value: object) -> None:
    """Dates, slashes, named zones, second 60, other years and other types are not times."""
    assert read_time(value) is None


@pytest.mark.parametrize("value", ["-0", "-0.0", "0e99999", "1e-99999999999999999999", 0])
def test_zero_is_not_a_time(value: object) -> None:
    """Zero in any form, and any positive part of a microsecond, says that there is no time."""
    assert read_time(value) is None


@pytest.mark.parametrize(
    "value", ["-1", "-0.1", "-1e-7", "-1e-99999999999999999999", "-1e99999999999999999999"]
)
def test_a_negative_number_is_not_a_time(value: str) -> None:
    """A number below zero is before 1970, however small its distance is."""
    assert read_time(value) is None


def test_a_number_with_very_many_digits_is_read_exactly() -> None:
    """More digits than Python converts to `int` are read, before and after the point."""
    assert read_time("1" + "0" * 5000 + "e-4991") == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert read_time("0." + "0" * 5000 + "1e5010") == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert read_time("0." + "9" * 1_000_000) is None
    assert read_time("1766217600." + "9" * 1_000_000) == datetime(
        2025, 12, 20, 8, 0, 0, 999_999, tzinfo=UTC
    )
    assert read_time("1" * 1_000_000) is None
    assert read_time("1e" + "9" * 1_000_000) is None


def test_the_decimal_context_of_the_process_changes_no_time() -> None:
    """Precision, rounding, limits and traps of the process do not reach the reader."""
    strict = Context(
        prec=1, rounding=ROUND_UP, Emin=0, Emax=1, traps=[Inexact, Overflow, Subnormal]
    )
    with localcontext(strict):
        moments = [read_time("1766217600.1234569"), read_time(1_766_217_600_123_456_789)]

    assert moments == [datetime(2025, 12, 20, 8, 0, 0, 123_456, tzinfo=UTC)] * 2


def test_a_naive_time_is_utc_in_every_time_zone(time_zone: str) -> None:
    """The time zone of the machine changes neither a single time nor a column."""
    text = "2025-12-20T08:00:00"
    column = read_times([text, text])

    assert time.tzname[0] == time_zone or time_zone != "UTC"
    assert read(text) == (datetime(2025, 12, 20, 8, tzinfo=UTC), True)
    assert column is not None
    assert column.moments == [datetime(2025, 12, 20, 8, tzinfo=UTC)] * 2
    assert column.naive


@pytest.mark.parametrize("text", [text for text in ODD_TIMES if text not in {"[]", "{}"}])
def test_odd_values_are_read_like_the_oracle_reads_them(text: str) -> None:
    """Numbers on and beyond every limit are the same as numbers and as strings."""
    assert read(value_of(text)) == expected_of(text)
    if not text.startswith('"'):
        assert read(text) == expected_of(f'"{text}"')


@settings(max_examples=examples(300), deadline=None)
@given(NUMBERS)
def test_numbers_are_read_like_the_oracle_reads_them(text: str) -> None:
    """A number is the same time as a number and as a string."""
    assert read(value_of(text)) == expected_of(text)
    assert read(text) == expected_of(f'"{text}"')


@settings(max_examples=examples(300), deadline=None)
@given(ISO_TEXTS)
def test_iso_texts_are_read_like_the_oracle_reads_them(text: str) -> None:
    """ISO texts are read as by the oracle, and all other texts are refused."""
    assert read(text) == expected_of(f'"{text}"')


@pytest.mark.parametrize(
    "values",
    [
        ["2025-12-20T08:00:00Z", "2025-12-20 09:00:00.123456789+00:00"],
        ["2025-12-20T08:00:00", "2025-12-20 09:00:00.123456789"],
        ["2025-12-20T08:00:00+01:00", "2025-12-20 09:00:00.5-0230"],
        ["1766217600.5", "1766217600.1234569"],
        ["2025-12-20T08:00Z", "2025-12-20 08:00:00,5+00:00"],
        ["2025-12-20T08:00", "2025-12-20 08:00:00,5"],
        [1_766_217_600, 946_684_800],
        [1_766_217_600_123, 946_684_800_000],
        [1_766_217_600_123_456, 946_684_800_000_000],
        [1_766_217_600_123_456_789, 946_684_800_000_000_000],
    ],
)
def test_columns_of_the_common_forms_are_read_at_once(values: list[object]) -> None:
    """The times are those of the single values."""
    column = read_times(values)

    assert column is not None
    assert [(moment, column.naive) for moment in column.moments] == list(map(read, values))
    assert {moment.tzinfo for moment in column.moments} == {UTC}


COLUMNS = st.lists(st.integers(0, 3 * 10**6), min_size=1, max_size=5).flatmap(
    lambda steps: st.sampled_from(
        (
            [1_766_217_600 + step for step in steps],
            [1_766_217_600_000 + step for step in steps],
            [1_766_217_600_000_000 + step for step in steps],
            [1_766_217_600_000_000_000 + step for step in steps],
            [f"1766217600.{step:06}" for step in steps],
            [f"1766217600.{step:07}"[: 12 + step % 7] for step in steps],
            [f"2025-12-20T08:00:00.{step:07}Z" for step in steps],
            [f"2025-12-20T08:00:00.{step:07}" for step in steps],
            [f"2025-12-20T08:00:00.{step:07}+05:30" for step in steps],
            [f"2025-12-20T08:00:00.{step:07}-01" for step in steps],
        )
    )
)


@settings(max_examples=examples(300), deadline=None)
@given(COLUMNS, st.integers(-2, 2))
@example([1_766_217_600_000_000_999], 1)
@example(["1766217600.5", "1766217600.50"], 0)
def test_values_are_ordered_like_their_times(values: list[object], ticks: int) -> None:
    """So they are placed between two times without a conversion of each."""
    column = read_times(values)

    assert column is not None
    assert [(moment, column.naive) for moment in column.moments] == list(map(read, values))
    assert (column.first, column.last) == (min(column.moments), max(column.moments))
    for moment in (each + ticks * RESOLUTION for each in column.moments):
        border = column.scale.value(moment)
        assert [value >= border for value in column.values] == [
            each >= moment for each in column.moments
        ]


@settings(max_examples=examples(200), deadline=None)
@given(
    st.one_of(
        st.lists(st.one_of(ISO_TEXTS, NUMBERS, st.sampled_from(ODD_TIMES)), min_size=1, max_size=4),
        st.lists(st.integers(-2, 10**22), min_size=1, max_size=4),
        st.lists(
            st.from_regex(r"\A20[0-9]{2}-0[1-3]-[0-3][0-9]T0[0-9]:00:00Z\Z"), min_size=1, max_size=4
        ),
        st.lists(
            st.from_regex(r"\A20[0-9]{2}-0[1-3]-[0-3][0-9] 0[0-9]:00:00\Z"), min_size=1, max_size=4
        ),
        st.lists(st.from_regex(r"\A[1-9][0-9]{9}\.[0-9]{1,8}\Z"), min_size=1, max_size=4),
        st.lists(
            st.sampled_from((True, 5, "5", None, 1.5, "2025-12-20T08:00:00Z", [], {})), min_size=1
        ),
    )
)
@example(["1766188800.123456\n1766188800.5"])
@example(["1766188800.12345\n1766188800.5"])
@example(["2025-12-20T08:00:00Z\n2025-12-20T08:00:00Z"])
@example(["2025-12-20T08:00:00\n2025-12-20T08:00:00"])
@example(["2025-12-20T08:00:00\n2025-12-20T08:00:00+01:00"])
@example([""])
def test_a_column_has_the_times_of_its_values_or_none(values: list[object]) -> None:
    """A column is only a faster way to the same times."""
    column = read_times(values)

    if column is not None:
        assert [(moment, column.naive) for moment in column.moments] == list(map(read, values))


@pytest.mark.parametrize(
    "texts",
    [
        ("2025-12-19T10:00:00+00:00", "2025-12-19T10:00:00+01:00"),
        ("2025-12-19T10:00:00-01:00", "2025-12-19T10:00:00-11:00"),
        ("2025-12-19T10:00:00+01:00", "2025-12-19T10:00:00-01:00"),
        ("2025-12-19T10:00:00+01:00", "2025-12-19T10:00:00+01:75"),
        ("2025-12-19T10:00:00Z", "2025-12-19T24:00:00Z"),
        ("2025-12-19 10:00:00", "2025-12-19 24:00:00"),
        ("2025-12-19T10:00:00Z", "2025-12-19T10:60:00Z"),
        ("2025-12-19T10:00:00Z", "2025-02-29T10:00:00Z"),
        ("2025-12-19T10:00:00Z", "2025-12-19T10:0\u0661:00Z"),
        ("2025-12-19T10:00:00Z", "2025-12-19T10:00:00Z\n2025-12-19T10:00:00Z"),
        ("2025-12-19T10:00:00Z\n2025-12-19T10:00:00Z",),
        ("2025-12-19T10:24:24Z", "2025-12-19T10:00:00Z"),
        ("2025-12-24", "2025-12-25"),
        ("", ""),
        ("\n", "\n"),
        ("+", "+"),
    ],
)
def test_texts_of_one_form_are_read_as_each_alone(texts: tuple[str, ...]) -> None:
    """Texts of one form may differ in what is a time at all, and in their offset."""
    column = read_times(texts)
    alone = [read_time(text) for text in texts]

    assert column is None or [each.isoformat() for each in column.moments] == [
        (each.replace(tzinfo=UTC) if each.tzinfo is None else each).isoformat()
        for each in alone
        if each is not None
    ]
    assert column is None or None not in alone
