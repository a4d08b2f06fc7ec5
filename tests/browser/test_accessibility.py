"""Accessibility of the pages: the rules of axe-core, including WCAG AA contrast."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import SIZES, Look, pages_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Heard

    Opened = Callable[..., tuple[Page, Heard]]

AXE = Path(os.environ.get("PEAK_TEST_NODE_MODULES", ""), "axe-core", "axe.min.js")


def findings(page: Page) -> list[dict[str, Any]]:
    """Return violated rules, and rules that axe-core cannot decide.

    Undecided contrast is ignored: axe-core cannot decide about single characters, text on
    pictures, and text out of view. The tests of the style sheet check all its colours.
    """
    page.add_script_tag(path=AXE)
    result: dict[str, Any] = page.evaluate("axe.run()")
    assert len(result["passes"]) > 10
    undecided = [each for each in result["incomplete"] if each["id"] != "color-contrast"]
    return [*result["violations"], *undecided]


@pytest.mark.parametrize("view", [Look(SIZES["phone"], "light"), Look(SIZES["desk"], "dark")])
@pytest.mark.parametrize("name", ["samples", "hostile", "year", "empty"])
def test_no_rule_of_accessibility_is_broken(
    folders: dict[str, Path], look: Opened, name: str, view: Look
) -> None:
    """No page violates a rule, with few or many reports, in both schemes, on phone and desktop."""
    for path in pages_of(folders[name]):
        page, _ = look(path, view, scripts=True)

        found = findings(page)

        assert found == [], json.dumps(found, indent=2)


def test_a_broken_rule_is_found(samples: Path, look: Opened, tmp_path: Path) -> None:
    """The accessibility check finds low contrast and an image without a text."""
    page = (samples / "index.html").read_text("utf-8")
    spoiled = page.replace("--quiet: #4c525a", "--quiet: #bbb").replace(
        "--text: #16191d", "--text: #ccc"
    )
    path = tmp_path / "index.html"
    path.write_text(spoiled.replace("</main>", "<img src='data:,'></main>"), "utf-8")

    found = findings(look(path, scripts=True)[0])

    assert {"color-contrast", "image-alt"} <= {each["id"] for each in found}
