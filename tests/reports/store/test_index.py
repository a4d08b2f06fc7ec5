"""Tests of `peaktrade_ops.reports.store.index`: its entries, and that no change is hidden."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.index import build_index
from peaktrade_ops.reports.store.listed import entry_of
from peaktrade_ops.stage1.models import Index, IndexEntry, to_json
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import (
    DAY,
    END,
    index_folder,
    metrics,
    old_markdown,
    old_summary,
    quiet_days,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

JSON = "2025-12-20_summary.json"
MARKDOWN = "2025-12-20_snapshot.md"
TREND = "stage1_trend.json"


def index_of(
    folder: Path, fresh: Mapping[str, bytes] | None = None, *, adopt: bool = False
) -> Index:
    """Return the index of a folder in which fresh artifacts take their places."""
    return build_index(Archive(folder, fresh, adopt=adopt), fresh or {})


def names(index: Index) -> list[str]:
    """Return the names that an index lists."""
    return [entry.path for entry in index.entries]


def test_what_is_written_is_listed_with_size_and_digest(tmp_path: Path) -> None:
    """The entries are sorted by name."""
    report, later = to_json(summary()), to_json(summary(END + timedelta(days=1)))

    index = index_of(tmp_path, {"2025-12-21_summary.json": later, JSON: report})

    assert index.entries == (entry_of(JSON, report), entry_of("2025-12-21_summary.json", later))
    assert (index.schema_version, index.root) == ("stage1_index.v1", ".")


def test_entries_are_carried_over(tmp_path: Path) -> None:
    """A report that was changed or removed keeps its entry, which shows the change."""
    for name in (JSON, MARKDOWN):
        (tmp_path / name).write_bytes(to_json(summary()))
    index_folder(tmp_path)
    before = index_of(tmp_path).entries
    (tmp_path / JSON).write_bytes(b"changed")
    (tmp_path / MARKDOWN).unlink()

    after = index_of(tmp_path, {TREND: b"{}"})

    assert after.entries == (*before, entry_of(TREND, b"{}"))


def test_a_file_that_nobody_wrote_or_adopted_is_not_listed(tmp_path: Path) -> None:
    """A file without an entry is listed only with `adopt`."""
    index_folder(tmp_path)
    (tmp_path / JSON).write_bytes(to_json(summary()))
    (tmp_path / "README.md").write_text("notes")

    assert names(index_of(tmp_path)) == []
    assert names(index_of(tmp_path, adopt=True)) == [JSON]


def test_without_an_index_the_reports_of_the_earlier_scripts_are_listed(tmp_path: Path) -> None:
    """Without an index only the reports of the earlier scripts are listed."""
    (tmp_path / JSON).write_text(json.dumps(old_summary()))
    (tmp_path / MARKDOWN).write_text(old_markdown())
    (tmp_path / "2025-12-19_summary.json").write_bytes(to_json(summary(END - timedelta(days=1))))

    assert names(index_of(tmp_path)) == [MARKDOWN, JSON]


def test_an_entry_that_is_no_artifact_is_dropped(tmp_path: Path) -> None:
    """A foreign index may name any file."""
    entry = IndexEntry("../secret", 1, "0" * 64)
    foreign = Index("stage1_index.v1", ".", None, None, (entry,))
    (tmp_path / "index.json").write_bytes(to_json(foreign))

    assert names(index_of(tmp_path)) == []


def test_the_index_has_the_latest_day_and_the_latest_time(tmp_path: Path) -> None:
    """`run_date` and `generated_at` are the latest among what is listed, never the clock."""
    later = END + timedelta(days=1)
    trend = build_trend(quiet_days(), window=window_until(END), config=Config())

    index = index_of(tmp_path, {JSON: to_json(summary()), TREND: to_json(trend)})
    assert (index.run_date, index.generated_at) == (DAY, END)

    index = index_of(tmp_path, {"2025-12-21_summary.json": to_json(summary(later))})
    assert (index.run_date, index.generated_at) == (date(2025, 12, 21), later)


def test_the_latest_time_is_found_whatever_its_offset(tmp_path: Path) -> None:
    """Times are compared as moments, and written in UTC."""
    early, late = (
        json.dumps(old_summary(created_at_utc=at)).encode()
        for at in ("2025-12-20T10:00:00+05:00", "2025-12-20T06:00:00+00:00")
    )

    index = index_of(tmp_path, {JSON: early, "2025-12-21_summary.json": late})

    assert index.generated_at == datetime(2025, 12, 20, 6, tzinfo=UTC)
    assert b'"generated_at": "2025-12-20T06:00:00Z"' in to_json(index)


def test_the_index_of_an_empty_folder_lists_nothing(tmp_path: Path) -> None:
    """The index of an empty folder has no day and no time."""
    assert index_of(tmp_path) == Index("stage1_index.v1", ".", None, None, ())


def test_fresh_artifacts_take_the_place_of_stored_ones(tmp_path: Path) -> None:
    """The index describes the folder as it will be, before anything in it has changed."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    index_folder(tmp_path)
    fresh = to_json(summary(metrics=metrics(new_alerts=1)))

    assert index_of(tmp_path, {JSON: fresh}).entries == (entry_of(JSON, fresh),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"{}",
        b'{"created_at_utc": "yesterday"}',
        b'{"range": 1}',
        b'{"generated_at_utc": "0001-01-01T00:00:00+05:00"}',
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_a_listed_artifact_that_is_wrong_inside_has_no_time(tmp_path: Path, data: bytes) -> None:
    """A listed artifact with an invalid content has no time in the index."""
    index = index_of(tmp_path, {JSON: data})

    assert names(index) == [JSON]
    assert (index.run_date, index.generated_at) == (DAY, None)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("README.md")])
def test_what_is_no_regular_file_is_not_adopted(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """A pipe, a folder or a link with the name of an artifact is not adopted."""
    (tmp_path / "README.md").write_text("notes")
    make(tmp_path / MARKDOWN)

    assert names(index_of(tmp_path, adopt=True)) == []


def test_the_index_of_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """The message has the folder and the reason of the system."""
    with pytest.raises(ReportsError, match="none cannot be read: No such file or directory"):
        index_of(tmp_path / "none")
