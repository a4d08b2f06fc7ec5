"""Read the files of a reports folder, which are untrusted."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from peaktrade_ops.stage1.models import Artifact

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 64 * 2**20
"""A larger file is not read, because this program does not write such files."""

_NOT_REGULAR: Final = "not a regular file"
# The errors of a link and of a socket.
_OF_NO_FILE: Final = frozenset({errno.ELOOP, errno.ENXIO})

Model = TypeVar("Model", bound=Artifact)


class UnreadableError(Exception):
    """A file is not a valid artifact of its name; the argument is the reason.

    Attributes:
        remedy: What to do about it, as the beginning of a hint.
    """

    remedy = "restore it from a backup"


class BlockedError(UnreadableError):
    """The bytes of a file cannot be read, so its content is unknown."""

    remedy = "make it readable for this user"


class OddFileError(BlockedError):
    """In the place of a file there is something that this program does not write."""

    remedy = "move it away, because this program makes no such file"


def read_bytes(path: Path) -> bytes:
    """Read a regular file of a bounded size, without following a link or waiting for a pipe.

    Raises:
        FileNotFoundError: There is no file of that name.
        BlockedError: The file cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _OF_NO_FILE:
            raise OddFileError(_NOT_REGULAR) from error
        raise BlockedError(error.strerror) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OddFileError(_NOT_REGULAR)
        if status.st_size > MOST_BYTES:
            raise OddFileError("too large")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise BlockedError(error.strerror) from error
    finally:
        os.close(handle)


def read_model(path: Path, model: type[Model]) -> Model:
    """Read an artifact and check it against its model.

    Raises:
        FileNotFoundError: There is no file of that name.
        UnreadableError: The file cannot be read, or does not match the model.
    """
    return decoded(read_bytes(path), model)


def decoded(data: bytes, model: type[Model]) -> Model:
    """Decode the bytes of an artifact.

    Raises:
        UnreadableError: The bytes do not match the model.
    """
    try:
        return msgspec.json.decode(data, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"not a valid {model.__name__}: {error}") from error
