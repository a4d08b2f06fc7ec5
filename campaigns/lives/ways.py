"""The ways to live: what happens in a life, and what must hold in it."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from campaigns.lives import container
from campaigns.lives.spoiling import SPOILING
from peaktrade_ops.window import window_of
from tests.support.happenings import MENDABLE, OPERATIONS, TRACES
from tests.support.lives import Life, only_verdicts
from tests.support.stored import Limits
from tests.support.world import DAYS, KINDS, TIMED, Flaw, World, begun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from tests.support.happenings import Operation

_MOST_FLAWS: Final = 3
_MOST_HAPPENINGS: Final = 13
_MOST_CHOICE: Final = 5000
_LINES_OF_TRACE: Final = 6
# Critical events twice as often as others, and often none.
_KINDS: Final = ("critical", *KINDS)
_MISSING_DAYS: Final = (0, 0, 0, 2)
_SKEWS: Final = tuple(timedelta(hours=hours) for hours in (-26, -2, 0, 1, 20))

Happenings = list[tuple["Operation", int]]


class Told(NamedTuple):
    """What a life tells at its end.

    Attributes:
        name: Its name.
        verdicts: How often each verdict was given.
        story: What happened in it.
        loss: What was lost, with its name and story; empty if nothing was.
    """

    name: str
    verdicts: Counter[str]
    story: str
    loss: str


@dataclass
class Plot:
    """What is to happen in a life.

    Attributes:
        random: Where further choices come from.
        folder: An empty folder.
        flaws: The flaws of the two weeks.
        limits: The thresholds.
        story: What has happened, a line each.
        worlds: The worlds that lived it.
    """

    random: Random
    folder: Path
    flaws: list[Flaw]
    limits: Limits
    story: list[str] = field(default_factory=list)
    worlds: list[World] = field(default_factory=list)

    def begin(self, name: str = "one") -> World:
        """Return a new world in a folder of its own."""
        world = begun(Life(self.folder / name), self.flaws, self.limits)
        self.worlds.append(world)
        return world

    def happenings(self, operations: Sequence[Operation]) -> Happenings:
        """Choose what happens."""
        chosen: Happenings = []
        for _ in range(self.random.randint(0, _MOST_HAPPENINGS)):
            operation = self.random.choice(operations)
            chosen.append((operation, self.random.randint(0, _MOST_CHOICE)))
        return chosen

    def happen(self, world: World, operation: Operation, choice: int) -> None:
        """Let one thing happen."""
        self.story.append(f"{operation.__name__}({choice})")
        operation(world, choice)

    def end(self, world: World) -> None:
        """Judge and run at the end, and once more."""
        for last in (world.trends, world.run, world.run, world.trends):
            self.story.append(last.__name__)
            last()
            world.check_shown()


class Way(NamedTuple):
    """One way to live.

    Attributes:
        title: What is tried.
        minutes: How long a long campaign lives in this way.
        short: How many lives a short one has.
        live: Lives a life.
    """

    title: str
    minutes: float
    short: int
    live: Callable[[Plot], None]


def live(name: str, folder: Path) -> Told:
    """Live the life of a name in an empty folder."""
    random = Random(name)  # noqa: S311 (to be repeated, not to be secret)
    _, way, _ = name.split()
    flaws = [
        (random.choice(_KINDS), random.choice(DAYS), random.randint(0, 3))
        for _ in range(random.randint(0, _MOST_FLAWS))
    ]
    limits = Limits(max_missing_days=random.choice(_MISSING_DAYS))
    plot = Plot(random, folder, flaws, limits)
    loss = ""
    try:
        with only_verdicts():
            WAYS[way].live(plot)
    except Exception as error:  # noqa: BLE001 (a crash of the program is a loss too)
        trace = "".join(traceback.format_exception(error)[-_LINES_OF_TRACE:])
        loss = str(error) if isinstance(error, AssertionError) else trace
    verdicts = Counter(each.split()[0] for world in plot.worlds for each in world.verdicts)
    flawed = ", ".join(f"{kind} on {day} ({number})" for kind, day, number in flaws) or "no flaws"
    story = f"{limits}; {flawed}; {'; '.join(plot.story)}"
    return Told(name, verdicts, story, f"{name}: {loss.strip()} | {story}" if loss else "")


def _seen(plot: Plot) -> None:
    """No verdict is milder than what was seen, and each rule that objects has a finding."""
    world = plot.begin()
    if plot.random.random() < 0.5:  # noqa: PLR2004 (one half)
        world.run()
    for operation, choice in plot.happenings(OPERATIONS):
        plot.happen(world, operation, choice)
        world.check_shown()
    plot.end(world)


def _traced(plot: Plot) -> None:
    """A fact that was seen stays seen as long as one trace of it is left."""
    del plot.flaws[1:]
    world = plot.begin()
    world.run()
    for operation, choice in plot.happenings(TRACES):
        plot.happen(world, operation, choice)
        world.check_shown()
    plot.end(world)


def _mended(plot: Plot) -> None:
    """Whole telemetry has exactly the objections that it deserves."""
    plot.flaws[:] = [flaw for flaw in plot.flaws if flaw[0] in TIMED]
    world = plot.begin()
    for operation, choice in plot.happenings(MENDABLE):
        plot.happen(world, operation, choice)
    world.repair()
    judged = world.life.run(world.today)
    if firsts := [report.first for report in judged.reports if report.first]:
        for first in firsts:
            _make(world.life, first)
        judged = world.life.run(world.today)
    world.verdicts.append(judged.verdict)
    found, truth = world.healed(judged), world.truth(window_of(world.today), 14)
    if found != truth:
        raise AssertionError(f"mended telemetry is {sorted(found)}, not {sorted(truth)}")


def _make(life: Life, day: date) -> None:
    """Make the report of a day, after those that the command wants first."""
    (report,) = life.snapshot(window_of(day))
    if report.first:
        _make(life, report.first)
        life.snapshot(window_of(day))


def _cached(plot: Plot) -> None:
    """A cold, warm, damaged or foreign cache changes no byte of any report."""
    without, with_cache = plot.begin("without"), plot.begin("with")
    with_cache.life.cache = plot.folder / "cache"
    for operation, choice in plot.happenings(OPERATIONS):
        plot.random.choice(SPOILING)(plot.folder / "cache", plot.random)
        plot.happen(without, operation, choice)
        operation(with_cache, choice)
        with_cache.check_shown()
        if _bytes_of(without) != _bytes_of(with_cache):
            raise AssertionError("the cache changes a report")
    plot.end(with_cache)


def _bytes_of(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in world.life.reports.iterdir()}


def _two_hosts(plot: Plot) -> None:
    """Two hosts with other clocks and other paths take turns on one reports folder."""
    world = plot.begin()
    other = Life(plot.folder / "other" / "mount")
    for ours, theirs in (
        (world.life.telemetry, other.telemetry),
        (world.life.reports, other.reports),
    ):
        theirs.rmdir()
        theirs.symlink_to(ours)
    hosts = (world.life, other)
    other.toml = world.life.toml
    skews = [plot.random.choice(_SKEWS) for _ in hosts]
    for operation, choice in plot.happenings(OPERATIONS):
        host = plot.random.randrange(2)
        world.life, world.skew = hosts[host], skews[host]
        plot.story.append(f"host {host} ({world.skew / timedelta(hours=1):+.0f} h)")
        plot.happen(world, operation, choice)
        world.check_shown()
    world.skew = timedelta()
    plot.end(world)


def _with_container(plot: Plot) -> None:
    """A host and a container take turns on one reports folder; the container has the last word."""
    world = plot.begin()
    host = world.life
    guest: Life = container.ContainerLife(host.folder, toml=host.toml)
    for operation, choice in plot.happenings(OPERATIONS):
        world.life = plot.random.choice((host, guest))
        plot.story.append(type(world.life).__name__)
        plot.happen(world, operation, choice)
        world.check_shown()
    world.life = guest
    before = len(world.verdicts)
    plot.end(world)
    if len(world.verdicts) == before + 2:
        raise AssertionError("no run in a container gives a verdict")


WAYS: Final = {
    "seen": Way("no verdict is milder than what was seen", 45, 4, _seen),
    "traced": Way("a fact stays seen while a trace of it is left", 22, 3, _traced),
    "mended": Way("mended telemetry has its own objections alone", 20, 3, _mended),
    "cached": Way("a cache changes no byte (each life twice)", 10, 1, _cached),
    "hosts": Way("two hosts with two clocks and mounts", 18, 2, _two_hosts),
    container.NAME: Way("a host and a container in turn", 5, 0, _with_container),
}
"""The ways to live, by the name that the name of a life has."""
