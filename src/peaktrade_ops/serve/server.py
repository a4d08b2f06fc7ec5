"""The HTTP server: it listens, passes requests to the application, and ends on a signal."""

from __future__ import annotations

import logging
import resource
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from waitress.wasyncore import close_all

from peaktrade_ops.errors import PeaktradeError, reason_of
from peaktrade_ops.serve.connections import Limits, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from peaktrade_ops.serve.access import Handled

_PATIENCE_SECONDS: Final = 2
# For the reports, the output, and what Python itself opens.
_FILES: Final = 64
_LEAST_CONNECTIONS: Final = 16


class ServeError(PeaktradeError):
    """The server cannot start, or has ended without a signal."""


def serve(  # noqa: PLR0913 (where, what, and who is told)
    application: WSGIApplication,
    host: str,
    port: int,
    *,
    ready: Callable[[str], object],
    access: Callable[[Handled], object] = lambda _: None,
    warn: Callable[[str], object] = lambda _: None,
    limits: Limits | None = None,
) -> NoReturn:
    """Serve until a signal handler raises an exception in this thread.

    Args:
        application: The WSGI application that answers.
        host: The address or name to listen on.
        port: The port; 0 for any free port.
        ready: Called with the URL as soon as the server answers.
        access: Called with each request that was answered, by any thread.
        warn: Called with a text about a problem of the server, by any thread.
        limits: The bounds of connections; `None` for the usual ones.

    Raises:
        ServeError: The address cannot be used, or the server has ended without a signal.
    """
    listening = _listen(host, port)
    sockets: dict[int, Any] = {}
    _tell_log(warn)
    server = Server(
        application,
        listening,
        sockets,
        limits=limits or _usual_limits(),
        access=access,
        warn=warn,
    )
    # The main thread handles signals, so another thread serves: between the steps of a request
    # the server takes any exception for an error of that request.
    # An event tells when that thread ends, because before Python 3.13 a thread counts as ended
    # as soon as an exception interrupts a `join`.
    stopped = threading.Event()
    threading.Thread(target=_run, args=(server, stopped), daemon=True).start()
    try:
        ready(f"http://{_written(host)}:{listening.getsockname()[1]}/")
        # A signal that comes just before the wait does not end it, and is handled at its end.
        while not stopped.wait(_PATIENCE_SECONDS):
            pass
    finally:
        _end(server, stopped, sockets)
    raise ServeError("the server has ended by itself", hint="start it again")


def _usual_limits() -> Limits:
    """Return the usual bounds, with so many connections that files can be opened beside them."""
    usual = Limits()
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return usual
    spare = max(files - _FILES, _LEAST_CONNECTIONS)
    return usual._replace(connections=min(usual.connections, spare))


def _tell_log(warn: Callable[[str], object]) -> None:
    """Pass on what waitress logs, a line each: it would write untrusted text as it is."""
    logger = logging.getLogger("waitress")
    logger.handlers, logger.propagate = [_Handler(warn)], False
    # It would also warn of each request that waits because all threads are busy.
    logger.setLevel(logging.ERROR)


class _Handler(logging.Handler):
    """Calls a function with each record, in a line."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        super().__init__()
        self._warn = warn

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the message of a record, and the error behind it."""
        _, error, _ = record.exc_info or (None, None, None)
        self._warn(record.getMessage() + (f": {error!r}" if error else ""))


def _run(server: Server, stopped: threading.Event) -> None:
    try:
        server.run()
    finally:
        stopped.set()


def _end(server: Server, stopped: threading.Event, sockets: dict[int, Any]) -> None:
    """Stop the worker threads with a time limit, then close the sockets."""
    # waitress would log each response that is aborted here.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    # First, because a worker thread fails if it finishes a response after the sockets are closed.
    server.shutdown(_PATIENCE_SECONDS)
    if stopped.is_set():
        close_all(sockets)
    else:
        # The thread that serves closes them, and ends because it has no socket left.
        # If a worker thread wakes it first, its pipe is closed before this thread writes to it.
        with suppress(OSError):
            server.wake(partial(close_all, sockets))
        stopped.wait(_PATIENCE_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    listening = None
    try:
        [(family, kind, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        listening = socket.socket(family, kind)
        # Without it, the port stays in use for some time after a server has ended.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError as error:
        if listening:
            listening.close()
        raise ServeError(
            f"{_written(host)}:{port} cannot be listened on: {reason_of(error)}",
            hint="choose another --host or --port",
        ) from error
    return listening


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
