"""Tests of `tests.support.oracle.severity`."""

from __future__ import annotations

import json

import pytest

from tests.support.asking import severity_in

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("critical", "critical"),
        ("FTL", "critical"),
        ("DPanic", "critical"),
        ("alert", "critical"),
        ("catastrophic", "critical"),
        ("FATAL3", "critical"),
        ("crit4", "critical"),
        ("critical5", "critical"),
        ("LogLevel.CRITICAL", "critical"),
        ("CRITICAL ERROR", "critical"),
        ("critical: not critical", "critical"),
        ("not critical, fatal", "critical"),
        (" critical", "critical"),
        ("-critical-", "critical"),
        ("\x1b[1;31mCRITICAL\x1b[0m", "critical"),
        ("cri\x1b[mtical", "critical"),
        ("\U0001f525 critical \U0001f525", "critical"),
        ("[fatal]", "critical"),
        ("err", "error"),
        ("ERROR2", "error"),
        ("failure", "error"),
        ("WRN", "warn"),
        ("Notice", "notice"),
        ("OK", "info"),
        ("none", "info"),
        ("Config", "info"),
        ("dbg", "debug"),
        ("fine", "debug"),
        ("finest", "trace"),
        ("VRB", "trace"),
    ],
)
def test_a_known_value_has_a_class(value: str, kind: str) -> None:
    """Values of the table have their class, without case, ends and colours, with one digit."""
    assert severity_in({"severity": value}) == (kind, kind)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("SEVERE", "severe"),
        ("P1", "p1"),
        ("SEV1", "sev1"),
        ("HALT", "halt"),
        ("ERROR+4", "error+4"),
        ("error5", "error5"),
        ("error12", "error12"),
        ("non-critical", "non-critical"),
        ("nonCritical", "noncritical"),
        ("not fatal", "not fatal"),
        ("\u0441ritical", "ritical"),
        ("cr\u0131tical", "cr\u0131tical"),
        (" ", " "),
        ("--", "--"),
        ("\U0001f525", "\U0001f525"),
        ("\u041a\u0440\u0418", "\u041a\u0440\u0418"),
        ("\x1b[31m", "\x1b[31m"),
        (60, "60"),
        (-1, "-1"),
        (5.0, "5.0"),
        ("60", "60"),
        (" 60 ", "60"),
        ("[60]", "60"),
        ("060", "060"),
        (True, "true"),
        (False, "false"),
        (["critical"], "(array)"),
        ({"name": "critical"}, "(object)"),
    ],
)
def test_any_other_value_is_unknown(value: object, name: str) -> None:
    """An unknown value is shown cleaned and in small letters, or as it is written."""
    assert severity_in({"severity": value}) == ("unknown", name)


@pytest.mark.parametrize("value", ["", "-", None, [], {}])
def test_an_absent_value_is_no_severity(value: object) -> None:
    """An event whose only severity is absent has none."""
    assert severity_in({"severity": value}) is None
    assert severity_in({"severity": value, "level": "info"}) == ("info", "info")


def test_the_most_severe_of_all_keys_counts() -> None:
    """Critical is before unknown, unknown before error, and of equal ones the first is shown."""
    assert severity_in({"severity": "info", "level": "critical"}) == ("critical", "critical")
    assert severity_in({"severity": "odd", "level": "fatal"}) == ("critical", "critical")
    assert severity_in({"severity": "error", "level": "odd"}) == ("unknown", "odd")
    assert severity_in({"level": "b", "severity": "a"}) == ("unknown", "a")
    assert severity_in({"level": 500, "level_name": "CRITICAL"}) == ("critical", "critical")
    assert severity_in({"severity": "debug", "@level": "notice"}) == ("notice", "notice")


def test_a_key_with_a_dot_is_read_both_ways() -> None:
    """Both the key as it stands and the path count, the more severe of them."""
    assert severity_in({"log.level": "critical"}) == ("critical", "critical")
    assert severity_in({"log": {"level": "critical"}}) == ("critical", "critical")
    both = {"log.level": "info", "log": {"level": "critical"}}
    assert severity_in(both) == ("critical", "critical")


@pytest.mark.parametrize(
    ("scale", "numbers"),
    [
        (
            "python",
            {
                "50": "critical",
                "1000": "critical",
                "49": "error",
                "40": "error",
                "35": "warn",
                "29.9": "info",
                "10": "debug",
                "9": "unknown",
                "0": "unknown",
                "-50": "unknown",
                "5e1": "critical",
                "1e999999999999999": "critical",
            },
        ),
        ("pino", {"60": "critical", "59": "error", "45": "warn", "10": "trace", "9": "unknown"}),
        (
            "syslog",
            {
                "0": "critical",
                "-0": "critical",
                "2": "critical",
                "3": "error",
                "5": "notice",
                "7": "debug",
                "8": "unknown",
                "-1": "unknown",
                "3.5": "unknown",
                "3.0": "error",
            },
        ),
        ("otel", {"21": "critical", "24": "critical", "25": "unknown", "0": "unknown"}),
        ("monolog", {"500": "critical", "600": "critical", "499": "error", "250": "notice"}),
        ("windows", {"1": "critical", "0": "info", "4": "info", "5": "debug", "6": "unknown"}),
    ],
)
def test_a_scale_says_what_numbers_mean(scale: str, numbers: dict[str, str]) -> None:
    """A number is in the class of its range or of the lower step; what lies outside is unknown."""
    found = {
        number: severity_in('{"level":' + number + "}", scale=scale) or ("absent", "")
        for number in numbers
    }

    assert {number: kind for number, (kind, _) in found.items()} == numbers


@pytest.mark.parametrize(
    ("value", "kind"), [("50", "critical"), (" 50.", "critical"), ("50.0", "unknown")]
)
def test_a_string_may_be_a_number_of_a_scale(value: str, kind: str) -> None:
    """A JSON integer in a string, as written or cleaned, is that number; a fraction is none."""
    severity = severity_in({"level": value}, scale="python")

    assert severity is not None
    assert severity[0] == kind


def test_a_negative_integer_in_a_string_is_read_as_written() -> None:
    """The sign is not cleaned away from an integer."""
    assert severity_in({"level": "-1"}, scale="syslog") == ("unknown", "-1")


def test_a_map_goes_before_table_and_scale() -> None:
    """A mapped value has its class, whatever the table, the words or the scale say."""
    mapping = (
        ("60", "critical"),
        ("fatal", "warn"),
        ("not so critical", "info"),
        ("true", "error"),
    )

    assert severity_in({"level": 60}, map=mapping) == ("critical", "critical")
    assert severity_in({"level": "60"}, map=mapping, scale="syslog") == ("critical", "critical")
    assert severity_in({"level": "[FATAL]"}, map=mapping) == ("warn", "warn")
    assert severity_in({"level": "FATAL3"}, map=mapping) == ("critical", "critical")
    assert severity_in({"level": "Not so Critical"}, map=mapping) == ("info", "info")
    assert severity_in({"level": True}, map=mapping) == ("error", "error")


def test_a_map_can_hold_a_value_that_only_cleaning_empties() -> None:
    """The name that a report shows is the name to map, for arrays and objects too."""
    mapping = (("\U0001f525", "critical"), ("(array)", "info"), ("(object)", "error"))

    assert severity_in({"level": "\U0001f525"}, map=mapping) == ("critical", "critical")
    assert severity_in({"level": ["critical"]}, map=mapping) == ("info", "info")
    assert severity_in({"level": {"a": 1}}, map=mapping) == ("error", "error")
    assert severity_in({"level": "(array)"}, map=mapping) == ("unknown", "array")


def test_a_key_of_not_is_no_severity_key() -> None:
    """A key that `not` names is not read, also where the list of keys has it."""
    assert severity_in({"level": 5, "severity": "warn"}, not_keys=("level",)) == ("warn", "warn")
    assert severity_in({"level": 5}, not_keys=("level",)) is None


def test_of_duplicate_keys_the_last_counts() -> None:
    """Duplicates of a severity key are read as JSON is."""
    line = '{"severity":"critical","severity":"info"}'

    assert json.loads(line) == {"severity": "info"}
    assert severity_in(line) == ("info", "info")
