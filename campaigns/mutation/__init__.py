"""Change the policy and the classifier in small ways, and count the changes that no test notices.

Mutmut makes the changes and runs the unit tests of these modules on each. A change that no test
notices is a loss, unless `explained.toml` says why it changes nothing that anybody can see. An
explanation of a change that is not there any more, or that a test notices, is a loss too.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from campaigns.figures import Figures
from campaigns.mutation.explained import explained_in
from campaigns.mutation.mutants import mutants_in
from campaigns.mutation.processes import run_all
from tests.support.checkout import REPO
from tests.support.examples import SHARE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from campaigns.mutation.explained import Explained
    from campaigns.mutation.mutants import Mutant
    from campaigns.order import Order

FOLDER: Final = "src/peaktrade_ops/stage1"
EXPLAINED: Final = Path(__file__).with_name("explained.toml")

# They make words for people or hold data: no verdict depends on them, and other tests hold their
# words.
_NOT_MUTATED: Final = (
    "checks",
    "event_hints",
    "format_entry",
    "hints",
    "inspection",
    "left_out",
    "models",
    "old_markdown",
    "proposal",
    "snapshot",
    "stage",
    "surroundings",
    "wording",
)
_SHORT: Final = "enough"
_SHORT_FUNCTION: Final = "days_that_hold"
_COPIED: Final = ("src", "tests", "docs", "README.md", "stage1.toml", "pyproject.toml")
_EXAMPLES_PERCENT: Final = "10"


class MutationError(Exception):
    """Mutmut cannot do its work."""


def run(order: Order) -> Figures:
    """Mutate all modules of the policy and the classifier; one function in a short campaign."""
    known = explained_in(EXPLAINED)
    if not order.is_short:
        return figures_of(mutate(order, modules(), ["tests/stage1"]), known)
    tests = [f"tests/stage1/test_{_SHORT}.py"]
    of_function = [each for each in known if each.key[:2] == (_SHORT, _SHORT_FUNCTION)]
    return figures_of(mutate(order, [_SHORT], tests, _SHORT_FUNCTION), of_function)


def modules() -> list[str]:
    """Return the names of the modules to mutate: those of the folder without those of words."""
    return sorted(
        path.stem
        for path in (REPO / FOLDER).glob("*.py")
        if path.stem not in {"__init__", *_NOT_MUTATED}
    )


def mutate(
    order: Order, names: Sequence[str], tests: Sequence[str], function: str = ""
) -> list[Mutant]:
    """Mutate modules of a copy of the checkout, and run tests on each mutant.

    Args:
        order: What the campaign is asked for.
        names: The modules, by name.
        tests: The paths of the tests, relative to the checkout.
        function: The only function to mutate; empty for all.

    Raises:
        MutationError: Mutmut fails, for example because a test fails without any mutation.
    """
    copy = order.scratch / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    copy.mkdir()
    for name in _COPIED:
        if (REPO / name).is_dir():
            shutil.copytree(REPO / name, copy / name, ignore=ignored)
        else:
            shutil.copy(REPO / name, copy / name)
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(_settings(names, tests))
    processes = 1 if order.is_short else os.cpu_count() or 1
    # Without -P the tests of the copy would be found before those beside the mutated modules.
    command = [sys.executable, "-P", "-m", "mutmut", "run", "--max-children", str(processes)]
    command += [f"*.x_{function}__mutmut_*"] if function else []
    env = {**os.environ, SHARE_VARIABLE: _EXAMPLES_PERCENT}
    # It would be found before the mutated modules.
    env.pop("PYTHONPATH", None)
    code, output = run_all(command, cwd=copy, env=env)
    if code:
        raise MutationError(f"mutmut ends with {code}: {output[-2000:]}")
    found = [mutant for name in names for mutant in mutants_in(copy / "mutants" / FOLDER, name)]
    return [mutant for mutant in found if function in {"", mutant.key.function}]


def _settings(names: Sequence[str], tests: Sequence[str]) -> str:
    lists = {
        "source_paths": ["src/peaktrade_ops"],
        "only_mutate": [f"{FOLDER}/{name}.py" for name in names],
        "also_copy": [name for name in _COPIED if name not in {"src", "tests"}],
        # What property tests try is always the same.
        "pytest_add_cli_args": ["--hypothesis-seed=0", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": tests,
    }
    lines = [f"{key} = {list(map(str, values))!r}\n" for key, values in lists.items()]
    # A process in which the tests have run remembers what the modules said before the mutation.
    return '\n[tool.mutmut]\nprocess_isolation = "forkserver"\n' + "".join(lines)


def figures_of(mutants: Sequence[Mutant], known: Sequence[Explained]) -> Figures:
    """Return the figures of mutants, by module."""
    figures = Figures("Mutation: small changes of the policy and the classifier")
    keys = {each.key for each in known}
    for mutant in mutants:
        row = figures.row(mutant.module)
        row.tried += 1
        status = "explained" if not mutant.is_killed and mutant.key in keys else mutant.status
        row.measured[status] = row.measured.get(status, 0) + 1
        if not mutant.is_killed and mutant.key not in keys:
            row.losses.append(f"{mutant.status}: {mutant}")
    surviving = {mutant.key for mutant in mutants if not mutant.is_killed}
    row = figures.row("explanations")
    row.tried = len(known)
    row.losses += [f"explains nothing: {each}" for each in known if each.key not in surviving]
    return figures
