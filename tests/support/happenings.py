"""What happens in the lives of a reports folder: operations on its telemetry and its reports.

Each takes the world and a number, which selects the target.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.names import INDEX, TREND_JSON, summary_name
from peaktrade_ops.routine import prune_reports
from tests.support.lives import DAY, Life, at, day_of, lines
from tests.support.world import FILES, FIRST, LAST, PLAIN, SUFFIXES, Scan, World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Operation = Callable[[World, int], None]

CLOCKS: Final = ("00:00", "00:05", "10:00", "18:30")
LATE: Final = ("critical", "alert", "quiet", "unknown", "danger", "action")
INPUTS: Final = FILES[:-1]
"""The files that may be named as an input, which does not show the folder of a legacy source."""

LATEST: Final = LAST + 10 * DAY
"""The last day that a world can live."""


_HARMLESS: Final = (
    (b'"critical"', b'"info"'),
    (b'"purple"', b'"info"'),
    (b'"kill_switch"', b'"fill"'),
    (b'"risk_alert"', b'"fill"'),
)


def day_of_summary_path(path: Path) -> date:
    """Return the day of a stored summary."""
    return day_of(path.name[5:10])


def pass_silently(world: World, _choice: int) -> None:
    """Let a day pass without any event."""
    if world.today < LATEST:
        world.today += DAY


def advance(world: World, _choice: int) -> None:
    """Let a day pass, with its quiet event."""
    if world.today >= LATEST:
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
    place = world.path(PLAIN[choice % 3])
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
    place = world.path(PLAIN[choice % 3])
    if place.exists():
        rows = place.read_bytes().splitlines(keepends=True)
        if rows:
            del rows[choice // 3 % len(rows)]
        _keep_time(place, b"".join(rows))


def soften(world: World, choice: int) -> None:
    """Make the events of a file harmless, in one way or in all."""
    place = world.path(PLAIN[choice % 3])
    ways = (_HARMLESS[choice // 3 % len(_HARMLESS)],) if choice % 2 else _HARMLESS
    if place.exists():
        content = place.read_bytes()
        for serious, harmless in ways:
            content = content.replace(serious, harmless)
        _keep_time(place, content)


def rename(world: World, choice: int) -> None:
    """Rename a file."""
    place = world.path(FILES[choice % len(FILES)])
    if place.exists():
        place.rename(f"{place}{SUFFIXES[choice // len(FILES) % len(SUFFIXES)]}")


def duplicate(world: World, choice: int) -> None:
    """Copy a file to a second name of telemetry."""
    place = world.path(FILES[choice % len(FILES)])
    if place.exists():
        shutil.copy2(place, place.with_name(f"copy-{place.name}"))


def late(world: World, choice: int) -> None:
    """Write a record of an earlier day."""
    day = world.today - choice % 14 * DAY
    kind = LATE[choice // 42 % len(LATE)]
    world.late(kind, day, PLAIN[choice // 14 % 3], at(world.today + DAY, "01:00"))


def delete_summary(world: World, choice: int) -> None:
    """Remove a summary."""
    for path in _one_of(world, choice):
        path.unlink()
        world.touch(day_of_summary_path(path))


def delete_day(world: World, choice: int) -> None:
    """Remove all artifacts of a day."""
    for path in _one_of(world, choice):
        world.life.remove_day(day_of_summary_path(path))
        world.touch(day_of_summary_path(path))


def zero_summary(world: World, choice: int) -> None:
    """Edit the numbers of a summary."""
    for path in _one_of(world, choice):
        zeros = dict.fromkeys(("critical_alerts", "new_alerts", "parse_errors"), 0)
        try:
            world.life.edit(path.name, **zeros)
        except ValueError:
            continue
        world.touch(day_of_summary_path(path))


def damage_summary(world: World, choice: int) -> None:
    """Cut a summary off."""
    for path in _one_of(world, choice):
        content = path.read_bytes()
        path.write_bytes(content[: choice * 37 % (len(content) + 1)])
        world.touch(day_of_summary_path(path))


def swap_summaries(world: World, choice: int) -> None:
    """Swap the summaries of two days."""
    for one in _one_of(world, choice):
        for other in _one_of(world, choice // 16):
            first, second = one.read_bytes(), other.read_bytes()
            one.write_bytes(second)
            other.write_bytes(first)
            world.touch(day_of_summary_path(one))
            world.touch(day_of_summary_path(other))


@cache
def foreign_summaries() -> Mapping[str, bytes]:
    """Return the summaries of another machine without objections, by name."""
    with tempfile.TemporaryDirectory() as folder:
        other = Life(Path(folder))
        other.live_quietly(FIRST, LATEST)
        other.run(LATEST, days=24)
        return {path.name: path.read_bytes() for path in other.reports.glob("*_summary.json")}


def copy_foreign(world: World, choice: int) -> None:
    """Replace a summary by that of another machine without objections."""
    day = world.today - choice % 14 * DAY
    name = summary_name(day)
    (world.life.reports / name).write_bytes(foreign_summaries()[name])
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
        other.live_quietly(FIRST, LATEST)
    world.run(choice % 2, 14, scan=Scan(repo=other.telemetry))


def run_inputs(world: World, choice: int) -> None:
    """Run the routine over one file."""
    world.run(scan=Scan(inputs=(str(world.path(INPUTS[choice % len(INPUTS)])),)))


def run_few_files(world: World, choice: int) -> None:
    """Run the routine over the newest files."""
    world.run(scan=Scan(max_files=1 + choice % 3))


def run_early(world: World, choice: int) -> None:
    """Run the routine before its last day is over."""
    world.run(scan=Scan(now=at(world.today, CLOCKS[choice % len(CLOCKS)])))


def prune(world: World, choice: int) -> None:
    """Remove old reports that nothing rests on; without an index, nobody knows of them any more."""
    try:
        plan = prune_reports(
            world.life.place, 1 + choice % 12, today=world.today, delete=choice % 5 > 0
        )
    except ReportsError:
        return
    if choice % 5:
        for day in plan.days:
            world.touch(day)


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


def snapshot_configured(world: World, choice: int) -> None:
    """Make the report of one day with other settings, and go back to the old ones."""
    before = world.life.toml
    world.life.toml += '[sources]\nlegacy = ["live_runs/alerts/**", "never/**"]\n'
    if world.snapshot(choice % 14):
        # What telemetry was changed to before the next run is what the old settings find.
        world.forget_days([world.today - choice % 14 * DAY])
    world.life.toml = before


def snapshot_input(world: World, choice: int) -> None:
    """Make the report of one day from one file."""
    inputs = (str(world.path(INPUTS[choice // 14 % len(INPUTS)])),)
    world.snapshot(choice % 14, scan=Scan(inputs=inputs))


def judge(world: World, choice: int) -> None:
    """Judge the reports."""
    world.trends(choice % 3, (14, 7, 10)[choice // 3 % 3], (None, None, *CLOCKS)[choice // 9 % 6])


_RUNS: Final[tuple[Operation, ...]] = (
    run_whole,
    run_older,
    run_elsewhere,
    run_inputs,
    run_few_files,
    run_early,
)

MENDABLE: Final[tuple[Operation, ...]] = (
    advance,
    remove,
    restore,
    shorten,
    soften,
    rename,
    late,
    *_RUNS,
    snapshot_day,
    snapshot_input,
    judge,
)
"""The operations after which whole telemetry is enough for the verdict that it deserves."""

TRACES: Final[tuple[Operation, ...]] = (
    advance,
    remove,
    restore,
    shorten,
    drop_line,
    soften,
    late,
    delete_summary,
    delete_day,
    zero_summary,
    damage_summary,
    delete_index,
    delete_trend,
    forge_trend,
    run_whole,
    run_whole,
    back_up,
    roll_back,
    judge,
)
"""The operations by which the traces of a fact are lost one by one, with few other objections."""

OPERATIONS: Final[tuple[Operation, ...]] = (
    advance,
    pass_silently,
    remove,
    restore,
    cut,
    flip,
    shorten,
    drop_line,
    soften,
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
    *_RUNS,
    prune,
    prune,
    back_up,
    roll_back,
    snapshot_day,
    snapshot_configured,
    snapshot_input,
    judge,
)


def _keep_time(place: Path, content: bytes) -> None:
    """Change a file and leave its modification time, as damage does."""
    status = place.stat()
    place.write_bytes(content)
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


def _one_of(world: World, choice: int) -> list[Path]:
    """Choose a summary, in half of the cases of a day with a known fact; none if there is none."""
    paths = world.summaries()
    days = {fact.time.date() for fact in world.known}
    with_facts = [path for path in paths if day_of_summary_path(path) in days]
    if with_facts and choice % 2:
        paths = with_facts
    return [paths[choice // 2 % len(paths)]] if paths else []
