"""What the tests of the command line share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import msgspec

from peaktrade_ops.cli import cli
from peaktrade_ops.config import Policy
from peaktrade_ops.routine import TrendResult
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import END, quiet_days

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Verdict
    from tests.support.program import Outcome, Workplace


ENDING = ("render", "stage1-run", "stage1-snapshot", "stage1-trends", "verify")
"""The commands that come to an end by themselves."""

COMMANDS = (*ENDING, "serve")
SCANS = ("stage1-run", "stage1-snapshot")
JUDGES = ("stage1-run", "stage1-trends")
MAKES = ("stage1-run", "stage1-snapshot", "stage1-trends")
NOW = "2025-12-21T06:30:45Z"
DAY = "2025-12-20"
HEARTBEAT = {"ts": f"{DAY}T10:00:00Z", "type": "heartbeat", "severity": "info"}
ALERT = {"ts": f"{DAY}T11:00:00Z", "type": "risk_alert", "severity": "warn", "rule": "r1"}
CRITICAL = {"ts": f"{DAY}T12:00:00Z", "type": "failure", "severity": "critical"}


def command_of(name: str) -> click.Command:
    """Return a command of the program by its name."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def all_commands() -> list[click.Command]:
    """List the commands of the program."""
    return [command_of(name) for name in cli.list_commands(click.Context(cli))]


def options_of(command: str) -> list[click.Option]:
    """List the options of a command, but for `--help`."""
    return [each for each in command_of(command).params if isinstance(each, click.Option)]


def long_name(option: click.Option) -> str:
    """Return the name of an option that begins with two dashes."""
    return next(name for name in option.opts if name.startswith("--"))


def variable_of(option: click.Option) -> str:
    """Return the variable of an option; one of them is not read by click but by the program."""
    if long_name(option) == "--reports-root":
        return "PEAK_REPORTS_DIR"
    assert isinstance(option.envvar, str)
    return option.envvar


def one_line(outcome: Outcome) -> str:
    """Return what a run that failed said: one line on standard error and nothing else."""
    assert outcome.out == ""
    assert outcome.err.startswith("peaktrade-ops: ")
    assert outcome.err.count("\n") == 1
    assert outcome.err.endswith("\n")
    return outcome.err


def as_id(parameter: object) -> str | None:
    """Name a test by its command line."""
    return " ".join(parameter) if isinstance(parameter, list) else ""


def summary_of(workplace: Workplace, day: str = DAY) -> dict[str, object]:
    """Read the stored summary of a day."""
    document: dict[str, object] = json.loads(
        (workplace.reports / f"{day}_summary.json").read_text()
    )
    return document


def trend_with(verdict: Verdict, *, stored: bool = True) -> TrendResult:
    """Make the trend of a quiet week, but for its verdict."""
    days = quiet_days(count=7)
    trend = build_trend(days, window=window_until(END), policy=Policy())
    rollups = msgspec.structs.replace(trend.rollups, go_no_go=verdict)
    return TrendResult(msgspec.structs.replace(trend, rollups=rollups), stored)
