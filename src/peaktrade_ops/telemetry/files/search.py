"""What to look for below a telemetry root, and what was found and left out (section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.patterns import Patterns, is_telemetry_path
from peaktrade_ops.telemetry.files.source import Source, shown
from peaktrade_ops.window import epoch_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.window import Window

OVER_MAX_FILES: Final = "over --max-files"
BROKEN_COMPRESSION: Final = "broken compression"
_HARMLESS: Final = frozenset({"not a regular file", "ignored"})


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for.

    Attributes:
        max_depth: How many parts a path may have.
        ignore: Patterns of paths that are left out.
        closed: Device and inode of folders that are not entered: where the reports are.
        is_candidate: Whether a relative path is one of a file to scan.
        is_named: Whether somebody named the folder, so that ``reports`` in it is entered too.
    """

    max_depth: int
    ignore: Patterns
    closed: frozenset[tuple[int, int]]
    is_candidate: Callable[[str], bool] = is_telemetry_path
    is_named: bool = False


class LeftOut(NamedTuple):
    """Something that is not scanned.

    Attributes:
        path: How it is shown.
        reason: Why, in the words of the contract.
        harmless: Whether no event of any window can be missing for it.
        modified_ns: When it was last written, nanoseconds since 1970, where that tells: no event
            of a window that begins later can be missing for it. `None` where it does not.
    """

    path: str
    reason: str
    harmless: bool
    modified_ns: int | None = None

    def is_harmless(self, window: Window) -> bool:
        """Return whether no event of a window can be missing for it."""
        written_before = self.modified_ns is not None and self.modified_ns < epoch_ns(window.start)
        return self.harmless or written_before


@dataclass(slots=True)
class Discovery:
    """What was found: the sources in path order, what is left out, and how many candidates."""

    sources: list[Source] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    candidates: int = 0

    def leave_out(self, path: str, reason: str, *, candidate: bool = True) -> None:
        """Record that something is not scanned."""
        self.left_out.append(LeftOut(shown(path), reason, harmless=reason in _HARMLESS))
        self.candidates += candidate
