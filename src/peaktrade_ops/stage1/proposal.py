"""Propose the lines of ``stage1.toml`` that make a file understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import msgspec

from peaktrade_ops.config import Scale, SeverityClass
from peaktrade_ops.stage1.nets import TEXT, VALUE
from peaktrade_ops.stage1.severity import UNKNOWN
from peaktrade_ops.text import severity_key, toml_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from peaktrade_ops.formats import Preset
    from peaktrade_ops.stage1.inspection import Candidate, Inspection

_CLASSES: Final = ", ".join(get_args(SeverityClass))
_SCALE_LINE: Final = (
    f'# severity.scale = "python"  # what the numbers mean: {", ".join(get_args(Scale))}'
)
_MOST_NAMED: Final = 8
_PLACES: Final = frozenset({VALUE, TEXT})


class Proposal(msgspec.Struct, frozen=True):
    """The proposal for a file.

    Attributes:
        preset: The preset that fits; `None` if none does.
        lines: The lines of ``stage1.toml``; empty if the file is understood without them.
        is_complete: Whether the lines are enough; otherwise the operator must choose something.
    """

    preset: str | None
    lines: tuple[str, ...]
    is_complete: bool


class Fit(NamedTuple):
    """What a preset makes of a file: the smaller the better.

    Attributes:
        opens_nothing: Whether it opens no string that holds an event: nothing is known of those.
        not_understood: The events that are not understood.
        held: The records that hold events which are not read.
        general: The number of its keys, negative: of equal presets the most specific one counts.
        name: Its name.
    """

    opens_nothing: bool
    not_understood: int
    held: int
    general: int
    name: str


class Reads(NamedTuple):
    """How a file is read.

    Attributes:
        now: By the configuration.
        keys_of_events: The keys of the first events.
        tried_with: Returns how its first lines are read with a preset, or by the configuration.
        read_with: Returns how all its lines are read with a preset.
    """

    now: Inspection
    keys_of_events: Sequence[frozenset[str]]
    tried_with: Callable[[str | None], Inspection]
    read_with: Callable[[str], Inspection]


def propose(reads: Reads, presets: Mapping[str, Preset]) -> Proposal:
    """Return the proposal for a file.

    Args:
        reads: How the file is read.
        presets: All presets, by name.
    """
    now = reads.now
    if not now.events:
        return Proposal(None, (), is_complete=True)
    head = ("[[formats]]", f"files = [{toml_string(pattern_of(now.path))}]")
    name = _preset_for(reads, presets)
    if name is not None:
        read = reads.read_with(name)
        lines = (*head, f"preset = {toml_string(name)}")
        rest = tuple(_skeleton(read)) if read.not_understood else ()
        return Proposal(name, (*lines, *rest), is_complete=not rest)
    if not now.not_understood:
        return Proposal(None, (), is_complete=True)
    body = tuple(_skeleton(now))
    is_complete = bool(body) and all(not line.startswith("#") for line in body)
    return Proposal(None, (*head, *body), is_complete=is_complete)


def _preset_for(reads: Reads, presets: Mapping[str, Preset]) -> str | None:
    """Return the preset that leaves the least of a file; `None` if none leaves less than now."""
    events = reads.keys_of_events
    now = reads.tried_with(None)
    fits = []
    for name, preset in presets.items():
        having = sum(keys.issuperset(preset.keys) for keys in events)
        if 2 * having > len(events):
            tried = reads.tried_with(name)
            opens = _strings_held(tried) < _strings_held(now)
            fits.append(Fit(not opens, tried.not_understood, tried.held, -len(preset.keys), name))
    best = min(fits, default=None)
    if best is None or best[:3] >= (True, now.not_understood, now.held):
        return None
    return best.name


def _strings_held(inspected: Inspection) -> int:
    return sum(use.count for use in inspected.embedded)


def pattern_of(path: str) -> str:
    """Return a pattern for a file and its rotations, in any folder."""
    name = path.rsplit("/", 1)[-1]
    for ending in (".jsonl", ".ndjson", ".json", ".log", ".txt"):
        before, found, _ = name.lower().partition(ending)
        if found:
            return f"**/{name[: len(before) + len(found)]}*"
    return f"**/{name}"


def _skeleton(inspected: Inspection) -> Iterator[str]:
    """Yield the lines that name what is not understood; what must be chosen is a comment."""
    if inspected.untimed:
        yield from _keys_of("time", inspected.time_like)
    if inspected.unread or inspected.events > sum(use.count for use in inspected.severity):
        yield from _keys_of("severity", inspected.severity_like)
    if inspected.unknown:
        yield from _values(inspected)
    keys = [each.name for each in inspected.unread_keys if each.name not in _PLACES]
    known = {each.key.rsplit(".", 1)[-1] for each in inspected.severity_like}
    for key in keys:
        if key not in known:
            yield f"# severity.not = [{toml_string(key)}]  # if it says no severity"
    if any(each.name in _PLACES for each in inspected.unread_keys):
        yield "# some lines have the word of a severity in a value or a text, and no severity key"
    for use in inspected.embedded:
        yield f"# embedded = [{toml_string(use.key)}]  # if these strings hold the event"
    for use in inspected.lists:
        yield f"# unpack = [{toml_string(use.key)}]  # if these lists hold the events"


def _keys_of(name: str, candidates: Sequence[Candidate]) -> Iterator[str]:
    """Yield the line that adds the keys of a property; those not understood are comments."""
    numbers = [each for each in candidates if name == "severity" and _are_numbers(each)]
    understood = [each.key for each in candidates if each.is_understood or each in numbers]
    if numbers:
        yield _SCALE_LINE
    if understood:
        keys = ", ".join(map(toml_string, understood[:_MOST_NAMED]))
        yield f"fields.more.{name} = [{keys}]"
    elif not candidates:
        yield f"# fields.more.{name} = []  # no key looks like a {name}"
    for each in candidates:
        if each.key not in understood:
            values = ", ".join(map(toml_string, each.values))
            yield f"# fields.more.{name} = [{toml_string(each.key)}]  # values like {values}"


def _values(inspected: Inspection) -> Iterator[str]:
    """Yield a comment for each value of a severity that is not understood."""
    unknown = [each for each in inspected.severities if each.taken_for == UNKNOWN]
    if any(_is_number(each.value) for each in unknown):
        yield _SCALE_LINE
    for each in unknown:
        key = toml_string(severity_key(each.value))
        yield f'# severity.map.{key} = "critical"  # {each.count} times: {_CLASSES}'


def _are_numbers(candidate: Candidate) -> bool:
    return bool(candidate.values) and all(map(_is_number, candidate.values))


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()
