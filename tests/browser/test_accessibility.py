"""The pages for whoever does not see or point: axe-core's rules, WCAG AA contrast among them."""

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
    """Return what is against a rule, and what the rules could not decide.

    They cannot decide about the contrast of text of one character, on a picture, or that has to be
    scrolled to; all its colours are held to each other where the style sheet is tested.
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
    """Of any weight, in both schemes, on a phone and on a desk."""
    for path in pages_of(folders[name]):
        page, _ = look(path, view, scripts=True)

        found = findings(page)

        assert found == [], json.dumps(found, indent=2)


def test_a_broken_rule_is_found(samples: Path, look: Opened, tmp_path: Path) -> None:
    """The test above can fail: text hardly to be told from its ground, a picture unnamed."""
    page = (samples / "index.html").read_text("utf-8")
    spoiled = page.replace("--quiet: #4c525a", "--quiet: #bbb").replace(
        "--text: #16191d", "--text: #ccc"
    )
    path = tmp_path / "index.html"
    path.write_text(spoiled.replace("</main>", "<img src='data:,'></main>"), "utf-8")

    found = findings(look(path, scripts=True)[0])

    assert {"color-contrast", "image-alt"} <= {each["id"] for each in found}
