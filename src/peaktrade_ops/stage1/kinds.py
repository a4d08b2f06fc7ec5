"""What the values of an event say of it: severity, type, alert, action, danger.

This is section 5 of the contract, but for what the nets find.
"""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.event_words import (
    ACTION_STEMS,
    ALERT_STEM,
    dangers_in,
    is_action_type,
    names_an_alert,
)
from peaktrade_ops.stage1.known_rows import Lines
from peaktrade_ops.stage1.names import NAME_LENGTH
from peaktrade_ops.stage1.severity import (
    CRITICAL,
    UNKNOWN,
    Severity,
    SeverityReader,
    is_absent,
    most_severe,
)
from peaktrade_ops.telemetry.records.keys import lookups, values_at, wanted_keys
from peaktrade_ops.text import ascii_lower

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.formats import Reading
    from peaktrade_ops.stage1.nets import Found
    from peaktrade_ops.telemetry.records.keys import Lookup, Values

_LOUD: Final = frozenset({CRITICAL, UNKNOWN, "error", "warn"})
_ALERT_KEYS: Final = ("alert_type", "alertname")
_ALERT_MARKS: Final = ("dedupe_key", "title")
_STATE_KEYS: Final = ("action", "state", "new_state", "status")


class EventKind(msgspec.Struct, frozen=True):
    """What the values of an event say of it, without the nets.

    Attributes:
        severity: Its severity; `None` if it has none.
        type: Its type; `None` if it has none.
        is_alert: Whether it is an alert.
        is_action: Whether it is an operator action.
        dangers: The dangers that it names.
    """

    severity: Severity | None
    type: str | None
    is_alert: bool
    is_action: bool
    dangers: tuple[str, ...] = ()

    def cut(self) -> EventKind:
        """Return the same with texts as short as reports show them; a class is kept for long."""
        severity, kind = self.severity, self.type
        if (severity is None or len(severity.shown) <= NAME_LENGTH) and (
            kind is None or len(kind) <= NAME_LENGTH
        ):
            return self
        severity = severity and severity._replace(shown=severity.shown[:NAME_LENGTH])
        kind = kind and kind[:NAME_LENGTH]
        return EventKind(severity, kind, self.is_alert, self.is_action, self.dangers)

    @property
    def is_danger(self) -> bool:
        """Whether it is a danger."""
        return bool(self.dangers)

    @property
    def level(self) -> str | None:
        """The class of its severity; `None` if it has none."""
        return self.severity.level if self.severity else None

    @property
    def is_critical(self) -> bool:
        """Whether its severity is critical."""
        return self.level == CRITICAL

    @property
    def is_settled(self) -> bool:
        """Whether nothing that the nets find says more."""
        return self.is_action or (self.severity is not None and self.severity.level == CRITICAL)

    def unread(self, found: Found, named: str | None) -> str | None:
        """Return the name of what the nets find and the severity keys do not show.

        Args:
            found: What the nets for words find.
            named: What the net for keys finds.
        """
        if self.is_settled:
            return None
        if found.always is not None or self.severity:
            return found.always
        return named if found.bare is None else found.bare


class KindReader:
    """Reads severity, type, alerts, actions and dangers from the values of events.

    Args:
        reading: The key lists, and the meaning of severities.
        danger: The words of each danger.
        is_alert_log: Whether the name of the file contains the word alert or alerts.

    Attributes:
        keys: The keys that are read, each once.
        places: The places of all values that are read.
        severity_places: The places of the values that say the severity.
        severities: The meaning of severities.
    """

    def __init__(
        self, reading: Reading, danger: Mapping[str, tuple[str, ...]], *, is_alert_log: bool
    ) -> None:
        """Compile the key lists."""
        asked = (*reading.severity, *reading.type, *_ALERT_KEYS, *_ALERT_MARKS, *_STATE_KEYS)
        self.keys = wanted_keys(asked)
        self.places = tuple(dict.fromkeys(lookups(asked, self.keys)))
        self.severity_places = lookups(reading.severity, self.keys)
        self.severities = SeverityReader(dict(reading.map), reading.scale)
        self._type_places = lookups(reading.type, self.keys)
        self._alert_places = lookups(_ALERT_KEYS, self.keys)
        self._mark_places = lookups(_ALERT_MARKS, self.keys)
        self._danger_places = (*self._type_places, *lookups(_STATE_KEYS, self.keys))
        self._danger = danger
        self._is_alert_log = is_alert_log
        stems = (*ACTION_STEMS, ALERT_STEM, *(words[0] for words in danger.values()))
        self._stem = re.compile("|".join(stems))

    def only(self, present: Sequence[bool]) -> KindReader:
        """Return a reader of events that have values of some of the keys only.

        Args:
            present: Whether any event has a value of each key.
        """
        reader = copy(self)
        for name in (
            "severity_places",
            "_type_places",
            "_alert_places",
            "_mark_places",
            "_danger_places",
        ):
            places = getattr(self, name)
            setattr(reader, name, tuple(each for each in places if present[each.position]))
        return reader

    def kind(self, values: Values, lines: Lines | None = None) -> EventKind:
        """Return what the values of the keys say of an event.

        Args:
            values: The values.
            lines: What is known of the lines of the event.
        """
        lines = lines or Lines()
        severity = self.severity(values, lines) if self.severity_places else None
        level = severity.level if severity else None
        kind = first_text(values, self._type_places, lines) if self._type_places else None
        texts = self._danger_places and [
            text
            for text in values_at(values, self._danger_places)
            if isinstance(text, str) and lines.of_text(text, self._says_anything)
        ]
        worded = kind if kind in texts else None
        is_action = worded is not None and lines.of_text(worded, is_action_type)
        is_typeless = kind is None and level is not None
        is_alert = not is_action and bool(
            (worded is not None and lines.of_text(worded, names_an_alert))
            or (self._alert_places and first_text(values, self._alert_places) is not None)
            or (self._is_alert_log and (level is None or level in _LOUD))
            or (
                is_typeless
                and self._mark_places
                and first_text(values, self._mark_places) is not None
            )
        )
        dangers = () if is_action or not texts else self._dangers(texts, lines)
        return EventKind(severity, kind, is_alert, is_action, dangers)

    def severity(self, values: Values, lines: Lines) -> Severity | None:
        """Return the worst severity that the values of the keys say; `None` if they say none."""
        read = self.severities.read
        found = [
            lines.of_text(value, read) if isinstance(value, str) else read(value)
            for value in values_at(values, self.severity_places)
            if not is_absent(value)
        ]
        return most_severe(found) if len(found) > 1 else found[0] if found else None

    def _says_anything(self, text: str) -> bool:
        """Return whether a text may say that its event is an alert, an action or a danger."""
        return self._stem.search(ascii_lower(text)) is not None

    def _dangers(self, texts: Sequence[str], lines: Lines) -> tuple[str, ...]:
        found = (lines.of_text(text, self._dangers_in) for text in texts)
        return tuple(dict.fromkeys(each for dangers in found for each in dangers))

    def _dangers_in(self, text: str) -> list[str]:
        return dangers_in(text, self._danger)


def first_text(
    values: Sequence[object], places: Sequence[Lookup], lines: Lines | None = None
) -> str | None:
    """Return the text of the first value that is a non-empty string, a number or a boolean.

    Args:
        values: The values.
        places: The places of the values to try, in order.
        lines: What is known of the lines of the event; long texts are then copied once.
    """
    for value in values_at(values, places):
        if isinstance(value, str):
            if value:
                # This copies the text of a number.
                return lines.of_text(value, str) if lines else str(value)
        elif isinstance(value, bool):
            return "true" if value else "false"
        elif isinstance(value, int):
            return str(value)
    return None
