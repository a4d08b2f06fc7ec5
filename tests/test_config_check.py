"""Tests of `peaktrade_ops.config_check`: every message names the key and what is allowed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, cast, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.config import Config, SeverityClass
from peaktrade_ops.config_check import Problem, check, is_date, nearest

MODEL = cast("msgspec.inspect.StructType", msgspec.inspect.type_info(Config))

KEYS = [
    ("fields", "time"),
    ("fields", "more"),
    ("severity", "map"),
    ("severity", "scale"),
    ("severity", "not"),
    ("alerts", "danger"),
    ("policy", "max_new_alerts"),
    ("limits", "processes"),
]
VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates(),
        st.datetimes(),
        st.text(max_size=5),
        st.sampled_from(["pino", "warn", "2025-12-20"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def problem_of(document: dict[str, Any]) -> Problem:
    """Return the problem of a document that is refused."""
    with pytest.raises(Problem) as caught:
        check(document, MODEL)
    return caught.value


@pytest.mark.parametrize(
    ("document", "message", "hint"),
    [
        ({"policy": 1}, "policy cannot be 1", "write a table [policy]"),
        ({"formats": 1}, "formats cannot be 1", "write a table [[formats]]"),
        ({"formats": {}}, "formats cannot be a table", "write a table [[formats]]"),
        (
            {"formats": [{"files": ["a"]}, 1]},
            "formats cannot be 1 (entry 2 of [[formats]])",
            "write a table [[formats]]",
        ),
        (
            {"fields": {"time": "ts"}},
            "fields.time cannot be 'ts'",
            'write a list such as ["a", "b"]',
        ),
        (
            {"fields": {"time": []}},
            "fields.time cannot be an empty list",
            "write at least one text, or leave the key out",
        ),
        (
            {"fields": {"time": [""]}},
            "fields.time cannot hold ''",
            "write texts that are not empty",
        ),
        (
            {"fields": {"more": {"rule": [["a"]]}}},
            "fields.more.rule cannot hold a list",
            "write texts that are not empty",
        ),
        (
            {"limits": {"processes": True}},
            "limits.processes cannot be true",
            "write a whole number from 0 to 256",
        ),
        (
            {"limits": {"processes": 257}},
            "limits.processes cannot be 257",
            "write a whole number from 0 to 256",
        ),
        (
            {"limits": {"processes": 1.0}},
            "limits.processes cannot be 1.0",
            "write a whole number from 0 to 256",
        ),
        (
            {"policy": {"retention_days": 0}},
            "policy.retention_days cannot be 0",
            "write a whole number from 1 on",
        ),
        (
            {"policy": {"retention_days": 10**5000}},
            "policy.retention_days cannot be a number this large",
            "write a whole number from 1 on",
        ),
        (
            {"severity": {"scale": "pyton"}},
            "severity.scale cannot be 'pyton'",
            "did you mean 'python'? write one of monolog, otel, pino, python, syslog, windows",
        ),
        (
            {"severity": {"scale": ["pino"]}},
            "severity.scale cannot be a list",
            "write one of monolog, otel, pino, python, syslog, windows",
        ),
        (
            {"severity": {"map": {"": "info"}}},
            "severity.map cannot hold ''",
            "write texts that are not empty",
        ),
        (
            {"severity": {"map": []}},
            "severity.map cannot be an empty list",
            "write a table [severity.map]",
        ),
        (
            {"accepted": [{"date": "20251220", "rule": "lost", "reason": "x"}]},
            "accepted.date cannot be '20251220' (entry 1 of [[accepted]])",
            "write a date such as 2025-12-20",
        ),
        (
            {"accepted": [{"date": date(2025, 12, 20), "rule": "lost", "reason": ""}]},
            "accepted.reason cannot be '' (entry 1 of [[accepted]])",
            "write a text that is not empty",
        ),
        (
            {"accepted": [{"date": date(2025, 12, 20), "rule": "lost"}]},
            "accepted has no reason (entry 1 of [[accepted]])",
            "stage1.toml in the repo has an example",
        ),
        (
            {"severity": {"risk": "warn"}},
            "unknown key 'severity.risk'",
            "did you mean 'severity.map.risk'?",
        ),
        (
            {"severity": {"risk": "wrn"}},
            "unknown key 'severity.risk'",
            "did you mean 'severity.scale'?",
        ),
        (
            {"accepted": [{"danger": []}]},
            "unknown key 'accepted.danger' (entry 1 of [[accepted]])",
            "did you mean 'alerts.danger'?",
        ),
    ],
)
def test_a_problem_names_the_key_and_what_is_allowed(
    document: dict[str, Any], message: str, hint: str
) -> None:
    """No message has a name of a type or a path of a decoder."""
    problem = problem_of(document)

    assert problem.message == message
    assert problem.hint == hint


def test_all_classes_of_severities_are_named() -> None:
    """The hint for a wrong class lists those of the contract."""
    hint = problem_of({"severity": {"map": {"a": 5}}}).hint

    assert sorted(hint.removeprefix("write one of ").split(", ")) == sorted(get_args(SeverityClass))


def test_a_value_is_shown_in_one_short_line() -> None:
    """A value with line ends, or a long one, does not spread over the terminal."""
    assert "'a\\u000ab'" in problem_of({"policy": "a\nb"}).message
    assert len(problem_of({"policy": "a" * 1000}).message) < 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-12-20", True),
        (date(2025, 12, 20), True),
        ("2025-12-32", False),
        ("20251220", False),
        ("2025-W51-6", False),
        (datetime(2025, 12, 20, tzinfo=UTC), False),
        (20251220, False),
        (None, False),
    ],
)
def test_a_date_has_one_form(value: object, *, expected: bool) -> None:
    """A date is that of TOML, or the same as text, in every version of Python."""
    assert is_date(value) is expected


def test_the_nearest_name_exists_always() -> None:
    """A name that is like no other still has a suggestion."""
    assert nearest("syslogs", ["pino", "syslog"]) == "syslog"
    assert nearest("zzz", ["pino"]) == "pino"


@given(st.sampled_from(KEYS), VALUES)
def test_what_passes_can_be_used(key: tuple[str, str], value: object) -> None:
    """The check refuses everything that the models would refuse, with a better message."""
    document = {key[0]: {key[1]: value}}
    refused = ""
    try:
        check(document, MODEL)
    except Problem as problem:
        refused = problem.message

    if refused:
        assert f"{key[0]}.{key[1]}" in refused
    else:
        assert isinstance(msgspec.convert(document, Config), Config)
