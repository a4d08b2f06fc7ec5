"""The keyword search in raw lines, with RE2: its time is linear for every pattern."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import re2

from peaktrade_ops.errors import UsageError
from peaktrade_ops.telemetry.records.match_ends import MatchEnds, Pattern, is_simple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# These match at the ends of the whole text instead of a line, or match a line feed in spite of
# `never_nl`. A pattern with one of them is searched line by line.
_ENDS_OF_TEXT: Final = re.compile(r"\\[ACz]|\(\?[A-Za-z]*-")

# RE2 searches less text sooner than the patterns are compiled a second time.
_FEW_BYTES: Final = 2**16


class Hits(NamedTuple):
    """The result of a search in a block.

    Attributes:
        lines: The number of lines that match the pattern.
        suspects: The positions of the lines that match the second pattern, in order.
    """

    lines: int
    suspects: list[int]


class Keywords:
    """Finds the lines that match a pattern, without case, and those that match a second one.

    Args:
        pattern: A regular expression in RE2's syntax. ``^`` and ``$`` match the ends of a line.
        suspicious: A second one, with case, that matches within a line and not the empty text;
            empty for none.

    Raises:
        UsageError: RE2 refuses the pattern (for example look-around and back-references).
    """

    def __init__(self, pattern: str, suspicious: str = "") -> None:
        """Compile the patterns."""
        options = _options()
        options.case_sensitive = False
        # A match includes the rest of its line, so that few lines match twice.
        either = f"(?:{pattern})|(?-i:{suspicious})" if suspicious else pattern
        try:
            found = re2.compile(f"(?m:{pattern}).*", options)
            any_found = re2.compile(f"(?m:{either}).*", options)
            re2.compile(pattern, options)
        except (re2.error, UnicodeEncodeError) as error:
            what = error.args[0] if error.args else ""
            text = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
            raise UsageError(
                f"--legacy-regex {pattern!r} is refused: {text}",
                hint="use RE2's syntax, without look-around and back-references",
            ) from None
        self._pattern, self._suspicious_pattern = pattern, suspicious
        self._search, self._find_all = found.search, any_found.finditer
        self._find_keywords = found.finditer
        self._suspicious = re2.compile(suspicious, _options()).search if suspicious else None
        self._line_by_line = _ENDS_OF_TEXT.search(pattern) is not None

    def found_in(self, line: bytes) -> bool:
        """Return whether one line, without its line feed, matches the pattern."""
        return self._search(line) is not None

    def count(self, data: bytes, lines: Sequence[bytes]) -> int:
        """Count the lines that match the pattern.

        Args:
            data: Whole lines with their line feeds; the last may have none.
            lines: The same lines, without line feeds.
        """
        if self._line_by_line:
            return sum(map(self.found_in, lines))
        finder = self._ends if len(data) > _FEW_BYTES else None
        if finder and (ends := finder.find(data, len(lines))) is not None:
            return sum(1 for _ in _first_in_lines(data, (end for end, _ in ends)))
        return sum(1 for _ in _line_ends(self._find_keywords, data))

    def search(self, data: bytes, lines: Sequence[bytes]) -> Hits:
        """Find the lines that match one of the patterns.

        Args:
            data: Whole lines with their line feeds; the last may have none.
            lines: The same lines, without line feeds.
        """
        if self._line_by_line:
            suspects = [k for k, line in enumerate(lines) if self.is_suspect(line)]
            return Hits(sum(map(self.found_in, lines)), suspects)
        finder = self._all_ends if len(data) > _FEW_BYTES else None
        if finder and (ends := finder.find(data, len(lines))) is not None:
            hits = sum(1 for _ in _first_in_lines(data, (end for end, kind in ends if kind == 0)))
            return Hits(hits, _lines_of(data, (end for end, kind in ends if kind == 1)))
        hits, line, before, suspects = 0, 0, 0, []
        for start, end in _line_ends(self._find_all, data):
            begin = data.rfind(b"\n", before, start) + 1 or before
            text = data[begin:end]
            if self.is_suspect(text):
                line += data.count(b"\n", before, begin)
                before = begin
                suspects.append(line)
                hits += self.found_in(text)
            else:
                # One of the patterns matches, so it is the first one.
                hits += 1
        return Hits(hits, suspects)

    @cached_property
    def _ends(self) -> MatchEnds | None:
        """Finds the pattern."""
        if not is_simple(self._pattern):
            return None
        return MatchEnds([Pattern(self._pattern, ignores_case=True)])

    @cached_property
    def _all_ends(self) -> MatchEnds | None:
        """Finds both patterns."""
        if not is_simple(self._pattern) or not self._suspicious_pattern:
            return None
        return MatchEnds(
            [Pattern(self._pattern, ignores_case=True), Pattern(self._suspicious_pattern)]
        )

    def is_suspect(self, line: bytes) -> bool:
        """Return whether one line, without its line feed, matches the second pattern."""
        return self._suspicious is not None and self._suspicious(line) is not None


def _first_in_lines(data: bytes, ends: Iterable[int]) -> Iterator[int]:
    """Yield the first in each line of the ends of matches, which are in order."""
    line_end = -1
    for end in ends:
        if end > line_end:
            yield end
            line_end = data.find(b"\n", end)
            if line_end < 0:
                return


def _lines_of(data: bytes, ends: Iterable[int]) -> list[int]:
    """Return the positions of the lines that contain the ends of matches, which are in order."""
    line = before = 0
    lines = []
    for end in _first_in_lines(data, ends):
        line += data.count(b"\n", before, end)
        before = end
        lines.append(line)
    return lines


def _line_ends(
    find_all: Callable[[bytes], Iterator[re2.Match]], data: bytes
) -> Iterator[tuple[int, int]]:
    """Yield where a match begins and where its line ends, for each line that matches."""
    # The end of the data after a line feed is not a line.
    end = len(data) - data.endswith(b"\n")
    line_end = -1
    for match in find_all(data):
        start, stop = match.span()
        # A line can match again: after bytes that are not UTF-8, or with an empty match at its end.
        if line_end < start <= end:
            line_end = data.find(b"\n", stop)
            if line_end < 0:
                yield start, len(data)
                return
            yield start, line_end


class LinePattern:
    """Finds the lines of a text that match a pattern, with case.

    Args:
        pattern: A regular expression that matches within a line, and that RE2 and Hyperscan
            understand alike.
    """

    def __init__(self, pattern: str) -> None:
        """Compile the pattern."""
        self._pattern = pattern
        self._find_all = re2.compile(f"(?:{pattern}).*", _options()).finditer
        self._search = re2.compile(pattern, _options()).search

    def finds(self, text: bytes) -> bool:
        """Return whether any line of a text matches."""
        if len(text) > _FEW_BYTES and (ends := self._ends.find(text, 1)) is not None:
            return bool(ends)
        return self._search(text) is not None

    def positions(self, lines: Sequence[bytes]) -> list[int]:
        """Return the positions of the lines that match, in order; no line contains a line feed."""
        text = b"\n".join(lines)
        if len(text) > _FEW_BYTES and (ends := self._ends.find(text, len(lines))) is not None:
            return _lines_of(text, (end for end, _ in ends))
        starts = [0, *accumulate(len(line) + 1 for line in lines)]
        found = (bisect_right(starts, match.start()) - 1 for match in self._find_all(text))
        return list(dict.fromkeys(found))

    @cached_property
    def _ends(self) -> MatchEnds:
        return MatchEnds([Pattern(self._pattern)])


def _options() -> re2.Options:
    options = re2.Options()
    options.never_nl = True
    options.never_capture = True
    options.log_errors = False
    return options
