"""Tests of `peaktrade_ops.stage1.nets`: what they find, and that the patterns miss no line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.stage1.nets import NAMED, NOTHING, SUSPICIOUS, Found, Nets, key_of
from peaktrade_ops.telemetry.records.keywords import Keywords, LinePattern
from tests.support.asking import unread_in
from tests.support.examples import examples
from tests.support.oddities import NET_WORDS, ODD_MEMBERS, nested

if TYPE_CHECKING:
    from collections.abc import Sequence

NET_KEYS = (
    *("level", "severity", "sev", "lvl", "loglevel", "levelno", "levelnum", "levelname"),
    *("levelvalue", "severitynumber", "severitylevel", "severityvalue", "severitytext"),
    *("severitylabel", "severityid", "syslogseverity", "errorseverity", "sevcode"),
)
SUSPECTS = LinePattern(SUSPICIOUS)
NAMED_LINES = LinePattern(NAMED)


def nets(
    not_keys: Sequence[str] = (), keys: Sequence[str] = (), mapped: Sequence[str] = ()
) -> Nets:
    """Return nets with exceptions; mapped words are in lower case."""
    return Nets(not_keys, keys, lambda text: text.lower() in mapped)


PLAIN = nets()


def words_in(line: str | bytes, each: Nets = PLAIN) -> Found:
    """Return what the nets for words find."""
    return each.words_in(line.encode() if isinstance(line, str) else line)


def always(line: str, each: Nets = PLAIN) -> str | None:
    """Return what the nets for words find in every event."""
    return words_in(line, each).always


def key_in(line: str, each: Nets = PLAIN) -> str | None:
    """Return the key that the net for keys finds."""
    return each.key_in(line.encode())


def holding(inner: str, depth: int, quote: str = r"\"") -> str:
    """Return an event that holds JSON in strings inside of each other."""
    return f'{{"m":{nested(inner, depth, quote)}}}' if depth else f'{{"m":{inner}}}'


WAYS = pytest.mark.parametrize("quote", [r"\"", r"\u0022"])
"""The ways to write a quote inside of a string."""


@WAYS
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("word", [*NET_WORDS, "Critical", "FATAL"])
def test_a_word_that_is_a_whole_string_is_found(word: str, depth: int, quote: str) -> None:
    """The name of the finding is the key before the string, at every depth of escapes."""
    for inner, name in (
        (f'{{"state":"{word}"}}', "state"),
        (f'{{"a b" : "{word}"}}', "a b"),
        (f'["{word}"]', "(value)"),
        (f'{{"a":["x", "{word}"]}}', "(value)"),
    ):
        line = holding(inner, depth, quote)
        assert always(line) == name
        assert SUSPECTS.positions([b"{}", line.encode()]) == [1]


@pytest.mark.parametrize("quote", [r"\"", r"\u0022"])
@pytest.mark.parametrize("other", [r"\"", r"\u0022"])
def test_writers_that_escape_in_other_ways_may_write_each_other(quote: str, other: str) -> None:
    """What one writer escapes, another one escapes again."""
    line = holding(nested('{"state":"fatal"}', 1, quote), 1, other)

    assert always(line) == "state"
    assert SUSPECTS.positions([line.encode()]) == [0]


@pytest.mark.parametrize(
    "text",
    [
        "u0022criticalu0022",
        "u0022critical",
        r"\u0022critical",
        r"\\U0022critical\\U0022",
        r"\u0022critical\\u0022",
        r"\\u0022critical\u0022",
        r"\u0022critical\\\"",
        r"\u0022criticality\u0022",
        r"\u0022critical\u0022:0",
        r"\u0027critical\u0027",
    ],
)
def test_other_numbers_and_what_has_no_backslash_are_no_quotes(text: str) -> None:
    """Only the number of a quote is one, and it has as many backslashes at both ends."""
    assert words_in(f'{{"m":"{text}"}}') == NOTHING


def test_a_quote_may_end_a_string_that_is_passed_over_and_begin_another_one() -> None:
    """Text that is no JSON can have a word on both sides of a quote."""
    passing = nets(["note"])

    for quote in (r"\"", r"\u0022"):
        text = f"{quote}note{quote}:{quote}critical{quote}fatal{quote}"
        assert always(f'{{"m":"{text}"}}', passing) == "(value)"


@WAYS
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "inner",
    [
        '{"critical":0}',
        '{"critical" : "no"}',
        '{"critical":false}',
        '{"a":"critical "}',
        '{"a":"xcritical"}',
        '{"a":"non-critical"}',
        '{"a":"criticality"}',
        '{"a":"alert"}',
        '{"a":"ftl"}',
        '{"a":"catastrophic"}',
        '{"a":"cr\u0131tical"}',
        '{"a":"critical\\\\"}',
    ],
)
def test_keys_and_other_strings_are_not_found(inner: str, depth: int, quote: str) -> None:
    """A key, a part of a string, and words that are no net's words are not findings."""
    assert words_in(holding(inner, depth, quote)) == NOTHING


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_escapes_at_both_ends_are_the_same(depth: int) -> None:
    """A word between quotes of different depths is no whole string."""
    here, deeper = "\\" * (2**depth - 1) + '"', "\\" * (2 ** (depth + 1) - 1) + '"'

    assert words_in(f'{{"m":"{here}critical{deeper}"}}') == NOTHING
    assert words_in(f'{{"m":"{deeper}critical{here}"}}') == NOTHING
    assert always(f'{{"m":"{here}critical{here}"}}') == "(value)"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (r'{"a\"b":"critical"}', r"a\"b"),
        (r'{"a\\":"critical"}', r"a\\"),
        (r'{"st\u0061tus":"critical"}', r"st\u0061tus"),
        ('{"":"critical"}', ""),
        ('{"\u00e9":"critical"}', "\u00e9"),
        (r'{"m":"{\"a\\\"b\":\"critical\"}"}', r"a\\\"b"),
        ('{"a":"x","b":"fatal","c":"panic"}', "b"),
        ('{"a" :\t"fatal"}', "a"),
        ('"critical"', "(value)"),
    ],
)
def test_the_key_is_shown_as_it_is_written(line: str, name: str) -> None:
    """Escapes of a key stay, and the first finding is the one that counts."""
    assert always(line) == name


@WAYS
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("inner", "name"),
    [
        ('{"Critical":true}', "Critical"),
        ('{"panic" : true }', "panic"),
        ('{"panic":"true"}', None),
        ('{"panic":trueish}', None),
        ('{"panic":true,"b":"fatal"}', "b"),
    ],
)
def test_a_word_as_a_key_with_true_is_found(
    inner: str, name: str | None, depth: int, quote: str
) -> None:
    """Only the literal counts, and the key is shown as it is written."""
    assert always(holding(inner, depth, quote)) == name


@pytest.mark.parametrize("key", ["level", "lvl", "severity"])
@pytest.mark.parametrize("word", NET_WORDS)
def test_an_assignment_in_a_text_is_found(key: str, word: str) -> None:
    """The first word behind the sign counts, whatever stands between them."""
    for text in (
        f"{key}={word}",
        f"x{key.title()}={word.upper()},",
        f"{key}= <{word}> x",
        f"{key}=5 {word}",
        f"{key}=level={word}",
        f"{key}=info {key}={word}Error",
        f"{key}=\u00e9{word}\u00e9",
        rf"{key}=\u0022{word} x\u0022",
        rf"{key}=5 \\u0022\\u0022 <{word}",
    ):
        assert always(f'{{"m":"{text}"}}') == "(text)"
        assert SUSPECTS.positions([text.encode()]) == [0]


@pytest.mark.parametrize(
    "text",
    [
        "level=info critical",
        "level=criticality",
        "level=ftl",
        "level=alert",
        "level =critical",
        "level:critical",
        "level=critlevel=x",
        "level=",
        "level=xcritical",
        "level=u0022critical x",
        r"level=\u0041 critical",
    ],
)
def test_other_assignments_are_not_found(text: str) -> None:
    """Other words and other signs are not findings."""
    assert words_in(f'{{"m":"{text}"}}') == NOTHING


def test_a_string_comes_before_an_assignment() -> None:
    """The findings have the order of the contract, whatever their order in the line."""
    assert always('{"m":"level=fatal","a":{"panic":true}}') == "panic"
    assert always('{"m":"level=fatal CRITICAL","a":"fatal"}') == "a"
    assert words_in('{"m":"level=CRITICAL"}') == Found("(text)", "(text)")


@pytest.mark.parametrize("word", ["CRITICAL", "FATAL", "EMERGENCY", "PANIC"])
def test_a_word_in_capitals_is_found_without_a_severity_only(word: str) -> None:
    """Such a word may stand beside anything but letters that belong to it."""
    for text in (f"{word} risk", f"x{word}", f"{word}_NOW", f"\\n{word}", f"\u00c9{word}\u00e9"):
        assert words_in(f'{{"m":"{text}"}}') == Found(None, "(text)")
    for text in (f"X{word}", f"{word}X", f"{word}x", word.lower(), word.title()):
        assert words_in(f'{{"m":"{text} here"}}') == NOTHING


@pytest.mark.parametrize("text", ["CRIT", "EMERG", "DPANIC", "DISASTER", "ERROR", "ALERT"])
def test_other_words_in_capitals_are_not_found(text: str) -> None:
    """Four words only are looked for in a text."""
    assert words_in(f'{{"m":"so {text}"}}') == NOTHING


@pytest.mark.parametrize("key", NET_KEYS)
def test_a_key_of_a_severity_is_found(key: str) -> None:
    """Case and separators change nothing, and the key is shown as it is written."""
    marked = "_".join(key)
    for written in (key, key.upper(), key.title(), marked, f"@{key}-", f".{key}"):
        for line in (f'{{"a":1,"{written}":0}}', f'{{"a":[{{ "{written}"\t: [] }}]}}'):
            assert key_in(line) == written
            assert NAMED_LINES.positions([b"{}", line.encode()]) == [1]


@pytest.mark.parametrize("value", ["null", '""', '"-"', " null", ' "-"', "\t null "])
def test_a_key_without_a_value_is_not_found(value: str) -> None:
    """Three values say nothing, and the next key is looked at."""
    assert key_in(f'{{"levelno":{value}}}') is None
    assert key_in(f'{{"PRIORITY" : {value}}}') is None
    assert key_in(f'{{"priority":{value},"sevcode":1}}') == "sevcode"


@pytest.mark.parametrize("value", ["0", "false", '" "', '"--"', "[]", "{}", '"nullable"'])
def test_a_key_with_any_other_value_is_found(value: str) -> None:
    """All other values are looked at as a severity."""
    assert key_in(f'{{"levelno":{value}}}') == "levelno"


def test_a_priority_is_found_where_it_is_no_number() -> None:
    """Only the key in capitals may have any value, because others are orders of importance."""
    assert key_in('{"priority":"high"}') == "priority"
    assert key_in('{"priority" : "2"}') == "priority"
    assert key_in('{"priority":2}') is None
    assert key_in('{"priority":["high"]}') is None
    assert key_in('{"PRIORITY":2}') == "PRIORITY"
    assert key_in('{"PRIORITY":"2"}') == "PRIORITY"
    assert NAMED_LINES.positions([b'{"PRIORITY":2}', b"{}", b'{"priority" :"x"}']) == [0, 2]


@pytest.mark.parametrize(
    "line",
    [
        '{"levels":1}',
        '{"xlevel":1}',
        '{"l\u00e9vel":1}',
        '{"le\\u0076el":1}',
        '{"a":"level"}',
        '{"a":["level",1]}',
        '{"m":"{\\"level\\":1}"}',
        '{"m":",\\"level\\":1"}',
        '{"le\u017fvel":1}',
        '{"log":"level"}',
    ],
)
def test_other_keys_are_not_found(line: str) -> None:
    """Other names, strings, and keys in JSON inside of strings are no findings."""
    assert key_in(line) is None


def test_a_string_that_looks_like_the_beginning_of_a_key_hides_none() -> None:
    """Commas and brackets in strings do not confuse the search for keys."""
    assert key_in('{"a":",","levelno":1}') == "levelno"
    assert key_in('{"a{":"{","b,":"x,","sev":1}') == "sev"
    assert key_in('{"a":"\\\\","lvl":1}') == "lvl"


def test_keys_of_not_are_passed_over() -> None:
    """Both nets for keys and strings pass over them, as they are written; the others do not."""
    each = nets(not_keys=("status", "critical", "levelno"))

    assert always('{"status":"critical"}', each) is None
    assert always('{"Status":"critical"}', each) == "Status"
    assert always('{"status":"critical","x":"fatal"}', each) == "x"
    assert always('{"status":["critical"]}', each) == "(value)"
    assert always('{"critical":true}', each) is None
    assert always('{"Critical":true}', each) == "Critical"
    assert always(r'{"m":"{\"status\":\"critical\"}"}', each) is None
    assert always('{"status":"level=critical"}', each) == "(text)"
    assert words_in('{"status":"CRITICAL"}', each) == Found(None, "(text)")
    assert key_in('{"levelno":50,"sevcode":1}', each) == "sevcode"


def test_a_mapped_string_at_a_severity_key_has_been_read() -> None:
    """Only such keys count, with the last part of a path, and only the words of the map."""
    each = nets(keys=("level", "ctx.grade"), mapped=("critical",))

    assert always('{"level":"Critical"}', each) is None
    assert always('{"level":"fatal"}', each) == "level"
    assert always('{"state":"critical"}', each) == "state"
    assert always('{"ctx":{"grade":"critical"}}', each) is None
    assert always('{"ctx.grade":"critical"}', each) is None
    assert always('{"ctx":{"level":"critical","state":"critical"}}', each) == "state"
    assert always(r'{"m":"{\"level\":\"critical\"}"}', each) is None
    assert always('["critical"]', each) == "(value)"
    assert always('{"critical":true}', each) == "critical"


def test_long_lines_take_linear_time() -> None:
    """Nets that try again from each place of such lines would not end."""
    length = 100_000
    for text in ("level=" + "5" * length, "level=" * (length // 6), "a" * length, "{," * length):
        line = f'{{"m":"{text}"}}'
        assert words_in(line) == NOTHING
        assert key_in(line) is None
    for quote in (r"\"", r"\u0022"):
        assert words_in('{"m":"' + quote * length + '"}') == NOTHING
        assert words_in('{"m":"level=' + quote * length + '"}') == NOTHING
    assert key_in('{"m"' + " " * length + ":1}") is None


# Pieces of lines, of which many make up something that a net looks for.
PIECES = st.one_of(
    st.sampled_from(
        (
            *NET_WORDS,
            *("Critical", "CRITICAL", "FATAL", "EMERGENCY", "PANIC", "Fatal", "ftl", "X", "x"),
            *("level=", "lvl=", "severity=", "Level=", "level", "severity", "Log-Level", "sev"),
            *("PRIORITY", "priority", "l_v_l", "@se.v_", "levelno", "sevcode", "p-rio-rity"),
            *("\\u0022", "\\\\u0022", "u0022", "\\u0022:\\u0022", "\\U0022"),
            *('"', '\\"', '\\\\\\"', '":', '":"', '"' * 2, '","', '{"', ',"', '\\":\\"', '":true'),
            *(" ", "\t", ":", ",", "{", "}", "[", "]", "\\", "true", "null", "5", "=", "-", "_"),
            *("\u00e9", "\u017f", "\u212a", "\u0130", "\U0001f525", "\x7f", "\x1b[31m"),
        )
    ),
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=3),
)
LINES = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(st.sampled_from(ODD_MEMBERS), max_size=4).map(lambda m: "{" + ",".join(m) + "}"),
    st.builds(
        holding,
        st.builds(
            '{{"{}"{}:{}"{}"}}'.format,
            st.sampled_from((*NET_KEYS, "priority", "x", "l_e-V.e@l", "critical")),
            st.sampled_from(("", " ", "\t")),
            st.sampled_from(("", " ", "true,")),
            st.sampled_from((*NET_WORDS, "lvl=crit", "so FATAL", "x")),
        ),
        st.integers(0, 3),
        st.sampled_from((r"\"", r"\u0022")),
    ),
)


@settings(max_examples=examples(200))
@given(LINES)
@example('{"m":"level=\u00e9crit"}')
@example('{"m":"level=\\ncrit"}')
def test_the_suspicious_pattern_misses_no_line(line: str) -> None:
    """Every line in which the nets for words find anything is a suspect, alone and in a block."""
    lines = [b"{}", line.encode(), b"{}"]
    if any(words_in(line)):
        assert 1 in SUSPECTS.positions(lines)
        assert 1 in Keywords("v1|^{}$", SUSPICIOUS).search(b"\n".join(lines), lines).suspects


@settings(max_examples=examples(200))
@given(LINES)
@example('{"p_r-i.o@rity":"x"}')
def test_the_named_pattern_misses_no_line(line: str) -> None:
    """Every line in which the net for keys finds anything matches the pattern for keys."""
    if key_in(line) is not None:
        assert 1 in NAMED_LINES.positions([b"{}", line.encode(), b"{}"])


@settings(max_examples=examples(150), deadline=None)
@given(members=st.lists(st.sampled_from(ODD_MEMBERS), min_size=1, max_size=5), severe=st.booleans())
def test_the_nets_find_what_the_oracle_finds(members: list[str], *, severe: bool) -> None:
    """Events with and without a severity have the first finding of the slow reading."""
    line = "{" + ",".join([*members, '"s":' + ("1" if severe else "null")]) + "}"
    # The only severity key of these events is one that the members do not have.
    expected = unread_in(line, severity=("s",), type=("t",))
    found = words_in(line)
    key = key_in(line)
    mine = found.always if severe or found.always is not None else found.bare or key

    assert (mine, json.loads(line)["s"]) == (expected, 1 if severe else None)


def test_the_last_part_of_a_key_is_a_key_of_its_object() -> None:
    """A path names objects inside of each other, and only the last of its keys has the value."""
    dotted = nets(keys=["a.b.sev"], mapped=["critical"])

    assert always('{"a":{"b":{"sev":"critical"}}}', dotted) is None
    assert always('{"a.b.sev":"critical"}', dotted) is None
    assert always('{"b.sev":"critical"}', dotted) == "b.sev"


def test_text_that_is_no_json_has_no_keys() -> None:
    """Inside of a string anything can stand; a key that is passed over is one with a colon."""
    passing = nets(["note"])

    assert always(holding('{"note":"critical"}', 1), passing) is None
    assert always(r'{"m":"{\"note\"X:\"critical\"}"}', passing) == "(value)"
    assert always(r'{"m":"{\"note\":\"critical\" true}"}', passing) is None


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("level", "level"),
        (r"kritikalit\u00e4t", "kritikalit\u00e4t"),
        (r"a\"b", 'a"b'),
        ("a\\", "a\\"),
        (r"\ud800", r"\ud800"),
        ("\ud800\\n", "\ud800\\n"),
    ],
)
def test_a_key_is_that_of_events_whatever_is_escaped(written: str, key: str) -> None:
    """The nets name keys as they are written; a list of keys names them as they are read."""
    assert key_of(written) == key
