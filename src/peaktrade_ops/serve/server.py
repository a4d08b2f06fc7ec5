"""The HTTP server: it listens, passes requests to the application, and ends on a signal."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from waitress.server import create_server
from waitress.wasyncore import close_all

from peaktrade_ops.errors import PeaktradeError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

_PATIENCE_SECONDS: Final = 2
_THREADS: Final = 4


class ServeError(PeaktradeError):
    """The server cannot start, or has ended without a signal."""


def serve(
    application: WSGIApplication, host: str, port: int, *, ready: Callable[[str], object]
) -> NoReturn:
    """Serve until a signal handler raises an exception in this thread.

    Args:
        application: The WSGI application that answers.
        host: The address or name to listen on.
        port: The port; 0 for any free port.
        ready: Called with the URL as soon as the server answers.

    Raises:
        ServeError: The address cannot be used, or the server has ended without a signal.
    """
    # waitress would warn on standard error if requests wait because all threads are busy.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listening = _listen(host, port)
    sockets: dict[int, Any] = {}
    server: Any = create_server(
        application, map=sockets, sockets=[listening], ident=None, threads=_THREADS
    )
    # The main thread handles signals, so another thread serves: between the steps of a request
    # the server takes any exception for an error of that request.
    # An event tells when that thread ends, because before Python 3.13 a thread counts as ended as
    # soon as an exception interrupts a `join`.
    stopped = threading.Event()
    threading.Thread(target=_run, args=(server, stopped), daemon=True).start()
    try:
        ready(f"http://{_written(host)}:{listening.getsockname()[1]}/")
        stopped.wait()
    finally:
        _end(server, stopped, sockets)
    raise ServeError("the server has ended by itself", hint="start it again")


def _run(server: Any, stopped: threading.Event) -> None:  # noqa: ANN401 (untyped)
    try:
        server.run()
    finally:
        stopped.set()


def _end(server: Any, stopped: threading.Event, sockets: dict[int, Any]) -> None:  # noqa: ANN401 (untyped)
    """Stop the worker threads with a time limit, then close the sockets."""
    # waitress would log each response that is aborted here.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    # First, because a worker thread fails if it finishes a response after the sockets are closed.
    server.task_dispatcher.shutdown(timeout=_PATIENCE_SECONDS)
    if stopped.is_set():
        close_all(sockets)
    else:
        # The thread that serves closes them, and ends because it has no socket left.
        # If a worker thread wakes it first, its pipe is closed before this thread writes to it.
        with suppress(OSError):
            server.trigger.pull_trigger(partial(close_all, sockets))
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
