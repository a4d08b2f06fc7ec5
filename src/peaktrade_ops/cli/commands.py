"""The commands. Each hands its options on, says what came out, and gives the exit code."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from peaktrade_ops.cli import options as opt
from peaktrade_ops.cli.codes import FAILED, GATE, OK
from peaktrade_ops.cli.console import PROGRAM
from peaktrade_ops.cli.request import Request
from peaktrade_ops.errors import PeaktradeError

if TYPE_CHECKING:
    from peaktrade_ops.routine import TrendResult


_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


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
@opt.SCAN
@opt.WINDOW
@opt.CONFIG
@opt.OUTPUT
@click.pass_context
def stage1_snapshot(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Write the daily report of one 24-hour window.

    \b
    Examples:
      peaktrade-ops stage1-snapshot --repo /srv/telemetry --date yesterday
      peaktrade-ops stage1-snapshot --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops stage1-snapshot --date today --fail-on-new-alerts --format json
    """  # noqa: D301
    from peaktrade_ops.cli import plain, terminal  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.routine import make_snapshots, recent_days  # noqa: PLC0415

    request = Request(context, options)
    place = request.place()
    [summary] = make_snapshots(
        request.telemetry(),
        place,
        [request.window()],
        request.config(),
        now=request.now,
        progress=request.console.progress,
    )

    def on_terminal(columns: int) -> str:
        before = summary.date - timedelta(days=1)
        earlier = recent_days(place.folder, before, terminal.EARLIER_DAYS)
        return terminal.snapshot(summary, earlier, place.folder, columns)

    request.show(
        json=lambda: plain.artifact_json(summary),
        terminal=on_terminal,
        plain=lambda: plain.snapshot_text(summary, place),
    )
    return GATE if options["fail_on_new_alerts"] and summary.metrics.new_alerts else OK


@cli.command("stage1-trends")
@opt.TREND
@opt.DIR
@opt.REPORTS_ROOT
@opt.WINDOW
@opt.CONFIG
@opt.OUTPUT
@click.pass_context
def stage1_trends(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Write the trend over the last calendar days, with a verdict GO, HOLD or NO_GO.

    \b
    Examples:
      peaktrade-ops stage1-trends --days 21 --date yesterday
      peaktrade-ops stage1-trends --dir /srv/reports/obs/stage1 --format json
      peaktrade-ops stage1-trends --date yesterday --fail-on no-go
    """  # noqa: D301
    from peaktrade_ops.cli import plain, terminal  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.routine import make_trend  # noqa: PLC0415

    request = Request(context, options)
    place = request.place(named=True)
    result = make_trend(
        place,
        request.window(),
        request.config(),
        days=options["days"],
        replace=options["replace"],
    )
    request.show(
        json=lambda: plain.artifact_json(result.trend),
        terminal=lambda columns: terminal.trend(result, place.folder, columns),
        plain=lambda: plain.trend_text(result.trend),
    )
    _tell_stored(request, result)
    return _verdict_code(result, options["fail_on"])


@cli.command("stage1-run")
@opt.SCAN
@opt.TREND
@opt.DIR
@opt.WINDOW
@opt.CONFIG
@opt.OUTPUT
@click.pass_context
def stage1_run(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Do the daily routine: the last finished UTC day, missing days before it, trend, check.

    \b
    Examples:
      peaktrade-ops stage1-run --repo /srv/telemetry
      peaktrade-ops stage1-run --repo /srv/telemetry --reports-root /srv/reports --days 21
      peaktrade-ops stage1-run --date 2025-12-20 --fail-on hold --quiet
    """  # noqa: D301
    from peaktrade_ops.cli import plain, terminal  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.routine import run_daily  # noqa: PLC0415

    request = Request(context, options)
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
    request.show(
        json=lambda: plain.run_json(result),
        terminal=lambda columns: terminal.run(result, place.folder, columns),
        plain=lambda: plain.run_text(result, place),
    )
    _tell_stored(request, result.trend)
    alerts = any(summary.metrics.new_alerts for summary in result.summaries)
    gates = (
        options["fail_on_new_alerts"] and alerts,
        any(finding.level == "error" for finding in result.findings),
        _verdict_code(result.trend, options["fail_on"]),
    )
    return GATE if any(gates) else OK


@cli.command("render")
@opt.REPORTS_ROOT
@opt.DIR
@opt.OUTPUT
@click.pass_context
def render(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Make the Markdown and the pages of a reports folder again from its JSON.

    For reports that an earlier version wrote, or whose views were lost. The JSON is not changed.

    \b
    Examples:
      peaktrade-ops render
      peaktrade-ops render --dir /srv/reports/obs/stage1
    """  # noqa: D301
    from peaktrade_ops.cli import plain  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.routine import render_reports  # noqa: PLC0415

    request = Request(context, options)
    folder = request.place().folder
    result = render_reports(folder)
    if options["output"] == "json":
        request.console.result(plain.render_json(result))
    else:
        request.console.result(plain.render_text(result, folder))
    for name, problem in result.unreadable.items():
        request.console.error(
            f"{folder / name} cannot be rendered: {problem}; restore it, or make the report again"
        )
    return FAILED if result.unreadable else OK


@cli.command("serve")
@opt.REPORTS_ROOT
@opt.DIR
@opt.SERVE
@opt.LOUDNESS
@click.pass_context
def serve(context: click.Context, /, **options: Any) -> NoReturn:  # noqa: ANN401
    """Show a reports folder to browsers and programs, read-only, until it is interrupted.

    Needs the extra "serve" of the package. There is no login and no encryption: what it listens on
    besides this machine is to stand behind something that has them.

    \b
    Examples:
      peaktrade-ops serve
      peaktrade-ops serve --dir /srv/reports/obs/stage1 --port 9000 --max-age 26
    """  # noqa: D301
    from datetime import timedelta  # noqa: PLC0415 (slow to load)

    from peaktrade_ops.routine import check_there  # noqa: PLC0415

    try:
        from peaktrade_ops.serve.app import Application  # noqa: PLC0415
        from peaktrade_ops.serve.server import serve as serve_until_ended  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise PeaktradeError(
            f"serve needs the extra of that name, of which {error.name} is missing",
            hint="install it: .uv/bin/uv sync --extra serve in the repo, or where the package is"
            " to be had pip install 'peaktrade-ops[serve]'",
        ) from error

    request = Request(context, options)
    folder = request.place().folder
    check_there(folder)
    host = options["host"]
    application = Application(
        folder,
        clock=request.clock,
        max_age=timedelta(hours=options["max_age"]),
        refresh=options["refresh"],
        hosts={name.lower() for name in (*_LOOPBACK, host, *options["trusted_hosts"])},
    )
    serve_until_ended(
        application,
        host,
        options["port"],
        ready=lambda url: request.console.note(f"serving {folder} at {url} (Ctrl-C ends it)"),
    )


@cli.command("verify")
@opt.REPORTS_ROOT
@opt.DIR
@opt.OUTPUT
@click.pass_context
def verify(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Check a reports folder against its index; one line for each finding, nothing is changed.

    \b
    Examples:
      peaktrade-ops verify
      peaktrade-ops verify --dir /srv/reports/obs/stage1
    """  # noqa: D301
    from peaktrade_ops.cli import plain, terminal  # noqa: PLC0415 (slow to load)
    from peaktrade_ops.routine import check_reports  # noqa: PLC0415

    request = Request(context, options)
    folder = request.place().folder
    findings = check_reports(folder)
    request.show(
        json=lambda: plain.findings_json(findings),
        terminal=lambda _columns: terminal.check(findings, folder),
        plain=lambda: plain.findings_text(findings, folder),
    )
    return GATE if any(finding.level == "error" for finding in findings) else OK


def _verdict_code(result: TrendResult, fail_on: str | None) -> int:
    tripping = {"hold": {"HOLD", "NO_GO"}, "no-go": {"NO_GO"}, None: set[str]()}[fail_on]
    return GATE if result.trend.rollups.go_no_go in tripping else OK


def _tell_stored(request: Request, result: TrendResult) -> None:
    if not result.stored:
        request.console.note(
            "the trend is not stored, because the stored one ends later; --replace stores it"
        )
