"""Tests of `peaktrade_ops.text`."""

from __future__ import annotations

import string
import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.text import (
    NumberText,
    ascii_lower,
    cleaned,
    is_plain_key,
    printable,
    severity_key,
    toml_array,
    toml_string,
    word_list,
    words_of,
)
from tests.support import oracle

ESCAPE = "\x1b"
TEXTS = st.text(st.one_of(st.sampled_from("aAcCkKxX1_-. \u00e9\u0130\u212a"), st.characters()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alertAcknowledged", {"alert", "acknowledged"}),
        ("operator.snooze_2", {"operator", "snooze"}),
        ("HTTPAck", {"httpack"}),
        ("acK", {"ac", "k"}),
        ("jobs", {"jobs"}),
        ("obs-jobs", {"obs", "jobs"}),
        ("ack\u00e9", {"ack"}),
        ("", set()),
    ],
)
def test_words_are_cut_at_no_letters_and_before_capitals(text: str, words: set[str]) -> None:
    """A word contains ASCII letters only and ends before a capital after a small letter."""
    assert words_of(text) == words


@given(TEXTS)
def test_words_are_those_of_the_contract(text: str) -> None:
    """Any text has the words that the oracle finds."""
    assert words_of(text) == set(oracle.words(text))


@given(TEXTS)
def test_only_ascii_capitals_become_small(text: str) -> None:
    """Other letters stay, because their case depends on the Unicode tables of the Python."""
    assert ascii_lower(text) == oracle.small(text)


@pytest.mark.parametrize("text", ["", "ok", "Grüße 報告 🚀", "a-b_c (d) 50 % \\ * | `"])
def test_ordinary_text_is_printed_as_it_is(text: str) -> None:
    """Letters, signs and pictures of every script are printed unchanged."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\u000ab"),
        ("a\r\nb", "a\\u000d\\u000ab"),
        ("a\tb", "a\\u0009b"),
        ("\x00", "\\u0000"),
        (f"{ESCAPE}[31mred", "\\u001b[31mred"),
        ("\x7f\x9b2J", "\\u007f\\u009b2J"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\u0085d"),
        ("\u202eevil\u202c", "\\u202eevil\\u202c"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("a\u200bb\u00adc\ufeff", "a\\u200bb\\u00adc\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\ue0041"),
    ],
)
def test_what_steers_or_hides_is_shown_as_an_escape(text: str, shown: str) -> None:
    """Control, direction and invisible characters are printed as escapes."""
    assert printable(text) == shown


@given(st.text(st.characters(), max_size=50))
def test_nothing_printable_can_steer(text: str) -> None:
    """The result has no control, surrogate, line separator or direction character."""
    shown = printable(text)

    assert shown.isascii() or not {unicodedata.category(c) for c in shown} & {
        "Cc",
        "Cs",
        "Zl",
        "Zp",
    }
    assert not {unicodedata.bidirectional(c) for c in shown} & {
        *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "B", "S", "BN")
    }
    assert len(shown.splitlines()) <= 1


def test_escaping_again_changes_nothing() -> None:
    """A text that is already printable does not change."""
    assert printable(printable("\x1b\u202e\n")) == printable("\x1b\u202e\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("critical", "critical"),
        (" [CRITICAL] ", "CRITICAL"),
        ("\x1b[1;31mcritical\x1b[0m", "critical"),
        ("\x1b[mcritical", "critical"),
        ("cri\x1b[31mtical", "critical"),
        ("\U0001f525 FATAL!", "FATAL"),
        ("a - b", "a - b"),
        ("a\nb\n", "a\nb"),
        ("\u0421RIT", "RIT"),
        ("7", "7"),
        ("\x1b[31m\x1b[0m", ""),
        ("\U0001f525", ""),
        ("", ""),
    ],
)
def test_a_severity_is_cleaned_at_both_ends(text: str, value: str) -> None:
    """Colours go everywhere, and everything else that is no ASCII letter or digit at the ends."""
    assert cleaned(text) == value


@given(TEXTS)
def test_a_cleaned_severity_has_no_decoration(text: str) -> None:
    """A cleaned text begins and ends with an ASCII letter or digit, or is empty."""
    value = cleaned(text)

    assert not value or {value[0], value[-1]} <= {*string.ascii_letters, *string.digits}


def test_words_are_in_order_and_may_occur_twice() -> None:
    """Words next to each other are found in the list of the words."""
    assert word_list("order_HaltedOrder-order") == ["order", "halted", "order", "order"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("risk", '"risk"'),
        ("", '""'),
        ("größe", '"größe"'),
        ('a"b', r'"a\"b"'),
        ("a\\", r'"a\\"'),
        ("a\n[alerts]\r", r'"a\u000a[alerts]\u000d"'),
        ("\u202e\u2028\x7f\x85", r'"\u202e\u2028\u007f\u0085"'),
        ("\U000e0041", r'"\U000e0041"'),
        ("\ud800", r'"\ufffd"'),
    ],
)
def test_a_text_is_quoted_for_toml(text: str, written: str) -> None:
    """The string is as short as can be read, and hides nothing."""
    assert toml_string(text) == written


@given(st.text(max_size=50))
def test_a_quoted_text_is_that_text_in_toml(text: str) -> None:
    """A reader of TOML gets the text back, from one printable line, as a value and as a key."""
    written = toml_string(text)

    assert tomllib.loads(f"{written} = {written}") == {text: text}
    assert len(written.splitlines()) == 1
    assert printable(written) == written


@given(st.lists(st.text(max_size=9), max_size=4))
def test_texts_are_written_as_an_array_of_toml(texts: list[str]) -> None:
    """A reader of TOML gets the texts back, from one printable line."""
    written = toml_array(texts)

    assert tomllib.loads(f"a = {written}") == {"a": texts}
    assert len(written.splitlines()) == 1
    assert printable(written) == written


@given(st.text(st.characters(), max_size=50))
def test_half_a_surrogate_pair_still_makes_valid_toml(text: str) -> None:
    """Any text makes a string that TOML accepts."""
    assert isinstance(tomllib.loads(f"a = {toml_string(text)}")["a"], str)


def test_the_text_of_a_number_is_no_string() -> None:
    """It equals only the same text of a number, on both sides, and has one place in a dict."""
    number, text = NumberText("1.0"), "1.0"

    assert number == NumberText("1.0")
    assert (number != NumberText("1.0")) is False
    assert number != NumberText("1.00")
    assert number != text
    assert text != number
    assert {number: "number", text: "string", NumberText("1.0"): "again"} == {
        number: "again",
        text: "string",
    }
    assert number not in ("1.0", "", "-")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (" [Risk]! ", "risk"),
        ("\x1b[31mHALT\x1b[0m", "halt"),
        ("-1", "-1"),
        ("-1.5", "-1.5"),
        ("-1.5E+3", "-1.5e+3"),
        ("(array)", "(array)"),
        ("(object)", "(object)"),
        ("\U0001f525", "\U0001f525"),
        ("<50>", "50"),
    ],
)
def test_a_severity_is_mapped_by_the_name_that_reports_show(value: str, key: str) -> None:
    """Numbers, the marks of arrays and objects, and what cleaning empties stay."""
    assert severity_key(value) == key


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        *(("level", True), ("log.level", True), ("@l-v", True), ("a b", True), ("größe", True)),
        *(('a"b', False), ("a\\b", False), ("a\nb", False), ("\x00", False)),
    ],
)
def test_a_plain_key_needs_no_escape_in_json(key: str, *, expected: bool) -> None:
    """Only such a key is in a line as it is written."""
    assert is_plain_key(key) is expected
