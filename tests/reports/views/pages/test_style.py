"""The colours of the style sheet: everything can be read, in the light and in the dark."""

from __future__ import annotations

import re
from importlib import resources
from itertools import pairwise
from typing import Final

import pytest

from peaktrade_ops.reports.views import pages
from peaktrade_ops.reports.views.pages.charts import Point, columns, lines
from peaktrade_ops.reports.views.pages.heat import LEVELS
from peaktrade_ops.reports.views.pages.severities import SEVERITIES

pytestmark = pytest.mark.one_python

STYLE: Final = resources.files(pages).joinpath("style.css").read_text("utf-8")
TEXTS: Final = ("--text", "--quiet", "--link", "--good", "--watch", "--bad")
LEVELS_OF_HOURS: Final = tuple(f"--{name}" for name in LEVELS)
SHAPES: Final = (
    "--line",
    "--events",
    "--text",
    "--bad",
    "--error",
    "--warn",
    "--other",
    *LEVELS_OF_HOURS,
)
GROUNDS: Final = ("--ground", "--panel")


def schemes() -> dict[str, dict[str, str]]:
    """Return the colours of each scheme, by name: the light one, the dark one, and paper."""
    found = [
        dict(re.findall(r"(--[a-z]+): (#[0-9a-f]+)", block))
        for block in re.findall(r"html \{([^}]*--ground:[^}]*)\}", STYLE)
    ]
    return dict(zip(("light", "dark", "paper"), found, strict=True))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG 2.2 defines it: from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rule(selector: str) -> str:
    """Return the declarations of the only rule of a selector."""
    [content] = re.findall(rf"^{re.escape(selector)} \{{([^}}]*)\}}", STYLE, re.MULTILINE)
    return str(content)


def test_contrast_is_computed_as_wcag_does() -> None:
    """The contrast has the values of WCAG for black, for equal colours and for a known grey."""
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#123456", "#123456") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_text_has_the_contrast_of_wcag_aa(scheme: str) -> None:
    """Every text colour has a contrast of 4.5 to 1 on every background."""
    colours = schemes()[scheme]
    for ground in GROUNDS:
        for text in TEXTS:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_shapes_have_the_contrast_of_wcag_aa(scheme: str) -> None:
    """Shapes of a chart and frames of a verdict have a contrast of 3 to 1."""
    colours = schemes()[scheme]
    for shape in SHAPES:
        assert contrast(colours[shape], colours["--ground"]) >= 3, shape


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_more_events_stand_out_more(scheme: str) -> None:
    """Each level of an hour has more contrast to the ground than the level below it."""
    colours = schemes()[scheme]
    contrasts = [contrast(colours[level], colours["--ground"]) for level in LEVELS_OF_HOURS]

    assert all(more >= 1.25 * less for less, more in pairwise(contrasts)), contrasts


def test_every_part_of_a_bar_has_a_colour() -> None:
    """Every severity and every level of an hour has a colour in the picture and in its legend."""
    for name in (*LEVELS, *(each.kind for each in SEVERITIES), "mark"):
        assert re.search(rf"^svg \.{name} \{{ fill: var", STYLE, re.MULTILINE), name
    for name in (*LEVELS, *(each.kind for each in SEVERITIES if each.kind != "unset")):
        assert re.search(rf"^\.swatches \.{name} \{{ background: var", STYLE, re.MULTILINE), name


def test_every_class_of_a_chart_has_a_rule() -> None:
    """Every class of a chart has a rule that sets its colour."""
    points = [Point(1, certain=False), Point(None)]
    charts = [columns(["a"], [1], every=1, says="x"), lines(["a", "b"], points, [1, 2], says="x")]

    classes = " ".join(re.findall(r'class="([^"]*)"', "".join(map(str, charts)))).split()
    assert {
        name for name in classes if not re.search(rf"^svg \.{name}\b", STYLE, re.MULTILINE)
    } == set()
    assert {"columns", "gaps", "mean", "values", "dots", "uncertain"} <= set(classes)


def test_the_mean_is_dashed_and_a_lower_bound_is_hollow() -> None:
    """The mean is dashed and a lower bound is hollow, so neither depends on its colour."""
    assert "stroke-dasharray" in rule("svg .mean")
    assert "fill: none" in rule("svg .values, svg .mean")
    assert "fill: var(--events)" in rule("svg .dots")
    assert "fill: var(--ground)" in rule("svg .uncertain")


def test_the_style_sheet_loads_nothing() -> None:
    """The style sheet loads no other sheet, no font and no picture."""
    assert not re.search(r"@import|@font-face|url\(|expression\(|https?:", STYLE)


def test_every_colour_comes_from_the_schemes() -> None:
    """Every colour is defined in the colour schemes."""
    rules = re.sub(r"html \{[^}]*--ground:[^}]*\}", "", STYLE)

    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb", rules)
