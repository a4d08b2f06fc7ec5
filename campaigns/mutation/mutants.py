"""Read what mutmut did: each mutant, the statement that it changed, and whether a test noticed."""

from __future__ import annotations

import ast
import difflib
import json
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARK: Final = "__mutmut_"
_IN_CLASS: Final = "ǁ"
# So many characters around a change tell it from other changes of its function.
_CONTEXT: Final = 40
# The exit codes of pytest and of signals that mutmut stores.
_STATUSES: Final[Mapping[int | None, str]] = {
    0: "survived",
    5: "no tests",
    33: "no tests",
    34: "skipped",
    None: "not checked",
}
_KILLED: Final = "killed"


class Key(NamedTuple):
    """What a mutant is, whatever its number and its line.

    Attributes:
        module: The module.
        function: The function, with its class if it has one.
        removed: What the change took away, with some of the text around it, as `ast.unparse`
            writes it.
        added: What stands there instead.
    """

    module: str
    function: str
    removed: str
    added: str


class Mutant(NamedTuple):
    """A mutant and what became of it.

    Attributes:
        key: What it is.
        status: `killed` if a test noticed it; else why none did.
    """

    key: Key
    status: str

    @property
    def module(self) -> str:
        """The module."""
        return self.key.module

    @property
    def is_killed(self) -> bool:
        """Whether a test noticed it."""
        return self.status == _KILLED

    def __str__(self) -> str:
        """Return the mutant as an entry of `explained.toml`."""
        fields = self.key._asdict()
        return ", ".join(f"{name} = {json.dumps(text)}" for name, text in fields.items())


def mutants_in(folder: Path, module: str) -> list[Mutant]:
    """Return the mutants of a module.

    Args:
        folder: The folder of the mutated modules, with the results of mutmut.
        module: The name of the module; it has none where mutmut found nothing to change.
    """
    results = folder / f"{module}.py.meta"
    if not results.exists():
        return []
    statuses: dict[str, int | None] = json.loads(results.read_bytes())["exit_code_by_key"]
    bodies = _bodies_in(ast.parse((folder / f"{module}.py").read_bytes()))
    return [
        Mutant(_key(module, name.rpartition(".")[2], bodies), _STATUSES.get(code, _KILLED))
        for name, code in statuses.items()
    ]


def _bodies_in(tree: ast.Module) -> dict[str, list[str]]:
    """Return the lines of each original and mutated function, by the name that mutmut gives."""
    return {
        node.name: ast.unparse(node).splitlines()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _MARK in node.name
    }


def _key(module: str, name: str, bodies: Mapping[str, list[str]]) -> Key:
    function, _, _ = name.partition(_MARK)
    before, after = bodies[f"{function}{_MARK}orig"], bodies[name]
    lines = list(difflib.ndiff(_without_name(before), _without_name(after)))
    removed, added = (
        " ".join(line[2:].strip() for line in lines if line.startswith(f"{sign} ")) for sign in "-+"
    )
    start, end = _place_of_change(removed, added)
    removed, added = removed[start : len(removed) - end], added[start : len(added) - end]
    parts = function.split(_IN_CLASS)
    shown = ".".join(part for part in parts if part != "x").removeprefix("x_")
    return Key(module, shown, removed, added)


def _place_of_change(before: str, after: str) -> tuple[int, int]:
    """Return the lengths of what two texts have in common at both ends, less some context."""
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    rest = most - start
    end = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    return max(start - _CONTEXT, 0), max(end - _CONTEXT, 0)


def _without_name(lines: list[str]) -> list[str]:
    """Return a function without its name, in which all mutants differ."""
    kept, is_named = [], False
    for line in lines:
        if not is_named and line.lstrip().startswith(("def ", "async def ")):
            is_named = True
            start, _, rest = line.partition("(")
            kept.append(f"{start.split()[0]} ({rest}")
        else:
            kept.append(line)
    return kept
