"""The rules and the result of a search below a telemetry root (section 3), without disk access."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.telemetry.files.names import Claim, claim_of
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.reasons import HARMLESS, OVER_MAX_FILES, THE_SAME_FILE
from peaktrade_ops.telemetry.files.source import Source, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from peaktrade_ops.telemetry.files.store import Identity

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

_AT_THE_TOP: Final = "lost+found"
"""The folder of repaired files at the top of a volume, which only its administrator can read."""


class OwnFiles(NamedTuple):
    """The files that the program itself writes, which are never telemetry.

    Attributes:
        folder: The device and inode of the folder that it writes to.
        is_name: Returns whether it writes a file of this name there.
    """

    folder: tuple[int, int]
    is_name: Callable[[str], bool]


_NONE: Final = Patterns(())


class Search(msgspec.Struct, frozen=True):
    """The rules of a search.

    Attributes:
        max_depth: The greatest number of parts of a path.
        time_keys: The keys of the time of an event, in the order in which they are tried.
        ignore: Patterns of paths to leave out.
        include: Patterns of paths to scan regardless of their names.
        own: The files of the program itself, for each of its folders that exists.
        takes_all: Whether the user named the folder, so that every file in it is scanned.
        legacy: Patterns of paths whose events count in few numbers. A file that has another name
            too is scanned under that one.
    """

    max_depth: int
    time_keys: Sequence[str]
    ignore: Patterns
    include: Patterns
    own: tuple[OwnFiles, ...] = ()
    takes_all: bool = False
    legacy: Patterns = _NONE

    def enters(self, path: str) -> bool:
        """Return whether a folder with this relative path is entered."""
        return path != _AT_THE_TOP and path.rsplit("/", 1)[-1] not in NOT_ENTERED

    def claim(self, path: str) -> Claim:
        """Return the claim of a file with this relative path."""
        if self.takes_all or self.include.match(path):
            return Claim.SCAN
        return claim_of(path)


class LeftOut(NamedTuple):
    """A file, folder or link that is not scanned.

    Attributes:
        path: The name in reports.
        reason: The reason why it is not scanned, one of `reasons`.
        modified_ns: Its modification time, nanoseconds since 1970; `None` if it is not known or
            not relevant.
        file: The device and inode of a file that also has other names.
    """

    path: str
    reason: str
    modified_ns: int | None = None
    file: tuple[int, int] | None = None


class Discovery(msgspec.Struct):
    """The result of a search.

    Attributes:
        sources: The files to scan.
        left_out: The paths that are not scanned, with the reasons.
        candidates: The number of files that could have been scanned.
    """

    sources: list[Source] = msgspec.field(default_factory=list)
    left_out: list[LeftOut] = msgspec.field(default_factory=list)
    candidates: int = 0

    def leave_out(
        self,
        path: str,
        reason: str,
        *,
        identity: Identity | None = None,
        candidate: bool = True,
    ) -> None:
        """Record a path that is not scanned.

        Args:
            path: The path below the root, as returned by the file system.
            reason: One of `reasons`.
            identity: The file, if it was examined.
            candidate: Whether it counts as a candidate.
        """
        modified_ns = identity.modified_ns if identity else None
        file = identity.file if identity and identity.names > 1 else None
        self.left_out.append(LeftOut(shown(path), reason, modified_ns, file))
        self.candidates += candidate

    def merge_names(self, legacy: Patterns = _NONE) -> None:
        """Keep only the first name, in path order, of each source with several names.

        The other names are left out as names of the same file, also those that are already left out
        for a reason that may hide an event.

        Args:
            legacy: Patterns of paths that come last, so that nobody takes events out of the numbers
                by one more name for their file.
        """
        kept: list[Source] = []
        merged: set[tuple[int, int]] = set()
        for source in sorted(self.sources, key=lambda each: (legacy.match(each.path), each.path)):
            file = source.identity.file
            if source.names > 1 and file in merged:
                self.left_out.append(LeftOut(source.path, THE_SAME_FILE))
                self.candidates += 1
                continue
            merged.add(file)
            kept.append(source)
        self.sources = kept
        self.left_out = [
            LeftOut(entry.path, THE_SAME_FILE)
            if entry.file in merged and entry.reason not in HARMLESS
            else entry
            for entry in self.left_out
        ]

    def keep_newest(self, count: int) -> None:
        """Leave out all but the newest sources, by modification time and then by path."""
        newest = sorted(self.sources, key=lambda source: (-source.modified_ns, source.path))
        self.left_out += [
            LeftOut(source.path, OVER_MAX_FILES, source.modified_ns) for source in newest[count:]
        ]
        self.sources = newest[:count]

    def in_order(self) -> Discovery:
        """Return the same result sorted by path, each source with a unique path.

        Sources with equal printable paths receive a number, in the order in which they were found.
        The number changes nothing about how a source is read.
        """
        taken: set[str] = set()
        sources = []
        for source in sorted(self.sources, key=lambda source: source.path):
            path, number = source.path, 1
            while path in taken:
                number += 1
                path = f"{source.path} ({number})"
            taken.add(path)
            if number == 1:
                sources.append(source)
            else:
                numbered = msgspec.structs.replace(source, path=path, unnumbered=source.path)
                sources.append(numbered)
        return Discovery(sources, in_path_order(self.left_out), self.candidates)


def in_path_order(left_out: Iterable[LeftOut]) -> list[LeftOut]:
    """Return left-out paths sorted by path, then by reason."""
    return sorted(left_out, key=lambda entry: entry[:2])
