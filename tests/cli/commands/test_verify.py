"""`verify`: its findings, and the gate on mismatches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import DAY
from tests.support.program import Workplace, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.program import Program


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (
            lambda folder: (folder / f"{DAY}_snapshot.md").write_text("x"),
            "changed: 1 bytes instead",
        ),
        (lambda folder: (folder / f"{DAY}_snapshot.md").unlink(), f"{DAY}_snapshot.md: missing"),
        (lambda folder: (folder / "index.json").unlink(), "index.json: missing"),
        (lambda folder: (folder / "2025-12-19_snapshot.md").touch(), "not in the index"),
    ],
)
def test_a_mismatch_in_verify_is_2(
    program: Program, workplace: Workplace, damage: Callable[[Path], object], finding: str
) -> None:
    """Each finding is one line on standard output, and nothing is changed."""
    assert program("stage1-snapshot", "--repo", "../telemetry", "--date", DAY).code == 0
    damage(workplace.reports)
    before = tree(workplace.reports)

    code, out, err = program("verify")
    as_json = program("verify", "--format", "json")

    assert (code, err, as_json.code) == (2, "", 2)
    assert out.startswith("error: ")
    assert finding in out
    assert out.count("\n") == 1
    assert [each["level"] for each in json.loads(as_json.out)] == ["error"]
    assert tree(workplace.reports) == before


def test_other_files_are_a_warning_in_verify(program: Program, workplace: Workplace) -> None:
    """A file that is no artifact is told and does no harm; text out of its name stays text."""
    assert program("stage1-trends").code == 0
    (workplace.reports / "a\x1b[31m\nb.txt").touch()

    assert program("verify") == (0, "warning: a\\u001b[31m\\u000ab.txt: not an artifact\n", "")
