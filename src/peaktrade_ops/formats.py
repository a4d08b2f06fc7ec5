"""The effective reading of events: key lists, severities and containers, for each file.

A preset describes a well-known format. Presets are data: ``presets.toml`` names the keys of each
format, its scale of numbers and its containers, with the source of each fact.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.config import MoreKeys, SeverityClass, SeverityRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from peaktrade_ops.config import Config, Format, FormatKeys, Scale

_PRESETS: Final = "presets.toml"

Keys = tuple[str, ...]


class Reading(NamedTuple):
    """How the events of a file are read.

    Attributes:
        time: The keys of the time, in the order in which they are tried; like the next four.
        severity: The keys of the severity, all of which are read.
        type: The keys of the type.
        rule: The keys of the rule.
        text: The keys of the text.
        map: The class of each severity that the operator or the preset maps, by its value.
        scale: The scale of severity numbers; `None` if numbers are not understood.
        not_keys: Keys that are never keys of a severity.
        unpack: The paths of lists whose objects are events of their own.
        embedded: The keys of strings that contain an event as JSON.
    """

    time: Keys
    severity: Keys
    type: Keys
    rule: Keys
    text: Keys
    map: tuple[tuple[str, SeverityClass], ...] = ()
    scale: Scale | None = None
    not_keys: Keys = ()
    unpack: Keys = ()
    embedded: Keys = ()


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A well-known format that the defaults do not read.

    Attributes:
        about: The program or the standard that writes the format, in a few words.
        source: The document that states the facts.
        keys: Keys that every event of the format has, by which it is recognised.
        fields: The keys of each property, tried before the others.
        severity: The meaning of severities.
        unpack: The paths of lists whose objects are events of their own.
        embedded: The keys of strings that contain an event as JSON.
    """

    about: str
    source: str
    keys: Keys
    fields: MoreKeys = MoreKeys()
    severity: SeverityRules = SeverityRules()
    unpack: Keys = ()
    embedded: Keys = ()


@cache
def presets() -> Mapping[str, Preset]:
    """Return all presets by name, in the order of their names."""
    # Not importlib.resources, which takes long to import.
    text = Path(__file__).with_name(_PRESETS).read_text("utf-8")
    known = msgspec.toml.decode(text, type=dict[str, Preset])
    return dict(sorted(known.items()))


def default_reading(config: Config) -> Reading:
    """Return the reading of files that match no format."""
    fields, rules = config.fields, config.severity
    return _reading(
        Reading(fields.time, fields.severity, fields.type, fields.rule, fields.text),
        [fields.more],
        [rules],
    )


def reading_of(config: Config, layout: Format) -> Reading:
    """Return the reading of files that match a format.

    The keys of the format come first, then those of its preset, then those for all files.
    """
    preset = presets()[layout.preset] if layout.preset else None
    own = layout.fields
    base = Reading(
        time=_keys(own, config, "time"),
        severity=_keys(own, config, "severity"),
        type=_keys(own, config, "type"),
        rule=_keys(own, config, "rule"),
        text=_keys(own, config, "text"),
    )
    more = [layout.fields.more, *([preset.fields] if preset else [])]
    rules = [layout.severity, *([preset.severity] if preset else []), config.severity]
    return _reading(base, more, rules)._replace(
        unpack=_joined(layout.unpack, preset.unpack if preset else ()),
        embedded=_joined(layout.embedded, preset.embedded if preset else ()),
    )


def time_keys(config: Config) -> Keys:
    """Return the keys of the time in any file, by which a file is recognised as telemetry."""
    readings = [reading_of(config, each) for each in config.formats]
    return _joined(default_reading(config).time, *(each.time for each in readings))


def _keys(own: FormatKeys, config: Config, name: str) -> Keys:
    """Return the key list of a property: that of the format, or that for all files."""
    keys: Keys | None = getattr(own, name)
    if keys is not None:
        return keys
    return _joined(getattr(config.fields.more, name), getattr(config.fields, name))


def _reading(base: Reading, more: Iterable[MoreKeys], rules: Iterable[SeverityRules]) -> Reading:
    """Return a reading with more keys and with rules for severities, the first ones first."""
    more, rules = list(more), list(rules)
    not_keys = _joined(*(each.not_ for each in rules))
    lists = {
        name: _joined(*(getattr(each, name) for each in more), getattr(base, name))
        for name in MoreKeys.__struct_fields__
    }
    lists["severity"] = tuple(key for key in lists["severity"] if key not in not_keys)
    mapped: dict[str, SeverityClass] = {}
    for each in reversed(rules):
        mapped |= each.map
    return base._replace(
        **lists,
        map=tuple(sorted(mapped.items())),
        scale=next((each.scale for each in rules if each.scale), None),
        not_keys=not_keys,
    )


def _joined(*lists: Keys) -> Keys:
    return tuple(dict.fromkeys(key for keys in lists for key in keys))
