"""``metrics``: the metrics of a reports folder, without a server."""

from __future__ import annotations

from datetime import timedelta

from peaktrade_ops import routine
from peaktrade_ops.cli.codes import OK
from peaktrade_ops.cli.command import locking_command
from peaktrade_ops.cli.options import ConfigOptions, MetricsOptions, PlaceOptions, StageOptions
from peaktrade_ops.cli.request import Request
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.serve.health import decided_of, health_of, judged_of, latest_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.serve.textfile import check_output, write_textfile


@locking_command
def metrics(
    request: Request,
    *,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    metrics: MetricsOptions,
) -> int:
    """Print the metrics of a reports folder for Prometheus, or write them to a file.

    They are those of /metrics. The file is for the textfile collector of node_exporter, and is
    replaced at once. A report or trend that cannot be read is no error here: the metrics say it.

    \b
    Examples:
      peaktrade-ops metrics
      peaktrade-ops metrics --output /var/lib/prometheus/node-exporter/peaktrade.prom
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    where = request.reports(stage, config, reports_root=place.reports_root, folders=[place.folder])
    folder = where.folder
    routine.check_there(folder)
    if metrics.output is not None:
        check_output(metrics.output, folder)
    with locked(folder, shared=True, waiting=request.waiting):
        archive, now = Archive(folder, stage=where.stage), request.clock()
        latest, judged = latest_of(archive, now), judged_of(archive, now)
        decided = decided_of(archive, judged)
    health = health_of(latest, judged, now, timedelta(hours=metrics.max_age))
    data, _ = exposition(latest, judged, health, decided, stage=where.stage)
    if metrics.output is None:
        request.console.result(data.decode().removesuffix("\n"))
        return OK
    write_textfile(metrics.output, data)
    request.console.note(f"metrics of {folder} written to {metrics.output}")
    return OK
