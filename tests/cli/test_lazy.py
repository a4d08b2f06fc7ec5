"""Test the program as a group: its commands, help, version and completion."""

from __future__ import annotations

import inspect
import pkgutil
import re
import subprocess
import sys
from dataclasses import is_dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import pytest

from peaktrade_ops.cli import cli, commands
from tests.support.commands import COMMANDS, all_commands, command_of
from tests.support.program import PATIENCE, clean_environment

if TYPE_CHECKING:
    from tests.support.program import Program, Workplace


def test_there_are_these_commands() -> None:
    """The commands are those of the contract."""
    assert sorted(command.name or "" for command in all_commands()) == sorted(COMMANDS)


def test_every_module_of_commands_is_in_the_table() -> None:
    """Every module of commands is in the table; the twin of stage 1 is beside its command."""
    modules = {module.name for module in pkgutil.iter_modules(commands.__path__)}

    assert {name.removeprefix("stage1-") for name in COMMANDS} == modules


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_has_the_first_sentence_of_each_command(name: str) -> None:
    """The table contains the first sentence of the help of each command."""
    first, _, _ = inspect.cleandoc(command_of(name).help or "").partition("\n\n")

    assert cli.commands[name].help == " ".join(first.split())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("limit", [20, 45, 200])
def test_short_help_is_that_of_the_command(name: str, limit: int) -> None:
    """The short help is cut at the same position as that of the command, at any width."""
    assert cli.commands[name].get_short_help_str(limit) == command_of(name).get_short_help_str(
        limit
    )


def test_a_name_that_is_no_command_is_not_imported() -> None:
    """Only a name in the table loads a module."""
    for name in ("", "options", "../verify", "stage1_run", "os"):
        assert name not in COMMANDS
        with pytest.raises(AssertionError):
            command_of(name)


def test_help_of_the_program_lists_its_commands_and_exit_codes(program: Program) -> None:
    """The help of the program lists the commands and the exit codes."""
    code, out, err = program("--help")

    assert (code, err) == (0, "")
    assert all(re.search(rf"^  {command} ", out, re.MULTILINE) for command in COMMANDS)
    assert "0 done, 1 failed, 2 a gate was tripped, 64 wrong command line" in out


def test_version_is_that_of_the_package(program: Program) -> None:
    """`--version` prints the installed version."""
    assert program("--version") == (0, f"peaktrade-ops, version {version('peaktrade-ops')}\n", "")


def test_stand_ins_have_the_names_of_the_commands() -> None:
    """Stand-ins have the names of the commands, so that Click can suggest similar names."""
    assert {name: stand_in.name for name, stand_in in cli.commands.items()} == {
        name: name for name in COMMANDS
    }


def test_the_shell_can_complete_commands(workplace: Workplace) -> None:
    """The completion script for Bash exists, and commands are completed."""
    script = workplace.run(_PEAKTRADE_OPS_COMPLETE="bash_source")
    words = workplace.run(
        _PEAKTRADE_OPS_COMPLETE="bash_complete",
        COMP_WORDS="peaktrade-ops stage1-s",
        COMP_CWORD="1",
    )

    assert script.code == 0
    assert "complete -o nosort -F _peaktrade_ops_completion peaktrade-ops" in script.out
    assert words == (0, "plain,stage1-snapshot\n", "")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("", [f"plain,{name}" for name in sorted(COMMANDS)]),
        ("--", ["plain,--version", "plain,--help"]),
        ("verify --re", ["plain,--reports-root"]),
    ],
)
def test_the_shell_can_complete_every_word(
    workplace: Workplace, words: str, completed: list[str]
) -> None:
    """The shell completes commands, options of the program and options of a command."""
    position = 1 + words.count(" ")

    outcome = workplace.run(
        _PEAKTRADE_OPS_COMPLETE="bash_complete",
        COMP_WORDS=f"peaktrade-ops {words}",
        COMP_CWORD=str(position),
    )

    assert outcome == (0, "\n".join(completed) + "\n", "")


_TELLING: Final = """
import atexit, sys
atexit.register(lambda: print("loaded", *sys.modules, file=sys.stderr))
from peaktrade_ops.cli import main
main(sys.argv[1:])
"""


def loaded_by(workplace: Workplace, *arguments: str, **variables: str) -> tuple[str, set[str]]:
    """Run the program; return its standard output and the modules that it has loaded at its end."""
    finished = subprocess.run(
        [sys.executable, "-c", _TELLING, *arguments],
        cwd=workplace.repo,
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    loaded = finished.stderr.splitlines()[-1].removeprefix("loaded ")
    return finished.stdout, set(loaded.split())


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--help"], {}),
        (["--version"], {}),
        ([], {"COMP_WORDS": "peaktrade-ops ", "COMP_CWORD": "1"}),
        (["stage1"], {}),
    ],
    ids=["help", "version", "completion", "mistake"],
)
def test_the_program_answers_without_loading_a_command(
    workplace: Workplace, arguments: list[str], variables: dict[str, str]
) -> None:
    """The help, the version and the command names load no slow module."""
    complete = {"_PEAKTRADE_OPS_COMPLETE": "bash_complete"} if variables else {}

    out, loaded = loaded_by(workplace, *arguments, **variables, **complete)

    ours = {name for name in loaded if name.startswith("peaktrade_ops.")}
    assert "peaktrade_ops.cli.lazy" in ours
    assert "verify" in out or arguments[:1] in (["--version"], ["stage1"])
    assert not {name for name in ours if name.startswith("peaktrade_ops.cli.commands")}
    steps = {"peaktrade_ops.routine", "peaktrade_ops.scanning"}
    slow = {"msgspec", "htpy", "werkzeug", "dataclasses", "importlib.metadata", "email"}
    assert not (steps | slow) & loaded


def test_a_snapshot_loads_only_what_it_needs(workplace: Workplace) -> None:
    """A small scan waits for no module that is for other commands, mistakes or large scans."""
    snapshot = ("stage1-snapshot", "--repo", "../telemetry", "--no-cache")

    out, loaded = loaded_by(workplace, *snapshot)

    assert out
    assert {"peaktrade_ops.routine", "htpy"} <= loaded
    unneeded = {
        "asyncio",
        "backports.zstd",
        "compression.zstd",
        "concurrent.futures.process",
        "difflib",
        "distributed",
        "email",
        "fsspec",
        "http",
        "importlib.metadata",
        "logging",
        "multiprocessing",
        "peaktrade_ops.inspecting",
        "peaktrade_ops.serve",
        "peaktrade_ops.stage1.inspection",
        "peaktrade_ops.telemetry.engines.cluster",
        "peaktrade_ops.telemetry.engines.pool",
        "prometheus_client",
        "secrets",
        "ssl",
        "subprocess",
        "tomllib",
        "tqdm",
        "traceback",
        "werkzeug",
    }
    if sys.version_info >= (3, 14):
        # The standard library loads it: `tempfile` loads `shutil`, which packs archives.
        unneeded -= {"compression.zstd"}
    assert not unneeded & loaded


@pytest.mark.parametrize("name", [name for name in sorted(COMMANDS) if name != "serve"])
def test_no_command_waits_for_a_dataclass(name: str) -> None:
    """The values of the program are structs: a dataclass takes fifty times as long to make."""
    command_of(name)

    slow = {
        f"{module}.{each}"
        for module, loaded in list(sys.modules.items())
        if module.startswith("peaktrade_ops.") and not module.startswith("peaktrade_ops.serve.")
        for each, value in vars(loaded).items()
        if isinstance(value, type) and is_dataclass(value)
    }
    assert not slow
