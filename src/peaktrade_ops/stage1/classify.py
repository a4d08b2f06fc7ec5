"""Classify events for Stage 1: severity, alert, action, danger (section 5 of the contract).

Comparisons ignore the case of ASCII letters only, because the case folding of other letters depends
on the Unicode tables of the Python version.
"""

from __future__ import annotations

import hashlib
from collections import deque
from functools import cache
from itertools import compress, islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from peaktrade_ops.formats import Reading, default_reading, reading_of
from peaktrade_ops.stage1.nets import NAMED, NOTHING, SUSPICIOUS, Found, Nets
from peaktrade_ops.stage1.severity import (
    CRITICAL,
    UNKNOWN,
    Severity,
    SeverityReader,
    is_absent,
    most_severe,
)
from peaktrade_ops.telemetry.counting.classifier import Class
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.records.events import positions_of_none
from peaktrade_ops.telemetry.records.keys import (
    column_at,
    distinguished,
    lookups,
    row_at,
    values_at,
    wanted_keys,
)
from peaktrade_ops.telemetry.records.keywords import LinePattern
from peaktrade_ops.text import ascii_lower, each_word, word_list, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.counting.classifier import Aspect, Events
    from peaktrade_ops.telemetry.records.keys import Column, Lookup, Values

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
# Words take many times the memory of their text.
_MOST_WORDS: Final = 2**14
# More than the keys of an event, so that the values that all events of a line share stay known.
_MOST_TEXTS: Final = 512
_MOST_LONG_ROWS: Final = 64

_T = TypeVar("_T")


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
        severity = self.severity and self.severity._replace(shown=self.severity.shown[:NAME_LENGTH])
        kind = self.type and self.type[:NAME_LENGTH]
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
        return self.is_critical or self.is_action

    def unread(self, found: Found) -> str | None:
        """Return the name of what the nets find and the severity keys do not show."""
        if self.is_settled:
            return None
        if found.always is not None or self.severity:
            return found.always
        return found.bare


class _Read(Class, frozen=True, eq=False):
    """The class of events with equal values.

    Attributes:
        kind: What the values say.
        by_finding: The classes of the same events, by the name of what the nets find.
    """

    kind: EventKind = EventKind(None, None, is_alert=False, is_action=False)
    by_finding: dict[str, Class] = msgspec.field(default_factory=dict)


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
        self._places = tuple(dict.fromkeys(lookups(asked, self.keys)))
        self._known: dict[Values, _Read] = {}

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event."""
        lines = _lines_of(events, self)
        read = self._read(events, lines)
        classes: list[Class] = [*read]
        for place, finding in self._findings(events, read, lines).items():
            classes[place] = self._with_finding(read[place], finding)
        return classes

    def kind(self, values: Values, lines: _Lines | None = None) -> EventKind:
        """Return what the values of the keys say of an event.

        Args:
            values: The values.
            lines: What is known of the lines of the event.
        """
        lines = lines or _Lines()
        severity = self._severity(values, lines)
        level = severity.level if severity else None
        kind = _pick(values, self._type_places, lines)
        is_action = kind is not None and lines.of_text(kind, is_action_type)
        is_alert = not is_action and (
            (kind is not None and lines.of_text(kind, _names_an_alert))
            or _pick(values, self._alert_places) is not None
            or (self._is_alert_log and (level is None or level in _LOUD))
            or (kind is None and level is not None and _pick(values, self._mark_places) is not None)
        )
        return EventKind(
            severity, kind, is_alert, is_action, () if is_action else self._dangers(values, lines)
        )

    def _severity(self, values: Values, lines: _Lines) -> Severity | None:
        return most_severe(
            lines.of_text(value, self._severities.read)
            if isinstance(value, str)
            else self._severities.read(value)
            for value in values_at(values, self._severity_places)
            if not is_absent(value)
        )

    def _dangers(self, values: Values, lines: _Lines) -> tuple[str, ...]:
        texts = values_at(values, self._danger_places)
        found = (lines.of_text(text, self._dangers_in) for text in texts if isinstance(text, str))
        return tuple(dict.fromkeys(each for dangers in found for each in dangers))

    def _dangers_in(self, text: str) -> list[str]:
        return dangers_in(text, self._danger)

    def _read(self, events: Events, lines: _Lines) -> list[_Read]:
        """Return the class of each event by its values alone; equal events share it."""
        if len(self._known) > _MOST_ROWS:
            self._known.clear()
        rows = _rows_of(events.columns, len(events.lines), self._places)
        read = list(map(self._known.get, rows))
        for place in positions_of_none(read):
            row = rows[place]
            read[place] = (
                self._known.get(row)
                or lines.rows.get(row)
                or self._new(row, row_at(events.columns, place), lines)
            )
        return read  # type: ignore[return-value]  # there is no `None`

    def _new(self, row: Values, values: Values, lines: _Lines) -> _Read:
        """Return the class of an event, and remember it."""
        kind = self.kind(values, lines).cut()
        of_kind = _legacy_class if self._is_legacy else _class
        new = of_kind(kind, None)
        read = _Read(new.marks, new.names, new.exhibits, new.untimed_exhibits, new.labels, kind)
        if _can_be_kept(row):
            self._known[row] = read
        else:
            lines.keep_row(row, read)
        return read

    def _with_finding(self, read: _Read, finding: str) -> Class:
        """Return the class of events with a finding, and remember it."""
        known = read.by_finding.get(finding)
        if known is None:
            of_kind = _legacy_class if self._is_legacy else _class
            known = of_kind(read.kind, finding)
            if len(read.by_finding) < _MOST_FINDINGS:
                read.by_finding[finding] = known
        return known

    def _findings(self, events: Events, read: Sequence[_Read], known: _Lines) -> dict[int, str]:
        """Return the name of what the nets find, by the position of the event."""
        lines = events.lines
        # All events of an unpacked line have the same line: each line is looked at once.
        # Most suspicious lines are those of events that are read as critical.
        places = [place for place in events.suspects if not read[place].kind.is_settled]
        suspects = {id(lines[place]): lines[place] for place in places}
        words = known.words
        for key, line in suspects.items():
            if key not in words:
                words[key] = self._nets.words_in(line)
        named = known.named
        if without := {each for each in set(read) if each.kind.severity is None}:
            bare = list(compress(range(len(read)), map(without.__contains__, read)))
            unknown = {id(lines[place]): lines[place] for place in bare}
            if known.searched:
                unknown = {key: unknown[key] for key in unknown.keys() - known.searched}
            named |= self._named_in(unknown)
            if events.memo is not None:
                known.searched.update(unknown)
            places += [place for place in bare if id(lines[place]) in named] if named else []
        found: dict[int, str] = {}
        elsewhere = known.elsewhere
        for place in sorted(set(places)):
            its = id(lines[place])
            word, named_key = words.get(its, NOTHING), named.get(its)
            finding = read[place].kind.unread(
                Found(word.always, named_key if word.bare is None else word.bare)
            )
            if finding is None:
                continue
            if its not in elsewhere:
                elsewhere[its] = self._is_read_elsewhere(events, place, known)
            if not elsewhere[its]:
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

    def _is_read_elsewhere(self, events: Events, place: int, lines: _Lines) -> bool:
        """Return whether another event of the same line is critical."""
        if events.siblings is None:
            return False
        return any(self._has_critical(columns, lines) for columns in events.siblings(place))

    def _has_critical(self, columns: Sequence[Column], lines: _Lines) -> bool:
        """Return whether any of some events is critical."""
        size = max((len(column) for column in columns if column is not None), default=0)
        rows = _rows_of(columns, size, self._severity_places)
        for row, place in {row: place for place, row in enumerate(rows)}.items():
            if row not in lines.severities:
                severity = self._severity(row_at(columns, place), lines)
                is_critical = severity is not None and severity.level == CRITICAL
                if is_critical:
                    return True
                if len(lines.severities) < _MOST_ROWS and _can_be_kept(row):
                    lines.severities.add(row)
        return False


class _Lines(msgspec.Struct, eq=False):
    """What is known of some lines while their events are read.

    All events of a line may share long values. What they say is found once, and kept only as long
    as the lines are.

    Attributes:
        words: What the nets for words find in a line, by its identity.
        named: What the net for keys finds in a line, by its identity, where it finds anything.
        searched: The identities of the lines in which it has searched.
        elsewhere: Whether an event of a line is critical, by the identity of the line.
        severities: Rows of values at the severity keys that are not critical.
        rows: The classes of rows that are too long to be remembered for other lines.
    """

    words: dict[int, Found] = {}
    named: dict[int, str] = {}
    searched: set[int] = msgspec.field(default_factory=set)
    elsewhere: dict[int, bool] = {}
    severities: set[tuple[object, ...]] = msgspec.field(default_factory=set)
    rows: dict[tuple[object, ...], Any] = {}
    _texts: dict[tuple[object, int], tuple[str, Any]] = {}

    def of_text(self, text: str, find: Callable[[str], _T]) -> _T:
        """Return what a function finds in a text; of a long one it is remembered."""
        if len(text) < _MOST_CHARACTERS:
            return find(text)
        # The text is kept, so that no other one gets its identity.
        key = find, id(text)
        known = self._texts.pop(key, None) or (text, find(text))
        self._texts[key] = known
        if len(self._texts) > _MOST_TEXTS:
            del self._texts[next(iter(self._texts))]
        found: _T = known[1]
        return found

    def keep_row(self, row: Values, read: object) -> None:
        """Remember the class of a long row."""
        if len(self.rows) >= _MOST_LONG_ROWS:
            self.rows.clear()
        self.rows[row] = read


def _lines_of(events: Events, aspect: object) -> _Lines:
    """Return what an aspect knows of the lines of some events."""
    if events.memo is None:
        return _Lines()
    lines: _Lines = events.memo.setdefault(aspect, _Lines())
    return lines


def _names_an_alert(kind: str) -> bool:
    return "alert" in ascii_lower(kind)


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
        self._known: dict[Values, Class] = {}

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event, which has its rule."""
        if len(self._known) > _MOST_ROWS:
            self._known.clear()
        lines = _lines_of(events, self)
        rows = _rows_of(events.columns, len(events.lines), self._rule)
        classes = list(map(self._known.get, rows))
        for place in positions_of_none(classes):
            row = rows[place]
            classes[place] = (
                self._known.get(row)
                or lines.rows.get(row)
                or self._new(row, row_at(events.columns, place), lines)
            )
        return classes  # type: ignore[return-value]  # there is no `None`

    def _new(self, row: Values, values: Values, lines: _Lines) -> Class:
        """Return the class of an event, and remember it."""
        rule = _pick(values, self._rule, lines)
        shown = None if rule is None else rule[:NAME_LENGTH]
        new = Class(names=((RULES, name_of(rule)),), labels=((RULE_LABEL, shown),))
        if _can_be_kept(row):
            self._known[row] = new
        else:
            lines.keep_row(row, new)
        return new


def _rows_of(columns: Sequence[Column], size: int, places: Sequence[Lookup]) -> list[Values]:
    """Return what is known of events by the values at some places: equal only for equal values.

    Most places have no value in any event of a block, so a row has only those that have one, and
    says which these are.
    """
    found = [column_at(columns, place) for place in places]
    present = "".join("-" if column is None else "+" for column in found)
    known = [distinguished(column) for column in found if column is not None]
    return list(zip([present] * size, *known, strict=True))


def _can_be_kept(row: Values) -> bool:
    """Return whether a row is small enough to be remembered."""
    return sum(len(each) for each in row if isinstance(each, str)) < _MOST_CHARACTERS


@cache
def _named_keys() -> LinePattern:
    return LinePattern(NAMED)


def is_action_type(kind: str) -> bool:
    """Return whether a type says that an operator acted on alerts."""
    acts, has_others, earlier, last = False, False, "", ""
    for word in each_word(kind):
        acts = acts or word in _ACTION_WORDS
        has_others = has_others or not (word in _ACTION_WORDS or word in _BESIDE_ACTIONS)
        earlier, last = last, word
    return acts and (not has_others or (earlier in _ACTED_ON and last in _ACTION_WORDS))


def dangers_in(text: str, danger: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the dangers whose words stand next to each other in a text."""
    if not danger:
        return []
    sequences = {each: f" {' '.join(words)} " for each, words in danger.items()}
    if len(text) < _MOST_CHARACTERS:
        joined = f" {' '.join(word_list(text))} "
        return [each for each, sequence in sequences.items() if sequence in joined]
    overlap = max(map(len, danger.values())) - 1
    found: set[str] = set()
    words, before = each_word(text), deque[str](maxlen=overlap)
    while some := list(islice(words, _MOST_WORDS)):
        joined = f" {' '.join((*before, *some))} "
        found.update(each for each, sequence in sequences.items() if sequence in joined)
        before.extend(some)
    return [each for each in danger if each in found]


def is_alert_log(path: str) -> bool:
    """Return whether the last part of a path contains the word alert or alerts."""
    return not _ALERT_WORDS.isdisjoint(words_of(path.rsplit("/", 1)[-1]))


def name_of(text: str | None) -> str:
    """Return the text under which a value is counted."""
    return NO_VALUE if text is None else text[:NAME_LENGTH]


def _pick(
    values: Sequence[object], places: Sequence[Lookup], lines: _Lines | None = None
) -> str | None:
    """Return the text of the first value that is a non-empty string, a number or a boolean."""
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
