"""Requests that try to reach what they must not, and many that are honest."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from campaigns.serve.served import everything, received

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from random import Random

    from campaigns.order import Order
    from campaigns.serve.served import Reply, Served

SECRET: Final = b"the secret beside the folder"
"""Stands in files outside the folder, and in files that are no artifacts."""

ADDRESSES: Final = (
    "/",
    "/latest",
    "/trend",
    "/metrics",
    "/healthz",
    "/index.json",
    "/index.html",
    "/stage1_trend.md",
    "/stage1_trend.json",
    "/stage1_trend.html",
    "/2025-12-20_snapshot.html",
    "/2025-12-20_summary.json",
)
_DOTS: Final = (
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "..;",
    ".%00.",
    "\uff0e\uff0e",
)
_SLASHES: Final = (
    "/",
    "%2f",
    "%2F",
    "%5c",
    "\\",
    "//",
    "/./",
    "%252f",
    "%c0%af",
    "%u2215",
    "\uff0f",
)
_GOALS: Final = (
    "secret.json",
    "beside/2025-12-20_summary.json",
    "etc/passwd",
    "proc/self/environ",
    "reports/.secret.tmp",
    "2025-12-20_summary.json.bak",
)
_METHODS: Final = [
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "MOVE",
    "COPY",
    "LOCK",
    "PURGE",
    "BREW",
    "X",
    "get",
    "Get",
]
_HEADERS: Final = (
    "Accept",
    "Accept-Encoding",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Expect",
    "Forwarded",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Range",
    "Referer",
    "Transfer-Encoding",
    "Upgrade",
    "X-Forwarded-Host",
    "X-Original-URL",
    "X-Rewrite-URL",
)
_VALUES: Final = (
    "",
    "0",
    "-1",
    "99999999999999999999",
    "gzip;q=nan",
    "*",
    'W/"',
    "chunked",
    "chunked, identity",
    "\x0bchunked",
    "bytes=0-,0-,0-",
    "close, keep-alive",
    "100-continue",
    "evil.example",
    "../../secret.json",
    "\xff\xfe\x80",
    ";;,,==",
    "Thu, 99 Foo 0000 99:99:99 GMT",
)
_BAD: Final = 400
_MOMENT_SECONDS: Final = 0.2
_HIDDEN: Final = b"GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n"


def attack_requests(order: Order, served: Served, names: Collection[str] = ()) -> None:
    """Try all kinds of requests, or only some."""
    for name, (long, short, attack) in _KINDS.items():
        if names and name not in names:
            continue
        row, random = served.figures.row(name), order.random(name)
        for _ in range(order.number(long, short)):
            row.tried += 1
            if problem := attack(served, random):
                row.losses.append(problem)
        row.measured["MB at most"] = served.most_megabytes()


def _way_out(served: Served, random: Random) -> str:
    depth = random.randint(0, 6)
    steps = "".join(random.choice(_DOTS) + random.choice(_SLASHES) for _ in range(depth))
    goal = random.choice(_GOALS)
    if random.random() < 0.3:  # noqa: PLR2004 (some)
        goal = "".join(f"%{ord(char):02x}" for char in goal)
    start = random.choice(
        ("/", "//", "/./", "/2025-12-20_summary.json/", "/%2f", "/index.html/", "")
    )
    end = random.choice(("", "%00", "%00.json", "?", "#", ";.json", "/", "%20", ".", "::$DATA"))
    target = (start + steps + goal + end).encode()
    reply = served.ask(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return _escaped(reply, target) or (
        "" if reply.status in {400, 404} else f"{reply.status} for {target!r}"
    )


def _foreign_host(served: Served, random: Random) -> str:
    good = random.choice(("localhost", "127.0.0.1", "[::1]"))
    evil = random.choice(("evil.example", "10.0.0.1", "[::2]", "evil"))
    joints = ("@", ".", "/", "#", "?", "\\", ":80", ",", " ", "\t", ":", "")
    forms = (evil, "", f"{evil}@{good}", *(f"{good}{joint}{evil}" for joint in joints))
    marks = ("\x00", ".", ":", ":x", ":-1", "%00", "\xa0", "\x85", "\x1c", "/")
    ends = (f"http://{good}", f"\xa0{good}", *(f"{good}{mark}" for mark in marks))
    host = random.choice(forms + ends)
    head = random.choice(
        (
            f"GET /latest HTTP/1.1\r\nHost: {host}\r\n\r\n",
            f"GET /latest HTTP/1.1\r\nHost: {good}\r\nHost: {evil}\r\n\r\n",
            f"GET /latest HTTP/1.1\r\nHost: {good}\r\n {evil}\r\n\r\n",
            f"GET http://{evil}/latest HTTP/1.1\r\nHost: {good}\r\n\r\n",
            f"GET http://{good}@{evil}/latest HTTP/1.1\r\nHost: {good}\r\n\r\n",
            f"GET /latest HTTP/1.1\r\nX-Forwarded-Host: {good}\r\nHost: {evil}\r\n\r\n",
        )
    )
    reply = served.ask(head.encode("latin-1"))
    return (
        ""
        if reply.status == _BAD and b"metrics" not in reply.body
        else f"{reply.status} for {head!r}"
    )


def _method(served: Served, random: Random) -> str:
    method = random.choice(_METHODS)
    if random.random() < 0.2:  # noqa: PLR2004 (some)
        method = "".join(random.choices(string.ascii_uppercase, k=random.randint(1, 30)))
    if method in {"GET", "HEAD"}:
        return ""
    body = b"x" * random.randint(0, 100)
    address = random.choice(ADDRESSES).encode()
    head = method.encode() + b" " + address + b" HTTP/1.1\r\nHost: localhost\r\n"
    reply = served.ask(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    if method != method.upper():
        return "" if reply.status == 400 else f"{reply.status} for {method}"  # noqa: PLR2004 (its only right answer)
    is_refused = reply.status == 405 and b"\r\nAllow: GET, HEAD\r\n" in reply.head  # noqa: PLR2004 (its only right answer)
    return "" if is_refused else f"{reply.status} for {method}"


def _headers(served: Served, random: Random) -> str:
    chosen = [
        f"{random.choice(_HEADERS)}: {random.choice(_VALUES)}" for _ in range(random.randint(1, 12))
    ]
    address = random.choice(ADDRESSES)
    head = "\r\n".join([f"GET {address} HTTP/1.{random.choice('01')}", "Host: localhost", *chosen])
    body = b"x" * random.choice((0, 0, 7))
    with served.connect() as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n\r\n" + body)
        # Whoever waits for a body waits for the whole of it.
        connection.shutdown(1)
        reply = received(connection)
    if reply.status in {0, 100, 200, 304, 400, 412, 413, 501}:
        return _escaped(reply, head)
    return f"{reply.status} for {head!r}"


def _large(served: Served, random: Random) -> str:
    size = random.choice((17_000, 100_000, 1_000_000))
    form = random.choice(
        (
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n",
            b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
            b"GET / HTTP/1.1\r\n%s: 1\r\n\r\n",
            b"%s",
        )
    )
    reply = served.ask(form % (b"a" * size))
    many = served.ask(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (size // 6) + b"\r\n")
    # Closed while it still sends, a client may not get the answer.
    good = {0, 400, 431}
    if {reply.status, many.status} <= good:
        return ""
    return f"{reply.status}, {many.status} for {size} bytes of {form!r}"


def _smuggled(served: Served, random: Random) -> str:
    space = random.choice(("", " ", "\t", "\x0b", "\x0c", "\x85"))
    value = random.choice(("chunked", "Chunked", "xchunked", "chunked, chunked", "identity"))
    lines = [
        f"Transfer-Encoding:{space}{value}{random.choice(('', space))}",
        f"Content-Length: {random.choice(('0', '3', '5', '5, 5', '+5', '0x5', '5 ', '99999'))}",
    ]
    random.shuffle(lines)
    del lines[random.randint(0, 3) :]
    version = random.choice(("1.1", "1.0"))
    head = f"{random.choice(('GET', 'POST'))} /trend HTTP/{version}\r\nHost: localhost\r\n"
    head += "".join(f"{line}\r\n" for line in lines) + random.choice(
        ("Connection: keep-alive\r\n", "")
    )
    body = random.choice(
        (b"", b"0\r\n\r\n", b"5\r\nabcde\r\n0\r\n\r\n", b"abcde", b"0\r\nX: y\r\n\r\n")
    )
    with served.connect() as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n" + body + _HIDDEN * random.randint(1, 4))
        # A server that waits for more of the body does not close.
        connection.settimeout(_MOMENT_SECONDS)
        answered = everything(connection)
    count = answered.count(b"HTTP/1.")
    return "" if count <= 1 else f"{count} answers to {head!r} {body!r}"


def _noise(served: Served, random: Random) -> str:
    data = random.randbytes(random.randint(1, 400))
    if random.random() < 0.5:  # noqa: PLR2004 (half of them)
        data = b"GET /" + data
    data = data.replace(b"\r\n", b"") + b"\r\n\r\n"
    reply = served.ask(data)
    return _escaped(reply, data) or (
        "" if reply.status in {0, 400, 404, 405, 431} else f"{reply.status} for {data!r}"
    )


def _honest(served: Served, random: Random) -> str:
    address = random.choice(ADDRESSES)
    packing = random.choice(("", "gzip"))
    reply = served.get(address, Accept_Encoding=packing)
    if reply.status != 200 or b"nosniff" not in reply.head or not reply.body:  # noqa: PLR2004 (its only right answer)
        return f"{reply.status} for {address}"
    return ""


def _escaped(reply: Reply, what: object) -> str:
    """Return what was lost if an answer has something from outside the folder."""
    got = SECRET in reply.body or b"root:" in reply.body or b"PATH=" in reply.body
    return f"a file outside the folder for {what!r}" if got else ""


_KINDS: Final[dict[str, tuple[int, int, Callable[[Served, Random], str]]]] = {
    "ways out of the folder, in every encoding": (20_000, 60, _way_out),
    "foreign hosts": (5_000, 30, _foreign_host),
    "methods": (2_000, 20, _method),
    "headers without sense": (10_000, 30, _headers),
    "large headers and bodies": (500, 5, _large),
    "requests in requests": (2_000, 20, _smuggled),
    "bytes that are no request": (5_000, 30, _noise),
    "honest requests": (100_000, 24, _honest),
}
