"""The campaign of mutations, and that it notices a change that no test notices."""

from __future__ import annotations

import ast
import contextlib
import fcntl
import inspect
import os
import pkgutil
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from campaigns.mutation import EXPLAINED, figures_of, modules, mutate
from campaigns.mutation.explained import Explained, explained_in
from campaigns.mutation.mutants import Key, Mutant
from campaigns.mutation.processes import run_all
from campaigns.order import Order
from peaktrade_ops import stage1
from tests.support.program import PATIENCE, wait_until

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.campaigns

KEY = Key("policy", "judge", "if faults:", "if not faults:")


@pytest.fixture(scope="module", name="found")
def mutated(tmp_path_factory: pytest.TempPathFactory) -> list[Mutant]:
    """Return the mutants of one function."""
    order = Order(1, is_short=True, scratch=tmp_path_factory.mktemp("mutation"))
    return mutate(order, ["enough"], ["tests/stage1/test_enough.py"], "days_that_hold")


def test_every_change_of_a_function_is_noticed_or_explained(found: list[Mutant]) -> None:
    """The unit tests of its module notice nearly all of them."""
    known = [each for each in explained_in(EXPLAINED) if each.key.function == "days_that_hold"]

    figures = figures_of(found, known)

    assert figures.losses == []
    assert figures.rows["enough"].tried > 15
    assert figures.rows["enough"].measured["explained"] == len(known)


def test_a_change_that_nobody_notices_or_explains_is_a_loss(found: list[Mutant]) -> None:
    """The campaign says what is to be tested or explained."""
    [loss] = figures_of(found, []).losses

    assert loss.startswith('enough: survived: module = "enough", function = "days_that_hold"')


def test_an_explanation_of_nothing_is_a_loss() -> None:
    """Neither a change that a test notices, nor one that is not there, needs an explanation."""
    known = [Explained(KEY, "it cannot be seen")]

    assert figures_of([Mutant(KEY, "survived")], known).losses == []
    for mutants in ([], [Mutant(KEY, "killed")]):
        [loss] = figures_of(mutants, known).losses
        assert loss.startswith("explanations: explains nothing: policy.judge")


@pytest.mark.parametrize("status", ["survived", "no tests", "not checked"])
def test_only_a_killed_mutant_is_noticed(status: str) -> None:
    """A mutant that no test runs is a loss like one that all of them pass over."""
    [loss] = figures_of([Mutant(KEY, status)], []).losses

    assert status in loss


def test_an_interrupted_campaign_leaves_no_process_behind(tmp_path: Path) -> None:
    """The processes of mutants would go on to write into the folder that is removed."""
    held = tmp_path / "held"
    script = (
        "import fcntl, os, signal, sys, time\n"
        f"held = open({str(held)!r}, 'w')\n"
        "fcntl.flock(held, fcntl.LOCK_EX)\n"
        "if os.fork():\n"
        "    os.kill(os.getppid(), signal.SIGUSR1)\n"
        f"time.sleep({2 * PATIENCE})\n"
    )

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_all([sys.executable, "-c", script], cwd=tmp_path, env=dict(os.environ))
    finally:
        signal.signal(signal.SIGUSR1, before)

    def is_released() -> bool:
        with held.open() as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    wait_until(is_released)


def test_every_module_is_mutated_or_makes_words() -> None:
    """A new module of the folder is mutated, as long as nobody names it as one of words."""
    every = {module.name for module in pkgutil.iter_modules(stage1.__path__)}

    assert {"policy", "rules", "keep", "day", "current", "decision", "classify"} <= {*modules()}
    assert every - {*modules()} == {
        *("checks", "event_hints", "format_entry", "hints", "inspection", "left_out", "models"),
        *("old_markdown", "proposal", "snapshot", "stage", "surroundings", "wording"),
    }


@pytest.mark.parametrize("each", explained_in(EXPLAINED), ids=str)
def test_an_explanation_is_of_the_code_as_it_is(each: Explained) -> None:
    """The statement that is changed stands in the function, and the reason is a sentence."""
    module = import_module(f"peaktrade_ops.stage1.{each.module}")

    assert each.key.removed in source_of(module, each.key.function)
    assert each.key.removed != each.key.added
    assert len(each.reason.split()) > 3


def source_of(module: ModuleType, function: str) -> str:
    """Return the source of a function as `ast` writes it, in one line."""
    *classes, name = function.split(".")
    body: list[ast.stmt] = ast.parse(inspect.getsource(module)).body
    for each in classes:
        [found] = [node for node in body if isinstance(node, ast.ClassDef) and node.name == each]
        body = found.body
    [wanted] = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    return " ".join(line.strip() for line in ast.unparse(wanted).splitlines())
