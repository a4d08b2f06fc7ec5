"""The server: listens, hands requests to the application, and ends when the program is told to."""

from __future__ import annotations

import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from waitress.server import create_server
from waitress.wasyncore import close_all

from peaktrade_ops.errors import PeaktradeError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.serve.app import Application


_PATIENCE_SECONDS: Final = 2
_THREADS: Final = 4


class ServeError(PeaktradeError):
    """The server cannot be started, or has ended by itself."""


def serve(
    application: Application, host: str, port: int, *, ready: Callable[[str], object]
) -> NoReturn:
    """Serve until the program is interrupted or terminated.

    Args:
        application: What answers.
        host: The address or name to listen on.
        port: The port; 0 for any that is free.
        ready: Called with the URL as soon as requests are answered.

    Raises:
        ServeError: Nothing can be listened on there, or the server has ended by itself.
    """
    listening = _listen(host, port)
    sockets: dict[int, Any] = {}
    server: Any = create_server(
        application, map=sockets, sockets=[listening], ident=None, threads=_THREADS
    )
    # A signal is answered by the main thread, which must not be the one that serves: between the
    # steps of a request the server takes any exception for one of that request.
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        ready(f"http://{_written(host)}:{listening.getsockname()[1]}/")
        thread.join()
    finally:
        if thread.is_alive():
            # Done by the thread that serves, which ends when it has no socket left.
            server.trigger.pull_trigger(partial(close_all, sockets))
            thread.join(_PATIENCE_SECONDS)
        else:
            close_all(sockets)
    raise ServeError("the server has ended by itself", hint="start it again")


def _listen(host: str, port: int) -> socket.socket:
    listening = None
    try:
        [(family, kind, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        listening = socket.socket(family, kind)
        # One that has just ended must not keep the next from starting.
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
