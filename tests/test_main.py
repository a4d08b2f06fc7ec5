"""Tests of `peaktrade_ops.__main__`: the module and the installed script are one program."""

from __future__ import annotations

import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import peaktrade_ops
from tests.support.artifacts import names_of
from tests.support.program import COMMAND, PATIENCE, Outcome, Workplace, clean_environment, tree

PACKAGES = str(Path(peaktrade_ops.__file__).parents[1])
SCRIPT = (str(Path(sysconfig.get_path("scripts"), "peaktrade-ops")),)


def outcome_of(command: tuple[str, ...], folder: Path, *arguments: str) -> Outcome:
    """Run a command in a folder."""
    finished = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(finished.returncode, finished.stdout, finished.stderr)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["verify", "--help"], 0),
        (["verify", "--dir", "none"], 1),
        (["no-such-command"], 64),
        ([], 64),
    ],
    ids=str,
)
def test_module_and_script_say_the_same(
    workplace: Workplace, arguments: list[str], code: int
) -> None:
    """The module and the script have the same exit code, output and messages."""
    by_module = outcome_of(COMMAND, workplace.repo, *arguments)

    assert by_module.code == code
    assert outcome_of(SCRIPT, workplace.repo, *arguments) == by_module
    assert "peaktrade-ops" in by_module.out + by_module.err
    assert "__main__" not in by_module.out + by_module.err


def test_module_and_script_write_the_same(workplace: Workplace) -> None:
    """The module and the script write artifacts with the same bytes."""
    workplace.write("obs/alerts.jsonl", {"ts": "2025-12-20T10:00:00Z", "type": "alert"}, b"{")
    arguments = ("stage1-run", "--repo", "../telemetry", "--date", "2025-12-20", "--days", "2")

    ended = [
        outcome_of(command, workplace.repo, *arguments, "--reports-root", root)
        for command, root in ((COMMAND, "module"), (SCRIPT, "script"))
    ]

    assert [each.code for each in ended] == [0, 0]
    assert tree(workplace.repo / "module") == tree(workplace.repo / "script")
    names = {Path(path).name for path in tree(workplace.repo / "module")}
    assert names == names_of("2025-12-19", "2025-12-20")


@pytest.mark.parametrize(
    ("entry", "number", "code"),
    [
        ("main", signal.SIGINT, 130),
        # The default action, for which a shell reports 143 and 129.
        ("main", signal.SIGTERM, -signal.SIGTERM),
        ("main", signal.SIGHUP, -signal.SIGHUP),
        ("main_in_container", signal.SIGHUP, 129),
        ("main_in_container", signal.SIGINT, 130),
        ("main_in_container", signal.SIGTERM, 143),
    ],
    ids=str,
)
def test_a_signal_ends_the_program_while_it_still_loads(
    tmp_path: Path, entry: str, number: signal.Signals, code: int
) -> None:
    """The program prints no traceback, also as the first process of a container."""
    # This command line never finishes loading, and the real one loads quickly.
    script = (
        "import sys, types, time\n"
        "class Slow(types.ModuleType):\n"
        "    def __getattr__(self, name):\n"
        "        if name == 'main':\n"
        "            print('loading', flush=True)\n"
        f"            time.sleep({PATIENCE})\n"
        "        raise AttributeError(name)\n"
        "sys.modules['peaktrade_ops.cli'] = Slow('peaktrade_ops.cli')\n"
        "import peaktrade_ops.__main__ as program\n"
        f"program.{entry}()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE)

    assert (process.returncode, said) == (code, "")


def test_nothing_is_loaded_before_a_signal_is_answered(tmp_path: Path) -> None:
    """The module of the entry points imports nothing but the package itself."""
    script = (
        "import sys\n"
        f"sys.path.append({PACKAGES!r})\n"
        "before = set(sys.modules)\n"
        "import peaktrade_ops.__main__\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-E", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.split() == ["__future__", "peaktrade_ops", "peaktrade_ops.__main__"]
