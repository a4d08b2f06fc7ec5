"""What a scan asks about the meaning of events; the answers are not its business.

A classifier takes a block of rows and returns columns, so that it is fast, and it can be pickled
and sent to another process with the scan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.telemetry.records.keys import Values


class Columns(NamedTuple):
    """What the rows of a block mean: a list for each column, as long as the block.

    Attributes:
        marks: Yes or no for each row, by the name of the mark.
        names: A text for each row, by the name of the column.
    """

    marks: Mapping[str, Sequence[bool]]
    names: Mapping[str, Sequence[str]]


class Aspect(Protocol):
    """One part of the meaning of an event, read from the values of some of its keys.

    Keys whose values rarely repeat together belong to aspects of their own: equal rows of a block
    are classified once.
    """

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys whose values make a row, each once."""

    def columns(self, rows: Sequence[Values]) -> Columns:
        """Return what each row means; the names of the columns never depend on the rows."""


class Classifier(Protocol):
    """What events mean, by the file that they stand in."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys of all aspects, each once."""

    @property
    def marks(self) -> tuple[str, ...]:
        """The names of all marks."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns of texts."""

    def is_counted(self, path: str) -> bool:
        """Return whether events of a file count; else each of its events is a keyword hit."""

    def aspects(self, path: str) -> Sequence[Aspect]:
        """Return how events of a file are classified."""
