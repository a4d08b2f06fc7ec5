"""The options of all commands, in groups: each option with its names, variable, type and help.

A command takes whole groups; see `peaktrade_ops.cli.command`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, Literal, get_args

import click
from click.core import ParameterSource

from peaktrade_ops.cli.console import Form
from peaktrade_ops.cli.logs import LogFormat
from peaktrade_ops.cli.option_groups import argument, option, option_group, same
from peaktrade_ops.config import STAGE_NAME
from peaktrade_ops.defaults import LEGACY_REGEX
from peaktrade_ops.errors import UsageError
from peaktrade_ops.locations import Location, Url, location_of
from peaktrade_ops.reports.store.lock import LOCK_SECONDS
from peaktrade_ops.stage1.models import Choice
from peaktrade_ops.stage1.stage import STAGE1
from peaktrade_ops.text import quoted

FailOn = Literal["hold", "no-go"]

_STAGE: Final = STAGE1.folder.as_posix()

MOST_DAYS: Final = 3660
"""The maximum number of days of one command."""

# Not readable=True: click would report a path without read permission as a usage error.
_PATH = click.Path(path_type=Path, readable=False)


class _LocationType(click.ParamType[Location]):
    """A folder of this machine, or a URL."""

    name = "directory"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Location:
        """Return the location that the user names."""
        try:
            return location_of(str(value))
        except ValueError as error:
            self.fail(f"{quoted(str(value))}: {error}", param, ctx)


def _unless_blank_or_default(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Return the path that the user gives; `None` for a blank one or for the default."""
    by_default = context.get_parameter_source(parameter.name or "") is ParameterSource.DEFAULT
    return None if by_default or value is None or not value.strip() else value


def _names_of_hosts(
    _context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the host names; refuse a pattern or a URL, because it would never match a host.

    Raises:
        click.BadParameter: A value is not a host name or an address.
    """
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+", name):
            raise click.BadParameter(
                f"{quoted(name)} is no name or address of a host; leave out the rest"
            )
    return names


def _name_of_stage(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    """Return the name of a stage, which becomes a part of file names.

    Raises:
        click.BadParameter: The value is not such a name.
    """
    if not re.fullmatch(STAGE_NAME, name):
        raise click.BadParameter(
            f"{quoted(name)} is no name of a stage; write up to 32 lower-case letters, digits, -"
            " and _, a letter first, such as stage2"
        )
    return name


class _VerdictChoice(click.Choice[str]):
    """A verdict in any case and with either line, because reports write ``NO_GO``."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """Return a verdict as the options list it."""
        return super().normalize_choice(choice, ctx).replace("_", "-")


class _LinesOption(click.Option):
    """An option that may be repeated; its variable contains one value per line."""

    def value_from_envvar(self, ctx: click.Context) -> tuple[str, ...] | None:
        """Return the non-blank lines of the variable; `None` if there are none."""
        lines = (self.resolve_envvar_value(ctx) or "").splitlines()
        return tuple(line for line in lines if line.strip()) or None


def _reports_root() -> Any:  # noqa: ANN401 (a field of any type)
    return option(
        "--reports-root",
        callback=_unless_blank_or_default,
        metavar="DIR",
        help=f"The reports are below this folder, in {_STAGE}; relative to the current directory."
        "  [env var: PEAK_REPORTS_DIR, relative to the repo root; default: reports there]",
    )


def _folder() -> Any:  # noqa: ANN401 (a field of any type)
    return option(
        "--dir",
        env="PEAK_DIR",
        type=_PATH,
        metavar="DIR",
        help="The folder of the reports itself, where --reports-root is not given.",
    )


def _max_age() -> Any:  # noqa: ANN401 (a field of any type)
    return option(
        "--max-age",
        env="PEAK_MAX_AGE",
        type=click.IntRange(min=1, max=87_600),
        default=30,
        metavar="HOURS",
        help="Unhealthy when the window of the latest report ended longer ago.",
    )


@option_group
class ScanOptions:
    """The telemetry to scan and how, the folder of the reports, and the gate on new alerts.

    Attributes:
        out_dir: `None` if it is not given; ``--help`` shows the default folder.
    """

    repo: Location = option(
        "--repo",
        env="PEAK_TELEMETRY_DIR",
        type=_LocationType(),
        default=".",
        metavar="DIR",
        help="The telemetry root: the folder that is scanned, or a URL such as s3://BUCKET/PREFIX."
        " No configuration is read from it.",
    )
    inputs: tuple[str, ...] = option(
        "--input",
        env="PEAK_INPUT",
        kind=_LinesOption,
        type=click.Path(readable=False),
        multiple=True,
        metavar="PATH",
        help="Scan exactly this file, folder or glob instead; may be repeated. The variable holds"
        " one path a line.",
    )
    reports_root: str | None = _reports_root()
    out_dir: str | None = option(
        "--out-dir",
        env="PEAK_OUT_DIR",
        callback=_unless_blank_or_default,
        default=f"reports/{_STAGE}",
        metavar="DIR",
        help="Given, and without --reports-root: write here, relative to --repo.",
    )
    max_depth: int = option(
        "--max-depth",
        env="PEAK_MAX_DEPTH",
        type=click.IntRange(min=0),
        default=10,
        metavar="N",
        help="How many parts the path of a file may have below the telemetry root.",
    )
    max_files: int = option(
        "--max-files",
        env="PEAK_MAX_FILES",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Scan only the N newest candidates; 0 is all.",
    )
    legacy_regex: str = option(
        "--legacy-regex",
        env="PEAK_LEGACY_REGEX",
        default=LEGACY_REGEX,
        metavar="RE",
        help="Keyword search over raw lines, ignoring case, in RE2's syntax.",
    )
    cache: Path | None = option(
        "--cache",
        env="PEAK_CACHE_DIR",
        type=_PATH,
        metavar="DIR",
        help="The counts of earlier scans, so that only what is new is scanned."
        "  [default: .cache in the reports root]",
    )
    no_cache: bool = option(
        "--no-cache",
        env="PEAK_NO_CACHE",
        is_flag=True,
        help="Scan all bytes, and keep no counts.",
    )
    scheduler: str | None = option(
        "--scheduler",
        env="DASK_SCHEDULER_ADDRESS",
        metavar="ADDRESS",
        help="Scan on the Dask cluster of this scheduler, such as tcp://HOST:8786.",
    )
    fail_on_new_alerts: bool = option(
        "--fail-on-new-alerts",
        env="PEAK_FAIL_ON_NEW_ALERTS",
        is_flag=True,
        help="Exit with 2 when there are new alerts or critical alerts.",
    )

    @property
    def out_folder(self) -> Path | None:
        """The folder that ``--out-dir`` names, if it is given.

        Raises:
            UsageError: It is relative to a URL.
        """
        if self.out_dir is None:
            return None
        if not isinstance(self.repo, Url):
            return self.repo / self.out_dir
        if Path(self.out_dir).is_absolute():
            return Path(self.out_dir)
        raise UsageError(
            "--out-dir is relative to --repo, and reports are written to a local folder only",
            hint="give --reports-root, or an absolute folder",
        )


@option_group
class TrendOptions:
    """The range and the gate of a trend, whether it is stored, and the folder of its reports."""

    days: int = option(
        "--days",
        env="PEAK_DAYS",
        announced=True,
        type=click.IntRange(min=1, max=MOST_DAYS),
        default=14,
        metavar="N",
        help="How many calendar days, ending on the report date.",
    )
    fail_on: FailOn | None = option(
        "--fail-on",
        env="PEAK_FAIL_ON",
        type=_VerdictChoice(get_args(FailOn), case_sensitive=False),
        help="Exit with 2 on this verdict; hold trips on HOLD and on NO_GO.",
    )
    adopt: bool = option(
        "--adopt",
        env="PEAK_ADOPT",
        is_flag=True,
        help="Take readable artifacts as they are that are not in the index, and list them.",
    )
    folder: Path | None = _folder()


@option_group
class SearchOptions:
    """The telemetry that a run would scan, its cache, and the range of its trend."""

    repo: Location = same(ScanOptions, "repo")
    inputs: tuple[str, ...] = same(ScanOptions, "inputs")
    max_depth: int = same(ScanOptions, "max_depth")
    max_files: int = same(ScanOptions, "max_files")
    cache: Path | None = same(ScanOptions, "cache")
    no_cache: bool = same(ScanOptions, "no_cache")
    days: int = same(TrendOptions, "days")


@option_group
class ReplaceOptions:
    """The option that replaces stored artifacts."""

    replace: bool = option(
        "--replace",
        env="PEAK_REPLACE",
        is_flag=True,
        help="Store a report although the stored one saw more, a trend although it ends earlier.",
    )


@option_group
class RootOptions:
    """The reports root, for a command that has ``--dir`` from another group."""

    reports_root: str | None = _reports_root()


@option_group
class PlaceOptions:
    """The location of the reports."""

    reports_root: str | None = _reports_root()
    folder: Path | None = _folder()


@option_group
class WindowOptions:
    """The window of a report."""

    as_of: str | None = option(
        "--as-of",
        env="PEAK_AS_OF",
        announced=True,
        metavar="TIME",
        help="The end of the window, ISO 8601 with an offset or Z.  [default: now, to the minute]",
    )
    day: str | None = option(
        "--date",
        env="PEAK_DATE",
        announced=True,
        metavar="DAY",
        help="A UTC day as the window: YYYY-MM-DD, today or yesterday. Not with --as-of.",
    )


@option_group
class DaysOptions:
    """The range of days for several reports from one scan."""

    first_day: str | None = option(
        "--from",
        env="PEAK_FROM",
        announced=True,
        metavar="DAY",
        help="The first of several UTC days, a report each from one scan; with --to.",
    )
    last_day: str | None = option(
        "--to",
        env="PEAK_TO",
        announced=True,
        metavar="DAY",
        help="The last of these days. Not with --as-of or --date.",
    )


@option_group
class ConfigOptions:
    """The configuration file."""

    config_file: Path | None = option(
        "--config",
        env="PEAK_CONFIG",
        type=_PATH,
        metavar="FILE",
        help="The configuration.  [default: stage1.toml in the repo root, if there: the nearest"
        " folder with .git, pyproject.toml or uv.lock from the current one up, not that of --repo]",
    )


@option_group
class StageOptions:
    """The stage that a command is about."""

    stage: str = option(
        "--stage",
        env="PEAK_STAGE",
        announced=True,
        callback=_name_of_stage,
        default=STAGE1.key,
        metavar="NAME",
        help="The stage: stage1, or one of [stages] in the configuration, whose reports are in"
        " obs/NAME or in its folder.",
    )


@option_group
class DecisionOptions:
    """What the owner decides, and why."""

    owner: str = option(
        "--owner",
        env="PEAK_OWNER",
        announced=True,
        required=True,
        metavar="NAME",
        help="Who decides, up to 100 characters.",
    )
    decision: Choice = option(
        "--decision",
        env="PEAK_DECISION",
        announced=True,
        required=True,
        type=_VerdictChoice(get_args(Choice), case_sensitive=False),
        help="Go on to the next stage, stay in this one for longer, or do not go on.",
    )
    note: str | None = option(
        "--note",
        env="PEAK_NOTE",
        metavar="TEXT",
        help="The reason, up to 2,000 characters.",
    )
    override: bool = option(
        "--override",
        env="PEAK_OVERRIDE",
        announced=True,
        is_flag=True,
        help="Go although the verdict is HOLD, NO_GO or not current; needs a note, and is shown in"
        " red for ever.",
    )


@option_group
class PruneOptions:
    """How many days are kept, and whether the others are removed."""

    keep_days: int = option(
        "--keep-days",
        env="PEAK_KEEP_DAYS",
        announced=True,
        required=True,
        type=click.IntRange(min=1, max=100_000),
        metavar="N",
        help="Keep the reports of the last N days with events, all since, and all that a trend or"
        " a decision rests on.",
    )
    delete: bool = option(
        "--delete",
        env="PEAK_DELETE",
        announced=True,
        is_flag=True,
        help="Remove the others. Without it, they are only shown.",
    )


@option_group
class InspectOptions:
    """The files to inspect, and how much of each is read."""

    paths: tuple[str, ...] = argument(
        "paths", type=click.Path(readable=False), nargs=-1, required=True, metavar="PATH..."
    )
    repo: Location = option(
        "--repo",
        env="PEAK_TELEMETRY_DIR",
        type=_LocationType(),
        default=".",
        metavar="DIR",
        help="The telemetry root, to which the shown paths and the patterns are relative. No"
        " configuration is read from it.",
    )
    all_lines: bool = option(
        "--all",
        env="PEAK_ALL",
        is_flag=True,
        help="Read all lines of each file, not only the first 20,000.",
    )


@option_group
class OutputOptions:
    """The format of the result."""

    form: Form = option(
        "--format",
        env="PEAK_FORMAT",
        type=click.Choice(get_args(Form)),
        default="text",
        help="What is printed on standard output.",
    )


@option_group
class LockOptions:
    """How long the lock of a reports folder is waited for."""

    lock_timeout: int = option(
        "--lock-timeout",
        env="PEAK_LOCK_TIMEOUT",
        type=click.IntRange(min=0, max=86_400),
        default=LOCK_SECONDS,
        metavar="SECONDS",
        help="Exit with 1 when another run uses the reports folder for longer than this.",
    )


@option_group
class LoudnessOptions:
    """The amount of output on standard error, and its form."""

    quiet: bool = option(
        "--quiet",
        "-q",
        env="PEAK_QUIET",
        is_flag=True,
        help="Only warnings and errors on standard error.",
    )
    verbose: bool = option(
        "--verbose",
        "-v",
        env="PEAK_VERBOSE",
        is_flag=True,
        help="More on standard error, also why each file is scanned or left out.",
    )
    log_format: LogFormat = option(
        "--log-format",
        env="PEAK_LOG_FORMAT",
        type=click.Choice(get_args(LogFormat)),
        default="text",
        help="What standard error gets: text, or a line of JSON for each message and step.",
    )
    run_id: str = option(
        "--run-id",
        env="PEAK_RUN_ID",
        default="",
        metavar="ID",
        help="The id of this call in lines of JSON.  [default: a random one]",
    )

    @property
    def verbosity(self) -> int:
        """The verbosity of the console; ``--verbose`` overrides ``--quiet``."""
        return 1 if self.verbose else -1 if self.quiet else 0


@option_group
class NotifyOptions:
    """Where notices go, how often and how long that is tried, and what was told before."""

    webhook_file: Path | None = option(
        "--webhook-file",
        env="PEAK_NOTIFY_WEBHOOK_FILE",
        type=_PATH,
        metavar="FILE",
        help="A file with addresses that notices are posted to as JSON, one a line. They are"
        " secrets. PEAK_NOTIFY_WEBHOOK may hold such addresses itself.",
    )
    apprise_file: Path | None = option(
        "--apprise-file",
        env="PEAK_NOTIFY_APPRISE_FILE",
        type=_PATH,
        metavar="FILE",
        help='The same with addresses of apprise, of the extra "notify"; also PEAK_NOTIFY_APPRISE.',
    )
    state: Path | None = option(
        "--state",
        env="PEAK_NOTIFY_STATE",
        type=_PATH,
        metavar="FILE",
        help="What was told before; without it, it is told once more."
        "  [default: .notify/stage1.json in the reports root]",
    )
    run_code: str = option(
        "--run-code",
        env="PEAK_NOTIFY_RUN_CODE",
        default="",
        metavar="CODE",
        help="The exit code of the run before: anything but 0 and 2 is told too.",
    )
    attempts: int = option(
        "--attempts",
        env="PEAK_NOTIFY_ATTEMPTS",
        type=click.IntRange(min=1, max=10),
        default=3,
        metavar="N",
        help="How often a delivery is tried.",
    )
    timeout: int = option(
        "--timeout",
        env="PEAK_NOTIFY_TIMEOUT",
        type=click.IntRange(min=1, max=300),
        default=10,
        metavar="SECONDS",
        help="How long each attempt may take.",
    )
    dry_run: bool = option(
        "--dry-run",
        env="PEAK_NOTIFY_DRY_RUN",
        is_flag=True,
        help="Show what would be sent, send nothing and remember nothing.",
    )


@option_group
class ServeOptions:
    """The address of the server, the allowed host names, and the maximum age of a report."""

    host: str = option(
        "--host",
        env="PEAK_HOST",
        default="127.0.0.1",
        metavar="HOST",
        help="The address to listen on; 0.0.0.0 is every one of this machine.",
    )
    port: int = option(
        "--port",
        env="PEAK_PORT",
        type=click.IntRange(min=0, max=65535),
        default=8787,
        metavar="N",
        help="The port to listen on; 0 is any that is free.",
    )
    trusted_hosts: tuple[str, ...] = option(
        "--trusted-host",
        env="PEAK_TRUSTED_HOST",
        multiple=True,
        callback=_names_of_hosts,
        metavar="NAME",
        help="Answer to this name too, besides localhost and the address; may be repeated.",
    )
    max_age: int = _max_age()
    refresh: int = option(
        "--refresh",
        env="PEAK_REFRESH",
        type=click.IntRange(min=0, max=86_400),
        default=60,
        metavar="SECONDS",
        help="How often a browser loads a page again; 0 is never.",
    )
    no_access_log: bool = option(
        "--no-access-log",
        env="PEAK_NO_ACCESS_LOG",
        is_flag=True,
        help="No line on standard error for each request.",
    )


@option_group
class MetricsOptions:
    """The file of the metrics, and the maximum age of a report."""

    output: Path | None = option(
        "--output",
        env="PEAK_METRICS_FILE",
        type=_PATH,
        metavar="FILE",
        help="Write the metrics to this file, whose name ends with .prom, instead of standard"
        " output.",
    )
    max_age: int = _max_age()
