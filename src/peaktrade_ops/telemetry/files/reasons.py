"""The reasons why a file is not scanned to its end, as worded in reports (section 3)."""

from __future__ import annotations

from typing import Final

IGNORED: Final = "ignored"
NOT_A_REGULAR_FILE: Final = "not a regular file"
TOO_DEEP: Final = "too deep"
OVER_MAX_FILES: Final = "over --max-files"
LINK_LEAVES_ROOT: Final = "link leaves the root"
LINK_NOT_SCANNED: Final = "link to a file that is not scanned"
FOLDER_NOT_READABLE: Final = "folder not readable"
NOT_READABLE: Final = "not readable"
VANISHED: Final = "vanished"
BROKEN_COMPRESSION: Final = "broken compression"

HARMLESS: Final = frozenset({IGNORED, NOT_A_REGULAR_FILE})
"""The reasons that never hide an event of the window."""
