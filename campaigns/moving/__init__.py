"""Moving telemetry: files that are appended, rotated, replaced and taken away during a scan.

Something happens before each access to the file system in turn, and, in other runs, at any time, in
another thread. What is reported as read must have been read. The report is incomplete if it lacks
any event that was there when its file was found, or that is there at the end, under any name. Only
what is taken away before its file is found may be missing without a word, as what is taken away
before the scan.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from campaigns.figures import Figures
from campaigns.moving.store import MovingStore
from campaigns.moving.world import ANYWHERE, END, FILES, NESTED, Seen, World
from peaktrade_ops import routine, scanning
from peaktrade_ops.config import Config, Limits
from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.routine import make_snapshots
from peaktrade_ops.scanning import Place, Telemetry
from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.telemetry.engines import run as engine
from peaktrade_ops.window import window_until
from tests.support.artifacts import days_until, quiet_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from campaigns.figures import Row
    from campaigns.order import Order
    from peaktrade_ops.stage1.models import Coverage, ScannedFile, Summary

_WINDOW: Final = window_until(END)
_CONFIG: Final = Config(limits=Limits(processes=1))
# Nothing is in these files.
_OTHERS: Final = ("link.jsonl", "empty.jsonl")
# A small file is read in several parts.
_PART_BYTES: Final = 1024
_MOST_LOSSES: Final = 20
_RUNS: Final = 2000
# A short campaign tries one access of so many.
_STEP: Final = 50


def run(order: Order) -> Figures:
    """Move files in all ways at all accesses, then in random ways at any time."""
    figures = Figures("Telemetry that moves while it is found, read and checked again")
    with _small_parts():
        for action in (*ANYWHERE, *NESTED):
            _at_each_access(order, action, figures.row(action.__name__.replace("_", " ")))
        _at_any_time(order, figures.row("a writer at the same time"))
    return figures


@contextlib.contextmanager
def _small_parts() -> Iterator[None]:
    """Read files in parts; write no pages, which take most of the time."""
    with (
        patch.object(engine, "PART_BYTES", _PART_BYTES),
        patch.object(routine, "_publish", lambda _archive: None),
    ):
        yield


def _at_each_access(order: Order, action: Callable[[World, Path], None], row: Row) -> None:
    random, numbers = order.random(row.name), count()
    nested = [each for each in FILES if each.count("/") > 1 and not each.endswith(_OTHERS)]
    paths = nested if action in NESTED else [each for each in FILES if not each.endswith(_OTHERS)]
    for path in paths[: order.number(len(paths), 1)]:
        for critical in (path, "")[: order.number(2, 1)]:
            # A short campaign begins at any of the first accesses.
            step = order.number(1, _STEP)
            at = random.randrange(step)
            while len(row.losses) < _MOST_LOSSES:
                folder = order.scratch / f"{row.name} {next(numbers)}"
                world = World(folder / "root", folder / "outside", random, critical)
                row.tried += 1
                accesses, loss = _moved(world, path, action, at)
                if loss:
                    row.losses.append(f"{path} before access {at}: {loss}")
                if at >= accesses:
                    break
                at += step


def _moved(
    world: World, path: str, action: Callable[[World, Path], None], at: int
) -> tuple[int, str]:
    """Scan a world in which something happens before one access.

    Returns:
        The number of accesses, and what is lost.
    """
    world.build()

    def happen(access: int) -> None:
        if access == at:
            action(world, world.root / path)

    store = MovingStore(happen, world.unreadable)
    accesses: list[int] = []

    def scanned(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (those of the engine)
        accesses.append(store.accesses)
        return engine.scanned(*arguments, **options)

    with patch.object(scanning, "LOCAL", store), patch.object(scanning, "scanned", scanned):
        summary = _summary(world)
    is_found = bool(accesses) and at >= accesses[0]
    loss = loss_of(world, summary, world.first if is_found else world.left())
    shutil.rmtree(world.root.parent)
    return store.accesses, loss


def _at_any_time(order: Order, row: Row) -> None:
    random = order.random(row.name)
    for number in range(order.number(_RUNS, 5)):
        folder = order.scratch / f"writer {number}"
        critical = random.choice(("", *(path for path in FILES[:5])))
        world = World(folder / "root", folder / "outside", random, critical)
        world.build()
        ended = threading.Event()
        writer = threading.Thread(target=_write, args=(world, ended, number))
        writer.start()
        try:
            cache = folder / "cache" if number % 2 else None
            summary = _summary(world, cache)
        finally:
            ended.set()
            writer.join()
        loss = loss_of(world, summary, world.left())
        row.tried += 1
        if loss:
            row.losses.append(f"seed {order.seed}, run {number}: {loss}")
        shutil.rmtree(folder)
        if len(row.losses) >= _MOST_LOSSES:
            return


def _write(world: World, ended: threading.Event, number: int) -> None:
    """Let one thing after the other happen until the scan has ended."""
    # A writer would wait for the reader of a pipe; rights are a matter of the other store.
    left_out = ("forbid", "swap_with_pipe")
    actions = [each for each in (*ANYWHERE, *NESTED) if not each.__name__.startswith(left_out)]
    first = number
    while not ended.wait(world.random.random() * 0.01):
        path = world.root / FILES[world.random.randrange(5)]
        action = actions[(first := first + 7) % len(actions)]
        # What happened before may have taken the file away.
        with contextlib.suppress(OSError):
            action(world, path)


def _summary(world: World, cache: Path | None = None) -> Summary | None:
    """Return the report of a scan; `None` if it is refused."""
    place = Place(world.outside.parent / "reports", ".")
    place.folder.mkdir(exist_ok=True)
    try:
        [report] = make_snapshots(
            Telemetry(world.root, cache=cache), place, [_WINDOW], _CONFIG, now=END
        )
    except TelemetryError:
        return None
    return report.summary


def loss_of(  # noqa: PLR0911 (one for each promise)
    world: World, summary: Summary | None, wanted: Seen
) -> str:
    """Return which promise a report breaks; empty for none.

    Args:
        world: The telemetry.
        summary: The report.
        wanted: The events that it must have counted if it is complete.
    """
    if summary is None or summary.coverage is None or summary.top is None:
        return ""
    coverage, criticals = summary.coverage, summary.metrics.critical_alerts
    files: Sequence[ScannedFile | Coverage] = (*coverage.files, coverage)
    for file in files:
        if file.lines != file.blank + file.events + file.rejected + file.partial:
            return f"the lines of {file} do not add up"
    counts = {name.name: name.count for name in summary.top.severities}
    events, later = counts.get("info", 0), counts.get("notice", 0)
    # A file that is copied is there twice.
    if events > 2 * world.first.events or criticals > 2 * world.first.criticals:
        return f"{events} events and {criticals} critical ones were never written"
    if later > 2 * world.written:
        return f"{later} later events were never written"
    is_seen = events >= wanted.events and criticals >= wanted.criticals
    if coverage.complete and not is_seen:
        return f"complete with {events} events and {criticals} critical ones of {wanted}"
    if not coverage.complete and not any(left.effect for left in coverage.left_out):
        return "incomplete without a reason"
    verdict = _verdict_of(summary)
    if verdict == "GO" and (not is_seen or criticals or wanted.criticals):
        return f"GO with {events} events and {criticals} critical ones of {wanted}"
    if criticals and verdict != "NO_GO":
        return f"{verdict} with {criticals} critical events"
    return ""


def _verdict_of(summary: Summary) -> str:
    """Return the verdict of a week whose last day has this report."""
    day = day_of_summary(summary)
    before = [quiet_day(each, hour=0) for each in days_until(day.date, 8)[:-1]]
    trend = build_trend([*before, day], window=_WINDOW, config=_CONFIG)
    return trend.rollups.go_no_go
