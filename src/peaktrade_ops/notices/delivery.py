"""Deliver notices: one thread for each target, a few attempts, and an end in any case."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.notices import service
from peaktrade_ops.notices.webhook import Result, post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.notices.situation import Notice
    from peaktrade_ops.notices.targets import Target

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 10.0
_GRACE: Final = 2.0
"""The seconds in which an attempt ends after its time is over."""
_KINDS: Final = {"GO": "success", "NO_GO": "failure"}
_FINAL: Final = frozenset({service.NOT_UNDERSTOOD, service.NOT_CHECKED})


class Patience(NamedTuple):
    """How often and how long a delivery is tried.

    Attributes:
        attempts: The number of attempts.
        timeout: The seconds of each.
    """

    attempts: int
    timeout: float

    @property
    def seconds(self) -> float:
        """The most seconds of a delivery with all its pauses."""
        return self.attempts * (self.timeout + _GRACE) + (self.attempts - 1) * _LONGEST_PAUSE


def deliver(notices: Mapping[Target, Notice], patience: Patience) -> dict[Target, str]:
    """Deliver notices to their targets, at the same time.

    Args:
        notices: The notice of each target.
        patience: How often and how long each delivery is tried.

    Returns:
        For each target why it failed, without secrets; empty if it did not.
    """
    outcomes = dict.fromkeys(notices, "no answer in time")
    stop = threading.Event()
    # Daemons: a target that does not even end its connection must not hold the program up.
    threads = [
        threading.Thread(target=_run, args=(target, notice, patience, stop, outcomes), daemon=True)
        for target, notice in notices.items()
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + patience.seconds
    try:
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
    finally:
        stop.set()
    return dict(outcomes)


def _run(
    target: Target,
    notice: Notice,
    patience: Patience,
    stop: threading.Event,
    outcomes: dict[Target, str],
) -> None:
    pause = _FIRST_PAUSE
    for attempt in range(1, patience.attempts + 1):
        result = _attempt(target, notice, patience.timeout)
        outcomes[target] = result.failure and f"{result.failure} (attempt {attempt})"
        if not result.failure or result.is_final or attempt == patience.attempts:
            return
        if stop.wait(min(_LONGEST_PAUSE, max(pause, result.pause))):
            return
        pause *= 2


def _attempt(target: Target, notice: Notice, timeout: float) -> Result:
    try:
        if target.kind == "webhook":
            return post(target.secret, notice, timeout)
        return _by_apprise(target, notice, timeout)
    except Exception as error:  # noqa: BLE001 (a thread has nobody to raise it to)
        # Its text may contain the address.
        return Result(type(error).__name__)


def _by_apprise(target: Target, notice: Notice, timeout: float) -> Result:
    kind = "failure" if notice.run else _KINDS.get(notice.state, "warning")
    delivery = {
        "address": target.secret,
        "title": notice.title,
        "text": notice.text,
        "kind": kind,
        "seconds": math.ceil(timeout) + 1,
    }
    try:
        ended = subprocess.run(  # noqa: S603 (this package)
            # -P: a module in the current folder must not receive the address.
            [sys.executable, "-P", "-m", service.__name__],
            input=json.dumps(delivery).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result("no answer in time")
    if ended.returncode == service.DONE:
        return Result()
    failure = service.FAILURES.get(ended.returncode, f"apprise ended with {ended.returncode}")
    return Result(failure, is_final=ended.returncode in _FINAL)
