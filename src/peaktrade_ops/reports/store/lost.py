"""What is left of a decision whose JSON is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.reports.store.names import CALENDAR
from peaktrade_ops.reports.store.reading import UnreadableError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from peaktrade_ops.stage1.stage import Stage


def views_of_decision(names: Collection[str], stage: Stage) -> list[str]:
    """Return the views of a decision among the names of a folder, in order."""
    return sorted({stage.decision_html, stage.decision_markdown}.intersection(names))


def pages_about_decision(folder: Path, names: Collection[str], stage: Stage) -> list[str]:
    """Return the other pages of a folder that link the page of a decision, in order.

    They do so as long as there is a decision, or one that is lost. Text from telemetry is escaped
    in pages, so that it contains no such link.

    Args:
        folder: The folder.
        names: The names of its artifacts.
        stage: The stage.
    """
    link = f'href="{stage.decision_html}"'.encode()
    found = []
    for name in sorted({CALENDAR, stage.trend_html}.intersection(names)):
        try:
            page = read_bytes(folder / name)
        except (FileNotFoundError, UnreadableError):
            continue
        if link in page:
            found.append(name)
    return found
