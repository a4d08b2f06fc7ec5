"""Read a reports folder all the time while others write: as files, with `verify`, over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Final

from campaigns.crashes.world import is_whole
from campaigns.forking import forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from campaigns.crashes.world import World

_STARTING_SECONDS: Final = 60
# A snapshot that a run made after the trend makes the trend out of date, which `verify` says.
_KNOWN: Final = re.compile(r"(error|warning): \S+: out of date: .*")
_PATHS: Final = ("/", "/trend", "/metrics", "/healthz", "/index.json", "/stage1_trend.html")


class Reading:
    """What a reader has found; it is written by its process and read by the campaign.

    Args:
        path: The file in between.
    """

    def __init__(self, path: Path) -> None:
        """Use a file that need not exist."""
        self._path = path

    def write(self, count: int, losses: list[str]) -> None:
        """Write what was found."""
        self._path.write_text(json.dumps([count, losses]), "utf-8")

    def read(self) -> tuple[int, list[str]]:
        """Return how often was read, and what was lost."""
        if not self._path.exists():
            return 0, ["the reader has failed"]
        count, losses = json.loads(self._path.read_bytes())
        return count, losses


@contextlib.contextmanager
def reading(world: World, scratch: Path) -> Iterator[dict[str, Reading]]:
    """Read a reports folder in three processes; yield what they will have found, by name."""
    scratch.mkdir(exist_ok=True)
    readers: dict[str, Callable[[], list[str]]] = {
        "reads of all files without a lock": lambda: torn_in(world.reports),
        "verify beside runs": lambda: _mismatches(world),
    }
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(_served(world, scratch))
        readers["requests to serve beside runs"] = lambda: _bad_answers(port)
        found = {}
        for number, (name, reader) in enumerate(readers.items()):
            found[name] = Reading(scratch / f"{number}.json")
            stack.enter_context(_looping(reader, found[name]))
        yield found


def torn_in(folder: Path) -> list[str]:
    """Return the artifacts that are not whole, as a reader without a lock sees them."""
    lost = []
    for path in folder.iterdir():
        # A temporary file may be renamed in the meantime.
        with contextlib.suppress(FileNotFoundError):
            if not path.name.startswith(".") and not is_whole(path.name, path.read_bytes()):
                lost.append(f"{path.name} is torn")
    return lost


def _mismatches(world: World) -> list[str]:
    done = world.run("verify")
    if done.code == 1:
        return [f"verify ends with 1: {done.err.strip()}"]
    lines = done.out.splitlines() if done.code else []
    return [f"verify says: {line}" for line in lines if not _KNOWN.fullmatch(line)]


def _bad_answers(port: int) -> list[str]:
    lost = []
    for path in _PATHS:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            lost.append(f"{path}: {error!r}")
            continue
        finally:
            connection.close()
        kind = answer.getheader("Content-Type", "").partition(";")[0]
        allowed = {200, 503} if path == "/healthz" else {200}
        name = {"application/json": "a.json", "text/html": "a.html"}.get(kind, "a.txt")
        if answer.status not in allowed or not is_whole(name, body.rstrip(b"\n") + b"\n"):
            lost.append(f"{path}: {answer.status} with {len(body)} bytes of {kind}")
    return lost


@contextlib.contextmanager
def _looping(reader: Callable[[], list[str]], found: Reading) -> Iterator[None]:
    """Read again and again in a fork until the block ends."""
    pid = os.fork()
    if pid == 0:
        stopped: list[int] = []
        try:
            signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
            count, losses = 0, []
            while not stopped:
                losses += reader()
                count += 1
            found.write(count, losses)
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


@contextlib.contextmanager
def _served(world: World, scratch: Path) -> Iterator[int]:
    """Serve a reports folder; yield the port."""
    output = scratch / "serve"
    output.mkdir(exist_ok=True)
    with forked(["serve", "--port", "0"], cwd=world.repo, output=output, variables=world.variables):
        deadline = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                said = (output / "err").read_text("utf-8")
                if port := re.search(r" at http://127\.0\.0\.1:(\d+)/", said):
                    yield int(port[1])
                    return
            time.sleep(0.05)
        raise RuntimeError("serve does not start")
