"""The models of the configuration, with the default of each key.

Every key is optional. The defaults are those of the contract, and the ``stage1.toml`` of the repo
lists each of them. `peaktrade_ops.config_file` reads and checks a file.
"""

# Without `annotations` of `__future__`: msgspec would have to compile the text of each annotation.
import re
from datetime import date
from typing import Annotated, Final, Literal

import msgspec

_Key = Annotated[str, msgspec.Meta(min_length=1)]
_Keys = Annotated[tuple[_Key, ...], msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]
# For fields that are named `date` themselves: Python 3.14 reads the annotation when the class has
# the field, and would find the field.
_Date = date


SeverityClass = Literal["critical", "error", "warn", "notice", "info", "debug", "trace"]
"""The classes of known severities, the most severe first."""

Scale = Literal["python", "pino", "syslog", "otel", "monolog", "windows"]
"""The scales of severity numbers."""

STAGE_NAME: Final = "[a-z][a-z0-9_-]{0,31}"
"""The pattern of the key of a stage, which is a part of file names and of a folder."""

STAGE_FOLDER: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}){0,7}"
"""The pattern of the folder of a stage: no part leads upward or is hidden."""

STAGE1_TITLE: Final = "Stage 1 (dry run)"
"""The title of the stage of the base."""

_NUMBERED: Final = re.compile(r"stage([0-9]+)", re.ASCII)


def stage_number(key: str) -> str:
    """Return the number in the key of a stage, as in ``stage2``; empty without one."""
    found = _NUMBERED.fullmatch(key)
    return found[1] if found else ""


def stage_name(key: str) -> str:
    """Return the name of a stage in headings, from its key."""
    number = stage_number(key)
    return f"Stage {number}" if number else key.replace("_", " ").replace("-", " ").capitalize()


class MoreKeys(msgspec.Struct, frozen=True):
    """Keys that are tried before the others, for each property of an event."""

    time: tuple[_Key, ...] = ()
    severity: tuple[_Key, ...] = ()
    type: tuple[_Key, ...] = ()
    rule: tuple[_Key, ...] = ()
    text: tuple[_Key, ...] = ()


class Fields(msgspec.Struct, frozen=True):
    """The keys of each property of an event, in the order in which they are tried.

    A key with a dot is looked up literally, then as a path into nested objects. The keys in `more`
    are tried before the others.
    """

    time: _Keys = (
        "ts",
        "timestamp",
        "time",
        "created_at",
        "at",
        "datetime",
        "ts_utc",
        "timestamp_utc",
        "@timestamp",
        "wall_ts",
        "event_ts_unix",
        "captured_at",
        "emitted_at",
        "occurred_at",
        "recorded_at",
        "event_time",
        "eventTime",
        "Timestamp",
        "date",
        "asctime",
    )
    severity: _Keys = (
        "severity",
        "level",
        "sev",
        "levelname",
        "Severity",
        "Level",
        "LEVEL",
        "SEVERITY",
        "log.level",
        "loglevel",
        "log_level",
        "logLevel",
        "LogLevel",
        "lvl",
        "level_name",
        "severity_text",
        "severityText",
        "SeverityText",
        "error_severity",
        "@level",
    )
    type: _Keys = (
        "event_type",
        "type",
        "kind",
        "event",
        "category",
        "alert_type",
        "alertname",
        "name",
    )
    rule: _Keys = (
        "rule_id",
        "rule",
        "rule_name",
        "labels.rule_id",
        "labels.alertname",
        "name",
        "source",
    )
    text: _Keys = (
        "title",
        "message",
        "msg",
        "short_message",
        "summary",
        "body",
        "description",
        "reason",
        "error",
        "event",
    )
    more: MoreKeys = MoreKeys()


class SeverityRules(msgspec.Struct, frozen=True):
    """The meaning of severities that the built-in table does not contain.

    Attributes:
        map: The class of each value, which is cleaned and in lower case.
        scale: The scale of the numbers; `None` if numbers are not understood.
        not_: Keys that are never keys of a severity.
    """

    map: dict[_Key, SeverityClass] = msgspec.field(default_factory=dict)
    scale: Scale | None = None
    not_: tuple[_Key, ...] = msgspec.field(default=(), name="not")


class Alerts(msgspec.Struct, frozen=True):
    """Word sequences in types and states that always ask for attention."""

    danger: tuple[_Key, ...] = (
        "kill_switch",
        "killswitch",
        "killed",
        "circuit_breaker",
        "circuitbreaker",
        "margin_call",
        "margincall",
        "liquidation",
        "liquidated",
        "emergency_stop",
        "trading_halt",
        "trading_halted",
        "order_halted",
    )


class FormatKeys(msgspec.Struct, frozen=True):
    """The keys of each property in the files of a format; `None` for the keys of `Fields`."""

    time: _Keys | None = None
    severity: _Keys | None = None
    type: _Keys | None = None
    rule: _Keys | None = None
    text: _Keys | None = None
    more: MoreKeys = MoreKeys()


class Format(msgspec.Struct, frozen=True):
    """How to read some files (sections 5 and 8 of the contract).

    Attributes:
        files: The patterns of the files; the first format that matches a file counts.
        preset: The name of a preset, which the other attributes refine.
        fields: The keys of each property.
        severity: The meaning of severities.
        unpack: The paths of lists whose objects are events of their own.
        embedded: The keys of strings that contain an event as JSON.
    """

    files: _Keys
    preset: _Key | None = None
    fields: FormatKeys = FormatKeys()
    severity: SeverityRules = SeverityRules()
    unpack: tuple[_Key, ...] = ()
    embedded: tuple[_Key, ...] = ()


class Sources(msgspec.Struct, frozen=True):
    """Glob patterns for paths relative to the telemetry root; ``**`` crosses folders.

    Attributes:
        legacy: Sources whose events count only in the metric of legacy alerts.
        ignore: Paths that are left out without an effect.
        include: Paths that are scanned regardless of their names.
        expect: Required sources: each pattern must match a scanned file.
        expect_events: Required events: each pattern must match files with events in the window.
    """

    legacy: tuple[_Key, ...] = ("live_runs/alerts/**",)
    ignore: tuple[_Key, ...] = ()
    include: tuple[_Key, ...] = ()
    expect: tuple[_Key, ...] = ()
    expect_events: tuple[_Key, ...] = ()


DAYS_OF_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DayOff = Annotated[
    str, msgspec.Meta(pattern=f"^(?:{'|'.join(DAYS_OF_WEEK)}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})$")
]

AcceptableRule = Literal[
    "not_understood",
    "danger",
    "critical_actions",
    "legacy_critical",
    "new_alerts",
    "parse_errors",
    "incomplete",
    "unreadable",
    "unlisted",
    "missing",
    "last_day",
    "gap",
    "lost",
    "source_gone",
    "mixed",
]
"""The rules of the verdict that ``[[accepted]]`` may name."""


class Policy(msgspec.Struct, frozen=True):
    """The thresholds of the verdict (section 7 of the contract).

    Attributes:
        max_new_alerts: The maximum number of new alerts in the whole range; more are a HOLD.
        max_missing_days: The maximum number of missing or empty days in any `missing_window_days`;
            more are a HOLD.
        missing_window_days: The number of consecutive days in which missing days are counted.
        min_days_with_data: The minimum number of days with data; fewer are a HOLD.
        days_off: Days of the week, and dates, that may be empty or missing.
        retention_days: The minimum number of days for which telemetry is kept. Less telemetry of an
            older day is not a loss.
    """

    max_new_alerts: _Count = 5
    max_missing_days: _Count = 0
    missing_window_days: _Positive = 7
    min_days_with_data: _Positive = 7
    days_off: tuple[_DayOff, ...] = ()
    retention_days: _Positive = 7

    def is_off(self, day: date) -> bool:
        """Return whether a day may be empty or missing."""
        return DAYS_OF_WEEK[day.weekday()] in self.days_off or str(day) in self.days_off

    def __post_init__(self) -> None:
        """Check that each day off is a day of the week or a valid date.

        Raises:
            ValueError: A day off is neither.
        """
        for name in self.days_off:
            if name not in DAYS_OF_WEEK:
                date.fromisoformat(name)


class Accepted(msgspec.Struct, frozen=True):
    """An exception by the operator for one rule on one day (section 7 of the contract).

    Attributes:
        date: The day.
        rule: The rule.
        reason: The reason, shown with the verdict.
        count: The maximum number of events, records or files; 1 for rules without a number.
    """

    date: _Date
    rule: AcceptableRule
    reason: _Key
    count: _Positive = 1


class Limits(msgspec.Struct, frozen=True):
    """The resources that the program may use.

    Attributes:
        record_bytes: A record with more bytes is rejected as ``too long``.
        memory_bytes: The approximate size in bytes above which the counts of one process move to a
            temporary file.
        processes: The number of scanning processes; 0 for one per core, at most 8.
        cache_bytes: The size in bytes that the counts of earlier scans may have in the cache.
    """

    record_bytes: Annotated[int, msgspec.Meta(ge=1024, le=2**30)] = 64 * 2**20
    memory_bytes: Annotated[int, msgspec.Meta(ge=2**20)] = 64 * 2**20
    processes: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    cache_bytes: Annotated[int, msgspec.Meta(ge=2**20)] = 256 * 2**20


class Config(msgspec.Struct, frozen=True):
    """The whole configuration."""

    fields: Fields = Fields()
    severity: SeverityRules = SeverityRules()
    formats: tuple[Format, ...] = ()
    sources: Sources = Sources()
    alerts: Alerts = Alerts()
    policy: Policy = Policy()
    accepted: tuple[Accepted, ...] = ()
    limits: Limits = Limits()


class StageTable(Config, frozen=True):
    """A further stage: its names, and each key of the configuration that differs for it.

    Attributes:
        title: The title in reports; `None` for the name.
        folder: The folder of its reports, relative to the reports root; `None` for ``obs/NAME``.
    """

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    folder: Annotated[str, msgspec.Meta(pattern=f"^{STAGE_FOLDER}$")] | None = None


class Document(Config, frozen=True):
    """A configuration file: the base, which is that of Stage 1, and the further stages."""

    stages: dict[str, StageTable] = msgspec.field(default_factory=dict)
