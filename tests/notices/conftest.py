"""Fixtures: a server of webhooks, and a notice for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.notices.situation import Situation
from tests.support.webhooks import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.notices.situation import Notice
    from tests.support.webhooks import Server


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use no proxy that the machine of the tests may have."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server on the loopback address."""
    with serving() as running:
        yield running


@pytest.fixture
def notice() -> Notice:
    """Return the notice that there is no trend."""
    return Situation(None, problem="there is no trend", is_there=False).notice(None)
