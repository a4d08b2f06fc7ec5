"""What the pages have in common: their frame, numbers, tables, and text that is not trusted."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

import htpy as h
from markupsafe import Markup

from peaktrade_ops.reports.store.names import CALENDAR, TREND_HTML
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from peaktrade_ops.stage1.day import DayStatus
    from peaktrade_ops.stage1.models import Trend, Verdict

Tone = str
"""How something is to be taken, as a class of the style sheet: good, watch or bad."""

VERDICT_TONES: Final[dict[Verdict, Tone]] = {"GO": "good", "HOLD": "watch", "NO_GO": "bad"}
STATUS_TONES: Final[dict[DayStatus, Tone]] = {
    "unreadable": "bad",
    "missing": "off",
    "critical": "bad",
    "incomplete": "watch",
    "parse errors": "watch",
    "alerts": "watch",
    "empty": "off",
    "clean": "good",
}

# Nothing that is not in the file itself is ever loaded, and no script is run, whatever its text.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
_STYLE: Final = resources.files(__package__ or "").joinpath("style.css").read_text("utf-8")


class Verdicts(NamedTuple):
    """The stored trend, as a page can show it.

    Attributes:
        trend: The trend; none where there is none that can be read.
        problem: Why there is none.
        since: Days whose reports came, changed or went after it.
        alarm: Why the reports must not be taken for the latest, where somebody looks at the clock.
    """

    trend: Trend | None
    problem: str = ""
    since: Sequence[str] = ()
    alarm: str = ""

    @property
    def word(self) -> str:
        """The verdict in words, which say at once when it cannot be relied on."""
        if self.trend is None:
            return "no verdict"
        doubt = ", out of date" if self.since else ", not current" if self.alarm else ""
        return f"{self.trend.rollups.go_no_go}{doubt}"


class Link(NamedTuple):
    """A link between pages; the target is a name in the same folder."""

    target: str
    text: str


def document(
    title: str,
    *,
    name: str,
    place: Sequence[Link],
    main: Iterable[h.Node],
    sources: Sequence[Link],
) -> str:
    """Put a page together.

    Args:
        title: The title, without text out of telemetry.
        name: The name of the page's file.
        place: Links to the pages beside this one, besides the calendar and the trend.
        main: The content, with the heading of the page.
        sources: The files that the page is a view of.

    Returns:
        One HTML file that needs no other.
    """
    links = (Link(CALENDAR, "Calendar"), Link(TREND_HTML, "Trend"), *place)
    page = h.html(lang="en")[
        rows(
            h.head[
                rows(
                    h.meta(charset="utf-8"),
                    h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                    h.meta({"http-equiv": "Content-Security-Policy"}, content=_POLICY),
                    h.title[title],
                    # Without one a browser asks the server of the page for it.
                    h.link(rel="icon", href="data:,"),
                    # The style sheet is the program's own.
                    h.style[Markup("\n" + _STYLE)],  # noqa: S704 (see above)
                )
            ],
            h.body[
                rows(
                    h.a(".skip", href="#main")["Skip to the content"],
                    h.header[
                        h.nav(aria_label="Reports")[
                            h.ul[rows(*(h.li[_nav_link(link, name)] for link in links))]
                        ]
                    ],
                    h.main(id="main")[rows(*main)],
                    h.footer[
                        h.p[
                            "Times are UTC. A view of ",
                            _listed([h.a(href=source.target)[source.text] for source in sources]),
                            ".",
                        ]
                    ],
                )
            ],
        )
    ]
    return f"{page}\n"


def _nav_link(link: Link, here: str) -> h.Element:
    return h.a(href=link.target, aria_current="page" if link.target == here else None)[link.text]


def neighbour_links(previous: Link | None, following: Link | None) -> list[Link]:
    """Name the days beside a day for its navigation."""
    sides = (("Previous", previous), ("Next", following))
    return [Link(link.target, f"{which} day, {link.text}") for which, link in sides if link]


def rows(*nodes: h.Node) -> list[h.Node]:
    """Give each node a line of its own, so that a change shows in a comparison of lines."""
    return ["\n", *(part for node in nodes if node is not None for part in (node, "\n"))]


def untrusted(text: str) -> h.Element:
    """Show text that anybody may have written: it stands for itself and turns nothing else."""
    return h.bdi[printable(text)]


def number(value: float) -> str:
    """Write a number with its thousands marked, and two places where it is no whole one."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def banner(tone: Tone, word: str, *text: h.Node) -> h.Element:
    """Say the most important thing of a page: a word that stands out, without colour too."""
    return h.div(class_=["banner", tone])[rows(h.p[h.strong[word], " ", text[0]], *text[1:])]


def verdict_banner(verdicts: Verdicts, *text: h.Node) -> Iterable[h.Element]:
    """Say the verdict, and whether it can be relied on: what is against that comes first."""
    trend = verdicts.trend
    if verdicts.alarm:
        yield banner(
            "bad", "Not current", f"{verdicts.alarm}. What stands here is old: take GO for HOLD."
        )
    if trend is None:
        yield banner(
            "watch", verdicts.word.capitalize(), f"Treat it as HOLD: {verdicts.problem}.", *text
        )
        return
    tone = VERDICT_TONES[trend.rollups.go_no_go]
    # What may be wrong by now must not look good.
    doubtful = verdicts.since or verdicts.alarm
    yield banner("watch" if doubtful and tone == "good" else tone, verdicts.word, *text)
    if verdicts.since:
        count = len(verdicts.since)
        reports = plural(count, "report")
        what = f"{reports} came, changed or went after this verdict was given"
        days = ", ".join(verdicts.since[:10]) + (", and others" if count > 10 else "")  # noqa: PLR2004
        yield banner(
            "watch",
            "Out of date",
            f"{what}: {days}. Make the trend again before you rely on it; until then"
            " take GO for HOLD.",
        )


Cell = str | int | float | h.Element
"""What a table shows in a cell: a float is rounded to 2 places."""


def table(caption: str, heads: Sequence[str], content: Iterable[Sequence[Cell]]) -> h.Element:
    """Lay out a table.

    Args:
        caption: What the table shows.
        heads: The heads of the columns.
        content: The rows: the first cell is the head of its row, columns with numbers stand to the
            right.
    """
    body = [list(row) for row in content]
    numeric = [any(isinstance(row[i], int | float) for row in body) for i in range(len(heads))]
    return h.table[
        rows(
            h.caption[caption],
            h.thead[
                h.tr[
                    [
                        h.th(scope="col", class_={"number": numeric[i]})[head]
                        for i, head in enumerate(heads)
                    ]
                ]
            ],
            h.tbody[
                rows(
                    *(
                        h.tr[
                            [
                                _cell(cell, first=i == 0, numeric=numeric[i])
                                for i, cell in enumerate(row)
                            ]
                        ]
                        for row in body
                    )
                )
            ],
        )
    ]


def figure(title: str, chart: h.Node, caption: h.Node, *, kind: str = "") -> h.Element:
    """Show a chart with its title, and say in words what it shows.

    Args:
        title: The title.
        chart: The chart.
        caption: What it shows.
        kind: A class of the style sheet.
    """
    return h.figure(class_=kind or None)[rows(h.h3[title], chart, h.figcaption[caption])]


def wide(label: str, content: h.Node) -> h.Element:
    """Let a table be scrolled sideways where it does not fit, by the keyboard too."""
    return h.div(".wide", role="region", aria_label=label, tabindex="0")[rows(content)]


def _cell(cell: Cell, *, first: bool, numeric: bool) -> h.Element:
    content = number(cell) if isinstance(cell, int | float) else cell
    if first:
        return h.th(scope="row")[content]
    return h.td(class_={"number": numeric})[content]


def _listed(nodes: Sequence[h.Node]) -> list[h.Node]:
    """Join nodes with commas and an "and"."""
    between = [*[", "] * (len(nodes) - 2), " and "]
    return [
        part for i, node in enumerate(nodes) for part in ([between[i - 1], node] if i else [node])
    ]
