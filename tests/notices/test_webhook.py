"""A webhook receives JSON over a checked connection, and no secret is in a message."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.notices.webhook import Result, post
from tests.support.webhooks import SECRETS, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from peaktrade_ops.notices.situation import Notice
    from tests.support.webhooks import Server


def test_the_notice_arrives_as_json(server: Server, notice: Notice) -> None:
    """The path and the query are those of the address; its user is basic authentication."""
    assert post(server.address, notice, 5) == Result()

    [received] = server.posts
    assert received.path == "/hooks/t0ken?key=qu3ry"
    assert received.document == json.loads(msgspec.json.encode(notice))
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["Idempotency-Key"] == notice.id
    assert received.headers["User-Agent"].startswith("peaktrade-ops/")
    scheme, _, user = received.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(user)) == ("Basic", b"us3r:pa55")
    assert received.headers["Host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result()),
        (202, Result()),
        (400, Result("it answers 400", is_final=True)),
        (404, Result("it answers 404", is_final=True)),
        (408, Result("it answers 408")),
        (429, Result("it answers 429")),
        (500, Result("it answers 500")),
        (503, Result("it answers 503")),
    ],
)
def test_the_status_decides(server: Server, notice: Notice, status: int, result: Result) -> None:
    """Only what may get better is tried again."""
    server.answers = [(status, {})]

    assert post(server.address, notice, 5) == result


@pytest.mark.parametrize(("header", "pause"), [("7", 7.0), ("soon", 0.0), ("\u0663", 0.0)])
def test_a_target_may_ask_to_wait(
    server: Server, notice: Notice, header: str, pause: float
) -> None:
    """`Retry-After` counts in seconds, and anything else not at all."""
    server.answers = [(429, {"Retry-After": header.encode().decode("latin-1")})]

    assert post(server.address, notice, 5).pause == pause


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/", "same", "other"])
def test_no_redirect_is_followed(server: Server, notice: Notice, status: int, where: str) -> None:
    """Neither to other schemes nor to other hosts nor on the same one."""
    with serving() as other:
        places = {"same": "/elsewhere", "other": f"http://127.0.0.1:{other.port}/"}
        server.answers = [(status, {"Location": places.get(where, where)})]

        result = post(server.address, notice, 5)

    expected = f"it answers {status}, a redirect; give the final address"
    assert result == Result(expected, is_final=True)
    assert (len(server.posts), other.posts) == (1, [])


def test_a_proxy_of_the_environment_is_used(
    server: Server, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used for other machines, and not for this one."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        results = [post(each, notice, 5) for each in (server.address, "http://h.example/t0ken")]

    assert results == [Result(), Result()]
    assert [each.path for each in server.posts] == ["/hooks/t0ken?key=qu3ry"]
    assert [each.path for each in proxy.posts] == ["http://h.example/t0ken"]


@pytest.mark.parametrize(
    "proxy", ["foo://us3r:pa55@127.0.0.1:1", "http:/us3r:pa55@h", "http://h:p"]
)
def test_a_proxy_that_cannot_be_used_is_named_as_the_cause(
    notice: Notice, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """The variable is at fault and not the address; it may hold a password too."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy)

    result = post("http://a.example/t0ken", notice, 5)

    assert result == Result("the proxy cannot be used", is_final=True)


def test_nobody_who_listens_is_a_failure_that_may_end(notice: Notice) -> None:
    """The message is that of the system."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        result = post(f"http://us3r:pa55@127.0.0.1:{port}/t0ken", notice, 5)

    assert result == Result("Connection refused")


def test_a_name_that_is_unknown_is_a_failure_without_the_address(notice: Notice) -> None:
    """The name may be wrong for a moment only."""
    result = post("http://us3r:pa55@no-such-host.invalid/t0ken?key=qu3ry", notice, 5)

    assert result.failure
    assert not result.is_final
    assert not any(secret in result.failure for secret in SECRETS)


def test_no_answer_is_a_failure_in_time(server: Server, notice: Notice) -> None:
    """A server that keeps the connection and says nothing is left."""
    server.hang = threading.Event()
    begun = time.monotonic()

    assert post(server.address, notice, 0.2) == Result("no answer in time")
    assert time.monotonic() - begun < 10


def test_what_is_no_http_is_a_failure(notice: Notice) -> None:
    """The text of the error is not shown, only its kind."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-t0ken\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        result = post(f"http://127.0.0.1:{listening.getsockname()[1]}/t0ken", notice, 5)
        thread.join()

    assert result == Result("BadStatusLine")


@contextmanager
def with_certificate(folder: Path, name: str) -> Iterator[tuple[Server, Path]]:
    """Run a server with a certificate of its own for a name."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName={name}"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(context) as server:
        yield server, certificate


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_certificates_are_checked(
    tmp_path: Path, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign certificate is refused for good; one that the machine trusts is taken."""
    with with_certificate(tmp_path, "IP:127.0.0.1") as (server, certificate):
        refused = post(server.address, notice, 5)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        taken = post(server.address, notice, 5)

    assert refused == Result("its certificate is not trusted: self-signed certificate", True)  # noqa: FBT003 (a tuple)
    assert taken == Result()
    assert len(server.posts) == 1


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_a_certificate_of_another_name_is_refused(
    tmp_path: Path, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name in the certificate must be that of the address."""
    with with_certificate(tmp_path, "DNS:other.example") as (server, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        result = post(server.address, notice, 5)

    assert result.is_final
    assert "certificate is not valid for '127.0.0.1'" in result.failure
    assert server.posts == []
