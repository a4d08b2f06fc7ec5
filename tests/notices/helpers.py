"""Situations and notices for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from peaktrade_ops.config import Config
from peaktrade_ops.notices.situation import Situation, situation_of
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.routine import make_trend
from peaktrade_ops.scanning import Place
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.window import window_of
from tests.support.artifacts import days_until, index_folder, metrics, summary

if TYPE_CHECKING:
    from pathlib import Path

DAY: Final = date(2025, 12, 20)
NOW: Final = datetime(2025, 12, 21, 6, tzinfo=UTC)
LATER: Final = datetime(2025, 12, 22, 6, 0, 1, tzinfo=UTC)


def write_reports(folder: Path, last: date = DAY, **critical: int) -> Path:
    """Write 14 days and their trend; `d18=2` means two critical alerts on the 18th."""
    folder.mkdir(parents=True, exist_ok=True)
    for day in days_until(last, 14):
        numbers = metrics(critical_alerts=critical.get(f"d{day.day}", 0))
        made = summary(window_of(day).end, date=day, metrics=numbers)
        (folder / f"{day}_summary.json").write_bytes(to_json(made))
    index_folder(folder)
    make_trend(Place(folder, "."), window_of(last), Config(), days=14, replace=True)
    return folder


def situation(folder: Path, now: datetime = NOW, run: str = "") -> Situation:
    """Return the situation of a folder."""
    return situation_of(Archive(folder), now, run)
