"""Classify events for Stage 1: severity, alert, action, danger (section 5 of the contract).

Comparisons ignore the case of ASCII letters only, because the case folding of other letters depends
on the Unicode tables of the Python version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.formats import Reading, default_reading, reading_of
from peaktrade_ops.stage1.nets import NAMED, NOTHING, SUSPICIOUS, Found, Nets
from peaktrade_ops.stage1.severity import CRITICAL, UNKNOWN, Severity, SeverityReader
from peaktrade_ops.telemetry.counting.classifier import Class
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.telemetry.records.keywords import LinePattern
from peaktrade_ops.text import ascii_lower, word_list, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.counting.classifier import Aspect, Events
    from peaktrade_ops.telemetry.records.keys import Lookup, Values

ALERTS: Final = "alerts"
CRITICALS: Final = "critical"
ACTIONS: Final = "actions"
CRITICAL_ACTIONS: Final = "critical_actions"
DANGERS: Final = "danger"
UNKNOWN_SEVERITY: Final = "unknown_severity"
UNREAD_SEVERITY: Final = "unread_severity"
SERIOUS: Final = "serious"
LEGACY_CRITICAL: Final = "legacy_critical"
"""The names of the marks of an event. The last is the only one of events of legacy sources."""

NOT_UNDERSTOOD: Final = "not_understood"
"""A kind of evidence, besides `CRITICALS`, `DANGERS`, `ALERTS` and `ACTIONS`."""

SEVERITIES: Final = "severities"
TYPES: Final = "types"
RULES: Final = "rules"
UNKNOWN_VALUES: Final = "unknown_values"
UNREAD_KEYS: Final = "unread_keys"
DANGER_WORDS: Final = "danger_words"
"""The names of the columns of texts."""

SEVERITY_LABEL: Final = "severity"
TYPE_LABEL: Final = "type"
RULE_LABEL: Final = "rule"
"""The names of the labels of evidence."""

RULES_VERSION: Final = 2
"""The version of the rules by which events are read and counted.

It is part of the settings digest of reports and of the keys of caches. Increase it with every
change of what telemetry counts as.
"""

NAME_LENGTH: Final = 200
"""The maximum length of a counted value, in characters; longer values are cut."""

NO_VALUE: Final = "(none)"

_LOUD: Final = frozenset({CRITICAL, UNKNOWN, "error", "warn"})
_ACTION_WORDS: Final = frozenset(
    {
        "ack",
        "acked",
        "acknowledge",
        "acknowledged",
        "snooze",
        "snoozed",
        "resolve",
        "resolved",
        "silence",
        "silenced",
    }
)
_BESIDE_ACTIONS: Final = frozenset(
    {
        "alert",
        "alerts",
        "incident",
        "incidents",
        "event",
        "notification",
        "rule",
        "operator",
        "user",
        "manual",
        "manually",
        "by",
        "is",
        "was",
        "been",
        "has",
        "all",
        "the",
        "an",
        "a",
        "request",
        "requested",
        "action",
        "log",
    }
)
_ACTED_ON: Final = frozenset({"alert", "alerts", "incident", "incidents"})
_ALERT_WORDS: Final = frozenset({"alert", "alerts"})
_ALERT_KEYS: Final = ("alert_type", "alertname")
_ALERT_MARKS: Final = ("dedupe_key", "title")
_STATE_KEYS: Final = ("action", "state", "new_state", "status")

# A cached row keeps its values in memory.
_MOST_ROWS: Final = 4096
_MOST_CHARACTERS: Final = 1000
_MOST_FINDINGS: Final = 16


class Stage1Classifier:
    """Says how files are read, and classifies their events, by the configuration.

    Args:
        config: The configuration.
    """

    marks: Final = (
        ALERTS,
        CRITICALS,
        ACTIONS,
        CRITICAL_ACTIONS,
        DANGERS,
        UNKNOWN_SEVERITY,
        UNREAD_SEVERITY,
        SERIOUS,
        LEGACY_CRITICAL,
    )
    names: Final = (SEVERITIES, TYPES, RULES, UNKNOWN_VALUES, UNREAD_KEYS, DANGER_WORDS)
    suspicious: Final = SUSPICIOUS

    def __init__(self, config: Config) -> None:
        """Compile the patterns, and build the reading of each format."""
        self._legacy = Patterns(config.sources.legacy)
        sequences = {each: tuple(word_list(each)) for each in config.alerts.danger}
        self._danger = {each: words for each, words in sequences.items() if words}
        self._formats = [
            (Patterns(each.files), reading_of(config, each)) for each in config.formats
        ]
        self._default = default_reading(config)
        self._kinds: dict[tuple[Reading, bool, bool], FileKind] = {}

    def kind_of(self, path: str) -> FileKind:
        """Return how the events of a file are read; files that are read alike have the same."""
        reading = next(
            (reading for patterns, reading in self._formats if patterns.match(path)), self._default
        )
        key = reading, is_alert_log(path), self._legacy.match(path)
        if key not in self._kinds:
            self._kinds[key] = FileKind(
                reading, self._danger, is_alert_log=key[1], is_legacy=key[2]
            )
        return self._kinds[key]


class FileKind:
    """How the events of a file are read and classified.

    Args:
        reading: The key lists, the meaning of severities, and the containers.
        danger: The words of each danger.
        is_alert_log: Whether the name of the file contains the word alert or alerts.
        is_legacy: Whether the file is a legacy source.
    """

    def __init__(
        self,
        reading: Reading,
        danger: Mapping[str, tuple[str, ...]],
        *,
        is_alert_log: bool,
        is_legacy: bool,
    ) -> None:
        """Build the aspects."""
        self.reading = reading
        self.is_counted = not is_legacy
        self.time_keys = reading.time
        self.unpack = reading.unpack
        self.embedded = reading.embedded
        self.text_keys = reading.text
        parts = (RULES_VERSION, *reading, sorted(danger.items()), is_alert_log, is_legacy)
        self.fingerprint = hashlib.sha256(msgspec.json.encode(parts)).digest()
        self._texts = lookups(reading.text, wanted_keys(reading.text))
        kinds = KindAspect(reading, danger, is_alert_log=is_alert_log, is_legacy=is_legacy)
        # Events of legacy sources have no rule, because no report shows it.
        self.aspects: Sequence[Aspect] = (kinds,) if is_legacy else (kinds, RuleAspect(reading))

    def text_of(self, row: Values) -> str | None:
        """Return the text that evidence shows, from the values of the wanted text keys."""
        text = _pick(row, self._texts)
        return None if text is None else text[:NAME_LENGTH]


@dataclass(frozen=True, slots=True)
class EventKind:
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

    def unread(self, found: Found) -> str | None:
        """Return the name of what the nets find and the severity keys do not show."""
        if self.is_critical or self.is_action:
            return None
        if found.always is not None or self.severity:
            return found.always
        return found.bare


@dataclass(slots=True, eq=False)
class _Known:
    """What is known of equal rows.

    Attributes:
        kind: What the values say.
        by_finding: The class, by the name of what the nets find.
    """

    kind: EventKind
    by_finding: dict[str | None, Class] = field(default_factory=dict)


class KindAspect:
    """Reads severity, type, alerts, actions and dangers of events, and runs the nets.

    Args:
        reading: The key lists, and the meaning of severities.
        danger: The words of each danger.
        is_alert_log: Whether the name of the file contains the word alert or alerts.
        is_legacy: Whether the file is a legacy source.

    Attributes:
        keys: The keys that are read, each once.
    """

    def __init__(
        self,
        reading: Reading,
        danger: Mapping[str, tuple[str, ...]],
        *,
        is_alert_log: bool,
        is_legacy: bool = False,
    ) -> None:
        """Compile the key lists."""
        asked = (*reading.severity, *reading.type, *_ALERT_KEYS, *_ALERT_MARKS, *_STATE_KEYS)
        self.keys = wanted_keys(asked)
        self._severity_places = lookups(reading.severity, self.keys)
        self._type_places = lookups(reading.type, self.keys)
        self._alert_places = lookups(_ALERT_KEYS, self.keys)
        self._mark_places = lookups(_ALERT_MARKS, self.keys)
        self._danger_places = (*self._type_places, *lookups(_STATE_KEYS, self.keys))
        self._severities = SeverityReader(dict(reading.map), reading.scale)
        self._nets = Nets(reading.not_keys, reading.severity, self._severities.is_mapped)
        self._danger = danger
        self._is_alert_log = is_alert_log
        self._is_legacy = is_legacy
        self._known: dict[object, _Known] = {}

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event."""
        known = self._known_of(events.rows)
        found = self._findings(events, known)
        classes = [each.by_finding.get(None) or self._class(each, None) for each in known]
        for place, finding in found.items():
            each = known[place]
            classes[place] = each.by_finding.get(finding) or self._class(each, finding)
        return classes

    def kind(self, values: Values) -> EventKind:
        """Return what the values of the keys say of an event."""
        severity = self._severities.most_severe(
            look_up(values, place) for place in self._severity_places
        )
        level = severity.level if severity else None
        kind = _pick(values, self._type_places)
        is_action = kind is not None and is_action_type(kind)
        is_alert = not is_action and (
            (kind is not None and "alert" in ascii_lower(kind))
            or _pick(values, self._alert_places) is not None
            or (self._is_alert_log and (level is None or level in _LOUD))
            or (kind is None and level is not None and _pick(values, self._mark_places) is not None)
        )
        return EventKind(
            severity, kind, is_alert, is_action, () if is_action else self._dangers(values)
        )

    def _dangers(self, values: Values) -> tuple[str, ...]:
        texts = (look_up(values, place) for place in self._danger_places)
        found = (dangers_in(text, self._danger) for text in texts if isinstance(text, str))
        return tuple(dict.fromkeys(each for dangers in found for each in dangers))

    def _known_of(self, rows: Sequence[Values]) -> list[_Known]:
        """Return what is known of each row; equal rows share it."""
        if len(self._known) > _MOST_ROWS:
            self._known.clear()
        known = self._known
        try:
            first = [known.get(row) for row in rows]
        except TypeError:
            # A value is an array or an object.
            return [self._known_or_new(row) for row in rows]
        if None not in first and _MIXED not in first:
            return first  # type: ignore[return-value]  # there is no `None`
        return [
            each if each is not None and each is not _MIXED else self._known_or_new(row)
            for each, row in zip(first, rows, strict=True)
        ]

    def _known_or_new(self, row: Values) -> _Known:
        try:
            key: object = row
            known = self._known.get(key)
        except TypeError:
            return _Known(self.kind(row))
        if known is None and (0 in row or 1 in row):
            self._known[row] = known = _MIXED
        if known is _MIXED:
            # Python takes `true` for 1, but JSON does not.
            key = row, tuple(map(type, row))
            known = self._known.get(key)
        if known is None:
            known = _Known(self.kind(row))
            if sum(len(each) for each in row if isinstance(each, str)) < _MOST_CHARACTERS:
                self._known[key] = known
        return known

    def _findings(self, events: Events, known: Sequence[_Known]) -> dict[int, str]:
        """Return the name of what the nets find, by the position of the event."""
        # All events of an unpacked line have the same line: each line is looked at once.
        suspects = {id(events.lines[place]): events.lines[place] for place in events.suspects}
        words = {key: self._nets.words_in(line) for key, line in suspects.items()}
        bare = {
            id(line): line
            for line, each in zip(events.lines, known, strict=True)
            if each.kind.severity is None
        }
        named = self._named_in(bare) if bare else {}
        if not words and not named:
            return {}
        found: dict[int, str] = {}
        elsewhere: dict[int, bool] = {}
        for place, (line, each) in enumerate(zip(events.lines, known, strict=True)):
            word, key = words.get(id(line), NOTHING), named.get(id(line))
            finding = each.kind.unread(Found(word.always, key if word.bare is None else word.bare))
            if finding is None:
                continue
            if id(line) not in elsewhere:
                elsewhere[id(line)] = self._is_read_elsewhere(events, place)
            if not elsewhere[id(line)]:
                found[place] = finding[:NAME_LENGTH]
        return found

    def _named_in(self, lines: Mapping[int, bytes]) -> dict[int, str]:
        """Return the key that says that an event has a severity, by the identity of its line."""
        keys = list(lines)
        found = {
            keys[position]: self._nets.key_in(lines[keys[position]])
            for position in _named_keys().positions(list(lines.values()))
        }
        return {key: name for key, name in found.items() if name is not None}

    def _is_read_elsewhere(self, events: Events, place: int) -> bool:
        """Return whether another event of the same line is critical."""
        if events.siblings is None:
            return False
        return any(self.kind(row).is_critical for row in events.siblings(place))

    def _class(self, known: _Known, finding: str | None) -> Class:
        """Return the class of events, and remember it."""
        parts = _legacy_class if self._is_legacy else _class
        new = parts(known.kind, finding)
        if len(known.by_finding) < _MOST_FINDINGS:
            known.by_finding[finding] = new
        return new


_MIXED: Final = _Known(EventKind(None, None, is_alert=False, is_action=False))


def _legacy_class(kind: EventKind, finding: str | None) -> Class:
    """Return the class of events of a legacy source."""
    is_serious = kind.level in {CRITICAL, UNKNOWN} or finding is not None or kind.is_danger
    return Class(marks=(LEGACY_CRITICAL,) if is_serious else ())


def _class(kind: EventKind, finding: str | None) -> Class:
    """Return the class of events outside of legacy sources."""
    is_unknown = kind.level == UNKNOWN
    is_serious = (
        kind.is_critical or is_unknown or finding is not None or kind.is_alert or kind.is_danger
    )
    marks = {
        ALERTS: kind.is_alert,
        CRITICALS: kind.is_critical and not kind.is_action,
        ACTIONS: kind.is_action,
        CRITICAL_ACTIONS: kind.is_critical and kind.is_action,
        DANGERS: kind.is_danger,
        UNKNOWN_SEVERITY: is_unknown,
        UNREAD_SEVERITY: finding is not None,
        SERIOUS: is_serious,
    }
    shown = kind.severity.shown[:NAME_LENGTH] if kind.severity else None
    names = [(SEVERITIES, shown or NO_VALUE), (TYPES, name_of(kind.type))]
    if is_unknown and shown is not None:
        names.append((UNKNOWN_VALUES, shown))
    if finding is not None:
        names.append((UNREAD_KEYS, finding))
    names += [(DANGER_WORDS, each[:NAME_LENGTH]) for each in kind.dangers]
    exhibits = [each for each in (CRITICALS, DANGERS, ALERTS, ACTIONS) if marks[each]]
    if is_unknown or finding is not None:
        exhibits.append(NOT_UNDERSTOOD)
    return Class(
        marks=tuple(mark for mark, is_marked in marks.items() if is_marked),
        names=tuple(names),
        exhibits=tuple(exhibits),
        untimed_exhibits=(NOT_UNDERSTOOD,) if is_serious else (),
        labels=(
            (SEVERITY_LABEL, shown),
            (TYPE_LABEL, None if kind.type is None else kind.type[:NAME_LENGTH]),
        ),
    )


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
        self._known: dict[str | None, Class] = {}

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event, which has its rule."""
        if len(self._known) > _MOST_ROWS:
            self._known.clear()
        rules = [_pick(row, self._rule) for row in events.rows]
        known = self._known
        return [known.get(rule) or self._class(rule) for rule in rules]

    def _class(self, rule: str | None) -> Class:
        shown = None if rule is None else rule[:NAME_LENGTH]
        new = Class(names=((RULES, name_of(rule)),), labels=((RULE_LABEL, shown),))
        if rule is None or len(rule) < _MOST_CHARACTERS:
            self._known[rule] = new
        return new


@cache
def _named_keys() -> LinePattern:
    return LinePattern(NAMED)


def is_action_type(kind: str) -> bool:
    """Return whether a type says that an operator acted on alerts."""
    words = word_list(kind)
    acts = [word for word in words if word in _ACTION_WORDS]
    if not acts:
        return False
    if all(word in _ACTION_WORDS or word in _BESIDE_ACTIONS for word in words):
        return True
    return len(words) > 1 and words[-2] in _ACTED_ON and words[-1] in _ACTION_WORDS


def dangers_in(text: str, danger: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the dangers whose words stand next to each other in a text."""
    if not danger:
        return []
    words = f" {' '.join(word_list(text))} "
    return [each for each, sequence in danger.items() if f" {' '.join(sequence)} " in words]


def is_alert_log(path: str) -> bool:
    """Return whether the last part of a path contains the word alert or alerts."""
    return not _ALERT_WORDS.isdisjoint(words_of(path.rsplit("/", 1)[-1]))


def name_of(text: str | None) -> str:
    """Return the text under which a value is counted."""
    return NO_VALUE if text is None else text[:NAME_LENGTH]


def _pick(values: Sequence[object], places: Sequence[Lookup]) -> str | None:
    """Return the text of the first value that is a non-empty string, a number or a boolean."""
    for place in places:
        value = look_up(values, place)
        if isinstance(value, str):
            if value:
                return str(value)
        elif isinstance(value, bool):
            return "true" if value else "false"
        elif isinstance(value, int):
            return str(value)
    return None
