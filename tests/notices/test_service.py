"""Apprise delivers in a process of its own; its services here are on the loopback address."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.notices import delivery, service
from peaktrade_ops.notices.delivery import Patience, deliver
from peaktrade_ops.notices.targets import Target

if TYPE_CHECKING:
    from peaktrade_ops.notices.situation import Notice
    from tests.support.webhooks import Server

pytest.importorskip("apprise", reason="the extra notify is not installed")
pytestmark = pytest.mark.one_python

ONCE = Patience(attempts=1, timeout=30)


def test_json_of_apprise_arrives(server: Server, notice: Notice) -> None:
    """The title, the text and the kind are those of the notice."""
    target = Target("apprise", f"json://us3r:pa55@127.0.0.1:{server.port}/t0ken")

    assert deliver({target: notice}, ONCE) == {target: ""}

    [received] = server.posts
    document = received.document
    assert received.path.rstrip("/") == "/t0ken"
    assert (document["title"], document["message"]) == (notice.title, notice.text)
    assert document["type"] == "warning"


@pytest.mark.parametrize(
    ("state", "run", "kind"),
    [
        ("GO", "", "success"),
        ("NO_GO", "", "failure"),
        ("HOLD", "", "warning"),
        ("GO", "1", "failure"),
    ],
)
def test_the_kind_follows_the_state(
    notice: Notice, monkeypatch: pytest.MonkeyPatch, state: str, run: str, kind: str
) -> None:
    """Services show a GO, a HOLD and a NO_GO in different colours; a failed run is never green."""
    given: list[bytes] = []

    def start(command: list[str], **settings: object) -> subprocess.CompletedProcess[bytes]:
        assert "t0ken" not in " ".join(command)
        assert isinstance(settings["input"], bytes)
        given.append(settings["input"])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", start)
    target = Target("apprise", "ntfy://t0ken")
    changed = msgspec.structs.replace(notice, state=state, run=run)

    assert deliver({target: changed}, ONCE) == {target: ""}

    [delivered] = map(json.loads, given)
    assert delivered["kind"] == kind


def test_a_service_that_refuses_is_a_failure(
    server: Server, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again, and nothing of apprise is printed."""
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
    server.answers = [(500, {}), (403, {})]
    target = Target("apprise", f"json://us3r:pa55@127.0.0.1:{server.port}/t0ken")

    outcome = deliver({target: notice}, Patience(2, 30))

    assert outcome == {target: "the service did not take it (attempt 2)"}
    assert len(server.posts) == 2


def test_no_redirect_is_followed(server: Server, notice: Notice) -> None:
    """A service cannot send the notice elsewhere."""
    server.answers = [(307, {"Location": f"http://127.0.0.1:{server.port}/other"})]
    target = Target("apprise", f"json://127.0.0.1:{server.port}/")

    [failure] = deliver({target: notice}, ONCE).values()

    assert failure == "the service did not take it (attempt 1)"
    assert len(server.posts) == 1


@pytest.mark.parametrize(
    ("address", "failure"),
    [
        ("nosuchservice://t0ken", "apprise does not understand the address (attempt 1)"),
        (
            "jsons://127.0.0.1:1/t0ken?verify=no",
            "the address turns the check of certificates off; leave out verify=no (attempt 1)",
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_final(
    notice: Notice, address: str, failure: str
) -> None:
    """It is not tried again."""
    target = Target("apprise", address)

    assert deliver({target: notice}, Patience(3, 30)) == {target: failure}


def test_a_service_that_does_not_answer_is_left(server: Server, notice: Notice) -> None:
    """The process of apprise is ended when its time is over."""
    server.hang = threading.Event()
    target = Target("apprise", f"json://127.0.0.1:{server.port}/?rto=60&cto=60")
    begun = time.monotonic()

    [failure] = deliver({target: notice}, Patience(1, 3)).values()

    assert failure == "no answer in time (attempt 1)"
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("json://127.0.0.1:{port}/", service.DONE),
        ("nosuchservice://t0ken", service.NOT_UNDERSTOOD),
        ("jsons://127.0.0.1:{port}/?verify=no", service.NOT_CHECKED),
    ],
)
# Apprise loads a module that Python 3.13 has no longer, where it loads a package for it.
@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
def test_the_exit_code_says_how_it_went(  # noqa: PLR0913 (fixtures and parameters)
    server: Server,
    notice: Notice,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    address: str,
    code: int,
) -> None:
    """The delivery comes by standard input, and nothing is printed."""
    delivery_of = {
        "address": address.format(port=server.port),
        "title": notice.title,
        "text": notice.text,
        "kind": "failure",
        "seconds": 9,
    }
    alarms: list[int] = []
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(delivery_of)))
    monkeypatch.setattr(signal, "alarm", alarms.append)

    assert service.main() == code

    assert alarms == [9]
    assert capsys.readouterr() == ("", "")
    assert len(server.posts) == (code == service.DONE)


def test_a_service_that_raises_is_a_failure_without_its_text(
    server: Server, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown exit code is told as a number."""
    monkeypatch.setattr(service, "DONE", 1)
    target = Target("apprise", f"json://127.0.0.1:{server.port}/t0ken")

    assert deliver({target: notice}, ONCE) == {target: "apprise ended with 0 (attempt 1)"}
