"""The keyword search in raw lines, with RE2: its time is linear for every pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import re2

from peaktrade_ops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

# These match at the ends of the whole text instead of a line, or match a line feed in spite of
# `never_nl`. A pattern with one of them is searched line by line.
_ENDS_OF_TEXT = re.compile(r"\\[ACz]|\(\?[A-Za-z]*-")


class Keywords:
    """Counts the lines that match a pattern, without case.

    Args:
        pattern: A regular expression in RE2's syntax. ``^`` and ``$`` match the ends of a line.

    Raises:
        UsageError: RE2 refuses the pattern (for example look-around and back-references).
    """

    def __init__(self, pattern: str) -> None:
        """Compile the pattern."""
        options = re2.Options()
        options.case_sensitive = False
        options.never_nl = True
        options.never_capture = True
        options.log_errors = False
        try:
            # A match includes the rest of its line, so that few lines match twice: see `count`.
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
        """Return whether one line, without its line feed, matches the pattern."""
        return self._search(line) is not None

    def count(self, data: bytes, lines: Iterable[bytes]) -> int:
        """Count the lines that match the pattern.

        Args:
            data: Whole lines with their line feeds; the last may have none.
            lines: The same lines, without line feeds.
        """
        if self._line_by_line:
            return sum(map(self.found_in, lines))
        # The end of the data after a line feed is not a line.
        end = len(data) - data.endswith(b"\n")
        hits, line_end = 0, -1
        for match in self._find_all(data):
            # A line can match again: after bytes that are not UTF-8, or with an empty match at its
            # end.
            if line_end < match.start() <= end:
                hits += 1
                line_end = data.find(b"\n", match.end())
                if line_end < 0:
                    break
        return hits
