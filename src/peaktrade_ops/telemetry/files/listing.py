"""List a folder in a fixed order, and record a folder that cannot be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.telemetry.files.reasons import CHANGED, FOLDER_NOT_READABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.telemetry.files.search import Discovery
    from peaktrade_ops.telemetry.files.store import Entry, Store


def listed(store: Store, location: str, path: str, found: Discovery) -> Sequence[Entry]:
    """Return the entries of a folder sorted by name.

    Args:
        store: The store of the folder.
        location: The location of the folder in the store.
        path: The relative path under which it is left out if it cannot be listed.
        found: The result that records this.
    """
    try:
        # Sorted, because files with equal printable paths are numbered in the order of the listing.
        return sorted(store.list_folder(location), key=lambda entry: entry.name)
    except FileNotFoundError:
        found.leave_out(path or ".", CHANGED, candidate=False)
    except OSError:
        found.leave_out(path or ".", FOLDER_NOT_READABLE, candidate=False)
    return ()
