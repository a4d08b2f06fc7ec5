"""The protocols of a classifier, which a scan calls without knowing what the classes mean.

For speed, a classifier takes the rows of a block at once and returns columns. It must be possible
to pickle it, because a scan is sent to worker processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.telemetry.records.keys import Values


class Columns(NamedTuple):
    """The classification of the rows of a block; each column has one value per row.

    Attributes:
        marks: Whether each row has a mark, by the name of the mark.
        names: The text of each row, by the name of the column.
    """

    marks: Mapping[str, Sequence[bool]]
    names: Mapping[str, Sequence[str]]


class Aspect(Protocol):
    """One part of the classification of events, based on the values of some of their keys.

    Equal rows of a block are classified once. So keys whose values rarely repeat together belong
    to separate aspects.
    """

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys whose values form a row, each once."""

    def columns(self, rows: Sequence[Values]) -> Columns:
        """Return the classification of each row; the names of the columns are always the same."""


class Classifier(Protocol):
    """Classifies the events of a file; the rules may depend on its path."""

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
        """Return whether the events of a file count; otherwise each event is a keyword hit."""

    def aspects(self, path: str) -> Sequence[Aspect]:
        """Return the aspects that classify the events of a file."""
