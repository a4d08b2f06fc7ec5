"""The models of the artifacts: `Summary`, `Trend` and `Index` (section 6 of the contract).

Validation is strict: a value of another type, a negative count or counts that do not add up make a
file unreadable, and an unreadable day is a HOLD. Fields that the earlier scripts did not write are
optional. Unknown fields are ignored, so a later version can add fields.
"""

# Without `annotations` of `__future__`: msgspec would have to compile the text of each annotation.
import inspect
import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.stage import IndexVersion, StageKey
from peaktrade_ops.window import DAY

HOURS_A_DAY: Final = 24

# For fields that are named `date` themselves: Python 3.14 reads the annotation when the class has
# the field, and would find the field.
_Date = date

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Total = Annotated[int, msgspec.Meta(ge=0)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Mean = Annotated[float, msgspec.Meta(ge=0)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Verdict = Literal["GO", "HOLD", "NO_GO"]
DayState = Literal["ok", "missing", "empty", "unreadable", "incomplete"]
Effect = Literal["complete", "incomplete"]
Scope = Literal["root", "input"]
CheckResult = Literal["objects", "passed", "accepted"]
Choice = Literal["go", "extend", "no-go"]
Direction = Literal["up", "down", "flat", "unknown"]
MOST_OWNER: Final = 100
"""The maximum number of characters of the name of an owner."""

MOST_NOTE: Final = 2000
"""The maximum number of characters of the note on a decision."""

Owner = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_OWNER)]
Note = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_NOTE)]


def _check_years(*moments: datetime | None) -> None:
    """Check that times can be shown in UTC.

    Raises:
        ValueError: A time is outside of the years that `datetime` supports.
    """
    try:
        for moment in filter(None, moments):
            moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time is out of range") from None


class Metrics(msgspec.Struct, frozen=True):
    """The five metrics of a day."""

    new_alerts: Count
    critical_alerts: Count
    parse_errors: Count
    operator_actions: Count
    legacy_alerts: Count


class Span(msgspec.Struct, frozen=True):
    """The half-open window of a report; always 24 hours."""

    start: Moment
    end: Moment

    def __post_init__(self) -> None:
        """Check the length, because gaps are found by comparing windows."""
        if self.end - self.start != DAY:
            raise ValueError("the window is not 24 hours long")


class ScannedFile(msgspec.Struct, frozen=True):
    """A scanned file: its `bytes` on disk, its lines by outcome, its events in the window."""

    path: str
    bytes: Count
    lines: Count
    blank: Count
    events: Count
    rejected: Count
    partial: Count
    in_window: Count = 0


class ScannedFolder(msgspec.Struct, frozen=True):
    """The scanned files of one folder; dated parts of its path are written as ``*``."""

    path: str
    files: Count
    lines: Count
    events: Count
    in_window: Count


class LeftOut(msgspec.Struct, frozen=True):
    """A path that was not scanned, or not to its end.

    `effect` is its effect on the coverage of the window. Version 0.1.0 did not write it.
    """

    path: str
    reason: str
    effect: Effect | msgspec.UnsetType = msgspec.UNSET


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The coverage of a scan: files, lines by outcome, events by time.

    Version 0.1.0 did not write the fields that have a default.

    Attributes:
        untimed_in_window: Events without a time that belong to the window, outside of legacy
            sources.
        legacy_in_window: Events of legacy sources in the window, which no metric counts.
        folders: All folders of scanned files; `None` if they are not known.
    """

    complete: bool
    candidates: Count
    lines: Count
    blank: Count
    events: Count
    rejected: Count
    partial: Count
    untimed: Count
    untimed_in_window: Count = 0
    untimed_critical: Count
    naive: Count
    future: Count
    in_window: Count
    legacy_in_window: Count = 0
    first: Moment | None
    last: Moment | None
    files: tuple[ScannedFile, ...]
    folders: tuple[ScannedFolder, ...] | None = None
    left_out: tuple[LeftOut, ...]

    @property
    def scanned(self) -> int:
        """The number of scanned files, of which `files` lists only the first 1,000."""
        if self.folders is None:
            return len(self.files)
        return sum(folder.files for folder in self.folders)

    def __post_init__(self) -> None:
        """Check that the counts add up and that the times can be shown."""
        _check_years(self.first, self.last)
        if self.lines != self.blank + self.events + self.rejected + self.partial:
            raise ValueError("lines are not blank + events + rejected + partial")


class NamedCount(msgspec.Struct, frozen=True):
    """A value of a property, and the number of events of the window that have it."""

    name: str
    count: Count


class Top(msgspec.Struct, frozen=True):
    """The most frequent values: highest count first, equal counts by name."""

    severities: tuple[NamedCount, ...]
    types: tuple[NamedCount, ...]
    rules: tuple[NamedCount, ...]


class Hour(msgspec.Struct, frozen=True):
    """One hour of the window."""

    start: Moment
    events: Count
    alerts: Count

    def __post_init__(self) -> None:
        """Check that the time can be shown."""
        _check_years(self.start)


class RejectedLine(msgspec.Struct, frozen=True):
    """A rejected record: its file, its line number from 1, and the reason."""

    path: str
    line: Annotated[int, msgspec.Meta(ge=1)]
    reason: str


class FieldSettings(msgspec.Struct, frozen=True):
    """The effective key lists."""

    time: tuple[str, ...]
    severity: tuple[str, ...]
    type: tuple[str, ...]
    rule: tuple[str, ...]
    text: tuple[str, ...] = ()


class SeveritySettings(msgspec.Struct, frozen=True):
    """The effective meaning of severities; `not_keys` are never keys of a severity."""

    map: dict[str, str] = msgspec.field(default_factory=dict)
    scale: str | None = None
    not_keys: tuple[str, ...] = ()


class FormatSettings(msgspec.Struct, frozen=True):
    """How the files of a format are read, with the keys of its preset."""

    files: tuple[str, ...]
    preset: str | None
    fields: FieldSettings
    severity: SeveritySettings
    unpack: tuple[str, ...]
    embedded: tuple[str, ...]


class SourceSettings(msgspec.Struct, frozen=True):
    """The effective source patterns."""

    legacy: tuple[str, ...]
    ignore: tuple[str, ...]
    include: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    expect_events: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True):
    """The settings that the numbers depend on.

    Attributes:
        fields: The effective key lists.
        sources: The effective source patterns.
        legacy_regex: The keyword search.
        severity: The meaning of severities, `None` for 0.1.0, like the next two.
        danger: The word sequences of dangers.
        formats: The formats of some files, in order.
        scope: Whether the telemetry root or ``--input`` paths were scanned; `None` for 0.1.0.
        digest: SHA-256 of these settings except `scope`, and of the version of the rules by which
            events are read; `None` for 0.1.0.
    """

    fields: FieldSettings
    sources: SourceSettings
    legacy_regex: str
    severity: SeveritySettings | None = None
    danger: tuple[str, ...] | None = None
    formats: tuple[FormatSettings, ...] | None = None
    scope: Scope | None = None
    digest: Sha256 | None = None


class Understanding(msgspec.Struct, frozen=True):
    """Data that was not understood or is too severe to tolerate: counts and most frequent names."""

    unknown_severity: Count = 0
    unread_severity: Count = 0
    untimed_serious: Count = 0
    danger: Count = 0
    critical_actions: Count = 0
    legacy_critical: Count = 0
    ahead_serious: Count = 0
    unpacked: Count = 0
    unknown_values: tuple[NamedCount, ...] = ()
    unread_keys: tuple[NamedCount, ...] = ()
    danger_words: tuple[NamedCount, ...] = ()


class Seen(msgspec.Struct, frozen=True):
    """One event: where it is, and what it says.

    `severity` is its class, or its value where that is not understood. `time` is null for an event
    without a time. Each text has at most 200 characters.
    """

    time: Moment | None
    path: str
    line: Annotated[int, msgspec.Meta(ge=1)]
    severity: str | None
    type: str | None
    rule: str | None
    text: str | None

    def __post_init__(self) -> None:
        """Check that the time can be shown."""
        _check_years(self.time)


class Evidence(msgspec.Struct, frozen=True):
    """The first 20 events of each kind, by time, path and line; those without a time last."""

    critical: tuple[Seen, ...] = ()
    danger: tuple[Seen, ...] = ()
    alerts: tuple[Seen, ...] = ()
    actions: tuple[Seen, ...] = ()
    not_understood: tuple[Seen, ...] = ()


class Summary(msgspec.Struct, frozen=True):
    """``<date>_summary.json``: one day.

    The fields from `window` on are absent in files of the earlier scripts, `understanding`,
    `evidence` and those from `lost` on in files of version 0.1.0.

    Attributes:
        lost: The numbers and folders of which the telemetry shows less than this report, up to 8
            texts; absent if there are none.
        aged: True if the losses come from the end of retention; else absent.
        remade: True if the report replaces a changed or missing one and no trend row vouches for
            it; else absent.
        stage: The key of the stage; absent for stage 1.
    """

    schema_version: Literal[1]
    date: _Date
    created_at_utc: Moment
    report_dir: str
    metrics: Metrics
    notes: tuple[str, ...] = ()
    window: Span | None = None
    coverage: Coverage | None = None
    understanding: Understanding | None = None
    evidence: Evidence | None = None
    top: Top | None = None
    hourly: tuple[Hour, ...] | None = None
    rejected: tuple[RejectedLine, ...] | None = None
    settings: Settings | None = None
    lost: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    aged: Literal[True] | msgspec.UnsetType = msgspec.UNSET
    remade: Literal[True] | msgspec.UnsetType = msgspec.UNSET
    stage: StageKey | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Check that the date, the end and the window are consistent."""
        try:
            end = self.created_at_utc.astimezone(UTC)
            start = end - DAY
        except OverflowError:
            raise ValueError("created_at_utc is out of range") from None
        midnight = (end.hour, end.minute, end.second, end.microsecond) == (0, 0, 0, 0)
        if self.date != end.date() and not (midnight and self.date == start.date()):
            raise ValueError("created_at_utc does not belong to the date")
        if self.window is not None and self.window.end != end:
            raise ValueError("the window does not end at created_at_utc")
        if self.coverage is not None:
            unpacked = self.understanding.unpacked if self.understanding else 0
            if self.coverage.in_window > self.coverage.events + unpacked:
                raise ValueError("more events in the window than events")
        if self.hourly is not None and len(self.hourly) != HOURS_A_DAY:
            raise ValueError("not 24 hours")


class TrendRange(msgspec.Struct, frozen=True):
    """The first and last calendar day of a trend; null if an earlier script found no day."""

    days: Count
    start: date | None
    end: date | None


class TrendRow(msgspec.Struct, frozen=True):
    """One calendar day; without data its numbers are 0 and `missing` is true.

    `sha256` is the digest of the file that the day was read from, its summary or the Markdown of
    the earlier scripts; `None` if there is no file, and in trends of version 0.1.0. `records` is
    the number of its records; `None` if that is not known.
    """

    date: _Date
    new_alerts: Count
    critical_alerts: Count
    parse_errors: Count
    operator_actions: Count
    missing: bool = False
    state: DayState = "ok"
    sha256: Sha256 | None = None
    records: Count | None = None


class Finding(msgspec.Struct, frozen=True):
    """The objection of one rule, as data, so that programs need not parse the reasons.

    `days` contains all days that the rule objects to, in order. For the rule ``gap`` it contains
    pairs: the days before and after each gap. `verdict` is the verdict of this rule alone.
    """

    rule: str
    verdict: Verdict
    days: tuple[date, ...]
    text: str
    hint: str


class Check(msgspec.Struct, frozen=True):
    """What one rule of the verdict measured in the range, whether it objects or not.

    `verdict` is the verdict if it objects. `measured` and `threshold` are short texts. `result` is
    ``objects``, ``passed``, or ``accepted`` if it objects to nothing because of ``[[accepted]]``.
    """

    rule: str
    verdict: Verdict
    measured: str
    threshold: str
    result: CheckResult


class RollingMean(msgspec.Struct, frozen=True):
    """The mean of new alerts over the 7 days that end on `date`; null without data."""

    date: _Date
    new_alerts: Mean | None


class Comparison(msgspec.Struct, frozen=True):
    """The mean new alerts per day: the first three days with data compared with the last three."""

    first_days: tuple[date, ...]
    last_days: tuple[date, ...]
    first_avg: Mean
    last_avg: Mean
    change: float


class Rollups(msgspec.Struct, frozen=True):
    """The totals of a trend, and the verdict with all its reasons."""

    new_alerts_total: Total
    new_alerts_avg: Mean
    critical_days: Count
    parse_error_days: Count
    operator_action_days: Count
    go_no_go: Verdict
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] | None = None
    tolerated: tuple[Finding, ...] | None = None
    checks: tuple[Check, ...] | None = None
    rolling_mean_7d: tuple[RollingMean, ...] | None = None
    first_vs_last: Comparison | None = None
    policy: Policy | None = None


class Trend(msgspec.Struct, frozen=True):
    """``stage1_trend.json``: the last N calendar days.

    `stage` is the key of the stage, which the trend of stage 1 does not have.
    """

    schema_version: Literal[1]
    generated_at_utc: Moment
    range: TrendRange
    series: tuple[TrendRow, ...]
    rollups: Rollups
    valid_until: Moment | None = None
    stage: StageKey | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Check that the times can be shown in UTC."""
        _check_years(self.generated_at_utc, self.valid_until)


class IndexEntry(msgspec.Struct, frozen=True):
    """One artifact: its name in the folder, its size in bytes and its digest."""

    path: str
    bytes: Count
    sha256: Sha256


class PrunedDays(msgspec.Struct, frozen=True):
    """Consecutive days whose reports were removed by ``prune``, the first and the last."""

    start: date
    end: date


class Index(msgspec.Struct, frozen=True):
    """``index.json``: every artifact of the folder, sorted by path.

    `pruned` are the days whose reports were removed on purpose, in order; absent without any.
    """

    schema_version: IndexVersion
    root: Literal["."]
    run_date: date | None
    generated_at: Moment | None
    entries: tuple[IndexEntry, ...]
    pruned: tuple[PrunedDays, ...] | msgspec.UnsetType = msgspec.UNSET


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the range when the owner decides, as the trend says it.

    Attributes:
        verdict: The verdict of the trend.
        doubts: The reasons why it is not current, one sentence each; empty if it is.
        range: The days of the trend.
        new_alerts: The sum over the range, as the next three.
        gaps: The days before and after each time that no report covers.
        missing_days: The number of days without data.
        direction: Whether new alerts go up or down: the last days with data against the first.
        first_vs_last: The means that this compares.
        days: The row of each day.
        findings: The objections of the verdict.
        tolerated: What the verdict let pass.
    """

    verdict: Verdict
    doubts: tuple[str, ...]
    valid_until: Moment
    range: TrendRange
    new_alerts: Total
    critical_alerts: Total
    parse_errors: Total
    operator_actions: Total
    gaps: tuple[date, ...]
    missing_days: Count
    direction: Direction
    first_vs_last: Comparison | None
    days: tuple[TrendRow, ...]
    findings: tuple[Finding, ...]
    tolerated: tuple[Finding, ...]

    def __post_init__(self) -> None:
        """Check that the time can be shown in UTC."""
        _check_years(self.valid_until)

    @property
    def support_go(self) -> bool:
        """Whether the verdict is GO and current."""
        return self.verdict == "GO" and not self.doubts


class PastDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that a later one replaced; `sha256` is the digest of its file."""

    decided_at_utc: Moment
    owner: Owner
    decision: Choice
    verdict: Verdict
    override: bool
    note: Note | None
    sha256: Sha256

    def __post_init__(self) -> None:
        """Check that the time can be shown in UTC."""
        _check_years(self.decided_at_utc)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """``stage1_decision.json``: the decision of the owner about the next stage.

    Attributes:
        override: Whether the decision is a ``go`` that the facts do not support.
        note: The note of the owner, which an override must have.
        facts: What was known.
        rests_on: The trend and the reports that the facts are from, by name.
        history: The earlier decisions, the oldest first.
        history_lost: True if an earlier decision was changed or lost; else absent.
        stage: The key of the stage; absent for stage 1.
    """

    schema_version: Literal[1]
    decided_at_utc: Moment
    owner: Owner
    decision: Choice
    override: bool
    note: Note | None
    facts: Facts
    rests_on: tuple[IndexEntry, ...]
    history: tuple[PastDecision, ...]
    history_lost: Literal[True] | msgspec.UnsetType = msgspec.UNSET
    stage: StageKey | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Check that an override is marked and has a note, and that the time can be shown."""
        _check_years(self.decided_at_utc)
        if self.override != (self.decision == "go" and not self.facts.support_go):
            raise ValueError("override is not what decision and facts say")
        if self.override and self.note is None:
            raise ValueError("an override without a note")


Artifact = Summary | Trend | Index | Decision


def to_json(model: Artifact) -> bytes:
    """Return the JSON of a model, always in the same form.

    The JSON is ASCII, so that text from telemetry cannot control a terminal that shows the file.

    Args:
        model: The model.

    Returns:
        Indented JSON with a line end.
    """
    document: Any = msgspec.to_builtins(model)
    # JSON does not require an escape for DEL, so this does not rely on `json.dumps`.
    text = json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f")
    return text.encode("ascii") + b"\n"


def schema_of(model: type[Artifact]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a model."""
    schema = msgspec.json.schema(model)
    for definition in schema["$defs"].values():
        # Python 3.13 and later remove the indentation of docstrings themselves.
        definition["description"] = inspect.cleandoc(definition["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
