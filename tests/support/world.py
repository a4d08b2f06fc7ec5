"""A reports folder under random operations, with the expected facts of its telemetry.

The expected facts do not come from the program: they are a list of records with their times, and
the records that a command has seen. Facts that a command saw completely must stay in the verdict,
whatever happens to telemetry and reports afterwards. The operations are in
`tests.support.happenings`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peaktrade_ops.errors import ReportsError, TelemetryError
from peaktrade_ops.reports.store.names import TREND_JSON
from peaktrade_ops.stage1.losses import MOST_LOSSES
from peaktrade_ops.window import window_of, window_until
from tests.support.lives import DAY, Life, as_of, at, day_of, days_from, lines
from tests.support.stored import USUAL, Limits, StoredDay, objections, read_days

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from peaktrade_ops.routine import Report
    from peaktrade_ops.window import Window
    from tests.support.lives import Judged

FIRST: Final = day_of("12-07")
LAST: Final = day_of("12-20")
DAYS: Final = tuple(days_from(FIRST, 14))
"""The two weeks of telemetry with which a world begins."""

PLAIN: Final = ("telemetry/o.jsonl", "telemetry/bot.jsonl.1", "alerts/a.jsonl")
LEGACY: Final = "live_runs/alerts/l.jsonl"
FILES: Final = (*PLAIN, "telemetry/old.jsonl.gz", LEGACY)
SPARSE: Final = frozenset({"alerts/a.jsonl", LEGACY})
"""The files with an event on every third day only."""

SUFFIXES: Final = (".bak", ".old", ".tmp", ".json", ".zip", "~")
"""The endings with which the name of a file is no longer that of telemetry."""

KINDS: Final[Mapping[str, str]] = {
    "critical": "critical",
    "unknown": "not_understood",
    "untimed": "not_understood",
    "danger": "danger",
    "action": "critical_actions",
    "legacy": "legacy_critical",
    "alert": "new_alerts",
    "bad": "parse_errors",
}
"""The kinds of facts, each with the rule that objects to it."""

TIMED: Final = tuple(kind for kind in KINDS if kind not in {"bad", "untimed"})
"""The kinds that belong to one day, whatever the rest of their file.

A record without a time stands in more days while the events around it are missing. Once they are
back, those days show less than their reports, which stay until they are replaced by hand.
"""

_EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "critical": ("critical", "breach"),
    "unknown": ("purple", "fill"),
    "untimed": ("critical", "breach"),
    "danger": ("info", "kill_switch"),
    "action": ("critical", "ack"),
    "legacy": ("critical", "breach"),
    "alert": ("warn", "risk_alert"),
}
"""The severity and the type of the event of each kind but `bad`, which is no event."""

RETENTION: Final = 7 * DAY
"""The time for which telemetry is kept: `retention_days`."""

Flaw = tuple[str, "date", int]
"""A kind of fact with its day, and a number that chooses the file."""


class Fact(NamedTuple):
    """One record that objects.

    Attributes:
        kind: One of `KINDS`.
        time: When it happened; of a record without a time that of the events around it.
        text: Its line, which is unlike any other.
    """

    kind: str
    time: datetime
    text: str


class Scan(NamedTuple):
    """The input and the time of a command; by default the whole root, after its window."""

    repo: Path | None = None
    inputs: tuple[str, ...] = ()
    max_files: int = 0
    now: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Return whether the whole root is scanned."""
        return self.repo is None and not self.inputs and not self.max_files


WHOLE: Final = Scan()


@dataclass
class World:
    """The telemetry, the reports and the expected facts.

    Attributes:
        life: The folders.
        limits: The thresholds that its configuration has.
        whole: The lines of each file as they were written.
        facts: The records that object.
        known: The facts that a command saw.
        today: The last day that is over.
        skew: How far the clock of the host is ahead.
        verdicts: The verdict of each command, in order.
    """

    life: Life
    limits: Limits = USUAL
    whole: dict[str, list[str]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    known: set[Fact] = field(default_factory=set)
    today: date = LAST
    skew: timedelta = timedelta()
    touched: set[date] = field(default_factory=set)
    unlisted: set[date] = field(default_factory=set)
    full: set[date] = field(default_factory=set)
    serial: int = 0
    backups: dict[str, bytes] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)

    def event(self, day: date, clock: str, severity: str, kind: str) -> str:
        """Return the line of an event, which is unlike any other."""
        return self.record(severity, kind, ts=f"{day}T{clock}Z")

    def record(self, severity: str, kind: str, **more: str) -> str:
        """Return the line of an event with further keys, which is unlike any other."""
        self.serial += 1
        record = {**more, "severity": severity, "event_type": kind}
        return json.dumps(record | {"id": f"event {self.serial}"})

    # Telemetry.

    def path(self, name: str) -> Path:
        """Return the path of a telemetry file."""
        return self.life.telemetry / name

    def flush(self, name: str, when: datetime) -> None:
        """Write the complete content of a file."""
        content = lines(*self.whole[name]).encode()
        if name.endswith(".gz"):
            content = gzip.compress(content, 1, mtime=0)
        self.life.put(name, content, when=when)

    def flaw(self, kind: str, day: date, number: int) -> None:
        """Add the records of a flaw to a file; it is written later."""
        name = LEGACY if kind == "legacy" else FILES[number % (len(FILES) - 1)]
        if kind == "alert":
            # One more than a range may have.
            for minute in range(self.limits.max_new_alerts + 1):
                self._state(kind, day, f"13:0{minute}:00", name)
            return
        if kind in {"bad", "untimed"}:
            # Between two events of its day, so that it counts in that day only.
            for clock in ("11:59:00", "12:01:00"):
                self._insert(self.event(day, clock, "info", "fill"), day, clock, name)
        self._state(kind, day, "12:00:00", name)

    def _state(self, kind: str, day: date, clock: str, name: str) -> None:
        if kind == "bad":
            self.serial += 1
            text = f"no event {self.serial}"
        else:
            time = {} if kind == "untimed" else {"ts": f"{day}T{clock}Z"}
            text = self.record(*_EVENTS[kind], **time)
        self.facts.append(Fact(kind, at(day, clock[:5]), text))
        self._insert(text, day, clock, name)

    def _insert(self, text: str, day: date, clock: str, name: str) -> None:
        """Insert a line behind the events of its time or before."""
        moment = f"{day}T{clock}Z"
        place = 0
        for i, line in enumerate(self.whole[name]):
            time = _time_in(line)
            if time and time <= moment:
                place = i + 1
        self.whole[name].insert(place, text)

    def late(self, kind: str, day: date, name: str, when: datetime) -> None:
        """Append the record of an earlier day to a file that is there; `quiet` is no fact."""
        clock = "12:30:00"
        severity, type_ = _EVENTS.get(kind, ("info", "breach"))
        text = self.event(day, clock, severity, type_)
        self.whole[name].append(text)
        if kind != "quiet":
            self.facts.append(Fact(kind, at(day, clock[:5]), text))
        place = self.path(name)
        if place.exists():
            before = place.read_bytes()
            end = b"" if before.endswith(b"\n") or not before else b"\n"
            self.life.put(name, before + end + lines(text).encode(), when=when)

    def disk_lines(self) -> set[str]:
        """Return the lines that are readable under the name of a file of telemetry."""
        return {line for name in self.whole for line in _lines_of(self.path(name)) or ()}

    def present(self) -> set[Fact]:
        """Return the facts whose line is in the telemetry now."""
        there = self.disk_lines()
        return {fact for fact in self.facts if fact.text in there}

    def hidden(self, since: datetime) -> list[str]:
        """Return the recent files whose events a scan cannot read, for which it must object."""
        return [
            path.name
            for path in self._files()
            if path.stat().st_mtime >= since.timestamp()
            and (path.name.endswith(SUFFIXES) or _lines_of(path) is None)
        ]

    def _files(self) -> list[Path]:
        return [path for path in self.life.telemetry.rglob("*") if path.is_file()]

    # The expected verdict.

    def objections(
        self, facts: set[Fact], start: datetime, end: datetime
    ) -> tuple[set[Fact], bool]:
        """Return the facts of a time each of which objects, and whether anything objects in it."""
        here = {fact for fact in facts if start <= fact.time < end}
        alone = {fact for fact in here if fact.kind != "alert"}
        alerts = len(here) - len(alone)
        return alone, bool(alone) or alerts > self.limits.max_new_alerts

    def check(
        self,
        judged: Judged,
        window: Window,
        days: int,
        facts: set[Fact],
        shown: Collection[Fact] = (),
    ) -> None:
        """Compare a verdict with the known facts of its range, and with the stored reports.

        Args:
            judged: The verdict.
            window: The last window of its range.
            days: The length of its range.
            facts: What it must object to.
            shown: Those that its own command counted for a day, among which one that is critical is
                NO_GO: the report of its day may be in the way, and the operator may accept that.
        """
        self.verdicts.append(f"{judged.verdict} {sorted(judged.why)}")
        self._check_stored(judged, window, days)
        if judged.outdated:
            # A later report holds an objection, perhaps one to this range: it is not shown as GO.
            return
        first = window.date - (days - 1) * DAY
        start = max(window.end - days * DAY, at(first, "00:00"))
        objecting, objects = self.objections(facts, start, window.end)
        if objects:
            assert judged.verdict != "GO", f"GO over {objecting or facts}"
        if any(fact.kind == "critical" for fact in objecting & set(shown)):
            assert judged.verdict == "NO_GO", f"{judged.verdict} over a critical event"
        named = {day for each in judged.findings.values() for day in each.days}
        for fact in objecting:
            # An event can stand in the report of the next day, whose window began before it.
            day = fact.time.date()
            assert named & {day, day + DAY}, f"{judged.verdict} does not name {fact}: {judged.why}"

    def _check_stored(self, judged: Judged, window: Window, days: int) -> None:
        """Check that each rule that objects to the stored reports has a finding."""
        stored = read_days(self.life.reports, window.date, days)
        gone = judged.findings["unreadable"].days if "unreadable" in judged.findings else ()
        objecting = objections(stored, window.end, self.limits, gone)
        unsaid = objecting - judged.findings.keys()
        assert not unsaid, f"{judged.verdict} does not say {sorted(unsaid)}: {judged.why}"
        is_no_go = judged.verdict == "NO_GO"
        assert is_no_go == ("critical" in judged.findings), f"{judged.verdict}: {judged.why}"

    def check_shown(self) -> None:
        """Check that no GO is shown against the known facts, or for ever."""
        now = window_of(self.today).end + timedelta(hours=3)
        if self.life.shown(now) != "GO":
            return
        document = json.loads((self.life.reports / TREND_JSON).read_bytes())
        first = day_of(document["range"]["start"][5:])
        end = datetime.fromisoformat(document["generated_at_utc"])
        start = max(end - document["range"]["days"] * DAY, at(first, "00:00"))
        _, objects = self.objections(self.known, start, end)
        assert not objects, "GO is shown over what is known"
        assert now - end <= timedelta(hours=30), "GO is shown after its time"

    def truth(self, window: Window, days: int) -> set[str]:
        """Return the rules that object to the complete telemetry of the given days."""
        windows = [window.earlier(back) for back in range(days)]
        kinds = Counter(fact.kind for fact in self.covered(set(self.facts), windows))
        if kinds["alert"] <= self.limits.max_new_alerts:
            del kinds["alert"]
        times = [
            _time_in(line) for name in self.whole if name != LEGACY for line in self.whole[name]
        ]
        lived = {time[:10] for time in times if time}
        silent = [str(each.date) not in lived for each in windows]
        rules = {KINDS[kind] for kind in kinds}
        rules |= {"missing"} if sum(silent) > self.limits.max_missing_days else set()
        return rules | ({"last_day"} if silent[0] else set())

    def repair(self) -> None:
        """Restore all telemetry as it was written, and remove all other files."""
        self.full = {
            day_of(path.name[5:10])
            for path in self.summaries()
            if len(json.loads(path.read_bytes()).get("lost", ())) == MOST_LOSSES
        }
        for path in self._files():
            path.unlink()
        for name in self.whole:
            self.flush(name, at(self.today, "23:30"))

    def healed(self, judged: Judged) -> set[str]:
        """Return the rules that object to repaired telemetry, without the losses that stay.

        In a report with so many losses there may have been more, so that all of them stay. So does
        its window, which may end before that of the next day begins.
        """
        days = {
            rule: {*judged.findings[rule].days} if rule in judged.findings else set()
            for rule in ("lost", "gap")
        }
        around = self.full | {day + DAY for day in self.full}
        if not days["lost"] or days["lost"] - self.full:
            return {*judged.why}
        return {*judged.why} - {"lost"} - (set() if days["gap"] - around else {"gap"})

    # Commands.

    def run(
        self, back: int = 0, days: int = 14, clock: str | None = None, scan: Scan = WHOLE
    ) -> None:
        """Run the daily routine and check its verdict."""
        day = self.today - back * DAY
        window = as_of(day, clock) if clock else window_of(day)
        before = read_days(self.life.reports, window.date, days) if scan.is_whole else []
        now = scan.now or max(window.end, at(self.today + DAY, "02:00"))
        try:
            judged = self.life.run(
                day,
                days=days,
                now=now + self.skew,
                window=window,
                repo=scan.repo,
                inputs=scan.inputs,
                max_files=scan.max_files,
            )
        except (TelemetryError, ReportsError):
            return
        seen: set[Fact] = set()
        shown: set[Fact] = set()
        if scan.is_whole:
            windows = [window.earlier(i) for i in range(days)]
            seen = self.covered(self.present(), windows)
            # Of a day whose report stays, because it saw more of something else, the report tells
            # nothing of what is new: only this verdict knows it. So does one that keeps its window.
            kept = {each.date for each in judged.reports if each.losses or each.first}
            around = {day - i * DAY for day in kept for i in (0, 1)}
            told = self.covered(seen, windows_of(judged.reports))
            self.known |= {fact for fact in told if fact.time.date() not in around}
            readable = {each.date for each in judged.reports if each.summary}
            counted = [each for each in windows if each.date not in readable]
            shown = told | self.covered(seen, counted)
            self._heal(each.date for each in windows)
            self._check_seen(judged, window, before)
        self.check(judged, window, days, self.known | seen, shown)

    def _check_seen(self, judged: Judged, window: Window, before: Iterable[StoredDay]) -> None:
        """Check that a scan objects to what it cannot read, and to fewer events than were there."""
        if judged.verdict != "GO":
            return
        hidden = self.hidden(window.end - RETENTION)
        assert not hidden, f"GO over files that cannot be read: {hidden}"
        texts = [text for path in self._files() for text in _lines_of(path) or ()]
        times = [_time_in(text) for text in texts]
        for each in before:
            if each.trust != "listed" or not each.is_found or not each.end:
                continue
            if window.end - each.end > RETENTION:
                continue
            span = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (each.end - DAY, each.end)]
            there = sum(time is None or span[0] <= time < span[1] for time in times)
            events = each.number("coverage", "in_window")
            assert there >= events, f"GO with {there} of {events} events of {each.day}"

    def snapshot(self, back: int = 0, clock: str | None = None, scan: Scan = WHOLE) -> bool:
        """Make the report of one day; return whether it was written."""
        day = self.today - back * DAY
        window = as_of(day, clock) if clock else window_of(day)
        now = at(self.today + DAY, "02:00") + self.skew
        try:
            (report,) = self.life.snapshot(window, now=now, repo=scan.repo, inputs=scan.inputs)
        except (TelemetryError, ReportsError):
            return False
        if report.written and scan.is_whole:
            # It is that of the stored window, if that ends later.
            self.known |= self.covered(self.present(), windows_of([report]))
            self._heal([window.date])
        return report.written

    def trends(self, back: int = 0, days: int = 14, clock: str | None = None) -> None:
        """Judge the reports and check the verdict."""
        day = self.today - back * DAY
        window = as_of(day, clock) if clock else window_of(day)
        judged = self.life.trend(day, days=days, window=window)
        self.check(judged, window, days, self.known)

    def covered(self, facts: set[Fact], windows: Sequence[Window]) -> set[Fact]:
        """Return the facts that lie in one of the windows."""
        return {
            fact for fact in facts if any(each.start <= fact.time < each.end for each in windows)
        }

    # Changes to reports.

    def touch(self, day: date) -> None:
        """Record that a report was changed; without an index its earlier content is unknown."""
        self.touched.add(day)
        self.forget()

    def touch_index(self) -> None:
        """Record that the index was changed: it lists no report that was made before."""
        self.unlisted |= set(days_from(FIRST, (self.today - FIRST).days + 1))
        self.forget()

    def forget(self) -> None:
        """Remove the facts that neither a report nor the index contains any more."""
        self.forget_days(self.touched & self.unlisted)

    def _heal(self, days: Iterable[date]) -> None:
        """Record that the reports of some days are as the index says."""
        healed = set(days)
        self.touched -= healed
        self.unlisted -= healed

    def forget_days(self, days: Iterable[date]) -> None:
        """Remove the facts that the reports of some days contain."""
        around = {day + i * DAY for day in days for i in (-1, 0)}
        self.known = {fact for fact in self.known if fact.time.date() not in around}

    def summaries(self) -> list[Path]:
        """Return the stored summaries, in order."""
        return sorted(self.life.reports.glob("*_summary.json"))


def windows_of(reports: Iterable[Report]) -> list[Window]:
    """Return the windows of reports that are there and can be read."""
    return [window_until(each.summary.created_at_utc) for each in reports if each.summary]


def begun(life: Life, flaws: Sequence[Flaw], limits: Limits = USUAL) -> World:
    """Return a world with two weeks of telemetry and the flaws."""
    world = World(life, limits)
    if limits.max_missing_days != USUAL.max_missing_days:
        life.toml = f"[policy]\nmax_missing_days = {limits.max_missing_days}\n"
    for number, name in enumerate(FILES):
        days = DAYS[::3] if name in SPARSE else DAYS
        world.whole[name] = [
            world.event(day, f"{9 + number:02}:00:00", "info", "fill") for day in days
        ]
    for flaw in flaws:
        world.flaw(*flaw)
    for name in FILES:
        world.flush(name, at(LAST, "23:00"))
    return world


def _time_in(line: str) -> str | None:
    """Return the time of a line as it is written; `None` for a record without one."""
    try:
        record: dict[str, Any] = json.loads(line)
        time = str(record["ts"])
        datetime.fromisoformat(time)
    except (ValueError, KeyError, TypeError):
        return None
    return time


def _lines_of(path: Path) -> list[str] | None:
    """Return the lines of a file; `None` if it is damaged; nothing if it is not there."""
    try:
        content = path.read_bytes()
        if path.name.endswith(".gz"):
            content = gzip.decompress(content)
    except FileNotFoundError:
        return []
    except (OSError, EOFError, zlib.error):
        return None
    return content.decode("utf-8", "replace").splitlines()
