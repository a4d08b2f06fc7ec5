"""The pages as an operator opens them: from disk, without network and scripts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from peaktrade_ops.reports.store.names import is_artifact
from tests.browser.conftest import SCHEMES, SIZES, Look, pages_of
from tests.support.checkout import REPO

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Heard

    Opened = Callable[..., tuple[Page, Heard]]

FOLDERS = ("samples", "hostile", "year", "empty")
PICTURE_WIDTH, PICTURE_HEIGHT = 1000, 640
MOST_PICTURE_BYTES = 150_000
LOOKS = [Look(width, scheme) for width in SIZES.values() for scheme in SCHEMES]


def ground_of(page: Page) -> str:
    """Return the background colour of a page."""
    colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return colour


@pytest.mark.parametrize("name", FOLDERS)
def test_a_page_needs_nothing_but_itself(folders: dict[str, Path], look: Opened, name: str) -> None:
    """The only request is the file, the console is empty, and the content is visible."""
    for path in pages_of(folders[name]):
        page, heard = look(path)

        assert heard == ([], [path.as_uri()])
        assert page.locator("h1").count() == 1
        assert page.locator("main").inner_text().strip()


def test_what_a_page_asks_for_would_be_heard(look: Opened, tmp_path: Path) -> None:
    """A request for an image and a console message are recorded, so the test above can fail."""
    path = tmp_path / "page.html"
    path.write_text("<h1>x</h1><img src='y.png'><script>console.log('z')</script>")

    _, heard = look(path, scripts=True)

    assert [Path(url).name for url in heard.requests] == ["page.html", "y.png"]
    assert "z" in heard.messages


@pytest.mark.parametrize("view", LOOKS, ids=str)
@pytest.mark.parametrize("name", FOLDERS)
def test_nothing_is_wider_than_the_window(
    folders: dict[str, Path], look: Opened, name: str, view: Look
) -> None:
    """A page does not scroll sideways at any width; a wide table has its own scrollbar."""
    for path in pages_of(folders[name]):
        page, _ = look(path, view)

        assert page.evaluate("document.documentElement.scrollWidth") <= view.width
        _keep(page, f"{name}-{path.stem}-{view.width}-{view.scheme}")


def _keep(page: Page, name: str, *, full_page: bool = True) -> None:
    """Save a picture of a page, if the environment names a folder for pictures."""
    folder = os.environ.get("PEAK_TEST_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=full_page)


def test_the_picture_of_the_readme_shows_the_trend(samples: Path, look: Opened) -> None:
    """The picture of the trend page has the size of that in the README and is small enough."""
    committed = REPO / "docs" / "trend.png"
    page, _ = look(samples / "stage1_trend.html", Look(PICTURE_WIDTH))
    page.set_viewport_size({"width": PICTURE_WIDTH, "height": PICTURE_HEIGHT})

    made = page.screenshot()
    _keep(page, "trend", full_page=False)

    assert page.get_by_role("heading", level=1).inner_text() == "Stage 1 trend: NO_GO"
    assert size_of(committed.read_bytes()) == size_of(made) == (PICTURE_WIDTH, PICTURE_HEIGHT)
    assert len(made) < MOST_PICTURE_BYTES
    assert committed.stat().st_size < MOST_PICTURE_BYTES


def size_of(picture: bytes) -> tuple[int, int]:
    """Return the width and the height of a PNG picture in pixels."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


def test_the_schemes_differ_and_paper_is_white(samples: Path, look: Opened) -> None:
    """A page follows the colour scheme of the reader; printed pages are always white."""
    light, _ = look(samples / "index.html", Look(scheme="light"))
    dark, _ = look(samples / "index.html", Look(scheme="dark"))

    assert ground_of(light) == "rgb(255, 255, 255)"
    assert ground_of(dark) != ground_of(light)
    dark.emulate_media(media="print")
    assert ground_of(dark) == "rgb(255, 255, 255)"
    assert not dark.locator("nav").is_visible()


@pytest.mark.parametrize("name", FOLDERS)
def test_links_lead_where_they_say(folders: dict[str, Path], look: Opened, name: str) -> None:
    """A link leads to a file of the folder or a part of the page; a day links to its own page."""
    folder = folders[name]
    for path in pages_of(folder):
        page, _ = look(path)
        links = page.eval_on_selector_all("a", "all => all.map(a => [a.href, a.innerText])")
        assert links

        for href, text in links:
            url = urlsplit(href)
            target = Path(unquote(url.path))
            assert (url.scheme, target.parent) == ("file", folder)
            assert target.is_file()
            assert is_artifact(target.name) or target.name == "index.json"
            if url.fragment:
                assert target.read_text("utf-8").count(f'id="{url.fragment}"') == 1
            day = re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}$", text.strip())
            if day and target != path:
                assert target.name.startswith(f"{day[0]}_")


def test_a_click_on_a_day_opens_it(samples: Path, look: Opened) -> None:
    """Links lead from the calendar to the trend, to a day of its reasons, and to the next day."""
    page, _ = look(samples / "index.html")

    page.get_by_role("link", name="All reasons").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Stage 1 trend: NO_GO"
    page.get_by_role("listitem").filter(has_text="critical alerts on 1 day").get_by_role(
        "link", name="2025-12-18"
    ).click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("2025-12-18")
    page.get_by_role("link", name="Next day").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("2025-12-19")
    page.get_by_role("link", name="Calendar").click()
    page.get_by_role("link", name="13 clean").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("2025-12-13")
    assert page.get_by_role("link", name="Previous day").count() == 0


def test_the_keyboard_reaches_everything(samples: Path, look: Opened) -> None:
    """The first stop skips the navigation; then every link gets a visible focus, in order."""
    page, _ = look(samples / "index.html", Look(SIZES["phone"]))

    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    box = page.locator(":focus").bounding_box()
    assert box
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").inner_text() == "All reasons and their days"
    stops = 1
    while page.locator("main :focus").count():
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Tab")
        stops += 1
    assert stops > page.locator("main a").count()


def test_a_wide_table_can_be_scrolled_by_the_keyboard(samples: Path, look: Opened) -> None:
    """A table of files that is wider than the window scrolls in its own region."""
    page, _ = look(samples / "2025-12-18_snapshot.html", Look(SIZES["phone"]))
    region = page.get_by_role("region", name="Files scanned")

    region.focus()
    # The browser drops keys that come before the first picture of the page.
    for _ in range(50):
        page.keyboard.press("ArrowRight")
        if page.evaluate("document.activeElement.scrollLeft") > 0:
            break
        page.wait_for_timeout(100)

    assert page.evaluate("document.activeElement.scrollLeft") > 0


def test_what_is_folded_away_opens_and_prints(samples: Path, look: Opened) -> None:
    """The table of hours is hidden on a screen until a key opens it; paper shows it."""
    page, _ = look(samples / "2025-12-18_snapshot.html")
    table = page.get_by_text("Events and alerts by hour")

    assert not table.is_visible()
    page.emulate_media(media="print")
    assert table.is_visible()
    page.emulate_media(media="screen")
    page.get_by_text("The 24 hours as a table").focus()
    page.keyboard.press("Enter")
    assert table.is_visible()


def test_a_wide_window_is_used(samples: Path, look: Opened) -> None:
    """The files stand beside the counts on a desk, and below them on a phone."""
    path = samples / "2025-12-18_snapshot.html"
    places = {}
    for name in ("desk", "phone"):
        page, _ = look(path, Look(SIZES[name]))
        left = page.get_by_role("table", name="Lines by outcome").bounding_box()
        right = page.get_by_role("table", name="Files scanned").bounding_box()
        assert left
        assert right
        places[name] = (right["x"] >= left["x"] + left["width"], right["y"] > left["y"] + 50)

    assert places == {"desk": (True, False), "phone": (False, True)}


def test_a_page_prints(samples: Path, look: Opened) -> None:
    """A day fits on a few sheets of paper."""
    page, _ = look(samples / "2025-12-18_snapshot.html")

    paper = page.pdf(format="A4")

    assert paper.startswith(b"%PDF")
    assert 1 <= paper.count(b"/Type /Page\n") <= 5
