"""Tests of `peaktrade_ops.stage1.nets`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.stage1.nets import NAMED, SUSPICIOUS, TEXT, VALUE, Found, Nets
from peaktrade_ops.telemetry.records.keywords import Keywords, LinePattern
from tests.support.examples import examples
from tests.support.oddities import ODD_MEMBERS

NETS = Nets((), ("severity", "level", "log.level"), lambda text: text.lower() == "fatal")
WORDS = Keywords("(?:never)^x", SUSPICIOUS)
KEYS = LinePattern(NAMED)


def nested(value: object, depth: int) -> bytes:
    """Return a line with a value inside of JSON in strings."""
    for _ in range(depth):
        value = {"inner": json.dumps(value)}
    return json.dumps(value).encode()


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"state": "Critical"}, "state"),
        ({"a": ["panic"]}, VALUE),
        ({"labels": {"severity": "emerg"}}, "severity"),
        ({"disaster": True}, "disaster"),
    ],
)
def test_a_word_is_found_at_any_depth_of_escapes(value: object, name: str, depth: int) -> None:
    """JSON in a string, in a string, is looked through."""
    assert NETS.words_in(nested(value, depth)) == Found(name)


@pytest.mark.parametrize(
    "line",
    [
        b'{"critical":"x"}',
        b'{"critical" : false}',
        b'{"critical":{"a":1}}',
        b'{"a":"critical mass"}',
        b'{"a":"critically"}',
        b'{"a":\\"critical"}',
        b'{"msg":"level=critically"}',
        b'{"msg":"level=info critical"}',
    ],
)
def test_keys_parts_and_other_words_are_not_found(line: bytes) -> None:
    """Only a whole string counts, and only the first word behind the sign."""
    assert NETS.words_in(line) == Found()


@pytest.mark.parametrize(
    "text",
    [
        "level=critical",
        "x lvl=Fatal.",
        "severity= panic",
        "level='emerg'",
        "level=criticalError",
        "level=level=fatal",
    ],
)
def test_a_text_that_names_a_level_is_found(text: str) -> None:
    """The word behind ``level=`` counts for every event."""
    assert NETS.words_in(json.dumps({"msg": text}).encode()) == Found(TEXT)


@pytest.mark.parametrize("text", ["CRITICAL risk", "xFATAL", "a\nPANIC", "(EMERGENCY)"])
def test_capitals_count_for_events_without_a_severity(text: str) -> None:
    """A word in capitals is a finding only where no severity is read."""
    assert NETS.words_in(json.dumps({"msg": text}).encode()) == Found(None, TEXT)


@pytest.mark.parametrize("text", ["CRITICALS", "CRITICALx", "NONFATAL", "Panic!"])
def test_parts_of_words_in_capitals_are_not_found(text: str) -> None:
    """Words are cut at small letters before, not behind."""
    assert NETS.words_in(json.dumps({"msg": text}).encode()) == Found()


def test_what_the_map_holds_has_been_read() -> None:
    """A string at a severity key that the map holds is passed over, at another key it is not."""
    assert NETS.words_in(b'{"level":"Fatal"}') == Found()
    assert NETS.words_in(b'{"state":"fatal"}') == Found("state")
    assert NETS.words_in(b'{"level":"panic"}') == Found("level")


def test_keys_of_not_are_passed_over() -> None:
    """Neither their strings nor they themselves count."""
    nets = Nets(("status", "levelno"), ("level",), lambda _text: False)

    assert nets.words_in(b'{"status":"critical"}') == Found()
    assert nets.words_in(b'{"status":"critical","x":"fatal"}') == Found("x")
    assert nets.key_in(b'{"levelno":50}') is None
    assert nets.key_in(b'{"levelno":50,"sev_code":1}') == "sev_code"


def test_the_first_finding_is_shown() -> None:
    """Strings go before keys, and keys before texts."""
    line = b'{"fatal":true,"msg":"level=panic","a":"crit","b":"critical"}'

    assert NETS.words_in(line) == Found("a")
    assert NETS.words_in(b'{"msg":"level=panic","fatal":true}') == Found("fatal")
    assert NETS.words_in(b'{"":"critical"}') == Found("")


@pytest.mark.parametrize(
    "member",
    [
        '"levelno":50',
        '"Level_No" : "x"',
        '"@level.no":[]',
        '"severity_number":21',
        '"severityId":5',
        '"SEV":1',
        '"syslog.severity":0',
        '"priority":"x"',
        '"PRIORITY":2',
        '"sevCode":false',
    ],
)
def test_a_key_that_names_a_severity_is_found_at_any_depth(member: str) -> None:
    """Case and marks in the key do not matter."""
    key = member.split('"')[1]
    for line in (f"{{{member}}}", f'{{"a":[{{"b":1,{member}}}]}}'):
        assert NETS.key_in(line.encode()) == key
        assert KEYS.positions([b"{}", line.encode()]) == [1]


@pytest.mark.parametrize(
    "line",
    [
        '{"levelno":null}',
        '{"level":""}',
        '{"level" : "-"}',
        '{"PRIORITY" : "-"}',
        '{"priority":2}',
        '{"Priority":2}',
        '{"levels":1}',
        '{"a":"{\\"level\\":1}"}',
    ],
)
def test_empty_values_and_other_keys_are_not_found(line: str) -> None:
    """A key in a string is none, and a number at ``priority`` may be anything."""
    assert NETS.key_in(line.encode()) is None


LINES = st.lists(
    st.sampled_from(ODD_MEMBERS) | st.text(st.sampled_from('"\\:{},= levELcritFATALsv_-.@'))
).map(lambda members: ("{" + ",".join(members) + "}").replace("\n", " ").encode())


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4))
def test_no_line_with_a_finding_is_overlooked(lines: list[bytes]) -> None:
    """The searches over blocks find every line on which the nets find anything."""
    data = b"\n".join(lines) + b"\n"
    found = [k for k, line in enumerate(lines) if NETS.words_in(line) != Found()]
    keyed = [k for k, line in enumerate(lines) if NETS.key_in(line) is not None]

    assert set(found) <= set(WORDS.search(data, lines).suspects)
    assert set(keyed) <= set(KEYS.positions(lines))
