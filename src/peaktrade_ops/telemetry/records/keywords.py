"""The keyword search over raw lines. RE2, because no pattern can make it run for ever."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import re2

from peaktrade_ops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

# These look at the ends of the whole text, not of a line, or match a line feed in spite of
# `never_nl`: such a pattern is tried line by line.
_ENDS_OF_TEXT = re.compile(r"\\[ACz]|\(\?[A-Za-z]*-")


class Keywords:
    """Counts the lines in which a pattern is found, ignoring case.

    Args:
        pattern: A regular expression in RE2's syntax; ``^`` and ``$`` are the ends of a line.

    Raises:
        UsageError: RE2 refuses the pattern (look-around and back-references, for example).
    """

    def __init__(self, pattern: str) -> None:
        """Compile the pattern."""
        options = re2.Options()
        options.case_sensitive = False
        options.never_nl = True
        options.never_capture = True
        options.log_errors = False
        try:
            # With what follows on it, one match is one line, or nearly so: see `count`.
            found = re2.compile(f"(?m:{pattern}).*", options)
            re2.compile(pattern, options)
        except (re2.error, UnicodeEncodeError) as error:
            what = error.args[0] if error.args else ""
            text = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
            raise UsageError(
                f"--legacy-regex {pattern!r} is refused: {text}",
                hint="use RE2's syntax, without look-around and back-references",
            ) from None
        self._search, self._find_all = found.search, found.finditer
        self._line_by_line = _ENDS_OF_TEXT.search(pattern) is not None

    def found_in(self, line: bytes) -> bool:
        """Say whether the pattern is found in one line (without its line feed)."""
        return self._search(line) is not None

    def count(self, data: bytes, lines: Iterable[bytes]) -> int:
        """Count the lines in which the pattern is found.

        Args:
            data: Whole lines with their line feeds; the last may have none.
            lines: The same, one by one, without line feeds.
        """
        if self._line_by_line:
            return sum(map(self.found_in, lines))
        # What follows the last line feed is no line.
        end = len(data) - data.endswith(b"\n")
        hits, line_end = 0, -1
        for match in self._find_all(data):
            # A line can match again: behind bytes that are no UTF-8, or with nothing at its end.
            if line_end < match.start() <= end:
                hits += 1
                line_end = data.find(b"\n", match.end())
                if line_end < 0:
                    break
        return hits
