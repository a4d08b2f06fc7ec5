"""Classify events by the rule that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.stage1.kinds import first_text
from peaktrade_ops.stage1.known_rows import KnownRows, Lines, lines_of
from peaktrade_ops.stage1.names import NAME_LENGTH, RULE_LABEL, RULES, name_of
from peaktrade_ops.telemetry.counting.classifier import Class
from peaktrade_ops.telemetry.records.keys import lookups, wanted_keys

if TYPE_CHECKING:
    from peaktrade_ops.formats import Reading
    from peaktrade_ops.telemetry.counting.classifier import Events
    from peaktrade_ops.telemetry.records.keys import Values


class _RuleClass(Class, frozen=True, eq=False):
    """The class of events by their rule, as reports show it; `None` if they name none."""

    rule: str | None = None

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The text under which the events are counted."""
        return ((RULES, name_of(self.rule)),)

    @property
    def labels(self) -> tuple[tuple[str, str | None], ...]:
        """The text for evidence."""
        return ((RULE_LABEL, self.rule),)


class RuleAspect:
    """Reads the rule of events.

    Args:
        reading: The key lists.

    Attributes:
        keys: The keys that may hold the rule, each once.
    """

    def __init__(self, reading: Reading) -> None:
        """Compile the key list."""
        self.keys = wanted_keys(reading.rule)
        self._rule = lookups(reading.rule, self.keys)
        self._known: KnownRows[Class, Lines] = KnownRows(self._rule)

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event, which has its rule."""
        return self._known.classes(events, lines_of(events, self, Lines), self._read)

    def _read(self, values: Values, lines: Lines) -> Class:
        rule = first_text(values, self._rule, lines)
        return _RuleClass(rule=None if rule is None else rule[:NAME_LENGTH])
