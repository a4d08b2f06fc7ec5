"""Hostile telemetry in a browser that allows scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.text import printable
from tests.browser.conftest import DAY, pages_of
from tests.support.artifacts import named_everywhere
from tests.support.html import parse, texts
from tests.support.injection import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Heard

    Opened = Callable[..., tuple[Page, Heard]]

FOREIGN = "script, img, iframe, object, embed, form, input, base, [onload], [onerror], [onclick]"


def tags_of(page: Page) -> list[str]:
    """Return the names of the elements of a page, sorted."""
    tags: list[str] = page.evaluate(
        "[...new Set([...document.querySelectorAll('*')].map(e => e.localName))].sort()"
    )
    return tags


def test_hostile_names_do_nothing_where_scripts_may_run(hostile: Path, look: Opened) -> None:
    """Hostile names run, request and embed nothing with scripts on and the page policy off."""
    for path in pages_of(hostile):
        page, heard = look(path, scripts=True)
        page.wait_for_load_state("networkidle")

        assert heard == ([], [path.as_uri()])
        assert page.locator(FOREIGN).count() == 0


def test_a_script_would_have_been_heard(look: Opened, tmp_path: Path) -> None:
    """A script of a page without escapes is recorded, so the test above can fail."""
    path = tmp_path / "page.html"
    path.write_text(f"<p>{HOSTILE[1]}")

    _, heard = look(path, scripts=True)

    assert heard.messages == ["1"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:40])
def test_a_hostile_name_is_shown_as_text(hostile: Path, look: Opened, text: str) -> None:
    """The page shows the text of the telemetry; hidden and control characters are escaped."""
    page, _ = look(hostile / f"{DAY}_snapshot.html")
    shown = page.locator("bdi").all_text_contents()

    assert printable(text[:200]) in shown


def test_hostile_names_change_nothing_else(hostile: Path, look: Opened) -> None:
    """The page has only the elements, headings and title of a page of harmless telemetry."""
    page, _ = look(hostile / f"{DAY}_snapshot.html")
    harmless = snapshot_page(named_everywhere("x"), Neighbours())

    assert set(tags_of(page)) <= {node.tag for node in parse(harmless).css("*")}
    headings = map(without_number, page.locator("h1, h2, h3").all_inner_texts())
    assert set(headings) <= {without_number(text) for text in texts(harmless, "h1, h2, h3")}
    assert page.title() == f"Stage 1 snapshot, {DAY}"


def without_number(heading: str) -> str:
    """Return a heading without the number before it."""
    return heading.lstrip("0123456789, ")
