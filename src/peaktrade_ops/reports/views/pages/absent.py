"""The page of a day without a readable summary: the reason, and the other artifacts of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.store.names import CALENDAR, page_name
from peaktrade_ops.reports.views.pages.parts import (
    STATUS_TONES,
    Link,
    banner,
    document,
    neighbour_links,
    number,
    untrusted,
)
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.day import Day

_MEANINGS: Final = {
    "unreadable": "there is no report of this day that can be read and trusted; take it for the"
    " worst",
    "missing": "there is no report of this day any more",
    "unlisted": "there is a report of this day, but it is not in the index; take it for the worst",
}
_OLD: Final = "from a report of the earlier scripts, which is all that there is of this day"


def absent_page(
    day: Day,
    files: Sequence[str],
    previous: Link | None,
    following: Link | None,
    stage: Stage = STAGE1,
) -> str:
    """Render the page of a day without a summary.

    Args:
        day: The known data of the day.
        files: The names of its other artifacts.
        previous: The nearest earlier report.
        following: The nearest later report.
        stage: The stage.
    """
    return document(
        f"{stage.name} snapshot, {day.date}",
        name=page_name(day.date),
        place=neighbour_links(previous, following),
        main=_main(day, stage),
        sources=[Link(name, name) for name in files]
        or [Link(CALENDAR, "a folder without its files")],
        stage=stage,
    )


def _main(day: Day, stage: Stage) -> Iterator[h.Node]:
    yield h.h1[f"{stage.title} daily snapshot, {day.date}"]
    statuses = day.statuses
    means = next((_MEANINGS[status] for status in statuses if status in _MEANINGS), _OLD)
    why = f" ({day.problem})" if day.problem else ""
    others = f"; also: {', '.join(statuses[1:])}" if len(statuses) > 1 else ""
    yield banner(
        STATUS_TONES[statuses[0]], statuses[0].capitalize(), untrusted(f"{means}{why}{others}")
    )
    if day.found and day.trust == "listed":
        yield h.dl(".numbers")[
            [
                h.div[h.dt[metric.label], h.dd(".big")[number(getattr(day, metric.name))]]
                for metric in shown_in(View.ABSENT_PAGE)
            ]
        ]
    else:
        yield h.p["Make the report again from the telemetry, or restore its summary."]
