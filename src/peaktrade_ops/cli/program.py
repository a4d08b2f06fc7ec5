"""What the program hands to every command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from peaktrade_ops.cli.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stay(_folder: Path) -> None:
    """Keep the user that the program was started as."""


@dataclass(frozen=True, slots=True)
class Program:
    """What every command is given.

    Attributes:
        console: Where results and messages go.
        settle: Called with the absolute reports folder, as it is named, before anything is read or
            written; it may raise a `PeaktradeError`.
    """

    console: Console = field(default_factory=Console)
    settle: Callable[[Path], None] = stay
