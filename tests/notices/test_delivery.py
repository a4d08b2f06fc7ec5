"""Deliveries are tried a few times and end in any case."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.notices import delivery
from peaktrade_ops.notices.delivery import Patience, deliver
from peaktrade_ops.notices.targets import Target
from peaktrade_ops.notices.webhook import Result
from tests.support.webhooks import SECRETS, serving

if TYPE_CHECKING:
    from peaktrade_ops.notices.situation import Notice
    from tests.support.webhooks import Server

THREE = Patience(attempts=3, timeout=5)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses."""
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(delivery, "_LONGEST_PAUSE", 0.05)


def hook(server: Server) -> Target:
    """Return the target of a server."""
    return Target("webhook", server.address)


def test_a_delivery_is_tried_again(server: Server, notice: Notice) -> None:
    """Two failures that may end, and then it works; each attempt has the same id."""
    server.answers = [(503, {}), (429, {"Retry-After": "99999"}), (204, {})]

    assert deliver({hook(server): notice}, THREE) == {hook(server): ""}
    assert {post.headers["Idempotency-Key"] for post in server.posts} == {notice.id}
    assert len(server.posts) == 3


def test_attempts_end(server: Server, notice: Notice) -> None:
    """The message has the last failure."""
    server.answers = [(500, {}), (500, {}), (502, {}), (204, {})]

    assert deliver({hook(server): notice}, THREE) == {hook(server): "it answers 502 (attempt 3)"}
    assert len(server.posts) == 3


def test_what_cannot_get_better_is_not_tried_again(server: Server, notice: Notice) -> None:
    """A target that refuses is not asked again."""
    server.answers = [(403, {})]

    assert deliver({hook(server): notice}, THREE) == {hook(server): "it answers 403 (attempt 1)"}
    assert len(server.posts) == 1


def test_one_target_does_not_hold_up_another(server: Server, notice: Notice) -> None:
    """All are told at the same time, and who does not answer is left."""
    server.hang = threading.Event()
    with serving() as other:
        begun = time.monotonic()
        outcomes = deliver({hook(server): notice, hook(other): notice}, Patience(2, 0.3))

    assert outcomes == {hook(server): "no answer in time (attempt 2)", hook(other): ""}
    assert time.monotonic() - begun < 10


def test_a_delivery_that_does_not_end_is_left(
    server: Server, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that sends a byte now and then would hold up each step for its time."""
    stop = threading.Event()
    monkeypatch.setattr(delivery, "_GRACE", 0)
    monkeypatch.setattr(delivery, "post", lambda *_: Result(str(stop.wait(30))))

    outcomes = deliver({hook(server): notice}, Patience(1, 0.1))
    stop.set()

    assert outcomes == {hook(server): "no answer in time"}


def test_an_unexpected_error_is_told_without_its_text(
    server: Server, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of an error may contain the address."""

    def fail(address: str, *_: object) -> None:
        raise RuntimeError(address)

    monkeypatch.setattr(delivery, "post", fail)

    [failure] = deliver({hook(server): notice}, Patience(1, 5)).values()

    assert failure == "RuntimeError (attempt 1)"
    assert not any(secret in failure for secret in SECRETS)


def test_nobody_to_tell_is_no_delivery() -> None:
    """Without targets it returns at once."""
    assert deliver({}, THREE) == {}
