"""What is diagnosed: the inputs of a run, looked at without changing any of them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from peaktrade_ops.locations import Url
from peaktrade_ops.scanning import find
from peaktrade_ops.window import Window, window_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from peaktrade_ops.config import Config
    from peaktrade_ops.errors import PeaktradeError
    from peaktrade_ops.scanning import Place, Telemetry
    from peaktrade_ops.telemetry.files.search import Discovery


class Subject:
    """The inputs of a run of one stage.

    Attributes:
        place: The location of the reports.
        telemetry: The telemetry, and how it is searched.
        config: The configuration, or the defaults where it cannot be used.
        config_file: The file of the configuration; `None` if there is none.
        now: The time of the diagnosis, aware.
        is_clock_replaced: Whether the environment replaces the clock of the system.
        variables: The environment.
        known: The names of the variables that the program and its container read.
        refused: The variables that end every run, each with the reason.
        fixed: The variables that set something for every run, each with what that is.
        days: The number of days of the range of a trend.
        refusals: The reasons why the process could not become the owner of the reports, or why
            the configuration is not used.
    """

    def __init__(  # noqa: PLR0913 (each is another input of a run)
        self,
        place: Place,
        telemetry: Telemetry,
        config: Config,
        *,
        config_file: Path | None = None,
        now: datetime,
        is_clock_replaced: bool = False,
        variables: Mapping[str, str] | None = None,
        known: Collection[str] = (),
        refused: Mapping[str, str] | None = None,
        fixed: Mapping[str, str] | None = None,
        days: int = 14,
        refusals: Sequence[PeaktradeError] = (),
    ) -> None:
        """Store the inputs; nothing is looked at yet."""
        self.place = place
        self.telemetry = telemetry
        self.config = config
        self.config_file = config_file
        self.now = now
        self.is_clock_replaced = is_clock_replaced
        self.variables = variables or {}
        self.known = known
        self.refused = refused or {}
        self.fixed = fixed or {}
        self.days = days
        self.refusals = refusals

    @cached_property
    def root(self) -> Path | None:
        """The telemetry root on this machine; `None` for a URL."""
        root = self.telemetry.root
        return None if isinstance(root, Url) else Path(os.path.realpath(root))

    @cached_property
    def found(self) -> Discovery:
        """The files that a run would scan, and those that it would leave out.

        Raises:
            TelemetryError: The telemetry cannot be used.
        """
        return find(self.telemetry, self.place, self.config)

    @property
    def window(self) -> Window:
        """The window of the last day that is over, which is that of the daily routine."""
        return window_of(self.now.date()).earlier(1)


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    return next(each for each in (path, *path.parents) if os.path.exists(each))  # noqa: PTH110 (false without permission)
