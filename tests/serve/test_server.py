"""Tests of `peaktrade_ops.serve.server`: how the server starts and ends."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher
from waitress.trigger import trigger

from peaktrade_ops.serve.app import Application
from peaktrade_ops.serve.server import ServeError, serve
from tests.serve.conftest import DAY, MAX_AGE, NOW
from tests.support.program import PATIENCE, ended, epoch, run, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.support.program import Program

_PIPE_BYTES = 4096
"""The least that the kernel allows."""


def url_of(process: subprocess.Popen[str]) -> str:
    """Return the URL that a server prints, as soon as it answers."""
    assert process.stderr
    line = process.stderr.readline()
    while "stands in for the clock" in line:
        line = process.stderr.readline()
    found = re.search(r"http://\S+/", line)
    assert found, line
    return found[0]


def fetch(url: str) -> bytes:
    """Return the body of a response."""
    with urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 (our own)
        content: bytes = answer.read()
    return content


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_it_answers_until_it_is_told_to_end(folder: Path, host: str) -> None:
    """The server listens on the host that is given, and prints the port."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    options = ("--dir", folder, "--host", host, "--port", "0", "--no-access-log")
    with started(
        "serve", *options, cwd=folder, SOURCE_DATE_EPOCH=epoch(NOW.isoformat())
    ) as process:
        url = url_of(process)

        assert fetch(url) == (folder / "index.html").read_bytes()
        assert json.loads(fetch(f"{url}latest"))["date"] == f"{DAY}"
        assert json.loads(fetch(f"{url}healthz"))["status"] == "healthy"
        process.send_signal(signal.SIGTERM)
        outcome = ended(process)

    assert (outcome.code, outcome.out) == (143, "")
    assert outcome.err == "peaktrade-ops: terminated; every artifact is whole, old or new\n"


@pytest.mark.parametrize(("option", "logged"), [((), True), (("--no-access-log",), False)])
def test_each_request_is_a_line_on_standard_error(
    folder: Path,
    option: tuple[str, ...],
    *,
    logged: bool,
) -> None:
    """The access log says who asked for what, and what became of it, if it is not switched off."""
    with started("serve", "--dir", folder, "--port", "0", *option, cwd=folder) as process:
        port = int(url_of(process).rpartition(":")[2][:-1])
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(b'GET /latest?"\x1b[2J HTTP/1.0\r\nHost: localhost\r\n\r\n')
            answer = connection.makefile("rb").read()
        process.send_signal(signal.SIGTERM)
        outcome = ended(process)

    assert answer.startswith(b"HTTP/1.0 200")
    size = len(answer.partition(b"\r\n\r\n")[2])
    *lines, last = outcome.err.splitlines()
    assert "terminated" in last
    assert len(lines) == logged
    for line in lines:
        asked = rf'127\.0\.0\.1 "GET /latest\?\\x22\\x1b\[2J" 200 {size} [0-9]+ ms'
        assert re.fullmatch(rf"[0-9-]+T[0-9:]+Z {asked}", line)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_reader_of_the_log_that_stops_stops_no_answer(folder: Path, log_format: str) -> None:
    """Answers go on when standard error is full, and a signal ends the program."""
    options = ("--dir", folder, "--port", "0", "--log-format", log_format)
    with started("serve", *options, cwd=folder) as process:
        url = url_of(process)
        assert process.stderr
        fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

        # Each line has more than 30 bytes.
        for _ in range(_PIPE_BYTES // 30 + 100):
            assert json.loads(fetch(f"{url}latest"))["date"] == f"{DAY}"
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE)

    assert code == 143


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGHUP, 129, "hung up"),
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
    ],
)
@pytest.mark.parametrize("requests", [0, 1, 5])
def test_a_signal_ends_it_whatever_it_is_doing(
    folder: Path, number: signal.Signals, code: int, word: str, requests: int
) -> None:
    """The program ends with one line, also during a request and with open connections."""
    options = ("--dir", folder, "--port", "0", "--no-access-log")
    with started("serve", *options, cwd=folder) as process:
        url = url_of(process)
        host, _, port = url[7:-1].rpartition(":")
        open_ones = [socket.create_connection((host, int(port)), PATIENCE) for _ in range(requests)]
        for connection in open_ones:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metr")
        process.send_signal(number)

        outcome = ended(process)
        for connection in open_ones:
            connection.close()

    assert outcome == (code, "", f"peaktrade-ops: {word}; every artifact is whole, old or new\n")


def test_a_signal_that_comes_just_before_the_wait_is_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python runs the handler only between steps of its own, so no wait may be without end."""
    waits: list[float | None] = []

    class Stopped(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            if len(waits) == 1:
                return False
            if len(waits) == 2:
                raise KeyboardInterrupt
            return super().wait(timeout)

    module = SimpleNamespace(Event=Stopped, Thread=threading.Thread)
    monkeypatch.setattr("peaktrade_ops.serve.server.threading", module)

    with pytest.raises(KeyboardInterrupt):
        serve(lambda _environ, _start: [], "127.0.0.1", 0, ready=lambda _url: None)

    assert None not in waits


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    """An occupied port is an error of one line with the address and a hint."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run("serve", "--dir", folder, "--port", str(port), cwd=folder)

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f"peaktrade-ops: 127.0.0.1:{port} cannot be listened on: Address already in use;"
        " choose another --host or --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--dir", "nowhere"], 1, "is missing or is not a folder"),
        (["--host", "no such host"], 1, "no such host:8787 cannot be listened on"),
        (["--port", "70000"], 64, "--port"),
        (["--max-age", "0"], 64, "--max-age"),
        (["--max-age", "nan"], 64, "--max-age"),
        (["--trusted-host", "*"], 64, "--trusted-host"),
        (["--trusted-host", "http://a.example/"], 64, "--trusted-host"),
        (["--refresh", "-1"], 64, "--refresh"),
        (["--format", "json"], 64, "--format"),
    ],
    ids=str,
)
def test_what_cannot_be_served_is_one_line(
    program: Program, folder: Path, arguments: list[str], code: int, said: str
) -> None:
    """The server does not start, and the line names the option."""
    outcome = program("serve", "--dir", folder, *arguments)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (code, "", 1)
    assert said in outcome.err


def test_options_reach_the_application(folder: Path) -> None:
    """Options are read from environment variables, as a container sets them."""
    variables = {
        "PEAK_DIR": str(folder),
        "PEAK_HOST": "0.0.0.0",  # noqa: S104 (as in a container)
        "PEAK_MAX_AGE": "2",
        "PEAK_PORT": "0",
        "PEAK_REFRESH": "7",
        "PEAK_TRUSTED_HOST": "reports.example other.example",
        "SOURCE_DATE_EPOCH": epoch(NOW.isoformat()),
    }
    with started("serve", cwd=folder, stderr=subprocess.PIPE, **variables) as process:
        port = url_of(process).rpartition(":")[2][:-1]
        with socket.create_connection(("127.0.0.1", int(port)), PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: other.example\r\n\r\n")
            answer = connection.makefile("rb").read()
        with socket.create_connection(("127.0.0.1", int(port)), PATIENCE) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: reports.example\r\n\r\n")
            health = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.0 200")
    assert b"Refresh: 7\r\n" in answer
    assert health.startswith(b"HTTP/1.0 503")
    assert b'"max_age_seconds": 7200' in health


def test_without_its_extra_it_says_how_to_get_it(
    program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the extra, and every other command works without it."""
    for module in [name for name in sys.modules if name.startswith("peaktrade_ops.serve.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "waitress.server", None)

    outcome = program("serve", "--dir", folder)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "pip install 'peaktrade-ops[serve]'" in outcome.err
    assert program("verify", "--dir", folder).code == 0


class EndedError(BaseException):
    """Stands in for the signal that ends the program."""


class Blocked:
    """An application whose response has been sent, but is not finished.

    Attributes:
        release: Set to let the responses finish.
        served: Set when the worker thread has finished with a request.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Watch the worker threads of the server."""
        self.release = threading.Event()
        self.served = threading.Event()
        service = HTTPChannel.service

        def watched(channel: HTTPChannel) -> None:
            try:
                service(channel)
            finally:
                self.served.set()

        monkeypatch.setattr(HTTPChannel, "service", watched)

    def __call__(self, _: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """Answer, and wait before the response ends."""
        start_response("200 OK", [("Content-Length", "5")])
        yield b"whole"
        assert self.release.wait(PATIENCE)

    @staticmethod
    def end_during_the_response(url: str) -> None:
        """Read the whole body of a response, then end the program."""
        assert fetch(url) == b"whole"
        raise EndedError


@pytest.fixture(autouse=True)
def waitress_log() -> Iterator[None]:
    """Restore the log of waitress, which the server changes."""
    logger = logging.getLogger("waitress")
    level, handlers, propagates = logger.level, logger.handlers, logger.propagate
    yield
    logger.setLevel(level)
    logger.handlers, logger.propagate = handlers, propagates


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blocked]:
    """Return an application that blocks until the test has ended, at the latest."""
    application = Blocked(monkeypatch)
    yield application
    application.release.set()
    assert application.served.wait(PATIENCE)


def test_a_response_is_finished_before_the_sockets_are_closed(
    blocked: Blocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response is finished before the sockets are closed."""
    finished_first: list[bool] = []
    shutdown, close = ThreadedTaskDispatcher.shutdown, trigger.close

    def release_and_shutdown(dispatcher: ThreadedTaskDispatcher, timeout: int) -> bool:
        blocked.release.set()
        return shutdown(dispatcher, timeout=timeout)

    def watched_close(pipe: trigger) -> None:
        finished_first.append(blocked.served.is_set())
        close(pipe)
        # A response that is not finished now finishes before the other sockets close.
        blocked.release.set()
        assert blocked.served.wait(PATIENCE)

    monkeypatch.setattr(ThreadedTaskDispatcher, "shutdown", release_and_shutdown)
    monkeypatch.setattr(trigger, "close", watched_close)

    told: list[str] = []
    with pytest.raises(EndedError):
        serve(blocked, "127.0.0.1", 0, ready=blocked.end_during_the_response, warn=told.append)

    assert told == []
    assert set(finished_first) == {True}


def test_a_response_that_does_not_end_is_given_up_without_a_word(
    blocked: Blocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends even if a response does not, and logs nothing."""
    monkeypatch.setattr("peaktrade_ops.serve.server._PATIENCE_SECONDS", 0.01)

    told: list[str] = []
    with pytest.raises(EndedError):
        serve(blocked, "127.0.0.1", 0, ready=blocked.end_during_the_response, warn=told.append)

    assert not blocked.served.is_set()
    blocked.release.set()
    assert blocked.served.wait(PATIENCE)
    assert told == []


def test_the_thread_that_serves_closes_the_sockets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The serving thread closes the sockets, also after a signal interrupts the wait."""
    closing: set[threading.Thread] = set()
    close = trigger.close

    def watched_close(pipe: trigger) -> None:
        closing.add(threading.current_thread())
        close(pipe)

    def interrupt(_number: int, _frame: object) -> None:
        raise EndedError

    def send_signal() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)

    monkeypatch.setattr(trigger, "close", watched_close)
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(EndedError):
            serve(
                Application(folder, lambda: NOW, MAX_AGE, 0, {"localhost"}),
                "127.0.0.1",
                0,
                # The main thread usually waits here; the result does not depend on it.
                ready=lambda _: threading.Timer(0.1, send_signal).start(),
            )
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert closing
    assert threading.main_thread() not in closing


def test_a_server_that_ends_by_itself_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit differs from that of a server that a signal ends."""
    monkeypatch.setattr("waitress.server.BaseWSGIServer.run", lambda _: None)
    application = Application(folder, lambda: NOW, MAX_AGE, 0, {"localhost"})
    urls: list[str] = []
    tell: Callable[[str], object] = urls.append

    with pytest.raises(ServeError, match="ended by itself"):
        serve(application, "127.0.0.1", 0, ready=tell)
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/", urls[0])


def test_it_ends_when_another_thread_wakes_the_one_that_serves(
    blocked: Blocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end does not fail when the sockets are closed before the serving thread is woken."""
    pull, close = trigger.pull_trigger, trigger.close
    closed = threading.Event()

    def late(pipe: trigger, thunk: Callable[..., object] | None = None) -> None:
        pull(pipe, thunk)
        if thunk:
            assert closed.wait(PATIENCE)
            pull(pipe)

    def watched_close(pipe: trigger) -> None:
        close(pipe)
        closed.set()

    monkeypatch.setattr(trigger, "pull_trigger", late)
    monkeypatch.setattr(trigger, "close", watched_close)

    with pytest.raises(EndedError):
        serve(blocked, "127.0.0.1", 0, ready=blocked.end_during_the_response)

    assert closed.is_set()
