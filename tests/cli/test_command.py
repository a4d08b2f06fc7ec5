"""Test how a function becomes a command: its options, its help and its arguments."""

from __future__ import annotations

import functools
import gc
import inspect
import re
from typing import TYPE_CHECKING, Any, get_type_hints

import click
import msgspec
import pytest

from peaktrade_ops.cli.codes import GATE
from peaktrade_ops.cli.command import command, locking_command, of_stage1
from peaktrade_ops.cli.option_groups import option, option_group
from peaktrade_ops.cli.option_groups import options_of as options_of_group
from peaktrade_ops.cli.options import LockOptions, LoudnessOptions, PlaceOptions, StageOptions
from peaktrade_ops.cli.program import Program
from peaktrade_ops.cli.request import Request
from peaktrade_ops.locations import Location
from tests.support.commands import (
    COMMANDS,
    arguments_of,
    command_of,
    long_name,
    options_of,
    variable_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.program import Program as Started


LOCKLESS = frozenset({"doctor", "inspect", "serve"})
"""The commands that take no lock: they read one file at a time."""


@option_group
class Fruit:
    """A group for these tests."""

    apples: int = option("--apples", env="PEAK_APPLES", default=1, help="How many apples.")
    pears: bool = option("--pears", is_flag=True, help="Pears too.")


@command
def pick_fruit(request: Request, *, fruit: Fruit, place: PlaceOptions) -> int:
    """Pick fruit.

    More about it.
    """
    request.console.result(f"{fruit} in {place.folder} at {request.console.verbosity}")
    return GATE if fruit.pears else 0


def test_a_command_has_the_name_and_help_of_its_function() -> None:
    """A command has the name of its function, with dashes, and its docstring as help."""
    assert pick_fruit.name == "pick-fruit"
    assert inspect.cleandoc(pick_fruit.help or "") == "Pick fruit.\n\nMore about it."


def test_a_command_has_the_options_of_its_groups_in_order() -> None:
    """Options follow the order of parameters and fields; those about messages come last."""
    assert [each.opts for each in pick_fruit.params] == [
        ["--apples"],
        ["--pears"],
        ["--reports-root"],
        ["--dir"],
        ["--quiet", "-q"],
        ["--verbose", "-v"],
        ["--log-format"],
        ["--run-id"],
    ]


def test_a_command_that_locks_has_the_option_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    """It comes before `--quiet`, and the request waits for as long as it says."""

    @locking_command
    def wait(request: Request) -> int:
        """Wait."""
        request.console.result(f"{request.waiting.seconds}")
        return 0

    names = [each.opts[0] for each in wait.params]
    assert names[:3] == ["--lock-timeout", "--quiet", "--verbose"]
    for arguments in ([], ["--lock-timeout", "7"]):
        wait.main(arguments, standalone_mode=False, obj=Program())
    assert capsys.readouterr().out == "600\n7\n"


def test_a_function_is_called_with_what_was_parsed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each group has its own values, the console is as loud as asked for, the code is handed on."""
    code = pick_fruit.main(
        ["--apples", "3", "--pears", "--dir", "d", "-v"], standalone_mode=False, obj=Program()
    )

    assert code == 2
    assert capsys.readouterr() == ("Fruit(apples=3, pears=True) in d at 1\n", "")


def test_a_command_collects_garbage_if_the_program_started_without(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The program loads without the garbage collector, and a command runs with it."""
    gc.disable()
    try:
        pick_fruit.main(["--dir", "d"], standalone_mode=False, obj=Program())

        assert gc.isenabled()
        assert gc.get_freeze_count()
    finally:
        gc.enable()
        gc.unfreeze()
    assert capsys.readouterr().out


@command
def press(request: Request, *, stage: StageOptions, fruit: Fruit) -> int:
    """Press the fruit of a stage."""
    request.console.result(f"{fruit} of {stage.stage}")
    return 0


def test_the_twin_of_stage1_does_the_same_without_the_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is for stage 1, whatever the variable of `--stage` names, and refuses the option."""
    twin = of_stage1(press, "Press the fruit.")
    monkeypatch.setenv("PEAK_STAGE", "stage2")

    assert twin.main(["--apples", "3"], standalone_mode=False, obj=Program()) == 0
    assert capsys.readouterr() == ("Fruit(apples=3, pears=False) of stage1\n", "")
    assert press.main([], standalone_mode=False, obj=Program()) == 0
    assert capsys.readouterr().out == "Fruit(apples=1, pears=False) of stage2\n"
    with pytest.raises(click.NoSuchOption):
        twin.main(["--stage", "stage1"], standalone_mode=False, obj=Program())
    assert (twin.name, twin.help) == ("stage1-press", "Press the fruit.")
    assert [each.name for each in press.params] == ["stage", *(each.name for each in twin.params)]


def groups_of(name: str) -> dict[str, type[Any]]:
    """List the groups of which a command has the options, by the names of their parameters."""
    callback = command_of(name).callback or pytest.fail("no callback")
    fixed = callback.keywords if isinstance(callback, functools.partial) else {}
    callback = callback.func if isinstance(callback, functools.partial) else callback
    function = inspect.unwrap(callback)
    hints = get_type_hints(function)
    names = [each.name for each in inspect.signature(function).parameters.values()]
    assert names[0] == "request"
    return {each: hints[each] for each in names[1:] if each not in fixed}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_a_field_of_one_group(name: str) -> None:
    """A command has exactly the options that its code reads, each once."""
    locking = () if name in LOCKLESS else (LockOptions,)
    groups = (*groups_of(name).values(), *locking, LoudnessOptions)
    readable = [each.name for group in groups for each in options_of_group(group)]

    assert [each.name for each in command_of(name).params if each.name != "help"] == readable
    assert len(set(readable)) == len(readable)


def given(declared: click.Option) -> Iterator[list[str]]:
    """Write an option on a command line: not at all, and with each kind of value."""
    yield []
    if declared.is_flag:
        yield [long_name(declared)]
    else:
        values = ["9"] if isinstance(declared.type, click.IntRange) else ["some/folder"]
        values = list(declared.type.choices) if isinstance(declared.type, click.Choice) else values
        values = ["a.example"] if declared.name in {"host", "trusted_hosts"} else values
        values = ["stage2"] if declared.name == "stage" else values
        yield from ([long_name(declared), value] for value in values)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_value_has_the_type_of_its_field(name: str) -> None:
    """Each value that click parses has the declared type of its field."""
    found = command_of(name)
    hints = {
        field: hint
        for group in (*groups_of(name).values(), LockOptions, LoudnessOptions)
        for field, hint in get_type_hints(group).items()
    }

    for each in options_of(name):
        for arguments in given(each):
            value = found.make_context(name, [*arguments_of(name), *arguments]).params[each.name]
            hint = hints[each.name]
            if hint == Location:
                assert isinstance(value, Location), (name, arguments)
                continue
            # Raises where the value is of another type.
            assert msgspec.convert(value, hint) == value, (name, arguments)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_every_option_with_its_variable(program: Started, name: str) -> None:
    """The help of a command describes each option and names its variable."""
    code, out, err = program(name, "--help")

    assert (code, err) == (0, "")
    assert "Examples:" in out
    for each in options_of(name):
        assert each.help
        assert re.search(rf"^  .*{long_name(each)}\b", out, re.MULTILINE)
        assert re.search(rf"\[.*env\s+var:\s+{variable_of(each)}\b", out, re.DOTALL)
