"""Slow and many connections. The health is asked meanwhile, and others must get in."""

from __future__ import annotations

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from campaigns.serve.served import PATIENCE, received

if TYPE_CHECKING:
    from collections.abc import Collection
    from random import Random

    from campaigns.order import Order
    from campaigns.serve.served import Served

_WHOLE: Final = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
_AT_ONCE: Final = 64
_OTHER_SECONDS: Final = 10.0


def attack_connections(order: Order, served: Served, names: Collection[str] = ()) -> None:
    """Open many connections in each way that keeps a server busy, and ask beside them."""
    for name, keep, short in (
        ("connections with half a request", _half, 270),
        ("connections with a byte now and then", _drip, 270),
        ("connections that read nothing", _unread, 50),
        ("connections that ask at once", _storm, 50),
        ("connections that are broken off", _broken_off, 50),
    ):
        if names and name not in names:
            continue
        row, random = served.figures.row(name), order.random(name)
        for _ in range(order.number(10, 1)):
            count = order.number(500, short)
            row.tried += count
            with contextlib.ExitStack() as stack:
                keep(served, stack, random, count)
                began = time.monotonic()
                # Of another address, and of the same.
                for at in ("127.0.0.2", "127.0.0.1"):
                    status = _other(served, at)
                    # Of the same address, one can be asked to wait.
                    if status not in ({200} if at == "127.0.0.2" else {200, 503}):
                        row.losses.append(f"{status} for another client at {at}")
                took = time.monotonic() - began
                row.measured["others waited s"] = max(
                    row.measured.get("others waited s", 0.0), took
                )
                if took > _OTHER_SECONDS:
                    row.losses.append(f"others waited {took:.1f} s")
        row.measured["MB at most"] = served.most_megabytes()


def _other(served: Served, at: str) -> int:
    with served.connect(at=at) as other:
        other.sendall(_WHOLE % b"/latest")
        return received(other).status


def _connected(
    served: Served, stack: contextlib.ExitStack, count: int, data: bytes
) -> list[socket.socket]:
    made = []
    for _ in range(count):
        connection = stack.enter_context(served.connect())
        with contextlib.suppress(OSError):
            connection.sendall(data)
        made.append(connection)
    return made


def _half(served: Served, stack: contextlib.ExitStack, random: Random, count: int) -> None:
    whole = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n123456789"
    _connected(served, stack, count, whole[: random.randint(0, len(whole) - 1)])


def _drip(served: Served, stack: contextlib.ExitStack, random: Random, count: int) -> None:
    made = _connected(served, stack, count, b"GET / HTTP/1.1\r\nX: ")
    for _ in range(3):
        for connection in made:
            with contextlib.suppress(OSError):
                connection.sendall(random.choice((b"a", b"\r\nB: ", b" ")))
        time.sleep(random.random() / 2)


def _unread(served: Served, stack: contextlib.ExitStack, random: Random, count: int) -> None:
    for _ in range(count):
        connection = stack.enter_context(socket.socket())
        # So small that the answer waits in the server.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", served.port))
        address = random.choice((b"/", b"/stage1_trend.html", b"/index.json"))
        with contextlib.suppress(OSError):
            connection.sendall(_WHOLE % address)


def _storm(served: Served, _stack: contextlib.ExitStack, random: Random, count: int) -> None:
    addresses = random.choices(("/", "/stage1_trend.html", "/metrics", "/healthz"), k=count)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        statuses = set(threads.map(lambda address: served.get(address).status, addresses))
    if not statuses <= {200, 503}:
        served.figures.row("connections that ask at once").losses.append(f"{statuses}")


def _broken_off(served: Served, stack: contextlib.ExitStack, random: Random, count: int) -> None:
    del stack
    for _ in range(count):
        with served.connect() as connection:
            # Closed with a reset: no word is sent, and what was received is gone.
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
            )
            connection.sendall((_WHOLE % b"/")[: random.randint(1, 60)])
