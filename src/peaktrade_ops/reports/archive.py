"""Reading a reports folder back: the days of a trend, and the trend that is stored."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from peaktrade_ops.reports.names import TREND_JSON, snapshot_name, summary_name
from peaktrade_ops.stage1.days import (
    day_of_old_markdown,
    day_of_summary,
    missing_day,
    unreadable_day,
)
from peaktrade_ops.stage1.models import Artifact, Summary, Trend

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from peaktrade_ops.stage1.days import Day

MOST_BYTES: Final = 64 * 2**20
"""A larger artifact is none that this program wrote, and is not read."""

Model = TypeVar("Model", bound=Artifact)


class UnreadableError(Exception):
    """A file is there, but cannot be read as what its name says; the argument says why."""


def read_bytes(path: Path) -> bytes:
    """Read a regular file of a bounded size, without following a link or waiting for a pipe.

    Raises:
        FileNotFoundError: There is nothing of that name.
        UnreadableError: It cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError(error.strerror) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("not a regular file")
        if status.st_size > MOST_BYTES:
            raise UnreadableError("too large")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise UnreadableError(error.strerror) from error
    finally:
        os.close(handle)


def read_model(path: Path, model: type[Model]) -> Model:
    """Read an artifact and check it against its model.

    Raises:
        FileNotFoundError: There is nothing of that name.
        UnreadableError: It cannot be read, or is not what the model asks for.
    """
    try:
        return msgspec.json.decode(read_bytes(path), type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"not a valid {model.__name__}: {error}") from error


def has_report(folder: Path, day: date) -> bool:
    """Say whether there is a report of a day, of whatever kind."""
    return any(os.path.lexists(folder / name(day)) for name in (summary_name, snapshot_name))


def read_day(folder: Path, day: date) -> Day:
    """Read a day: from its summary, else from an old Markdown report, else it is missing.

    Returns:
        The day; never raises, because what cannot be read is an unreadable day.
    """
    try:
        summary = read_model(folder / summary_name(day), Summary)
        return day_of_summary(summary) if summary.date == day else unreadable_day(day)
    except FileNotFoundError:
        pass
    except UnreadableError:
        return unreadable_day(day)
    try:
        text = read_bytes(folder / snapshot_name(day)).decode("utf-8")
    except FileNotFoundError:
        return missing_day(day)
    except (UnreadableError, UnicodeDecodeError):
        return unreadable_day(day)
    return day_of_old_markdown(day, text)


def stored_trend_end(folder: Path) -> date | None:
    """Give the last day of the stored trend; none where there is no trend that can be read."""
    try:
        return read_model(folder / TREND_JSON, Trend).range.end
    except (FileNotFoundError, UnreadableError):
        return None
