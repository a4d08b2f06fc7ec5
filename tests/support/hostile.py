"""Hypothesis strategies for telemetry: mostly well-formed, with all kinds of damage.

`telemetry_files` draws whole folders, `lines_of_json` any JSON text. Most parts come from tables,
so that a draw is cheap and a failing example is easy to read.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from tests.support.odd_times import ODD_TIMES, good_times, time_values
from tests.support.oddities import (
    ACTION_TYPES,
    DANGER_TYPES,
    EMPTY_CONTAINERS,
    ODD_MEMBERS,
    SEVERITY_VALUES,
    nested,
    texts,
)
from tests.support.oracle.properties import DEFAULT_READING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hypothesis.strategies import DrawFn, SearchStrategy

T = TypeVar("T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

PATHS = (
    "telemetry/a.jsonl",
    "telemetry/b.ndjson",
    "telemetry/alerting.jsonl",
    "telemetry/deep/er/c.jsonl",
    "telemetry/liveAlerts.jsonl",
    "live_runs/alerts/old.jsonl",
    "live_runs/alerts/2024/deeper.jsonl",
    "live_runs/alerts_new/now.jsonl",
    "logs/alerts.jsonl",
    "logs/ALERT-1.jsonl",
    "obs/events.jsonl",
    "obs/unalerted.jsonl",
    "alert.jsonl.1",
)

TIME_KEYS, SEVERITY_KEYS, TYPE_KEYS, RULE_KEYS, TEXT_KEYS = DEFAULT_READING[:5]


# The texts of JSON values that any property can have.
ODD_VALUES = (
    "null",
    '""',
    "[]",
    "{}",
    '["critical"]',
    '{"a":{"b":[1,{}]}}',
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "0.0",
    "1.50",
    "1E5",
    "1e999",
    "-1e-999",
    "123456789012345678901234567890",
    "7" * 5000,
    '" "',
    '"\\u00e9\\ud83d\\ude00"',
    '"\\u0000\\u001b[31m"',
    '"a\\nb\\t| # **bold** <b>"',
    '"\\/\\\\\\"\\b\\f"',
    '"\u2028\u202e\ufeff\x7f"',
    '"\U0001f600"',
    '"(none)"',
    json.dumps("x" * 199 + "yz"),
    json.dumps("x" * 199 + "ya"),
    json.dumps("\U0001f600" * 201, ensure_ascii=False),
    json.dumps("e\u0301" * 150),
    json.dumps("x" * 300 + " alert ack"),
)

SEVERITIES = (
    *texts(
        "critical",
        "CRITICAL",
        " Critical ",
        "\tcrit\r\n",
        "\u00a0fatal\u2003",
        "Fatal",
        "emerg",
        "EMERGENCY",
        "panic",
        "error",
        "err",
        "warn",
        "Warning",
        "warning ",
        "notice",
        " INFO",
        "info",
        "debug",
        "TRACE",
        "cr\u0131t",
        "crit\u0130cal",
        "CR\u0130T",
        "K",
        "\u212a",
        "\u00c9",
        "   ",
        "critical!",
        "crit ical",
        "unknown",
        "9",
    ),
    '"cr\\u0069t"',
    '"\\u00a0critical"',
    *SEVERITY_VALUES,
)

TYPES = (
    *texts(
        "alert",
        "ALERT",
        "risk_alert",
        "AlertRaised",
        "realerted",
        "alert_ack",
        "ack",
        "Ack",
        "operatorAck",
        "alertAcknowledged",
        "operator.snooze",
        "SNOOZED",
        "resolve-alert",
        "alert resolved",
        "unresolved",
        "backtest",
        "acknowledging",
        "silence1",
        "1silenced",
        "ack\u00e9",
        "\u00e9ack",
        "HTTPAck",
        "acK",
        "back ack",
        " ack",
        "ACKed",
        "Al\u00e9rt",
        "heartbeat",
        "heartbeat",
        "trade",
        "order",
        "fill",
        "tick",
        "quote",
        "signal",
        "risk",
        "pnl",
        "start",
        "stop",
        "legacy",
    ),
    '"\\u0061ck"',
    "true",
    "1",
    *ACTION_TYPES,
    *DANGER_TYPES,
)

RULES = (
    *texts(
        *(f"R{number}" for number in range(16)),
        "r1",
        " R1",
        "R1 ",
        "regel-\u00fc",
        "v1",
        "RISK limit",
        "old-alert",
        "previous",
    ),
    "17",
    "1.0",
    "false",
)

# Other members of an object: nested and dotted keys, rule (c), keywords.
EXTRA_MEMBERS = (
    '"labels":{"rule_id":"nested"}',
    '"labels":{"rule_id":""}',
    '"labels":{"rule_id":{"rule_id":"too deep"}}',
    '"labels":{"rule_id":7,"rule_id":8}',
    '"labels":["rule_id"]',
    '"labels":"rule_id"',
    '"labels":null',
    '"labels.rule_id":"dotted"',
    '"labels.rule_id":null',
    '"labels.rule_id":[]',
    '"labels.rule_id":{}',
    '"labels.rule_id":0',
    '"labels":{"rule_id":"nested"},"labels.rule_id":"dotted"',
    '"labels":{"rule_id":"nested"},"labels.rule_id":""',
    '"Severity":"critical"',
    '"severity ":"critical"',
    '"dedupe_key":"k"',
    '"dedupe_key":""',
    '"dedupe_key":0',
    '"dedupe_key":null,"title":"t"',
    '"title":"Something happened"',
    '"title":false',
    '"title":{}',
    '"title":null',
    '"title":"legacy v1"',
    '"note":"Legacy"',
    '"note":"risklimit"',
    '"note":"old__alert"',
    '"v":1',
    '"v1":1',
    '"":""',
    '"\\u0000":0',
    '"a\\u002eb":{"c":1}',
    '"\u00fc":"\u20ac\U0001f600"',
    '"severity":"critical","severity":"info"',
    '"severity":"info","severity":"critical"',
    '"type":"alert","type":null',
    '"s\\u0065verity":"critical"',
    '"payload":' + "[" * 500 + "]" * 500,
    '"payload":' + "[" * 511 + "]" * 511,
    '"payload":' + "[" * 512 + "]" * 512,
    '"payload":"' + "[{" * 600 + '"',
    '"payload":"' + "x" * 3000 + '"',
    *ODD_MEMBERS,
    *EMPTY_CONTAINERS,
)

BROKEN_LINES = (
    b"\xff",
    b"\xc0\x80",
    b'{"type":"alert\xe9"}',
    b'{"type":"\xed\xa0\x80"}',
    b'{"type":"\xf4\x90\x80\x80"}',
    b'{"type":"\xe2\x82"}',
    b"\x80{}",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"\x00",
    b"\x0c",
    b"\x0b{}",
    "\u00a0".encode(),
    "\u00a0{}".encode(),
    "\u2028".encode(),
    b"not json, but legacy v1",
    b'{"type":"alert"',
    b'{"type":"alert",}',
    b'{"type":"alert"}}',
    b'{"type":"alert"} {"type":"alert"}',
    b'{"type":"alert"} // note',
    b'{"type" "alert"}',
    b'{type:"alert"}',
    b"{'type':'alert'}",
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b'{"a":nan,"b":True,"c":None}',
    b'{"a":[1,]}',
    b'{"a":[,1]}',
    b'{"a":01}',
    b'{"a":-}',
    b'{"a":+1}',
    b'{"a":1.}',
    b'{"a":.5}',
    b'{"a":1e}',
    b'{"a":1e+}',
    b'{"a":0x10}',
    b'{"a":1_000}',
    '{"a":\u0661}'.encode(),
    b'{"a":"\t"}',
    b'{"a":"\x00"}',
    b'{"a":"\x1f"}',
    b'{"a":"\r"}',
    b'{"a":"\x7f"}',
    b'{"a":"\\x41"}',
    b'{"a":"\\u12"}',
    b'{"a":"\\u00g0"}',
    b'{"a":"\\u+123"}',
    b'{"a":"\\U0041"}',
    b'{"a":"\\ud83d"}',
    b'{"a":"\\ude00"}',
    b'{"a":"\\ud83d\\ud83d"}',
    b'{"a":"\\ud83d\\u0041"}',
    b'{"a":"\\ud83d\\n"}',
    b'{"a":"\\ude00\\ud83d"}',
    b'{"a":"\\uD83D\\uDE00"}',
    b'{"\\ud83d":1}',
    b"[]",
    b'[{"type":"alert"}]',
    b"1",
    b"-0",
    b"-0.0e-0",
    b"1e999",
    b"9" * 5000,
    b"null",
    b"true",
    b"tru",
    b"nulll",
    b'"alert"',
    b'""',
    b'"',
    b"{",
    b"}",
    b"{}",
    b" {} ",
    b"{\r}",
    b"[" * 2000,
    b"]" * 3 + b"[" * 513,
    b"]" * 3 + b"[" * 512,
    b'{"a":"' + b"[" * 600,
    *(b"[" * depth + b"]" * depth for depth in (511, 512, 513, 2000)),
    *(b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1) for depth in (511, 512, 513, 2000)),
    b'{"a":' + b"[" * 600 + b"]" * 599 + b"}",
    b'{"a":' + b"[" * 600 + b"]" * 600 + b',"b":"\xff"}',
    b'{"a":' + b"[]," * 600 + b"1}",
    b'{"a":[' + b"[]," * 600 + b"1]}",
    b"x" * 4000,
    b'{"pad":"' + b"x" * 4000 + b'","note":"legacy"}',
    b"<<<<<<< HEAD",
    b"Traceback (most recent call last):",
    b"ts,severity,type",
)

BLANK_LINES = (b"", b"", b" ", b"\t", b"\r", b" \t \r", b" " * 3000)

LINE_ENDS = (*(b"\n",) * 8, b"\r\n", b"\r\n", b" \r\n", b"\n\n", b"\r\r\n")

# Last lines without a line end: a writer is in the middle of a line, or writes no line ends.
LAST_LINES = (
    b"{}",
    b'{"type":"alert","severity":"critical"}',
    b'{"type":"alert","severity":"critical"}\r',
    b'{"type":"alert","sev',
    b'{"note":"legacy',
    b'{"a":"\xc3',
    b'{"a":"\xe2\x82',
    b'{"a":"\xf0\x9f',
    b'{"a":"\xf0\x9f\x98',
    b'{"a":"\xe0\x80',
    b'{"a":"\xed\xa0',
    b'{"a":"\xf4\x90',
    b'{"a":"\xc0',
    b'{"a":"\xff"}\xc3',
    b'{"a":1}\xe2',
    b"\xf0",
    b"\xef\xbb",
    b"[]",
    b"[1",
    b"1",
    b"-",
    b"nul",
    b" ",
    b"\r",
    b"[" * 600,
    b"[" * 600 + b"]" * 600,
    b'{"pad":"' + b"x" * 4000,
    b'{"pad":"' + b"x" * 4000 + b'"}',
    b'{"pad":"' + b"x" * 4000 + b"\xc3",
)


def _weighted(*choices: tuple[int, SearchStrategy[T]]) -> SearchStrategy[T]:
    """Return a strategy that draws from each of the given ones in proportion to its weight.

    `one_of` cannot: it drops a strategy that is given to it twice.
    """
    wheel = [strategy for weight, strategy in choices for _ in range(weight)]
    return st.integers(0, len(wheel) - 1).flatmap(wheel.__getitem__)


def _members(keys: Sequence[str], values: Sequence[str]) -> list[str]:
    """Return every pair of a key and a value; the first keys come more than once."""
    likelier = (*keys[:3], *keys[:3], *keys)
    return [f'"{key}":{value}' for key in likelier for value in values]


SEVERITY_MEMBERS = st.sampled_from(_members(SEVERITY_KEYS, SEVERITIES))
TYPE_MEMBERS = st.sampled_from(_members(TYPE_KEYS, TYPES))
RULE_MEMBERS = st.sampled_from(_members(RULE_KEYS, RULES))
# All members except times, each kind about equally often.
OTHER_MEMBERS = st.sampled_from(
    [
        *_members(SEVERITY_KEYS, SEVERITIES),
        *_members(TYPE_KEYS, TYPES) * 3,
        *_members(RULE_KEYS, RULES) * 6,
        *_members((*SEVERITY_KEYS, *TYPE_KEYS, *RULE_KEYS, *TIME_KEYS, *TEXT_KEYS), ODD_VALUES),
        *EXTRA_MEMBERS * 4,
    ]
)
# An event whose severity is quiet or absent, so that other members decide what it is.
QUIET_MEMBERS = st.sampled_from(('"level":"info"', '"type":"tick"', '"x":1', '"log.level":"none"'))
LOUD_MEMBERS = st.sampled_from((*ODD_MEMBERS, *_members(TYPE_KEYS, (*ACTION_TYPES, *DANGER_TYPES))))


def _containers(events: SearchStrategy[list[str]]) -> SearchStrategy[str]:
    """Return a strategy for a member that holds events: a list, lists in lists, or a string."""

    def object_of(members: list[str]) -> str:
        return "{" + ",".join(members) + "}"

    def in_lists(groups: list[list[str]]) -> str:
        return '"spans":[' + ",".join(f'{{"logs":[{",".join(each)}]}}' for each in groups) + ",{}]"

    objects = events.map(object_of)
    some = st.lists(objects | st.sampled_from(("null", "5", "[{}]")), max_size=4)
    records = some.map(lambda each: f'"Records":[{",".join(each)}]')
    strings = st.builds(
        lambda inner, key: f'"{key}":{nested(inner, 1)}',
        objects | records.map(lambda each: "{" + each + "}"),
        st.sampled_from(("log", "log", "message")),
    )
    return st.one_of(records, strings, st.lists(some, max_size=3).map(in_lists))


@lru_cache(maxsize=8)
def _event_members(end: datetime) -> SearchStrategy[list[str]]:
    """Return a strategy for the members of an event: any subset in any order, with duplicates."""
    good_time = st.sampled_from(_members(TIME_KEYS, good_times(end)))
    any_time = st.sampled_from(_members(TIME_KEYS, time_values(end)))
    bad_time = st.sampled_from([f'"ts":{bad}' for bad in (*ODD_VALUES[:6], *ODD_TIMES)])
    second_time = st.sampled_from([f'"timestamp":{good}' for good in good_times(end)])
    text = st.text(max_size=6).map(lambda value: json.dumps(value, ensure_ascii=False))
    free = st.builds('"{}":{}'.format, st.sampled_from(("type", "severity", "rule")), text)

    def joined(*parts: str | list[str]) -> list[str]:
        members: list[str] = []
        for part in parts:
            members.extend([part] if isinstance(part, str) else part)
        return members

    inner = st.lists(good_time | QUIET_MEMBERS | OTHER_MEMBERS, max_size=3)
    return _weighted(
        (3, st.tuples(good_time, SEVERITY_MEMBERS, TYPE_MEMBERS, RULE_MEMBERS).map(list)),
        (3, st.tuples(good_time, QUIET_MEMBERS, LOUD_MEMBERS).map(list)),
        (1, st.lists(QUIET_MEMBERS | LOUD_MEMBERS, max_size=3)),
        (2, st.builds(joined, good_time | QUIET_MEMBERS, _containers(inner), QUIET_MEMBERS)),
        (3, st.builds(joined, good_time, st.lists(OTHER_MEMBERS, max_size=6))),
        (3, st.builds(joined, any_time, st.lists(OTHER_MEMBERS, max_size=4))),
        (1, st.builds(joined, bad_time, second_time, st.lists(OTHER_MEMBERS, max_size=3))),
        (1, st.lists(st.one_of(any_time, free, OTHER_MEMBERS), max_size=7)),
    )


@lru_cache(maxsize=8)
def _event_lines(end: datetime) -> SearchStrategy[bytes]:
    """Return a strategy for lines with an event (a few of them are too deep)."""

    def written(members: list[str], gap: str) -> bytes:
        return ("{" + gap + f"{gap},{gap}".join(members) + gap + "}" + gap).encode()

    gaps = st.sampled_from(("", "", "", " ", "\t", "\r", " \t"))
    return st.builds(written, _event_members(end), gaps)


def _damaged(line: bytes, place: int, damage: bytes, removed: int) -> bytes:
    """Return a line with some bytes inserted, removed or replaced, without line feeds."""
    place %= len(line) + 1
    return (line[:place] + damage + line[place + removed :]).replace(b"\n", b"")


DAMAGES = (
    *(b"", b"", b"", b'"', b",", b":", b"{", b"}", b"[", b"]", b"\\", b"0", b"-", b".", b"e"),
    *(b" ", b"\r", b"\t", b"\x00", b"\x0c", b"\xff", b"\xc3", b"\xa9", b"\xe2\x82", b"\xf0\x9f"),
    *(b"null", b"NaN", b"legacy", b"\xef\xbb\xbf", b"\\u", b"\\ud800", b"\\udc00", b"//", b"'"),
)


@lru_cache(maxsize=8)
def _lines(end: datetime) -> SearchStrategy[bytes]:
    """Return a strategy for one line of telemetry, without its line end."""
    event = _event_lines(end)
    damaged = st.builds(
        _damaged,
        event,
        st.integers(0, 400),
        st.sampled_from(DAMAGES),
        st.sampled_from((0, 1, 1, 2, 1000)),
    )
    broken = st.sampled_from(BROKEN_LINES)
    blank = st.sampled_from(BLANK_LINES)
    anything = st.binary(max_size=8).map(lambda line: line.replace(b"\n", b""))
    some_json = lines_of_json().map(str.encode)
    return _weighted(
        (14, event), (2, damaged), (2, broken), (1, blank), (1, anything), (1, some_json)
    )


@st.composite
def _contents(draw: DrawFn, end: datetime) -> bytes:
    """Draw the content of one file."""
    lines = draw(st.lists(st.tuples(_lines(end), st.sampled_from(LINE_ENDS)), max_size=12))
    content = draw(st.sampled_from((b"", b"", b"", b"", b"", BYTE_ORDER_MARK, BYTE_ORDER_MARK * 2)))
    content += b"".join(line + line_end for line, line_end in lines)
    ending = draw(st.sampled_from(("whole", "whole", "whole", "no line end", "cut", "last line")))
    if ending == "no line end":
        return content.rstrip(b"\r\n")
    if ending == "cut":
        return content[: len(content) - draw(st.integers(0, 40))]
    if ending == "last line":
        return content + draw(st.sampled_from(LAST_LINES))
    return content


def telemetry_files(end: datetime) -> SearchStrategy[dict[str, bytes]]:
    """Return a strategy for one to four telemetry files: relative path -> content.

    Args:
        end: The end of the window that the times are near to, aware.
    """
    return st.dictionaries(st.sampled_from(PATHS), _contents(end), min_size=1, max_size=4)


@lru_cache(maxsize=1)
def lines_of_json() -> SearchStrategy[str]:
    """Return a strategy for any valid JSON text of one line."""
    spaces = st.sampled_from(("", "", "", " ", "\t", "\r", "  "))
    escapes = st.sampled_from(
        (
            *('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u00E9"),
            *("\\ud83d\\ude00", "\\uDBFF\\uDFFF", "\\uffff", "\\u0022"),
        )
    )
    plain = st.text(max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False)[1:-1])
    strings = st.lists(st.one_of(plain, escapes), max_size=3).map(
        lambda pieces: '"' + "".join(pieces) + '"'
    )
    fractions = st.sampled_from(("", "", "", ".0", ".5", ".000", ".123456789012345678901"))
    exponents = st.sampled_from(("", "", "", "e5", "E-3", "e+07", "e400", "e00"))
    integers = st.one_of(st.integers(), st.integers(-9, 9)).map(str) | st.just("-0")
    numbers = st.builds(lambda *parts: "".join(parts), integers, fractions, exponents)
    scalars = st.one_of(st.sampled_from(("true", "false", "null")), numbers, strings)

    def array(values: list[str], space: str) -> str:
        return "[" + space + f"{space},{space}".join(values) + space + "]"

    def members(values: list[tuple[str, str]], space: str) -> str:
        pairs = [f"{key}{space}:{space}{value}" for key, value in values]
        return "{" + space + f"{space},{space}".join(pairs) + space + "}"

    def containers(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        keys = st.one_of(st.sampled_from(('"a"', '"a"', '"\\u0061"', '""')), strings)
        return st.one_of(
            st.builds(array, st.lists(inner, max_size=3), spaces),
            st.builds(members, st.lists(st.tuples(keys, inner), max_size=3), spaces),
        )

    values = st.recursive(scalars, containers, max_leaves=6)
    return st.builds(lambda before, value, after: before + value + after, spaces, values, spaces)
