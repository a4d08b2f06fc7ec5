"""Tests of `peaktrade_ops.telemetry.files.reasons`."""

from __future__ import annotations

import pytest

from peaktrade_ops.telemetry.files import reasons

HARMLESS = {
    "not a regular file": True,
    "ignored": True,
    "too deep": False,
    "vanished": False,
    "not readable": False,
    "folder not readable": False,
    "link leaves the root": False,
    "link to a file that is not scanned": False,
    "over --max-files": False,
    "broken compression": False,
}


@pytest.mark.parametrize(("reason", "harmless"), HARMLESS.items())
def test_events_may_be_missing_for_every_reason_but_two(reason: str, *, harmless: bool) -> None:
    """A file that is not regular and an ignored file are harmless; no other reason is."""
    assert (reason in reasons.HARMLESS) is harmless


def test_the_words_of_the_reasons_are_fixed() -> None:
    """Reports and their readers depend on the exact words, so each reason is in the table above."""
    words = {value for name, value in vars(reasons).items() if name.isupper()}

    assert words - {reasons.HARMLESS} == set(HARMLESS)
