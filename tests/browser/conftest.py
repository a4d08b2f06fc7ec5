"""Fixtures of the browser tests: folders of reports, and pages opened from disk."""

from __future__ import annotations

import os
import shutil
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from playwright.sync_api import sync_playwright

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.routine import render_reports
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.trend import build_trend, range_of
from peaktrade_ops.window import window_of
from tests.support.artifacts import coverage, metrics, old_markdown, summary
from tests.support.checkout import REPO
from tests.support.injection import HOSTILE, hostile_telemetry
from tests.support.program import Workplace, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

    Opened = Callable[..., tuple[Page, "Heard"]]

LAST: Final = date(2025, 12, 20)
DAY: Final = f"{LAST}"
A_YEAR: Final = 366
EMPTY: Final = 6
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
SIZES: Final = {"phone": 360, "tablet": 820, "desk": 1600}
SCHEMES: Final = ("light", "dark")

# Chromium contacts services of its vendor at every start unless this is disabled.
_OFFLINE: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)


class Look(NamedTuple):
    """The width of a window in pixels and the colour scheme."""

    width: int = SIZES["desk"]
    scheme: str = "light"


DESK: Final = Look()


class Heard(NamedTuple):
    """The events of an open page: console messages, dialogs and requests."""

    messages: list[str]
    requests: list[str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder `browser`, so that other sessions skip it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the installed browser."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert executable, "these tests need Chromium: install the package chromium"
    # Its sandbox does not work for root, the user of containers and some test machines.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=[*_OFFLINE, *sandbox])
        yield started
        started.close()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write reports of the sample telemetry."""
    return _routine(REPO / "samples" / "telemetry", tmp_path_factory.mktemp("samples"), days=8)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write reports of telemetry with markup in every field."""
    workplace = Workplace.made(tmp_path_factory.mktemp("hostile"))
    hostile_telemetry(workplace, DAY)
    return _routine(workplace.telemetry, workplace.folder, days=2)


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a year of days in every state that a day can have, and the trend of the last ones."""
    folder = tmp_path_factory.mktemp("year")
    for back in range(A_YEAR):
        day = LAST - timedelta(days=back)
        if back % 29 == 11:
            continue
        if back % 31 == 13:
            (folder / f"{day}_summary.json").write_text("{")
            continue
        if back % 37 == 5:
            (folder / f"{day}_snapshot.md").write_text(old_markdown(day))
            continue
        many = 9_007_199_254_740_993 if back == 200 else back % 7
        of_day = metrics(
            new_alerts=many if back % 3 == 0 and back % 41 != EMPTY else 0,
            critical_alerts=int(back % 23 == 4 and back % 41 != EMPTY),
            parse_errors=int(back % 17 == 3),
            operator_actions=int(back % 2 and back % 41 != EMPTY),
            legacy_alerts=5,
        )
        seen = coverage(complete=back % 19 != 7, in_window=0 if back % 41 == EMPTY else 1)
        made = summary(window_of(day).end, date=day, metrics=of_day, coverage=seen)
        (folder / f"{day}_summary.json").write_bytes(to_json(made))
    archive = Archive(folder)
    window = window_of(LAST)
    days = [archive.day(day) for day in range_of(window, 60)]
    trend = build_trend(days, window=window, config=Config())
    (folder / "stage1_trend.json").write_bytes(to_json(trend))
    assert render_reports(folder).unreadable
    return folder


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages of a folder without a report."""
    folder = tmp_path_factory.mktemp("empty")
    assert not render_reports(folder).unreadable
    return folder


@pytest.fixture(scope="session")
def folders(samples: Path, hostile: Path, year: Path, empty: Path) -> dict[str, Path]:
    """Return the folders of reports by name."""
    return {"samples": samples, "hostile": hostile, "year": year, "empty": empty}


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Callable[[Look, bool], BrowserContext]]:
    """Yield a function that returns a browser context for a look, with or without scripts."""
    made: dict[tuple[Look, bool], BrowserContext] = {}

    def context_of(look: Look, scripts: bool) -> BrowserContext:  # noqa: FBT001 (a key)
        if (look, scripts) not in made:
            made[look, scripts] = browser.new_context(
                viewport={"width": look.width, "height": 900},
                color_scheme="dark" if look.scheme == "dark" else "light",
                java_script_enabled=scripts,
                # The page policy alone must not make the test of running scripts pass.
                bypass_csp=scripts,
                offline=True,
            )
        return made[look, scripts]

    yield context_of
    for context in made.values():
        context.close()


@pytest.fixture
def look(contexts: Callable[[Look, bool], BrowserContext]) -> Iterator[Opened]:
    """Yield a function that opens a file in a new window and records what the browser reports."""
    windows: list[Page] = []

    def opened(path: Path, look: Look = DESK, *, scripts: bool = False) -> tuple[Page, Heard]:
        page = contexts(look, scripts).new_page()
        windows.append(page)
        heard = listen(page)
        page.goto(path.as_uri())
        return page, heard

    yield opened
    for page in windows:
        page.close()


def listen(page: Page) -> Heard:
    """Record what the browser reports about a page."""
    heard = Heard([], [])
    page.on("console", lambda message: heard.messages.append(message.text))
    page.on("pageerror", lambda error: heard.messages.append(str(error)))
    page.on("request", lambda request: heard.requests.append(request.url))
    page.on("dialog", partial(_dismiss, heard))
    return heard


def _dismiss(heard: Heard, dialog: Dialog) -> None:
    heard.messages.append(dialog.message)
    dialog.dismiss()


def pages_of(folder: Path) -> list[Path]:
    """Return the pages of a folder to test: for many days, a few different ones."""
    days = sorted(folder.glob("*_snapshot.html"))
    decision = folder.glob("stage1_decision.html")
    return [*days[::-3][:4], folder / "stage1_trend.html", folder / "index.html", *decision]


def _routine(telemetry: Path, scratch: Path, *, days: int) -> Path:
    root = scratch / "reports"
    span = ("--date", DAY, "--days", str(days))
    outcome = run("stage1-run", "--repo", telemetry, "--reports-root", root, *span, cwd=scratch)
    assert outcome.code == 0, outcome.err
    note = "\n".join(HOSTILE).replace("\x00", "")[:2000]
    for owner in ("A. Owner", "<b>B</b> **Owner**"):
        arguments = ("--reports-root", root, "--owner", owner, "--override", "--note", note)
        decided = run("decide", "--decision", "go", *arguments, cwd=scratch)
        assert decided.code == 0, decided.err
    return root / "obs" / "stage1"
