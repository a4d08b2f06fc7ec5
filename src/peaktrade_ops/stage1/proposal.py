"""Propose the lines of ``stage1.toml`` that make a file understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import msgspec

from peaktrade_ops.config import SeverityClass
from peaktrade_ops.stage1.inspection import MOST_ODD
from peaktrade_ops.stage1.nets import TEXT, VALUE
from peaktrade_ops.stage1.severity import CLASSES, CRITICAL, UNKNOWN, SeverityReader, class_of
from peaktrade_ops.stage1.surroundings import LETTERS, scales_of
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.text import NumberText, severity_key, toml_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from peaktrade_ops.config import Scale
    from peaktrade_ops.formats import Preset
    from peaktrade_ops.stage1.inspection import Candidate, Inspection

_CLASSES: Final = ", ".join(get_args(SeverityClass))
_MOST_NAMED: Final = 8
_MOST_EXPLAINED: Final = 4
_PLACES: Final = frozenset({VALUE, TEXT})
_DATE = re.compile(r"[0-9]{4}[-_.]?[0-9]{2}[-_.]?[0-9]{2}(?:[-_T.]?[0-9]{2,6})?")
_ENDING = re.compile(r"\.(?:jsonl|ndjson|json|log|txt)(?![A-Za-z])", re.IGNORECASE)
_QUIET: Final = frozenset({"warn", "warning", "info", "debug", "notice", "trace"})
"""Words that say that a key is one of a severity, even if its name does not."""

_LEVELS: Final = frozenset({"critical", "fatal", *_QUIET})
"""Words that let a key be one of a severity."""

_SOURCES: Final = "[sources]  # once in a file: if it is there already, put the next line below it"
_SOURCES_AGAIN: Final = "[sources]  # put the next line in place of the include that is there"


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
    """

    preset: str | None = None
    body: tuple[str, ...] | None = None
    is_mute: bool = False


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
        tried_with: Returns how its first lines are read with a preset, or by the configuration.
        read_with: Returns how all its lines are read with a preset.
    """

    now: Inspection
    keys_of_events: Sequence[frozenset[str]]
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
        is_mute = _is_mute(read)
        rest = tuple(_skeleton(read)) if read.not_understood or is_mute else ()
        return Draft(name, (f"preset = {toml_string(name)}", *rest), is_mute)
    if not now.not_understood and (now.severity or not now.severity_like):
        return Draft()
    return Draft(None, tuple(_skeleton(now)), _is_mute(now))


def _is_mute(inspected: Inspection) -> bool:
    """Return whether no event has a severity, but a key that may be one is left to a choice."""
    return bool(
        not inspected.severity and inspected.severity_like and not _severity_keys(inspected)
    )


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
        lines += ["", *part.notes, "[[formats]]", f"files = {_array(patterns)}"]
        lines += part.draft.body or ()
    included = [pattern_of(part.path) for part in parts if part.is_included]
    if included:
        lines += ["", _SOURCES_AGAIN if include else _SOURCES]
        lines += [f"include = {_array(dict.fromkeys((*include, *included)))}"]
    return tuple(lines[1:])


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
        yield list(dict.fromkeys(_pattern_beside(part.path, others) for part in alike)), alike[0]


def _pattern_beside(path: str, others: Sequence[str]) -> str:
    """Return the widest pattern for a file that none of some other files match."""
    wide = pattern_of(path)
    narrow = wide if wide == path else f"{_folder(path)}{wide.removeprefix('**/')}"
    for pattern in (wide, narrow):
        matcher = Patterns([pattern])
        if matcher.match(path) and not any(map(matcher.match, others)):
            return pattern
    return path


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


def _strings_held(inspected: Inspection) -> int:
    return sum(use.count for use in inspected.embedded)


def pattern_of(path: str) -> str:
    """Return a pattern for a file, and for its rotated and dated files, in any folder."""
    *folders, name = path.split("/")
    ending = _ENDING.search(name)
    base = name[: ending.start()] if ending else name
    stem = _DATE.sub("*", base)
    if not re.search(r"[A-Za-z0-9]", stem):
        # A name that is only a date says nothing of its writer; its folder does.
        stem = f"{folders[-1]}/{stem}" if folders and folders[-1] else base
    pattern = f"**/{stem}{ending[0]}*" if ending else f"**/{stem}"
    return pattern if Patterns([pattern]).match(path) else path


def advice_for(lines: Sequence[bytes], taken: str) -> str:
    """Return what is wrong with a file of which no line is an event, and what to do.

    Args:
        lines: Its first lines.
        taken: How a scan takes its name.
    """
    if taken in _TO_CONVERT:
        return _TO_CONVERT[taken]
    text = b"\n".join(lines)[:_LOOKED_AT]
    if encoding := _wide_encoding_of(text):
        return (
            f"the file is {encoding}: the writer must write UTF-8; iconv -f {encoding} -t UTF-8 "
            "converts"
        )
    controls = len(text) - len(text.translate(None, _CONTROLS))
    if 0 in text or controls * _MOST_CONTROLS > len(text):
        return (
            "this is not text: the writer must write JSON lines; a compressed file needs its "
            "ending, such as .gz"
        )
    return _BY_START.get(
        text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1],
        "no line is a JSON object: the writer must write one object a line, which most logging "
        "libraries can",
    )


_CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\n\f\r\x1b"})
_MOST_CONTROLS: Final = 20
"""Of so many bytes of text at most one is a control character."""

_OBJECT: Final = "(object)"
_SCALE: Final = "# severity.scale = "
_MAP: Final = "# severity.map."


def _wide_encoding_of(text: bytes) -> str:
    """Return the name of the encoding with two bytes for each character; empty if it is none.

    Without a byte-order mark, the zero bytes of ASCII characters say which byte comes first.
    """
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    zeros = text.count(0)
    first = text[::2].count(0)
    if zeros * 3 <= len(text) or _LEAST_ON_ONE_SIDE * zeros > max(first, zeros - first):
        return ""
    return "UTF-16BE" if first > zeros - first else "UTF-16LE"


_LEAST_ON_ONE_SIDE: Final = 0.9
_LOOKED_AT: Final = 65_536
_TO_CONVERT: Final = {
    "archive": "the file is an archive: unpack it",
    "compression not supported": "the compression is not supported: use gzip, zstd, bzip2 or xz",
}
_BY_START: Final = {
    b"": "the file has no line with text: there is nothing to read yet",
    b"{": "the file has JSON over several lines: the writer must write one object a line; "
    "jq -c . converts",
    b"[": "the file is one JSON list: the writer must write one object a line; "
    "jq -c '.[]' converts",
}


def _skeleton(inspected: Inspection) -> Iterator[str]:
    """Yield the lines that name what is not understood; what must be chosen is a comment."""
    lines: dict[str, str] = {}
    for line in _all_lines(inspected):
        # Two keys may have the same value or scale, and TOML has no place for a second line of it.
        setting, _, meaning = line.partition("  # ") if line.startswith(_SCALE) else (line, "", "")
        if line.startswith(_MAP):
            setting = line.partition('" = "')[0]
        if setting not in lines:
            lines[setting] = line
        elif meaning:
            lines[setting] += f"; {meaning}"
    yield from lines.values()


def _all_lines(inspected: Inspection) -> Iterator[str]:
    """Yield the lines, of which some may map the same value."""
    if inspected.untimed:
        yield from _times(inspected)
    if _is_asked(inspected) or _words_of_objects(inspected):
        yield from _severities(inspected)
    if inspected.unknown:
        yield from _values(inspected)
    yield from _unread(inspected)
    for use in inspected.embedded:
        yield f"# embedded = [{toml_string(use.key)}]  # if these strings hold the event"
    in_lists = {path for _, path in inspected.in_lists}
    for use in inspected.lists:
        if use.key in in_lists:
            continue
        yield f"# unpack = [{toml_string(use.key)}]  # if these lists hold the events"


def _times(inspected: Inspection) -> Iterator[str]:
    """Yield the line with the keys of the time, and what is no time."""
    wanted = inspected.times_wanted
    if wanted:
        others = [
            each.key
            for each in inspected.time_like
            if each.is_understood and each.is_named and each.key not in wanted
        ]
        also = f"  # also times: {_array(others[:_MOST_EXPLAINED])}" if others else ""
        yield f"fields.more.time = {_array(wanted)}{also}"
    if not inspected.times_missing:
        return
    odd = {each.key: each.value for each in inspected.unread_times}
    odd |= {each.key: each.values[0] for each in inspected.time_like if not each.is_understood}
    for key, value in [*odd.items()][:_MOST_NAMED]:
        yield (
            f"# the values of {toml_string(key)} are no form of time that is read, such as "
            f"{toml_string(value)}: ISO 8601 with an offset is one"
        )
    if not wanted and not odd:
        yield "# fields.more.time = []  # no key looks like a time"


def _severities(inspected: Inspection) -> Iterator[str]:
    """Yield the line with the keys of the severity, and those that the operator may choose.

    There is one line with all of them, because TOML does not allow two of the same key.
    """
    keys = _severity_keys(inspected)
    others = [each for each in inspected.severity_like if not _is_said(each, keys, inspected)]
    if keys:
        yield f"fields.more.severity = {_array(keys)}"
        for each in others:
            yield f"# {toml_string(each.key)} for the same list, if it is one: {_counted(each)}"
    elif len(others) == 1:
        yield f"# fields.more.severity = {_array([others[0].key])}  # {_counted(others[0])}"
    elif others:
        listed = _array(each.key for each in others)
        yield f"# fields.more.severity = {listed}  # keep those that say a severity:"
        for each in others:
            yield f"# {toml_string(each.key)}: {_counted(each)}"
    elif inspected.unread and not inspected.in_lists:
        yield "# fields.more.severity = []  # no key looks like a severity"
    asked = [
        each
        for each in inspected.severity_like
        if not each.is_understood and (each in others or each.key in keys)
    ]
    yield from _scale_lines_of(asked)
    for each in asked:
        yield from _map_lines(each)


def _is_asked(inspected: Inspection) -> bool:
    """Return whether some events have no severity that is read."""
    return inspected.unread > 0 or inspected.events > sum(use.count for use in inspected.severity)


def _is_said(candidate: Candidate, keys: Sequence[str], inspected: Inspection) -> bool:
    """Return whether a key is among the proposed ones, or in an object whose words are."""
    beside = {key.rpartition(".")[0] for key in _words_of_objects(inspected).values()}
    return candidate.key in keys or candidate.key.rpartition(".")[0] in beside


def _map_lines(candidate: Candidate) -> Iterator[str]:
    """Yield a comment for each value of a key that has no class."""
    counts = dict(zip(candidate.values, candidate.counts, strict=True))
    if candidate.letters:
        for letter in candidate.letters:
            yield f'{_MAP}{toml_string(letter)} = "{LETTERS[letter]}"'
    elif not candidate.scales:
        for value in candidate.unclear:
            yield _map_line(severity_key(value), counts[value])


def _map_line(key: str, count: int) -> str:
    level = LETTERS.get(key, CRITICAL)
    times = "time" if count == 1 else "times"
    return f'{_MAP}{toml_string(key)} = "{level}"  # {count} {times}: {_CLASSES}'


def _words_of_objects(inspected: Inspection) -> dict[str, str]:
    """Return, of each severity key at which there are only objects, the key of their words.

    Each object has this key, so nothing is lost if the object itself is passed over.
    """
    return {
        use.key: next(
            each.key for each in inspected.severity_like if _has_words_of(use.key, use.count, each)
        )
        for use in inspected.objects
        if any(_has_words_of(use.key, use.count, each) for each in inspected.severity_like)
    }


def _has_words_of(key: str, count: int, candidate: Candidate) -> bool:
    """Return whether a key is one of texts with the words of a severity, in all of some objects."""
    return (
        candidate.key.rpartition(".")[0] == key
        and candidate.count >= count
        and not _are_numbers(candidate.values)
        and any(class_of(text) != UNKNOWN for text in candidate.values)
    )


def _severity_keys(inspected: Inspection) -> list[str]:
    """Return the keys of the severity that are no question.

    Numbers and letters ask for a choice: their key is one only if a report asks for it. A key that
    does not have the name of a severity is one only if no event has a severity, and one of its
    values is a level that is no alarm. Where every event has a severity, only objects ask for one.
    """
    inside = [*_words_of_objects(inspected).values()]
    if not _is_asked(inspected):
        return inside
    found = {each.name for each in inspected.unread_keys}
    likely = [each for each in inspected.severity_like if _is_likely(each)]
    words = [
        each.key
        for each in likely
        if each.is_understood
        and (each.is_named or (not inspected.severity and _has_one_of(_QUIET, each)))
    ]
    asked = [
        each.key
        for each in likely
        if not each.is_understood
        and (each.scales or each.letters or _are_numbers(each.values))
        and (each.key in found or _last(each.key) in found)
        and each.key.rpartition(".")[0] not in _words_of_objects(inspected)
    ]
    return [*dict.fromkeys([*inside, *words, *asked])][:_MOST_NAMED]


def _values(inspected: Inspection) -> Iterator[str]:
    """Yield a comment for each value of a severity that is not understood."""
    unknown = [each for each in inspected.severities if each.taken_for == UNKNOWN]
    numbers = {each.value: each.count for each in unknown if _are_numbers([each.value])}
    for scale in inspected.scales:
        yield f'{_SCALE}"{scale}"  # {_on_scale(scale, numbers)}'
    if numbers and not inspected.scales:
        yield "# no scale holds all of these numbers and tells them apart"
    are_solved = len(_words_of_objects(inspected)) == len(inspected.objects) > 0
    for each in unknown:
        if each.value == _OBJECT and are_solved:
            continue
        yield _map_line(severity_key(each.value), each.count)
    if len(unknown) >= MOST_ODD:
        yield "# and other values: run again once these are mapped"


def _unread(inspected: Inspection) -> Iterator[str]:
    """Yield what can be done about severities that no key shows."""
    objects = _words_of_objects(inspected)
    for key, words in objects.items():
        yield (
            f"# {toml_string(key)} is an object in every event that was read, and "
            f"{toml_string(words)} has its words, so:"
        )
    passed = [*objects]
    known = {*map(_last, _severity_keys(inspected))}
    in_lists = dict(inspected.in_lists)
    for each in inspected.unread_keys:
        name = toml_string(each.name)
        if each.name in _PLACES:
            continue
        if each.name in in_lists:
            path = toml_string(in_lists[each.name])
            yield f"# {name} is inside of the list {path}, where no key list reaches it:"
            yield f"# unpack = [{path}]  # reads each object of the list as an event"
        if each.name in known:
            continue
        if _is_harmless(each.name, inspected):
            passed.append(each.name)
        else:
            yield (
                f"# {name} may have critical values: only if it says no severity for certain, put "
                "it into severity.not"
            )
    if passed:
        why = "" if [*objects] == passed else "  # those that say no severity"
        yield f"# severity.not = {_array(passed)}{why}"
    if any(each.name in _PLACES for each in inspected.unread_keys):
        yield "# some lines have the word of a severity in a text or a list, which no key reaches:"
        yield '# let the writer log it at a key of its own, such as "severity"'


def _is_harmless(name: str, inspected: Inspection) -> bool:
    """Return whether the values of a key are known, and none is of the class critical."""
    alike = [each for each in inspected.severity_like if _last(each.key) == name]
    # The values are in the order of their classes.
    return bool(alike) and all(
        not each.others and class_of(text) != CRITICAL for each in alike for text in each.values
    )


def _scale_lines_of(asked: Sequence[Candidate]) -> Iterator[str]:
    """Yield a comment for each scale that fits a key, with what its numbers mean on it."""
    for scale in dict.fromkeys(scale for each in asked for scale in each.scales):
        meanings = [
            (each.key, _on_scale(scale, dict(zip(each.values, each.counts, strict=True))))
            for each in asked
            if scale in each.scales
        ]
        of_all = "; ".join(f"of {toml_string(key)} {meaning}" for key, meaning in meanings)
        yield f'{_SCALE}"{scale}"  # {meanings[0][1] if len(asked) == 1 else of_all}'


def _on_scale(scale: Scale, counts: Mapping[str, int]) -> str:
    """Return what numbers mean on a scale, the most severe first, each with how often it is."""
    reader = SeverityReader({}, scale)
    levels = {each: reader.read(NumberText(each)).level for each in counts}
    ordered = sorted(counts, key=lambda each: (CLASSES.index(levels[each]), -float(each)))
    return ", ".join(f"{each} {levels[each]} ({counts[each]})" for each in ordered)


def _counted(candidate: Candidate) -> str:
    """Return the values of a key, each with how often it is."""
    pairs = zip(candidate.values, candidate.counts, strict=True)
    rest = f" and {candidate.others} more" if candidate.others else ""
    return ", ".join(f"{toml_string(value)} ({count})" for value, count in pairs) + rest


def _is_likely(candidate: Candidate) -> bool:
    """Return whether a key may well be one of a severity: by its name, or by its values."""
    if candidate.is_named or candidate.letters:
        return True
    return candidate.is_understood and _has_one_of(_LEVELS, candidate)


def _has_one_of(words: frozenset[str], candidate: Candidate) -> bool:
    return not words.isdisjoint(map(severity_key, candidate.values))


def _are_numbers(values: Sequence[str]) -> bool:
    return bool(values) and all(
        scales_of([each]) or (each.isascii() and each.removeprefix("-").isdecimal())
        for each in values
    )


def _array(texts: Iterable[str]) -> str:
    return f"[{_listed(texts)}]"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(toml_string, texts))


def _last(key: str) -> str:
    return key.rsplit(".", 1)[-1]
