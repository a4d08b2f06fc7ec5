"""A site to diagnose, and what its checks find."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from peaktrade_ops.diagnosis.subject import Subject
from peaktrade_ops.scanning import Telemetry
from tests.support.lives import at, day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from tests.support.lives import Life

FIRST: Final = day_of("12-07")
LAST: Final = day_of("12-20")
NOW: Final = at(day_of("12-21"), "06:30")


def subject_of(life: Life, **changes: object) -> Subject:
    """Return a life as a subject, in the morning after its last day."""
    inputs: dict[str, Any] = {
        "telemetry": Telemetry(life.telemetry, cache=life.place.cache),
        "config": life.config,
        "now": NOW,
    }
    return Subject(life.place, **(inputs | changes))


def reported(life: Life) -> None:
    """Run the routine for the last day; its files are of the morning after it."""
    life.run(LAST, now=NOW)
    for path in life.reports.iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))


def lines(check: Callable[[Subject], Iterator[Finding]], subject: Subject) -> list[str]:
    """Return what a check finds: the result, the last part of the place, and what is there."""
    return [
        f"{each.result}: {each.where.rpartition('/')[2]}: {each.what}" for each in check(subject)
    ]


def wrong(check: Callable[[Subject], Iterator[Finding]], subject: Subject) -> list[Finding]:
    """Return the findings of a check that are not in order; each says what to do."""
    found = [each for each in check(subject) if each.result != "ok"]
    assert all(each.advice for each in found)
    return found
