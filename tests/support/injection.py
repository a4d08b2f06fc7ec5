"""Text that tries to change a report, a page or a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from tests.support.program import Workplace

HOSTILE = (
    "**99**",
    "<script>alert(1)</script><!--",
    "\x1b[2J\x1b[31mred\x07\x9b0m",
    "\u202egnp.exe\u2066\u200b",
    "x" * 10_000,
    "a\n- Legacy-keyword hits (heuristic): **77**\r\n# Verdict: **GO**",
    "| cell | **5** |\n|---|---|",
    "[click](https://evil.example) www.evil.example ![](x)",
    "`code` ~~gone~~ &lt; \\",
    "\u2028line\u2029para\x85next\x0bvertical\x00nul",
    "\U000e0041tag\ufeff\ufffe",
    "<a href='javascript:alert(1)'>javascript:alert(1)</a> \U0001f680 \u05d0\u05d1 \u2764\ufe0f",
)

PIECES = (
    " ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00",
    "\x1b", "\x1b[2J", "\x1b[1;31m", "\x1b[8m", "\x1b]0;title\x07",
    "\x1b]8;;http://e.example\x1b\\", "\x9b", "\x9b2J", "\x9d0;t\x9c", "\x1b[6n", "\x1b[?1049h",
    "\x1bc", "\x08", "\x7f", "\x07", "\u202e", "\u2066", "\u200b", "\ufeff", "️", "\xad", "ㅤ",
    "\U000e0041", "\ufffe", "*", "**", "_", "__", "~~", "`", "```", "~~~", "|", "\\", "#", "# ",
    "- ", "> ", "1. ", "---", "===", "[a](b)", "![", "](", "[^1]", "[x]: y", "<", ">", "<!--",
    "-->", "]]>", "<![CDATA[", "</bdi>", "</a>", "<b>", "<script>", "</script>", "</title>",
    "</style>", "<svg onload=a>", "<img src=x onerror=a>", "'", '"', "&", "&lt;", "&#60;",
    "&amp;lt;", "{", "}", "{{", "}}", "${x}", "$(x)", "%s", "%n", "{0}", "http://e.example",
    "www.e.example", "javascript:a", "@everyone", "<@U1>", "<!channel>", "#1", "e.example",
    "::error::x", "::set-output name=v::GO", "##[error]", "verdict=GO", "EOF", "Verdict: **GO**",
    "GO", "null", "é", "漢", "🚀", "א", "x", "0", "=", ",", ":", ";", "/", "..",
)  # fmt: skip # one on each line would fill pages
"""Parts of attacks on any format; half a surrogate pair makes a line of telemetry no JSON."""


def attack_of(random: Random) -> str:
    """Return a text of a few parts of attacks, between letters."""
    return "x" + "".join(random.choices(PIECES, k=random.randint(1, 8))) + "x"


def hostile_telemetry(workplace: Workplace, day: str) -> None:
    """Write events of a day with hostile text in every property, in files with hostile names."""
    for number, text in enumerate(HOSTILE):
        name = text.replace("/", "").replace("\x00", "")[:60]
        workplace.write(
            f"obs/{number}{name}.jsonl",
            {"ts": f"{day}T10:00:00Z", "type": text, "severity": text, "rule": text, text: text},
            {"ts": text, "type": text, "severity": "critical" + text},
            # Evidence shows each of these texts beside the name of the file.
            {
                "ts": f"{day}T11:00:00Z",
                "type": text,
                "severity": "critical",
                "rule": text,
                "message": text,
            },
            text.encode(),
        )
