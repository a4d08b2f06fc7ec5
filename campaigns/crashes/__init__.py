"""Kill the program, and make the kernel refuse what it asks for, at every moment of its life.

Each case begins with a copy of the same small world, disturbs one command in it, looks at what is
left, and runs the command once more undisturbed. The disturbed command runs in a fork of this
process, so thousands of cases take minutes.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

# Imported before the forks, so that no case imports anything of it.
import peaktrade_ops.cli.commands.run
import peaktrade_ops.routine  # noqa: F401 (see above)
from campaigns.crashes.disks import fill_disks
from campaigns.crashes.tracing import (
    Disturbance,
    Operation,
    Trace,
    allow_tracing,
    can_trace,
    follow,
)
from campaigns.crashes.world import COMMANDS, Law, World, template
from campaigns.figures import Figures
from campaigns.forking import ended, forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from random import Random

    from campaigns.figures import Row
    from campaigns.forking import Ended
    from campaigns.order import Order

ERRORS: Final = (
    errno.EIO,
    errno.ENOSPC,
    errno.EACCES,
    errno.EROFS,
    errno.EMFILE,
    errno.EINTR,
    errno.EINVAL,
)
KINDS: Final = (
    *("open", "read", "write", "fsync", "rename", "unlink", "mkdir", "flock", "stat", "listing"),
    *("truncate", "chmod"),
)
_MOST_MEMORY: Final = 96 * 2**20
_CHANGING: Final = frozenset({"write", "fsync", "rename", "unlink", "mkdir", "open", "flock"})


class Crashes:
    """The campaign: its world, and one case after the other.

    Args:
        order: How it runs.
        figures: Where the losses go.
    """

    def __init__(self, order: Order, figures: Figures) -> None:
        """Make the world."""
        self.order = order
        self.figures = figures
        self.base = template(order.scratch / "base")
        self.world = World(order.scratch / "world")
        self.laws = {
            command: Law.of(command, self.base, self.world)
            for command in (["stage1-run"] if order.is_short else COMMANDS)
        }

    def operations(self, command: str) -> list[Operation]:
        """Return the file operations of an undisturbed command."""
        _, trace = self.traced(command, Disturbance())
        return trace.operations

    def disturb(self, row: Row, command: str, disturbance: Disturbance) -> None:
        """Disturb a command once, and note what is lost."""
        done, trace = self.traced(command, disturbance)
        at = trace.operations[disturbance.at : disturbance.at + 1]
        what = f"{command}, {disturbance}" + "".join(
            f", {each.kind} {each.path.removeprefix(str(self.world.folder))}" for each in at
        )
        self._judge(row, command, done, what, is_signalled=bool(disturbance.kill))

    def kill_twice(self, row: Row, command: str, first: int, second: int) -> None:
        """Kill a command, and then the one that puts right what the first has left."""
        self.traced(command, Disturbance(first, kill=signal.SIGKILL))
        again = Disturbance(second, kill=signal.SIGKILL)
        done, _ = self.traced(command, again, is_new=False)
        what = f"{command}, SIGKILL at operation {first}, then {again}"
        self._judge(row, command, done, what, is_signalled=True)

    def kill_after(self, row: Row, command: str, seconds: float) -> None:
        """Kill a command after some time, and note what is lost."""

        def kill(pid: int) -> None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)

        done = self._run(command, beside=kill)
        self._judge(row, command, done, f"{command}, killed after {seconds} s", is_signalled=True)

    def starve(self, row: Row, command: str, more_bytes: int) -> None:
        """Run a command with little more memory than it begins with, and note what is lost."""
        done = self._run(command, first=partial(_limit_memory, more_bytes))
        what = f"{command} with {more_bytes:,} bytes more"
        self._judge(row, command, done, what, is_signalled=False)

    def traced(
        self, command: str, disturbance: Disturbance, *, is_new: bool = True
    ) -> tuple[Ended, Trace]:
        """Disturb a command; return how it ended, and what it did.

        Args:
            command: The command.
            disturbance: What happens to it.
            is_new: Whether the world is copied anew before.
        """
        if is_new:
            self.world.copy_of(self.base)
        with self._forked(command, first=allow_tracing) as pid:
            trace = follow(pid, self.world.folder, disturbance, self._part_of)
            return ended(trace.status, self.world.output), trace

    def _part_of(self, path: str) -> str:
        """Return the part of the world that a path is in: telemetry, cache, reports or scratch."""
        inside = path.removeprefix(f"{self.world.folder}/")
        return "cache" if "/.cache" in inside else inside.split("/", 1)[0]

    def _forked(
        self, command: str, *, first: Callable[[], object] = int
    ) -> AbstractContextManager[int]:
        """Start a command in a fork of this process; `first` is called in it before it begins."""
        return forked(
            [command, *COMMANDS[command]],
            cwd=self.world.repo,
            output=self.world.output,
            variables=self.world.variables,
            first=first,
        )

    def _run(
        self,
        command: str,
        *,
        first: Callable[[], object] = int,
        beside: Callable[[int], object] = lambda _pid: None,
    ) -> Ended:
        """Run a command on a new copy of the folder.

        Args:
            command: The command.
            first: Called in its process before it begins.
            beside: Called with the id of its process while it runs.
        """
        self.world.copy_of(self.base)
        with self._forked(command, first=first) as pid:
            beside(pid)
            _, status = os.waitpid(pid, 0)
            return ended(status, self.world.output)

    def _judge(self, row: Row, command: str, done: Ended, what: str, *, is_signalled: bool) -> None:
        row.tried += 1
        lost = []
        if done.code == 128 + signal.SIGTERM:
            lost += [f"{name} stays after SIGTERM" for name in self.world.tree().others]
            done = done._replace(code=-signal.SIGTERM)
        lost += [
            f"{path.name} stays in the temporary folder"
            for path in (self.world.folder / "tmp").iterdir()
        ]
        lost += self.laws[command].broken_by(self.world, done, is_killed=is_signalled)
        row.losses += [f"{what}: {loss}" for loss in lost]


def run(order: Order) -> Figures:
    """Run the campaign."""
    figures = Figures("Crashes: a command is killed, or the kernel refuses what it asks for")
    crashes = Crashes(order, figures)
    if can_trace():
        for command in crashes.laws:
            operations = crashes.operations(command)
            _kill_at_each(crashes, command, operations)
            _kill_twice(crashes, command, operations)
            _refuse_each(crashes, command, operations)
    _kill_at_random(crashes)
    _starve(crashes)
    fill_disks(order, figures, crashes.base, crashes.laws["stage1-run"])
    shutil.rmtree(crashes.world.folder)
    return figures


def _kill_at_each(crashes: Crashes, command: str, operations: Sequence[Operation]) -> None:
    """Kill a command before each of its file operations, and end it before some of them."""
    order = crashes.order
    # Between two operations that change nothing, a kill leaves the same files.
    every = [each.number for each in operations]
    changing = [each.number for each in operations if each.kind in _CHANGING]
    source = order.random(f"kills of {command}")
    if order.is_short:
        every = _some(source, changing, 4)
    row = crashes.figures.row(f"SIGKILL at each file operation of {command}")
    for number in every:
        crashes.disturb(row, command, Disturbance(number, kill=signal.SIGKILL))
    row = crashes.figures.row(f"SIGTERM at a file operation of {command}")
    for number in _some(source, changing, order.number(100, 1)):
        crashes.disturb(row, command, Disturbance(number, kill=signal.SIGTERM))


def _kill_twice(crashes: Crashes, command: str, operations: Sequence[Operation]) -> None:
    """Kill a command while it puts its artifacts in place, and the next one at any moment."""
    placing = [each.number for each in operations if each.kind in {"rename", "fsync"}]
    changing = [each.number for each in operations if each.kind in _CHANGING]
    source = crashes.order.random(f"second kills of {command}")
    row = crashes.figures.row(f"SIGKILL of {command}, and of the run after it")
    for _ in range(crashes.order.number(100, 1) if placing else 0):
        crashes.kill_twice(row, command, source.choice(placing), source.choice(changing))


def _refuse_each(crashes: Crashes, command: str, operations: Sequence[Operation]) -> None:
    """Let operations of each kind fail with each error, once and for good; cut some short."""
    order = crashes.order
    of_kind: defaultdict[str, list[int]] = defaultdict(list)
    for each in operations:
        of_kind[each.kind].append(each.number)
    kinds = order.random("kinds").sample(KINDS, order.number(len(KINDS), 4))
    for kind in sorted(kinds, key=KINDS.index):
        source = order.random(f"errors of {kind} in {command}")
        row = crashes.figures.row(f"an error of {kind}")
        for disturbance in _errors(source, of_kind[kind], order):
            crashes.disturb(row, command, disturbance)
    for kind in ("write",) if order.is_short else ("read", "write"):
        source = order.random(f"short {kind} in {command}")
        row = crashes.figures.row(f"a {kind} that is cut to the half")
        for number in _some(source, of_kind[kind], order.number(60, 1)):
            crashes.disturb(row, command, Disturbance(number, short=True))


def _errors(source: Random, numbers: Sequence[int], order: Order) -> Iterator[Disturbance]:
    errors = source.sample(ERRORS, 1) if order.is_short else ERRORS
    for error in errors:
        for number in _some(source, numbers, order.number(12, 1)):
            # A signal interrupts an operation once; whoever is interrupted tries again.
            lasts = error != errno.EINTR and source.random() < 1 / 2
            yield Disturbance(number, error=error, lasts=lasts)


def _kill_at_random(crashes: Crashes) -> None:
    """Kill commands at random moments."""
    order = crashes.order
    source = order.random("random kills")
    began = time.monotonic()
    crashes.world.copy_of(crashes.base)
    crashes.world.run("stage1-run", *COMMANDS["stage1-run"])
    seconds = time.monotonic() - began
    row = crashes.figures.row("SIGKILL at a random moment")
    for _ in range(order.number(1_000, 1)):
        crashes.kill_after(row, source.choice([*crashes.laws]), source.uniform(0, seconds))


def _starve(crashes: Crashes) -> None:
    """Run commands with too little memory, by chance also with enough."""
    source = crashes.order.random("memory")
    row = crashes.figures.row("too little memory")
    for _ in range(crashes.order.number(100, 1)):
        crashes.starve(row, source.choice([*crashes.laws]), source.randrange(_MOST_MEMORY))


def _limit_memory(more_bytes: int) -> None:
    """Limit the memory of this process to little more than it has."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _some(source: Random, numbers: Sequence[int], most: int) -> list[int]:
    return source.sample(numbers, min(most, len(numbers)))
