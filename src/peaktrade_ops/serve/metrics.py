"""The latest report and the trend in the exposition formats of Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.models import DayState, Verdict
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from peaktrade_ops.serve.health import Health, Judged, Latest

_PREFIX: Final = "peaktrade_"
_OPEN: Final = "application/openmetrics-text; version=1.0.0"


def exposition(
    latest: Latest,
    judged: Judged,
    health: Health,
    *,
    open_metrics: bool = False,
    stage: Stage = STAGE1,
) -> tuple[bytes, str]:
    """Return the metrics. If the report cannot be read, its numbers are absent and readable is 0.

    The verdict is always present, because an alert on an absent series would never fire.

    Args:
        latest: The latest report.
        judged: The stored trend.
        health: Whether the latest report is recent and the verdict current.
        open_metrics: Whether the format is OpenMetrics; else it is that of Prometheus.
        stage: The stage, which every series names.

    Returns:
        The encoded text and its content type.
    """
    registry = CollectorRegistry()
    registry.register(_OfStage(_Families(latest, judged, health), stage))
    # The header of the client is not passed on, because the library fails on unexpected values.
    encode, content_type = choose_encoder(_OPEN if open_metrics else "")
    return encode(registry), content_type


class _OfStage(Collector):
    """Families whose series name a stage."""

    def __init__(self, families: Collector, stage: Stage) -> None:
        self._families = families
        self._stage = stage

    def collect(self) -> Iterator[Metric]:
        """Yield every family, with the stage in the label that is empty until here."""
        for family in self._families.collect():
            family.samples = [
                each._replace(labels={**each.labels, "stage": self._stage.label})
                for each in family.samples
            ]
            yield family


class _Families(Collector):
    """The metric families of one response. No state is kept, so no number can be out of date."""

    def __init__(self, latest: Latest, judged: Judged, health: Health) -> None:
        self._latest = latest
        self._judged = judged
        self._health = health

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every family."""
        meaning = "Whether the latest report is recent and the verdict current."
        yield _gauge("healthy", meaning, self._health.healthy)
        yield from self._of_latest()
        yield from self._of_trend()

    def _of_latest(self) -> Iterator[GaugeMetricFamily]:
        summary = self._latest.summary
        yield _gauge("report_readable", "Whether the latest report can be read.", summary)
        if summary is None:
            return
        for metric in shown_in(View.EXPORT):
            yield _gauge(metric.name, metric.help, getattr(summary.metrics, metric.name))
        end = summary.created_at_utc.timestamp()
        yield _gauge("report_end_timestamp_seconds", "The end of the latest report's window.", end)
        # Reports of the earlier scripts have no coverage and count as complete, as in the verdict.
        complete = summary.coverage is None or summary.coverage.complete
        yield _gauge(
            "coverage_complete", "Whether the latest report has seen everything.", complete
        )

    def _of_trend(self) -> Iterator[GaugeMetricFamily]:
        trend, is_current = self._judged.trend, self._judged.is_current
        yield _gauge("trend_readable", "Whether there is a trend that can be read.", trend)
        yield _gauge("verdict_current", "Whether the verdict can be relied on.", is_current)
        given = trend.rollups.go_no_go if trend else None
        # A verdict that is not current is never GO.
        verdicts = {
            verdict: verdict == given and (is_current or verdict != "GO")
            for verdict in get_args(Verdict)
        }
        meaning = "The verdict of the trend: 1 for the one given, but for a GO that is not current."
        yield _gauges("verdict", meaning, verdicts)
        if trend is None:
            return
        end = trend.generated_at_utc.timestamp()
        yield _gauge("trend_end_timestamp_seconds", "The end of the trend's last window.", end)
        until = validity_of(trend).timestamp()
        yield _gauge("trend_valid_until_timestamp_seconds", "Until when it is valid.", until)
        states = Counter(row.state for row in trend.series)
        days = {state: states[state] for state in get_args(DayState)}
        yield _gauges("trend_days", "Days of the trend by state.", days, label="state")


def _gauge(name: str, meaning: str, value: Any) -> GaugeMetricFamily:  # noqa: ANN401 (tested for truth)
    family = GaugeMetricFamily(_PREFIX + name, meaning, labels=["stage"])
    number = value if isinstance(value, int | float) else bool(value)
    family.add_metric([""], float(number))
    return family


def _gauges(
    name: str, meaning: str, values: dict[str, int], *, label: str | None = None
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(_PREFIX + name, meaning, labels=["stage", label or name])
    for each, value in values.items():
        family.add_metric(["", each], float(value))
    return family
