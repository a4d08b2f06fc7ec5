"""Test the diagnosis as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.diagnosis import checks
from peaktrade_ops.diagnosis.checks import CHECKS, diagnose
from peaktrade_ops.diagnosis.findings import ok
from peaktrade_ops.errors import PeaktradeError, TelemetryError
from peaktrade_ops.scanning import Telemetry
from tests.diagnosis.helpers import NOW, reported, subject_of
from tests.support.checkout import REPO
from tests.support.program import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject
    from tests.support.lives import Life

NAMES = list(dict.fromkeys(name for name, _ in CHECKS))


def test_every_check_is_in_the_reference() -> None:
    """The table lists the checks in their order."""
    text = (REPO / "docs" / "reference.md").read_text("utf-8")
    section = text[text.index("## Diagnosis") : text.index("## Reports")]

    assert re.findall(r"^\| `([a-z ]+)` \|", section, re.MULTILINE) == NAMES


def test_a_site_in_order_has_a_line_for_each_check(life: Life) -> None:
    """A reader sees what was looked at; nothing changes."""
    reported(life)
    before = tree(life.folder)

    found = diagnose(subject_of(life, variables={"HOME": "/"}))

    assert list(dict.fromkeys(each.check for each in found.findings)) == NAMES
    assert [each for each in found.findings if each.result == "error"] == []
    assert found.checked_at == NOW
    assert tree(life.folder) == before


def test_telemetry_that_is_missing_is_one_error(life: Life) -> None:
    """The checks that need it do not repeat it."""
    found = diagnose(subject_of(life, telemetry=Telemetry(life.folder / "none")))

    errors = [each for each in found.findings if each.result == "error"]
    assert [each.check for each in errors] == ["telemetry"]
    assert found.result == "error"


def test_an_input_that_is_missing_is_one_error(life: Life) -> None:
    """The root itself is in order."""
    only = Telemetry(life.telemetry, ("none.jsonl",))

    found = diagnose(subject_of(life, telemetry=only))

    errors = [each for each in found.findings if each.result == "error"]
    assert [each.what for each in errors] == ["--input none.jsonl: no such file"]


@pytest.mark.parametrize(
    ("problem", "what", "advice"),
    [
        (PeaktradeError("odd"), "odd", "mend this, and run doctor again"),
        (PeaktradeError("odd", hint="mend it"), "odd", "mend it"),
        (TelemetryError("odd", hint="mend it"), "odd", "mend it"),
        (
            PermissionError(13, "Permission denied", "/x"),
            "cannot be looked at: Permission denied",
            "check the permissions, and run doctor again",
        ),
    ],
)
def test_a_check_that_cannot_be_made_is_a_finding(
    life: Life, monkeypatch: pytest.MonkeyPatch, problem: Exception, what: str, advice: str
) -> None:
    """What it found before counts, and the other checks go on."""

    def fails(_subject: Subject) -> Iterator[Finding]:
        yield ok("first", "here", "seen before")
        raise problem

    def passes(_subject: Subject) -> Iterator[Finding]:
        yield ok("second", "there", "seen after")

    monkeypatch.setattr(checks, "CHECKS", (("first", fails), ("second", passes)))

    found = diagnose(subject_of(life)).findings

    assert [each.what for each in found] == ["seen before", what, "seen after"]
    assert (found[1].result, found[1].advice) == ("error", advice)
