"""The hints about events that were not understood or are too severe, with lines to paste.

Every function for a rule takes the days that the rule checks and the faults that it finds. What is
pasted without a thought hides no critical event: an unknown value becomes critical, and a key that
was not read becomes a key of the severity. The operator chooses another class, or the other line.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.config import Alerts, Fields
from peaktrade_ops.stage1.day import AHEAD, UNKNOWN, UNTIMED, not_understood_of
from peaktrade_ops.stage1.faults import plural
from peaktrade_ops.stage1.models import Evidence, Settings
from peaktrade_ops.stage1.nets import TEXT, VALUE, WORDS, key_of
from peaktrade_ops.stage1.severity import CLASSES, CRITICAL
from peaktrade_ops.stage1.wording import array, in_brackets, named, or_accept, storing_aged
from peaktrade_ops.text import ascii_lower, is_plain_key, printable, toml_string, word_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.faults import DayRange, Fault
    from peaktrade_ops.stage1.models import NamedCount, Seen, Summary

_NAMELESS: Final = frozenset({VALUE, TEXT})
_MOST_PASTED: Final = 24
_MOST_FILES: Final = 3
# Reports cut longer names, so a name of this length may not be whole.
_NAME_LENGTH: Final = 200
_CHOOSE: Final = "# choose the class of each: critical, error, warn, notice, info, debug, trace"
_GIVE_A_KEY: Final = (
    "give the events whose text or list says critical a severity of their own, in their writer or"
    " with unpack or embedded under [[formats]]"
)
_MEND_LONG: Final = (
    "severities of 200 characters or more have no line to paste: mend their writer, or, where their"
    " key holds no severity, name their key in not under [severity]"
)
_CHECK_CLOCKS: Final = (
    "check the clocks of the writers that are more than a day ahead: for one file alone,"
    " stage1-snapshot --input FILE --reports-root DIR, with a new DIR, counts them in ahead_serious"
)
_NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"


# --- not_understood ------------------------------------------------------------------------------


class _Unclear(msgspec.Struct, frozen=True):
    """What the reports of the guilty days did not understand.

    Attributes:
        kinds: The number of events by what is wrong with them.
        values: The unknown severities that can be mapped, the most frequent first.
        keys: The unread keys that can be named, as they are written, the most frequent first.
        inner: The unread keys that are keys of the severity already, so they are in other objects.
        has_nameless: Whether there are unread severities without a key.
        has_cut: Whether there are unknown severities that reports cut, so that no line names them.
        file: The file of an event that was not understood, for a shell; ``FILE`` if none is known.
        settings: The settings of the last report that has any; else `None`.
    """

    kinds: Counter[str]
    values: list[str]
    keys: list[str]
    inner: list[str]
    has_nameless: bool
    has_cut: bool
    file: str
    settings: Settings | None


def not_understood_events(day: Day) -> tuple[str, ...]:
    """Return the places of the events of a day that were not understood."""
    return _places(_evidence(day).not_understood)


def not_understood_text(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the objection to events that were not understood, without dates."""
    kinds = _unclear(_reports(span, faults)).kinds
    listed = ", ".join(f"{kind} {count}" for kind, count in kinds.items() if count)
    days = plural(len(faults), "day")
    return f"events that were not understood on {days}{f' ({listed})' if listed else ''}"


def not_understood(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for events that were not understood, with a line for each name."""
    unclear = _unclear(_reports(span, faults))
    steps = (
        (unclear.kinds[UNKNOWN], "say what the unknown severities mean"),
        (unclear.keys or unclear.inner, "say whether the keys that were not read hold a severity"),
        (unclear.has_nameless, _GIVE_A_KEY),
        (unclear.kinds[UNTIMED], "give the serious events without a time one, or name its key"),
        (unclear.has_cut, _MEND_LONG),
        (unclear.kinds[AHEAD], _CHECK_CLOCKS),
    )
    todo = [step for is_needed, step in steps if is_needed]
    what = "; ".join([f"look at these events{named(faults)}", *todo, "then run stage1-run"])
    what += storing_aged(span, faults)
    lines = [*_severity_lines(unclear), *_fields_lines(unclear)]
    return or_accept(what, "not_understood", faults, lines)


def _unclear(reports: Sequence[Summary]) -> _Unclear:
    kinds: Counter[str] = Counter()
    for report in reports:
        kinds.update(not_understood_of(report))
    understood = [report.understanding for report in reports if report.understanding]
    unread = _names(name for each in understood for name in each.unread_keys)
    settings = _settings(reports)
    known = settings.fields.severity if settings else Fields().severity
    keys = [key for key in unread if key not in _NAMELESS]
    values = [name for each in understood for name in each.unknown_values]
    return _Unclear(
        kinds=kinds,
        values=_names(values),
        keys=[key for key in keys if key_of(key) not in known],
        inner=[key for key in keys if key_of(key) in known],
        has_nameless=not _NAMELESS.isdisjoint(unread),
        has_cut=any(len(each.name) >= _NAME_LENGTH for each in values),
        file=_file_of(reports),
        settings=settings,
    )


def _file_of(reports: Sequence[Summary]) -> str:
    """Return the file of an event that says an unread severity, as far as the evidence shows."""
    events = [
        event
        for report in reports
        for event in (report.evidence.not_understood if report.evidence else ())
    ]
    # The severity of an event that is unread is none, or one of the known classes.
    events.sort(key=lambda event: event.severity is not None and event.severity not in CLASSES)
    return printable(shlex.quote(events[0].path)) if events else "FILE"


def _names(counts: Iterable[NamedCount]) -> list[str]:
    """Return the most frequent names that the configuration can name; equal ones by name."""
    total: Counter[str] = Counter()
    for each in counts:
        if 0 < len(each.name) < _NAME_LENGTH:
            total[each.name] += each.count
    return sorted(total, key=lambda name: (-total[name], name))[:_MOST_PASTED]


def _severity_lines(unclear: _Unclear) -> list[str]:
    """Return the table ``[severity]``, with a class for each unknown value."""
    classes = _classes(unclear)
    lines = []
    if classes:
        lines.append(_CHOOSE)
        lines += [f"map.{toml_string(value)} = {toml_string(to)}" for value, to in classes.items()]
    if unclear.keys or any(re.fullmatch(_NUMBER, value) for value in unclear.values):
        lines.append("# or, if numbers are of a scale, instead of their lines:")
        lines.append('# scale = "python"  # or pino, syslog, otel, monolog, windows')
    if unclear.keys:
        rules = unclear.settings.severity if unclear.settings else None
        keys = [*(rules.not_keys if rules else ()), *unclear.keys]
        lines.append("# or, of keys that hold no severity, instead of naming them below:")
        lines += [f"# {line}" for line in array("not", keys)]
    return ["[severity]", *lines] if lines else []


def _classes(unclear: _Unclear) -> dict[str, str]:
    classes = dict.fromkeys(unclear.values, CRITICAL)
    if any(ascii_lower(key) in WORDS for key in unclear.keys):
        # Such a key may hold a boolean: it says that the event is critical, or that it is not.
        classes["true"] = CRITICAL
        if not any(word_list(value) == ["false"] for value in classes):
            classes["false"] = "info"
    return classes


def _fields_lines(unclear: _Unclear) -> list[str]:
    """Return the table ``[fields.more]``, with the keys that were not read."""
    lines = []
    if unclear.keys:
        fields = unclear.settings.fields if unclear.settings else None
        own = [key for key in (fields.severity if fields else ()) if key not in Fields().severity]
        plain = [key for key in map(key_of, unclear.keys) if is_plain_key(key)]
        lines += array("severity", [*own, *plain]) if plain else []
        lines.append("# of a key in another object name the path, such as labels.severity:")
    if unclear.inner:
        names = ", ".join(map(toml_string, unclear.inner))
        lines.append(f"# in another object, so their path must be named in severity: {names}")
    if unclear.keys or unclear.inner:
        lines.append(
            f"# peaktrade-ops inspect {unclear.file} (in the telemetry root) shows the path"
        )
        lines.append("# and the values: numbers need a scale under [severity], too")
        lines += _entry_lines(unclear, "severity", [*unclear.keys, *unclear.inner])
    if unclear.kinds[UNTIMED]:
        lines.append("# the key of the time of these events, which inspect may find:")
        lines.append('# time = ["KEY"]')
        lines += _entry_lines(unclear, "time", ["KEY"])
    return ["[fields.more]", *lines] if lines else []


def _entry_lines(unclear: _Unclear, name: str, written: Sequence[str]) -> list[str]:
    """Return comments for entries of ``[[formats]]`` whose list is their own.

    What stands under `[fields.more]` does not reach their files.

    Args:
        unclear: What was not understood.
        name: The property.
        written: The keys that were not read, as they are written.
    """
    settings = unclear.settings
    if settings is None:
        return []
    lines = []
    for place, entry in enumerate(settings.formats or (), 1):
        keys: Sequence[str] = getattr(entry.fields, name)
        reaching = {*getattr(settings.fields, name)} - {*entry.severity.not_keys}
        added = [key for key in map(key_of, written) if is_plain_key(key) and key not in keys]
        if added and not reaching.issubset(keys):
            files = ", ".join(map(toml_string, entry.files[:_MOST_FILES]))
            lines.append(
                f"# entry {place} of [[formats]] has a list of its own; for its files, {files},"
                " there:"
            )
            lines += [f"# {line}" for line in array(f"fields.{name}", [*keys, *added])]
    return lines


# --- danger --------------------------------------------------------------------------------------


def danger_events(day: Day) -> tuple[str, ...]:
    """Return the places of the dangers of a day."""
    return _places(_evidence(day).danger)


def danger(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for dangers, with the list of dangers without those that were found."""
    reports = _reports(span, faults)
    settings = _settings(reports)
    stored = settings.danger if settings else None
    entries = [each for each in (stored or Alerts().danger) if word_list(each)]
    found = {
        each.name
        for report in reports
        for each in (report.understanding.danger_words if report.understanding else ())
    }
    left = [each for each in entries if each not in found]
    comments = []
    if found:
        words = ", ".join(map(toml_string, sorted(found)))
        comments.append(f"# if these are harmless, the list without {words}:")
    return or_accept(
        f"find out what happened{named(faults)}; if these events are harmless by themselves, take"
        " their words out of danger under [alerts], and run stage1-run",
        "danger",
        faults,
        ["[alerts]", *comments, *array("danger", left)],
    )


# --- critical_actions and legacy_critical --------------------------------------------------------


def critical_action_events(day: Day) -> tuple[str, ...]:
    """Return the places of the critical operator actions of a day."""
    return _places(each for each in _evidence(day).actions if each.severity == CRITICAL)


def critical_actions(_span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for operator actions of critical severity."""
    return or_accept(
        "there was something critical for an operator to act on: look at these actions among the"
        f" operator actions in the reports{named(faults)}, and find the cause",
        "critical_actions",
        faults,
    )


def legacy_critical(span: DayRange, faults: Sequence[Fault]) -> str:
    """Return the hint for serious events of legacy sources."""
    settings = _settings(_reports(span, faults))
    patterns = settings.sources.legacy if settings else ()
    lines = ["[sources]"]
    if len(patterns) > 1:
        lines.append("# put back the patterns of sources that hold nothing serious:")
        lines += [f"# {line}" for line in array("legacy", patterns)]
    lines.append("legacy = []")
    return or_accept(
        f"a source that writes such events is in use: run inspect --all on the files of"
        f" {'this pattern' if len(patterns) == 1 else 'these patterns'}{in_brackets(patterns)} to"
        " see what they hold, and take its pattern out of legacy under [sources], so that its"
        " events count as all others, with file and line; then run stage1-run",
        "legacy_critical",
        faults,
        lines,
    )


def _reports(span: DayRange, faults: Sequence[Fault]) -> list[Summary]:
    """Return the reports of the days with faults, in order, as far as they can be decoded."""
    guilty = {fault.day for fault in faults}
    return [day.summary for day in span.days if day.summary and day.date in guilty]


def _settings(reports: Sequence[Summary]) -> Settings | None:
    known = [report.settings for report in reports if report.settings]
    return known[-1] if known else None


def _evidence(day: Day) -> Evidence:
    return (day.summary.evidence if day.summary else None) or Evidence()


def _places(events: Iterable[Seen]) -> tuple[str, ...]:
    return tuple(f"{event.path} line {event.line}" for event in events)
