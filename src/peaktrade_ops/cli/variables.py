"""What the daily routine would make of the variables of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from peaktrade_ops.cli.option_groups import AnnouncedOption
from peaktrade_ops.errors import UsageError
from peaktrade_ops.telemetry.records.keywords import Keywords
from peaktrade_ops.window import parse_day, parse_moment, window_of, window_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

_ROUTINE = "run"
# Options that are meant for one run, beside those whose variables are announced.
_FOR_ONE_RUN = frozenset({"replace", "adopt"})


class Variables(NamedTuple):
    """What some variables do to every run; those without an effect of this kind are in neither.

    Attributes:
        refused: Why the run ends, by the name of the variable.
        fixed: What is the same for every run, by the name of the variable.
    """

    refused: dict[str, str]
    fixed: dict[str, str]


def variables_of_routine(today: date) -> Variables:
    """Return what the variables do to every run, as far as this command does not read them.

    Args:
        today: The day of the clock.
    """
    refused: dict[str, str] = {}
    values: dict[str, Any] = {}
    options = {option.name or "": option for option in _options()}
    with click.Context(click.Command(_ROUTINE)) as context:
        for name, option in options.items():
            given = option.value_from_envvar(context)
            try:
                values[name] = None if given is None else option.process_value(context, given)
            except click.UsageError as error:
                refused[f"{option.envvar}"] = error.format_message().rstrip(".")
    checks: dict[str, Callable[[str], object]] = {
        "legacy_regex": Keywords,
        "as_of": lambda text: window_until(parse_moment(text)),
        "day": lambda text: window_of(parse_day(text, today=today)),
    }
    for name, check in checks.items():
        try:
            if values.get(name):
                check(values[name])
        except UsageError as error:
            refused[f"{options[name].envvar}"] = str(error)
    if values.get("as_of") and values.get("day"):
        refused[f"{options['as_of'].envvar}"] = "--as-of and --date exclude each other"
    # The day before is that of every run anyway.
    is_usual = str(values.get("day")).strip().lower() == "yesterday"
    fixed = {
        f"{option.envvar}": f"{option.opts[0]} of every run to {values[name]}"
        for name, option in options.items()
        if (isinstance(option, AnnouncedOption) or name in _FOR_ONE_RUN)
        and values.get(name)
        and option.envvar not in refused
        and not (name == "day" and is_usual)
    }
    return Variables(refused, fixed)


def _options() -> Iterator[click.Option]:
    """Yield the options of the routine with variables that the running command does not have."""
    running = click.get_current_context()
    group = running.find_root().command
    if not isinstance(group, click.Group):
        return
    routine = group.get_command(running.find_root(), _ROUTINE)
    own = {each.name for each in running.command.params}
    for option in routine.params if routine else ():
        if isinstance(option, click.Option) and option.envvar and option.name not in own:
            yield option
