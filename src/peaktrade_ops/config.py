"""The configuration file ``stage1.toml``, checked key by key.

Every key is optional. The defaults are those of the contract, and the ``stage1.toml`` of the repo
lists each of them.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from peaktrade_ops.errors import ConfigError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CONFIG_NAME: Final = "stage1.toml"

_Key = Annotated[str, msgspec.Meta(min_length=1)]
_Keys = Annotated[tuple[_Key, ...], msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]


class Fields(msgspec.Struct, frozen=True):
    """The keys of each property of an event, in the order in which they are tried.

    A key with a dot is looked up literally, then as a path into nested objects.
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
    )
    severity: _Keys = ("severity", "level", "sev", "levelname")
    type: _Keys = ("event_type", "type", "kind", "event", "category", "name")
    rule: _Keys = ("rule_id", "rule", "rule_name", "labels.rule_id", "name", "source")


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
    "untimed_critical",
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

    date: date
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
    """

    record_bytes: Annotated[int, msgspec.Meta(ge=1024, le=2**30)] = 64 * 2**20
    memory_bytes: Annotated[int, msgspec.Meta(ge=2**20)] = 64 * 2**20
    processes: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0


class Config(msgspec.Struct, frozen=True):
    """The whole configuration."""

    fields: Fields = Fields()
    sources: Sources = Sources()
    policy: Policy = Policy()
    accepted: tuple[Accepted, ...] = ()
    limits: Limits = Limits()


def load_config(path: Path) -> Config:
    """Read a configuration file.

    Args:
        path: The TOML file.

    Returns:
        The configuration, with the default of each key that the file does not set.

    Raises:
        ConfigError: The file is missing, unreadable or not TOML, has an unknown key (the message
            names the closest known key), or has a value that is not allowed.
    """
    try:
        # An editor may begin the file with a byte-order mark.
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except OSError as error:
        raise ConfigError(
            f"configuration {path} cannot be read: {reason_of(error)}"
            f" (running as uid {os.geteuid()})",
            hint="check --config and PEAK_CONFIG",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"configuration {path} is not UTF-8 at byte {error.start}") from error
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: huge numbers and deep nesting exceed the limits of Python.
        raise ConfigError(f"configuration {path} is not TOML: {error}") from error
    _refuse_old_keys(document, path)
    _refuse_unknown_keys(document, path)
    try:
        return msgspec.convert(document, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"configuration {path}: {error}", hint="stage1.toml in the repo explains every key"
        ) from error


def default_config_file(
    repo_root: Path, *, program_root: Path | None, telemetry_root: Path | None
) -> Path | None:
    """Return the default configuration file, which is ``stage1.toml`` in the repo root.

    A file in the telemetry root or below is not trusted, because a writer of telemetry could then
    set the thresholds. The repo of the program itself is trusted even there: a writer there can
    change the program too.

    Args:
        repo_root: The repo root, absolute.
        program_root: The root of the repo that contains the program; `None` if no repo does.
        telemetry_root: The telemetry folder, absolute; `None` if it is not known.

    Returns:
        The file; `None` if the repo root has none, or has an untrusted one equal to the defaults.

    Raises:
        ConfigError: The file is not trusted and differs from the defaults: it is safe neither to
            use it nor to ignore it.
    """
    path = repo_root / CONFIG_NAME
    if not path.is_file():
        return None
    beside = telemetry_root is not None and repo_root.is_relative_to(telemetry_root)
    if not beside or repo_root == program_root:
        return path
    if load_config(path) != Config():
        raise ConfigError(
            f"configuration {path} lies in the telemetry root, from which none is read",
            hint="name it with --config if you mean it, or move it away",
        )
    return None


def _refuse_old_keys(document: dict[str, Any], path: Path) -> None:
    """Remove `empty_is_missing` of version 0.1.0, and convert the dates in `days_off` to text.

    Raises:
        ConfigError: `empty_is_missing` is false, which is no longer possible.
    """
    policy = document.get("policy")
    if not isinstance(policy, dict):
        return
    if policy.pop("empty_is_missing", True) is not True:
        raise ConfigError(
            f"configuration {path}: policy.empty_is_missing can no longer be false",
            hint='name the days that may be empty with days_off under [policy], such as ["sat"]',
        )
    days_off = policy.get("days_off")
    if isinstance(days_off, list):
        policy["days_off"] = [str(day) if type(day) is date else day for day in days_off]


def _refuse_unknown_keys(document: dict[str, Any], path: Path) -> None:
    known: dict[str, Any] = {
        field.name: {key.name for key in msgspec.structs.fields(field.type)}
        for field in msgspec.structs.fields(Config)
        if field.name != "accepted"
    }
    accepted = {key.name for key in msgspec.structs.fields(Accepted)}
    _refuse(document, {*known, "accepted"}, "", path)
    for section, keys in known.items():
        body = document.get(section)
        if isinstance(body, dict):
            _refuse(body, keys, f"{section}.", path)
    entries = document.get("accepted")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            _refuse(entry, accepted, "accepted.", path)
            _refuse_never_accepted(entry, path)


def _refuse_never_accepted(entry: dict[str, Any], path: Path) -> None:
    if entry.get("rule") in {"critical", "too_short"}:
        raise ConfigError(
            f"configuration {path}: the rule {entry['rule']!r} can never be accepted",
            hint="the verdict changes when the days have left the range",
        )


def _refuse(names: Iterable[str], known: Iterable[str], prefix: str, path: Path) -> None:
    known = sorted(known)
    for name in names:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)
        raise ConfigError(
            f"configuration {path}: unknown key {prefix + name!r}",
            hint=f"did you mean {prefix + near[0]!r}?" if near else "",
        )
