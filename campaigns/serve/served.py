"""A running `serve`: ask it, watch its health and its log."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple, Self, cast

if TYPE_CHECKING:
    from types import TracebackType

    from campaigns.figures import Figures

COMMAND: Final = [sys.executable, "-m", "peaktrade_ops"]
"""The program; a test replaces it by one that is broken on purpose."""

PATIENCE: Final = 60.0
HEALTH_SECONDS: Final = 2.0
"""In which time the health must be answered."""

_NOW: Final = "1766296800"
_POLL_SECONDS: Final = 0.1
_LINE: Final = re.compile(
    r'[0-9-]{10}T[0-9:]{8}Z 127\.0\.0\.[0-9]+ "[!#-~]+ [!#-~]+" [1-5][0-9]{2} [0-9]+ [0-9]+ ms'
    r"|connections were closed: [0-9a-z; ]+",
    re.ASCII,
)


class Reply(NamedTuple):
    """What was answered.

    Attributes:
        status: The status; 0 if the connection was closed without an answer.
        head: The headers.
        body: The content.
    """

    status: int
    head: bytes
    body: bytes


class Served:
    """A server as a process of its own; a thread asks for its health all the time.

    Attributes:
        folder: The reports folder.
        figures: The rows of the campaign.
    """

    def __init__(self, folder: Path, figures: Figures) -> None:
        """Store the folder and the figures."""
        self.folder = folder
        self.figures = figures
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--dir", self.folder, "--port", "0"],
            env={**os.environ, "SOURCE_DATE_EPOCH": _NOW},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
        )
        try:
            self.port = self._find_port()
            for watch in (self._watch_log, self._watch_health):
                self._threads.append(threading.Thread(target=watch, daemon=True))
                self._threads[-1].start()
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._ended.set()
        self._threads[1].join(PATIENCE)
        self._process.kill()
        self._process.wait(PATIENCE)
        self._threads[0].join(PATIENCE)
        self._log.close()

    def connect(self, *, at: str = "127.0.0.1") -> socket.socket:
        """Connect from one of the addresses of this machine."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE, source_address=(at, 0))

    def ask(self, data: bytes) -> Reply:
        """Send bytes, and return what is answered before the connection is closed."""
        with self.connect() as connection:
            # It may be refused before all of it is sent.
            with contextlib.suppress(OSError):
                connection.sendall(data)
            return received(connection)

    def get(self, target: str, **headers: str) -> Reply:
        """Ask for an address with a host that is trusted."""
        lines = [f"GET {target} HTTP/1.1", "Host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.ask(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def most_megabytes(self) -> float:
        """Return the most memory that the process has had."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def open_files(self) -> int:
        """Return how many files and connections it has open."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))  # noqa: PTH208 (only a number)

    @property
    def _log(self) -> IO[str]:
        return cast("IO[str]", self._process.stderr)

    def _find_port(self) -> int:
        for line in self._log:
            if found := re.search(r"http://127\.0\.0\.1:([0-9]+)/", line):
                return int(found[1])
        raise RuntimeError("serve has not started")

    def _watch_log(self) -> None:
        row = self.figures.row("lines of the log")
        for line in self._log:
            row.tried += 1
            if not _LINE.fullmatch(line.rstrip("\n")):
                row.losses.append(f"no line of the log: {line[:200]!r}")

    def _watch_health(self) -> None:
        row = self.figures.row("checks of the health meanwhile")
        row.measured["slowest s"] = 0.0
        while not self._ended.wait(_POLL_SECONDS):
            began = time.monotonic()
            try:
                status: object = self.get("/healthz").status
            except OSError as error:
                status = repr(error)
            took = time.monotonic() - began
            row.tried += 1
            row.measured["slowest s"] = max(row.measured["slowest s"], took)
            if status not in {200, 503} or took > HEALTH_SECONDS:
                row.losses.append(f"{status} after {took:.1f} s")


def received(connection: socket.socket) -> Reply:
    """Return what is answered until the other side closes."""
    head, _, body = everything(connection).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    return Reply(int(status[0]) if status and status[0].isdigit() else 0, head, body)


def everything(connection: socket.socket) -> bytes:
    """Return all bytes until the other side closes, or sends nothing for the time that is set."""
    parts = []
    with contextlib.suppress(ConnectionError, TimeoutError):
        while part := connection.recv(2**16):
            parts.append(part)
    return b"".join(parts)
