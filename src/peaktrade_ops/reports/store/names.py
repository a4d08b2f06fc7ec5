"""The names of artifacts in a reports folder."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from peaktrade_ops.stage1.stage import STAGE1

INDEX: Final = "index.json"
CALENDAR: Final = "index.html"
TREND_HTML: Final = f"{STAGE1.trend}.html"
TREND_JSON: Final = f"{STAGE1.trend}.json"
TREND_MARKDOWN: Final = f"{STAGE1.trend}.md"

_OF_THE_FOLDER = frozenset({CALENDAR, TREND_HTML, TREND_JSON, TREND_MARKDOWN})
_OF_A_DAY = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})_(?:snapshot\.html|snapshot\.md|summary\.json)"
)


def summary_name(day: date) -> str:
    """Return the name of the JSON of a day."""
    return f"{day}_summary.json"


def snapshot_name(day: date) -> str:
    """Return the name of the Markdown of a day."""
    return f"{day}_snapshot.md"


def page_name(day: date) -> str:
    """Return the name of the page of a day."""
    return f"{day}_snapshot.html"


OF_A_DAY: Final = (page_name, snapshot_name, summary_name)
"""The functions that name the artifacts of a day."""


def day_of_name(name: str) -> date | None:
    """Return the day of an artifact from its name; `None` for other names."""
    match = _OF_A_DAY.fullmatch(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def is_artifact(name: str) -> bool:
    """Return whether the index lists files of this name; it does not list itself."""
    return name in _OF_THE_FOLDER or day_of_name(name) is not None
