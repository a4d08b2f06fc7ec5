"""The table of the metrics of a day: their names, their wordings, and the views that show them.

A new metric is a row here and a field of `models.Metrics`. The views loop over the table, so no
view has a name or a wording of its own. A view of the trend or the calendar reads the metric from
`models.TrendRow` or `day.Day`, which then have the field too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Literal

Tone = Literal["bad", "watch", ""]
"""How a number above 0 is marked: as bad, as worth a look, or not at all."""


class View(Enum):
    """A place that shows metrics, with the model that it reads them from."""

    SNAPSHOT_PAGE = auto()
    """The numbers on the page of a day, from `Metrics`: label and tone."""
    ABSENT_PAGE = auto()
    """The page of a day that has only an old Markdown report, from `Day`: label."""
    CALENDAR = auto()
    """The cells of the calendar, from `Day`: noun."""
    TREND = auto()
    """The charts and tables of the trend, from `TrendRow`: label, noun, column and tone."""
    TERMINAL = auto()
    """Standard output, for people and for pipes, from `Metrics`: short and tone."""
    MARKDOWN = auto()
    """The Markdown report of a day, from `Metrics`: markdown."""
    EXPORT = auto()
    """The export for Prometheus, from `Metrics`: help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. Every text but the noun is empty if no view of the metric shows it.

    Attributes:
        name: The field of the models that holds the number.
        noun: What is counted, singular.
        label: The heading of the number on a page.
        short: The wording on a line with many numbers.
        column: The head of the column in the tables of the trend.
        markdown: The label in the Markdown report, which other programs search for.
        help: The description in the Prometheus export, one sentence.
        tone: How a number above 0 is marked.
        views: The views that show the metric.
    """

    name: str
    noun: str
    label: str = ""
    short: str = ""
    column: str = ""
    markdown: str = ""
    help: str = ""
    tone: Tone = ""
    views: frozenset[View]


NEW_ALERTS: Final = Metric(
    name="new_alerts",
    noun="new alert",
    label="New alerts",
    short="new alerts",
    column="New alerts",
    markdown="New-alerts heuristic (last 24h, alerts of the window)",
    help="Alerts in the window of the latest report.",
    tone="watch",
    views=frozenset(View),
)
"""The metric that the trend also shows as a rolling mean, and the terminal as a sparkline."""

METRICS: Final = (
    NEW_ALERTS,
    Metric(
        name="critical_alerts",
        noun="critical alert",
        label="Critical alerts",
        short="critical",
        column="Critical",
        markdown="Critical alerts (last 24h)",
        help="Critical events in the window of the latest report.",
        tone="bad",
        views=frozenset(View),
    ),
    # A number of the coverage: it stands beside the metrics where only a glance is possible.
    Metric(
        name="untimed_critical",
        noun="untimed critical event",
        tone="bad",
        views=frozenset({View.CALENDAR}),
    ),
    Metric(
        name="parse_errors",
        noun="parse error",
        label="Parse errors",
        short="parse errors",
        column="Parse errors",
        markdown="Parse errors (last 24h)",
        help="Rejected records in the window of the latest report.",
        tone="watch",
        # An old Markdown report does not have the number.
        views=frozenset(View) - {View.ABSENT_PAGE},
    ),
    Metric(
        name="operator_actions",
        noun="operator action",
        label="Operator actions",
        short="operator actions",
        column="Actions",
        markdown="ack/snooze/resolve/silence in last 24h",
        help="Operator actions in the window of the latest report.",
        views=frozenset(View) - {View.CALENDAR},
    ),
    Metric(
        name="legacy_alerts",
        noun="legacy hit",
        label="Legacy hits, all ages",
        short="legacy hits",
        markdown="Legacy-keyword hits (heuristic)",
        help="Legacy hits of any age, in the latest report.",
        views=frozenset({View.SNAPSHOT_PAGE, View.TERMINAL, View.MARKDOWN, View.EXPORT}),
    ),
)
"""Every metric, in the order of all views."""


def shown_in(view: View) -> tuple[Metric, ...]:
    """Return the metrics that a view shows, in the order of the table."""
    return tuple(metric for metric in METRICS if view in metric.views)
