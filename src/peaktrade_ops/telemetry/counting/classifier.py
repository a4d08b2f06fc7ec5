"""The protocols of a classifier, which a scan calls without knowing what the classes mean.

For speed, a classifier takes the events of a block at once. It must be possible to pickle it,
because a scan is sent to worker processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from peaktrade_ops.telemetry.records.keys import Column, Memo, Values


class Class(msgspec.Struct, frozen=True, eq=False):
    """What one aspect says of an event.

    Equal events share one object, so that a scan can count objects by their identity.

    Attributes:
        marks: The marks of the event.
        exhibits: The kinds of evidence that the event belongs to if it has a time.
        untimed_exhibits: The kinds that it belongs to if it has none.
    """

    marks: tuple[str, ...] = ()
    exhibits: tuple[str, ...] = ()
    untimed_exhibits: tuple[str, ...] = ()

    # Texts are made when they are asked for: few of very many events that all differ are shown.

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The texts under which the event is counted: pairs of a column and a text."""
        return ()

    @property
    def labels(self) -> tuple[tuple[str, str | None], ...]:
        """Texts of the event for evidence, by name."""
        return ()


class Events(NamedTuple):
    """Some events of a block, for one aspect.

    Attributes:
        columns: The values of each key of the aspect.
        lines: The line of each event, as it is written.
        suspects: The positions of events in whose lines the suspicious pattern matches, in order.
        siblings: Returns the columns of all events of the line of the event at a position, of some
            events at a time; `None` if each line is one event.
        memo: What is known of the lines; `None` if nothing else has events of them.
    """

    columns: Sequence[Column]
    lines: Sequence[bytes]
    suspects: Sequence[int]
    siblings: Callable[[int], Iterable[Sequence[Column]]] | None
    memo: Memo | None = None


class Aspect(Protocol):
    """One part of the classification of events, based on the values of some of their keys.

    Keys whose values rarely repeat together belong to separate aspects.
    """

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys whose values it reads, each once."""

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event."""


class Kind(Protocol):
    """How the events of a file are read and classified."""

    @property
    def is_counted(self) -> bool:
        """Whether the events of the file count; otherwise each event is a keyword hit."""

    @property
    def fingerprint(self) -> bytes:
        """A digest of everything that the reading and the classes depend on, for caches."""

    @property
    def time_keys(self) -> tuple[str, ...]:
        """The keys of the time, in the order in which to try them."""

    @property
    def unpack(self) -> tuple[str, ...]:
        """The paths of lists whose objects are events of their own."""

    @property
    def embedded(self) -> tuple[str, ...]:
        """The keys of strings that contain an event as JSON."""

    @property
    def text_keys(self) -> tuple[str, ...]:
        """The keys of the text that evidence shows, in the order in which to try them."""

    @property
    def aspects(self) -> Sequence[Aspect]:
        """The aspects that classify the events."""

    def text_of(self, row: Values) -> str | None:
        """Return the text that evidence shows, from the values of the wanted text keys."""


class Classifier(Protocol):
    """Classifies the events of a file; the rules may depend on its path."""

    @property
    def marks(self) -> tuple[str, ...]:
        """The names of all marks."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns of texts."""

    @property
    def suspicious(self) -> str:
        """A pattern in RE2's syntax; the aspects get to know in which lines it matches."""

    def kind_of(self, path: str) -> Kind:
        """Return how the events of a file are read and classified.

        Files that are read alike have the same object.
        """
