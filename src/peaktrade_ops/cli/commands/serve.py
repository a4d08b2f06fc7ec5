"""``serve``: serve a reports folder to browsers and programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from peaktrade_ops import routine
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import ConfigOptions, PlaceOptions, ServeOptions, StageOptions
from peaktrade_ops.cli.request import Request
from peaktrade_ops.errors import PeaktradeError
from peaktrade_ops.serve.access import access_line
from peaktrade_ops.serve.log_queue import LogQueue

if TYPE_CHECKING:
    from peaktrade_ops.serve.access import Handled

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@command
def serve(
    request: Request,
    *,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    server: ServeOptions,
) -> NoReturn:
    """Show a reports folder to browsers and programs, read-only, until it is interrupted.

    Needs the extra "serve" of the package. There is no login and no encryption: what it listens on
    besides this machine is to stand behind something that has them.

    \b
    Examples:
      peaktrade-ops serve
      peaktrade-ops serve --stage stage2 --port 8788
      peaktrade-ops serve --dir /srv/reports/obs/stage1 --port 9000 --max-age 26
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    try:
        from peaktrade_ops.serve.app import Application  # noqa: PLC0415 (of an extra)
        from peaktrade_ops.serve.server import serve as serve_until_ended  # noqa: PLC0415 (the same)
    except ModuleNotFoundError as error:
        raise PeaktradeError(
            f"serve needs the extra of that name, of which {error.name} is missing",
            hint="install it: .uv/bin/uv sync --extra serve in the repo, or where the package is"
            " to be had pip install 'peaktrade-ops[serve]'",
        ) from error

    where = request.reports(stage, config, reports_root=place.reports_root, folders=[place.folder])
    folder = where.folder
    routine.check_there(folder)
    application = Application(
        folder,
        clock=request.clock,
        max_age=timedelta(hours=server.max_age),
        refresh=server.refresh,
        stage=where.stage,
        hosts={name.lower() for name in (*_LOOPBACK, server.host, *server.trusted_hosts)},
    )
    console = request.console
    with LogQueue(console.takes, console.warning) as log:

        def access(handled: Handled) -> None:
            if not server.no_access_log:
                log.put(console.note, access_line(handled, datetime.now(UTC)))

        serve_until_ended(
            application,
            server.host,
            server.port,
            ready=lambda url: console.note(f"serving {folder} at {url} (Ctrl-C ends it)"),
            access=access,
            warn=partial(log.put, console.warning),
        )
