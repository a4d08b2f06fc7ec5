"""Propose the lines of ``stage1.toml`` that make a file understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.stage1.format_entry import entry_lines, is_mute
from peaktrade_ops.stage1.nets import TEXT
from peaktrade_ops.stage1.time_signs import Frame, have_moved
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.text import toml_array, toml_string

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from peaktrade_ops.formats import Preset
    from peaktrade_ops.stage1.inspection import Inspection

# A date in a name, or as folders, whose parts may have names such as in month=12.
_DATE = re.compile(
    r"(?:[0-9]{4}[-_.]?[0-9]{2}[-_.]?[0-9]{2}(?:[-_T.]?[0-9]{2,6})?"
    r"|(?<![^/=])(?:19|20)[0-9]{2}/(?:[a-z]+=)?[0-9]{2}(?![^/]))"
    r"(?:/(?:[a-z]+=)?[0-9]{2}(?![^/]))*"
)
_ENDING = re.compile(r"\.(?:(jsonl|ndjson)|json|log|txt)(?![A-Za-z])", re.IGNORECASE)
_SOURCES: Final = "[sources]  # once in a file: if it is there already, put the next line below it"
_SOURCES_AGAIN: Final = "[sources]  # put the next line in place of the include that is there"

_SOURCES_LATER: Final = "# [sources]  # once what begins with # above is chosen:"


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


class Draft(NamedTuple):
    """What a file needs, before it is written.

    Attributes:
        preset: The preset that fits; `None` if none does.
        body: The lines of the entry of ``[[formats]]``, below its files; `None` if it needs none.
        is_mute: Whether no event can be critical unless a key is named that looks like a severity.
        doubted: The preset that may fit; `None` if none does, or one fits.
    """

    preset: str | None = None
    body: tuple[str, ...] | None = None
    is_mute: bool = False
    doubted: str | None = None


class Part(NamedTuple):
    """What a file needs, with the words around it.

    Attributes:
        path: The file.
        draft: What it needs.
        notes: Comments above the entry.
        is_included: Whether ``include`` must name the file, because no scan takes its name.
    """

    path: str
    draft: Draft
    notes: tuple[str, ...] = ()
    is_included: bool = False


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
        all_have: Returns whether all events have some keys.
        tried_with: Returns how its first lines are read with a preset, or by the configuration.
        read_with: Returns how all its lines are read with a preset.
    """

    now: Inspection
    keys_of_events: Sequence[frozenset[str]]
    all_have: Callable[[Collection[str]], bool]
    tried_with: Callable[[str | None], Inspection]
    read_with: Callable[[str], Inspection]


def propose(reads: Reads, presets: Mapping[str, Preset]) -> Draft:
    """Return what a file needs.

    Args:
        reads: How the file is read.
        presets: All presets, by name.
    """
    now = reads.now
    if not now.events:
        return Draft()
    name = _preset_for(reads, presets)
    if name is not None:
        read = reads.read_with(name)
        if why := _doubt_of(presets[name], reads, read):
            line = f"# preset = {toml_string(name)}  # only if {why}"
            return Draft(None, (line, *entry_lines(now)), is_mute(now), name)
        mute = is_mute(read)
        rest = tuple(entry_lines(read)) if read.not_understood or mute else ()
        return Draft(name, (f"preset = {toml_string(name)}", *rest), mute)
    if not now.not_understood and (now.severity or not now.severity_like):
        return Draft()
    return Draft(None, tuple(entry_lines(now)), is_mute(now))


def written(parts: Sequence[Part], include: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of ``stage1.toml`` that some files need, as one block to paste.

    Files with the same entry share it. Tables of arrays come first, so that the block can stand
    behind whatever is in the file.

    Args:
        parts: What each file needs.
        include: The patterns of files that are scanned regardless of their names, as configured.
    """
    lines: list[str] = []
    for patterns, part in _grouped(parts):
        lines += ["", *part.notes, "[[formats]]", f"files = {toml_array(patterns)}"]
        lines += part.draft.body or ()
    sure = [part for part in parts if part.is_included and not _is_asking(part)]
    asking = [part for part in parts if part.is_included and _is_asking(part)]
    if sure:
        lines += ["", _SOURCES_AGAIN if include else _SOURCES, _include_line(include, sure)]
    if asking:
        # A file that is scanned and not understood may object less than one that is not scanned.
        lines += ["", _SOURCES_LATER, f"# {_include_line(include, [*sure, *asking])}"]
    return tuple(lines[1:])


def _is_asking(part: Part) -> bool:
    """Return whether something must be chosen for a file."""
    return any(line.startswith("#") for line in part.draft.body or ())


def _include_line(include: Sequence[str], parts: Sequence[Part]) -> str:
    patterns = (each for part in parts for each in patterns_of(part.path))
    return f"include = {toml_array(dict.fromkeys((*include, *patterns)))}"


def proposal_of(parts: Sequence[Part], include: Sequence[str]) -> Proposal:
    """Return the proposal for some files; its preset is that of the first file."""
    is_complete = not any(
        line.startswith("#") for part in parts for line in (*part.notes, *(part.draft.body or ()))
    )
    return Proposal(parts[0].draft.preset, written(parts, include), is_complete)


def _grouped(parts: Sequence[Part]) -> Iterator[tuple[list[str], Part]]:
    """Yield the patterns of the files of each entry, with the first file."""
    by_entry: dict[object, list[Part]] = {}
    for part in parts:
        if part.draft.body is not None:
            by_entry.setdefault((part.draft, part.notes), []).append(part)
    for alike in by_entry.values():
        here = {part.path for part in alike}
        folders = {_folder(path) for path in here}
        # A file without an entry, in the same folder, is of the same writer.
        others = [
            each.path
            for each in parts
            if each.path not in here
            and (each.draft.body is not None or _folder(each.path) not in folders)
        ]
        patterns = [each for part in alike for each in _patterns_beside(part.path, others)]
        yield list(dict.fromkeys(patterns)), alike[0]


def _patterns_beside(path: str, others: Sequence[str]) -> tuple[str, ...]:
    """Return the patterns for a file, or the file alone if one matches one of some other files."""
    patterns = patterns_of(path)
    return (_literal(path),) if any(map(Patterns(patterns).match, others)) else patterns


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


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


def _doubt_of(preset: Preset, reads: Reads, read: Inspection) -> str | None:
    """Return what must be true for a preset to fit a file; `None` if it fits for certain.

    Args:
        preset: The preset.
        reads: How the file is read.
        read: How it is read with the preset.
    """
    now = reads.now
    if read.criticals < now.criticals or read.dangers < now.dangers:
        return "it says what is critical: some events are critical, or a danger, without it alone"
    if _in_texts(read) < _in_texts(now):
        return "its severities say all: with one, no event is searched for words such as FATAL"
    if have_moved(Frame(now.first, now.last), Frame(read.first, read.last)):
        return (
            "it has the times of the events: with it, some are days away from those that are read"
        )
    if not reads.all_have(preset.keys):
        return f"it is the format of all events: some lack one of {toml_array(preset.keys)}"
    return None


def _in_texts(inspected: Inspection) -> int:
    return sum(each.count for each in inspected.unread_keys if each.name == TEXT)


def _strings_held(inspected: Inspection) -> int:
    return sum(use.count for use in inspected.embedded)


def patterns_of(path: str) -> tuple[str, ...]:
    """Return the patterns for a file, and for its rotated and dated files, in the same place.

    A wider pattern would match the files of other writers, whose numbers may mean something else.
    """
    start = path.rfind("/") + 1
    ending = _ENDING.search(path, start)
    base = _literal(path[: ending.start()] if ending else path)
    dated = _DATE.sub(lambda found: re.sub("[0-9]", "?", found[0]), base)
    if not ending:
        return (dated,)
    # No other name of a scanned file goes on behind .jsonl, but .log.jsonl goes on behind .log.
    ends = ("*",) if ending[1] else ("", ".*", "-*")
    patterns = tuple(f"{dated}{ending[0]}{end}" for end in ends)
    return patterns if Patterns(patterns).match(path) else (*patterns, _literal(path))


def _literal(path: str) -> str:
    """Return a pattern for a path alone: no pattern tells a ``*`` in a name from any character."""
    return path.replace("*", "?")
