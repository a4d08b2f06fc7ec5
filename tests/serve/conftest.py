"""Fixtures: a folder of reports, and a client of the application that shows it."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from werkzeug.test import Client

from peaktrade_ops.config import Config
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.routine import make_trend
from peaktrade_ops.scanning import Place
from peaktrade_ops.serve.app import Application
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.window import window_of
from tests.support.artifacts import days_until, index_folder, metrics, summary

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.stage1.models import Summary

DAY: Final = date(2025, 12, 20)
NOW: Final = datetime(2025, 12, 21, 6, tzinfo=UTC)
MAX_AGE: Final = timedelta(hours=30)
BASE: Final = "http://localhost:8787/"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 14 days with a trend of GO, which no test changes."""
    folder = tmp_path_factory.mktemp("served")
    for day in days_until(DAY, 14):
        numbers = metrics(new_alerts=2 if day == DAY else 0, legacy_alerts=7)
        made = summary(window_of(day).end, date=day, metrics=numbers)
        (folder / f"{day}_summary.json").write_bytes(to_json(made))
    index_folder(folder)
    make_trend(Place(folder, "."), window_of(DAY), Config(), days=14)
    return folder


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """Return a folder of 14 days with a trend of GO, beside a secret file."""
    (tmp_path / "secret.json").write_text('{"secret": true}')
    return shutil.copytree(made_once, tmp_path / "reports")


def add_report(folder: Path, day: date, **numbers: int) -> None:
    """Publish the report of a day, without a new trend."""
    publish(folder, summary(window_of(day).end, date=day, metrics=metrics(**numbers)))


def publish(folder: Path, made: Summary) -> None:
    """Publish a report, without a new trend."""
    archive = Archive(folder, {f"{made.date}_summary.json": to_json(made)})
    index = build_index(archive, archive.fresh)
    for name, data in {**archive.fresh, "index.json": to_json(index)}.items():
        (folder / name).write_bytes(data)


@pytest.fixture
def client(folder: Path) -> Client:
    """Return a client of the application; its clock is on the day after the last report."""
    return client_of(folder)


def client_of(folder: Path, *, now: datetime = NOW, refresh: int = 60) -> Client:
    """Return a client of the application."""
    hosts = {"localhost", "127.0.0.1", "::1"}
    return Client(Application(folder, lambda: now, MAX_AGE, refresh, hosts))
