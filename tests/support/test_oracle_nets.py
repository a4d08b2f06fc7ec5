"""Tests of `tests.support.oracle.nets`."""

from __future__ import annotations

import pytest

from tests.support.asking import events_in, unread_in

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('{"status":"critical"}', "status"),
        ('{"state" : "CRITICAL"}', "state"),
        ('{"labels":{"severity":"disaster"}}', "severity"),
        ('{"SeVerity":"dpanic","level":"info"}', "SeVerity"),
        ('{"priority":"Critical"}', "priority"),
        ('{"tags":["a","emerg"]}', "(value)"),
        ('{"tags":[ "crit" ]}', "(value)"),
        (r'{"message":"{\"level\":\"fatal\"}"}', "level"),
        (r'{"message":"{\"level\" : \"fatal\"}"}', "level"),
        (r'{"message":"[\"fatal\"]"}', "(value)"),
        (r'{"a":"{\"b\":\"{\\\"lev\\\":\\\"panic\\\"}\"}"}', "lev"),
        (r'{"message":"he said \"emergency\""}', "(value)"),
        (r'{"a\"b":"critical"}', r"a\"b"),
        ('{"st\\u0061tus":"critical"}', "st\\u0061tus"),
        (r'{"a\\":"critical"}', r"a\\"),
        (r'{"m":"{\"a\\\"b\":\"critical\"}"}', r"a\\\"b"),
        ('{"":"critical"}', ""),
        (r'{"m":"{\u0022lev\u0022:\u0022critical\u0022}"}', "lev"),
        (r'{"m":"[\u0022critical\u0022]"}', "(value)"),
        (r'{"m":"\u0022{\\u0022lev\\u0022 : \\u0022FATAL\\u0022}\u0022"}', "lev"),
        (r'{"m":"{\u0022a\\u0022b\u0022:\u0022panic\u0022}"}', r"a\\u0022b"),
        (r'{"m":"\u0022a\u0022:\"critical\u0022"}', "(value)"),
    ],
)
def test_a_word_that_is_a_whole_string_is_found(line: str, where: str) -> None:
    """The key before the string is shown, as written, at every depth of escaping."""
    assert unread_in(line) == where


@pytest.mark.parametrize(
    "line",
    [
        '{"critical":0}',
        '{"critical" : "no"}',
        '{"critical":false}',
        r'{"m":"{\"fatal\":1}"}',
        '{"text":"critical "}',
        '{"text":"non-critical"}',
        '{"text":"alert"}',
        '{"text":"ftl"}',
        r'{"text":"\"critical\\\""}',
        r'{"text":"\\\"critical\""}',
        '{"text":"cr\\u0069tical"}',
        r'{"text":"\u0022critical\\u0022"}',
        r'{"text":"\\U0022critical\\U0022"}',
        '{"text":"u0022criticalu0022"}',
        '{"text":"u0022critical"}',
        r'{"m":"{\u0022critical\u0022:false}"}',
        '{"text":"cr\u0131tical"}',
    ],
)
def test_keys_and_parts_of_strings_are_no_severities(line: str) -> None:
    """A key, a part of a string, other escapes at both ends and other letters are not found."""
    assert unread_in(line) is None


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('{"critical":true}', "critical"),
        ('{"level":"info","CRITICAL" : true}', "CRITICAL"),
        ('{"a":{"Fatal":true}}', "Fatal"),
        (r'{"m":"{\"panic\":true}"}', "panic"),
        (r'{"m":"{\u0022panic\u0022:true}"}', "panic"),
        ('{"critical":true,"a":"fatal"}', "a"),
        ('{"critical":"true","level":"info"}', None),
        (r'{"level":"info","m":"{\"panic\":trueish}"}', None),
    ],
)
def test_a_word_as_a_key_with_true_is_found(line: str, where: str | None) -> None:
    """Strings come first; the string `true` is not the value `true`."""
    assert unread_in(line) == where


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("level=critical msg=x", True),
        ("loglevel=FATAL", True),
        ("severity=dpanic", True),
        ("lvl=crit,", True),
        ("level='crit' x", True),
        ("level=50 level=emerg", True),
        ("level=criticality", False),
        ("level=ftl", False),
        ("level=info critical", False),
        ("Level=critical", True),
        ("level: critical", False),
        ("level=critlevel=x", False),
        (r"level=\u0022crit x\u0022", True),
        (r"level=\\\u0022\u0022 5 crit", True),
        ("level=u0022crit", False),
        (r"level=\u0041 crit", False),
    ],
)
def test_an_assignment_in_a_text_is_found(text: str, *, found: bool) -> None:
    """The first word behind the sign decides, with and without a severity of the event."""
    for severity in ('"level":"info",', ""):
        assert unread_in("{" + severity + f'"message":"{text}"' + "}") == (
            "(text)" if found else None
        )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CRITICAL risk: too much", True),
        ("xCRITICAL", True),
        ("CRITICAL_RISK", True),
        (r"\nFATAL", True),
        ("\u00c9PANIC\u00c9", True),
        ("XCRITICAL", False),
        ("CRITICALITY", False),
        ("CRITICALx", False),
        ("Critical", False),
        ("CRIT", False),
    ],
)
def test_a_word_in_capitals_is_found_where_there_is_no_severity(text: str, *, found: bool) -> None:
    """A word in capitals counts unless the event has a severity, unknown ones too."""
    assert unread_in(f'{{"log":"so {text}"}}') == ("(text)" if found else None)
    assert unread_in(f'{{"log":"so {text}","level":"info"}}') is None
    assert unread_in(f'{{"log":"so {text}","level":7}}') is None


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('{"severity_number":21}', "severity_number"),
        ('{"levelno":50}', "levelno"),
        ('{"PRIORITY":"2"}', "PRIORITY"),
        ('{"PRIORITY":2}', "PRIORITY"),
        ('{"priority":"high"}', "priority"),
        ('{"severity_id":5}', "severity_id"),
        ('{"a":[{"Log-Level":0}]}', "Log-Level"),
        ('{"@L.e_v-e.l":false}', "@L.e_v-e.l"),
        ('{"level":[]}', "level"),
        ('{"x":{ "sev" : {} }}', "sev"),
        ('{"a":1,"levelno":1,"sevcode":2}', "levelno"),
        ('{"log":"so CRITICAL","levelno":1}', "(text)"),
        ('{"priority":5}', None),
        ('{"Priority":"high"}', None),
        ('{"priority":"-"}', None),
        ('{"levelno":null}', None),
        ('{"levelno":""}', None),
        ('{"levelno":"-"}', None),
        ('{"PRIORITY":null}', None),
        ('{"le\\u0076elno":50}', None),
        (r'{"m":"{\"levelno\":50}"}', None),
        ('{"levels":50}', None),
        ('{"levelno":50,"level":"info"}', None),
        ('{"levelno":50,"level":50}', None),
    ],
)
def test_a_key_of_a_severity_is_found_where_there_is_none(line: str, where: str | None) -> None:
    """Keys of the line itself at any depth count, as written, where the event has no severity."""
    assert unread_in(line) == where


def test_keys_of_not_are_passed_over() -> None:
    """The first and the last net pass over a key that `not` names; the second does not."""
    assert unread_in({"status": "critical"}, not_keys=("status",)) is None
    assert unread_in({"critical": True}, not_keys=("critical",)) is None
    assert unread_in({"levelno": 1, "sev_code": 2}, not_keys=("levelno",)) == "sev_code"
    assert unread_in({"Status": "critical"}, not_keys=("status",)) == "Status"
    assert unread_in({"status": "CRITICAL"}, not_keys=("status",)) == "(text)"
    assert unread_in({"status": "CRITICAL", "level": "info"}, not_keys=("status",)) is None


def test_a_mapped_string_at_a_severity_key_has_been_read() -> None:
    """The map has no effect on other words or at other keys."""
    mapping = (("critical", "warn"),)
    embedded = r'{"log":"{\"level\":\"critical\"}"}'

    assert unread_in({"level": "Critical"}, map=mapping) is None
    assert unread_in({"level": "critical", "state": "critical"}, map=mapping) == "state"
    assert unread_in('{"level":"fatal","level":"info"}', map=mapping) == "level"
    assert unread_in({"ctx": {"grade": "critical"}}, map=mapping) == "grade"
    assert unread_in({"ctx": {"grade": "critical"}}, map=mapping, severity=("ctx.grade",)) is None
    assert unread_in(embedded, map=mapping, embedded=("log",)) is None


def test_critical_events_and_actions_are_not_unread() -> None:
    """What is critical has been read, and an operator may name a severity."""
    assert unread_in({"severity": "critical", "levelno": 50, "state": "fatal"}) is None
    assert unread_in({"type": "alert_ack", "state": "fatal"}) is None
    assert unread_in({"type": "order_ack_timeout", "state": "fatal"}) == "state"


def test_an_unpacked_line_counts_as_read_when_any_event_is_critical() -> None:
    """Without a critical event, each event of the line is unread."""
    one = {"records": [{"level": "info"}, {"level": "critical"}], "state": "fatal"}
    none = {"records": [{"level": "info"}, {}, {"type": "ack"}], "state": "fatal", "levelno": 1}

    assert [event.unread for event in events_in(one, unpack=("records",))] == [None, None]
    assert [event.unread for event in events_in(none, unpack=("records",))] == [
        "state",
        "state",
        None,
    ]
