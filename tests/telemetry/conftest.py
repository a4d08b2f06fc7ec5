"""Fixtures that the tests of more than one room of telemetry use."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 120


@pytest.fixture
def time_limit() -> Iterator[None]:
    """Fail a test that hangs; the limit is far above the time of any slow machine."""

    def give_up(*_: object) -> NoReturn:
        raise TimeoutError("the test hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
