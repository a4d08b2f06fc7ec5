"""The names of artifacts in a reports folder."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from peaktrade_ops.config import STAGE_NAME
from peaktrade_ops.stage1.stage import STAGE1, Stage

INDEX: Final = "index.json"
CALENDAR: Final = "index.html"
LOCK: Final = ".peaktrade-ops.lock"

# Those of the first stage; every stage has its own names.
TREND_HTML: Final = STAGE1.trend_html
TREND_JSON: Final = STAGE1.trend_json
TREND_MARKDOWN: Final = STAGE1.trend_markdown

_OF_A_STAGE = re.compile(rf"({STAGE_NAME})_(?:trend|decision)\.(?:html|json|md)")
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


def stage_of_name(name: str) -> str | None:
    """Return the key of the stage of an artifact from its name; `None` for other names."""
    match = _OF_A_STAGE.fullmatch(name)
    return match[1] if match else None


def is_artifact(name: str, stage: Stage = STAGE1) -> bool:
    """Return whether the index of a stage lists files of this name; it does not list itself."""
    return name == CALENDAR or stage_of_name(name) == stage.key or day_of_name(name) is not None


def is_artifact_of_any(name: str) -> bool:
    """Return whether the index of some stage lists files of this name."""
    return name == CALENDAR or stage_of_name(name) is not None or day_of_name(name) is not None


def is_trend(name: str) -> bool:
    """Return whether a file of this name is the JSON of the trend of some stage."""
    return name.endswith("_trend.json") and stage_of_name(name) is not None
