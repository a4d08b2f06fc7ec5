"""The mutants that no test can notice, each with the reason."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, NamedTuple

from campaigns.mutation.mutants import Key

if TYPE_CHECKING:
    from pathlib import Path


class Explained(NamedTuple):
    """A mutant that changes nothing that anybody can see.

    Attributes:
        key: What it is.
        reason: Why nobody can see it.
    """

    key: Key
    reason: str

    @property
    def module(self) -> str:
        """The module."""
        return self.key.module

    def __str__(self) -> str:
        """Return the mutant as text."""
        return f"{self.module}.{self.key.function}: {json.dumps(self.key.added)}"


def explained_in(path: Path) -> list[Explained]:
    """Read the explanations.

    Each table is a module and a function in it, each entry is `[removed, added, reason]`.
    """
    document = tomllib.loads(path.read_text("utf-8"))
    return [
        Explained(Key(module, function, removed, added), reason)
        for module, functions in document.items()
        for function, entries in functions.items()
        for removed, added, reason in entries
    ]
