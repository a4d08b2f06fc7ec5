"""The server as a process of its own: how it starts, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from peaktrade_ops.serve.app import Application
from peaktrade_ops.serve.server import ServeError, serve
from tests.serve.conftest import DAY, MAX_AGE, NOW
from tests.support.program import PATIENCE, ended, epoch, run, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.helpers import Program


def url_of(process: subprocess.Popen[str]) -> str:
    """Wait until a server says where it is."""
    assert process.stderr
    line = process.stderr.readline()
    while "stands in for the clock" in line:
        line = process.stderr.readline()
    found = re.search(r"http://\S+/", line)
    assert found, line
    return found[0]


def fetch(url: str) -> bytes:
    """Ask a server."""
    with urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 (our own)
        content: bytes = answer.read()
    return content


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_it_answers_until_it_is_told_to_end(folder: Path, host: str) -> None:
    """On loopback, by name or address, with the port that it says."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    options = ("--dir", folder, "--host", host, "--port", "0")
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
    assert outcome.err == "peaktrade-ops: terminated; the earlier artifacts are kept\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("requests", [0, 1, 5])
def test_a_signal_ends_it_whatever_it_is_doing(
    folder: Path, number: signal.Signals, code: int, requests: int
) -> None:
    """Also in the middle of a request, and with connections that are kept open."""
    with started("serve", "--dir", folder, "--port", "0", cwd=folder) as process:
        url = url_of(process)
        host, _, port = url[7:-1].rpartition(":")
        open_ones = [socket.create_connection((host, int(port)), PATIENCE) for _ in range(requests)]
        for connection in open_ones:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metr")
        process.send_signal(number)

        assert ended(process).code == code
        for connection in open_ones:
            connection.close()


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    """One line: what failed, where, and what to try."""
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
        (["--dir", "nowhere"], 1, "is missing or no folder"),
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
    folder: Path, arguments: list[str], code: int, said: str
) -> None:
    """Nothing is listened on, and the line says what to try."""
    outcome = run("serve", "--dir", folder, *arguments, cwd=folder)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (code, "", 1)
    assert said in outcome.err


def test_options_reach_the_application(folder: Path) -> None:
    """By their variables, as a container is told."""
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
    """The plain install has no server, and every other command works without."""
    for module in [name for name in sys.modules if name.startswith("peaktrade_ops.serve.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "waitress.server", None)

    outcome = program("serve", "--dir", folder)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "pip install 'peaktrade-ops[serve]'" in outcome.err
    assert program("verify", "--dir", folder).code == 0


def test_a_server_that_ends_by_itself_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not look like one that was told to."""
    monkeypatch.setattr("waitress.server.BaseWSGIServer.run", lambda _: None)
    application = Application(folder, lambda: NOW, MAX_AGE, 0, {"localhost"})
    urls: list[str] = []
    tell: Callable[[str], object] = urls.append

    with pytest.raises(ServeError, match="ended by itself"):
        serve(application, "127.0.0.1", 0, ready=tell)
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/", urls[0])
