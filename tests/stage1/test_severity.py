"""Tests of `peaktrade_ops.stage1.severity`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.stage1.severity import UNKNOWN, Severity, SeverityReader, class_of, is_absent
from peaktrade_ops.text import NumberText

if TYPE_CHECKING:
    from peaktrade_ops.config import Scale

READER = SeverityReader({}, None)


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ("critical CRIT Fatal ftl emerg EMERGENCY panic dpanic alert disaster", "critical"),
        ("catastrophic FATAL3 fatal1 LogLevel.CRITICAL xCritical", "critical"),
        ("error err eror fault failure ERROR2", "error"),
        ("warn WARNING wrn warn4", "warn"),
        ("notice", "notice"),
        ("info information informational inf config log default normal ok success none", "info"),
        ("debug dbg fine", "debug"),
        ("trace verbose vrb finer finest", "trace"),
        ("SEVERE P1 SEV1 HALT ERROR+4 error5 error0 critically uncritical bad", UNKNOWN),
        ("non-critical not_fatal nonCritical", UNKNOWN),
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


@pytest.mark.parametrize(
    ("scale", "steps"),
    [
        ("python", {9: UNKNOWN, 10: "debug", 29: "info", 35: "warn", 40: "error", 99: "critical"}),
        ("pino", {10: "trace", 20: "debug", 30: "info", 45: "warn", 59: "error", 60: "critical"}),
        ("syslog", {0: "critical", 2: "critical", 3: "error", 5: "notice", 7: "debug", 8: UNKNOWN}),
        ("otel", {0: UNKNOWN, 1: "trace", 4: "trace", 8: "debug", 12: "info", 16: "warn"}),
        ("otel", {17: "error", 20: "error", 21: "critical", 24: "critical", 25: UNKNOWN}),
        ("monolog", {99: UNKNOWN, 100: "debug", 250: "notice", 400: "error", 500: "critical"}),
        ("windows", {0: "info", 1: "critical", 2: "error", 3: "warn", 4: "info", 5: "debug"}),
    ],
)
def test_a_scale_says_what_numbers_mean(scale: Scale, steps: dict[int, str]) -> None:
    """A number and the same number as a string have the class of the scale."""
    reader = SeverityReader({}, scale)

    assert {number: reader.read(number).level for number in steps} == steps
    assert {number: reader.read(str(number)).level for number in steps} == steps


def test_fractions_and_huge_numbers_have_a_place_on_a_scale() -> None:
    """A number between two steps belongs to the lower one, and no number takes long."""
    reader = SeverityReader({}, "python")

    assert reader.read(NumberText("49.99")).level == "error"
    assert reader.read(NumberText("50.0")).level == "critical"
    assert reader.read(NumberText("1e999999999999")).level == "critical"
    assert reader.read(NumberText("-1e999999999999")).level == UNKNOWN
    assert SeverityReader({}, "syslog").read(NumberText("2.0")).level == "critical"
    assert SeverityReader({}, "syslog").read(NumberText("2.5")).level == UNKNOWN
    assert SeverityReader({}, "otel").read(NumberText("21.5")).level == "critical"


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
