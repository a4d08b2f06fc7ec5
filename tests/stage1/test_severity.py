"""Tests of `peaktrade_ops.stage1.severity`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Scale
from peaktrade_ops.stage1.severity import UNKNOWN, Severity, SeverityReader, class_of, is_absent
from peaktrade_ops.text import NumberText
from tests.support.asking import severity_in
from tests.support.examples import examples
from tests.support.oddities import ALMOST_CLASSED, CLASSED, SEVERITY_VALUES
from tests.support.oracle import DEFAULT_READING, parse_json
from tests.support.oracle.severity import severity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.config import SeverityClass

READER = SeverityReader({}, None)


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ("critical CRIT Fatal ftl emerg EMERGENCY panic dpanic alert disaster", "critical"),
        ("catastrophic FATAL3 fatal1 LogLevel.CRITICAL xCritical", "critical"),
        ("critical-fatal-emergency-panic", "critical"),
        ("error err eror fault failure ERROR2", "error"),
        ("warn WARNING wrn warn4", "warn"),
        ("notice", "notice"),
        ("info information informational inf config log default normal ok success none", "info"),
        ("debug dbg fine", "debug"),
        ("trace verbose vrb finer finest", "trace"),
        ("SEVERE P1 SEV1 HALT ERROR+4 error5 error0 critically uncritical bad", UNKNOWN),
        ("non-critical not_fatal nonCritical criticality xcritical warn0 warn12", UNKNOWN),
    ],
)
def test_each_value_has_its_class(values: str, level: str) -> None:
    """The table and the words decide, without case."""
    assert {text: class_of(text) for text in values.split()} == dict.fromkeys(values.split(), level)


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mcritical\x1b[0m",
        "\x1b[1;31m CRITICAL \x1b[m",
        "\U0001f534 critical",
        "[CRITICAL]",
        "-- fatal!",
        "CRITICAL ERROR",
        "non-critical, then critical",
        "not so critical",
        "\u00a0fatal\u2003",
    ],
)
def test_colours_and_decoration_do_not_hide_a_critical(text: str) -> None:
    """What is around the word is taken away, and one word is enough."""
    assert READER.read(text) == Severity("critical", "critical")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\u0421RITICAL", "ritical"),
        ("cr\u0131t", "cr\u0131t"),
        ("HALT!", "halt"),
        ("\U0001f6a8", "\U0001f6a8"),
        ("\u91cd\u5927", "\u91cd\u5927"),
        (" ", " "),
        (True, "true"),
        (False, "false"),
        (["critical"], "(array)"),
        ({"name": "critical"}, "(object)"),
        (60, "60"),
        ("60", "60"),
        (" 60 ", "60"),
        (NumberText("1E2"), "1e2"),
        ("1e2", "1e2"),
    ],
)
def test_what_is_not_understood_is_unknown_and_shown(value: object, shown: str) -> None:
    """A report shows the cleaned value, or the value where nothing is left of it."""
    assert READER.read(value) == Severity(UNKNOWN, shown)


@pytest.mark.parametrize("value", [None, "", "-", [], {}])
def test_an_absent_value_says_nothing(value: object) -> None:
    """Nothing is said by null, empty values and a dash."""
    assert is_absent(value)
    assert READER.most_severe([value]) is None


@pytest.mark.parametrize("value", [0, False, " ", "--", [None], {"": None}])
def test_any_other_value_says_something(value: object) -> None:
    """Zero, false and decoration are values."""
    assert not is_absent(value)


def test_the_most_severe_value_counts_and_of_equal_ones_the_first() -> None:
    """Critical goes before unknown, and unknown before all that is known."""
    assert READER.most_severe(["info", "critical", "halt"]) == Severity("critical", "critical")
    assert READER.most_severe(["error", "halt", "stop"]) == Severity(UNKNOWN, "halt")
    assert READER.most_severe(["debug", None, "warning"]) == Severity("warn", "warn")


ALL_NUMBERS: Final = range(-2, 602)
# The last number of each run of equal classes, which go up to the end of `ALL_NUMBERS`.
SCALES: Mapping[Scale, Mapping[int, str]] = {
    "python": {9: UNKNOWN, 19: "debug", 29: "info", 39: "warn", 49: "error", 601: "critical"},
    "pino": {
        9: UNKNOWN,
        19: "trace",
        29: "debug",
        39: "info",
        49: "warn",
        59: "error",
        601: "critical",
    },
    "syslog": {
        -1: UNKNOWN,
        2: "critical",
        3: "error",
        4: "warn",
        5: "notice",
        6: "info",
        7: "debug",
        601: UNKNOWN,
    },
    "otel": {
        0: UNKNOWN,
        4: "trace",
        8: "debug",
        12: "info",
        16: "warn",
        20: "error",
        24: "critical",
        601: UNKNOWN,
    },
    "monolog": {
        99: UNKNOWN,
        199: "debug",
        249: "info",
        299: "notice",
        399: "warn",
        499: "error",
        601: "critical",
    },
    "windows": {
        -1: UNKNOWN,
        0: "info",
        1: "critical",
        2: "error",
        3: "warn",
        4: "info",
        5: "debug",
        601: UNKNOWN,
    },
}


@pytest.mark.parametrize("scale", get_args(Scale))
def test_a_scale_says_what_numbers_mean(scale: Scale) -> None:
    """A number and the same number as a string have the class of the scale."""
    reader = SeverityReader({}, scale)
    runs = SCALES[scale].items()
    expected = [next(level for last, level in runs if number <= last) for number in ALL_NUMBERS]

    assert [reader.read(number).level for number in ALL_NUMBERS] == expected
    assert [reader.read(str(number)).level for number in ALL_NUMBERS] == expected


def test_fractions_and_huge_numbers_have_a_place_on_a_scale() -> None:
    """A number between two steps belongs to the lower one, and no number takes long."""
    reader = SeverityReader({}, "python")

    assert reader.read(NumberText("49.99")).level == "error"
    assert reader.read(NumberText("50.0")).level == "critical"
    assert reader.read(NumberText("1e999999999999")).level == "critical"
    assert reader.read(NumberText("-1e999999999999")).level == UNKNOWN
    assert SeverityReader({}, "syslog").read(NumberText("2.0")).level == "critical"
    assert SeverityReader({}, "syslog").read(NumberText("2.5")).level == UNKNOWN
    assert SeverityReader({}, "syslog").read(NumberText("-0.5")).level == UNKNOWN
    assert SeverityReader({}, "otel").read(NumberText("21.5")).level == "critical"
    assert SeverityReader({}, "otel").read(NumberText("20.5")).level == UNKNOWN
    # So many digits are not rounded up to the next step.
    assert reader.read(NumberText("49." + "9" * 60)).level == "error"


@pytest.mark.parametrize("value", [True, False, "50.0", "5e1", "050"])
def test_no_scale_is_for_other_values(value: object) -> None:
    """A boolean, and a string that is no integer of JSON, are no numbers of a scale."""
    assert SeverityReader({}, "python").read(value).level == UNKNOWN


def test_the_map_goes_before_table_and_scale() -> None:
    """Values are compared cleaned and in lower case, numbers as written."""
    reader = SeverityReader(
        {"risk": "critical", "critical": "warn", "60": "info", "(array)": "debug", "-1": "error"},
        "pino",
    )

    assert reader.read(" RISK! ").level == "critical"
    assert reader.read("Critical") == Severity("warn", "warn")
    assert reader.read(60).level == "info"
    assert reader.read(["x"]).level == "debug"
    assert reader.read("array").level == UNKNOWN
    assert (reader.read(-1).level, reader.read(1).level) == ("error", UNKNOWN)
    assert reader.is_mapped("CRITICAL")
    assert not reader.is_mapped("fatal")
    assert not reader.is_mapped("risk")


@pytest.mark.parametrize("word", ["critical", "crit", "alert", "err", "wrn", "notice", "ok", "dbg"])
def test_one_digit_from_1_to_4_may_stand_behind_a_word(word: str) -> None:
    """Another digit, or a second one, belongs to no value of the table."""
    others = "critical" if word == "critical" else UNKNOWN

    assert {class_of(f"{word}{digit}") for digit in "1234"} == {class_of(word)}
    assert {class_of(f"{word}{end}") for end in ("0", "5", "9", "12", "44")} == {others}


@pytest.mark.parametrize("zero", [0, NumberText("0"), "0", "-0", "[-0]"])
def test_minus_zero_is_zero(zero: object) -> None:
    """Zero with a sign is the same number, in a text too."""
    assert READER.read(zero) == Severity(UNKNOWN, "0")
    assert SeverityReader({"0": "critical"}, None).read(zero).level == "critical"


TEXTS = st.one_of(
    st.lists(
        st.sampled_from(
            (
                *("non", "not", "critical", "Critical", "FATAL", "panic", "emergency", "error"),
                *("1", "4", "5", "-", " ", "_", ".", "\x1b[1;31m", "\x1b[", "\u00e9", "\U0001f525"),
            )
        ),
        max_size=6,
    ).map("".join),
    st.text(st.sampled_from("-0159.eE+ x\u0665"), max_size=5),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from([json.loads(value) for value in (*CLASSED, *ALMOST_CLASSED)]),
)


@given(TEXTS)
@example("-0")
def test_any_text_is_read_like_the_oracle_reads_it(text: str) -> None:
    """The class and the shown text are those of the slow reading."""
    severity = READER.most_severe([text])

    assert (None if severity is None else tuple(severity)) == severity_in({"severity": text})


MAPS: Sequence[dict[str, SeverityClass]] = (
    {},
    {"risk": "warn", "60": "critical", "critical": "info", "true": "error", "(array)": "info"},
    {"50.0": "notice", "p1": "critical", "\U0001f525": "critical", "error": "critical"},
)


@settings(max_examples=examples(150))
@given(
    st.lists(st.sampled_from(SEVERITY_VALUES), max_size=3),
    st.sampled_from((None, *get_args(Scale))),
    st.sampled_from(MAPS),
)
def test_odd_values_are_read_as_by_the_oracle(
    values: list[str], scale: Scale | None, mapped: dict[str, SeverityClass]
) -> None:
    """So are several of them at once."""
    names = [f"k{position}" for position in range(len(values))]
    reading = DEFAULT_READING._replace(
        severity=tuple(names), scale=scale, map=tuple(sorted(mapped.items()))
    )
    expected = severity_of(dict(zip(names, map(parse_json, values), strict=True)), reading)
    decoded = [json.loads(value, parse_float=NumberText) for value in values]
    found = SeverityReader(mapped, scale).most_severe(decoded)

    assert (found and tuple(found)) == (expected and tuple(expected))
