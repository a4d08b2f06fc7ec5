"""The objects that the program passes to every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stay(_folder: Path) -> None:
    """Do nothing: the process keeps its user."""


class Program:
    """The objects that every command receives.

    Attributes:
        console: The output for results and messages.
        settle: Called with the absolute reports folder, with symbolic links unresolved, before
            anything is read or written. It may raise a `PeaktradeError`.
    """

    __slots__ = ("console", "settle")

    def __init__(
        self, console: Console | None = None, settle: Callable[[Path], None] = stay
    ) -> None:
        """Take the console, or make one, and the function."""
        self.console = console or Console()
        self.settle = settle
