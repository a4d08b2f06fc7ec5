"""A reports folder under random operations, with the expected facts of its telemetry.

The expected facts do not come from the program: they are a list of records with their times, and
the records that a command has seen. Facts that a command saw completely must stay in the verdict,
whatever happens to telemetry and reports afterwards.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.errors import ReportsError, TelemetryError
from peaktrade_ops.reports.store.names import INDEX, TREND_JSON, summary_name
from peaktrade_ops.window import window_of
from tests.support.lives import DAY, Life, as_of, at, day_of, lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from peaktrade_ops.window import Window
    from tests.support.lives import Judged

FIRST: Final = day_of("12-07")
LAST: Final = day_of("12-20")
FILES: Final = (
    "telemetry/o.jsonl",
    "telemetry/bot.jsonl.1",
    "alerts/a.jsonl",
    "telemetry/old.jsonl.gz",
)
SUFFIXES: Final = (".bak", ".old", ".tmp", ".json", ".zip", "~")
CLOCKS: Final = ("00:00", "00:05", "10:00", "18:30")
MOST_ALERTS: Final = 5


class Fact(NamedTuple):
    """One record that objects.

    Attributes:
        kind: `critical`, `alert` or `bad`.
        time: When it happened; of a bad line the time of the events around it.
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
        whole: The lines of each file as they were written.
        facts: The records that object.
        known: The facts that a command saw.
        today: The last day that is over.
    """

    life: Life
    whole: dict[str, list[str]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    known: set[Fact] = field(default_factory=set)
    today: date = LAST
    touched: set[date] = field(default_factory=set)
    is_index_touched: bool = False
    serial: int = 0
    backups: dict[str, bytes] = field(default_factory=dict)

    def event(self, day: date, clock: str, severity: str, kind: str) -> str:
        """Return the line of an event, which is unlike any other."""
        self.serial += 1
        record = {"ts": f"{day}T{clock}Z", "severity": severity, "event_type": kind}
        return json.dumps(record | {"id": f"event {self.serial}"})

    # Telemetry.

    def path(self, name: str) -> Path:
        """Return the path of a telemetry file."""
        return self.life.telemetry / name

    def flush(self, name: str, when: datetime) -> None:
        """Write the complete content of a file."""
        content = lines(*self.whole[name]).encode()
        if name.endswith(".gz"):
            content = gzip.compress(content, mtime=0)
        self.life.put(name, content, when=when)

    def state(self, fact: Fact, day: date, clock: str, name: str) -> None:
        """Add a record to a file in the order of time, and write the complete file."""
        self.facts.append(fact)
        self.insert(fact.text, day, clock, name)

    def insert(self, text: str, day: date, clock: str, name: str) -> None:
        """Insert a line behind the events of its time or before."""
        moment = f"{day}T{clock}Z"
        place = 0
        for i, line in enumerate(self.whole[name]):
            if line.startswith("{") and json.loads(line)["ts"] <= moment:
                place = i + 1
        self.whole[name].insert(place, text)

    def disk_lines(self) -> set[str]:
        """Return the lines that are readable under the name of a file of telemetry."""
        found: set[str] = set()
        for name in self.whole:
            try:
                content = self.path(name).read_bytes()
                if name.endswith(".gz"):
                    content = gzip.decompress(content)
            except (OSError, EOFError, zlib.error):
                continue
            found |= set(content.decode("utf-8", "replace").splitlines())
        return found

    def present(self) -> set[Fact]:
        """Return the facts whose line is in the telemetry now."""
        there = self.disk_lines()
        return {fact for fact in self.facts if fact.text in there}

    # The expected verdict.

    def objections(
        self, facts: set[Fact], start: datetime, end: datetime
    ) -> tuple[set[Fact], bool]:
        """Return the critical facts of a time, and whether anything objects in it."""
        here = {fact for fact in facts if start <= fact.time < end}
        critical = {fact for fact in here if fact.kind == "critical"}
        alerts = sum(fact.kind == "alert" for fact in here)
        return critical, bool(
            critical or alerts > MOST_ALERTS or any(fact.kind == "bad" for fact in here)
        )

    def check(self, judged: Judged, window: Window, days: int, facts: set[Fact]) -> None:
        """Compare a verdict with the known facts of its range."""
        if judged.outdated:
            # A later report holds an objection, perhaps one to this range: it is not shown as GO.
            return
        first = window.date - (days - 1) * DAY
        start = max(window.end - days * DAY, at(first, "00:00"))
        critical, objects = self.objections(facts, start, window.end)
        if objects:
            assert judged.verdict != "GO", f"GO over {critical or facts}"
        if judged.verdict == "HOLD":
            named = {day for each in judged.findings.values() for day in each.days}
            for fact in critical:
                # An event can stand in the report of the next day, whose window began before it.
                day = fact.time.date()
                assert named & {day, day + DAY}, f"HOLD does not name {fact}: {judged.why}"

    def check_shown(self) -> None:
        """Check that no GO is shown against the known facts."""
        now = window_of(self.today).end + timedelta(hours=3)
        if self.life.shown(now) != "GO":
            return
        document = json.loads((self.life.reports / TREND_JSON).read_bytes())
        first = day_of(document["range"]["start"][5:])
        end = datetime.fromisoformat(document["generated_at_utc"])
        start = max(end - document["range"]["days"] * DAY, at(first, "00:00"))
        _, objects = self.objections(self.known, start, end)
        assert not objects, "GO is shown over what is known"

    def truth(self, window: Window, days: int) -> set[str]:
        """Return the rules that object to the complete telemetry of the given days."""
        facts = self.covered(set(self.facts), [window.earlier(i) for i in range(days)])
        kinds = Counter(fact.kind for fact in facts)
        return {
            rule
            for rule, objects in (
                ("critical", kinds["critical"]),
                ("parse_errors", kinds["bad"]),
                ("new_alerts", kinds["alert"] > MOST_ALERTS),
            )
            if objects
        }

    def repair(self) -> None:
        """Restore all telemetry as it was written, and remove all other files."""
        for path in self.life.telemetry.rglob("*"):
            if path.is_file():
                path.unlink()
        for name in self.whole:
            self.flush(name, at(self.today, "23:30"))

    # Commands.

    def run(
        self, back: int = 0, days: int = 14, clock: str | None = None, scan: Scan = WHOLE
    ) -> None:
        """Run the daily routine and check its verdict."""
        day = self.today - back * DAY
        window = as_of(day, clock) if clock else window_of(day)
        try:
            judged = self.life.run(
                day,
                days=days,
                now=scan.now or max(window.end, at(self.today + DAY, "02:00")),
                window=window,
                repo=scan.repo,
                inputs=scan.inputs,
                max_files=scan.max_files,
            )
        except (TelemetryError, ReportsError):
            return
        seen = self.covered(self.present(), [window.earlier(i) for i in range(days)])
        facts = self.known
        if scan.is_whole:
            facts = facts | seen
            # Of a day whose report stays, because it saw more of something else, the report tells
            # nothing of what is new: only this verdict knows it.
            kept = {report.date for report in judged.reports if report.losses}
            around = {day - i * DAY for day in kept for i in (0, 1)}
            self.known |= {fact for fact in seen if fact.time.date() not in around}
            self.touched -= {window.date - i * DAY for i in range(days)}
            self.is_index_touched = False
        self.check(judged, window, days, facts)

    def snapshot(self, back: int = 0, clock: str | None = None, scan: Scan = WHOLE) -> None:
        """Make the report of one day."""
        day = self.today - back * DAY
        window = as_of(day, clock) if clock else window_of(day)
        now = at(self.today + DAY, "02:00")
        try:
            (report,) = self.life.snapshot(window, now=now, repo=scan.repo, inputs=scan.inputs)
        except (TelemetryError, ReportsError):
            return
        if report.written and scan.is_whole:
            self.known |= self.covered(self.present(), [window])
            self.touched.discard(window.date)

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
        """Note that the index was changed."""
        self.is_index_touched = True
        self.forget()

    def forget(self) -> None:
        """Remove the facts that neither a report nor the index contains any more."""
        if self.is_index_touched:
            around = {day + i * DAY for day in self.touched for i in (-1, 0)}
            self.known = {fact for fact in self.known if fact.time.date() not in around}

    def summaries(self) -> list[Path]:
        """Return the stored summaries, in order."""
        return sorted(self.life.reports.glob("*_summary.json"))


def day_of_summary_path(path: Path) -> date:
    """Return the day of a stored summary."""
    return day_of(path.name[5:10])


# Operations. Each takes the world and a number that selects a target.


def advance(world: World, _choice: int) -> None:
    """Let a day pass, with its quiet event."""
    if world.today >= LAST + 10 * DAY:
        return
    world.today += DAY
    text = world.event(world.today, "09:00:00", "info", "fill")
    world.whole[FILES[0]].append(text)
    place = world.path(FILES[0])
    if place.exists():
        before = place.read_bytes()
        world.life.put(FILES[0], before + lines(text).encode(), when=at(world.today))


def remove(world: World, choice: int) -> None:
    """Remove a file."""
    world.path(FILES[choice % len(FILES)]).unlink(missing_ok=True)


def restore(world: World, choice: int) -> None:
    """Restore the complete content of a file."""
    world.flush(FILES[choice % len(FILES)], at(world.today, "12:00"))


def cut(world: World, choice: int) -> None:
    """Cut a file off."""
    place = world.path(FILES[choice % len(FILES)])
    if place.exists():
        size = place.stat().st_size
        _keep_time(place, place.read_bytes()[: choice * 37 % (size + 1)])


def shorten(world: World, choice: int) -> None:
    """Take the last lines of a file away."""
    place = world.path(FILES[choice % 3])
    if place.exists():
        rows = place.read_bytes().splitlines(keepends=True)
        _keep_time(place, b"".join(rows[: choice // 3 % (len(rows) + 1)]))


def flip(world: World, choice: int) -> None:
    """Change a byte of a file."""
    place = world.path(FILES[choice % len(FILES)])
    if place.exists() and place.stat().st_size:
        content = bytearray(place.read_bytes())
        content[choice * 37 % len(content)] ^= 1 << choice % 7
        _keep_time(place, bytes(content))


def drop_line(world: World, choice: int) -> None:
    """Remove a line of a file."""
    place = world.path(FILES[choice % 3])
    if place.exists():
        rows = place.read_bytes().splitlines(keepends=True)
        if rows:
            del rows[choice // 3 % len(rows)]
        _keep_time(place, b"".join(rows))


def soften(world: World, choice: int) -> None:
    """Turn the critical events of a file into harmless ones."""
    place = world.path(FILES[choice % 3])
    if place.exists():
        _keep_time(place, place.read_bytes().replace(b'"critical"', b'"info"'))


def rename(world: World, choice: int) -> None:
    """Rename a file."""
    place = world.path(FILES[choice % len(FILES)])
    if place.exists():
        place.rename(f"{place}{SUFFIXES[choice // 4 % len(SUFFIXES)]}")


def duplicate(world: World, choice: int) -> None:
    """Copy a file to a second name of telemetry."""
    place = world.path(FILES[choice % len(FILES)])
    if place.exists():
        shutil.copy2(place, place.with_name(f"copy-{place.name}"))


def late(world: World, choice: int) -> None:
    """Write a record of an earlier day."""
    day = world.today - choice % 10 * DAY
    name = FILES[choice // 10 % 3]
    kind = ("critical", "alert", "quiet")[choice // 30 % 3]
    severity = {"critical": "critical", "alert": "warn", "quiet": "info"}[kind]
    text = world.event(day, "12:30:00", severity, "risk_alert" if kind == "alert" else "breach")
    world.whole[name].append(text)
    if kind != "quiet":
        world.facts.append(Fact(kind, at(day, "12:30"), text))
    place = world.path(name)
    if place.exists():
        before = place.read_bytes()
        end = b"" if before.endswith(b"\n") or not before else b"\n"
        when = at(world.today + DAY, "01:00")
        world.life.put(name, before + end + lines(text).encode(), when=when)


def delete_summary(world: World, choice: int) -> None:
    """Remove a summary."""
    for path in _one_of(world.summaries(), choice):
        path.unlink()
        world.touch(day_of_summary_path(path))


def delete_day(world: World, choice: int) -> None:
    """Remove all artifacts of a day."""
    for path in _one_of(world.summaries(), choice):
        world.life.remove_day(day_of_summary_path(path))
        world.touch(day_of_summary_path(path))


def zero_summary(world: World, choice: int) -> None:
    """Edit the numbers of a summary."""
    for path in _one_of(world.summaries(), choice):
        zeros = dict.fromkeys(("critical_alerts", "new_alerts", "parse_errors"), 0)
        try:
            world.life.edit(path.name, **zeros)
        except ValueError:
            continue
        world.touch(day_of_summary_path(path))


def damage_summary(world: World, choice: int) -> None:
    """Cut a summary off."""
    for path in _one_of(world.summaries(), choice):
        content = path.read_bytes()
        path.write_bytes(content[: choice * 37 % (len(content) + 1)])
        world.touch(day_of_summary_path(path))


def swap_summaries(world: World, choice: int) -> None:
    """Swap the summaries of two days."""
    paths = world.summaries()
    for one in _one_of(paths, choice):
        for other in _one_of(paths, choice // 16):
            first, second = one.read_bytes(), other.read_bytes()
            one.write_bytes(second)
            other.write_bytes(first)
            world.touch(day_of_summary_path(one))
            world.touch(day_of_summary_path(other))


def copy_foreign(world: World, choice: int) -> None:
    """Replace a summary by that of another machine without objections."""
    other = Life(world.life.folder / "foreign")
    if not any(other.reports.iterdir()):
        other.live_quietly(FIRST, LAST + 10 * DAY)
        other.run(LAST + 10 * DAY, days=24)
    day = world.today - choice % 14 * DAY
    shutil.copy(other.reports / summary_name(day), world.life.reports / summary_name(day))
    world.touch(day)


def delete_index(world: World, _choice: int) -> None:
    """Remove the index."""
    world.life.remove(INDEX)
    world.touch_index()


def damage_index(world: World, choice: int) -> None:
    """Overwrite the index."""
    (world.life.reports / INDEX).write_text(("", "{", "[]")[choice % 3])
    world.touch_index()


def delete_trend(world: World, _choice: int) -> None:
    """Remove the trend."""
    world.life.remove(TREND_JSON)


def forge_trend(world: World, _choice: int) -> None:
    """Turn the stored verdict into GO."""
    path = world.life.reports / TREND_JSON
    if path.exists():
        content = path.read_bytes()
        path.write_bytes(content.replace(b'"NO_GO"', b'"GO"').replace(b'"HOLD"', b'"GO"'))


def run_whole(world: World, choice: int) -> None:
    """Run the routine."""
    world.run(days=(14, 7, 10, 3)[choice % 4])


def run_older(world: World, choice: int) -> None:
    """Run the routine of an older day, or up to a clock time."""
    world.run(choice % 4, (14, 7)[choice // 4 % 2], (None, *CLOCKS)[choice // 8 % 5])


def run_elsewhere(world: World, choice: int) -> None:
    """Run the routine over another telemetry root."""
    other = Life(world.life.folder / "elsewhere")
    if not other.path_of_quiet.exists():
        other.live_quietly(FIRST, LAST + 10 * DAY)
    world.run(choice % 2, 14, scan=Scan(repo=other.telemetry))


def run_inputs(world: World, choice: int) -> None:
    """Run the routine over one file."""
    world.run(scan=Scan(inputs=(str(world.path(FILES[choice % len(FILES)])),)))


def run_few_files(world: World, choice: int) -> None:
    """Run the routine over the newest files."""
    world.run(scan=Scan(max_files=1 + choice % 3))


def run_early(world: World, choice: int) -> None:
    """Run the routine before its last day is over."""
    world.run(scan=Scan(now=at(world.today, CLOCKS[choice % len(CLOCKS)])))


def back_up(world: World, _choice: int) -> None:
    """Keep a copy of the reports."""
    paths = [*world.summaries(), world.life.reports / TREND_JSON]
    world.backups = {path.name: path.read_bytes() for path in paths if path.exists()}


def roll_back(world: World, choice: int) -> None:
    """Put an earlier version of one report in its place."""
    names = sorted(world.backups)
    if names:
        name = names[choice % len(names)]
        (world.life.reports / name).write_bytes(world.backups[name])
        if name != TREND_JSON:
            world.touch(day_of(name[5:10]))


def snapshot_day(world: World, choice: int) -> None:
    """Make the report of one day."""
    world.snapshot(choice % 14, (None, None, *CLOCKS)[choice // 14 % 6])


def snapshot_input(world: World, choice: int) -> None:
    """Make the report of one day from one file."""
    inputs = (str(world.path(FILES[choice // 14 % len(FILES)])),)
    world.snapshot(choice % 14, scan=Scan(inputs=inputs))


def judge(world: World, choice: int) -> None:
    """Judge the reports."""
    world.trends(choice % 3, (14, 7, 10)[choice // 3 % 3], (None, None, *CLOCKS)[choice // 9 % 6])


MENDABLE: Final = (
    advance,
    remove,
    restore,
    shorten,
    soften,
    rename,
    late,
    run_whole,
    run_older,
    run_elsewhere,
    run_inputs,
    run_few_files,
    run_early,
    snapshot_day,
    snapshot_input,
    judge,
)
"""The operations after which whole telemetry is enough for the verdict that it deserves."""

OPERATIONS: Final = (
    advance,
    remove,
    restore,
    cut,
    flip,
    shorten,
    drop_line,
    soften,
    rename,
    duplicate,
    late,
    delete_summary,
    delete_day,
    zero_summary,
    damage_summary,
    swap_summaries,
    copy_foreign,
    delete_index,
    damage_index,
    delete_trend,
    forge_trend,
    run_whole,
    run_whole,
    run_older,
    run_elsewhere,
    run_inputs,
    run_few_files,
    run_early,
    back_up,
    roll_back,
    snapshot_day,
    snapshot_input,
    judge,
)


def _keep_time(place: Path, content: bytes) -> None:
    """Change a file and leave its modification time, as damage does."""
    status = place.stat()
    place.write_bytes(content)
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


def _one_of(paths: Sequence[Path], choice: int) -> Iterator[Path]:
    if paths:
        yield paths[choice % len(paths)]
