"""The commands: their help, what each makes, and the gates that trip."""

from __future__ import annotations

import json
import re
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli import cli
from tests.cli.helpers import (
    ALERT,
    COMMANDS,
    CRITICAL,
    DAY,
    HEARTBEAT,
    long_name,
    options_of,
    variable_of,
)
from tests.support.program import Workplace, quiet_days, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cli.helpers import Program


def test_there_are_these_commands() -> None:
    """The commands are those of the contract."""
    assert sorted(cli.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_every_option_with_its_variable(program: Program, command: str) -> None:
    """Whoever reads the help of a command learns what each option does, and its variable."""
    code, out, err = program(command, "--help")

    assert (code, err) == (0, "")
    assert "Examples:" in out
    for option in options_of(command):
        assert option.help
        assert re.search(rf"^  .*{long_name(option)}\b", out, re.MULTILINE)
        assert re.search(rf"\[.*env\s+var:\s+{variable_of(option)}\b", out, re.DOTALL)


def test_help_of_the_program_lists_its_commands_and_exit_codes(program: Program) -> None:
    """The first help that a user sees says what there is and how a script can tell the end."""
    code, out, err = program("--help")

    assert (code, err) == (0, "")
    assert all(re.search(rf"^  {command} ", out, re.MULTILINE) for command in COMMANDS)
    assert "0 done, 1 failed, 2 a gate was tripped, 64 wrong command line" in out


def test_version_is_that_of_the_package(program: Program) -> None:
    """`--version` says what is installed."""
    assert program("--version") == (0, f"peaktrade-ops, version {version('peaktrade-ops')}\n", "")


def test_the_shell_can_complete_commands(workplace: Workplace) -> None:
    """The completion script for Bash is there, and so are the words that it asks for."""
    script = workplace.run(_PEAKTRADE_OPS_COMPLETE="bash_source")
    words = workplace.run(
        _PEAKTRADE_OPS_COMPLETE="bash_complete",
        COMP_WORDS="peaktrade-ops stage1-s",
        COMP_CWORD="1",
    )

    assert script.code == 0
    assert "complete -o nosort -F _peaktrade_ops_completion peaktrade-ops" in script.out
    assert words == (0, "plain,stage1-snapshot\n", "")


# Exit code 2: a gate was tripped.


def test_new_alerts_trip_the_gate_after_the_reports_are_written(
    program: Program, workplace: Workplace
) -> None:
    """A gate that trips still leaves complete reports, and says nothing on standard error."""
    workplace.write("obs/events.jsonl", ALERT)
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)
    code, out, err = program(*snapshot)
    assert (code, err) == (0, "")
    plain = tree(workplace.reports)
    shutil.rmtree(workplace.reports)

    assert program(*snapshot, "--fail-on-new-alerts") == (2, out, "")

    assert tree(workplace.reports) == plain
    assert program("verify").code == 0


def test_without_new_alerts_the_gate_stays_shut(program: Program, workplace: Workplace) -> None:
    """Critical events alone are no new alerts."""
    workplace.write("obs/events.jsonl", HEARTBEAT, CRITICAL)
    arguments = ("--repo", "../telemetry", "--date", DAY, "--fail-on-new-alerts")

    assert program("stage1-snapshot", *arguments).code == 0


@pytest.mark.parametrize(
    ("verdict", "fail_on", "code"),
    [
        ("GO", "hold", 0),
        ("GO", "no-go", 0),
        ("HOLD", "hold", 2),
        ("HOLD", "no-go", 0),
        ("NO_GO", "hold", 2),
        ("NO_GO", "no-go", 2),
    ],
)
def test_verdicts_trip_the_gate_that_asks_for_them(
    program: Program, workplace: Workplace, verdict: str, fail_on: str, code: int
) -> None:
    """`hold` trips on HOLD and on NO_GO, `no-go` on NO_GO alone; the reports are complete."""
    extra: dict[str, list[Mapping[str, object] | bytes]] = {
        "GO": [],
        "HOLD": [b"no JSON"],
        "NO_GO": [CRITICAL],
    }
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 7), *extra[verdict])
    gate = ("--date", DAY, "--days", "7", "--fail-on", fail_on)

    run = program("stage1-run", "--repo", "../telemetry", *gate)
    trend = program("stage1-trends", *gate, "--format", "json")

    assert (run.code, trend.code) == (code, code)
    assert (run.err, trend.err) == ("", "")
    assert json.loads(trend.out)["rollups"]["go_no_go"] == verdict
    assert trend.out == (workplace.reports / "stage1_trend.json").read_text()
    assert program("verify").code == 0


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
