"""Tests of `peaktrade_ops.serve.connections`: nobody can keep what others need."""

from __future__ import annotations

import errno
import re
import resource
import socket
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from waitress.wasyncore import close_all

from peaktrade_ops.serve.answers import HEADERS
from peaktrade_ops.serve.connections import Limits, Server
from peaktrade_ops.serve.server import _usual_limits
from tests.support.program import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from peaktrade_ops.serve.access import Handled

LARGE = b"x" * 2**23
SMALL = Limits(
    connections=8,
    whole_seconds=0.5,
    taken_seconds=0.5,
    threads=1,
    waiting=2,
    unsent_bytes=2 * len(LARGE),
)
PATIENT = SMALL._replace(whole_seconds=PATIENCE, taken_seconds=PATIENCE)
WHOLE = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Running:
    """A server in a thread of its own.

    Attributes:
        handled: What the access log was told.
        warned: What was told about connections that were closed.
        stuck: Until it is set, the address `/stuck` does not answer.
        entered: Set when that address is first asked for.
        server: The server.
    """

    def __init__(self, limits: Limits) -> None:
        """Start it on any free port."""
        self.handled: list[Handled] = []
        self.warned: list[str] = []
        self.stuck, self.entered = threading.Event(), threading.Event()
        self._made: list[socket.socket] = []
        self._sockets: dict[int, Any] = {}
        listening = socket.create_server(("127.0.0.1", 0))
        self._address = listening.getsockname()
        self.server = Server(
            self._answer,
            listening,
            self._sockets,
            limits=limits,
            access=self.handled.append,
            warn=self.warned.append,
        )
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()

    def connect(self, data: bytes = b"", *, at: str = "127.0.0.1") -> socket.socket:
        """Connect, from one of the addresses of this machine, and send bytes."""
        try:
            made = socket.create_connection(self._address, PATIENCE, source_address=(at, 0))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                pytest.skip("this machine has one address of its own")
            raise
        self._made.append(made)
        made.sendall(data)
        return made

    def ask(self, data: bytes, *, at: str = "127.0.0.1") -> bytes:
        """Return everything that is answered before the connection is closed."""
        with self.connect(data, at=at) as made:
            return everything(made)

    def end(self) -> None:
        """Stop it, and close everything."""
        self.stuck.set()
        for made in self._made:
            made.close()
        self.server.shutdown(5)
        self.server.wake(lambda: close_all(self._sockets))
        self._thread.join(PATIENCE)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/stuck":
            self.entered.set()
            assert self.stuck.wait(PATIENCE)
        if path == "/broken\x1b":
            raise ValueError("no")
        data = LARGE if path == "/large" else path.encode()
        start_response("200 OK", [("Content-Length", str(len(data)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]


def everything(connection: socket.socket) -> bytes:
    """Return all bytes until the other side closes; empty if it closed without an answer."""
    connection.settimeout(PATIENCE)
    parts = []
    try:
        while part := connection.recv(2**16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


Start = "Callable[[Limits], Running]"


@pytest.fixture(name="start")
def started() -> Iterator[Callable[[Limits], Running]]:
    """Return a function that starts a server; all are ended."""
    running: list[Running] = []

    def start(limits: Limits) -> Running:
        running.append(Running(limits))
        return running[-1]

    yield start
    for each in running:
        each.end()


def status_of(answer: bytes) -> int:
    """Return the status of an answer; 0 of none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: loc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1234",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1234",
    ],
)
@pytest.mark.parametrize("drips", [False, True])
def test_a_request_that_is_not_whole_in_time_is_given_up(
    start: Callable[[Limits], Running],
    part: bytes,
    *,
    drips: bool,
) -> None:
    """A byte now and then keeps no connection, neither in the headers nor in the body."""
    began = time.monotonic()
    with start(SMALL).connect(part) as connection:
        if drips:
            connection.settimeout(0.1)
            with pytest.raises(ConnectionError):
                drip_until_closed(connection)
        else:
            assert everything(connection) == b""

    assert 0.4 < time.monotonic() - began < PATIENCE / 2


def drip_until_closed(connection: socket.socket) -> None:
    """Send a byte every tenth of a second.

    Raises:
        ConnectionError: The other side has closed.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # One that belongs to no end of a header or of a chunk.
        connection.sendall(b"1")
        try:
            if connection.recv(1) == b"":
                raise ConnectionResetError
        except TimeoutError:
            continue


def test_an_answer_that_is_not_taken_in_time_is_given_up(
    start: Callable[[Limits], Running],
) -> None:
    """Who reads nothing keeps neither the connection nor the memory of the answer."""
    running = start(SMALL)
    with running.connect(WHOLE % b"large"):
        wait_until(lambda: running.handled)
        wait_until(lambda: not running.server.active_channels)

        assert running.ask(WHOLE % b"x").endswith(b"/x")


def test_an_answer_that_is_being_made_is_waited_for(start: Callable[[Limits], Running]) -> None:
    """The time of the client ends with its request: the rest is the time of the server."""
    running = start(SMALL)
    with running.connect(WHOLE % b"stuck") as connection:
        time.sleep(2 * SMALL.whole_seconds)
        running.stuck.set()

        assert everything(connection).endswith(b"/stuck")


# --- number --------------------------------------------------------------------------------------


def test_half_requests_shut_nobody_out(start: Callable[[Limits], Running]) -> None:
    """When there are too many connections, the one that waits longest makes room."""
    running = start(PATIENT)
    half = [running.connect(b"GET / HT") for _ in range(50)]

    assert running.ask(WHOLE % b"x").endswith(b"/x")
    assert len(running.server.active_channels) <= SMALL.connections
    assert everything(half[0]) == b""
    half[-1].sendall(b"TP/1.1\r\nHost: localhost\r\n\r\n")
    assert everything(half[-1]).startswith(b"HTTP/1.1 200")


def test_the_address_with_the_most_connections_makes_room(
    start: Callable[[Limits], Running],
) -> None:
    """Many connections of one client do not close the only one of another, however old it is."""
    running = start(PATIENT)
    with running.connect(b"GET /other HTTP", at="127.0.0.2") as other:
        _ = [running.connect(b"GET / HT") for _ in range(50)]
        running.ask(WHOLE % b"x")
        other.sendall(b"/1.1\r\nHost: localhost\r\n\r\n")

        assert everything(other).endswith(b"/other")


def test_the_health_is_answered_while_all_else_waits(start: Callable[[Limits], Running]) -> None:
    """The check has threads of its own; who is one too many is told to come again."""
    running = start(PATIENT._replace(connections=99))
    waiting = [running.connect(WHOLE % b"stuck")]
    assert running.entered.wait(PATIENCE)
    addresses = ("127.0.0.1", "127.0.0.2")
    waiting += [running.connect(WHOLE % b"stuck", at=at) for at in addresses]
    wait_until(lambda: len(running.server.task_dispatcher.queue) == SMALL.waiting)

    assert running.ask(WHOLE % b"healthz").endswith(b"/healthz")
    refused = running.ask(WHOLE % b"x")
    assert status_of(refused) == 503
    assert b"Retry-After: 1\r\n" in refused
    running.stuck.set()
    assert {everything(connection)[-6:] for connection in waiting} == {b"/stuck"}


def test_half_of_the_room_to_wait_is_for_other_addresses(
    start: Callable[[Limits], Running],
) -> None:
    """Who asks for very much at once waits for its own answers, and does not shut others out."""
    running = start(PATIENT._replace(connections=99))
    waiting = [running.connect(WHOLE % b"stuck")]
    assert running.entered.wait(PATIENCE)
    waiting.append(running.connect(WHOLE % b"stuck"))
    wait_until(lambda: len(running.server.task_dispatcher.queue) == 1)

    assert status_of(running.ask(WHOLE % b"x")) == 503
    with running.connect(WHOLE % b"x", at="127.0.0.2") as other:
        wait_until(lambda: len(running.server.task_dispatcher.queue) == SMALL.waiting)
        running.stuck.set()
        assert status_of(everything(other)) == 200
    assert {everything(connection)[-6:] for connection in waiting} == {b"/stuck"}


def test_slow_readers_of_large_answers_are_bounded_together(
    start: Callable[[Limits], Running],
) -> None:
    """The longest waiting are closed, so that all together keep a bounded number of bytes."""
    running = start(PATIENT._replace(connections=99))
    _ = [running.connect(WHOLE % b"large") for _ in range(20)]
    wait_until(lambda: len(running.handled) == 20)

    def unsent() -> int:
        channels = list(running.server.active_channels.values())
        return sum(channel.total_outbufs_len for channel in channels)

    wait_until(lambda: unsent() <= PATIENT.unsent_bytes)
    assert running.ask(WHOLE % b"large").endswith(LARGE)


def test_a_large_answer_needs_no_temporary_file(
    start: Callable[[Limits], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container has a file system that cannot be written."""

    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError("there is no usable temporary folder")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer.__init__", refuse)

    assert start(PATIENT).ask(WHOLE % b"large").endswith(LARGE)


def test_fewer_files_are_fewer_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports can be opened beside the connections."""
    for files, connections in ((20, 16), (100, 36), (2**20, 256), (resource.RLIM_INFINITY, 256)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, files=files: (files, files))
        assert _usual_limits().connections == connections


def test_what_was_closed_is_told_once_in_a_while(
    start: Callable[[Limits], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attack does not fill the log: one line a minute has the numbers."""
    running = start(SMALL)
    for connection in [running.connect() for _ in range(5)]:
        assert everything(connection) == b""
    assert running.warned == []
    monkeypatch.setattr("peaktrade_ops.serve.connections._TELL_SECONDS", 0)

    wait_until(lambda: running.warned)
    assert running.warned == ["connections were closed: 5 sent no whole request in time"]


# --- one request ---------------------------------------------------------------------------------

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (WHOLE % b"x" + HIDDEN, 200),
        (b"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN, 200),
        # Both a length and chunks, in either order: what one reads as a body, another asks for.
        (
            b"POST /x HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n" + HIDDEN,
            200,
        ),
        (
            b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 90\r\n\r\n"
            b"0\r\n\r\n" + HIDDEN,
            200,
        ),
        (
            b"POST /x HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n" + HIDDEN,
            200,
        ),
        (b"GET /x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde" + HIDDEN, 400),
        (b"GET /x HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde" + HIDDEN, 400),
        (b"GET /x HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN, 501),
        (b"GET /x HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
        (b"GET /x HTTP/1.1\nHost: a\n\n" + HIDDEN, 400),
        (b"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n", 413),
        (b"GET /x HTTP/1.1\r\nHost: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET http://[1.2.3.4/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nContent-Length: " + b"0" * 5000 + b"\r\n\r\n" + HIDDEN, 400),
        (b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + HIDDEN, 200),
        (b"GET x y HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + HIDDEN, 400),
        (b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: x\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
def test_a_connection_carries_one_request(
    start: Callable[[Limits], Running], request_: bytes, status: int
) -> None:
    """Whatever follows a request is not answered: no request can hide in another."""
    running = start(PATIENT)
    answer = running.ask(request_)

    assert status_of(answer) == status
    assert b"hidden" not in answer
    assert answer.count(b"HTTP/1.") == 1
    assert re.findall(b"(?im)^connection: *(.*)\r$", answer) == [b"close"]
    wait_until(lambda: running.handled)
    assert [each.status for each in running.handled] == [status]


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_what_the_application_does_not_see_is_answered_like_the_rest(
    start: Callable[[Limits], Running], method: bytes
) -> None:
    """An error of the server has the same headers, and names no program."""
    answer = start(PATIENT).ask(method + b" /x HTTP/1.1\r\nContent-Length: x\r\n\r\n")

    head, _, body = answer.decode().partition("\r\n\r\n")
    lines = head.splitlines()
    assert lines[0] == "HTTP/1.1 400 Bad Request"
    assert {f"{name}: {value}" for name, value in HEADERS.items()} < set(lines)
    assert body == ("400 Bad Request\n" if method == b"GET" else "")
    assert "waitress" not in answer.decode()


def test_the_access_log_is_told_what_was_asked_and_answered(
    start: Callable[[Limits], Running],
) -> None:
    """Also about requests that could not be understood."""
    running = start(PATIENT)
    for data in (
        WHOLE % b"a%20b?c",
        b"HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /x y HTTP/1.1\r\n\r\n",
    ):
        running.ask(data)
    wait_until(lambda: len(running.handled) == 3)

    told = [(each.method, each.target, each.status, each.size) for each in running.handled]
    assert told == [("GET", "/a%20b?c", 200, 4), ("HEAD", "/abc", 200, 0), ("", "", 400, 16)]
    assert {each.address for each in running.handled} == {"127.0.0.1"}
    assert all(0 <= each.seconds < PATIENCE for each in running.handled)
