"""The events of several days by severity: the parts of the bars, and the words for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.severities import (
    SEVERITIES,
    severities_figure,
    severities_of,
)
from peaktrade_ops.reports.views.pages.strips import Strip, range_of
from peaktrade_ops.stage1.day import day_of_summary, missing_day
from peaktrade_ops.stage1.models import NamedCount, Top
from tests.support.artifacts import DAY, coverage, metrics, summary
from tests.support.html import parse, texts

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Summary

pytestmark = pytest.mark.one_python


def strip(counts: dict[str, int], *, more: int = 0, day: date = DAY) -> Strip:
    """Make the strip of a day with events by severity, and with more that are not listed."""
    names = tuple(NamedCount(name, count) for name, count in counts.items())
    size = sum(counts.values()) + more
    made: Summary = summary(
        metrics=metrics(critical_alerts=sum(counts.get(name, 0) for name in ("critical", "fatal"))),
        date=day,
        end=summary().created_at_utc + (day - DAY),
        top=Top(names, (), ()),
        coverage=coverage(in_window=size, events=max(size, 1), lines=max(size, 1)),
    )
    return Strip(day_of_summary(made), f"{day}_snapshot.html", made)


def page_of(*strips: Strip) -> str:
    """Render the figure of the severities of days."""
    return str(severities_figure(range_of(strips)))


def paths(page: str) -> dict[str, str]:
    """Return the path of each class in the only picture."""
    [svg] = parse(page).css("svg")
    return {path.attributes["class"] or "": path.attributes["d"] or "" for path in svg.css("path")}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("critical", "critical"),
        ("fatal", "critical"),
        ("error", "error"),
        ("warning", "warn"),
        ("notice", "info"),
        ("INFO", "info"),
        ("trace", "debug"),
        ("(none)", "unset"),
        ("none", "info"),
        ("risk", "other"),
        ("60", "other"),
        ("", "other"),
    ],
)
def test_a_severity_has_its_part(name: str, kind: str) -> None:
    """Each severity belongs to the part of its class; those without a class share one."""
    assert {part.kind: count for part, count in severities_of(strip({name: 3})).items()} == {
        kind: 3
    }


def test_what_the_list_leaves_out_is_not_lost() -> None:
    """Events beyond the most frequent severities are part of the bar."""
    counts = severities_of(strip({"info": 3, "risk": 1}, more=5))

    assert {part.kind: count for part, count in counts.items()} == {"info": 3, "other": 6}


def test_a_bar_has_its_parts_from_the_most_severe_on() -> None:
    """The parts of a bar stand side by side, the most severe first, as long as their share."""
    assert paths(page_of(strip({"info": 750, "warn": 250}))) == {
        "ground": "M0 0h1049v1H0z",
        "warn": "M0 0h247v1H0z",
        "info": "M250 0h747v1H250z",
    }


def test_one_event_beside_a_million_is_seen() -> None:
    """A part with few events has a least length."""
    assert paths(page_of(strip({"info": 10**6, "critical": 1})))["critical"] == "M0 0h4v1H0z"


@given(st.lists(st.integers(0, 2**63 - 1), min_size=7, max_size=7).filter(any))
def test_a_bar_is_never_longer_than_its_picture(counts: list[int]) -> None:
    """Whatever the counts, all parts are inside of the picture."""
    names = ("critical", "error", "warn", "risk", "info", "debug", "(none)")
    page = page_of(strip(dict(zip(names, counts, strict=True))))

    [svg] = parse(page).css("svg")
    _, _, width, _ = (svg.attributes["viewBox"] or "").split()
    for steps in paths(page).values():
        start, length = steps.removeprefix("M").split("v")[0].split(" 0h")
        assert int(length) > 0
        assert int(start) + int(length) <= int(width)


def test_all_bars_have_one_scale() -> None:
    """A day with half of the events has a bar of half the length."""
    days = [strip({"info": 100}), strip({"info": 50}, day=DAY + timedelta(days=1))]
    page = page_of(*days)

    bars = [path.attributes["d"] for path in parse(page).css("path.info")]
    assert bars == ["M0 0h997v1H0z", "M0 0h497v1H0z"]
    assert texts(page, ".scale > .end") == ["100"]


def test_the_figure_is_told_in_words() -> None:
    """Each bar and the whole figure have their numbers in words."""
    page = page_of(
        strip({"info": 5, "error": 2, "risk": 1}),
        Strip(missing_day(DAY + timedelta(days=1)), None, None),
    )

    [svg] = parse(page).css("svg")
    assert svg.attributes["aria-label"] == "2025-12-20: error 2; unknown or rare 1; info, notice 5"
    assert texts(page, "figcaption")[0].startswith(
        "All days: error 2; unknown or rare 1; info, notice 5."
    )
    assert texts(page, ".key li") == ["error", "unknown or rare", "info, notice", "no data"]
    assert texts(page, "td.number") == ["3", "-"]


def test_the_numbers_are_all_there() -> None:
    """The table of numbers has a column for each part that occurs."""
    page = page_of(strip({"info": 5000, "error": 2}), strip({"info": 1}, day=DAY + timedelta(1)))

    assert texts(page, ".figures thead th") == ["Day", "error", "info, notice"]
    assert texts(page, ".figures tbody td") == ["2", "5,000", "0", "1"]


def test_a_range_without_severities_says_so() -> None:
    """A range without severities has neither bars nor numbers."""
    page = page_of(Strip(missing_day(DAY), None, None))

    assert not parse(page).css("svg, details")
    assert texts(page, "figcaption") == ["No day of the range has events by severity."]


def test_every_part_has_its_own_class() -> None:
    """No two parts of a bar have the same class or name."""
    assert len({part.kind for part in SEVERITIES}) == len(SEVERITIES)
    assert len({part.name for part in SEVERITIES}) == len(SEVERITIES)
