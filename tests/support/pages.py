"""The README and the operations guide, and the blocks in them that a reader may copy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it import MarkdownIt

from tests.support.checkout import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README: Final = REPO / "README.md"
GUIDE: Final = REPO / "docs" / "ops" / "README.md"

# The languages of blocks: those that a test runs, and those that a test reads.
RUN: Final = {"sh", "python"}
READ: Final = {"crontab", "ini", "xml"}


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Name it in the list of tests."""
        return f"{self.page.relative_to(REPO)}:{self.line}"

    @property
    def needs_engine(self) -> bool:
        """Say whether it starts a container or builds an image."""
        engine = re.compile(r"^ *(?:\S+=\S+ )*(?:docker\b|scripts/\S*_docker\.sh)", re.MULTILINE)
        return engine.search(self.text) is not None


def blocks(*pages: Path) -> Iterator[Block]:
    """Find the fenced blocks of pages."""
    for page in pages:
        for token in MarkdownIt().parse(page.read_text("utf-8")):
            if token.type == "fence" and token.map:
                yield Block(page, token.map[0] + 1, token.info.strip(), token.content)


BLOCKS: Final = list(blocks(README, GUIDE))
