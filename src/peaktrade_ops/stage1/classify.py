"""Choose how each file is read and its events are classified, by the configuration."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.formats import Reading, default_reading, reading_of
from peaktrade_ops.stage1.event_words import is_alert_log
from peaktrade_ops.stage1.kind_aspect import KindAspect
from peaktrade_ops.stage1.kinds import first_text
from peaktrade_ops.stage1.names import (
    ACTIONS,
    ALERTS,
    CRITICAL_ACTIONS,
    CRITICALS,
    DANGER_WORDS,
    DANGERS,
    LEGACY_CRITICAL,
    NAME_LENGTH,
    RULES,
    RULES_VERSION,
    SERIOUS,
    SEVERITIES,
    TYPES,
    UNKNOWN_SEVERITY,
    UNKNOWN_VALUES,
    UNREAD_KEYS,
    UNREAD_SEVERITY,
)
from peaktrade_ops.stage1.nets import SUSPICIOUS
from peaktrade_ops.stage1.rule_aspect import RuleAspect
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.records.keys import lookups, wanted_keys
from peaktrade_ops.text import word_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.counting.classifier import Aspect
    from peaktrade_ops.telemetry.records.keys import Values


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
        text = first_text(row, self._texts)
        return None if text is None else text[:NAME_LENGTH]
