"""Text that tries to change a report, a page or a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
