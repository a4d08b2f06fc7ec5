"""The rules and the result of a search below a telemetry root (section 3), without disk access."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.patterns import Patterns, is_telemetry_path
from peaktrade_ops.telemetry.files.reasons import HARMLESS, OVER_MAX_FILES
from peaktrade_ops.telemetry.files.source import Source, shown
from peaktrade_ops.window import epoch_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.window import Window

NOT_ENTERED: Final = frozenset(
    {
        ".git",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "venv",
    }
)
"""Names of folders that hold the files of tools, at any depth."""

_REPORTS: Final = "reports"


@dataclass(frozen=True, slots=True)
class Search:
    """The rules of a search.

    Attributes:
        max_depth: The greatest number of parts of a path.
        ignore: Patterns of paths to leave out.
        closed: Device and inode of folders not to enter: the folders of the reports.
        is_candidate: Whether a relative path is the path of a file to scan.
        is_named: Whether the user named the folder; then ``reports`` in it is entered too.
    """

    max_depth: int
    ignore: Patterns
    closed: frozenset[tuple[int, int]]
    is_candidate: Callable[[str], bool] = is_telemetry_path
    is_named: bool = False

    def enters(self, path: str) -> bool:
        """Return whether a folder with this relative path is entered."""
        name = path.rsplit("/", 1)[-1]
        return name not in NOT_ENTERED and (path != _REPORTS or self.is_named)


class LeftOut(NamedTuple):
    """A file, folder or link that is not scanned.

    Attributes:
        path: The name in reports.
        reason: Why it is not scanned, one of `reasons`.
        harmless: Whether no event of any window can be missing because of it.
        modified_ns: The time of the last write, nanoseconds since 1970: no event of a window that
            begins later can be missing because of it. `None` if that does not follow.
    """

    path: str
    reason: str
    harmless: bool
    modified_ns: int | None = None

    def is_harmless(self, window: Window) -> bool:
        """Return whether no event of a window can be missing because of it."""
        written_before = self.modified_ns is not None and self.modified_ns < epoch_ns(window.start)
        return self.harmless or written_before


@dataclass(slots=True)
class Discovery:
    """The result of a search.

    Attributes:
        sources: The files to scan.
        left_out: The paths that are not scanned, with the reasons.
        candidates: The number of files that could have been scanned.
    """

    sources: list[Source] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    candidates: int = 0

    def leave_out(self, path: str, reason: str, *, candidate: bool = True) -> None:
        """Record something that is not scanned, and whether it counts as a candidate."""
        self.left_out.append(LeftOut(shown(path), reason, harmless=reason in HARMLESS))
        self.candidates += candidate

    def keep_newest(self, count: int) -> None:
        """Leave out all but the newest sources, by modification time and then by path."""
        newest = sorted(self.sources, key=lambda source: (-source.modified_ns, source.path))
        self.left_out += [
            LeftOut(source.path, OVER_MAX_FILES, harmless=False, modified_ns=source.modified_ns)
            for source in newest[count:]
        ]
        self.sources = newest[:count]

    def in_order(self) -> Discovery:
        """Return the same result sorted by path, each source with a unique path.

        Sources that are shown alike receive a number, in the order in which they were found.
        """
        taken: set[str] = set()
        sources = []
        for source in sorted(self.sources, key=lambda source: source.path):
            path, number = source.path, 1
            while path in taken:
                number += 1
                path = f"{source.path} ({number})"
            taken.add(path)
            sources.append(replace(source, path=path))
        return Discovery(sources, sorted(self.left_out), self.candidates)
