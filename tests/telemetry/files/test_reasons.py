"""Tests of `peaktrade_ops.telemetry.files.reasons`."""

from __future__ import annotations

import pytest

from peaktrade_ops.telemetry.files import reasons

EFFECTS = {
    "over --max-files": "if recent",
    "not readable": "incomplete",
    "folder not readable": "incomplete",
    "too deep": "incomplete",
    "link leaves the root": "incomplete",
    "link to a file that is not scanned": "incomplete",
    "changed while it was read": "incomplete",
    "broken compression": "if recent",
    "archive": "if recent",
    "compression not supported": "if recent",
    "name not recognised": "if recent",
    "not named as JSON lines": "if recent",
    "path not selected": "if recent",
    "expected and missing": "incomplete",
    "expected and silent": "incomplete",
    "no time understood": "incomplete",
    "only what --input names": "incomplete",
    "not a regular file": "complete",
    "the same file": "complete",
    "not data": "complete",
    "ignored": "complete",
}


@pytest.mark.parametrize(("reason", "effect"), EFFECTS.items())
def test_a_reason_may_hide_events_unless_the_contract_says_otherwise(
    reason: str, effect: str
) -> None:
    """Four reasons are always harmless, and some only for files older than the window."""
    assert (reason in reasons.HARMLESS) is (effect == "complete")
    assert (reason in reasons.HARMLESS_IF_OLD) is (effect == "if recent")


def test_the_words_of_the_reasons_are_fixed() -> None:
    """Reports and their readers depend on the exact words, so each reason is in the table above."""
    words = {value for value in vars(reasons).values() if isinstance(value, str)}

    assert {word for name, word in vars(reasons).items() if name.isupper()} - {
        reasons.EVERY,
        reasons.HARMLESS,
        reasons.HARMLESS_IF_OLD,
    } == set(EFFECTS)
    assert words >= set(EFFECTS)
