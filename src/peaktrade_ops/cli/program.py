"""The objects that the program passes to every command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from peaktrade_ops.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stay(_folder: Path) -> None:
    """Do nothing: the process keeps its user."""


@dataclass(frozen=True, slots=True)
class Program:
    """The objects that every command receives.

    Attributes:
        console: The output for results and messages.
        settle: Called with the absolute reports folder, with symbolic links unresolved, before
            anything is read or written. It may raise a `PeaktradeError`.
    """

    console: Console = field(default_factory=Console)
    settle: Callable[[Path], None] = stay
