"""Look around in events: keys that are not read and look like a time or a severity.

What is known of a key is kept in a tree, so that a key costs little once it has been seen.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from peaktrade_ops.config import Scale
from peaktrade_ops.stage1.severity import (
    CLASSES,
    CRITICAL,
    UNKNOWN,
    SeverityReader,
    class_of,
)
from peaktrade_ops.stage1.time_signs import Frame, Moments, may_be_time
from peaktrade_ops.telemetry.records.times import read_time
from peaktrade_ops.text import NumberText, ascii_lower, is_plain_key, toml_string

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

MOST_DISTINCT: Final = 1000
"""The maximum number of different names that are counted."""

MOST_TRIED: Final = 2_000
"""The number of events whose keys are kept, and of lines on which presets are tried."""

LETTERS: Final = {
    "f": "critical",
    "c": "critical",
    "e": "error",
    "w": "warn",
    "n": "notice",
    "i": "info",
    "d": "debug",
    "t": "trace",
    "v": "trace",
}
"""The class that a single letter most probably stands for."""

_MOST_EXAMPLES: Final = 3
_MOST_VALUES: Final = 12
_LENGTH: Final = 80
_DEEPEST: Final = 4
_MOST_NODES: Final = 5000
_MOST_OBJECTS: Final = 20

# A key without the name of a severity may be one if it has few short values.
_LEAST: Final = 2
_FEW: Final = 8
_MOST_LIKE: Final = 12
_SHORT: Final = 12
_REPEATED: Final = 3
_MANY: Final = 10
_HIGHEST: Final = 60

# It may be one in any number of events if its name or one of its values says so.
_RANK_NAME = re.compile(r"rank|grade|importan|impact|urgen|critical")
_is_grade = re.compile(r"(?:sev|severity|prio|p|s)[-_ ]?[0-5]|page", re.IGNORECASE).fullmatch

_HIGHEST_STEPS: Final = {"python": 60, "pino": 60, "monolog": 600}
"""The highest numbers that the loggers of the rising scales write by themselves."""

# A key with the name of a severity is one of something else if it has more values.
_MOST_NUMBERS: Final = 12
_MOST_WORDS: Final = 40

_YEARS: Final = range(2010, 2050)
_TIME_NAME = re.compile(r"time|date|stamp|when|epoch|clock|_at$|(?:^|[^a-z])ts(?:[^a-z]|$)|^t$")
_AT = re.compile(r"[a-z]At$")
_AN_END = re.compile(r"expir|until|deadline|birth|(?:^|_)due")
_SEVERITY_NAME = re.compile(r"level|sev|lvl|prio|urgency|criticality|(?:^|[^a-z])pri(?:[^a-z]|$)")
_number = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,12})?").fullmatch
_EMPTY: Final = frozenset({"", "-"})

# The kinds of times, the best ones first.
_ZONED, _NAMED_NUMBER, _NAIVE, _NUMBER, _END = range(5)

Event = dict[str, Any]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is not read although it looks like a property.

    Attributes:
        key: The key, of nested objects with dots.
        count: The number of events that were looked at and have it.
        is_understood: Whether all its values would be understood.
        values: Of times the first ones; of severities the most severe, then the least frequent.
        counts: Of severities, the number of events with each of `values`.
        others: Of severities, the number of values that are not among `values`.
        unclear: Of severities, the values of `values` that would not be understood and are whole.
        is_named: Whether its name is that of such a property. Other keys have few short values.
        scales: The scales that tell its values apart; empty if one is no number.
        letters: Its values, if all are single letters that levels begin with.
    """

    key: str
    count: int
    is_understood: bool
    values: tuple[str, ...]
    counts: tuple[int, ...] = ()
    others: int = 0
    unclear: tuple[str, ...] = ()
    is_named: bool = True
    scales: tuple[Scale, ...] = ()
    letters: tuple[str, ...] = ()


class _Node:
    """What is known of a key.

    Args:
        parent: The key of the object that has it; `None` for an event.
        key: The key.
    """

    __slots__ = (
        "children",
        "count",
        "examples",
        "is_inside",
        "is_reachable",
        "is_severity_name",
        "is_time_name",
        "kind",
        "moments",
        "path",
        "reaches",
        "times",
        "words",
    )

    def __init__(self, parent: _Node | None, key: str) -> None:
        """Start without values."""
        name = ascii_lower(key)
        self.path: str = f"{parent.path}.{key}" if parent else key
        # A key with a dot is found at the top of an event only, and no path leads below it.
        self.reaches: bool = "." not in key and (parent is None or parent.reaches)
        self.is_reachable = (parent is None or self.reaches) and is_plain_key(self.path)
        self.is_time_name = bool(_TIME_NAME.search(name) or _AT.search(key))
        self.is_severity_name = _SEVERITY_NAME.search(name) is not None
        # Whether it is in an object at a key of the severity.
        self.is_inside = False
        self.children: dict[str, _Node] = {}
        self.words: Counter[str] | None = None
        self.examples: list[str] = []
        self.count = 0
        self.times = 0
        self.kind = _END if _AN_END.search(name) else _ZONED
        self.moments = Moments()


class Surroundings:
    """Collects the keys of events that are not read.

    Args:
        read: The keys that are read, of any property.
        times: The keys of the time.
        severities: The keys of the severity.
        not_keys: Keys that are said to be no severity, or the last parts of them.
        embedded: The keys of strings that contain an event.
        reader: Reads severities as a scan does.
    """

    def __init__(  # noqa: PLR0913 (what a format says of keys)
        self,
        read: Collection[str],
        *,
        times: Collection[str],
        severities: Collection[str],
        not_keys: Collection[str] = (),
        embedded: Collection[str],
        reader: SeverityReader,
    ) -> None:
        """Start without events."""
        self._read = frozenset(read)
        self._times = frozenset(times)
        self._severities = frozenset(severities)
        self._not_keys = frozenset(not_keys)
        self._embedded = frozenset(embedded)
        self._reader = reader
        self._top: dict[str, _Node] = {}
        self._nodes: list[_Node] = []
        self._looked = 0
        self._is_timed = False
        self._covers: Counter[frozenset[str]] = Counter()
        self._odd_times: dict[str, str] = {}
        self.lists: Counter[str] = Counter()
        self.strings: Counter[str] = Counter()
        self.events: list[frozenset[str]] = []
        self._later: dict[tuple[str, ...], frozenset[str]] = {}
        self.in_lists: dict[str, str] = {}

    def add(self, event: Event, *, is_timed: bool) -> None:
        """Look at an event."""
        self._looked += 1
        self._is_timed = is_timed
        times: list[str] | None = None
        if not is_timed or self._looked <= MOST_TRIED:
            times = []
        self._look(event, None, 1, times)
        if not is_timed:
            found = frozenset(times or ())
            if found in self._covers or len(self._covers) < MOST_DISTINCT:
                self._covers[found] += 1
        if len(self.events) < MOST_TRIED:
            self.events.append(frozenset(key for key, _ in _walk(event)))
        elif len(self._later) < MOST_DISTINCT and (keys := tuple(event)) not in self._later:
            self._later[keys] = frozenset(key for key, _ in _walk(event))

    def all_have(self, keys: Collection[str]) -> bool:
        """Return whether all events have some keys; behind the first ones, events of one shape.

        The shape is that of the event itself. Where there are too many, nothing is known.
        """
        events = (*self.events, *self._later.values())
        return len(self._later) < MOST_DISTINCT and all(each.issuperset(keys) for each in events)

    def time_keys(self, frame: Frame) -> tuple[tuple[str, ...], int]:
        """Return the fewest keys that give a time to the events that have none.

        The number is that of the events to which no key gives one.

        The key that most events need comes first. Of equal ones, a text with a zone is better than
        a number, and the end of something is the last that is taken for the time of an event.

        Args:
            frame: The times that are known of the file.
        """
        open_events = Counter(self._covers)
        nodes = {node.path: (place, node) for place, node in enumerate(self._nodes)}
        doubted = {path for path, (_, node) in nodes.items() if node.moments.doubt(frame)}
        chosen: list[str] = []
        # A number that is not called a time, or the end of something, is taken only if no other key
        # gives a time; and so is a key that is in doubt.
        for is_doubted, kinds in product((False, True), (range(_NUMBER), range(_NUMBER, _END + 1))):
            while True:
                gains: Counter[str] = Counter()
                for keys, count in open_events.items():
                    for key in keys:
                        if nodes[key][1].kind in kinds and (key in doubted) == is_doubted:
                            gains[key] += count
                if not gains:
                    break
                best = min(gains, key=lambda key: (-gains[key], nodes[key][1].kind, nodes[key][0]))
                chosen.append(best)
                for keys in [keys for keys in open_events if best in keys]:
                    del open_events[keys]
        return tuple(chosen), open_events.total()

    def doubt(self, key: str, frame: Frame) -> str | None:
        """Return why a key may not have the time of its events; `None` if nothing says so.

        Args:
            key: A key that gives a time to events that have none.
            frame: The times that are known of the file.
        """
        for other, value in self._odd_times.items():
            if other != key:
                return (
                    f"{toml_string(other)} may be the time of these events, in a form that is not "
                    f"read, such as {toml_string(value)}"
                )
        node = next((node for node in self._nodes if node.path == key), None)
        return node.moments.doubt(frame) if node else None

    def time_like(self) -> list[Candidate]:
        """Return the keys that look like a time, the most frequent first."""
        found = [
            Candidate(
                key=node.path,
                count=node.count,
                is_understood=node.times == node.count,
                values=tuple(node.examples),
                is_named=node.is_time_name,
            )
            for node in self._nodes
            if node.examples
        ]
        return sorted(found, key=lambda each: (-each.count, each.key))

    def severity_like(self, found: Collection[str], *, is_any_read: bool) -> list[Candidate]:
        """Return the keys that look like a severity, those with such a name first.

        Args:
            found: The names of keys that have the word of a severity as their value.
            is_any_read: Whether any event has a severity; if none has, keys with few short values
                are returned, too.
        """
        likely = [
            self._candidate(node, node.words)
            for node in self._nodes
            if node.words
            and (
                (node.is_severity_name and not _is_measured(node.words))
                or node.path.rsplit(".", 1)[-1] in found
                or (node.is_inside and _has_a_word(node.words))
                or (not is_any_read and (_is_few(node.words) or _is_like(node)))
            )
        ]
        return sorted(
            likely,
            key=lambda each: (
                not each.is_named,
                not each.is_understood,
                not each.letters,
                not each.scales,
                -each.count,
                each.key,
            ),
        )

    def _candidate(self, node: _Node, words: Counter[str]) -> Candidate:
        levels = {text: self._reader.read(_value(text)).level for text in words}
        letters = {ascii_lower(text) for text in words}
        likely = dict(levels)
        if letters <= LETTERS.keys():
            likely = {text: LETTERS[ascii_lower(text)] for text in words}
        ordered = sorted(words, key=lambda text: (CLASSES.index(likely[text]), words[text], text))
        return Candidate(
            key=node.path,
            count=words.total(),
            is_understood=UNKNOWN not in levels.values() and len(words) < MOST_DISTINCT,
            values=tuple(ordered[:_MOST_VALUES]),
            counts=tuple(words[text] for text in ordered[:_MOST_VALUES]),
            others=len(ordered[_MOST_VALUES:]),
            unclear=tuple(
                text
                for text in ordered[:_MOST_VALUES]
                if levels[text] == UNKNOWN and len(text) < _LENGTH
            ),
            is_named=node.is_severity_name or node.is_inside,
            scales=scales_that_tell(words),
            letters=tuple(sorted(letters)) if letters <= LETTERS.keys() else (),
        )

    def _look(
        self, event: Event, parent: _Node | None, depth: int, times: list[str] | None
    ) -> None:
        """Look at the values of an object, and of the objects in it."""
        children = parent.children if parent else self._top
        for key, value in event.items():
            node = children.get(key)
            if node is None:
                if len(self._nodes) >= _MOST_NODES or not key:
                    continue
                children[key] = node = self._new(parent, key)
            kind = type(value)
            if kind is dict:
                if depth < _DEEPEST:
                    self._look(value, node, depth + 1, times)
            elif kind is list:
                self._look_into(value, node.path, depth)
                if times is not None:
                    self._look_for_odd_time(node, value)
            elif value is not None and value not in _EMPTY:
                if times is not None:
                    self._look_for_time(node, value, times)
                self._look_at(node, value)

    def _look_at(self, node: _Node, value: object) -> None:
        """Look at a value that is no object and no list."""
        if isinstance(value, str) and holds_object(value):
            if node.path not in self._embedded:
                count(self.strings, node.path)
        elif (words := node.words) is not None:
            text = value if isinstance(value, str) else shown_value(value)
            if text in words:
                words[text] += 1
            elif isinstance(value, bool):
                # A flag is no severity.
                node.words = None
            else:
                _add_word(node, words, text)

    def _new(self, parent: _Node | None, key: str) -> _Node:
        node = _Node(parent, key)
        is_read = node.path in self._severities or (
            node.path in self._read and not node.is_severity_name
        )
        is_no_severity = not self._not_keys.isdisjoint((node.path, key))
        node.is_inside = parent is not None and parent.path in self._severities
        if node.is_reachable and not is_read and not is_no_severity:
            node.words = Counter()
        self._nodes.append(node)
        return node

    def _look_for_time(self, node: _Node, value: object, times: list[str]) -> None:
        kind, moment = _time_kind(value, is_named=node.is_time_name)
        if moment is None:
            self._look_for_odd_time(node, value)
        if not node.is_reachable or node.path in self._times:
            return
        if kind is None and not node.is_time_name:
            return
        node.count += 1
        if kind is not None and moment is not None:
            node.times += 1
            node.moments.add(moment)
            node.kind = max(node.kind, kind)
            times.append(node.path)
        text = shown_value(value)
        if len(node.examples) < _MOST_EXAMPLES and text not in node.examples:
            node.examples.append(text)

    def _look_for_odd_time(self, node: _Node, value: object) -> None:
        """Keep a value that may be the time of an event without one, in a form that is not read."""
        is_named = node.is_time_name or node.path in self._times
        if (
            not self._is_timed
            and node.path not in self._odd_times
            and len(self._odd_times) < _MOST_EXAMPLES
            and may_be_time(value, is_named=is_named)
        ):
            self._odd_times[node.path] = shown_value(value)

    def _look_into(self, items: list[Any], path: str, depth: int) -> None:
        """Look at a list: at its own path, and at lists in its first object."""
        objects = [each for each in items if isinstance(each, dict)]
        if not objects:
            return
        count(self.lists, path)
        if depth < _DEEPEST:
            for below, value in _walk(objects[0], f"{path}.", depth + 1):
                if isinstance(value, list) and any(isinstance(each, dict) for each in value):
                    count(self.lists, below)
        if self._looked <= MOST_TRIED:
            for each in objects[:_MOST_OBJECTS]:
                for below, _ in _walk(each, "", depth + 1):
                    if len(self.in_lists) < MOST_DISTINCT:
                        self.in_lists.setdefault(below.rsplit(".", 1)[-1], path)


def count(counts: Counter[str], name: str) -> None:
    """Count a name, if it is not one too many."""
    if name in counts or len(counts) < MOST_DISTINCT:
        counts[name] += 1


def scales_of(texts: Iterable[str]) -> tuple[Scale, ...]:
    """Return the scales on which all of some values have a class; none if one is no number."""
    numbers = list(texts)
    if not numbers or not all(map(_is_number, numbers)):
        return ()
    readers = {scale: SeverityReader({}, scale) for scale in get_args(Scale)}
    return tuple(
        scale
        for scale, reader in readers.items()
        if all(reader.read(_value(each)).level != UNKNOWN for each in numbers)
    )


def scales_that_tell(texts: Iterable[str]) -> tuple[Scale, ...]:
    """Return the scales that give several values more than one class; none if one is no number.

    Numbers far above a scale are all critical on it, which says that the scale is another one.
    """
    numbers = list(texts)
    scales = []
    for scale in scales_of(numbers):
        reader = SeverityReader({}, scale)
        levels = {reader.read(_value(each)).level for each in numbers}
        # One value alone may be critical, but only if it is one that a logger writes.
        is_usual = levels != {CRITICAL} or all(
            float(each) <= _HIGHEST_STEPS.get(scale, float(each)) for each in numbers
        )
        if len(levels) > 1 or (len({*numbers}) == 1 and is_usual):
            scales.append(scale)
    return tuple(scales)


def shown_value(value: object) -> str:
    """Return a value as text, cut."""
    if isinstance(value, (dict, list)):
        return "(object)" if isinstance(value, dict) else "(array)"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text[:_LENGTH]


def holds_object(text: str) -> bool:
    """Return whether a string holds an object as JSON."""
    # Most texts begin with neither, and are not copied.
    if not text.startswith(("{", " ", "\t", "\r", "\n")) or not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _add_word(node: _Node, words: Counter[str], text: str) -> None:
    """Add a value that is new; a key with too many is no severity, unless it is called one."""
    if node.is_severity_name:
        text = text[:_LENGTH]
        if text in words or len(words) < MOST_DISTINCT:
            words[text] += 1
    elif len(words) < _MOST_LIKE and len(text) <= _SHORT:
        words[text] = 1
    else:
        node.words = None


def _is_measured(words: Counter[str]) -> bool:
    """Return whether there are more values than a severity has, such as at ``price_level``."""
    return len(words) > (_MOST_NUMBERS if all(map(_is_number, words)) else _MOST_WORDS)


def _is_few(words: Counter[str]) -> bool:
    """Return whether there are few values, and each of them often.

    Two numbers, or numbers above those of the usual scales, say nothing.
    """
    if not _LEAST <= len(words) <= _FEW or words.total() < max(_REPEATED * len(words), _MANY):
        return False
    if not all(map(_is_number, words)):
        return True
    return len(words) > _LEAST and bool(scales_of(words)) and max(map(float, words)) <= _HIGHEST


def _is_like(node: _Node) -> bool:
    """Return whether the name or a value of a key is like that of a level."""
    words = node.words
    if not words or all(map(_is_number, words)):
        return False
    name = ascii_lower(node.path.rsplit(".", 1)[-1])
    letters = {ascii_lower(text) for text in words}
    return (
        _RANK_NAME.search(name) is not None
        or any(map(_is_grade, words))
        or (len(letters) >= _LEAST and letters <= LETTERS.keys())
        or any(class_of(text) not in {UNKNOWN, "info"} for text in words)
    )


def _has_a_word(words: Iterable[str]) -> bool:
    return any(class_of(text) != UNKNOWN for text in words)


def _time_kind(value: object, *, is_named: bool) -> tuple[int | None, datetime | None]:
    """Return the kind of a time, and the moment; `None` if a value is none.

    Of numbers only those of a few decades may be one.
    """
    moment = None if isinstance(value, bool) else read_time(value)
    if moment is None:
        return None, None
    if isinstance(value, str) and not isinstance(value, NumberText):
        if not _is_number(value):
            return (_NAIVE if moment.tzinfo is None else _ZONED), moment
    elif moment.year not in _YEARS:
        return None, moment
    return (_NAMED_NUMBER if is_named else _NUMBER), moment


def _is_number(text: str) -> bool:
    return _number(text) is not None


def _value(text: str) -> str:
    """Return a value from its text: a number, if it looks like one."""
    return NumberText(text) if _is_number(text) else text


def _walk(event: Event, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Yield the keys of an event with their values, those of nested objects with dots."""
    for key, value in event.items():
        yield f"{prefix}{key}", value
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _walk(value, f"{prefix}{key}.", depth + 1)
        elif isinstance(value, list) and depth < _DEEPEST:
            first = next((each for each in value if isinstance(each, dict)), None)
            for below, inner in _walk(first, f"{prefix}{key}.", depth + 1) if first else ():
                # Of what is in a list, only further lists are of use as a path.
                if isinstance(inner, list):
                    yield below, inner
