"""Tests of `peaktrade_ops.reports.store.archive`: reports are compared with the index first."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.config import Config
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive, read_day
from peaktrade_ops.reports.store.changes import Stale
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.reports.store.listed import digest_of
from peaktrade_ops.reports.store.names import INDEX, page_name, snapshot_name, summary_name
from peaktrade_ops.reports.store.reading import BlockedError, UnreadableError
from peaktrade_ops.stage1.current import Outdated
from peaktrade_ops.stage1.day import Day, day_of_summary, gone_day, missing_day
from peaktrade_ops.stage1.models import Finding, Trend, Understanding, to_json
from peaktrade_ops.stage1.old_markdown import day_of_old_markdown
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_of, window_until
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    days_until,
    end_of,
    index_folder,
    metrics,
    old_markdown,
    old_summary,
    quiet_days,
    summary,
)
from tests.support.examples import examples
from tests.support.odd_files import ODD_FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JSON = "2025-12-20_summary.json"
MARKDOWN = "2025-12-20_snapshot.md"


def stored(folder: Path, name: str, data: bytes) -> None:
    """Write an artifact and list it."""
    (folder / name).write_bytes(data)
    index_folder(folder)


# --- days ----------------------------------------------------------------------------------------


def test_a_day_without_a_file_is_missing(tmp_path: Path) -> None:
    """A day without a summary and without Markdown is missing."""
    assert read_day(tmp_path, DAY) == missing_day(DAY)


def test_a_day_is_read_from_its_summary(tmp_path: Path) -> None:
    """The JSON decides, and the Markdown beside it is not read."""
    report = summary(metrics=metrics(new_alerts=4))
    (tmp_path / MARKDOWN).write_text(old_markdown(new_alerts="**99**"))
    stored(tmp_path, JSON, to_json(report))

    day = read_day(tmp_path, DAY)

    assert day == day_of_summary(report, sha256=day.sha256)
    assert day.sha256 == hashlib.sha256(to_json(report)).hexdigest()


def test_a_day_is_read_from_old_markdown_where_there_is_no_summary(tmp_path: Path) -> None:
    """The earlier scripts wrote no JSON at first."""
    stored(tmp_path, MARKDOWN, old_markdown().encode())

    day = read_day(tmp_path, DAY)

    assert day == replace(day_of_old_markdown(DAY, old_markdown()), sha256=day.sha256)
    assert (day.new_alerts, day.critical_alerts, day.state) == (2, 1, "ok")


@pytest.mark.parametrize("make", ODD_FILES)
@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_a_report_that_is_no_regular_file_makes_the_day_unreadable(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    """A pipe, a folder, a link or a huge file in the place of a report is unreadable."""
    make(tmp_path / name)

    day = read_day(tmp_path, DAY)

    assert (day.state, day.sha256) == ("unreadable", None)


@pytest.mark.parametrize("make", ODD_FILES)
def test_an_unreadable_summary_is_not_made_good_by_markdown(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """An unreadable summary is not replaced by Markdown."""
    make(tmp_path / JSON)
    stored(tmp_path, MARKDOWN, old_markdown(severities="[('info', 7)]").encode())

    assert read_day(tmp_path, DAY).state == "unreadable"


def test_the_summary_of_another_day_is_unreadable(tmp_path: Path) -> None:
    """The summary of another day is unreadable."""
    stored(tmp_path, JSON, to_json(summary(END - timedelta(days=1))))

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.parametrize(
    "data", [b"", b"# report\n", b"\xff\xfe", old_markdown().encode("utf-16"), b"\x00" * 1000]
)
def test_markdown_that_says_nothing_is_unreadable(tmp_path: Path, data: bytes) -> None:
    """A report without a number of critical alerts is unreadable."""
    stored(tmp_path, MARKDOWN, data)

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_a_report_without_permission_makes_the_day_unreadable(tmp_path: Path, name: str) -> None:
    """A report without read permission makes the day unreadable, not missing."""
    (tmp_path / name).touch()
    (tmp_path / name).chmod(0)

    assert read_day(tmp_path, DAY).state == "unreadable"


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_without_permission_is_an_error(tmp_path: Path) -> None:
    """A folder that may not be looked into is not an empty one."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)
    try:
        with pytest.raises(ReportsError, match=r"index\.json cannot be read: Permission denied"):
            read_day(folder, DAY)
    finally:
        folder.chmod(0o700)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda at, damage: to_json(summary())[:at] + damage + to_json(summary())[at + 1 :],
            st.integers(0, len(to_json(summary()))),
            st.binary(max_size=3),
        ),
    )
)
def test_reading_a_day_never_fails(tmp_path: Path, data: bytes) -> None:
    """A day has a state for any bytes in its report."""
    for name in (JSON, MARKDOWN):
        for each in (JSON, MARKDOWN):
            (tmp_path / each).unlink(missing_ok=True)
        (tmp_path / name).write_bytes(data)
        assert read_day(tmp_path, DAY).state in {"ok", "empty", "incomplete", "unreadable"}


# --- the index -----------------------------------------------------------------------------------


def test_a_report_that_differs_from_its_entry_is_changed(tmp_path: Path) -> None:
    """A report that differs from its entry is unreadable, and its critical alerts still count."""
    stored(tmp_path, JSON, to_json(summary()))
    (tmp_path / JSON).write_bytes(to_json(summary(metrics=metrics(critical_alerts=1))))
    made = Archive(tmp_path)

    day = made.day(DAY)

    assert (day.trust, day.state, day.critical_alerts) == ("changed", "unreadable", 1)
    with pytest.raises(UnreadableError, match="is not as the index says"):
        made.summary(DAY)


def test_old_markdown_that_differs_from_its_entry_is_changed(tmp_path: Path) -> None:
    """Old Markdown that differs from its entry is unreadable, like a summary."""
    stored(tmp_path, MARKDOWN, old_markdown().encode())
    (tmp_path / MARKDOWN).write_text(old_markdown(severities="[('info', 1)]"))

    day = read_day(tmp_path, DAY)

    assert (day.trust, day.state) == ("changed", "unreadable")


@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_a_listed_report_that_is_not_there_is_gone(tmp_path: Path, name: str) -> None:
    """A missing day has no entry."""
    stored(tmp_path, name, to_json(summary()) if name == JSON else old_markdown().encode())
    (tmp_path / name).unlink()
    made = Archive(tmp_path)

    assert made.day(DAY) == gone_day(DAY)
    assert made.day(DAY - timedelta(days=1)) == missing_day(DAY - timedelta(days=1))


def test_a_day_whose_report_is_gone_is_a_day_of_the_folder(tmp_path: Path) -> None:
    """A day whose report is gone is still a day of the folder."""
    stored(tmp_path, JSON, to_json(summary()))
    (tmp_path / JSON).unlink()

    assert Archive(tmp_path).dates == [DAY]


def test_a_report_without_an_entry_is_unlisted(tmp_path: Path) -> None:
    """The numbers of a report without an entry count, and the day is unlisted."""
    stored(tmp_path, "2025-12-19_summary.json", to_json(summary(END - timedelta(days=1))))
    (tmp_path / JSON).write_bytes(to_json(summary(metrics=metrics(critical_alerts=1))))
    made = Archive(tmp_path)

    day = made.day(DAY)

    assert (day.trust, day.state, day.critical_alerts) == ("unlisted", "ok", 1)
    assert made.readable_summary(DAY) is None
    assert Archive(tmp_path, adopt=True).day(DAY).trust == "listed"


@pytest.mark.parametrize("index", [None, b"", b"{}"])
def test_without_an_index_only_reports_of_the_earlier_scripts_are_taken(
    tmp_path: Path, index: bytes | None
) -> None:
    """Reports of the earlier scripts are not trusted beside an unreadable index."""
    (tmp_path / JSON).write_text(json.dumps(old_summary()))
    (tmp_path / "2025-12-19_snapshot.md").write_text(old_markdown(date(2025, 12, 19)))
    new = to_json(summary(END - timedelta(days=2)))
    (tmp_path / "2025-12-18_summary.json").write_bytes(new)
    if index is not None:
        (tmp_path / "index.json").write_bytes(index)
    made = Archive(tmp_path)

    trusts = [made.day(DAY - timedelta(days=back)).trust for back in range(3)]

    taken = ["listed", "listed", "unlisted"]
    assert trusts == (taken if index is None else ["unlisted"] * 3)
    names = {JSON, "2025-12-19_snapshot.md"} if index is None else set()
    assert made.adoptable() == names


@pytest.mark.parametrize("is_old", [True, False])
def test_without_an_index_no_trend_is_taken(tmp_path: Path, *, is_old: bool) -> None:
    """Nobody can know who wrote it, also where it looks like one of the earlier scripts."""
    made = trend_of()
    if is_old:
        made = replace(made, rollups=replace(made.rollups, policy=None))
    (tmp_path / "stage1_trend.json").write_bytes(to_json(made))

    with pytest.raises(UnreadableError, match="is not in the index"):
        Archive(tmp_path).trend()
    assert Archive(tmp_path).adoptable() == set()
    assert Archive(tmp_path, adopt=True).trend() == made


@pytest.mark.parametrize("adopt", [False, True])
def test_an_older_copy_of_a_report_is_not_adopted(tmp_path: Path, *, adopt: bool) -> None:
    """The stored trend showed a critical alert of the day that the copy does not have."""
    graver = day_of_summary(summary(metrics=metrics(critical_alerts=1)), sha256="1" * 64)
    made = trend_of(*quiet_days(DAY - timedelta(days=1), 13), graver)
    (tmp_path / "stage1_trend.json").write_bytes(to_json(made))
    (tmp_path / JSON).write_bytes(to_json(summary()))
    archive = Archive(tmp_path, adopt=adopt)

    day = archive.day(DAY)

    assert (day.trust, day.readable, day.critical_alerts) == ("unlisted", True, 1)
    assert JSON not in archive.adoptable()


@pytest.mark.parametrize(
    "more",
    [
        {"metrics": metrics(critical_alerts=1)},
        {"metrics": metrics(new_alerts=1)},
        {"metrics": metrics(parse_errors=1)},
        {"understanding": Understanding(unread_severity=1)},
        {"understanding": Understanding(danger=1)},
        {"understanding": Understanding(critical_actions=1)},
        {"understanding": Understanding(legacy_critical=1)},
        {"coverage": coverage(complete=False)},
        {"lost": ("records 2, now 1",)},
    ],
)
def test_an_older_copy_that_lacks_what_the_trend_found_is_not_adopted(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    """Neither beside a trend of the later report, nor beside one of the copy, if not trusted."""
    graver, copy = summary(**more), to_json(summary())
    for day in (
        day_of_summary(graver, sha256="1" * 64),
        replace(day_of_summary(graver, trust="unlisted"), sha256=digest_of(copy)),
        replace(day_of_summary(graver, trust="changed"), sha256=digest_of(copy)),
    ):
        made = trend_of(*quiet_days(DAY - timedelta(days=1), 13), day)
        (tmp_path / "stage1_trend.json").write_bytes(to_json(made))
        (tmp_path / JSON).write_bytes(copy)
        archive = Archive(tmp_path, adopt=True)

        assert archive.day(DAY).trust == "unlisted"
        assert JSON not in archive.adoptable()

        (tmp_path / JSON).write_bytes(to_json(graver))
        assert Archive(tmp_path, adopt=True).day(DAY).trust == "listed"


def test_what_is_accepted_of_the_report_of_a_trend_does_not_keep_it_from_being_adopted(
    tmp_path: Path,
) -> None:
    """An entry is in the trend also if its fault is mended."""
    report = to_json(summary())
    day = day_of_summary(summary(), sha256=digest_of(report))
    made = trend_of(*quiet_days(DAY - timedelta(days=1), 13), day)
    entry = Finding("danger", "GO", (DAY,), "accepted up to 1 of danger: x", "")
    made = replace(made, rollups=replace(made.rollups, tolerated=(entry,)))
    (tmp_path / "stage1_trend.json").write_bytes(to_json(made))
    (tmp_path / JSON).write_bytes(report)

    assert Archive(tmp_path, adopt=True).day(DAY).trust == "listed"


def test_the_report_that_a_trend_was_made_from_is_adopted(tmp_path: Path) -> None:
    """Its numbers are those of the trend."""
    report = summary(metrics=metrics(critical_alerts=1))
    made = trend_of(*quiet_days(DAY - timedelta(days=1), 13), day_of_summary(report))
    (tmp_path / "stage1_trend.json").write_bytes(to_json(made))
    (tmp_path / JSON).write_bytes(to_json(report))
    archive = Archive(tmp_path, adopt=True)

    assert (archive.day(DAY).trust, archive.day(DAY).critical_alerts) == ("listed", 1)
    assert JSON in archive.adoptable()


def test_an_index_whose_bytes_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """An index that cannot be read is an error, because changes cannot be detected without it."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    (tmp_path / "index.json").mkdir()

    with pytest.raises(
        ReportsError,
        match=r"index\.json cannot be read: not a regular file; move it away, .* --adopt",
    ):
        read_day(tmp_path, DAY)


def test_a_report_that_is_about_to_be_written_is_trusted(tmp_path: Path) -> None:
    """A report that is about to be written is trusted."""
    stored(tmp_path, JSON, to_json(summary()))
    made = Archive(tmp_path)
    made.overlay({JSON: to_json(summary(metrics=metrics(new_alerts=1)))})

    assert made.day(DAY).trust == "listed"


def test_coverage_decides_about_empty_and_incomplete_days(tmp_path: Path) -> None:
    """The states of a day come from its coverage."""
    stored(tmp_path, JSON, to_json(summary(coverage=coverage(in_window=0))))
    assert read_day(tmp_path, DAY).state == "empty"

    stored(tmp_path, JSON, to_json(summary(coverage=coverage(complete=False))))
    assert read_day(tmp_path, DAY).state == "incomplete"


# --- the stored trend ----------------------------------------------------------------------------

TREND = "stage1_trend.json"


def trend_of(*days: Day) -> Trend:
    """Return a trend of days."""
    return build_trend(days or quiet_days(), window=window_until(END), config=Config())


def test_the_stored_trend_is_compared_with_the_index(tmp_path: Path) -> None:
    """A stored trend that is changed, missing or not listed is not returned."""
    stored(tmp_path, TREND, to_json(trend_of()))
    assert Archive(tmp_path).trend() == trend_of()

    (tmp_path / TREND).write_bytes(to_json(trend_of()) + b"\n")
    with pytest.raises(UnreadableError, match="is not as the index says"):
        Archive(tmp_path).trend()

    (tmp_path / TREND).unlink()
    with pytest.raises(UnreadableError, match="is in the index and not in the folder"):
        Archive(tmp_path).trend()

    (tmp_path / "index.json").unlink()
    assert Archive(tmp_path).trend() is None
    (tmp_path / TREND).write_bytes(to_json(trend_of()))
    with pytest.raises(UnreadableError, match="is not in the index"):
        Archive(tmp_path).trend()


@pytest.mark.parametrize("make", ODD_FILES)
def test_a_trend_whose_bytes_cannot_be_read_is_blocked(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """A trend whose bytes cannot be read is blocked, because it may end later."""
    make(tmp_path / TREND)

    with pytest.raises(BlockedError):
        Archive(tmp_path).trend()


def test_reports_before_a_trend_are_not_read_to_see_whether_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years of earlier reports do not delay the answer whether a verdict is current."""
    days = [DAY - timedelta(days=back) for back in range(9)]
    for day in days:
        stored(tmp_path, f"{day}_summary.json", to_json(summary(window_of(day).end, date=day)))
    archive = Archive(tmp_path)
    trend = trend_of(*(archive.day(day) for day in reversed(days[:7])))
    opened: list[str] = []

    def watched(path: Path) -> bytes:
        opened.append(path.name)
        return path.read_bytes()

    monkeypatch.setattr("peaktrade_ops.reports.store.archive.read_bytes", watched)

    assert Archive(tmp_path).outdated(trend) == Outdated()
    assert sorted(opened) == sorted(f"{day}_summary.json" for day in days[:7])


def test_a_row_vouches_for_the_report_that_the_trend_was_made_of(tmp_path: Path) -> None:
    """A row is accepted only for the report and the trend that the index lists."""
    report = to_json(summary())
    (tmp_path / JSON).write_bytes(report)
    day = day_of_summary(summary(), sha256=hashlib.sha256(report).hexdigest())
    stored(tmp_path, TREND, to_json(trend_of(day)))

    assert Archive(tmp_path).vouching_row(DAY) == trend_of(day).series[0]
    assert Archive(tmp_path).vouching_row(DAY - timedelta(days=1)) is None

    stored(tmp_path, JSON, to_json(summary(metrics=metrics(new_alerts=1))))
    assert Archive(tmp_path).vouching_row(DAY) is None

    stored(tmp_path, JSON, report)
    (tmp_path / TREND).write_bytes(to_json(trend_of(day)) + b"\n")
    assert Archive(tmp_path).vouching_row(DAY) is None


def test_a_row_of_version_0_1_0_vouches(tmp_path: Path) -> None:
    """The row of a trend of version 0.1.0 is accepted without a digest."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    stored(tmp_path, TREND, to_json(trend_of()))

    row = Archive(tmp_path).vouching_row(DAY)

    assert row == msgspec.structs.replace(trend_of().series[-1], sha256=None)


def test_a_report_that_is_gone_keeps_the_numbers_of_its_row(tmp_path: Path) -> None:
    """The row of a trend is what is left of a report, whoever wrote the trend or the index."""
    report = summary(metrics=metrics(critical_alerts=2))
    day = day_of_summary(report, sha256=hashlib.sha256(to_json(report)).hexdigest())
    stored(tmp_path, JSON, to_json(report))
    (tmp_path / TREND).write_bytes(to_json(trend_of(day)))
    (tmp_path / JSON).unlink()
    gone = Archive(tmp_path).day(DAY)
    assert (gone.trust, gone.readable, gone.critical_alerts) == ("gone", False, 2)

    (tmp_path / INDEX).unlink()
    gone = Archive(tmp_path).day(DAY)
    assert (gone.trust, gone.readable, gone.critical_alerts) == ("unlisted", False, 2)


def test_the_row_of_an_earlier_report_is_not_of_one_that_is_gone(tmp_path: Path) -> None:
    """A report that was stored since the trend was made has its own numbers."""
    earlier = day_of_summary(summary(metrics=metrics(critical_alerts=2)), sha256="a" * 64)
    stored(tmp_path, JSON, to_json(summary()))
    (tmp_path / TREND).write_bytes(to_json(trend_of(earlier)))
    (tmp_path / JSON).unlink()

    assert Archive(tmp_path).day(DAY) == gone_day(DAY)


def test_a_day_without_a_report_and_without_numbers_is_missing(tmp_path: Path) -> None:
    """The row of a missing day shows no report that was lost."""
    (tmp_path / TREND).write_bytes(to_json(trend_of(missing_day(DAY))))

    assert Archive(tmp_path).day(DAY) == missing_day(DAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"understanding": Understanding(legacy_critical=1)},
        {"coverage": coverage(in_window=0, complete=False)},
    ],
)
def test_an_empty_report_that_objects_is_not_missing_when_it_is_lost_with_the_index(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """A missing day off would pass, and what a trend found stays until the day is made again."""
    empty = summary(**({"coverage": coverage(in_window=0)} | changes))
    day = day_of_summary(empty, sha256="1" * 64)
    for _ in range(2):
        (tmp_path / TREND).write_bytes(to_json(trend_of(day)))

        day = Archive(tmp_path).day(DAY)

        assert (day.trust, day.problem, day.readable) == ("unlisted", "gone", False)
        assert day.legacy_critical == (empty.understanding or Understanding()).legacy_critical


def test_what_is_accepted_of_a_missing_day_shows_no_report(tmp_path: Path) -> None:
    """The operator may have written the entry before any report of the day."""
    made = trend_of(missing_day(DAY))
    entry = Finding("incomplete", "GO", (DAY,), "accepted up to 1 of incomplete: x", "")
    made = replace(made, rollups=replace(made.rollups, tolerated=(entry,)))
    (tmp_path / TREND).write_bytes(to_json(made))

    assert Archive(tmp_path).day(DAY) == missing_day(DAY)


@pytest.mark.parametrize("make", ODD_FILES)
def test_rows_that_cannot_be_read_are_not_absent(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """Without the rows a day could look better than it was."""
    make(tmp_path / TREND)

    with pytest.raises(ReportsError, match="cannot be read"):
        Archive(tmp_path).day(DAY)


def test_an_old_day_has_the_window_before_it_was_made(tmp_path: Path) -> None:
    """The window of a report of the earlier scripts is the 24 hours before its time."""
    (tmp_path / JSON).write_text(json.dumps(old_summary()))

    day = read_day(tmp_path, DAY)

    assert day.end == datetime(2025, 12, 20, 8, 0, 0, 123456, tzinfo=UTC)
    assert day.start == datetime(2025, 12, 19, 8, 0, 0, 123456, tzinfo=UTC)
    assert day.date == date(2025, 12, 20)


# --- the folder as a whole -----------------------------------------------------------------------

YESTERDAY = DAY - timedelta(days=1)
OTHER = "2025-12-19_summary.json"
OLD = "2025-12-18_snapshot.md"


def test_dates_are_those_of_artifacts_in_order(tmp_path: Path) -> None:
    """The dates include every day that has an artifact of any kind, in order."""
    for name in (
        "2025-12-20_summary.json",
        "2025-12-20_snapshot.html",
        "2025-12-18_snapshot.md",
        "2025-12-17_snapshot.html",
        "2025-13-01_summary.json",
        "index.html",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    (tmp_path / OTHER).mkdir()
    made = Archive(tmp_path)
    made.overlay({"2025-12-21_summary.json": to_json(summary(END + timedelta(days=1)))})

    assert made.dates == [date(2025, 12, day) for day in (17, 18, 19, 20, 21)]
    assert {"2025-12-21_summary.json", "notes.txt"} <= made.names


def test_what_is_about_to_be_written_counts_before_it_is(tmp_path: Path) -> None:
    """A new artifact replaces the stored one, which is no longer read."""
    stored(tmp_path, JSON, to_json(summary()))
    made = Archive(tmp_path)
    assert made.summary(DAY) == summary()
    assert made.day(DAY).new_alerts == 0
    assert made.trend() is None
    trend = build_trend(quiet_days(), window=window_until(END), config=Config())

    made.overlay({JSON: to_json(summary(metrics=metrics(new_alerts=4))), TREND: to_json(trend)})

    assert made.day(DAY).new_alerts == 4
    assert made.summary(DAY) == summary(metrics=metrics(new_alerts=4))
    assert made.trend() == trend
    assert made.day(YESTERDAY) == missing_day(YESTERDAY)


def test_what_has_been_read_is_kept(tmp_path: Path) -> None:
    """The archive reads a day once and returns the same state every time."""
    (tmp_path / OTHER).write_bytes(b"{")
    stored(tmp_path, JSON, to_json(summary()))
    made = Archive(tmp_path)
    first = (made.day(DAY), made.day(YESTERDAY), made.dates)
    assert made.readable_summary(YESTERDAY) is None
    for name in (JSON, OTHER):
        (tmp_path / name).unlink()

    assert (made.day(DAY), made.day(YESTERDAY), made.dates) == first
    assert made.summary(DAY) == summary()
    with pytest.raises(UnreadableError, match="not a valid Summary"):
        made.summary(YESTERDAY)


def test_a_summary_of_another_day_is_none_of_this(tmp_path: Path) -> None:
    """A copy under another name has no page of its own."""
    (tmp_path / OTHER).write_bytes(to_json(summary()))
    made = Archive(tmp_path)

    with pytest.raises(UnreadableError, match="is the summary of another day"):
        made.summary(YESTERDAY)
    assert made.readable_summary(YESTERDAY) is None
    assert made.day(YESTERDAY).state == "unreadable"
    assert made.readable_summary(DAY) is None
    assert made.summary(DAY) is None


def test_a_trend_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    """A trend that cannot be read is an error, unlike a missing one."""
    (tmp_path / TREND).write_bytes(b"{}")

    with pytest.raises(UnreadableError, match="not a valid Trend"):
        Archive(tmp_path).trend()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES])
def test_what_is_not_there_is_not_taken_for_lost_when_the_system_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A moment without free handles must not make a decision that nobody has made a lost one."""
    stored(tmp_path, JSON, to_json(summary()))
    monkeypatch.setattr(os, "open", refusing(os.open, number, "decision", "trend", "12-19"))
    archive = Archive(tmp_path)

    assert archive.decision() is None
    assert archive.trend() is None
    assert archive.day(DAY - timedelta(days=1)).state == "missing"


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EMFILE])
def test_a_report_that_cannot_be_read_for_a_moment_changes_no_other_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whoever publishes then leaves a folder in which every file is as the index says."""
    for day in days_until(DAY, 3):
        for name in (summary_name(day), page_name(day), snapshot_name(day)):
            stored(tmp_path, name, to_json(summary(end_of(day))))
    index_folder(tmp_path)
    first = summary_name(DAY - timedelta(days=2))
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing(os.open, number, first))
        archive = Archive(tmp_path)
        assert build_index(archive, {}).entries == tuple(Archive(tmp_path).listed.entries.values())
        assert archive.stale() == Stale(texts=[], pages=[])
        with pytest.raises(ReportsError, match=f"{first} cannot be read"):
            archive.check_readable([DAY, DAY - timedelta(days=2)])
        # A page that must be rendered without it is not listed, so that the next run does it again.
        page = page_name(DAY)
        assert page not in {each.path for each in build_index(archive, {page: b""}).entries}

    Archive(tmp_path).check_readable(days_until(DAY, 3))


def test_a_disk_that_cannot_be_read_any_more_defers_the_pages_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New ones would lack what cannot be read; only beside a changed report they are needed."""
    days = days_until(DAY, 3)
    for day in days:
        for name in (summary_name(day), page_name(day)):
            stored(tmp_path, name, to_json(summary(end_of(day))))
    index_folder(tmp_path)
    monkeypatch.setattr(os, "open", refusing(os.open, errno.EIO, "_summary", "_snapshot"))

    archive = Archive(tmp_path)

    pages = {page_name(day) for day in days}
    assert {page_name(day) for day in archive.stale().pages} == pages
    assert archive.deferred() == archive.unsettled() == pages
    archive.overlay({summary_name(DAY): to_json(summary(metrics=metrics(new_alerts=1)))})
    assert archive.deferred() == {page_name(days[0])}
    (tmp_path / "index.json").unlink()
    assert Archive(tmp_path).deferred() == set()


def test_a_report_that_could_be_read_only_at_the_second_try_settles_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page was rendered without it, so the next run must render it again."""
    stored(tmp_path, JSON, to_json(summary()))
    archive = Archive(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing(os.open, errno.EIO, JSON))
        assert archive.readable_summary(DAY) is None

    assert archive.digest(JSON) is not None
    assert archive.unsettled() == {"2025-12-20_snapshot.html"}
    assert Archive(tmp_path).unsettled() == set()


def refusing(real: Callable[..., int], number: int, *names: str) -> Callable[..., int]:
    """Return a function that opens all files but those with one of the names in their path."""

    def open_or_refuse(path: str | Path, *arguments: int, **options: int) -> int:
        if any(name in str(path) for name in names):
            raise OSError(number, os.strerror(number))
        return real(path, *arguments, **options)

    return open_or_refuse


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A missing folder is an error that names it and tells what to check."""
    with pytest.raises(ReportsError, match=r"none cannot be read: No such file.*--reports-root"):
        _ = Archive(tmp_path / "none").dates


def test_what_the_index_lists_is_not_stale(tmp_path: Path) -> None:
    """The views of listed artifacts are not stale."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md", OLD):
        (tmp_path / name).write_bytes(to_json(summary()))
    (tmp_path / OLD.replace(".md", ".html")).write_bytes(b"page")
    index_folder(tmp_path)
    made = Archive(tmp_path)

    assert made.stale() == Stale(texts=[], pages=[])


@pytest.mark.parametrize("index", [None, b"", b"{}"])
def test_without_an_index_everything_is_stale(tmp_path: Path, index: bytes | None) -> None:
    """All views are stale without a readable index."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md"):
        (tmp_path / name).write_bytes(to_json(summary()))
    if index is not None:
        (tmp_path / "index.json").write_bytes(index)

    assert Archive(tmp_path).stale() == Stale(texts=[DAY], pages=[DAY])


def test_the_pages_of_a_day_that_cannot_be_read_any_more_stay(tmp_path: Path) -> None:
    """They show the last that was known; new ones would lack the report, and be in no index."""
    for name in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md"):
        (tmp_path / name).write_bytes(to_json(summary()))
    index_folder(tmp_path)
    (tmp_path / JSON).unlink()
    os.mkfifo(tmp_path / JSON)

    assert Archive(tmp_path).stale() == Stale(texts=[], pages=[])
    (tmp_path / "index.json").unlink()
    assert Archive(tmp_path).stale().pages == [DAY]


@pytest.mark.parametrize("name", ["2025-12-20_snapshot.html", "2025-12-20_snapshot.md"])
def test_a_view_that_was_changed_by_itself_is_stale(tmp_path: Path, name: str) -> None:
    """A changed view is stale, and the next run renders it again."""
    for each in (JSON, "2025-12-20_snapshot.html", "2025-12-20_snapshot.md"):
        (tmp_path / each).write_bytes(to_json(summary()))
    index_folder(tmp_path)
    (tmp_path / name).write_bytes(b"forged")

    stale = Archive(tmp_path).stale()

    assert [*stale.texts, *stale.pages] == [DAY]


def test_with_adopt_every_readable_artifact_is_taken(tmp_path: Path) -> None:
    """A file that is unreadable or is not an artifact is not adopted."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    (tmp_path / OTHER).write_bytes(b"{")
    (tmp_path / TREND).write_bytes(to_json(trend_of()))
    (tmp_path / "index.html").write_bytes(b"page")
    (tmp_path / "notes.txt").touch()

    assert Archive(tmp_path, adopt=True).adoptable() == {JSON, TREND, "index.html"}
    assert Archive(tmp_path).adoptable() == {"index.html"}


def test_an_unreadable_day_has_no_text_of_a_library_or_of_the_file(tmp_path: Path) -> None:
    """Its reason stands in artifacts, which are the same with each version of a library."""
    (tmp_path / JSON).write_bytes(b'{"schema_version": 1, "date": "x\\n[[accepted]]"}')

    assert read_day(tmp_path, DAY).problem == "not a valid Summary"

    (tmp_path / JSON).unlink()
    (tmp_path / JSON).symlink_to("nowhere")

    assert read_day(tmp_path, DAY).problem == "cannot be read"


def test_files_of_others_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reports folder may be one with telemetry, of any size."""
    stored(tmp_path, JSON, to_json(summary()))
    (tmp_path / "events.jsonl").write_text("{}\n")
    opened: list[str] = []

    def watched(path: Path) -> bytes:
        opened.append(path.name)
        return path.read_bytes()

    monkeypatch.setattr("peaktrade_ops.reports.store.archive.read_bytes", watched)
    archive = Archive(tmp_path)

    assert archive.deferred() == set()
    assert archive.adoptable() == set()
    assert opened == [JSON]
