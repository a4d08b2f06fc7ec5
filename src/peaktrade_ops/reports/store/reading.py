"""Read the files of a reports folder, which are untrusted."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from peaktrade_ops.stage1.models import Artifact

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 64 * 2**20
"""A larger file is not read: this program writes none."""

Model = TypeVar("Model", bound=Artifact)


class UnreadableError(Exception):
    """A file cannot be used as the artifact that its name says; the argument is the reason."""


class BlockedError(UnreadableError):
    """The bytes of a file cannot be read, so that nothing is known of what it holds."""


def read_bytes(path: Path) -> bytes:
    """Read a regular file of a bounded size, without following a link or waiting for a pipe.

    Raises:
        FileNotFoundError: There is nothing of that name.
        BlockedError: It cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BlockedError(error.strerror) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise BlockedError("not a regular file")
        if status.st_size > MOST_BYTES:
            raise BlockedError("too large")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise BlockedError(error.strerror) from error
    finally:
        os.close(handle)


def read_model(path: Path, model: type[Model]) -> Model:
    """Read an artifact and check it against its model.

    Raises:
        FileNotFoundError: There is nothing of that name.
        UnreadableError: It cannot be read, or is not what the model asks for.
    """
    return decoded(read_bytes(path), model)


def decoded(data: bytes, model: type[Model]) -> Model:
    """Decode the bytes of an artifact.

    Raises:
        UnreadableError: They are not what the model asks for.
    """
    try:
        return msgspec.json.decode(data, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"not a valid {model.__name__}: {error}") from error
