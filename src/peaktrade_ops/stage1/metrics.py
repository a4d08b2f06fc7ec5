"""The table of the metrics of a day: their names, their texts, and the views that show them.

A new metric needs a row here and a field of `models.Metrics`. Views loop over the table and contain
no name or text of a metric. The trend reads a metric from `models.TrendRow`, and the calendar from
`day.Day`. If one of them shows the metric, its model needs the field too.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Literal

import msgspec

Tone = Literal["bad", "watch", ""]
"""The mark of a number above 0 in a view: as bad, as worth attention, or not at all."""


class View(Enum):
    """A view that shows metrics, with the model and the texts that it reads."""

    SNAPSHOT_PAGE = auto()
    """The numbers on the page of a day, from `Metrics`: label and tone."""
    ABSENT_PAGE = auto()
    """The page of a day that has only an old Markdown report, from `Day`: label."""
    CALENDAR = auto()
    """The cells of the calendar, from `Day`: noun."""
    TREND = auto()
    """The charts and tables of the trend, from `TrendRow`: label, noun, column and tone."""
    TERMINAL = auto()
    """Standard output, on a terminal or in a pipe, from `Metrics`: short and tone."""
    MARKDOWN = auto()
    """The Markdown report of a day, from `Metrics`: markdown."""
    EXPORT = auto()
    """The export for Prometheus, from `Metrics`: help."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric. Each text except the noun is empty if no view of the metric shows it.

    Attributes:
        name: The field of the models that contains the number.
        noun: The name of one counted item, singular.
        label: The heading of the number on a page.
        short: The text on a line with many numbers, plural.
        column: The heading of the column in the tables of the trend.
        markdown: The label in the Markdown report; other programs search for it.
        help: The description in the Prometheus export, one sentence.
        tone: How a view marks a number above 0.
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

    def counted(self, number: int) -> str:
        """Return a number with the short text, which is plural, or with its singular."""
        return f"{number} {self.short.removesuffix('s') if number == 1 else self.short}"


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
    # These numbers belong to the understanding. The calendar does not show it itself.
    Metric(
        name="not_understood",
        noun="not understood event",
        tone="watch",
        views=frozenset({View.CALENDAR}),
    ),
    Metric(name="danger", noun="danger", tone="watch", views=frozenset({View.CALENDAR})),
    Metric(
        name="critical_actions",
        noun="critical action",
        tone="bad",
        views=frozenset({View.CALENDAR}),
    ),
    Metric(
        name="legacy_critical",
        noun="legacy critical",
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
        # Old Markdown reports do not contain this number.
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
"""All metrics, in the order that every view uses."""


def shown_in(view: View) -> tuple[Metric, ...]:
    """Return the metrics that a view shows, in the order of the table."""
    return tuple(metric for metric in METRICS if view in metric.views)
