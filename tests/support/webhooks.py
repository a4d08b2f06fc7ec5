"""A server of webhooks on the loopback address, which answers as a test says."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

SECRETS: Final = ("us3r", "pa55", "t0ken", "qu3ry")
"""The parts of the address of a server that no output may contain."""


class Post(NamedTuple):
    """A request that the server received."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document


class Server:
    """A running server.

    Attributes:
        port: Its port.
        posts: The requests that it received.
        answers: The statuses of its next answers, with their headers; then it answers 204.
        hang: Set while requests get no answer.
    """

    def __init__(self, scheme: str) -> None:
        """Start without a request."""
        self.scheme = scheme
        self.port = 0
        self.posts: list[Post] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.hang: threading.Event | None = None

    @property
    def address(self) -> str:
        """The address with a user, a token in the path, and a query."""
        return f"{self.scheme}://us3r:pa55@127.0.0.1:{self.port}/hooks/t0ken?key=qu3ry"

    @property
    def shown(self) -> str:
        """The address as messages show it."""
        return f"{self.scheme}://127.0.0.1:{self.port}/…"


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server, with TLS if a context is given."""
    state = Server("https" if context else "http")

    class Handler(BaseHTTPRequestHandler):
        """Record a request and answer it."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts.append(Post(self.path, dict(self.headers), body))
            if state.hang is not None:
                state.hang.wait()
                return
            status, headers = state.answers.pop(0) if state.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Quiet(ThreadingHTTPServer):
        """Expect clients that leave."""

        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Log nothing."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        if state.hang is not None:
            state.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()
