"""The names of artifacts in a reports folder."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

INDEX: Final = "index.json"
TREND_JSON: Final = "stage1_trend.json"
TREND_MARKDOWN: Final = "stage1_trend.md"

_DAY_ARTIFACT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_(?:snapshot\.md|summary\.json)")


def summary_name(day: date) -> str:
    """Name the JSON of a day."""
    return f"{day}_summary.json"


def snapshot_name(day: date) -> str:
    """Name the Markdown of a day."""
    return f"{day}_snapshot.md"


def day_of_name(name: str) -> date | None:
    """Give the day of an artifact's name; none for other names."""
    match = _DAY_ARTIFACT.fullmatch(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def is_artifact(name: str) -> bool:
    """Say whether a file of this name is listed in the index (which does not list itself)."""
    return name in {TREND_JSON, TREND_MARKDOWN} or day_of_name(name) is not None
