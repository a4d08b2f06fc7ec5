"""The options of all commands: each stands here once, with its variable and its help.

A command takes the groups that it needs as decorators, `OUTPUT` last.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from peaktrade_ops.defaults import LEGACY_REGEX

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def option(*names: str, env: str, **settings: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401
    """Make an option that an environment variable can give too, which its help shows."""
    return click.option(*names, envvar=env, show_envvar=True, **settings)


def together(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    """Put several options on a command, in this order."""

    def decorate(function: _Function) -> _Function:
        for each in reversed(options):
            function = each(function)
        return function

    return decorate


# Not readable=True, which would call a path that may not be read a mistake of the command line.
_PATH = click.Path(path_type=Path, readable=False)

REPORTS_ROOT = click.option(
    "--reports-root",
    metavar="DIR",
    help="The reports are below this folder, in obs/stage1; relative to the current directory."
    "  [env var: PEAK_REPORTS_DIR, relative to the repo root; default: reports there]",
)
SCAN = together(
    option(
        "--repo",
        "repo",
        env="PEAK_TELEMETRY_DIR",
        type=_PATH,
        default=".",
        metavar="DIR",
        show_default=True,
        help="The telemetry root: the folder that is scanned.",
    ),
    option(
        "--input",
        "inputs",
        env="PEAK_INPUT",
        type=click.Path(readable=False),
        multiple=True,
        metavar="PATH",
        help="Scan exactly this file, folder or glob instead; may be repeated.",
    ),
    REPORTS_ROOT,
    option(
        "--out-dir",
        env="PEAK_OUT_DIR",
        default="reports/obs/stage1",
        show_default=True,
        metavar="DIR",
        help="Given, and without --reports-root: write here, relative to --repo.",
    ),
    option(
        "--max-depth",
        env="PEAK_MAX_DEPTH",
        type=click.IntRange(min=0),
        default=10,
        show_default=True,
        metavar="N",
        help="How many parts the path of a file may have below the telemetry root.",
    ),
    option(
        "--max-files",
        env="PEAK_MAX_FILES",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        metavar="N",
        help="Scan only the N newest candidates; 0 is all.",
    ),
    option(
        "--legacy-regex",
        env="PEAK_LEGACY_REGEX",
        default=LEGACY_REGEX,
        show_default=True,
        metavar="RE",
        help="Keyword search over raw lines, ignoring case, in RE2's syntax.",
    ),
    option(
        "--fail-on-new-alerts",
        env="PEAK_FAIL_ON_NEW_ALERTS",
        is_flag=True,
        help="Exit with 2 when there are new alerts.",
    ),
)
WINDOW = together(
    option(
        "--as-of",
        env="PEAK_AS_OF",
        metavar="TIME",
        help="The end of the window, ISO 8601 with an offset or Z.  [default: now, to the minute]",
    ),
    option(
        "--date",
        "day",
        env="PEAK_DATE",
        metavar="DAY",
        help="A UTC day as the window: YYYY-MM-DD, today or yesterday. Not with --as-of.",
    ),
)
TREND = together(
    option(
        "--days",
        env="PEAK_DAYS",
        type=click.IntRange(min=1, max=3660),
        default=14,
        show_default=True,
        metavar="N",
        help="How many calendar days, ending on the report date.",
    ),
    option(
        "--fail-on",
        env="PEAK_FAIL_ON",
        type=click.Choice(["hold", "no-go"]),
        help="Exit with 2 on this verdict; hold trips on HOLD and on NO_GO.",
    ),
    option(
        "--replace",
        env="PEAK_REPLACE",
        is_flag=True,
        help="Store the trend even where the stored one ends later.",
    ),
)
DIR = option(
    "--dir",
    "folder",
    env="PEAK_DIR",
    type=_PATH,
    metavar="DIR",
    help="The folder of the reports itself, where --reports-root is not given.",
)
CONFIG = option(
    "--config",
    "config_file",
    env="PEAK_CONFIG",
    type=_PATH,
    metavar="FILE",
    help="The configuration.  [default: stage1.toml in the repo root, if there]",
)
LOUDNESS = together(
    option("--quiet", "-q", env="PEAK_QUIET", is_flag=True, help="Only errors on standard error."),
    option("--verbose", "-v", env="PEAK_VERBOSE", is_flag=True, help="More on standard error."),
)
OUTPUT = together(
    option(
        "--format",
        "output",
        env="PEAK_FORMAT",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="What is printed on standard output.",
    ),
    LOUDNESS,
)


def _names_of_hosts(
    _context: click.Context, _option: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse what can be no name: a pattern or a URL would be trusted by nobody."""
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+", name):
            raise click.BadParameter(
                f"{name!r} is no name or address of a host; leave out the rest"
            )
    return names


SERVE = together(
    option(
        "--host",
        env="PEAK_HOST",
        default="127.0.0.1",
        show_default=True,
        metavar="HOST",
        help="The address to listen on; 0.0.0.0 is every one of this machine.",
    ),
    option(
        "--port",
        env="PEAK_PORT",
        type=click.IntRange(min=0, max=65535),
        default=8787,
        show_default=True,
        metavar="N",
        help="The port to listen on; 0 is any that is free.",
    ),
    option(
        "--trusted-host",
        "trusted_hosts",
        env="PEAK_TRUSTED_HOST",
        multiple=True,
        callback=_names_of_hosts,
        metavar="NAME",
        help="Answer to this name too, besides localhost and the address; may be repeated.",
    ),
    option(
        "--max-age",
        env="PEAK_MAX_AGE",
        type=click.IntRange(min=1, max=87_600),
        default=30,
        show_default=True,
        metavar="HOURS",
        help="Unhealthy when the window of the latest report ended longer ago.",
    ),
    option(
        "--refresh",
        env="PEAK_REFRESH",
        type=click.IntRange(min=0, max=86_400),
        default=60,
        show_default=True,
        metavar="SECONDS",
        help="How often a browser loads a page again; 0 is never.",
    ),
)
