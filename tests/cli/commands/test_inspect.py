"""Tests of `peaktrade_ops.cli.commands.inspect`, through the program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.program import Program, Workplace

NOON = "2025-12-20T12:00:00Z"


def test_it_shows_a_file_on_one_screen_with_the_proposal_last(
    workplace: Workplace, program: Program
) -> None:
    """Lines, keys, severities and what to write stand in 24 lines or fewer."""
    place = workplace.write(
        "telemetry/a.jsonl", {"time": NOON, "level": 60, "pid": 1, "hostname": "h"}
    )

    result = program("inspect", place)

    assert result.code == 0
    lines = result.out.splitlines()
    assert len(lines) <= 24
    assert lines[-3:] == ["[[formats]]", 'files = ["**/a.jsonl*"]', 'preset = "pino"']


def test_json_has_the_same_for_programs(workplace: Workplace, program: Program) -> None:
    """Programs get the numbers and the lines of the proposal."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "info"})

    result = program("inspect", place, "--format", "json")

    [file] = json.loads(result.out)["files"]
    assert (file["path"], file["events"]) == (str(place), 1)
    assert file["taken"].startswith("scanned, outside of ")
    assert file["severities"] == [{"value": "info", "taken_for": "info", "count": 1}]
    assert file["proposal"] == {"preset": None, "lines": [], "is_complete": True}


@pytest.mark.parametrize("path", ["telemetry/none.jsonl", "telemetry/*.nothing"])
def test_a_path_that_is_not_there_is_an_error(
    workplace: Workplace, program: Program, path: str
) -> None:
    """A missing file and a glob without a match exit with 1 and one line."""
    workplace.write("telemetry/a.jsonl", {"ts": NOON})

    result = program("inspect", path)

    assert result.code == 1
    assert result.err.startswith(f"peaktrade-ops: {path}: ")
    assert len(result.err.splitlines()) <= 2


def test_a_call_without_a_path_is_a_wrong_command_line(program: Program) -> None:
    """At least one path is needed."""
    assert program("inspect").code == 64


def test_text_of_telemetry_does_not_control_the_terminal(
    workplace: Workplace, program: Program
) -> None:
    """Values and keys are shown with control characters escaped."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON, "level": "x\x1b]0;y\x07\n[severity]"})

    result = program("inspect", place)

    assert "\x1b" not in result.out
    assert "[severity]" not in result.out.splitlines()


def test_nothing_is_written(workplace: Workplace, program: Program) -> None:
    """The folder is as it was."""
    place = workplace.write("telemetry/a.jsonl", {"ts": NOON})
    before = sorted(workplace.folder.rglob("*"))

    program("inspect", place)

    assert sorted(workplace.folder.rglob("*")) == before
