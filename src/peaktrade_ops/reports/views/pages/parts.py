"""The parts that all pages share: the frame, numbers, tables, and untrusted text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec
from markupsafe import Markup

from peaktrade_ops.reports.store.names import CALENDAR
from peaktrade_ops.reports.views.words import OUT_OF_DATE, OVERRIDE, verdict_meaning, verdict_word
from peaktrade_ops.stage1.models import Decision, Trend
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.text import printable
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.stage1.day import DayStatus
    from peaktrade_ops.stage1.models import Verdict

Tone = str
"""A class of the style sheet that marks an element: good, watch, bad or off."""

VERDICT_TONES: Final[dict[Verdict, Tone]] = {"GO": "good", "HOLD": "watch", "NO_GO": "bad"}
STATUS_TONES: Final[dict[DayStatus, Tone]] = {
    "unreadable": "bad",
    "missing": "off",
    "critical": "bad",
    "critical actions": "watch",
    "legacy criticals": "watch",
    "not understood": "watch",
    "danger": "watch",
    "unlisted": "watch",
    "lost": "watch",
    "incomplete": "watch",
    "parse errors": "watch",
    "alerts": "watch",
    "empty": "off",
    "clean": "good",
}

_WITHOUT_TREND: Final = (
    "run stage1-run, which makes the reports and the trend; if that does not help, verify says what"
    " is wrong in this folder"
)

_MAKE_AGAIN: Final = (
    "Make the trend again before you rely on it, with stage1-run or stage1-trends; until then take"
    " it for HOLD."
)

# A page loads nothing from outside its file, and runs no script.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
# Not importlib.resources, which takes long to import.
_MOST_SINCE: Final = 10
_STYLE: Final = Path(__file__).with_name("style.css").read_text("utf-8")


class Decided(msgspec.Struct, frozen=True):
    """The stored decision of the owner.

    Attributes:
        decision: The decision; `None` if it cannot be read or trusted.
        problem: The reason why there is none; else empty.
        since: The names of the files that it rests on and that differ now.
    """

    decision: Decision | None
    problem: str = ""
    since: Sequence[str] = ()


class Verdicts(msgspec.Struct, frozen=True):
    """The stored trend with the reasons not to rely on it.

    Attributes:
        trend: The trend; `None` if there is none or it cannot be read.
        problem: The reason why there is no trend; else empty.
        since: The days of its range whose reports were added, changed or removed after the trend
            was made.
        later: What later reports do to it and what to do, one sentence each.
        alarm: The reason why the reports are not current; empty in files, which do not depend on a
            clock.
        stage: The stage.
        decided: The stored decision; `None` if none was made.
    """

    trend: Trend | None
    problem: str = ""
    since: Sequence[str] = ()
    later: Sequence[str] = ()
    alarm: str = ""
    stage: Stage = STAGE1
    decided: Decided | None = None

    @property
    def word(self) -> str:
        """The verdict, with a remark if it is not current; it is never GO then."""
        if self.trend is None:
            return "no verdict"
        return verdict_word(self.trend.rollups.go_no_go, is_current=self.is_current)

    @property
    def is_current(self) -> bool:
        """Whether there is no reason not to rely on the verdict."""
        return self.trend is not None and not (self.since or self.later or self.alarm)


class Link(msgspec.Struct, frozen=True):
    """A link to a file in the same folder."""

    target: str
    text: str


def document(  # noqa: PLR0913 (the parts of a page)
    title: str,
    *,
    name: str,
    place: Sequence[Link],
    main: Iterable[h.Node],
    sources: Sequence[Link],
    stage: Stage = STAGE1,
) -> str:
    """Return a page.

    Args:
        title: The title, without text from telemetry.
        name: The file name of the page.
        place: Links to neighbouring pages; the calendar and the trend are always linked.
        main: The content, including the heading of the page.
        sources: The files that the page shows.
        stage: The stage.

    Returns:
        An HTML document that loads no other file.
    """
    links = (Link(CALENDAR, "Calendar"), Link(stage.trend_html, "Trend"), *place)
    page = h.html(lang="en")[
        rows(
            h.head[
                rows(
                    h.meta(charset="utf-8"),
                    h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                    h.meta({"http-equiv": "Content-Security-Policy"}, content=_POLICY),
                    h.title[title],
                    # Without this, a browser requests an icon from the server.
                    h.link(rel="icon", href="data:,"),
                    h.style[Markup("\n" + _STYLE)],  # noqa: S704 (of the package)
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
    """Return the links to the previous and the next day that exist."""
    sides = (("Previous", previous), ("Next", following))
    return [Link(link.target, f"{which} day, {link.text}") for which, link in sides if link]


def rows(*nodes: h.Node) -> list[h.Node]:
    """Return the nodes with line ends between them, so that a diff of two pages is readable."""
    return ["\n", *(part for node in nodes if node is not None for part in (node, "\n"))]


def untrusted(text: str) -> h.Element:
    """Return untrusted text as an element that isolates its writing direction."""
    return h.bdi[printable(text)]


def printable_lines(lines: Iterable[str]) -> str:
    """Return untrusted lines as one text, whose only line ends are those between the lines."""
    return "\n".join(map(printable, lines))


def number(value: float) -> str:
    """Return a number with thousands separators; a float has two decimal places."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, given in the singular."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def banner(tone: Tone, word: str, *text: h.Node) -> h.Element:
    """Return the most important statement of a page; the word is also bold, not only coloured."""
    return h.div(class_=["banner", tone])[rows(h.p[h.strong[word], " ", text[0]], *text[1:])]


def verdict_banner(verdicts: Verdicts, *text: h.Node) -> Iterable[h.Element]:
    """Yield the banner of the verdict, with a banner for each reason not to rely on it."""
    trend = verdicts.trend
    if verdicts.alarm:
        yield banner(
            "bad",
            "Not current",
            f"{verdicts.alarm}. What stands here is not of now: take it for HOLD.",
        )
    if trend is None:
        yield banner(
            "watch",
            verdicts.word.capitalize(),
            f"Treat it as HOLD: {verdicts.problem}.",
            h.p[h.b["What to do"], f": {verdicts.stage.in_words(_WITHOUT_TREND)}."],
            *text,
        )
        return
    verdict = trend.rollups.go_no_go
    if verdict == "GO" and not verdicts.is_current:
        # A verdict that may be wrong must not look good or claim that there is no problem.
        meaning = verdict_meaning(verdict, is_current=False)
        yield banner("watch", verdicts.word.capitalize(), f"{meaning}.")
    else:
        yield banner(VERDICT_TONES[verdict], verdicts.word, *text)
    if verdicts.since:
        count = len(verdicts.since)
        reports = plural(count, "report")
        what = f"{reports} came, changed or went after this verdict was given"
        days = ", ".join(verdicts.since[:_MOST_SINCE]) + (
            ", and others" if count > _MOST_SINCE else ""
        )
        yield banner(
            "watch",
            OUT_OF_DATE.capitalize(),
            f"{what}: {days}. {verdicts.stage.in_words(_MAKE_AGAIN)}",
        )
    for reason in verdicts.later:
        yield banner("watch", OUT_OF_DATE.capitalize(), f"{reason[0].upper()}{reason[1:]}.")


def decision_tone(decision: Decision) -> Tone:
    """Return the tone of a decision: bad for one against the facts, for ever."""
    if decision.override or decision.history_lost is True:
        return "bad"
    return {"go": "good", "extend": "watch", "no-go": "bad"}[decision.decision]


def decision_note(verdicts: Verdicts) -> h.Element | None:
    """Return a line about the stored decision, with a link to it; `None` if there is none."""
    decided = verdicts.decided
    if decided is None:
        return None
    decision, link = decided.decision, h.a(href=verdicts.stage.decision_html)["Decision"]
    if decision is None:
        return h.p[link, ": ", h.strong(class_="bad")["none that can be relied on"], "."]
    word = f"{decision.decision}, {OVERRIDE}" if decision.override else decision.decision
    changed = "; what it rests on has changed since" if decided.since else ""
    return h.p[
        link,
        ": ",
        h.strong(class_=decision_tone(decision))[word],
        " by ",
        untrusted(decision.owner),
        f" at {iso_utc(decision.decided_at_utc)}{changed}.",
    ]


Cell = str | int | float | h.Element
"""The content of a table cell; a float is shown with two decimal places."""


def table(
    caption: str,
    heads: Sequence[str],
    content: Iterable[Sequence[Cell]],
    *,
    kind: str = "",
    says_caption: bool = True,
) -> h.Element:
    """Return a table.

    Args:
        caption: The caption.
        heads: The heads of the columns.
        content: The rows. The first cell is the head of its row; a column with a number is aligned
            to the right.
        kind: A class of the style sheet; empty for none.
        says_caption: Whether the caption can be seen; else only screen readers say it.
    """
    body = [list(row) for row in content]
    numeric = [any(isinstance(row[i], int | float) for row in body) for i in range(len(heads))]
    return h.table(class_=kind or None)[
        rows(
            h.caption[caption if says_caption else h.span(".unseen")[caption]],
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
    """Return a chart with its title and its caption.

    Args:
        title: The title.
        chart: The chart.
        caption: The content of the chart in words.
        kind: A class of the style sheet; empty for none.
    """
    return h.figure(class_=kind or None)[rows(h.h3[title], chart, h.figcaption[caption])]


def wide(label: str, content: h.Node) -> h.Element:
    """Return a region that scrolls sideways, also by keyboard, if the content does not fit."""
    return h.div(".wide", role="region", aria_label=label, tabindex="0")[rows(content)]


def folded(summary: str, *content: h.Node) -> h.Element:
    """Return content that is folded away until a reader opens it; paper shows it open."""
    return h.details[rows(h.summary[summary], *content)]


def absent() -> h.Element:
    """Return the mark of a property that an event does not have."""
    return h.span(".absent")["-"]


def _cell(cell: Cell, *, first: bool, numeric: bool) -> h.Element:
    content = number(cell) if isinstance(cell, int | float) else cell
    if first:
        return h.th(scope="row")[content]
    return h.td(class_={"number": numeric})[content]


def _listed(nodes: Sequence[h.Node]) -> list[h.Node]:
    """Return the nodes joined by commas and a final "and"."""
    between = [*[", "] * (len(nodes) - 2), " and "]
    return [
        part for i, node in enumerate(nodes) for part in ([between[i - 1], node] if i else [node])
    ]
