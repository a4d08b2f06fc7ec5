"""Configurations to read telemetry by, and the rules that each of them gives to the oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from peaktrade_ops.config import (
    Alerts,
    Config,
    Fields,
    Format,
    FormatKeys,
    MoreKeys,
    SeverityRules,
    Sources,
)
from peaktrade_ops.formats import default_reading, reading_of
from tests.support.oracle import Rules, matches_glob

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hypothesis.strategies import SearchStrategy

    from peaktrade_ops.config import Scale, SeverityClass
    from peaktrade_ops.formats import Reading

MAPS: Sequence[dict[str, SeverityClass]] = (
    {"critical": "warn"},
    {"crit": "info", "fatal": "error", "60": "critical", "odd": "notice"},
    {"-1": "debug", "0": "critical", "non-critical": "info", "critical error": "warn"},
    {"true": "critical", "\U0001f525": "critical", "severe": "critical", "50": "info"},
    {"(array)": "critical", "(object)": "info", "-50": "error", "array": "warn"},
    {"info": "critical", "panic": "trace", "emergency": "debug"},
)
NOT_KEYS = (
    ("status",),
    ("level", "critical"),
    ("levelno", "PRIORITY", "priority"),
    ("x", "payload", "severity"),
    ("log.level", "state"),
)
SCALES: Sequence[Scale] = ("python", "pino", "syslog", "otel", "monolog", "windows")
DANGERS = (
    (),
    ("killed",),
    ("ack", "KillSwitch", "the switch"),
    (*Alerts().danger, "halted"),
)
MORE_KEYS = (
    MoreKeys(),
    MoreKeys(severity=("levelno", "severity_number", "PRIORITY")),
    MoreKeys(severity=("status", "labels.severity", "grade"), type=("state",), rule=("lev",)),
    MoreKeys(time=("x",), text=("note", "payload.level")),
)
UNPACKS = ((), ("Records",), ("spans.logs",), ("spans.logs", "Records"))
EMBEDDED = ((), ("log",), ("message",), ("log", "message"))
FILES = (
    ("telemetry/**",),
    ("**",),
    ("**/alerts*.jsonl", "obs/*"),
    ("live_runs/**",),
)


def severity_rules() -> SearchStrategy[SeverityRules]:
    """Return a strategy for the meaning of severities; most of them say little."""
    return st.builds(
        SeverityRules,
        map=st.sampled_from(({}, {}, *MAPS)),
        scale=st.sampled_from((None, None, *SCALES)),
        not_=st.sampled_from(((), (), *NOT_KEYS)),
    )


def formats() -> SearchStrategy[Format]:
    """Return a strategy for formats of some of the files of `tests.support.hostile`."""
    return st.builds(
        Format,
        files=st.sampled_from(FILES),
        fields=st.builds(
            FormatKeys,
            severity=st.sampled_from((None, None, ("level",), ("sev", "log.level"))),
            more=st.sampled_from(MORE_KEYS),
        ),
        severity=severity_rules(),
        unpack=st.sampled_from(UNPACKS),
        embedded=st.sampled_from(EMBEDDED),
    )


def configs() -> SearchStrategy[Config]:
    """Return a strategy for configurations with maps, scales, other keys, dangers and formats."""
    return st.builds(
        Config,
        fields=st.sampled_from(MORE_KEYS).map(lambda more: Fields(more=more)),
        severity=severity_rules(),
        formats=st.lists(formats(), max_size=2).map(tuple),
        sources=st.sampled_from((Sources(), Sources(legacy=()), Sources(legacy=("telemetry/*",)))),
        alerts=st.sampled_from((Alerts(), Alerts(), *(Alerts(danger) for danger in DANGERS))),
    )


def rules_of(config: Config, paths: Iterable[str]) -> Rules:
    """Return the rules for the oracle that a configuration gives for files."""
    return Rules(
        reading=default_reading(config),
        readings={path: _reading(config, path) for path in paths},
        danger=config.alerts.danger,
        legacy_sources=config.sources.legacy,
        record_bytes=config.limits.record_bytes,
    )


def _reading(config: Config, path: str) -> Reading:
    """Return the reading of a file (section 8: "the first that matches counts")."""
    for layout in config.formats:
        if any(matches_glob(pattern, path) for pattern in layout.files):
            return reading_of(config, layout)
    return default_reading(config)
