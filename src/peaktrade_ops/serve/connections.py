"""Connections of the server: each is bounded in time, and all of them in number and memory.

Everybody can connect, so nobody may keep what others need. A connection carries one request. It is
closed if the request is not whole in time, or the answer not taken. If there are too many, the one
that has waited longest is closed, of the address that has the most: so that a new request always
gets in. The health check has threads of its own.
"""

from __future__ import annotations

import time
from collections import Counter
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from waitress.adjustments import Adjustments
from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from waitress.utilities import Error

from peaktrade_ops.serve.access import Handled
from peaktrade_ops.serve.answers import HEADERS, TEXT
from peaktrade_ops.serve.health import ADDRESS as HEALTH

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

_TIDY_SECONDS: Final = 0.25
_TELL_SECONDS: Final = 60.0
_CHECKERS: Final = 2
_LARGE: Final = 2**16
_HEADER_BYTES: Final = 16 * 2**10
_BODY_BYTES: Final = 64 * 2**10


class Limits(NamedTuple):
    """The bounds of the server.

    Attributes:
        connections: How many connections there may be.
        whole_seconds: How long a request may take to arrive, with its headers and its body.
        taken_seconds: How long a client may take to receive an answer.
        threads: How many requests are answered at once, besides checks of the health.
        waiting: How many more requests may wait.
        unsent_bytes: How much of all answers may wait for clients to take it.
    """

    connections: int = 256
    whole_seconds: float = 10.0
    taken_seconds: float = 120.0
    threads: int = 64
    waiting: int = 128
    unsent_bytes: int = 128 * 2**20


class _BusyError(Error):
    """So many requests wait that another would only add to it."""

    code = HTTPStatus.SERVICE_UNAVAILABLE.value
    reason = HTTPStatus.SERVICE_UNAVAILABLE.phrase


class _Parser(HTTPRequestParser):
    """The parser of a request."""

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the first line and the headers.

        Raises:
            ParsingError: They are not those of a request.
            TransferEncodingNotImplemented: The body has an encoding that is not known.
        """
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            # Of a number with very many digits, and of a host that is no address in its brackets.
            # Otherwise the client gets no answer, and the log a line for each such request.
            raise ParsingError("a value cannot be read") from error


class _Task(WSGITask):
    """The answer of the application. The connection is closed after it."""

    channel: _Channel

    def start(self) -> None:
        """Begin an answer after which no request is taken: none can hide behind the first one."""
        super().start()
        _keep_nothing(self.request)
        self.set_close_on_finish()

    def service(self) -> None:
        """Answer, and tell the access log."""
        try:
            super().service()
        finally:
            self.channel.tell(self)


class _ErrorTask(ErrorTask):
    """The answer to a request that the application does not see."""

    channel: _Channel

    def execute(self) -> None:
        """Answer like the application: a line, and the same headers."""
        request: Any = self.request
        error = request.error
        self.status = f"{error.code} {error.reason}"
        body = f"{self.status}\n".encode()
        self.response_headers = [*HEADERS.items(), ("Content-Type", TEXT)]
        if isinstance(error, _BusyError):
            self.response_headers.append(("Retry-After", "1"))
        _keep_nothing(self.request)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if _method_of(self.request) == "HEAD" else body)

    def service(self) -> None:
        """Answer, and tell the access log."""
        try:
            super().service()
        finally:
            self.channel.tell(self)


class _Channel(HTTPChannel):
    """A connection.

    Attributes:
        since: When it was accepted, or when its answer was ready (monotonic seconds).
        is_whole: Whether its request has arrived.
        is_answered: Whether its answer is ready.
    """

    parser_class = _Parser
    task_class = _Task
    error_task_class = _ErrorTask
    server: Server

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (of waitress)
        self.since = time.monotonic()
        self.is_whole = self.is_answered = False
        self._asked = self.since
        super().__init__(*arguments, **named)

    @property
    def is_idle(self) -> bool:
        """Whether it waits for its client, and not for this server."""
        return not self.is_whole or self.is_answered

    def service(self) -> None:
        """Answer the request."""
        super().service()
        self.since = time.monotonic()
        self.is_answered = True

    def received(self, data: bytes) -> bool:
        """Take bytes of the request; the time of the answer starts with the last."""
        self._asked = time.monotonic()
        return super().received(data)

    def write_soon(self, data: Any) -> int:  # noqa: ANN401 (bytes or a buffer)
        """Send bytes as soon as the client takes them.

        Many who take the same page slowly share one copy of it, and none is put into a temporary
        file, for which a container may have no place.
        """
        if isinstance(data, bytes) and len(data) >= _LARGE:
            buffer: Any = ReadOnlyFileBasedBuffer(BytesIO(data))
            buffer.prepare()
            return super().write_soon(buffer)
        return super().write_soon(data)

    def tell(self, task: Any) -> None:  # noqa: ANN401 (of waitress)
        """Log an answer whose headers have been written."""
        if not task.wrote_header:
            return
        request = task.request
        method = _method_of(request)
        self.server.access(
            Handled(
                address=str(self.addr[0]),
                method=method,
                target=getattr(request, "request_uri", ""),
                status=int(task.status[:3]),
                size=0 if method == "HEAD" or not task.has_body else task.content_length or 0,
                seconds=time.monotonic() - self._asked,
            )
        )


class Server(TcpWSGIServer):
    """A server whose connections are bounded.

    Attributes:
        access: Called with each request that was answered, by any thread.
    """

    channel_class = _Channel
    active_channels: Any

    def __init__(  # noqa: PLR0913 (where, what, and who is told)
        self,
        application: WSGIApplication,
        listening: socket.socket,
        sockets: dict[int, Any],
        *,
        limits: Limits,
        access: Callable[[Handled], object],
        warn: Callable[[str], object],
    ) -> None:
        """Start the threads, and listen.

        Args:
            application: The WSGI application that answers.
            listening: A bound socket.
            sockets: Filled with everything that is to be closed at the end.
            limits: The bounds.
            access: Called with each request that was answered, by any thread.
            warn: Called with a text about connections that were closed, at most once a minute.
        """
        self.access = access
        self._warn = warn
        self._limits = limits
        self._closed: Counter[str] = Counter()
        self._tidied = self._told = time.monotonic()
        self._checkers = ThreadedTaskDispatcher()
        self._checkers.set_thread_count(_CHECKERS)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(limits.threads)
        adjustments = Adjustments(
            sockets=[listening],
            asyncore_use_poll=True,
            ident=None,
            log_socket_errors=False,
            max_request_body_size=_BODY_BYTES,
            max_request_header_size=_HEADER_BYTES,
            # So large that nothing is put into a temporary file.
            inbuf_overflow=2 * _BODY_BYTES,
            outbuf_overflow=2 * _LARGE,
        )
        super().__init__(
            application,
            map=sockets,
            _sock=listening,
            dispatcher=dispatcher,
            adj=adjustments,
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            bind_socket=False,
        )

    def add_task(self, task: Any) -> None:  # noqa: ANN401 (a channel)
        """Let a thread answer a request; refuse it if too many wait."""
        task.is_whole = True
        request = task.requests[0]
        if request.error is None and request.path != HEALTH:
            if self._has_room(task.addr[0]):
                self.task_dispatcher.add_task(task)
                return
            request.error = _BusyError("")
        self._checkers.add_task(task)

    def readable(self) -> bool:
        """Close what has taken too long, then accept connections."""
        now = time.monotonic()
        if now - self._tidied >= _TIDY_SECONDS:
            self._tidied = now
            self._tidy(now)
        return bool(self.accepting)

    def handle_accept(self) -> None:
        """Accept a connection; if it is one too many, close another."""
        super().handle_accept()
        if len(self.active_channels) > self._limits.connections:
            self._make_room()

    def wake(self, then: Callable[[], object]) -> None:
        """Let the thread that serves call a function, from another thread."""
        trigger: Any = self.trigger
        trigger.pull_trigger(then)

    def shutdown(self, seconds: int) -> None:
        """Wait for the threads, for at most so many seconds."""
        for dispatcher in (self._checkers, self.task_dispatcher):
            dispatcher.shutdown(timeout=seconds)

    def _has_room(self, address: object) -> bool:
        """Return whether another request of an address may wait; half of the room is for others."""
        with self.task_dispatcher.lock:
            waiting: list[Any] = [*self.task_dispatcher.queue]
        own = sum(channel.addr[0] == address for channel in waiting)
        return len(waiting) < self._limits.waiting and own < -(-self._limits.waiting // 2)

    def _tidy(self, now: float) -> None:
        for channel in list(self.active_channels.values()):
            if channel.is_answered:
                if now - channel.since > self._limits.taken_seconds:
                    self._close(channel, "did not take the answer in time")
            elif not channel.is_whole and now - channel.since > self._limits.whole_seconds:
                self._close(channel, "sent no whole request in time")
        unsent = sum(channel.total_outbufs_len for channel in self.active_channels.values())
        for channel in sorted(self.active_channels.values(), key=lambda each: each.since):
            if unsent <= self._limits.unsent_bytes:
                break
            if channel.is_answered:
                unsent -= channel.total_outbufs_len
                self._close(channel, "took large answers slowly")
        if self._closed and now - self._told >= _TELL_SECONDS:
            self._told = now
            reasons = "; ".join(f"{count} {reason}" for reason, count in self._closed.items())
            self._warn(f"connections were closed: {reasons}")
            self._closed.clear()

    def _make_room(self) -> None:
        """Close the connection that has waited longest for its client.

        It is of the address that has the most connections, so that others keep theirs; and first
        one whose request is not whole, which has cost its client least.
        """
        channels = list(self.active_channels.values())
        counts = Counter(channel.addr[0] for channel in channels)
        idle = [channel for channel in channels if channel.is_idle]
        if idle:
            longest = min(
                idle, key=lambda each: (-counts[each.addr[0]], each.is_answered, each.since)
            )
            self._close(longest, "made room for others")

    def _close(self, channel: _Channel, reason: str) -> None:
        self._closed[reason] += 1
        channel.handle_close()


def _keep_nothing(request: Any) -> None:  # noqa: ANN401 (of waitress)
    """Forget that a client of HTTP/1.0 wishes to keep the connection, which would be promised."""
    request.headers["CONNECTION"] = "close"


def _method_of(request: Any) -> str:  # noqa: ANN401 (of waitress)
    """Return the method of a request; empty if it cannot be parsed."""
    return getattr(request, "command", "")
