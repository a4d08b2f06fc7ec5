"""What each target was told last, in a small file beside the cache."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import os
import re
import secrets
import time
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from peaktrade_ops.errors import PeaktradeError, reason_of
from peaktrade_ops.notices.situation import Run, Told
from peaktrade_ops.reports.store.holder import holder_of
from peaktrade_ops.reports.store.lock import LOCK_SECONDS
from peaktrade_ops.reports.store.reading import UnreadableError, read_bytes
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from peaktrade_ops.notices.targets import Target

_START: Final = rb'\s*(?:\{\s*"version"\s*:\s*\d+\s*,\s*"salt"\s*:|\Z)'
"""How the file begins, however damaged the rest is; an empty file may become one."""

_RANDOM: Final = "[0-9a-f]" * 16
_POLL_SECONDS: Final = 0.05

FOLDER: Final = ".notify"
"""The folder of the file, in the reports root."""


class _Memory(msgspec.Struct):
    version: Literal[1] = 1
    salt: str = ""
    run: Run = ""
    told: dict[str, Told] = {}


class Ledger:
    """What each target was told last.

    Addresses are secrets, so the file knows targets by a digest with a salt.
    """

    def __init__(self, path: Path, warn: Callable[[str], object]) -> None:
        """Read the file; what cannot be read counts as nothing told.

        A file of something else is never replaced: it may hold addresses or a configuration.
        """
        self._path = path
        self._warn = warn
        self._memory = _Memory(salt=secrets.token_hex(16))
        self._is_ours = True
        try:
            data = read_bytes(path)
        except FileNotFoundError:
            return
        except UnreadableError as error:
            self._keep_out(str(error))
            return
        if not re.match(_START, data):
            self._keep_out("it is not a memory of notices")
            return
        try:
            memory = msgspec.json.decode(data, type=_Memory)
            bytes.fromhex(memory.salt)
        except (ValueError, RecursionError):
            warn(f"{path} cannot be read, so everything is told again: it is damaged")
        else:
            self._memory = memory

    @property
    def run(self) -> str:
        """The exit code of the last run of which one was known, if it failed; else empty."""
        return self._memory.run

    def told(self, target: Target) -> Told | None:
        """Return what a target was told last; `None` if nothing."""
        return self._memory.told.get(self._key(target))

    def keep(self, told: Told, to: Iterable[Target], others: Iterable[Target]) -> None:
        """Write down that targets were told something, and how the run ended.

        Targets that are no longer used are dropped.

        Args:
            told: What they were told.
            to: These targets.
            others: The other targets in use.
        """
        known = {self._key(each): self.told(each) for each in others}
        kept = {key: before for key, before in known.items() if before is not None}
        memory = _Memory(
            salt=self._memory.salt, run=told.run, told=kept | {self._key(each): told for each in to}
        )
        if not self._is_ours or memory == self._memory:
            return
        try:
            self._write(msgspec.json.format(msgspec.json.encode(memory)) + b"\n")
        except OSError as error:
            self._warn(f"{self._path} cannot be written, so this is told again: {reason_of(error)}")

    def _keep_out(self, reason: str) -> None:
        self._is_ours = False
        self._warn(
            f"{self._path} is kept, so everything is told again each time: {reason};"
            " name another file with --state, or delete it"
        )

    def _key(self, target: Target) -> str:
        salt = bytes.fromhex(self._memory.salt)[:64]
        return hashlib.blake2b(target.secret.encode(), key=salt, digest_size=8).hexdigest()

    def _write(self, data: bytes) -> None:
        # Nobody else writes here now, so these are of runs that were killed.
        for left in self._path.parent.glob(f".{glob.escape(self._path.name)}.{_RANDOM}.tmp"):
            with contextlib.suppress(OSError):
                left.unlink()
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


def ledger_path(folder: Path, stage: Stage = STAGE1) -> Path:
    """Return the default file for a reports folder: beside the cache, and not among the reports.

    Args:
        folder: The folder of the reports. If it does not end like one below a reports root, its
            parent counts as the root.
        stage: The stage of the reports.
    """
    parts = stage.folder.parts
    below = folder.parts[-len(parts) :] == parts
    root = folder.parents[len(parts) - 1] if below else folder.parent
    return root / FOLDER / f"{stage.key}.json"


@contextlib.contextmanager
def alone(
    path: Path, warn: Callable[[str], object], *, seconds: float = LOCK_SECONDS
) -> Iterator[None]:
    """Make the folder of the file, and wait until no other run tells somebody something.

    Args:
        path: The file.
        warn: Called with a sentence if the folder cannot be used.
        seconds: How long it is waited for.

    Raises:
        PeaktradeError: Another run has not ended in this time.
    """
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        warn(f"{path.parent} cannot be used, so this is told again: {reason_of(error)}")
        yield
        return
    try:
        _wait_for(handle, path.parent, seconds)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, folder: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = holder_of(handle, has_note=False)
                raise PeaktradeError(
                    f"{folder} is in use: {holder} has not given its lock free within"
                    f" {seconds:g} seconds",
                    hint=f"wait until it has ended, or {holder.ending}; --lock-timeout says how"
                    " long to wait",
                ) from None
            time.sleep(_POLL_SECONDS)
        except OSError:
            # A file system without locks is no reason to tell nobody.
            return
        else:
            return
