"""The reasons why a file is not scanned to its end, as worded in reports (section 3)."""

from __future__ import annotations

from typing import Final

ARCHIVE: Final = "archive"
BROKEN_COMPRESSION: Final = "broken compression"
CHANGED: Final = "changed while it was read"
EXPECTED_AND_MISSING: Final = "expected and missing"
EXPECTED_AND_SILENT: Final = "expected and silent"
FOLDER_NOT_READABLE: Final = "folder not readable"
IGNORED: Final = "ignored"
LINK_LEAVES_ROOT: Final = "link leaves the root"
LINK_NOT_SCANNED: Final = "link to a file that is not scanned"
NAME_NOT_RECOGNISED: Final = "name not recognised"
NO_TIME_UNDERSTOOD: Final = "no time understood"
NOT_A_REGULAR_FILE: Final = "not a regular file"
NOT_DATA: Final = "not data"
NOT_NAMED: Final = "not named as JSON lines"
NOT_READABLE: Final = "not readable"
NOT_SUPPORTED: Final = "compression not supported"
ONLY_INPUT: Final = "only what --input names"
OVER_MAX_FILES: Final = "over --max-files"
PATH_NOT_SELECTED: Final = "path not selected"
THE_SAME_FILE: Final = "the same file"
TOO_DEEP: Final = "too deep"

EVERY: Final = frozenset(
    {
        ARCHIVE,
        BROKEN_COMPRESSION,
        CHANGED,
        EXPECTED_AND_MISSING,
        EXPECTED_AND_SILENT,
        FOLDER_NOT_READABLE,
        IGNORED,
        LINK_LEAVES_ROOT,
        LINK_NOT_SCANNED,
        NAME_NOT_RECOGNISED,
        NO_TIME_UNDERSTOOD,
        NOT_A_REGULAR_FILE,
        NOT_DATA,
        NOT_NAMED,
        NOT_READABLE,
        NOT_SUPPORTED,
        ONLY_INPUT,
        OVER_MAX_FILES,
        PATH_NOT_SELECTED,
        THE_SAME_FILE,
        TOO_DEEP,
    }
)
"""All of them."""

HARMLESS: Final = frozenset({IGNORED, NOT_A_REGULAR_FILE, NOT_DATA, THE_SAME_FILE})
"""The reasons that never hide an event of the window."""

HARMLESS_IF_OLD: Final = frozenset(
    {
        ARCHIVE,
        BROKEN_COMPRESSION,
        NAME_NOT_RECOGNISED,
        NOT_NAMED,
        NOT_SUPPORTED,
        OVER_MAX_FILES,
        PATH_NOT_SELECTED,
    }
)
"""The reasons that hide an event of the window only if the file is recent."""
