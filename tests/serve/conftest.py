"""Fixtures: a folder of reports, and a client of the application that shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from werkzeug.test import Client

from peaktrade_ops.config import Config
from peaktrade_ops.routine import render_reports
from peaktrade_ops.serve.app import Application
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_of
from tests.support.artifacts import days_until, metrics, quiet_day, summary

if TYPE_CHECKING:
    from pathlib import Path

DAY: Final = date(2025, 12, 20)
NOW: Final = datetime(2025, 12, 21, 6, tzinfo=UTC)
MAX_AGE: Final = timedelta(hours=30)
BASE: Final = "http://localhost:8787/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the reports of two days and a trend; a secret file is beside it."""
    (tmp_path / "secret.json").write_text('{"secret": true}')
    folder = tmp_path / "reports"
    folder.mkdir()
    for day in days_until(DAY, 2):
        made = summary(window_of(day).end, date=day, metrics=metrics(new_alerts=2, legacy_alerts=7))
        (folder / f"{day}_summary.json").write_bytes(to_json(made))
    days = [quiet_day(day) for day in days_until(DAY, 14)]
    trend = build_trend(days, window=window_of(DAY), config=Config())
    (folder / "stage1_trend.json").write_bytes(to_json(trend))
    render_reports(folder)
    return folder


@pytest.fixture
def client(folder: Path) -> Client:
    """Return a client of the application; its clock is on the day after the last report."""
    return client_of(folder)


def client_of(folder: Path, *, now: datetime = NOW, refresh: int = 60) -> Client:
    """Return a client of the application."""
    hosts = {"localhost", "127.0.0.1", "::1"}
    return Client(Application(folder, lambda: now, MAX_AGE, refresh, hosts))
