"""Create click commands from functions."""

from __future__ import annotations

import functools
import gc
import inspect
from typing import TYPE_CHECKING, Concatenate

import click
from click.core import ParameterSource

from peaktrade_ops.cli.option_groups import announced_variables, fill, options_of
from peaktrade_ops.cli.options import LockOptions, LoudnessOptions
from peaktrade_ops.cli.program import Program
from peaktrade_ops.cli.request import Request
from peaktrade_ops.reports.store.lock import LOCK_SECONDS
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.steps import told_to

if TYPE_CHECKING:
    from collections.abc import Callable


def command(
    function: Callable[Concatenate[Request, ...], int], *, locks: bool = False
) -> click.Command:
    """Return the click command of a function, with its name and with its docstring as help.

    Args:
        function: Called with the request, and with a group of options for each keyword-only
            parameter. The annotations name the groups; ``--help`` lists their options in the order
            of the parameters, then those of `LoudnessOptions`. It returns the exit code.
        locks: Whether the command takes the lock of a reports folder, so that it has the options
            of `LockOptions`, before those of `LoudnessOptions`.
    """
    groups = {
        parameter.name: parameter.annotation
        for parameter in inspect.signature(function, eval_str=True).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    common = (LockOptions, LoudnessOptions) if locks else (LoudnessOptions,)
    declared = [options_of(group) for group in (*groups.values(), *common)]

    @click.command(params=[option for options in declared for option in options])
    @click.pass_context
    @functools.wraps(function)
    def run(context: click.Context, /, **values: object) -> int:
        _collect_garbage()
        request = Request(
            context.ensure_object(Program),
            fill(LoudnessOptions, values),
            command=context.info_name or "",
            typed={name for name in values if _is_typed(context, name)},
            lock_seconds=fill(LockOptions, values).lock_timeout if locks else LOCK_SECONDS,
        )
        for variable, name, value in announced_variables(context):
            # Also with --quiet: a reader of the report must know which days it is about.
            request.console.warning(f"{variable} sets {name} to {value}")
        filled = {name: fill(group, values) for name, group in groups.items()}
        with told_to(request.console):
            return function(request, **filled)

    return run


def of_stage1(any_stage: click.Command, text: str) -> click.Command:
    """Return the twin of a command of any stage that is only for stage 1.

    It has the same options and does the same work, but has no ``--stage``, and does not read the
    variable of that option.

    Args:
        any_stage: A command with the options of `StageOptions`.
        text: The help.
    """
    run: Callable[..., int] = any_stage.callback  # type: ignore[assignment]  # there is one
    return click.Command(
        f"{STAGE1.key}-{any_stage.name}",
        params=[each for each in any_stage.params if each.name != "stage"],
        callback=functools.partial(run, stage=STAGE1.key),
        help=text,
    )


locking_command = functools.partial(command, locks=True)
"""Return the click command of a function that takes the lock of a reports folder."""


def variables_of_program() -> frozenset[str]:
    """Return the names of the variables of the options of all commands of the running program."""
    context = click.get_current_context().find_root()
    group = context.command
    if not isinstance(group, click.Group):
        return frozenset()
    commands = [group.get_command(context, name) for name in group.list_commands(context)]
    return frozenset(
        str(option.envvar)
        for each in commands
        if each is not None
        for option in each.params
        if option.envvar
    )


def _collect_garbage() -> None:
    """Turn the garbage collector on if the program was started without it.

    What is loaded by now stays until the end, so the collector does not look at it any more.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _is_typed(context: click.Context, name: str) -> bool:
    """Return whether a value comes from the command line."""
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
