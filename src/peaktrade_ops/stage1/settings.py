"""The settings that the numbers of a report depend on, and whether two of them read the same."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.formats import default_reading, reading_of
from peaktrade_ops.stage1.models import (
    FieldSettings,
    FormatSettings,
    Settings,
    SeveritySettings,
    SourceSettings,
)
from peaktrade_ops.stage1.names import RULES_VERSION

if TYPE_CHECKING:
    from peaktrade_ops.config import Config
    from peaktrade_ops.formats import Reading
    from peaktrade_ops.stage1.models import Scope


def settings_of(config: Config, legacy_regex: str, *, scope: Scope) -> Settings:
    """Return the settings that the numbers depend on.

    Args:
        config: The configuration.
        legacy_regex: The keyword search.
        scope: Whether the telemetry root or ``--input`` paths are scanned.
    """
    sources, reading = config.sources, default_reading(config)
    settings = Settings(
        fields=_field_settings(reading),
        sources=SourceSettings(
            sources.legacy, sources.ignore, sources.include, sources.expect, sources.expect_events
        ),
        legacy_regex=legacy_regex,
        severity=_severity_settings(reading),
        danger=config.alerts.danger,
        formats=tuple(
            FormatSettings(
                files=each.files,
                preset=each.preset,
                fields=_field_settings(own := reading_of(config, each)),
                severity=_severity_settings(own),
                unpack=own.unpack,
                embedded=own.embedded,
            )
            for each in config.formats
        ),
    )
    return msgspec.structs.replace(settings, scope=scope, digest=digest_of(settings))


def _field_settings(reading: Reading) -> FieldSettings:
    return FieldSettings(reading.time, reading.severity, reading.type, reading.rule, reading.text)


def _severity_settings(reading: Reading) -> SeveritySettings:
    return SeveritySettings(dict(reading.map), reading.scale, reading.not_keys)


def digest_of(settings: Settings) -> str:
    """Return the SHA-256 of settings except their scope, and of the version of the rules."""
    bare = msgspec.structs.replace(settings, scope=None, digest=None)
    # This is the version of the rules by which events are read, not that of the program.
    text = json.dumps([RULES_VERSION, msgspec.to_builtins(bare)], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def are_alike(stored: Settings | None, now: Settings | None) -> bool:
    """Return whether a change between two settings cannot change what an event is, or which files.

    What is expected, and the keyword search, change neither.

    Args:
        stored: The settings of a stored report.
        now: The settings of a count of this program.

    Returns:
        False also if one of them has no digest, or if the stored one has another version of the
        rules.
    """
    if stored is None or now is None or stored.digest is None or now.digest is None:
        return False
    if stored.digest == now.digest:
        return True
    return stored.digest == digest_of(stored) and _reading(stored) == _reading(now)


def _reading(settings: Settings) -> Settings:
    """Return settings with nothing but what says which files are read, and how."""
    return msgspec.structs.replace(
        settings,
        legacy_regex="",
        scope=None,
        digest=None,
        sources=msgspec.structs.replace(settings.sources, expect=(), expect_events=()),
    )
