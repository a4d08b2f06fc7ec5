"""The pages of the documentation and their fenced blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it import MarkdownIt

from tests.support.checkout import REPO, repo_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README: Final = REPO / "README.md"
REFERENCE: Final = REPO / "docs" / "reference.md"
OPERATE: Final = REPO / "docs" / "ops" / "operate.md"
KUBERNETES: Final = REPO / "docs" / "deploy" / "kubernetes.md"
CONTAINER: Final = REPO / "docs" / "ops" / "container.md"
RECOVERY: Final = REPO / "docs" / "ops" / "DOCKER_RECOVERY_CANONICAL_STATE.md"
RELEASE: Final = REPO / "docs" / "deploy" / "release.md"
NOTICES: Final = REPO / "docs" / "deploy" / "notices.md"
ARCHITECTURE: Final = REPO / "docs" / "architecture.md"

# The languages of blocks that a test runs, and of blocks that a test only reads.
RUN: Final = {"sh", "python"}
READ: Final = {"crontab", "ini", "text", "toml", "xml"}


class Block(NamedTuple):
    """A fenced block of a page, with its first line number."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Return the test id of the block: page and line."""
        return f"{self.page.relative_to(REPO)}:{self.line}"

    @property
    def needs_engine(self) -> bool:
        """Return whether the block needs a container engine: the integration tests run it."""
        script = r"scripts/(?:docker/|\S*_docker\.sh)"
        engine = re.compile(rf"^ *(?:\S+=\S+ )*(?:docker\b|{script})", re.MULTILINE)
        return engine.search(self.text) is not None

    @property
    def needs_cluster(self) -> bool:
        """Return whether the block needs a cluster: the tests of Kubernetes run it."""
        has_command = re.search(r"^kubectl\b", self.text, re.MULTILINE) is not None
        return self.language == "sh" and has_command

    @property
    def needs_prometheus(self) -> bool:
        """Return whether the block needs tools of Prometheus: the session `monitoring` runs it."""
        tools = re.compile(r"^ *(?:promtool|amtool)\b", re.MULTILINE)
        return tools.search(self.text) is not None

    @property
    def is_run_elsewhere(self) -> bool:
        """Return whether another session than that of the tests runs the block."""
        return (
            self.needs_cluster
            or self.needs_engine
            or self.needs_prometheus
            or self.needs_registry
            or self.releases
        )

    @property
    def releases(self) -> bool:
        """Return whether the block publishes an image: its own integration tests run it."""
        return self.page == RELEASE

    @property
    def needs_registry(self) -> bool:
        """Return whether the block installs packages: the nox session `package` runs it."""
        return "uv tool install" in self.text


def _pages() -> Iterator[Path]:
    """Yield the Markdown files of the repo except goldens, the README first."""
    yield README
    for name in repo_files():
        path = REPO / name
        if path.suffix == ".md" and path != README and not name.startswith("tests/golden/"):
            yield path


def blocks(*pages: Path) -> Iterator[Block]:
    """Yield the fenced blocks of pages."""
    for page in pages:
        for token in MarkdownIt().parse(page.read_text("utf-8")):
            if token.type == "fence" and token.map:
                yield Block(page, token.map[0] + 1, token.info.strip(), token.content)


PAGES: Final = tuple(_pages())
BLOCKS: Final = tuple(blocks(*PAGES))
