"""A small world of telemetry and reports, copied for each case, and the laws that it must keep."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from campaigns.forking import Ended, run

if TYPE_CHECKING:
    from pathlib import Path

LAST: Final = date(2025, 12, 20)
_DAYS: Final = 7
_DUE: Final = time(3)
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "stage1-run": ("--repo", "../telemetry", "--date", f"{LAST}", "--days", f"{_DAYS}"),
    "stage1-snapshot": ("--repo", "../telemetry", "--date", f"{LAST}"),
    "stage1-trends": ("--date", f"{LAST}", "--days", f"{_DAYS}"),
    "render": (),
    "decide": ("--owner", "A. Owner", "--decision", "extend"),
}
"""The commands that write, with their arguments."""

_SAYS_GO: Final = "Verdict: **GO**"
_KEPT: Final = "the earlier artifacts are kept"
_BEGUN: Final = "not all new artifacts of this run are in place"
_DONE: Final = "the new artifacts are in place"
_FORGIVEN: Final = (".peaktrade-ops",)


def clock_after(day: date) -> str:
    """Return three o'clock in the night after a day, when its report is due, as a variable has it.

    Returns:
        Seconds since 1970.
    """
    return str(int(datetime.combine(day + timedelta(days=1), _DUE, UTC).timestamp()))


class Tree(NamedTuple):
    """The files of a reports folder: the artifacts by name, and the names of all others."""

    artifacts: dict[str, bytes]
    others: frozenset[str]


class World:
    """One copy of the world.

    Args:
        folder: The folder of the copy.

    Attributes:
        repo: The repo, which is the current directory of all commands.
        telemetry: The telemetry root.
        reports: The reports.
        output: The folder of the output of commands.
        epoch: The time of all commands, seconds since 1970.
        lock_seconds: How long they wait for a lock.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder that is there or will be made."""
        self.folder = folder
        self.epoch = clock_after(LAST)
        self.lock_seconds = 5
        self.repo = folder / "repo"
        self.telemetry = folder / "telemetry"
        self.reports = folder / "repo" / "reports" / "obs" / "stage1"
        self.output = folder.with_name(f"{folder.name}-output")

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of all commands."""
        return {
            "SOURCE_DATE_EPOCH": self.epoch,
            "TMPDIR": str(self.folder / "tmp"),
            # A lock that is lost would be waited for.
            "PEAK_LOCK_TIMEOUT": f"{self.lock_seconds}",
        }

    def copy_of(self, other: World) -> World:
        """Make this a copy of another world, whose modification times are kept."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(other.folder, self.folder, symlinks=True)
        self.output.mkdir(exist_ok=True)
        return self

    def run(self, command: str, *arguments: str) -> Ended:
        """Run a command undisturbed."""
        return run(
            [command, *arguments], cwd=self.repo, output=self.output, variables=self.variables
        )

    def tree(self) -> Tree:
        """Return the files of the reports folder."""
        artifacts, others = {}, set()
        for path in self.reports.iterdir() if self.reports.is_dir() else ():
            if path.name.startswith("."):
                others.add(path.name)
            else:
                artifacts[path.name] = path.read_bytes()
        return Tree(artifacts, frozenset(others))


def empty_world(folder: Path) -> World:
    """Make a world without telemetry and reports."""
    world = World(folder)
    for each in (world.telemetry / "obs", world.repo / ".git", world.output, folder / "tmp"):
        each.mkdir(parents=True)
    return world


def add_day(world: World, day: date) -> None:
    """Add the events of a quiet day to the telemetry of a world."""
    with (world.telemetry / "obs" / "events.jsonl").open("ab") as file:
        file.write(_quiet(day))


def template(folder: Path) -> World:
    """Make a world with telemetry of eight quiet days, and with reports until the day before.

    No report has seen a critical event of the last day, nor a late event of each day before. So a
    run makes a NO_GO of a GO, and writes every artifact anew.
    """
    world = empty_world(folder)
    before = [LAST - timedelta(days=back) for back in range(_DAYS, 0, -1)]
    old = b"".join(map(_quiet, before[:3]))
    (world.telemetry / "obs" / "events.jsonl.1.gz").write_bytes(gzip.compress(old, mtime=0))
    events = world.telemetry / "obs" / "events.jsonl"
    events.write_bytes(b"".join(map(_quiet, before[3:])))
    (world.telemetry / "obs" / "notes.txt").write_text("no telemetry")
    yesterday = f"{LAST - timedelta(days=1)}"
    first = ("--repo", "../telemetry", "--date", yesterday, "--days", f"{_DAYS}")
    done = world.run("stage1-run", *first)
    if done.code != 0 or _SAYS_GO not in done.out:
        raise RuntimeError(f"the world cannot be made: {done}")
    add_day(world, LAST)
    late = [{"ts": f"{day}T23:00:00Z", "type": "heartbeat", "severity": "info"} for day in before]
    (world.telemetry / "obs" / "late_events.jsonl").write_bytes(_lines(late))
    critical = {"ts": f"{LAST}T15:00:00Z", "type": "alert", "severity": "critical"}
    (world.telemetry / "obs" / "alerts.jsonl").write_bytes(_lines([critical]))
    return world


def _quiet(day: date) -> bytes:
    """Return the lines of a quiet day, one event each two hours."""
    lines = [
        {"ts": f"{day}T{hour:02}:30:00Z", "type": "heartbeat", "severity": "info"}
        for hour in range(0, 24, 2)
    ]
    return _lines(lines)


def _lines(records: list[dict[str, str]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


class Law(NamedTuple):
    """What must hold after a disturbed command, whatever has happened to it.

    Attributes:
        command: The command.
        old: The reports before it.
        new: The reports after it, undisturbed.
        verdict: The verdict of the undisturbed command.
        checked: The exit code of `verify` after it: a report makes an older trend out of date.
    """

    command: str
    old: Tree
    new: Tree
    verdict: str
    checked: int

    @classmethod
    def of(cls, command: str, base: World, scratch: World) -> Law:
        """Run a command undisturbed in a copy of a world."""
        scratch.copy_of(base)
        old = scratch.tree()
        done = scratch.run(command, *COMMANDS[command])
        if done.code != 0:
            raise RuntimeError(f"{command} fails undisturbed: {done}")
        new = scratch.tree()
        return cls(command, old, new, _verdict(new) or "", scratch.run("verify").code)

    def broken_by(
        self, world: World, done: Ended, *, is_killed: bool, seen: Tree | None = None
    ) -> list[str]:
        """Return what a disturbed command has lost; then heal the world, and look again.

        Args:
            world: The world in which the command ran.
            done: How it ended.
            is_killed: Whether only a signal disturbed it, so that it saw everything as it is.
            seen: The reports when it had ended, if the world was mended since.
        """
        found = seen or world.tree()
        checked = world.run("verify")
        return [
            *self._torn(found, is_killed=is_killed),
            *_crashed(done, is_killed=is_killed),
            *self._untrue(found, done, checked),
            *self._unnoticed(found, checked),
            *self._too_mild(found, done),
            *self._unhealed(world),
        ]

    def _torn(self, found: Tree, *, is_killed: bool) -> list[str]:
        """Return the artifacts that are neither old nor new.

        A run that could not read something may say so in other new artifacts, which are whole.
        """
        lost = [f"{name} has gone" for name in self.old.artifacts.keys() - found.artifacts.keys()]
        for name, data in found.artifacts.items():
            if data in (self.old.artifacts.get(name), self.new.artifacts.get(name)):
                continue
            if is_killed or not is_whole(name, data):
                lost.append(f"{name} is neither old nor new")
        return lost

    def _untrue(self, found: Tree, done: Ended, checked: Ended) -> list[str]:
        """Return what the messages of the command claim although it is not so."""
        lost = []
        if _KEPT in done.err and found.artifacts != self.old.artifacts:
            lost.append("it says that the earlier artifacts are kept")
        if _DONE in done.err and found.artifacts == self.old.artifacts != self.new.artifacts:
            lost.append("it says that the new artifacts are in place")
        if _BEGUN in done.err and found.artifacts == self.new.artifacts != self.old.artifacts:
            lost.append("it says that artifacts are missing")
        for line in done.out.splitlines():
            name = line.rpartition("/")[2]
            if line.startswith("wrote ") and name not in found.artifacts:
                lost.append(f"it says that it wrote {name}")
        if done.code == 0 and checked.code not in {0, self.checked}:
            lost.append(f"it ends with 0, and verify says: {checked.out.strip()}")
        if ": verified" in done.out and checked.code != 0:
            lost.append("it says that all is verified")
        return lost

    def _unnoticed(self, found: Tree, checked: Ended) -> list[str]:
        """Return what `verify` does not say."""
        if checked.code not in {0, 2} or checked.err:
            return [f"verify ends with {checked.code}: {checked.err.strip()}"]
        is_mixed = found.artifacts not in (self.old.artifacts, self.new.artifacts)
        index = json.loads(found.artifacts["index.json"]) if "index.json" in found.artifacts else {}
        listed = {entry["path"]: entry["sha256"] for entry in index.get("entries", [])}
        if is_mixed and checked.code == 0 and not _matches(found, listed):
            return ["verify does not notice that old and new are mixed"]
        return []

    def _too_mild(self, found: Tree, done: Ended) -> list[str]:
        lost = []
        if _verdict(found) == "GO" != self.verdict and _verdict(self.old) != "GO":
            lost.append("the stored verdict is GO")
        if (
            found.artifacts.get("stage1_trend.json") != self.old.artifacts.get("stage1_trend.json")
            and _verdict(found) == "GO" != self.verdict
        ):
            lost.append("a new verdict is GO")
        if done.code == 0 and _SAYS_GO in done.out and self.verdict not in {"GO", ""}:
            lost.append("it prints GO")
        return lost

    def _unhealed(self, world: World) -> list[str]:
        """Run the command once more, and return what differs from the undisturbed reports.

        A second decision would keep the first in its history, so another command finishes that.
        """
        is_decision = self.command == "decide"
        next_command = "render" if is_decision else self.command
        done = world.run(next_command, *COMMANDS[next_command])
        found = world.tree()
        if is_decision and found.artifacts == self.old.artifacts:
            return [f"{name} stays behind" for name in found.others]
        if done.code != 0:
            return [f"the next run ends with {done.code}: {done.err.strip()[:300]}"]
        lost = [f"{name} stays behind" for name in found.others]
        names = found.artifacts.keys() | self.new.artifacts.keys()
        return lost + [
            f"{name} differs after the next run"
            for name in sorted(names)
            if found.artifacts.get(name) != self.new.artifacts.get(name)
        ]


def _crashed(done: Ended, *, is_killed: bool) -> list[str]:
    lost = []
    if "Traceback" in done.err or "unexpected error" in done.err or done.code in {98, 99}:
        lost.append(f"it crashes: {done.err.strip()[-300:]}")
    if not is_killed and done.code not in {0, 1, 2}:
        lost.append(f"it ends with {done.code}")
    if done.code == 1 and not done.err.strip():
        lost.append("it ends with 1 and says nothing")
    return lost


def _verdict(tree: Tree) -> str | None:
    data = tree.artifacts.get("stage1_trend.json")
    if data is None:
        return None
    try:
        return str(json.loads(data)["rollups"]["go_no_go"])
    except (ValueError, KeyError):
        return None


def is_whole(name: str, data: bytes) -> bool:
    """Return whether an artifact has its end, by its name."""
    if name.endswith(".json"):
        try:
            json.loads(data)
        except ValueError:
            return False
        return data.endswith(b"\n")
    end = b"</html>\n" if name.endswith(".html") else b"\n"
    return data.endswith(end)


def _matches(tree: Tree, listed: dict[str, str]) -> bool:
    """Return whether an index lists exactly what there is."""
    there = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in tree.artifacts.items()
        if name != "index.json"
    }
    return there == listed
