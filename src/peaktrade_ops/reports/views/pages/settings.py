"""The settings of a day on its page: how its telemetry was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from peaktrade_ops.reports.views.pages.parts import rows, table, untrusted, wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from peaktrade_ops.stage1.models import (
        FieldSettings,
        FormatSettings,
        Settings,
        SeveritySettings,
    )

Row = tuple[str, h.Element]


def settings_of(settings: Settings) -> Iterator[h.Node]:
    """Yield how the telemetry was read: in general, and where a format differs from that."""
    yield h.h2["How it was read"]
    general = _settings("all files", _general(settings))
    formats = [
        _settings(f"format {i}, where it differs", _format(each, settings))
        for i, each in enumerate(settings.formats or (), 1)
    ]
    if formats:
        yield h.div(".beside.reverse")[rows(h.div[rows(general)], h.div[rows(*formats)])]
    else:
        yield general


def _settings(caption: str, content: Iterable[Row]) -> h.Element:
    return wide(
        f"Settings: {caption}",
        table(f"Settings: {caption}", ("Setting", "Value"), content, kind="settings"),
    )


def _general(settings: Settings) -> Iterator[Row]:
    """Yield the settings of all files; version 0.1.0 did not write some of them."""
    yield from _fields(settings.fields)
    if settings.severity is not None:
        yield from _severity(settings.severity)
    if settings.danger is not None:
        yield "Words of a danger", _texts(settings.danger)
    sources = settings.sources
    yield "Legacy sources", _texts(sources.legacy)
    yield "Ignored", _texts(sources.ignore)
    for name, patterns in (
        ("Included", sources.include),
        ("Expected", sources.expect),
        ("Expected with events", sources.expect_events),
    ):
        if patterns:
            yield name, _texts(patterns)
    yield "Legacy keywords", untrusted(settings.legacy_regex)
    if settings.scope:
        yield (
            "Scanned",
            h.span["all telemetry" if settings.scope == "root" else "the --input paths"],
        )


def _format(layout: FormatSettings, settings: Settings) -> Iterator[Row]:
    """Yield the files of a format, and only what differs from the settings of all files."""
    yield "Files", _texts(layout.files)
    if layout.preset:
        yield "Preset", untrusted(layout.preset)
    same = {*map(_comparable, _fields(settings.fields))}
    same |= {*map(_comparable, _severity(settings.severity))} if settings.severity else set()
    for row in (*_fields(layout.fields), *_severity(layout.severity)):
        if _comparable(row) not in same:
            yield row
    if layout.unpack:
        yield "Unpacked lists", _texts(layout.unpack)
    if layout.embedded:
        yield "Embedded JSON", _texts(layout.embedded)


def _fields(fields: FieldSettings) -> Iterator[Row]:
    yield "Keys of the time", _texts(fields.time)
    yield "Keys of the severity", _texts(fields.severity)
    yield "Keys of the type", _texts(fields.type)
    yield "Keys of the rule", _texts(fields.rule)
    if fields.text:
        yield "Keys of the text", _texts(fields.text)


def _severity(rules: SeveritySettings) -> Iterator[Row]:
    mapped = [
        part
        for i, (value, name) in enumerate(sorted(rules.map.items()))
        for part in (", " if i else "", untrusted(value), " is ", untrusted(name))
    ]
    yield "Severities mapped", h.span[mapped or "none"]
    yield (
        "Scale of numbers",
        untrusted(rules.scale) if rules.scale else h.span["none: a number is not understood"],
    )
    yield "Keys that are no severity", _texts(rules.not_keys)


def _comparable(row: Row) -> tuple[str, str]:
    return row[0], str(row[1])


def _texts(texts: Iterable[str]) -> h.Element:
    return h.span[[part for text in texts for part in (untrusted(text), " ")] or "none"]
