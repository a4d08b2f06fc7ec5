"""Tables of members that telemetry can have, to draw from: severities, nets, dangers, containers.

Each entry is JSON text. Few of them are honest; `tests.support.hostile` mixes them with others.
"""

from __future__ import annotations

import json

NET_WORDS = ("critical", "crit", "fatal", "emerg", "emergency", "panic", "dpanic", "disaster")


def texts(*values: str) -> tuple[str, ...]:
    """Return strings as JSON texts, without escapes for readable characters."""
    return tuple(json.dumps(value, ensure_ascii=False) for value in values)


def nested(text: str, depth: int, quote: str = r"\"") -> str:
    """Return a JSON text as a string inside of a string, and so on.

    Args:
        text: The JSON text.
        depth: How often it is written as a string.
        quote: How a quote inside of a string is written.
    """
    for _ in range(depth):
        inner = json.dumps(text, ensure_ascii=False)[1:-1]
        # Each backslash that stands before a quote here and in the string is written as two.
        pairs = inner.split(r"\\")
        text = '"' + r"\\".join(each.replace(r"\"", quote) for each in pairs) + '"'
    return text


# Values of severity keys: of every class, and what only looks like one.
CLASSED = texts(
    *("critical", "Crit", "FTL", "dpanic", "alert", "disaster", "catastrophic", "fatal"),
    *("error", "err", "eror", "Fault", "failure", "warn", "WARNING", "wrn", "notice"),
    *("info", "Information", "informational", "inf", "config", "log", "default", "normal"),
    *("ok", "success", "none", "debug", "dbg", "fine", "trace", "verbose", "vrb", "finer"),
    "finest",
)
ALMOST_CLASSED = texts(
    *("FATAL3", "crit1", "warn4", "error5", "info0", "error12", "1error", "log2", "none 1"),
    *("non-critical", "nonCritical", "noncritical", "not fatal", "NOT_PANIC", "not so critical"),
    *("not critical, critical", "critical not critical", "non non-critical", "nonfatal fatal"),
    *("LogLevel.CRITICAL", "CRITICAL ERROR", "ERROR+4", "criticality", "xCritical", "critical5"),
    *("SEVERE", "P1", "SEV1", "HALT", "risk", "odd", "Odd!", "(array)", "(object)", "(none)"),
    *(" critical", "-critical-", "[fatal]", "<3> error", "** warn **", "critical\u00e9"),
    *("\x1b[31mCRITICAL\x1b[0m", "\x1b[1;31mcri\x1b[mtical", "\x1b[31m", "\x1b[xmerror", "\x1b["),
    *("\U0001f534 critical", "\U0001f525", "\u0421RITICAL", "\u91cd\u5927", "\u212aritical"),
    *("-", "--", " - ", "   ", "\u00a0", "critical\u0000", "err\nor", "x" * 250),
)
NUMBERED = (
    *("0", "-0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "20", "21", "24"),
    *("25", "30", "35", "40", "49", "50", "51", "60", "100", "200", "250", "300", "400", "499"),
    *("500", "600", "-1", "-50", "50.0", "5e1", "3.5", "1e999", "99999999999999999999999"),
    *('"0"', '"2"', '"-1"', '"50"', '" 60 "', '"[40]"', '"050"', '"50.0"', '"+5"', '"5e1"'),
)
STRUCTURED = ('["critical"]', '[""]', "[0]", '{"name":"critical"}', '{"":{}}', "true", "false")
SEVERITY_VALUES = (*CLASSED, *ALMOST_CLASSED, *NUMBERED, *STRUCTURED)

# Types of operator actions, and types that only have a word of them.
ACTION_TYPES = texts(
    *("alert_ack", "alertWasResolvedByOperator", "ack", "manual snooze request", "ack log"),
    *("risk_alert_resolved", "margin incident acked", "all alerts silenced", "the rule is acked"),
    *("order_ack_timeout", "resolve_failed", "alert_resolve_failed", "snooze_expired", "bot.ack"),
    *("could not resolve host", "alert not resolved", "unresolved alert", "resolve risk_alert"),
)
DANGER_TYPES = texts(
    *("kill_switch", "KillSwitch", "killswitch", "killed", "KILLED", "circuit-breaker", "skilled"),
    *("CircuitBreakerTripped", "margin.call", "margin_called", "kill the switch", "switch kill"),
    *("LIQUIDATION", "liquidated by", "emergency stop", "tradingHalt", "trading_halted", "halted"),
    *("order halted alert", "order_halted_ack", "killed ack"),
)
STATE_MEMBERS = tuple(
    f'"{key}":{value}'
    for key in ("action", "state", "new_state", "status")
    for value in (*DANGER_TYPES[::3], '"ok"', '"critical"', '"CRITICAL"', '["killed"]', "null", "7")
)
ALERT_MEMBERS = tuple(
    f'"{key}":{value}'
    for key in ("alert_type", "alertname", "dedupe_key", "title")
    for value in ('"x"', '""', "0", "false", "null", "[]", '"ack"')
)

# A quote in a string as .NET writes it.
_U0022 = r"\u0022"
# A word of the first net: as a value and as a key, alone and in JSON inside of strings.
_INNER = (
    *(f'{{"{key}":"{word}"}}' for key in ("level", "status", "x") for word in NET_WORDS[::3]),
    *('{"level" : "FATAL" }', '["panic"]', '[ 1 , "crit" ]', '"emergency"', '{"a\\"b":"crit"}'),
    *('{"critical":true}', '{"critical" : true }', '{"Fatal":false}', '{"panic":"true"}'),
    *('{"critical":1}', '{"a":"critical "}', '{"a":["x",{"b":"disaster"}]}', '{"emerg":"emerg"}'),
    *('{"level":"ftl"}', '{"level":"critical","critical":true}', '{"level":50}', '{"sev":null}'),
)
WORD_MEMBERS = (
    *(f'"{key}":"{word}"' for key in ("status", "grade", "lev", "x") for word in NET_WORDS),
    *('"x" : "Critical"', '"priority":"Critical"', '"a":["emerg"]', '"a":[ "x" , "PANIC" ]'),
    *('"critical":true', '"Critical" : true', '"fatal":false', '"panic":"true"', '"crit":"crit"'),
    *('"labels":{"severity":"critical"}', '"labels":{"disaster":true}', '"status":"non-critical"'),
    *('"st\\u0061tus":"critical"', '"x":"cr\\u0069tical"', '"a\\"b":"fatal"', '"a\\\\":"fatal"'),
    *('"":"critical"', '"x":"cr\u0131tical"', '"x":"\\"critical\\\\\\""', '"x":"\\\\\\"fatal\\""'),
    *(f'"payload":{inner}' for inner in _INNER),
    *(f'"message":{nested(inner, depth)}' for inner in _INNER for depth in (1, 2, 3)),
    *(f'"message":{nested(inner, depth, _U0022)}' for inner in _INNER[::2] for depth in (1, 2)),
    *(
        f'"x":{nested(nested(_INNER[0], 1, _U0022), 1)}',
        f'"x":{nested(nested(_INNER[0], 1), 1, _U0022)}',
    ),
    *(r'"x":"\u0022crit\""', r'"x":"\u0022crit\\u0022"', r'"x":"\\u0022crit\u0022"'),
    *(
        r'"x":"\\U0022crit\\U0022"',
        '"x":"u0022critu0022"',
        r'"x":"\"fatalu0022"',
        r'"a\u0022":"fatal"',
    ),
    *(r'"x":"\"a\":\u0022fatal\u0022"', r'"x":"\u0022a\u0022 : \u0022fatal\u0022:"'),
)
TEXT_MEMBERS = tuple(
    f'"{key}":{value}'
    for key in ("msg", "body", "note")
    for value in texts(
        *("level=critical", "loglevel=FATAL x", "severity=dpanic,", "lvl=crit", "level=info"),
        *("level='panic'", "level= critical", "level=50 fatal", "level=criticality", "lvl=ftl"),
        *("Level=critical", "level=\u00e9crit", "level=critlevel=x", "level=\ncrit", "severity="),
        *("CRITICAL risk", "xFATAL", "PANIC_NOW", "\nEMERGENCY", "XCRITICAL", "CRITICALx"),
        *('level="critical error"', 'level="info" critical'),
        *("a CRITICAL\u00e9", "CRIT", "Critical risk", "fatal", "CriticalFATAL", "FATALity"),
    )
)
ASSIGNED_MEMBERS = (
    *(
        r'"msg":"level=\u0022critical error\u0022"',
        r'"msg":"{\u0022a\u0022:\u0022lvl=\\u0022crit x"',
    ),
    *(r'"msg":"level=u0022crit"', r'"msg":"level=\u0022u0022crit"', r'"msg":"level=\u0041 crit"'),
    *(r'"msg":"level=\u0022\u0022 5 crit"', r'"msg":"level=\u0022info\u0022 crit"'),
)
KEY_MEMBERS = (
    *('"levelno":50', '"severity_number":21', '"SEVERITYNUMBER":"x"', '"Log-Level":0'),
    *('"@l.e_v-el":false', '"severity_id":5', '"sevcode":{}', '"error-severity":[]'),
    *('"level_value":null', '"levelnum":""', '"severityLabel":"-"', '"syslog_severity":"a"'),
    *('"PRIORITY":"2"', '"PRIORITY":2', '"PRIORITY":null', '"PRIORITY" : "-"', '"priority":"high"'),
    *('"priority":5', '"priority":""', '"priority" : "-"', '"levels":1', '"le\\u0076elno":1'),
    *('"a":[{"levelno":1}]', '"a":{"b":[[{"sev":0}]]}', '"a":[{ "lvl" : true }]', '"x{":","'),
    *('"a":",","levelno":1', '"m":"{\\"levelno\\":50}"', '"m":",\\"sev\\":1"', '"level":[]'),
)
PROPERTY_MEMBERS = (
    *('"log":{"level":"critical"}', '"log":{"level":"info"},"log.level":"error"', '"log":"level"'),
    *('"log.level":"fatal","log":{"level":""}', '"labels":{"alertname":"A"}', '"message":""'),
    *('"message":{"a":1},"msg":"m"', '"summary":0', '"description":false', '"error":"e"'),
)
ODD_MEMBERS = (
    *STATE_MEMBERS,
    *ALERT_MEMBERS,
    *WORD_MEMBERS,
    *TEXT_MEMBERS,
    *ASSIGNED_MEMBERS,
    *KEY_MEMBERS,
    *PROPERTY_MEMBERS,
)

# Values at the keys of containers that hold no event.
EMPTY_CONTAINERS = (
    *('"Records":[]', '"Records":{}', '"Records":[1,null,"x",[{}]]', '"Records":"[{}]"'),
    *(
        '"log":"{}"',
        '"log":"[{}]"',
        '"log":"{"',
        '"log":"{\\"a\\":NaN}"',
        '"log":" {}x"',
        '"log":5',
    ),
    *('"log":{"level":"critical"}', '"spans":{"logs":{}}', '"spans":[{"logs":[]},5]'),
)
