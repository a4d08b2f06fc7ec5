"""Who is told: addresses, which are secrets, from files and variables."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import msgspec

from peaktrade_ops.errors import PeaktradeError, UsageError, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Kind = Literal["webhook", "apprise"]

MOST_TARGETS: Final = 16
VARIABLES: Final[dict[Kind, str]] = {
    "webhook": "PEAK_NOTIFY_WEBHOOK",
    "apprise": "PEAK_NOTIFY_APPRISE",
}
"""The variables that hold addresses themselves, one a line."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts that are this machine."""

_MOST_BYTES: Final = 64 * 1024


class TargetError(PeaktradeError):
    """An address cannot be used. The message never contains any part of it."""


class Target(msgspec.Struct, frozen=True):
    """One address that notices go to.

    Attributes:
        kind: How it is reached.
        secret: The address. It must not reach any output.
    """

    kind: Kind
    secret: str

    def __str__(self) -> str:
        """Return the target for messages: its host or service, without any secret."""
        scheme = self.secret.partition("://")[0].lower()
        if self.kind == "apprise":
            # The host of such an address is often a token.
            return f"{scheme}://…"
        parts = urlsplit(self.secret)
        port = f":{parts.port}" if parts.port else ""
        return f"{scheme}://{parts.hostname}{port}/…"

    # Also in a traceback or a debugger.
    __repr__ = __str__

    @property
    def is_open(self) -> bool:
        """Whether the address is sent without encryption over a network."""
        if self.kind == "apprise":
            return False
        parts = urlsplit(self.secret)
        return parts.scheme.lower() == "http" and parts.hostname not in LOOPBACK


def targets_of(files: dict[Kind, Path | None], warn: Callable[[str], object]) -> list[Target]:
    """Return the targets of the files and the variables, each once.

    Args:
        files: A file of addresses for each kind, if there is one.
        warn: Called with what an operator should change.

    Raises:
        TargetError: A file cannot be read, an address cannot be used, or there are too many.
        UsageError: An address is given in place of a file.
    """
    for kind, file in files.items():
        check_file(f"--{kind}-file", file)
    found: dict[Target, None] = {}
    for kind, variable in VARIABLES.items():
        texts = [(variable, os.environ.get(variable, ""))]
        if (file := files[kind]) is not None:
            texts.append((str(file), _content(kind, file, warn)))
        for source, text in texts:
            found |= dict.fromkeys(_addresses(kind, source, text))
    if len(found) > MOST_TARGETS:
        raise TargetError(f"there are {len(found)} targets", hint=f"give at most {MOST_TARGETS}")
    for target in found:
        if target.is_open:
            warn(f"{target} is not encrypted: whoever is on the way reads its address; use https")
    return list(found)


def check_file(option: str, file: Path | None) -> None:
    """Check that the value of an option is not an address, which no message may show.

    Raises:
        UsageError: It is one.
    """
    # A path has one slash where an address has two.
    if re.match(r"(?i)[a-z][a-z0-9+.-]*:/", str(file)):
        raise UsageError(
            f"the value of {option} is an address", hint="write it into a file, and give the file"
        )


def _addresses(kind: Kind, source: str, text: str) -> Iterator[Target]:
    for number, line in enumerate(text.splitlines(), start=1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        if fault := _fault(kind, address):
            raise TargetError(f"{source}, line {number}: {fault}") from None
        yield Target(kind, address)


def _fault(kind: Kind, address: str) -> str:
    """Return why an address cannot be used; empty if it can."""
    if not re.fullmatch(r"[!-~]+", address):
        return "an address is of ASCII without blanks; write other characters percent-encoded"
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", address):
        return "an address begins like https://"
    if kind == "apprise":
        return ""
    try:
        parts = urlsplit(address)
        is_named = parts.hostname is not None and parts.port != 0
    except ValueError:
        return "the host or the port of the address cannot be read"
    if not is_named:
        return "the host or the port of the address cannot be read"
    return "" if parts.scheme.lower() in {"http", "https"} else "a webhook is of http or https"


def _content(kind: Kind, file: Path, warn: Callable[[str], object]) -> str:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as opened:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
                raise TargetError(f"{file} is not a regular file of at most 64 KiB")
            data = opened.read(_MOST_BYTES)
    except OSError as error:
        if os.path.lexists(file):
            raise TargetError(
                f"{file} cannot be read: {reason_of(error)}", hint="it holds one address a line"
            ) from error
        raise TargetError(
            f"the file of --{kind}-file cannot be read: {reason_of(error)}",
            hint="give the path of a file that holds one address a line (the value is not shown,"
            " because it may be an address)",
        ) from None
    if status.st_mode & stat.S_IRWXO:
        warn(f"{file} holds secrets, and every user has rights to it; use chmod o=")
    return data.decode("ascii", "replace")
