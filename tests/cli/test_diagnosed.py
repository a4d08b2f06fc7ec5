"""Test how a diagnosis is shown."""

from __future__ import annotations

from datetime import UTC, datetime

from peaktrade_ops.cli.diagnosed import as_text
from peaktrade_ops.diagnosis.findings import Diagnosis, error, ok, warning

FOUND = Diagnosis(
    "doctor.v1",
    datetime(2025, 12, 21, tzinfo=UTC),
    "1.0",
    "error",
    (
        ok("lock", "/r", "nobody holds it"),
        warning("sources", "a\x1b[31m\nb", "is silent", "look at it"),
        error("room", "/r", "none", "make some"),
    ),
)


def test_a_finding_is_a_line_with_what_to_do_last() -> None:
    """Names of files cannot control a terminal, and the last line counts."""
    assert as_text(FOUND).splitlines() == [
        "ok: lock: /r: nobody holds it",
        "warning: sources: a\\u001b[31m\\u000ab: is silent; look at it",
        "error: room: /r: none; make some",
        "1 error, 1 warning, 1 in order",
    ]


def test_colours_repeat_what_the_words_say() -> None:
    """Without them nothing is missing."""
    plain = as_text(FOUND)

    coloured = as_text(FOUND, colours=True)

    assert "\x1b[31merror\x1b[0m: room" in coloured
    for code in ("31", "32", "33", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain
