"""The command line: options, exit codes, and what is printed. It has no logic of its own.

What a command needs is imported when it runs, so that help and completion answer at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import click

from peaktrade_ops.defaults import LEGACY_REGEX
from peaktrade_ops.errors import PeaktradeError, UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from peaktrade_ops.config import Config
    from peaktrade_ops.reports.index import Finding
    from peaktrade_ops.routine import Place, RunResult, Telemetry, TrendResult
    from peaktrade_ops.stage1.models import Summary
    from peaktrade_ops.window import Window

PROGRAM = "peaktrade-ops"
OK, FAILED, GATE, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 64, 130, 143

_ENDING_SIGNALS: dict[int, int] = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}

_Function = TypeVar("_Function", bound="Callable[..., Any]")


class _EndedError(BaseException):
    """A signal arrived; not an `Exception`, so that nothing on the way takes it for a problem.

    Args:
        exit_code: What the program ends with.
    """

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code


@dataclass(slots=True)
class Console:
    """What is said to the operator: results on standard output, everything else on standard error.

    Attributes:
        verbosity: -1 for errors alone, 0, or 1 for more and for tracebacks.
    """

    verbosity: int = 0

    def result(self, text: str) -> None:
        """Print a result; a reader that has gone away does not change the exit code.

        Raises:
            PeaktradeError: Standard output cannot be written for another reason.
        """
        try:
            click.echo(text)
        except OSError as error:
            _give_up(sys.stdout)
            if not isinstance(error, BrokenPipeError):
                raise PeaktradeError(
                    f"standard output cannot be written: {reason_of(error)}",
                    hint="the reports themselves are not affected",
                ) from error

    def note(self, text: str) -> None:
        """Tell something on the way."""
        if self.verbosity >= 0:
            _say(text)

    def warning(self, text: str) -> None:
        """Tell what must be known even when quiet."""
        _say(text)

    def detail(self, text: str) -> None:
        """Tell something that only matters when looking closely."""
        if self.verbosity > 0:
            _say(text)

    def error(self, text: str) -> None:
        """Tell why the program failed."""
        _say(f"{PROGRAM}: {text}")

    @contextlib.contextmanager
    def progress(self, total: int) -> Iterator[Callable[[int], object]]:
        """Show a bar on a terminal while bytes are scanned, if that takes longer than a moment."""
        if self.verbosity < 0 or sys.stderr is None or not sys.stderr.isatty():
            yield lambda _done: None
            return
        from tqdm import tqdm  # noqa: PLC0415 (slow to load)

        # Its watching thread would make the start of processes unsafe.
        tqdm.monitor_interval = 0
        with tqdm(
            total=total, unit="B", unit_scale=True, desc="scanning", delay=1, leave=False
        ) as bar:
            yield bar.update


def _stay(_folder: Path) -> None:
    """Keep the user that the program was started as."""


@dataclass(frozen=True, slots=True)
class _Program:
    """What every command is given.

    Attributes:
        console: Where things are said.
        settle: Called with the folder of the reports, as it is named, before anything is read or
            written.
    """

    console: Console
    settle: Callable[[Path], None] = _stay


def _say(text: str) -> None:
    from peaktrade_ops.reports.text import printable  # noqa: PLC0415 (only when there is something)

    # Nobody is left to tell that standard error itself cannot be written.
    try:
        click.echo(printable(text), err=True)
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Let a stream lead nowhere: what is left in its buffer must not fail again at the end."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path of ours)
        os.dup2(nowhere.fileno(), stream.fileno())


def _option(*names: str, env: str, **settings: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401
    """Make an option that an environment variable can give too, which its help shows."""
    return click.option(*names, envvar=env, show_envvar=True, **settings)


def _options(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    """Put several options on a command, in this order."""

    def decorate(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


# Not readable=True, which would call a path that may not be read a mistake of the command line.
_PATH = click.Path(path_type=Path, readable=False)

_REPORTS_ROOT = click.option(
    "--reports-root",
    metavar="DIR",
    help="Write below this folder, in obs/stage1; relative to the current directory."
    "  [env var: PEAK_REPORTS_DIR, relative to the repo root; default: reports there]",
)
_SCAN = _options(
    _option(
        "--repo",
        "repo",
        env="PEAK_TELEMETRY_DIR",
        type=_PATH,
        default=".",
        metavar="DIR",
        show_default=True,
        help="The telemetry root: the folder that is scanned.",
    ),
    _option(
        "--input",
        "inputs",
        env="PEAK_INPUT",
        type=click.Path(readable=False),
        multiple=True,
        metavar="PATH",
        help="Scan exactly this file, folder or glob instead; may be repeated.",
    ),
    _REPORTS_ROOT,
    _option(
        "--out-dir",
        env="PEAK_OUT_DIR",
        default="reports/obs/stage1",
        show_default=True,
        metavar="DIR",
        help="Given, and without --reports-root: write here, relative to --repo.",
    ),
    _option(
        "--max-depth",
        env="PEAK_MAX_DEPTH",
        type=click.IntRange(min=0),
        default=10,
        show_default=True,
        metavar="N",
        help="How many parts the path of a file may have below the telemetry root.",
    ),
    _option(
        "--max-files",
        env="PEAK_MAX_FILES",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        metavar="N",
        help="Scan only the N newest candidates; 0 is all.",
    ),
    _option(
        "--legacy-regex",
        env="PEAK_LEGACY_REGEX",
        default=LEGACY_REGEX,
        show_default=True,
        metavar="RE",
        help="Keyword search over raw lines, ignoring case, in RE2's syntax.",
    ),
    _option(
        "--fail-on-new-alerts",
        env="PEAK_FAIL_ON_NEW_ALERTS",
        is_flag=True,
        help="Exit with 2 when there are new alerts.",
    ),
)
_WINDOW = _options(
    _option(
        "--as-of",
        env="PEAK_AS_OF",
        metavar="TIME",
        help="The end of the window, ISO 8601 with an offset or Z.  [default: now, to the minute]",
    ),
    _option(
        "--date",
        "day",
        env="PEAK_DATE",
        metavar="DAY",
        help="A UTC day as the window: YYYY-MM-DD, today or yesterday. Not with --as-of.",
    ),
)
_TREND = _options(
    _option(
        "--days",
        env="PEAK_DAYS",
        type=click.IntRange(min=1, max=3660),
        default=14,
        show_default=True,
        metavar="N",
        help="How many calendar days, ending on the report date.",
    ),
    _option(
        "--fail-on",
        env="PEAK_FAIL_ON",
        type=click.Choice(["hold", "no-go"]),
        help="Exit with 2 on this verdict; hold trips on HOLD and on NO_GO.",
    ),
    _option(
        "--replace",
        env="PEAK_REPLACE",
        is_flag=True,
        help="Store the trend even where the stored one ends later.",
    ),
)
_DIR = _option(
    "--dir",
    "folder",
    env="PEAK_DIR",
    type=_PATH,
    metavar="DIR",
    help="The folder of the reports itself, where --reports-root is not given.",
)
_COMMON = _options(
    _option(
        "--config",
        "config_file",
        env="PEAK_CONFIG",
        type=_PATH,
        metavar="FILE",
        help="The configuration.  [default: stage1.toml in the repo root, if there]",
    ),
)
_OUTPUT = _options(
    _option(
        "--format",
        "output",
        env="PEAK_FORMAT",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="What is printed on standard output.",
    ),
    _option("--quiet", "-q", env="PEAK_QUIET", is_flag=True, help="Only errors on standard error."),
    _option("--verbose", "-v", env="PEAK_VERBOSE", is_flag=True, help="More on standard error."),
)


@click.group(
    name=PROGRAM,
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 a gate was tripped, 64 wrong command line,"
    " 130 interrupted, 143 terminated.",
)
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM)
def cli() -> None:
    """Make the daily reports of a Stage 1 dry run, and judge whether to go on.

    \b
    Every day:   peaktrade-ops stage1-run --repo /srv/telemetry
    Every week:  peaktrade-ops stage1-trends --date yesterday --fail-on hold
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)


@cli.command("stage1-snapshot")
@_SCAN
@_WINDOW
@_COMMON
@_OUTPUT
@click.pass_context
def stage1_snapshot(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Write the daily report of one 24-hour window.

    \b
    Examples:
      peaktrade-ops stage1-snapshot --repo /srv/telemetry --date yesterday
      peaktrade-ops stage1-snapshot --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops stage1-snapshot --date today --fail-on-new-alerts --format json
    """  # noqa: D301
    from peaktrade_ops.routine import make_snapshot  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.stage1.models import to_json  # noqa: PLC0415

    request = _Request(context, options)
    place = request.place()
    summary = make_snapshot(
        request.telemetry(),
        place,
        request.window(),
        request.config(),
        now=request.now,
        progress=request.console.progress,
    )
    if options["output"] == "json":
        request.console.result(to_json(summary).decode().rstrip())
    else:
        request.console.result(_snapshot_text(summary, place))
    return GATE if options["fail_on_new_alerts"] and summary.metrics.new_alerts else OK


@cli.command("stage1-trends")
@_TREND
@_DIR
@_REPORTS_ROOT
@_WINDOW
@_COMMON
@_OUTPUT
@click.pass_context
def stage1_trends(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Write the trend over the last calendar days, with a verdict GO, HOLD or NO_GO.

    \b
    Examples:
      peaktrade-ops stage1-trends --days 21 --date yesterday
      peaktrade-ops stage1-trends --dir /srv/reports/obs/stage1 --format json
      peaktrade-ops stage1-trends --date yesterday --fail-on no-go
    """  # noqa: D301
    from peaktrade_ops.reports.markdown import trend_markdown  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.routine import make_trend  # noqa: PLC0415
    from peaktrade_ops.stage1.models import to_json  # noqa: PLC0415

    request = _Request(context, options)
    result = make_trend(
        request.place(named=True),
        request.window(),
        request.config(),
        days=options["days"],
        replace=options["replace"],
    )
    text = (
        to_json(result.trend).decode()
        if options["output"] == "json"
        else trend_markdown(result.trend)
    )
    request.console.result(text.rstrip())
    _tell_stored(request, result)
    return _verdict_code(result, options["fail_on"])


@cli.command("stage1-run")
@_SCAN
@_TREND
@_DIR
@_WINDOW
@_COMMON
@_OUTPUT
@click.pass_context
def stage1_run(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Do the daily routine: the last finished UTC day, missing days before it, trend, check.

    \b
    Examples:
      peaktrade-ops stage1-run --repo /srv/telemetry
      peaktrade-ops stage1-run --repo /srv/telemetry --reports-root /srv/reports --days 21
      peaktrade-ops stage1-run --date 2025-12-20 --fail-on hold --quiet
    """  # noqa: D301
    from peaktrade_ops.routine import run_daily  # noqa: PLC0415 (slow to load)

    request = _Request(context, options)
    place = request.place()
    result = run_daily(
        request.telemetry(),
        place,
        request.window(default_day="yesterday"),
        request.config(),
        days=options["days"],
        replace=options["replace"],
        now=request.now,
        progress=request.console.progress,
    )
    request.console.result(
        _run_json(result) if options["output"] == "json" else _run_text(result, place)
    )
    _tell_stored(request, result.trend)
    alerts = any(summary.metrics.new_alerts for summary in result.summaries)
    gates = (
        options["fail_on_new_alerts"] and alerts,
        any(finding.level == "error" for finding in result.findings),
        _verdict_code(result.trend, options["fail_on"]),
    )
    return GATE if any(gates) else OK


@cli.command("verify")
@_REPORTS_ROOT
@_DIR
@_OUTPUT
@click.pass_context
def verify(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Check a reports folder against its index; one line for each finding, nothing is changed.

    \b
    Examples:
      peaktrade-ops verify
      peaktrade-ops verify --dir /srv/reports/obs/stage1
    """  # noqa: D301
    from peaktrade_ops.routine import check_reports  # noqa: PLC0415 (slow to load)

    request = _Request(context, options)
    folder = request.place().folder
    findings = check_reports(folder)
    if options["output"] == "json":
        request.console.result(_as_json([finding._asdict() for finding in findings]))
    else:
        lines = [*map(_finding_text, findings)]
        request.console.result(
            "\n".join(lines) or _printable_lines([f"{folder}: everything matches"])
        )
    return GATE if any(finding.level == "error" for finding in findings) else OK


_PLACES = frozenset({"reports_root", "out_dir"})


class _Request:
    """The options of a command, resolved."""

    def __init__(self, context: click.Context, options: dict[str, Any]) -> None:
        self._context = context
        # Where reports go, a blank value counts as not given.
        self._options: dict[str, Any] = {
            name: None if name in _PLACES and not str(value or "").strip() else value
            for name, value in options.items()
        }
        self._program = context.find_object(_Program) or _Program(Console())
        self.console = self._program.console
        self.console.verbosity = 1 if options["verbose"] else -1 if options["quiet"] else 0
        self.now = _now(self.console)

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
        from peaktrade_ops.report_paths import (  # noqa: PLC0415
            STAGE1_DIR,
            get_reports_root,
            named_reports_root,
        )
        from peaktrade_ops.routine import Place  # noqa: PLC0415

        folder = self._named_folder()
        if folder is not None:
            self._program.settle(folder)
            if named and not folder.is_dir():
                raise ReportsError(
                    f"reports folder {folder} is missing or no folder", hint="check --dir"
                )
            return Place(folder, ".")
        override = self._options["reports_root"]
        self._program.settle(named_reports_root(override=override) / STAGE1_DIR)
        return Place(get_reports_root(override=override) / STAGE1_DIR, STAGE1_DIR.as_posix())

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


def _now(console: Console) -> datetime:
    """Read the clock, or what stands in for it."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
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


def _verdict_code(result: TrendResult, fail_on: str | None) -> int:
    tripping = {"hold": {"HOLD", "NO_GO"}, "no-go": {"NO_GO"}, None: set[str]()}[fail_on]
    return GATE if result.trend.rollups.go_no_go in tripping else OK


def _tell_stored(request: _Request, result: TrendResult) -> None:
    if not result.stored:
        request.console.note(
            "the trend is not stored, because the stored one ends later; --replace stores it"
        )


def _snapshot_text(summary: Summary, place: Place) -> str:
    from peaktrade_ops.reports.names import snapshot_name, summary_name  # noqa: PLC0415
    from peaktrade_ops.window import iso_utc  # noqa: PLC0415

    lines = [_day_text(summary)]
    if summary.window:
        lines.append(f"window {iso_utc(summary.window.start)} to {iso_utc(summary.window.end)}")
    if summary.coverage:
        coverage = summary.coverage
        lines.append(
            f"coverage {'complete' if coverage.complete else 'INCOMPLETE'}:"
            f" {len(coverage.files)} of {coverage.candidates} files, {coverage.lines} lines,"
            f" {coverage.in_window} events in the window"
        )
    lines += [f"note: {note}" for note in summary.notes]
    names = (snapshot_name(summary.date), summary_name(summary.date))
    lines += [f"wrote {place.folder / name}" for name in names]
    return _printable_lines(lines)


def _day_text(summary: Summary) -> str:
    metrics = summary.metrics
    return (
        f"{summary.date}: {metrics.new_alerts} new alerts, {metrics.critical_alerts} critical,"
        f" {metrics.parse_errors} parse errors, {metrics.operator_actions} operator actions,"
        f" {metrics.legacy_alerts} legacy hits"
    )


def _run_text(result: RunResult, place: Place) -> str:
    from peaktrade_ops.reports.markdown import trend_markdown  # noqa: PLC0415

    lines = [_day_text(summary) for summary in result.summaries]
    lines += ["", *trend_markdown(result.trend.trend).splitlines(), ""]
    lines += map(_finding_text, result.findings)
    errors = sum(finding.level == "error" for finding in result.findings)
    lines.append(
        f"reports in {place.folder}: " + (f"{errors} MISMATCHES" if errors else "verified")
    )
    return _printable_lines(lines)


def _run_json(result: RunResult) -> str:
    import json  # noqa: PLC0415

    from peaktrade_ops.stage1.models import to_json  # noqa: PLC0415

    return _as_json(
        {
            "summaries": [json.loads(to_json(summary)) for summary in result.summaries],
            "trend": json.loads(to_json(result.trend.trend)),
            "trend_stored": result.trend.stored,
            "findings": [finding._asdict() for finding in result.findings],
        }
    )


def _finding_text(finding: Finding) -> str:
    return _printable_lines([f"{finding.level}: {finding.path}: {finding.problem}"])


def _printable_lines(lines: Sequence[str]) -> str:
    from peaktrade_ops.reports.text import printable  # noqa: PLC0415

    return "\n".join(map(printable, lines))


def _as_json(document: object) -> str:
    import json  # noqa: PLC0415

    return json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f")


def main(
    arguments: Sequence[str] | None = None, *, settle: Callable[[Path], None] = _stay
) -> NoReturn:
    """Run the program and exit with its code.

    Args:
        arguments: The command line without the program's name; that of the process if not given.
        settle: Called with the folder of the reports, absolute and as it is named, before anything
            is read or written; it may raise a `PeaktradeError`.
    """
    program = _Program(Console(), settle)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A locale without these characters must not stop a report.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    for number in _ENDING_SIGNALS:
        # A program in the background of a script is started with Ctrl-C ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    sys.exit(_run(program, arguments))


def _run(program: _Program, arguments: Sequence[str] | None) -> int:
    console = program.console
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=program)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else PROGRAM
        console.error(f"{error.format_message()} (see {path} --help)")
        return USAGE
    except PeaktradeError as error:
        _trace(console)
        console.error(str(error))
        return error.exit_code
    except _EndedError as error:
        what = "terminated" if error.exit_code == TERMINATED else "interrupted"
        console.error(f"{what}; the earlier artifacts are kept")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (the last resort: one line instead of a traceback)
        _trace(console)
        what = f"{type(error).__name__}: {error}"
        console.error(f"unexpected error, please report it: {what} (--verbose shows where)")
        return FAILED
    return int(code or 0)


def _trace(console: Console) -> None:
    if console.verbosity > 0:
        import traceback  # noqa: PLC0415 (only for looking closely)

        for line in traceback.format_exc().splitlines():
            _say(line)


def _end(number: int, _frame: FrameType | None) -> None:
    # A second signal must not cut the cleaning up short.
    for each in _ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise _EndedError(_ENDING_SIGNALS[number])
