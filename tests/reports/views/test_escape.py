"""Test the escaping of untrusted text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from peaktrade_ops.reports.views.escape import code_fence, markdown_text
from peaktrade_ops.text import printable

pytestmark = pytest.mark.one_python

HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\\`*_[]()<>|~#!&@$:/.-+=\"'{} \t\r\n\x1b\x85\u2028\u202e\u200b"),
        st.sampled_from("abwWX019é漢"),
        st.characters(),
    ),
    max_size=60,
)


def rendered(text: str) -> str:
    """Return the text of a rendered line of Markdown; fail if it contains markup."""
    tokens = MarkdownIt("commonmark").enable("strikethrough").parseInline(f"x{text}x")
    pieces = tokens[0].children or []
    assert {piece.type for piece in pieces} <= {"text"}
    return "".join(piece.content for piece in pieces)[1:-1]


@pytest.mark.parametrize(
    "text",
    [
        "**99**",
        "__99__",
        "*a* _b_",
        "`code`",
        "``co`de``",
        "~~gone~~",
        "a | b",
        "[text](javascript:alert(1))",
        "![picture](https://example.org/x.png)",
        "[a]: https://example.org",
        "[^1]",
        "<script>alert(1)</script>",
        "<https://example.org>",
        "<!-- hidden -->",
        "&lt;b&gt; &amp; &#42;",
        "# heading",
        "\\*\\*99\\*\\*",
        "\\",
        "text\\",
        "$x$",
        "a\n\n# heading\n- **99**",
        "</td></tr>",
    ],
)
def test_markup_stands_for_itself(text: str) -> None:
    """A reader sees the very characters that were in the telemetry."""
    assert rendered(markdown_text(text)) == printable(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://example.org", "https\\://example.org"),
        ("HTTP://www.example.org", "HTTP\\://ww&#119;.example.org"),
        ("WWW.example.org", "WW&#87;.example.org"),
        ("ftp://x", "ftp\\://x"),
        ("12:30", "12:30"),
        ("awww.x", "awww.x"),
        ("@user", "\\@user"),
        ("#123", "\\#123"),
    ],
)
def test_bare_addresses_are_no_links(text: str, written: str) -> None:
    """Text that renderers would turn into a link is escaped and reads the same."""
    assert markdown_text(text) == written
    assert rendered(markdown_text(text)) == text


@given(HOSTILE)
def test_any_text_is_plain_text_to_a_markdown_parser(text: str) -> None:
    """A Markdown parser finds only plain text in any escaped text."""
    assert rendered(markdown_text(text)) == printable(text)


@given(HOSTILE)
def test_no_text_can_pass_for_a_number_in_bold(text: str) -> None:
    """Readers that search for a label and `**number**` never find one inside a text."""
    written = markdown_text(f"**1**{text}**2**")

    assert "**" not in written
    assert "\n" not in written


def test_ten_thousand_characters_are_one_line() -> None:
    """A text of ten thousand characters is one line."""
    text = "**9**|\n" * 1430

    assert rendered(markdown_text(text)) == printable(text)
    assert len(markdown_text(text).splitlines()) == 1


LINES = st.lists(st.text(st.sampled_from("`~ a#>-\\"), max_size=12), max_size=5)


@given(LINES)
def test_no_line_of_code_ends_its_block(lines: list[str]) -> None:
    """A Markdown parser returns all lines, as they are, in one block."""
    fence = code_fence(lines)

    tokens = MarkdownIt("commonmark").parse("\n".join([f"{fence}toml", *lines, fence, "# after"]))

    assert [each.type for each in tokens][:2] == ["fence", "heading_open"]
    assert tokens[0].content == "".join(f"{line}\n" for line in lines)
