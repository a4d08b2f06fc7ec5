"""The context of a command: the console, the clock, and its resolved options."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from peaktrade_ops import window as windows
from peaktrade_ops.cli.clock import find_clock
from peaktrade_ops.cli.logs import Log
from peaktrade_ops.cli.options import MOST_DAYS
from peaktrade_ops.config import Config
from peaktrade_ops.config_check import nearest
from peaktrade_ops.config_file import Configuration, default_config_file, load_configuration
from peaktrade_ops.errors import PeaktradeError, UsageError
from peaktrade_ops.locations import location_of
from peaktrade_ops.report_paths import (
    get_program_root,
    get_repo_root,
    get_reports_root,
    named_reports_root,
)
from peaktrade_ops.reports.store.lock import LOCK_SECONDS, Waiting
from peaktrade_ops.routine import check_there
from peaktrade_ops.scanning import Place, Telemetry
from peaktrade_ops.stage1.stage import STAGE1, Stage, stage_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from peaktrade_ops.cli.options import (
        ConfigOptions,
        DaysOptions,
        LoudnessOptions,
        ScanOptions,
        SearchOptions,
        StageOptions,
        WindowOptions,
    )
    from peaktrade_ops.cli.program import Program
    from peaktrade_ops.locations import Location
    from peaktrade_ops.window import Window


_DATES: Final = frozenset({"as_of", "day"})
"""The options that select the day or time of a command."""


class Request:
    """One call of a command.

    Attributes:
        console: The output for results and messages, with the verbosity of the options.
        clock: Returns the current time, aware.
        now: The time of the call, aware.
        is_dated: Whether the command line itself, not a variable, selects the day or time.
    """

    def __init__(
        self,
        program: Program,
        loudness: LoudnessOptions,
        *,
        command: str = "",
        typed: Collection[str] = (),
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        """Set the verbosity of the console and read the clock.

        Args:
            program: The console and the function `settle`.
            loudness: The verbosity options.
            command: The name of the command.
            typed: The names of the options that come from the command line.
            lock_seconds: How long the lock of a reports folder is waited for.

        Raises:
            UsageError: The fixed time in the environment is invalid.
        """
        self.console = program.console
        self.console.verbosity = loudness.verbosity
        is_json = loudness.log_format == "json"
        self.console.log = Log(loudness.run_id, command) if is_json else None
        self.clock = find_clock(self.console)
        self.now = self.clock()
        self.is_dated = not _DATES.isdisjoint(typed)
        self._lock_seconds = lock_seconds
        self._settle = program.settle
        self._read: dict[Path | None, Configuration] = {None: Configuration(Config(), {})}

    def settle_if_possible(self) -> list[PeaktradeError]:
        """Go on as the user that the process is, if it cannot become another one.

        Returns:
            The reasons why it cannot; a list that grows.
        """
        reasons: list[PeaktradeError] = []
        settle = self._settle

        def try_to_settle(folder: Path) -> None:
            try:
                settle(folder)
            except PeaktradeError as error:
                if str(error) not in map(str, reasons):
                    reasons.append(error)

        self._settle = try_to_settle
        return reasons

    @property
    def waiting(self) -> Waiting:
        """How the lock of a reports folder is waited for; a note says so after a while."""
        return Waiting(self._lock_seconds, self.console.note)

    def reports(  # noqa: PLR0913 (of several groups)
        self,
        stage: StageOptions,
        config: ConfigOptions,
        *,
        reports_root: str | None,
        folders: Sequence[Path | None],
        must_exist: bool = False,
        telemetry_root: Location | None = None,
    ) -> Place:
        """Return the stage of a command and the location of its reports, after a call of `settle`.

        Args:
            stage: The name of the stage.
            config: The configuration file, which defines the stage.
            reports_root: The value of ``--reports-root``, which overrides the folders.
            folders: Folders of the artifacts themselves; the first that is not `None` is used.
            must_exist: Whether one of these folders must exist if it is used.
            telemetry_root: As for `config_file`.

        Raises:
            UsageError: The configuration has no such stage.
            ConfigError: The file cannot be read, is invalid, or is in the telemetry root.
            ReportsError: The folder must exist and does not, or the reports root cannot be found.
        """
        profile = self.stage(
            stage.stage,
            config,
            reports_root=reports_root,
            folders=folders,
            telemetry_root=telemetry_root,
        )
        return self.place(reports_root, folders, must_exist=must_exist, stage=profile)

    def stage(
        self,
        name: str,
        options: ConfigOptions,
        *,
        reports_root: str | None = None,
        folders: Sequence[Path | None] = (),
        telemetry_root: Location | None = None,
    ) -> Stage:
        """Return a stage. Its configuration is read, unless it is stage 1.

        The process becomes the owner of the reports before, as for everything that is read.

        Args:
            name: The name of the stage.
            options: The configuration file.
            reports_root: As for `reports`.
            folders: As for `reports`.
            telemetry_root: As for `config_file`.

        Raises:
            UsageError: The configuration has no such stage.
            ConfigError: The file cannot be read, is invalid, or is in the telemetry root.
        """
        if name == STAGE1.key:
            return STAGE1
        named = next((folder for folder in folders if folder is not None), None)
        if named is not None and reports_root is None:
            self._settle(named.absolute())
        else:
            self._settle(named_reports_root(override=reports_root) / stage_of(name).folder)
        further = self._configuration(options, telemetry_root).stages
        if name not in further:
            near = nearest(name, [STAGE1.key, *further])
            raise UsageError(
                f"the configuration has no stage '{name}'",
                hint=f"did you mean {near}? a stage is a table [stages.{name}] in stage1.toml, or"
                " in the file of --config",
            )
        return stage_of(name, title=further[name].title, folder=further[name].folder)

    def place(
        self,
        reports_root: str | None,
        folders: Sequence[Path | None],
        *,
        stage: Stage,
        must_exist: bool = False,
    ) -> Place:
        """Return the location of the reports of a stage; the rest is as for `reports`.

        Raises:
            ReportsError: The folder must exist and does not, or the reports root cannot be found.
        """
        named = next((folder for folder in folders if folder is not None), None)
        if named is not None and reports_root is not None:
            self.console.note("--reports-root is given: --dir and --out-dir have no effect")
        elif named is not None:
            folder = named.absolute()
            self._settle(folder)
            if must_exist:
                check_there(folder, "check --dir")
            return Place(folder, ".", stage)
        self._settle(named_reports_root(override=reports_root) / stage.folder)
        root = get_reports_root(override=reports_root)
        return Place(root / stage.folder, stage.folder.as_posix(), stage)

    def beside_others(
        self, place: Place, options: ConfigOptions, *, telemetry_root: Location | None = None
    ) -> Place:
        """Return the location of reports with those of all other stages of the configuration.

        Raises:
            ConfigError: As for `config`.
        """
        further = self._configuration(options, telemetry_root).stages
        names = [STAGE1.folder.as_posix(), *(each.folder_of(key) for key, each in further.items())]
        if place.report_dir == "." or len(names) == 1:
            return place
        others = tuple(place.root / name for name in names if name != place.report_dir)
        return structs.replace(place, others=others)

    def telemetry(self, scan: ScanOptions, place: Place) -> Telemetry:
        """Return the telemetry to scan, and how to scan it.

        Args:
            scan: The options.
            place: The location of the reports; the cache is in its root if no other is given.
        """
        return structs.replace(
            self.searched(scan, place),
            legacy_regex=scan.legacy_regex,
            scheduler=(scan.scheduler or "").strip(),
        )

    def searched(self, search: ScanOptions | SearchOptions, place: Place) -> Telemetry:
        """Return the telemetry that a scan would find, with its cache; the rest is the default.

        Args:
            search: The options.
            place: As for `telemetry`.
        """
        cache = None if search.no_cache else search.cache or place.cache
        return Telemetry(
            root=search.repo,
            inputs=search.inputs,
            max_depth=search.max_depth,
            max_files=search.max_files,
            cache=cache and cache.absolute(),
        )

    def window(self, options: WindowOptions, *, default_day: str | None = None) -> Window:
        """Return the window of the report.

        Args:
            options: The end of the window or its day, but not both.
            default_day: The day if neither is given; `None` for the 24 hours up to this minute.

        Raises:
            UsageError: Both are given, or the value is not a time or day in the years 1970 to
                9999.
        """
        if options.as_of and options.day:
            raise UsageError("--as-of and --date exclude each other", hint="give one of them")
        if options.as_of:
            return self._noted(windows.window_until(windows.parse_moment(options.as_of)))
        if day := options.day or default_day:
            return self._noted(windows.window_of(windows.parse_day(day, today=self.now.date())))
        return windows.window_until(self.now.replace(second=0, microsecond=0))

    def windows(self, options: WindowOptions, days: DaysOptions) -> list[Window]:
        """Return the windows of the reports, in the order of their dates.

        Args:
            options: The window of one report.
            days: The first and the last of several UTC days, as an alternative.

        Raises:
            UsageError: Both are given, only one end of the days is given, the days are not in
                order or too many, or a value is not a time or day in the years 1970 to 9999.
        """
        if not days.first_day and not days.last_day:
            return [self.window(options)]
        if options.as_of or options.day:
            raise UsageError(
                "--from and --to exclude --as-of and --date", hint="give one pair or one window"
            )
        if not days.first_day or not days.last_day:
            raise UsageError("--from and --to go together", hint="give both, or --date")
        today = self.now.date()
        first = windows.window_of(windows.parse_day(days.first_day, today=today))
        last = windows.window_of(windows.parse_day(days.last_day, today=today))
        count = (last.date - first.date).days + 1
        if count < 1:
            raise UsageError(
                f"--from {first.date} is after --to {last.date}", hint="give the earlier day first"
            )
        if count > MOST_DAYS:
            raise UsageError(
                f"--from {first.date} --to {last.date} are {count} days",
                hint=f"give at most {MOST_DAYS}",
            )
        self._noted(last)
        return [last.earlier(back) for back in reversed(range(count))]

    def _noted(self, window: Window) -> Window:
        """Return a window, after a warning if it has not begun: its day may be a mistake."""
        if window.start > self.now:
            self.console.warning(
                f"{window.date} lies in the future, and nothing can have happened yet; the last"
                f" day that is over is {self.now.date() - timedelta(days=1)}"
            )
        return window

    def config(
        self,
        options: ConfigOptions,
        *,
        telemetry_root: Location | None = None,
        stage: Stage = STAGE1,
    ) -> Config:
        """Read the given configuration file, or else the file of the repo.

        Args:
            options: The configuration file.
            telemetry_root: As for `config_file`.
            stage: The stage, which the file defines.

        Raises:
            ConfigError: The file cannot be read, is invalid, or is in the telemetry root.
        """
        configuration = self._configuration(options, telemetry_root)
        if stage.key == STAGE1.key:
            return configuration.base
        return configuration.stages[stage.key].config

    def _configuration(
        self, options: ConfigOptions, telemetry_root: Location | None
    ) -> Configuration:
        named = self.config_file(options, telemetry_root=telemetry_root)
        if named not in self._read and named is not None:
            self.console.detail(f"configuration: {named}")
            self._read[named] = load_configuration(named)
        return self._read[named]

    def config_file(
        self, options: ConfigOptions, *, telemetry_root: Location | None = None
    ) -> Path | None:
        """Return the configuration file that is used; `None` if there is none.

        Args:
            options: The configuration file.
            telemetry_root: The telemetry root, which must not contain the file of the repo; `None`
                for a command without a scan, which then reads the root from the environment.

        Raises:
            ConfigError: The file of the repo is in the telemetry root.
        """
        if options.config_file is not None:
            return options.config_file
        telemetry = telemetry_root or _location_of_variable()
        folder = Path(os.path.realpath(telemetry)) if isinstance(telemetry, Path) else None
        return default_config_file(
            get_repo_root(), program_root=get_program_root(), telemetry_root=folder
        )


def _location_of_variable() -> Location | None:
    """Return the telemetry root of the environment; `None` if it names none."""
    text = os.environ.get("PEAK_TELEMETRY_DIR", "")
    try:
        return location_of(text) if text else None
    except ValueError:
        return None
