"""Read a reports folder: its days, and the stored trend."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from peaktrade_ops.errors import ReportsError, UsageError, reason_of
from peaktrade_ops.reports.store.changes import Stale, days_of, stale_views
from peaktrade_ops.reports.store.names import (
    INDEX,
    TREND_JSON,
    day_of_name,
    is_artifact,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.stage1.day import (
    day_of_summary,
    missing_day,
    unreadable_day,
)
from peaktrade_ops.stage1.models import Artifact, Index, Summary, Trend
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from peaktrade_ops.stage1.day import Day

MOST_BYTES: Final = 64 * 2**20
"""A larger file is not read: this program writes none."""

Model = TypeVar("Model", bound=Artifact)


class UnreadableError(Exception):
    """A file cannot be read as the artifact that its name says; the argument is the reason."""


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
    return _decoded(read_bytes(path), model)


def _decoded(data: bytes, model: type[Model]) -> Model:
    try:
        return msgspec.json.decode(data, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"not a valid {model.__name__}: {error}") from error


class Archive:
    """The reports folder overlaid with unpublished artifacts.

    Reads are cached, because one step asks for the same day more than once; they are valid only
    under the lock of the folder.

    Attributes:
        folder: The reports folder.
        fresh: The bytes of the unpublished artifacts, by name.
    """

    def __init__(self, folder: Path, fresh: Mapping[str, bytes] | None = None) -> None:
        """Begin with what is in the folder, and overlay artifacts, if any are given."""
        self.folder = folder
        self.fresh: dict[str, bytes] = {}
        self._summaries: dict[date, Summary | UnreadableError | None] = {}
        self._days: dict[date, Day] = {}
        self._digests: dict[str, str | None] = {}
        self.overlay(fresh or {})

    def overlay(self, fresh: Mapping[str, bytes]) -> None:
        """Take unpublished artifacts for what is in the folder from now on."""
        self.fresh |= fresh
        self.__dict__.pop("dates", None)
        for name in fresh:
            self._digests.pop(name, None)
        for day in days_of(fresh):
            self._summaries.pop(day, None)
            self._days.pop(day, None)

    @cached_property
    def _there(self) -> frozenset[str]:
        try:
            return frozenset(path.name for path in self.folder.iterdir())
        except OSError as error:
            raise ReportsError(
                f"reports folder {self.folder} cannot be read: {reason_of(error)}",
                hint="check --reports-root and --dir",
            ) from error

    @property
    def names(self) -> frozenset[str]:
        """The names of all files.

        Raises:
            ReportsError: The folder cannot be read.
        """
        return self._there | self.fresh.keys()

    def stale(self) -> Stale:
        """Find the views that the published index and the artifacts show to be stale.

        Raises:
            ReportsError: The folder cannot be read.
        """
        artifacts = filter(is_artifact, self.names)
        digests = {
            name: self._digest(name) if self._is_source(name) else None for name in artifacts
        }
        return stale_views(digests, self._listed(), self.fresh)

    def _is_source(self, name: str) -> bool:
        """Return whether views are made of an artifact: of JSON, or of Markdown without JSON."""
        day = day_of_name(name)
        if day is None or name == summary_name(day):
            return name.endswith(".json")
        return name == snapshot_name(day) and summary_name(day) not in self.names

    def _listed(self) -> dict[str, str]:
        try:
            entries = read_model(self.folder / INDEX, Index).entries
        except (FileNotFoundError, UnreadableError):
            return {}
        return {entry.path: entry.sha256 for entry in entries}

    @cached_property
    def dates(self) -> list[date]:
        """The days that have an artifact, of whatever kind, in order.

        Raises:
            ReportsError: The folder cannot be read.
        """
        return sorted(days_of(self.names))

    def summary(self, day: date) -> Summary | None:
        """Read the summary of a day; `None` where there is none.

        Raises:
            UnreadableError: It cannot be read, or is that of another day.
        """
        if day not in self._summaries:
            self._summaries[day] = self._read_summary(day)
        found = self._summaries[day]
        if isinstance(found, UnreadableError):
            raise found
        return found

    def readable_summary(self, day: date) -> Summary | None:
        """Read the summary of a day; `None` where there is none that can be read."""
        try:
            return self.summary(day)
        except UnreadableError:
            return None

    def day(self, day: date) -> Day:
        """Read a day: from its summary, else from an old Markdown report, else it is missing.

        Returns:
            The day; never raises, because what cannot be read is an unreadable day.
        """
        if day not in self._days:
            self._days[day] = self._read_day(day)
        return self._days[day]

    def trend(self) -> Trend | None:
        """Read the stored trend; `None` where there is none.

        Raises:
            UnreadableError: It cannot be read.
        """
        return self._read(TREND_JSON, Trend)

    def _read_summary(self, day: date) -> Summary | UnreadableError | None:
        try:
            summary = self._read(summary_name(day), Summary)
        except UnreadableError as error:
            return error
        if summary and summary.date != day:
            return UnreadableError("is the summary of another day")
        return summary

    def _read_day(self, day: date) -> Day:
        try:
            summary = self.summary(day)
            if summary:
                return day_of_summary(summary)
            text = read_bytes(self.folder / snapshot_name(day)).decode("utf-8")
            return day_of_old_markdown(day, text)
        except FileNotFoundError:
            return missing_day(day)
        except (UnreadableError, UnicodeDecodeError, UsageError):
            # A UsageError is a day of whose window no report can be.
            return unreadable_day(day)

    def _read(self, name: str, model: type[Model]) -> Model | None:
        try:
            return _decoded(self._bytes(name), model)
        except FileNotFoundError:
            return None

    def _bytes(self, name: str) -> bytes:
        data = self.fresh[name] if name in self.fresh else read_bytes(self.folder / name)
        self._digests[name] = hashlib.sha256(data).hexdigest()
        return data

    def _digest(self, name: str) -> str | None:
        """Return the digest of an artifact; `None` if it cannot be read."""
        if name not in self._digests:
            self._digests[name] = None
            with contextlib.suppress(FileNotFoundError, UnreadableError):
                self._bytes(name)
        return self._digests[name]


def has_report(folder: Path, day: date) -> bool:
    """Return whether there is a report of a day, of whatever kind."""
    return any(os.path.lexists(folder / name(day)) for name in (summary_name, snapshot_name))


def read_day(folder: Path, day: date) -> Day:
    """Read a day: from its summary, else from an old Markdown report, else it is missing.

    Returns:
        The day; never raises, because what cannot be read is an unreadable day.
    """
    return Archive(folder).day(day)


def stored_trend_end(folder: Path) -> date | None:
    """Return the last day of the stored trend; `None` where there is no trend that can be read."""
    try:
        return read_model(folder / TREND_JSON, Trend).range.end
    except (FileNotFoundError, UnreadableError):
        return None
