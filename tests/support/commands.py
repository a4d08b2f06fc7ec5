"""The commands of the program and their options, as click objects."""

from __future__ import annotations

import click

from peaktrade_ops.cli import cli

ENDING = ("render", "stage1-run", "stage1-snapshot", "stage1-trends", "verify")
"""The commands about reports that end by themselves."""

OF_ANY_STAGE = ("run", "snapshot", "trends")
"""The commands that are those of stage 1 for any stage."""

COMMANDS = (
    "decide",
    "doctor",
    "inspect",
    *ENDING,
    "metrics",
    "notify",
    *OF_ANY_STAGE,
    "prune",
    "serve",
)


def command_of(name: str) -> click.Command:
    """Return a command by its name."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def all_commands() -> list[click.Command]:
    """Return all commands of the program."""
    return [command_of(name) for name in cli.list_commands(click.Context(cli))]


def options_of(command: str) -> list[click.Option]:
    """Return the options of a command without `--help`."""
    return [each for each in command_of(command).params if isinstance(each, click.Option)]


def long_name(option: click.Option) -> str:
    """Return the long name of an option."""
    return next(name for name in option.opts if name.startswith("--"))


def variable_of(option: click.Option) -> str:
    """Return the variable of an option; the program reads one of them without click."""
    if long_name(option) == "--reports-root":
        return "PEAK_REPORTS_DIR"
    assert isinstance(option.envvar, str)
    return option.envvar


def arguments_of(command: str) -> list[str]:
    """Return the arguments without which a command is not called."""
    if command == "decide":
        return ["--owner", "A. Owner", "--decision", "extend"]
    if command == "prune":
        return ["--keep-days", "30"]
    return ["path"] if command == "inspect" else []
