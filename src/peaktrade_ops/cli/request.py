"""The options of a command, resolved: where, when, and by which rules."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from peaktrade_ops.cli.console import Console
from peaktrade_ops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.config import Config
    from peaktrade_ops.routine import Place, Telemetry
    from peaktrade_ops.window import Window

_PLACES = frozenset({"reports_root", "out_dir"})


def stay(_folder: Path) -> None:
    """Keep the user that the program was started as."""


@dataclass(frozen=True, slots=True)
class Program:
    """What every command is given.

    Attributes:
        console: Where things are said.
        settle: Called with the folder of the reports, as it is named, before anything is read or
            written.
    """

    console: Console
    settle: Callable[[Path], None] = stay


class Request:
    """The options of a command, resolved.

    A command asks for what it has the options of: a place needs `REPORTS_ROOT`, a window `WINDOW`,
    a configuration `CONFIG`, telemetry `SCAN`, and every one of them `OUTPUT`.

    Attributes:
        console: Where things are said, as loud as the options ask for.
        now: The clock.
    """

    def __init__(self, context: click.Context, options: dict[str, Any]) -> None:
        """Take the options of a command as click gives them."""
        self._context = context
        # Where reports go, a blank value counts as not given.
        self._options: dict[str, Any] = {
            name: None if name in _PLACES and not str(value or "").strip() else value
            for name, value in options.items()
        }
        self._program = context.find_object(Program) or Program(Console())
        self.console = self._program.console
        self.console.verbosity = 1 if options["verbose"] else -1 if options["quiet"] else 0
        self.now = _now(self.console)

    def clock(self) -> datetime:
        """Tell the time, as long as the program runs."""
        return self.now if _stand_in() else datetime.now(UTC)

    def show(
        self,
        *,
        json: Callable[[], str],
        terminal: Callable[[int], str],
        plain: Callable[[], str],
    ) -> None:
        """Print a result as it is asked for, and as who reads it needs it.

        Args:
            json: Gives it as JSON, for ``--format json`` wherever it goes.
            terminal: Gives it as a terminal of so many columns shows it.
            plain: Gives it as plain text, for pipes and files.
        """
        if self._options["output"] == "json":
            text = json()
        else:
            text = terminal(self.console.columns) if self.console.on_terminal else plain()
        self.console.result(text)

    def _given(self, name: str) -> bool:
        """Say whether somebody gave an option, on the command line or by its variable."""
        if self._options.get(name) is None:
            return False
        source = self._context.get_parameter_source(name)
        return source in {
            click.core.ParameterSource.COMMANDLINE,
            click.core.ParameterSource.ENVIRONMENT,
        }

    def telemetry(self) -> Telemetry:
        """Say what to scan, and how."""
        from peaktrade_ops.report_paths import get_reports_root  # noqa: PLC0415
        from peaktrade_ops.routine import Telemetry  # noqa: PLC0415

        options = self._options
        return Telemetry(
            root=options["repo"],
            inputs=tuple(options["inputs"]),
            max_depth=options["max_depth"],
            max_files=options["max_files"],
            legacy_regex=options["legacy_regex"],
            closed=(get_reports_root(override=options["reports_root"]),),
        )

    def place(self, *, named: bool = False) -> Place:
        """Find the reports folder, and settle there.

        Args:
            named: A folder that is named by ``--dir`` must be there.
        """
        from peaktrade_ops.errors import ReportsError  # noqa: PLC0415
        from peaktrade_ops.report_paths import get_reports_root, named_reports_root  # noqa: PLC0415
        from peaktrade_ops.routine import Place  # noqa: PLC0415
        from peaktrade_ops.stage1.stage import STAGE1  # noqa: PLC0415

        folder = self._named_folder()
        if folder is not None:
            self._program.settle(folder)
            if named and not folder.is_dir():
                raise ReportsError(
                    f"reports folder {folder} is missing or no folder", hint="check --dir"
                )
            return Place(folder, ".")
        override = self._options["reports_root"]
        self._program.settle(named_reports_root(override=override) / STAGE1.folder)
        return Place(get_reports_root(override=override) / STAGE1.folder, STAGE1.folder.as_posix())

    def _named_folder(self) -> Path | None:
        """Give the folder of the artifacts itself, absolute, where somebody has named it."""
        options = self._options
        by_dir, by_out_dir = self._given("folder"), self._given("out_dir")
        if options["reports_root"] is not None:
            if by_dir or by_out_dir:
                self.console.note("--reports-root is given: --dir and --out-dir have no effect")
            return None
        if by_dir:
            named: Path = options["folder"].absolute()
            return named
        return (options["repo"] / options["out_dir"]).absolute() if by_out_dir else None

    def window(self, default_day: str | None = None) -> Window:
        """Find the window.

        Args:
            default_day: The day where none is named; without it, the 24 hours up to this minute.
        """
        from peaktrade_ops import window as windows  # noqa: PLC0415

        as_of, day = self._options["as_of"], self._options["day"]
        if as_of and day:
            raise UsageError("--as-of and --date exclude each other", hint="give one of them")
        if as_of:
            return windows.window_until(windows.parse_moment(as_of))
        if day or default_day:
            today = self.now.date()
            return windows.window_of(windows.parse_day(day or default_day or "", today=today))
        return windows.window_until(self.now.replace(second=0, microsecond=0))

    def config(self) -> Config:
        """Read the configuration that is named, or that of the repo."""
        from peaktrade_ops.config import Config, default_config_file, load_config  # noqa: PLC0415
        from peaktrade_ops.report_paths import get_program_root, get_repo_root  # noqa: PLC0415

        named = self._options["config_file"]
        if named is None:
            # The trend scans nothing, but it may have been told where the telemetry is.
            telemetry = self._options.get("repo") or os.environ.get("PEAK_TELEMETRY_DIR")
            named = default_config_file(
                get_repo_root(),
                program_root=get_program_root(),
                telemetry_root=Path(os.path.realpath(telemetry)) if telemetry else None,
            )
        if named is None:
            return Config()
        self.console.detail(f"configuration: {named}")
        return load_config(named)


def _stand_in() -> str:
    """Give what stands in for the clock, in seconds since 1970, if there is something."""
    return os.environ.get("SOURCE_DATE_EPOCH", "").strip()


def _now(console: Console) -> datetime:
    """Read the clock, or what stands in for it."""
    fixed = _stand_in()
    if not fixed:
        return datetime.now(UTC)
    try:
        now = datetime.fromtimestamp(int(fixed), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {fixed!r}", hint="give seconds since 1970, or unset it"
        ) from None
    from peaktrade_ops.window import iso_utc  # noqa: PLC0415

    # Said even when quiet: who relies on a report must know that its clock was set by hand.
    console.warning(f"SOURCE_DATE_EPOCH stands in for the clock: {iso_utc(now)}")
    return now
