"""The profile of a stage: its titles, its folder, and the names that contain its name.

Everything that is of one stage alone is a value here. Reports, the command line and the metrics
export take the stage as an argument. `STAGE1` is the stage of the base configuration; a table
``[stages.NAME]`` of the configuration defines another one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import msgspec

from peaktrade_ops.config import STAGE1_TITLE, STAGE_NAME, stage_name, stage_number

PROJECT: Final = "Peak_Trade"
"""The name of the project in the headings of the Markdown reports."""

FIRST: Final = "stage1"
"""The key of the stage of the base configuration."""

IndexVersion = Annotated[str, msgspec.Meta(pattern=rf"^{STAGE_NAME}_index\.v1$")]
"""The schema versions of the index; each stage has a separate one."""

StageKey = Annotated[str, msgspec.Meta(pattern=f"^{STAGE_NAME}$")]
"""The key of a stage, which is part of file names."""

_COMMANDS = re.compile(r"(?<![\w./-])(?:peaktrade-ops )?stage1-(run|snapshot|trends)(?![\w./-])")
_CHECKS = re.compile(r"\b(run |peaktrade-ops )(inspect|verify)\b")
_TABLES = re.compile(
    r"(^|under )(\[\[?)"
    r"(?=(?:policy|sources|severity|alerts|fields|fields\.more|formats|accepted)\])",
    re.MULTILINE,
)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The profile of one stage of the project.

    Attributes:
        key: The name in file names, in ``--stage`` and in the configuration.
        name: The short title.
        title: The title with the kind of run.
        folder: The folder of the artifacts, relative to the reports root.
    """

    key: str
    name: str
    title: str
    folder: Path

    @property
    def trend(self) -> str:
        """The file name of the trend artifacts, without a suffix."""
        return f"{self.key}_trend"

    @property
    def trend_html(self) -> str:
        """The name of the page of the trend."""
        return f"{self.trend}.html"

    @property
    def trend_json(self) -> str:
        """The name of the JSON of the trend."""
        return f"{self.trend}.json"

    @property
    def trend_markdown(self) -> str:
        """The name of the Markdown of the trend."""
        return f"{self.trend}.md"

    @property
    def decision(self) -> str:
        """The file name of the decision artifacts, without a suffix."""
        return f"{self.key}_decision"

    @property
    def decision_html(self) -> str:
        """The name of the page of the decision."""
        return f"{self.decision}.html"

    @property
    def decision_json(self) -> str:
        """The name of the JSON of the decision."""
        return f"{self.decision}.json"

    @property
    def decision_markdown(self) -> str:
        """The name of the Markdown of the decision."""
        return f"{self.decision}.md"

    @property
    def index_version(self) -> str:
        """The schema version of the index."""
        return f"{self.key}_index.v1"

    @property
    def label(self) -> str:
        """The value of the label ``stage`` in exported metrics: the number, else the key."""
        return stage_number(self.key) or self.key

    @property
    def mark(self) -> str | msgspec.UnsetType:
        """The field ``stage`` of an artifact, which those of the first stage do not have."""
        return msgspec.UNSET if self.key == FIRST else self.key

    def owns(self, mark: str | msgspec.UnsetType) -> bool:
        """Return whether an artifact with this field ``stage`` belongs to the stage."""
        return mark == self.mark

    def command(self, name: str) -> str:
        """Return the words that run a command for the stage: ``run``, ``snapshot``, ``trends``."""
        return f"{FIRST}-{name}" if self.key == FIRST else f"{name} --stage {self.key}"

    def in_words(self, text: str) -> str:
        """Return a text with the commands and the tables of the configuration of this stage.

        Texts are written for the first stage. Commands are not replaced inside of the name of a
        file, and tables only at the beginning of a line and after "under".
        """
        if self.key == FIRST:
            return text
        text = _COMMANDS.sub(lambda found: f"peaktrade-ops {self.command(found[1])}", text)
        text = _CHECKS.sub(rf"\g<1>\g<2> --stage {self.key}", text)
        return _TABLES.sub(rf"\g<1>\g<2>stages.{self.key}.", text)


def stage_of(key: str, *, title: str | None = None, folder: str | None = None) -> Stage:
    """Return the profile of a stage.

    Args:
        key: Its key, which is checked.
        title: Its title; `None` for its name.
        folder: The folder of its artifacts relative to the reports root; `None` for ``obs/KEY``.
    """
    if key == FIRST:
        return STAGE1
    name = stage_name(key)
    return Stage(
        key=key, name=name, title=title or name, folder=Path(folder) if folder else Path("obs", key)
    )


STAGE1: Final = Stage(
    key=FIRST,
    name=stage_name(FIRST),
    title=STAGE1_TITLE,
    folder=Path("obs", FIRST),
)
