"""Read a reports folder: its days, and the stored trend, each compared with the index."""

from __future__ import annotations

import contextlib
import os
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.errors import ReportsError, UsageError, reason_of
from peaktrade_ops.reports.store.changes import Stale, days_of, stale_views, touched_by
from peaktrade_ops.reports.store.listed import Listed, digest_of, entry_of, read_listed
from peaktrade_ops.reports.store.lost import pages_about_decision, views_of_decision
from peaktrade_ops.reports.store.names import (
    INDEX,
    day_of_name,
    is_artifact,
    page_name,
    snapshot_name,
    stage_of_name,
    summary_name,
)
from peaktrade_ops.reports.store.reading import (
    BlockedError,
    UnreadableError,
    decoded,
    read_bytes,
    read_model,
)
from peaktrade_ops.stage1.current import concerns, outdated_by
from peaktrade_ops.stage1.day import (
    day_of_summary,
    gone_day,
    lacks_of_row,
    missing_day,
    pruned_day,
    unreadable_day,
    with_count,
    with_row,
)
from peaktrade_ops.stage1.keep import full_row_of
from peaktrade_ops.stage1.models import Decision, Summary, Trend
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.rules import RULES
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from peaktrade_ops.stage1.current import Outdated
    from peaktrade_ops.stage1.day import Day, Trust
    from peaktrade_ops.stage1.models import IndexEntry, TrendRow


class Archive:
    """The reports folder overlaid with unpublished artifacts.

    Every stored summary and trend is compared with the index before it is used. Reads are cached,
    because one step reads the same day more than once. The cache is valid only under the lock of
    the folder.

    Attributes:
        folder: The reports folder.
        fresh: The bytes of the unpublished artifacts, by name.
        stage: The stage whose reports the folder holds.
    """

    def __init__(
        self,
        folder: Path,
        fresh: Mapping[str, bytes] | None = None,
        *,
        adopt: bool = False,
        stage: Stage = STAGE1,
    ) -> None:
        """Start with the stored artifacts, and overlay unpublished ones if they are given.

        Args:
            folder: The reports folder.
            fresh: The bytes of unpublished artifacts, by name.
            adopt: Whether every readable artifact that is not listed is adopted unchanged.
            stage: The stage whose reports the folder holds.
        """
        self.folder = folder
        self.stage = stage
        self.fresh: dict[str, bytes] = {}
        self._adopt = adopt
        self._summaries: dict[date, tuple[Summary, str] | UnreadableError | None] = {}
        self._days: dict[date, Day] = {}
        self._entries: dict[str, IndexEntry | None] = {}
        self._pruned: set[date] = set()
        self._blocked: set[str] = set()
        self.overlay(fresh or {})

    def overlay(self, fresh: Mapping[str, bytes]) -> None:
        """Use unpublished artifacts in place of the stored ones of the same names from now on."""
        self.fresh |= fresh
        self.__dict__.pop("dates", None)
        for name in fresh:
            self._entries.pop(name, None)
            self._blocked.discard(name)
        for day in days_of(fresh):
            self._summaries.pop(day, None)
            self._days.pop(day, None)

    def prune(self, days: Collection[date]) -> None:
        """Leave days out from now on, as if their artifacts were neither there nor listed.

        Raises:
            ReportsError: The folder or its index cannot be read.
        """
        self.__dict__["_there"] = frozenset(
            name for name in self._there if day_of_name(name) not in days
        )
        self.__dict__["listed"] = self.listed.without(days)
        self.__dict__.pop("dates", None)
        self._pruned |= set(days)
        for day in days:
            self._summaries.pop(day, None)
            self._days.pop(day, None)

    @cached_property
    def _there(self) -> frozenset[str]:
        try:
            return frozenset(os.listdir(self.folder))  # noqa: PTH208 (thousands of paths are slow)
        except OSError as error:
            raise ReportsError(
                f"reports folder {self.folder} cannot be read: {reason_of(error)}",
                hint="check --reports-root and --dir",
            ) from error

    @cached_property
    def listed(self) -> Listed:
        """The stored index.

        Raises:
            ReportsError: The index exists and its bytes cannot be read, or the folder is that of
                another stage: by its index, or without a valid one by its files.
        """
        listed = read_listed(self.folder, self.stage)
        if not listed.is_readable:
            self._check_stage()
        return listed

    def _check_stage(self) -> None:
        """Check by the files of a folder without a valid index that it is not of another stage.

        Raises:
            ReportsError: It has a trend or a decision of another stage, or its summary.
        """
        for name in sorted(self._there):
            if self._is_of_another(name):
                raise ReportsError(
                    f"reports folder {self.folder} has no valid {INDEX}, and {name} is of another"
                    f" stage than {self.stage.key}",
                    hint="nothing is changed; check --stage, --reports-root and --dir; if the file"
                    " does not belong into this folder, move it away and run again",
                )

    def _is_of_another(self, name: str) -> bool:
        """Return whether a stored file is of another stage; its summary only if it is readable."""
        if key := stage_of_name(name):
            return key != self.stage.key
        day = day_of_name(name)
        if day is None or name != summary_name(day):
            return False
        try:
            return not self.stage.owns(read_model(self.folder / name, Summary).stage)
        except (FileNotFoundError, UnreadableError):
            return False

    @property
    def names(self) -> frozenset[str]:
        """The names of all files.

        Raises:
            ReportsError: The folder cannot be read.
        """
        return self._there | self.fresh.keys()

    def stale(self) -> Stale:
        """Return the views that are stale by the published index and the artifacts.

        A listed report whose bytes cannot be read is taken for the one that is listed: its page,
        and those beside it, show the last that was known, and new ones would lack it.

        Raises:
            ReportsError: The folder cannot be read.
        """
        return self._stale_but_for({summary_name(day) for day in self._blocked_days()})

    def deferred(self) -> set[str]:
        """Return the names of the pages that stay as they are, because new ones would be poorer.

        They are listed, nothing near them has changed, and a report that they show cannot be read.

        Raises:
            ReportsError: The folder or the index cannot be read.
        """
        own = filter(self._is_own, self.names)
        needed = self._stale_but_for({name for name in own if self._is_blocked(name)})
        listed = self.unsettled() & self.listed.entries.keys()
        return listed - {page_name(day) for day in needed.pages}

    def _stale_but_for(self, blocked: Collection[str]) -> Stale:
        """Return the views that are stale if some artifacts are as the index lists them."""
        listed = self.listed.entries
        there = {
            name: listed[name] if name in blocked and name in listed else self.entry(name)
            for name in self.names
            if self._is_own(name)
        }
        stale = stale_views(there, listed, self.fresh)
        beside = touched_by(self.dates, self._pruned)
        return msgspec.structs.replace(stale, pages=sorted(beside.union(stale.pages)))

    @cached_property
    def dates(self) -> list[date]:
        """The days with an artifact of any kind or with a report that is gone, in order.

        Raises:
            ReportsError: The folder cannot be read.
        """
        listed = (
            name for name in self.listed.entries if day_of_name(name) and name.endswith(".json")
        )
        return sorted(days_of(self.names) | days_of(listed))

    def summary(self, day: date) -> Summary | None:
        """Read the summary of a day; return `None` if there is none.

        Raises:
            UnreadableError: It cannot be read, is of another day, or does not match the index.
            ReportsError: The index cannot be read.
        """
        found = self._found(day)
        if isinstance(found, UnreadableError):
            raise found
        if found is None:
            return None
        summary, _ = found
        self._check(summary_name(day), takes=summary.settings is None)
        return summary

    def readable_summary(self, day: date) -> Summary | None:
        """Read the summary of a day; return `None` if there is none or it cannot be trusted."""
        try:
            return self.summary(day)
        except UnreadableError:
            return None

    def day(self, day: date) -> Day:
        """Read a day from its summary, else from an old Markdown report; else it is missing.

        Returns:
            The day. It is unreadable or unlisted if its report cannot be read or does not match
            the index.

        Raises:
            ReportsError: The index cannot be read.
        """
        if day not in self._days:
            read = self._doubted(self._read_day(day))
            is_trusted = read.readable and read.found and read.trust == "listed"
            self._days[day] = read if is_trusted else self._with_row(read)
        return self._days[day]

    def show(self, count: Summary) -> None:
        """Let a day whose report stays and is not trusted show no less than a count from now on.

        A critical alert must not hide behind such a report, which can be accepted.

        Args:
            count: The count of a window of the day.

        Raises:
            ReportsError: The index cannot be read.
        """
        day = self.day(count.date)
        if day.is_distrusted:
            self._days[day.date] = with_count(day, count)

    def trend(self) -> Trend | None:
        """Read the stored trend; return `None` if there is none.

        Raises:
            UnreadableError: It cannot be read, or does not match the index.
            ReportsError: The index cannot be read.
        """
        name = self.stage.trend_json
        data = self._bytes_if_there(name)
        if data is None:
            return None
        trend = decoded(data, Trend)
        if not self.stage.owns(trend.stage):
            raise UnreadableError("is the trend of another stage")
        self._check(name)
        return trend

    def decision(self) -> Decision | None:
        """Read the stored decision; return `None` if there is none.

        Raises:
            UnreadableError: It cannot be read, is of another stage, does not match the index, or
                is gone: the index lists it, one of its views is there, or another page links it.
            ReportsError: The index cannot be read.
        """
        name = self.stage.decision_json
        data = self._bytes_if_there(name)
        if data is None:
            # Also without an entry: the index may be lost, or made again, since.
            if views := views_of_decision(self.names, self.stage):
                raise UnreadableError(f"is not in the folder, but {views[0]} is")
            if pages := pages_about_decision(self.folder, self.names, self.stage):
                raise UnreadableError(f"is not in the folder, but {pages[0]} links it")
            return None
        decision = decoded(data, Decision)
        if not self.stage.owns(decision.stage):
            raise UnreadableError("is the decision of another stage")
        self._check(name)
        return decision

    def changed_since(self, decision: Decision) -> list[str]:
        """Return the names of the files that a decision rests on and that differ now."""
        return [
            entry.path
            for entry in decision.rests_on
            if not self._is_own(entry.path) or self.entry(entry.path) != entry
        ]

    def entries_of(self, names: Iterable[str]) -> tuple[IndexEntry, ...]:
        """Return the entries of those of some artifacts that are there and can be read."""
        return tuple(entry for name in sorted(names) if (entry := self.entry(name)))

    def outdated(self, trend: Trend, now: datetime | None = None) -> Outdated:
        """Return the days that make a trend out of date.

        Args:
            trend: The trend.
            now: The current time, aware; `None` if the result must not depend on it.

        Raises:
            ReportsError: The folder or its index cannot be read.
        """
        days = (self.day(day) for day in self.dates if concerns(trend, day))
        return outdated_by(trend, days, now)

    def vouching_row(self, day: date) -> TrendRow | None:
        """Return the row of the stored trend for the report that the index lists for a day.

        Returns:
            The row; `None` if there is none, if the trend does not match the index, if the row is
            of another report of the day, or if the trend has findings that a row does not contain.

        Raises:
            ReportsError: The index cannot be read.
        """
        entry = self.listed.entries.get(summary_name(day))
        try:
            trend = self.trend()
        except UnreadableError:
            return None
        if trend is None or entry is None:
            return None
        row = full_row_of(trend, day)
        # Version 0.1.0 wrote no digests.
        return row if row and row.sha256 in {None, entry.sha256} else None

    def entry(self, name: str) -> IndexEntry | None:
        """Return what the index would have of an artifact; `None` if it cannot be read."""
        if name not in self._entries:
            try:
                self._bytes(name)
            except (FileNotFoundError, UnreadableError):
                self._entries[name] = None
        return self._entries[name]

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of an artifact; `None` if it cannot be read."""
        entry = self.entry(name)
        return entry.sha256 if entry else None

    def is_as_listed(self, name: str) -> bool:
        """Return whether an artifact is there, can be read, and is as the index says.

        Raises:
            ReportsError: The index cannot be read.
        """
        entry = self.entry(name)
        return entry is not None and entry == self.listed.entries.get(name)

    def unsettled(self) -> set[str]:
        """Return the names of the pages that lack a report whose bytes could not be read.

        Where they are rendered, they must not be listed, so that the next run renders them again.

        Raises:
            ReportsError: The folder or the index cannot be read.
        """
        return {page_name(day) for day in touched_by(self.dates, self._blocked_days())}

    def check_readable(self, days: Iterable[date]) -> None:
        """Check that the bytes of the reports of some days can be read.

        Raises:
            ReportsError: Those of one cannot, so that nobody knows what it says.
        """
        for day in days:
            error = self._found(day)
            if isinstance(error, BlockedError):
                raise ReportsError(
                    f"{self.folder / summary_name(day)} cannot be read: {error}",
                    hint=f"{error.remedy}; nothing is changed",
                )

    def _blocked_days(self) -> list[date]:
        names = ((day, summary_name(day)) for day in self.dates)
        return [day for day, name in names if name in self.names and self._is_blocked(name)]

    def _is_blocked(self, name: str) -> bool:
        """Return whether an artifact cannot be read, or could not be at the first try."""
        return self.digest(name) is None or name in self._blocked

    def adoptable(self) -> set[str]:
        """Return the names of the artifacts that are adopted unchanged and are not listed yet.

        Raises:
            ReportsError: The folder or the index cannot be read.
        """
        names = set()
        for name in self.names - self.fresh.keys() - self.listed.entries.keys():
            if self._is_own(name) and self._is_taken(name):
                names.add(name)
        return names

    def _is_own(self, name: str) -> bool:
        return is_artifact(name, self.stage)

    def grounds_of(self, trend: Trend) -> set[str]:
        """Return the names of the files that a trend rests on, and its own."""
        names = {self.stage.trend_json}
        for row in trend.series:
            summary, text = summary_name(row.date), snapshot_name(row.date)
            names.add(summary if summary in self.names else text)
        return names & self.names

    def _is_taken(self, name: str) -> bool:
        """Return whether an artifact that is not listed is adopted unchanged."""
        if self.digest(name) is None:
            return False
        try:
            if name == self.stage.trend_json:
                return self.trend() is not None
            if name == self.stage.decision_json:
                return self.decision() is not None
            day = day_of_name(name)
            if day and name == summary_name(day):
                return self.summary(day) is not None and self.day(day).trust == "listed"
        except UnreadableError:
            return False
        return self._adopt or not self.listed.is_there

    def _doubted(self, day: Day) -> Day:
        """Return a day whose report is not adopted if the stored trend showed more of it.

        It is then an older copy of the report that the trend was made from. The digest in a row
        shows that it is not, unless that report was not trusted then: its row has more than it.
        """
        name = summary_name(day.date)
        if day.trust != "listed" or day.sha256 is None or name in self.fresh:
            return day
        if self.is_as_listed(name):
            return day
        row, objections = self._rows.get(day.date, (None, ()))
        if row is None or not lacks_of_row(day, row, objections=objections):
            return day
        if row.sha256 == day.sha256 and _NOT_TRUSTED.isdisjoint(objections):
            return day
        return msgspec.structs.replace(day, trust="unlisted")

    def _with_row(self, day: Day) -> Day:
        """Return a day that has no trusted report with what the stored trend showed of it.

        A report that is not there and not listed has been there if the trend has numbers of it, or
        found something in it: then the index is lost or was made again without it.
        """
        row, objections = self._rows.get(day.date, (None, ()))
        if row is None:
            return day
        entry = self.listed.entries.get(summary_name(day.date))
        if row.state != "unreadable" and entry and row.sha256 not in {None, entry.sha256}:
            # The row is of an earlier report of the day.
            return day
        if day.readable and not _is_of_report(row, objections):
            return day
        is_gone = day.readable and not day.found
        found = gone_day(day.date, "unlisted") if is_gone else day
        return with_row(found, row, objections=objections)

    @cached_property
    def _rows(self) -> Mapping[date, tuple[TrendRow, Collection[str]]]:
        """The rows of the stored trend, trusted or not, with the rules that name their day.

        Not those of an unpublished trend.

        Raises:
            ReportsError: The bytes of the trend cannot be read, so its rows are not known.
        """
        try:
            trend = decoded(self._stored_bytes(self.stage.trend_json), Trend)
        except BlockedError as error:
            raise blocked_trend(self.folder, error, self.stage) from error
        except (FileNotFoundError, UnreadableError):
            return {}
        if not self.stage.owns(trend.stage):
            return {}
        rollups = trend.rollups
        found = [*(rollups.findings or ()), *(rollups.tolerated or ())]
        return {
            row.date: (row, {each.rule for each in found if row.date in each.days})
            for row in trend.series
        }

    def _found(self, day: date) -> tuple[Summary, str] | UnreadableError | None:
        if day not in self._summaries:
            self._summaries[day] = self._read_summary(day)
        return self._summaries[day]

    def _read_summary(self, day: date) -> tuple[Summary, str] | UnreadableError | None:
        name = summary_name(day)
        try:
            data = self._bytes(name)
            summary = decoded(data, Summary)
        except FileNotFoundError:
            return None
        except UnreadableError as error:
            return error
        if summary.date != day:
            return UnreadableError("is the summary of another day")
        if not self.stage.owns(summary.stage):
            return UnreadableError("is the summary of another stage")
        return summary, digest_of(data)

    def _read_day(self, day: date) -> Day:
        name = summary_name(day)
        found = self._found(day)
        if isinstance(found, UnreadableError):
            sha256 = self.digest(name)
            return unreadable_day(day, _problem_of(found), trust=self._trust(name), sha256=sha256)
        if found:
            summary, sha256 = found
            trust = self._trust(name, takes=summary.settings is None)
            return day_of_summary(summary, trust=trust, sha256=sha256)
        if name in self.listed.entries:
            return gone_day(day)
        return self._read_old_day(day)

    def _read_old_day(self, day: date) -> Day:
        """Read a day without a summary, from the Markdown of the earlier scripts."""
        name = snapshot_name(day)
        try:
            data = self._bytes(name)
        except FileNotFoundError:
            if name in self.listed.entries:
                return gone_day(day)
            return pruned_day(day) if self.listed.is_pruned(day) else missing_day(day)
        except UnreadableError as error:
            return unreadable_day(day, _problem_of(error))
        sha256 = digest_of(data)
        trust = self._trust(name, takes=True)
        try:
            read = day_of_old_markdown(day, data.decode("utf-8"))
        except (UnicodeDecodeError, UsageError):
            # A UsageError means that the window of the day is outside the supported years.
            read = unreadable_day(day)
        if trust == "changed":
            read = msgspec.structs.replace(read, found=False, readable=False, problem=trust)
        return msgspec.structs.replace(read, trust=trust, sha256=sha256)

    def _check(self, name: str, *, takes: bool = False) -> None:
        """Check that the index vouches for an artifact that can be read (see `_trust`).

        Raises:
            UnreadableError: It does not.
        """
        trust = self._trust(name, takes=takes)
        if trust != "listed":
            raise UnreadableError(_WORDS[trust])

    def _trust(self, name: str, *, takes: bool = False) -> Trust:
        """Compare an artifact with the index.

        Args:
            name: The name of the artifact.
            takes: Whether it counts as listed if there is no index, like all artifacts of the
                earlier scripts.
        """
        if name in self.fresh:
            return "listed"
        entry = self.entry(name)
        trust = self.listed.trust(name, entry)
        if trust != "unlisted" or entry is None:
            return trust
        return "listed" if self._adopt or (takes and not self.listed.is_there) else "unlisted"

    def _bytes_if_there(self, name: str) -> bytes | None:
        """Return the bytes of an artifact; `None` if it is neither in the folder nor listed."""
        try:
            return self._bytes(name)
        except FileNotFoundError:
            if name in self.listed.entries:
                raise UnreadableError(_WORDS["gone"]) from None
            return None

    def _bytes(self, name: str) -> bytes:
        data = self.fresh[name] if name in self.fresh else self._stored_bytes(name)
        self._entries[name] = entry_of(name, data)
        return data

    def _stored_bytes(self, name: str) -> bytes:
        try:
            return read_bytes(self.folder / name)
        except BlockedError as error:
            # The system may refuse for a moment what is not there at all.
            with contextlib.suppress(ReportsError):
                if name not in self._there:
                    raise FileNotFoundError(name) from error
            self._blocked.add(name)
            raise


def blocked_trend(folder: Path, error: BlockedError, stage: Stage) -> ReportsError:
    """Return the error of a command that must know the stored trend and cannot read its bytes."""
    return ReportsError(
        f"{folder / stage.trend_json} cannot be read: {error}",
        hint=f"{error.remedy}; nothing is changed",
    )


_OF_REPORTS = frozenset(rule.name for rule in RULES if rule.is_of_one_day)
"""The rules that find something in the report of a day."""

_NOT_TRUSTED = frozenset({"unlisted", "unreadable"})
"""The rules that name the days whose reports a trend did not trust."""

_WORDS = {
    "changed": "is not as the index says",
    "unlisted": "is not in the index",
    "gone": "is in the index and not in the folder",
}


def _is_of_report(row: TrendRow, objections: Collection[str]) -> bool:
    """Return whether a row is of a report with events, with any number above 0, or with a fault.

    Args:
        row: The row.
        objections: The rules that name its day, also those that are accepted and found nothing.
    """
    numbers = (row.new_alerts, row.critical_alerts, row.parse_errors, row.operator_actions)
    has_been_there = row.sha256 is not None or row.state == "unreadable"
    has_fault = has_been_there and not _OF_REPORTS.isdisjoint(objections)
    return not row.missing or any(numbers) or bool(row.records) or has_fault


def _problem_of(error: UnreadableError) -> str:
    """Return why a report cannot be read, in words that may stand in an artifact.

    The error itself has the text of a library or of the system (section 9 of the contract).
    """
    return "cannot be read" if isinstance(error, BlockedError) else str(error).partition(":")[0]


def read_day(folder: Path, day: date) -> Day:
    """Read a day from its summary, else from an old Markdown report; else it is missing.

    Raises:
        ReportsError: The index cannot be read.
    """
    return Archive(folder).day(day)
