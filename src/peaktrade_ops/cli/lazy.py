"""The program as a click group, which imports the module of a command when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from peaktrade_ops import __version__
from peaktrade_ops.cli.console import PROGRAM

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SHORT_HELP: Final = {
    "decide": "Write the decision of the owner about the next stage, with the facts it rests on.",
    "doctor": "Check everything that a run needs, and say what to do about each finding.",
    "inspect": "Show how files are read, and propose the lines of stage1.toml that they need.",
    "metrics": "Print the metrics of a reports folder for Prometheus, or write them to a file.",
    "notify": "Send a notice when the verdict changes, is NO_GO, or is not current.",
    "prune": "Show which old reports nothing rests on, and remove them with --delete.",
    "render": "Make the Markdown and the pages of a reports folder again from its JSON.",
    "run": "Do the daily routine of a stage: the last finished UTC day, missing days, trend,"
    " check.",
    "serve": "Show a reports folder to browsers and programs, read-only, until it is interrupted.",
    "snapshot": "Write the daily report of a stage for one 24-hour window, or of each of several"
    " days.",
    "stage1-run": "Do the daily routine: the last finished UTC day, missing days before it, trend,"
    " check.",
    "stage1-snapshot": "Write the daily report of one 24-hour window, or of each of several days.",
    "stage1-trends": "Write the trend over the last calendar days, with a verdict GO, HOLD or"
    " NO_GO.",
    "trends": "Write the trend of a stage over the last calendar days, with a verdict GO, HOLD or"
    " NO_GO.",
    "verify": "Check a reports folder against its index; one line for each finding, nothing is"
    " changed.",
}
"""Each command with the first sentence of its help; ``stage1-run`` is `stage1_run` beside `run`."""


class LazyGroup(click.Group):
    """A group that imports a command from its module when click looks the command up.

    `commands` contains a placeholder for each command, with only its name and its short help.
    ``--help`` and completion list the commands from the placeholders and import no module.
    """

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """Import and return a command; return `None` if no command has that name."""
        if cmd_name not in self.commands:
            return None
        module = import_module(f"{__package__}.commands.{cmd_name.removeprefix('stage1-')}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands into the help."""
        click.Group(commands=self.commands).format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that start with the incomplete word."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (only for completion)

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [
            CompletionItem(name, help=self.commands[name].get_short_help_str()) for name in names
        ]
        return items + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    name=PROGRAM,
    cls=LazyGroup,
    commands={name: click.Command(name, help=text) for name, text in _SHORT_HELP.items()},
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 a gate was tripped, 64 wrong command line,"
    " 129 hung up, 130 interrupted, 143 terminated.",
)
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """Make the daily reports of a Stage 1 dry run, and judge whether to go on.

    \b
    Every day:   peaktrade-ops stage1-run --repo /srv/telemetry
    Every week:  peaktrade-ops stage1-trends --date yesterday --fail-on hold
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
