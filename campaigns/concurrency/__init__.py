"""Many runs at once on one reports folder, while others read it; and a run that is stuck.

Each round is a day: telemetry of the day is added, many commands run at once, some of them are
killed, and one more run brings all up to date. A second world lives through the same days with one
run each, and in the end both hold the same bytes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from unittest import mock

# Imported before the forks, so that no run imports anything of it.
import peaktrade_ops.cli.commands.run  # noqa: F401 (see above)
from campaigns.concurrency.containers import container, missing
from campaigns.concurrency.reading import reading, torn_in
from campaigns.crashes.world import LAST, World, add_day, clock_after, empty_world
from campaigns.figures import Figures
from campaigns.forking import ended, forked
from peaktrade_ops import routine
from peaktrade_ops.reports.store.publish import publish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from random import Random

    from campaigns.order import Order

_DAYS: Final = 7
_MOST_SECONDS: Final = 300
_STUCK_SECONDS: Final = 1
_BESIDE: Final = ("stage1-run", "stage1-snapshot", "stage1-trends", "render", "verify", "metrics")


def run(order: Order) -> Figures:
    """Run the campaign."""
    figures = Figures("Concurrency: many runs at once on one reports folder")
    together, alone = (empty_world(order.scratch / name) for name in ("together", "alone"))
    rounds = order.number(6, 1)
    days = [LAST - timedelta(days=back) for back in reversed(range(rounds + 1))]
    # The day before the first round, so that there is something to read.
    begin(days[0], together, alone)
    why_not = "only in the long form" if order.is_short else missing()
    if why_not:
        figures.row(f"containers: not tried here, {why_not}")
    for number, day in enumerate(days[1:]):
        _round(
            order,
            figures,
            day,
            (together, alone),
            is_mixed=not why_not,
            is_cruel=order.is_short or number % 2 == 1,
        )
    for number in range(order.number(12, 1)):
        stuck(order.random(f"stuck {number}"), figures, together, days[-1])
    return figures


def _arguments(command: str, day: date) -> list[str]:
    """Return a command with its arguments, for a day."""
    span = ["--date", f"{day}", "--days", f"{_DAYS}"]
    telemetry = ["--repo", "../telemetry"]
    more = {
        "stage1-run": [*telemetry, *span],
        "stage1-snapshot": [*telemetry, *span[:2]],
        "stage1-trends": span,
    }
    return [command, *more.get(command, [])]


def begin(day: date, *worlds: World) -> None:
    """Add telemetry of a week to worlds, and make the reports of it."""
    for world in worlds:
        world.lock_seconds = _MOST_SECONDS
        for back in reversed(range(_DAYS)):
            add_day(world, day - timedelta(days=back))
        world.epoch = clock_after(day)
        done = world.run(*_arguments("stage1-run", day))
        if done.code:
            raise RuntimeError(f"the world cannot be made: {done}")


def _round(  # noqa: PLR0913 (a round has many parts)
    order: Order,
    figures: Figures,
    day: date,
    worlds: tuple[World, World],
    *,
    is_mixed: bool,
    is_cruel: bool,
) -> None:
    """Live through a day in both worlds, and compare them."""
    together, alone = worlds
    source = order.random(f"round {day}")
    for world in worlds:
        add_day(world, day)
        world.epoch = clock_after(day)
    with reading(together, order.scratch / "reading") as found:
        _run_at_once(order, source, figures, together, day, is_mixed=is_mixed, is_cruel=is_cruel)
    for name, each in found.items():
        tried, losses = each.read()
        row = figures.row(name)
        row.tried += tried
        row.losses += [f"{day}: {loss}" for loss in losses]
    row = figures.row("days, compared with those of single runs")
    row.tried += 1
    for world in worlds:
        done = world.run(*_arguments("stage1-run", day))
        if done.code or world.run("verify").code:
            row.losses.append(f"{day}: {world.folder.name} ends with {done.code}: {done.err}")
    one, other = together.tree(), alone.tree()
    row.losses += [f"{day}: {name} stays behind" for name in one.others]
    row.losses += [
        f"{day}: {name} differs"
        for name in sorted(one.artifacts.keys() | other.artifacts.keys())
        if one.artifacts.get(name) != other.artifacts.get(name)
    ]


def _run_at_once(  # noqa: PLR0913 (a round has many parts)
    order: Order,
    source: Random,
    figures: Figures,
    world: World,
    day: date,
    *,
    is_mixed: bool,
    is_cruel: bool,
) -> None:
    """Start many commands at once, kill some of them, and wait for all."""
    count = order.number(32, 6)
    commands = ["stage1-run", *source.choices(_BESIDE[:4], [5, 2, 2, 1], k=count - 1)]
    victims = source.sample(range(count), count // 6) if is_cruel else []
    row = figures.row("runs at once" + (", some of them killed" if is_cruel else ""))
    with contextlib.ExitStack() as stack:
        runs = []
        for number, command in enumerate(commands):
            output = order.scratch / f"output-{number}"
            output.mkdir(exist_ok=True)
            arguments = _arguments(command, day)
            pid = stack.enter_context(
                forked(arguments, cwd=world.repo, output=output, variables=world.variables)
            )
            runs.append((pid, command, output))
        boxes = [
            stack.enter_context(container(world, _in_container(_arguments(command, day))))
            for command in (["stage1-run", "stage1-trends"] * 2 if is_mixed else [])
        ]
        time.sleep(source.uniform(0, 1) if victims else 0)
        for number in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(runs[number][0], signal.SIGKILL)
        deadline = time.monotonic() + _MOST_SECONDS
        for number, (pid, command, output) in enumerate(runs):
            status = _waited(pid, deadline)
            done = ended(status, output) if status is not None else None
            row.tried += 1
            if done is None:
                row.losses.append(f"{day}: {command} does not end")
            elif number not in victims and (done.code or "unexpected" in done.err):
                row.losses.append(f"{day}: {command} ends with {done.code}: {done.err.strip()}")
        for box in boxes:
            said, _ = box.communicate(timeout=_MOST_SECONDS)
            figures.row("containers beside runs on the host").tried += 1
            if box.returncode:
                figures.row("containers beside runs on the host").losses.append(f"{day}: {said}")
    row.losses += [f"{day}: {loss}" for loss in torn_in(world.reports)]


def _in_container(arguments: Sequence[str]) -> list[str]:
    """Return the arguments without the telemetry root, which is that of the image."""
    return [each for each in arguments if each not in {"--repo", "../telemetry"}]


def _waited(pid: int, deadline: float) -> int | None:
    """Return the status of a process; `None` if it does not end in time."""
    while time.monotonic() < deadline:
        ended_pid, status = os.waitpid(pid, os.WNOHANG)
        if ended_pid:
            return status
        time.sleep(0.01)
    return None


def stuck(source: Random, figures: Figures, world: World, day: date) -> None:
    """Stop a run that holds the lock; others name it and end; then it goes on."""
    row = figures.row("commands beside a run that is stuck")
    variables = {**world.variables, "PEAK_LOCK_TIMEOUT": f"{_STUCK_SECONDS}"}
    command = source.choice(("stage1-run", "stage1-trends", "render"))
    with forked(
        _arguments(command, day),
        cwd=world.repo,
        output=world.output,
        variables=world.variables,
        first=_stop_under_the_lock,
    ) as pid:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            raise RuntimeError("the run was not stopped under the lock")
        output = world.folder.with_name("beside-output")
        output.mkdir(exist_ok=True)
        for beside in source.sample(_BESIDE, 2):
            began = time.monotonic()
            with forked(
                _arguments(beside, day), cwd=world.repo, output=output, variables=variables
            ) as waiting:
                waited = _waited(waiting, began + _MOST_SECONDS)
            row.tried += 1
            if waited is None:
                row.losses.append(f"{beside} waits without end")
                continue
            done = ended(waited, output)
            if done.code != 1 or f"process {pid} has not given its lock free" not in done.err:
                row.losses.append(f"{beside} ends with {done.code} and says: {done.err.strip()}")
        os.kill(pid, signal.SIGCONT)
        _, status = os.waitpid(pid, 0)
        done = ended(status, world.output)
    if done.code or world.run("verify").code:
        row.losses.append(f"the {command} that was stuck ends with {done.code}: {done.err}")


def _stop_under_the_lock() -> None:
    """Let this process stop itself when it is about to publish, which it does under the lock."""

    def stop_and_publish(
        folder: Path, artifacts: Mapping[str, bytes], removed: bytes | None = None
    ) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)
        publish(folder, artifacts, removed)

    mock.patch.object(routine, "publish", stop_and_publish).start()
