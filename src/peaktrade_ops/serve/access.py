"""The access log: what was asked and answered, in one line of plain ASCII for each request."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from peaktrade_ops.window import iso_utc

_MOST_CHARACTERS: Final = 200
# All but visible ASCII without quotes and backslashes.
_NOT_PLAIN: Final = r"[^!#-\[\]-~]"


class Handled(NamedTuple):
    """A request that was answered.

    Attributes:
        address: The address of the client.
        method: The method, untrusted; empty if the request could not be understood.
        target: The target, untrusted: bytes as Latin-1.
        status: The status of the answer.
        size: The number of bytes of its content.
        seconds: The time from the last bytes of the request to the end of the answer.
    """

    address: str
    method: str
    target: str
    status: int
    size: int
    seconds: float


def access_line(handled: Handled, now: datetime) -> str:
    """Return the line of a request: `TIME ADDRESS "METHOD TARGET" STATUS BYTES MILLISECONDS ms`.

    Args:
        handled: The request.
        now: The time, aware.
    """
    asked = f"{_plain(handled.method) or '-'} {_plain(handled.target) or '-'}"
    milliseconds = round(handled.seconds * 1000)
    return (
        f"{iso_utc(now.astimezone(UTC).replace(microsecond=0))} {_plain(handled.address)}"
        f' "{asked}" {handled.status} {handled.size} {milliseconds} ms'
    )


def _plain(text: str) -> str:
    """Return untrusted text as a bounded word: it cannot end its quotes or its line."""
    short = text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
    return re.sub(_NOT_PLAIN, lambda found: f"\\x{ord(found[0]):02x}", short)
