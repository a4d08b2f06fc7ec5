"""Where telemetry is: a folder of this machine, or a URL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

_URL: Final = r"(?s)([A-Za-z][A-Za-z0-9+.-]*)://(?=.)"
_USER: Final = r"(?<=://)[^/?#]*@"
_QUERY: Final = r"(?s)[?#].*"


class Url(msgspec.Struct, frozen=True):
    """The URL of a folder in a store that is not the local file system.

    Attributes:
        protocol: The part before ``://``, in lower case.
        text: The URL as it is given, which may contain a password.
    """

    protocol: str
    text: str

    def __str__(self) -> str:
        """Return the URL for messages, without a user, a password and a query."""
        return re.sub(_QUERY, "", re.sub(_USER, "", self.text))


Location = Path | Url


def location_of(text: str) -> Location:
    """Return the location that a text names: a URL if it begins like one, else a path.

    Raises:
        ValueError: The URL names a folder of the local file system.
    """
    match = re.match(_URL, text) if "://" in text else None
    if match is None:
        return Path(text)
    protocol = match[1].lower()
    if protocol in {"file", "local"}:
        raise ValueError("a folder of this machine is named by its path, without a URL")
    return Url(protocol, text)
