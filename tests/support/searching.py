"""Helpers for tests that search for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.telemetry.files.inputs import discover_inputs
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.reasons import HARMLESS
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.window import DAY, Window
from tests.support.scanning import search_for

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from peaktrade_ops.telemetry.files.search import Discovery, Search
    from peaktrade_ops.telemetry.files.store import Store

SECOND = 10**9
"""One second in nanoseconds."""


def write(root: Path, *paths: str) -> None:
    """Write small files by their relative paths."""
    for path in paths:
        location = root / path
        location.parent.mkdir(parents=True, exist_ok=True)
        location.write_bytes(b"{}\n")


def find(
    root: Path,
    search: Search | None = None,
    *,
    max_files: int = 0,
    store: Store = LOCAL,
) -> Discovery:
    """Find the telemetry below a root."""
    return discover(root, search or search_for(), max_files=max_files, store=store)


def window_from(start: datetime) -> Window:
    """Return the window that begins at a moment."""
    return Window(start + DAY, start.date())


def find_inputs(*inputs: Path | str, search: Search | None = None) -> Discovery:
    """Find the telemetry in the named files and folders."""
    return discover_inputs([str(given) for given in inputs], search or search_for())


def paths_of(found: Discovery) -> list[str]:
    """Return the paths of the files to scan."""
    return [source.path for source in found.sources]


def reasons_of(found: Discovery) -> dict[str, str]:
    """Return the reasons of what is left out, by path; fail if a path occurs twice."""
    reasons = {path: reason for path, reason, *_ in found.left_out}
    assert len(reasons) == len(found.left_out)
    return reasons


def is_complete(found: Discovery) -> bool:
    """Return whether everything that is left out is harmless, whatever the window."""
    return all(entry.reason in HARMLESS for entry in found.left_out)
