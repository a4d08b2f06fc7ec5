"""Tests of `peaktrade_ops.stage1.metrics`, and of the views that show its rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from peaktrade_ops.cli.plain import snapshot_text
from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.names import page_name
from peaktrade_ops.reports.views.markdown import snapshot_markdown, trend_markdown
from peaktrade_ops.reports.views.pages.absent import absent_page
from peaktrade_ops.reports.views.pages.calendar import calendar_page
from peaktrade_ops.reports.views.pages.parts import Verdicts
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.scanning import Place
from peaktrade_ops.serve.health import Decided, Judged, Latest, recency_of
from peaktrade_ops.serve.metrics import exposition
from peaktrade_ops.stage1.day import Day
from peaktrade_ops.stage1.metrics import METRICS, NEW_ALERTS, Metric, View, shown_in
from peaktrade_ops.stage1.models import Metrics, TrendRow
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import DAY as ONE_DAY
from peaktrade_ops.window import window_of
from tests.support.artifacts import DAY, END, metrics, summary

if TYPE_CHECKING:
    from collections.abc import Callable

OF_METRICS: Final = frozenset(Metrics.__struct_fields__)
OF_DAYS: Final = frozenset(Day.__struct_fields__)
OF_ROWS: Final = frozenset(TrendRow.__struct_fields__)

MODEL_FIELDS: Final = {
    View.SNAPSHOT_PAGE: OF_METRICS,
    View.ABSENT_PAGE: OF_DAYS,
    View.CALENDAR: OF_DAYS,
    View.TREND: OF_ROWS,
    View.TERMINAL: OF_METRICS,
    View.MARKDOWN: OF_METRICS,
    View.EXPORT: OF_METRICS,
}
TEXTS: Final = {
    View.SNAPSHOT_PAGE: ("label",),
    View.ABSENT_PAGE: ("label",),
    View.CALENDAR: ("noun",),
    View.TREND: ("label", "noun", "column"),
    View.TERMINAL: ("short",),
    View.MARKDOWN: ("markdown",),
    View.EXPORT: ("help",),
}

# A different number for each metric, which occurs nowhere else on any page.
NUMBERS: Final[dict[str, Any]] = {
    metric.name: 7411 + 101 * place for place, metric in enumerate(METRICS)
}
SUMMARY: Final = summary(
    metrics=metrics(**{name: number for name, number in NUMBERS.items() if name in OF_METRICS})
)
THE_DAY: Final = Day(DAY, start=END - ONE_DAY, end=END, **NUMBERS)
TREND: Final = build_trend([THE_DAY], window=window_of(DAY), config=Config())
VERDICTS: Final = Verdicts(TREND)


def export() -> str:
    """Return the metrics export of the day."""
    latest = Latest(DAY, SUMMARY)
    health = recency_of(latest, END, ONE_DAY)
    return exposition(latest, Judged(None), health, Decided())[0].decode()


RENDERERS: Final[dict[View, Callable[[], str]]] = {
    View.SNAPSHOT_PAGE: lambda: snapshot_page(SUMMARY, Neighbours()),
    View.ABSENT_PAGE: lambda: absent_page(THE_DAY, [], None, None),
    View.CALENDAR: lambda: calendar_page(
        [THE_DAY], Verdicts(None, "no trend"), {str(DAY): page_name(DAY)}
    ),
    View.TREND: lambda: trend_page(VERDICTS, {}) + trend_markdown(TREND),
    View.TERMINAL: lambda: snapshot_text(SUMMARY, Place(Path("/srv"), ".")),
    View.MARKDOWN: lambda: snapshot_markdown(SUMMARY),
    View.EXPORT: export,
}


def expected(metric: Metric, view: View) -> tuple[str, ...]:
    """Return the text of a view for a metric."""
    number = NUMBERS[metric.name]
    big = " ".join(filter(None, ("big", metric.tone)))
    return {
        View.SNAPSHOT_PAGE: (f'<dt>{metric.label}</dt><dd class="{big}">{number:,}</dd>',),
        View.ABSENT_PAGE: (f'<dt>{metric.label}</dt><dd class="big">{number:,}</dd>',),
        View.CALENDAR: (f"{number:,} {metric.noun}s",),
        View.TREND: (
            f"<h3>{metric.label}</h3>",
            f"{metric.label} a day: {number:,} {metric.noun}s in 1 day",
            f'<th scope="col" class="number">{metric.column}</th>',
            f'<td class="number">{number:,}</td>',
            f"| {metric.column} |",
            f"| {number} |",
        ),
        View.TERMINAL: (f"{number} {metric.short}",),
        View.MARKDOWN: (f"- {metric.markdown}: **{number}**\n",),
        View.EXPORT: (
            f"# HELP peaktrade_{metric.name} {metric.help}\n",
            f'peaktrade_{metric.name}{{stage="1"}} {number}.0\n',
        ),
    }[view]


def test_the_table_has_a_row_for_every_metric_of_the_model() -> None:
    """The model and the table have the same metrics in the same order."""
    assert Metrics.__struct_fields__ == tuple(m.name for m in METRICS if m.name in OF_METRICS)


def test_every_other_row_is_a_rule_of_the_verdict() -> None:
    """A row that is not in the model of the metrics is a count that a rule objects to."""
    others = {metric.name for metric in METRICS} - OF_METRICS

    assert others == {"not_understood", "danger", "critical_actions", "legacy_critical"}
    assert others <= {rule.name for rule in RULES}


def test_the_metric_of_the_sparkline_is_in_the_terminal_and_in_the_trend() -> None:
    """The terminal and the trend look it up without asking whether they have it."""
    assert {View.TERMINAL, View.TREND} <= NEW_ALERTS.views


def test_metrics_are_unique() -> None:
    """The names of the rows are unique."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("view", View, ids=lambda view: view.name)
def test_every_view_shows_rows_of_its_model_with_all_texts(view: View) -> None:
    """A view finds the number and every wording that it needs."""
    shown = shown_in(view)

    assert shown
    assert {metric.name for metric in shown} <= MODEL_FIELDS[view]
    assert all(getattr(metric, text) for metric in shown for text in TEXTS[view])


@pytest.mark.parametrize("metric", shown_in(View.TERMINAL), ids=lambda metric: metric.name)
def test_one_is_singular(metric: Metric) -> None:
    """A line says `1 new alert`, and `0 new alerts` or `2 new alerts`."""
    assert metric.counted(1) in {f"1 {metric.noun}", f"1 {metric.short}"}
    assert not metric.counted(1).endswith("s")
    assert [metric.counted(number) for number in (0, 2)] == [
        f"{number} {metric.short}" for number in (0, 2)
    ]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_no_text_is_unused(metric: Metric) -> None:
    """Besides its noun a row has no wording that none of its views shows."""
    texts = {text for view in metric.views for text in TEXTS[view]} | {"noun"}

    assert {each for view in View for each in TEXTS[view] if getattr(metric, each)} == texts


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("view", View, ids=lambda view: view.name)
def test_a_metric_is_shown_where_its_row_says(view: View, metric: Metric) -> None:
    """A view has the number and the wordings of its metrics, and no number of another."""
    # The lines of a hint name the number that is to be accepted, and a rule what it measured.
    text = re.sub(r"<pre>.*?</pre>|```toml.*?```", "", RENDERERS[view](), flags=re.DOTALL)
    for check in TREND.rollups.checks or ():
        text = text.replace(f">{check.measured}<", "><").replace(f"| {check.measured} |", "|  |")
    number = NUMBERS[metric.name]

    if view in metric.views:
        assert [part for part in expected(metric, view) if part not in text] == []
    else:
        assert f"{number}" not in text
        assert f"{number:,}" not in text
