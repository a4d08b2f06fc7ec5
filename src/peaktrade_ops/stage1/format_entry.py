"""Write the lines of an entry of ``[[formats]]`` that name what is not understood in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from peaktrade_ops.config import SeverityClass
from peaktrade_ops.stage1.inspection import MOST_ODD
from peaktrade_ops.stage1.nets import TEXT, VALUE, key_of
from peaktrade_ops.stage1.severity import CLASSES, CRITICAL, UNKNOWN, SeverityReader, class_of
from peaktrade_ops.stage1.surroundings import LETTERS, scales_of
from peaktrade_ops.text import NumberText, severity_key, toml_array, toml_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from peaktrade_ops.config import Scale
    from peaktrade_ops.stage1.inspection import Candidate, Inspection

_CLASSES: Final = ", ".join(get_args(SeverityClass))
_MOST_NAMED: Final = 8
_MOST_EXPLAINED: Final = 4
_PLACES: Final = frozenset({VALUE, TEXT})
_QUIET: Final = frozenset({"warn", "warning", "info", "debug", "notice", "trace"})
"""Words that say that a key is one of a severity, even if its name does not."""

_LEVELS: Final = frozenset({"critical", "fatal", *_QUIET})
"""Words that let a key be one of a severity."""

_MILD: Final = frozenset({"config", "default", "fine", "log", "none", "normal", "ok", "success"})
"""Words of the table that are values of many keys that are no severity."""

_OBJECT: Final = "(object)"
_SCALE: Final = "# severity.scale = "
_MAP: Final = "# severity.map."


def entry_lines(inspected: Inspection) -> Iterator[str]:
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


def is_mute(inspected: Inspection) -> bool:
    """Return whether no event has a severity, but a key that may be one is left to a choice."""
    return bool(
        not inspected.severity and inspected.severity_like and not _severity_keys(inspected)
    )


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
    doubted = [key for key, _ in inspected.times_doubted]
    if wanted or doubted:
        others = [
            each.key
            for each in inspected.time_like
            if each.is_understood and each.is_named and each.key not in {*wanted, *doubted}
        ]
        also = f"  # also times: {toml_array(others[:_MOST_EXPLAINED])}" if others else ""
        # The keys that are tried now stay before the new ones, which change no time that is read.
        keys = toml_array((*inspected.times_before, *(wanted or doubted)))
        yield f"{'' if wanted else '# '}fields.more.time = {keys}{also}"
    for key, why in inspected.times_doubted:
        what = (
            f"{toml_string(key)} for the same list, only" if wanted else f"{toml_string(key)} only"
        )
        yield f"# {what} if it has the time of each event: {why}"
    if not inspected.times_missing:
        return
    odd = {each.key: each.value for each in inspected.unread_times}
    odd |= {each.key: each.values[0] for each in inspected.time_like if not each.is_understood}
    for key, value in [*odd.items()][:_MOST_NAMED]:
        yield (
            f"# the values of {toml_string(key)} are no form of time that is read, such as "
            f"{toml_string(value)}: ISO 8601 with an offset is one"
        )
    if not wanted and not doubted and not odd:
        yield "# fields.more.time = []  # no key looks like a time"


def _severities(inspected: Inspection) -> Iterator[str]:
    """Yield the line with the keys of the severity, and those that the operator may choose.

    There is one line with all of them, because TOML does not allow two of the same key.
    """
    keys = _severity_keys(inspected)
    others = [each for each in inspected.severity_like if not _is_said(each, keys, inspected)]
    if keys:
        yield f"fields.more.severity = {toml_array(keys)}"
        for each in others:
            yield f"# {toml_string(each.key)} for the same list, if it is one: {_counted(each)}"
    elif len(others) == 1:
        yield f"# fields.more.severity = {toml_array([others[0].key])}  # {_counted(others[0])}"
    elif others:
        listed = toml_array(each.key for each in others)
        yield f"# fields.more.severity = {listed}  # keep those that say a severity:"
        for each in others:
            yield f"# {toml_string(each.key)}: {_counted(each)}"
    elif inspected.unread and not inspected.in_lists:
        yield "# fields.more.severity = []  # no key looks like a severity"
    if any(each.is_understood or _has_known_numbers(each) for each in others):
        yield (
            "# only a key of the severity of each event: one with a severity is not searched for "
            f"words such as FATAL{_said_elsewhere(inspected)}"
        )
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

    Numbers and letters ask for a choice: their key is one only if a report asks for it and none of
    them is understood, so that they are asked for next. A key that does not have the name of a
    severity is one only if no event has a severity, and one of its values is a level that is no
    alarm. Where every event has a severity, only objects ask for one.

    An event with a severity is searched less for other signs of one. So a key that is understood
    hides what was found elsewhere, and a key that always says the same mild word may be that of
    something else.
    """
    inside = [*_words_of_objects(inspected).values()]
    if not _is_asked(inspected):
        return inside
    chosen = {each.key: each for each in inspected.severity_like if _is_chosen(each, inspected)}
    if not _are_said_by(inspected, (*inside, *chosen)):
        chosen = {key: each for key, each in chosen.items() if not each.is_understood}
    # Words first.
    keys = sorted(chosen, key=lambda key: not chosen[key].is_understood)
    return [*dict.fromkeys([*inside, *keys])][:_MOST_NAMED]


def _is_chosen(candidate: Candidate, inspected: Inspection) -> bool:
    """Return whether a key is one of the severity, as far as its name and its values say."""
    if not _is_likely(candidate):
        return False
    if candidate.letters or _are_numbers(candidate.values):
        found = {key_of(each.name) for each in inspected.unread_keys}
        # What a scale or a map for other keys says of such values may be wrong.
        is_open = candidate.unclear == candidate.values
        is_found = not found.isdisjoint((candidate.key, _last(candidate.key)))
        holder = candidate.key.rpartition(".")[0]
        return is_open and is_found and holder not in _words_of_objects(inspected)
    return (
        candidate.is_understood
        and _says_levels(candidate)
        and (candidate.is_named or (not inspected.severity and _has_one_of(_QUIET, candidate)))
    )


def _says_levels(candidate: Candidate) -> bool:
    """Return whether the words of a key are those of a severity: they differ, or say critical."""
    words = set(map(severity_key, candidate.values))
    return any(class_of(word) == CRITICAL for word in words) or (
        len(words) > 1 and not words <= _MILD
    )


def _are_said_by(inspected: Inspection, keys: Sequence[str]) -> bool:
    """Return whether some keys show every severity that was found elsewhere."""
    return {key_of(each.name) for each in inspected.unread_keys} <= {*keys, *map(_last, keys)}


def _said_elsewhere(inspected: Inspection) -> str:
    """Return where there are signs of a severity that no key shows; no text if there are none."""
    in_texts = any(each.name == TEXT for each in inspected.unread_keys)
    return ", and some texts here have one" if in_texts else ""


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
    keys = _severity_keys(inspected)
    known = {*keys, *map(_last, keys)}
    in_lists = dict(inspected.in_lists)
    at_top = {each.key for each in inspected.severity_like}
    for each in inspected.unread_keys:
        name = toml_string(each.name)
        if each.name in _PLACES:
            continue
        if each.name in in_lists:
            path = toml_string(in_lists[each.name])
            yield f"# {name} is inside of the list {path}, where no key list reaches it:"
            yield f"# unpack = [{path}]  # reads each object of the list as an event"
        if key_of(each.name) in known:
            continue
        if "." in each.name and each.name not in in_lists and each.name not in at_top:
            yield (
                f"# {name} is a key with a dot in another object, which no key list reaches: let "
                "the writer log it at a key without one"
            )
        if _is_harmless(each.name, inspected):
            passed.append(each.name)
        else:
            yield (
                f"# {name} may have critical values: only if it says no severity for certain, put "
                "it into severity.not"
            )
    if passed:
        why = "" if [*objects] == passed else "  # those that say no severity"
        yield f"# severity.not = {toml_array(passed)}{why}"
    if any(each.name in _PLACES for each in inspected.unread_keys):
        yield "# some lines have the word of a severity in a text or a list, which no key reaches:"
        yield '# let the writer log it at a key of its own, such as "severity"'


def _is_harmless(name: str, inspected: Inspection) -> bool:
    """Return whether the values of a key are known, and none is of the class critical."""
    key = key_of(name)
    alike = [each for each in inspected.severity_like if key in {each.key, _last(each.key)}]
    return bool(alike) and all(
        not each.others and class_of(text) not in {CRITICAL, UNKNOWN}
        for each in alike
        for text in each.values
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


def _has_known_numbers(candidate: Candidate) -> bool:
    return _are_numbers(candidate.values) and candidate.unclear != candidate.values


def _last(key: str) -> str:
    return key.rsplit(".", 1)[-1]
