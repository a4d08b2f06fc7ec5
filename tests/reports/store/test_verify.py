"""Tests of `peaktrade_ops.reports.store.verify`: the check of a folder against its index."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store import verify as verify_module
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.reading import read_model
from peaktrade_ops.reports.store.verify import Mismatch, verify
from peaktrade_ops.reports.views.markdown import snapshot_markdown, trend_markdown
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import (
    DAY,
    END,
    days_until,
    index_folder,
    metrics,
    old_markdown,
    old_summary,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


JSON = "2025-12-20_summary.json"
MARKDOWN = "2025-12-20_snapshot.md"
TREND = "stage1_trend.json"
YESTERDAY = "2025-12-19_snapshot.md"


def out_of_date(*days: str) -> Mismatch:
    """Return the finding that the trend is out of date by these days."""
    what = "reports came, changed or went after it was given"
    return Mismatch("error", TREND, f"out of date: {what}: {', '.join(days)}", "out of date")


def change_index(folder: Path, **changes: object) -> None:
    """Change fields of a stored index."""
    document = json.loads((folder / "index.json").read_bytes())
    (folder / "index.json").write_text(json.dumps({**document, **changes}))


def entries(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of a stored index as documents."""
    found: list[dict[str, Any]] = json.loads((folder / "index.json").read_bytes())["entries"]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a reports folder that matches its index."""
    made = tmp_path / "stage1"
    made.mkdir()
    (made / JSON).write_bytes(to_json(summary()))
    (made / MARKDOWN).write_text(snapshot_markdown(summary()))
    (made / YESTERDAY).write_text(old_markdown(DAY - timedelta(days=1)))
    index_folder(made)
    days = [Archive(made).day(day) for day in days_until(DAY, 14)]
    trend = build_trend(days, window=window_until(END), config=Config())
    (made / TREND).write_bytes(to_json(trend))
    (made / "stage1_trend.md").write_text(trend_markdown(trend))
    index_folder(made)
    return made


def test_a_folder_that_matches_its_index_has_no_findings(folder: Path) -> None:
    """A folder that matches its index has no findings."""
    assert verify(folder) == []


def test_reports_of_the_earlier_scripts_match(folder: Path) -> None:
    """Reports of the earlier scripts are checked like all others."""
    (folder / "2025-11-18_summary.json").write_text(json.dumps(old_summary(date(2025, 11, 18))))
    index_folder(folder)

    assert verify(folder) == []


def test_nothing_is_changed_by_checking(folder: Path) -> None:
    """The check writes no file, even if it has findings."""
    (folder / JSON).write_bytes(b"{}")
    (folder / ".peaktrade-ops-0.tmp").touch()
    before = {path: path.read_bytes() for path in folder.iterdir()}

    assert verify(folder) != []
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_missing_artifact_is_an_error(folder: Path) -> None:
    """A listed artifact that is missing is an error."""
    (folder / MARKDOWN).unlink()

    assert verify(folder) == [Mismatch("error", MARKDOWN, "missing", "missing")]


def test_another_size_is_an_error(folder: Path) -> None:
    """A changed artifact is reported with both sizes."""
    size = (folder / MARKDOWN).stat().st_size
    with (folder / MARKDOWN).open("a") as file:
        file.write("more\n")

    assert verify(folder) == [
        Mismatch("error", MARKDOWN, f"changed: {size + 5} bytes instead of {size}", "changed")
    ]


def test_another_digest_is_an_error(folder: Path) -> None:
    """A change that keeps the size is found by the digest."""
    data = (folder / MARKDOWN).read_bytes()
    (folder / MARKDOWN).write_bytes(data.replace(b"**0**", b"**1**"))

    assert verify(folder) == [Mismatch("error", MARKDOWN, "changed: another digest", "changed")]


def test_an_artifact_that_is_not_listed_is_an_error(folder: Path) -> None:
    """An artifact that is not in the index is an error."""
    (folder / "2025-12-18_snapshot.md").write_text("quiet")

    assert verify(folder) == [
        Mismatch("error", "2025-12-18_snapshot.md", "not in the index", "not listed"),
        out_of_date("2025-12-18"),
    ]


@pytest.mark.parametrize("name", ["README.md", ".hidden", "2025-12-20_summary.json.bak", "sub"])
def test_another_file_is_a_warning(folder: Path, name: str) -> None:
    """A file that is not an artifact is a warning."""
    (folder / name).touch()

    assert verify(folder) == [Mismatch("warning", name, "not an artifact", "foreign")]


def test_a_temporary_file_is_a_warning(folder: Path) -> None:
    """A temporary file of an interrupted run is a warning; the next run removes it."""
    name = ".peaktrade-ops-0123456789abcdef.tmp"
    (folder / name).touch()

    assert verify(folder) == [
        (
            "warning",
            name,
            "left behind by a run that was cut off; the next one removes it",
            "left behind",
        )
    ]


@pytest.mark.parametrize(
    "path",
    ["../2025-12-20_summary.json", "/etc/passwd", "a/b", "sub/../x", "..", ".", "", "../../x"],
)
def test_an_entry_that_points_outside_is_an_error(folder: Path, path: str) -> None:
    """An entry that points out of the folder is an error."""
    change_index(folder, entries=[*entries(folder), {**entries(folder)[0], "path": path}])

    assert verify(folder) == [Mismatch("error", path, "points outside the folder", "entry")]


def test_nothing_outside_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file outside that even has the listed size and digest is not looked at."""
    outside = folder.parent / JSON
    outside.write_bytes((folder / JSON).read_bytes())
    listed = {entry["path"]: entry for entry in entries(folder)}
    (folder / JSON).unlink()
    change_index(folder, entries=[{**listed[JSON], "path": f"../{JSON}"}])
    measured: list[Path] = []
    measure = verify_module._measure  # noqa: SLF001 (what is opened is what matters here)

    def measuring(path: Path) -> tuple[int, str]:
        measured.append(path)
        return measure(path)

    monkeypatch.setattr(verify_module, "_measure", measuring)

    assert Mismatch("error", f"../{JSON}", "points outside the folder", "entry") in verify(folder)
    assert outside not in measured


@pytest.mark.parametrize("path", ["README.md", "index.json", "./2025-12-20_summary.json", "x\n"])
def test_an_entry_that_is_no_artifact_is_an_error(folder: Path, path: str) -> None:
    """The index lists artifacts and nothing else, each under its one name."""
    (folder / "x\n").touch()
    change_index(folder, entries=[*entries(folder), {**entries(folder)[0], "path": path}])

    errors = [finding for finding in verify(folder) if finding.level == "error"]

    assert errors == [Mismatch("error", path, "is no artifact's name", "entry")]


def test_an_entry_that_is_listed_twice_is_an_error(folder: Path) -> None:
    """An entry that is listed twice is an error."""
    change_index(folder, entries=[*entries(folder), entries(folder)[0]])

    assert verify(folder) == [Mismatch("error", YESTERDAY, "listed twice", "entry")]


def test_a_missing_index_is_an_error(folder: Path) -> None:
    """A missing index is an error, and only the models are checked."""
    (folder / "index.json").unlink()

    assert verify(folder) == [Mismatch("error", "index.json", "missing", "missing")]


def test_an_empty_folder_lacks_its_index(tmp_path: Path) -> None:
    """A folder that is not there yet in the sense of reports does not match."""
    assert verify(tmp_path) == [Mismatch("error", "index.json", "missing", "missing")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"schema_version": "stage1_index.v2"}, "matching regex"),
        ({"root": "/"}, "Invalid enum value"),
        ({"entries": None}, "Expected `array`"),
        ({"entries": [{"path": "a", "bytes": -1, "sha256": "0" * 64}]}, "`int` >= 0"),
        ({"entries": [{"path": "a", "bytes": 0, "sha256": "0" * 63}]}, "matching regex"),
        ({"entries": [{"path": "a", "bytes": 0, "sha256": "A" * 64}]}, "matching regex"),
    ],
)
def test_an_index_that_is_wrong_inside_is_an_error(
    folder: Path, change: dict[str, Any], problem: str
) -> None:
    """An index that does not fit its model is an error."""
    change_index(folder, **change)

    (finding,) = verify(folder)

    assert (finding.level, finding.path) == ("error", "index.json")
    assert "not a valid Index: " in finding.problem
    assert problem in finding.problem


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(JSON)])
def test_an_index_that_is_no_regular_file_is_an_error(
    folder: Path, make: Callable[[Path], None]
) -> None:
    """The check waits for no pipe and follows no link."""
    (folder / "index.json").unlink()
    make(folder / "index.json")

    (finding,) = verify(folder)

    assert (finding.level, finding.path) == ("error", "index.json")


@pytest.mark.parametrize("name", [JSON, TREND])
def test_json_that_is_wrong_inside_is_an_error(folder: Path, name: str) -> None:
    """An artifact that matches its digest but not its model is an error."""
    document = json.loads((folder / name).read_bytes())
    (folder / name).write_text(json.dumps({**document, "schema_version": 2}))
    index_folder(folder)

    finding, *others = verify(folder)

    assert (finding.level, finding.path) == ("error", name)
    assert finding.problem.startswith("not a valid ")
    assert others == ([] if name == TREND else [out_of_date("2025-12-20")])


def test_the_summary_of_another_day_is_an_error(folder: Path) -> None:
    """The name of a summary and its date must agree."""
    (folder / JSON).write_bytes(to_json(summary(END - timedelta(days=1))))
    index_folder(folder)

    assert verify(folder) == [
        Mismatch("error", JSON, "is the summary of another day", "not valid"),
        out_of_date("2025-12-20"),
    ]


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("stage1_trend.md")]
)
@pytest.mark.parametrize("name", [JSON, MARKDOWN])
def test_an_artifact_that_is_no_regular_file_is_an_error(
    folder: Path, name: str, make: Callable[[Path], None]
) -> None:
    """A pipe, a folder or a link in the place of an artifact is reported."""
    (folder / name).unlink()
    make(folder / name)

    old = [out_of_date("2025-12-20")] if name == JSON else []
    assert verify(folder) == [Mismatch("error", name, "not a regular file", "no file"), *old]


def test_an_artifact_that_vanishes_meanwhile_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is removed during the check is reported as missing."""
    read: Callable[..., object] = read_model

    def vanishing(path: Path, model: object) -> object:
        (folder / JSON).unlink(missing_ok=True)
        return read(path, model)

    monkeypatch.setattr(verify_module, "read_model", vanishing)

    assert set(verify(folder)) == {
        Mismatch("error", JSON, "missing", "missing"),
        out_of_date("2025-12-20"),
    }


@pytest.mark.usefixtures("unprivileged")
def test_a_listed_artifact_without_permission_is_an_error(tmp_path: Path) -> None:
    """A listed artifact that cannot be read is an error."""
    (tmp_path / MARKDOWN).write_text("closed")
    index_folder(tmp_path)
    (tmp_path / MARKDOWN).chmod(0)

    assert verify(tmp_path) == [
        Mismatch(
            "error",
            MARKDOWN,
            f"{tmp_path / MARKDOWN} cannot be read: Permission denied",
            "not readable",
        )
    ]


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_written_can_be_checked(tmp_path: Path) -> None:
    """The check needs no write permission, neither for the folder nor for its files."""
    (tmp_path / JSON).write_bytes(to_json(summary()))
    index_folder(tmp_path)
    for path in tmp_path.iterdir():
        path.chmod(0o400)
    tmp_path.chmod(0o500)

    findings = verify(tmp_path)
    tmp_path.chmod(0o700)

    assert findings == []


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400])
def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, mode: int) -> None:
    """The check fails without the permission to list the folder or to examine its files."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / JSON).touch()
    folder.chmod(mode)

    try:
        with pytest.raises(ReportsError, match="cannot be read: Permission denied"):
            verify(folder)
    finally:
        folder.chmod(0o700)


def test_findings_come_in_the_order_of_their_paths(folder: Path) -> None:
    """The findings are in path order, whatever the order of the directory listing."""
    (folder / "zzz").touch()
    (folder / "000").touch()
    (folder / MARKDOWN).unlink()
    (folder / JSON).write_bytes(b"{}")

    findings = verify(folder)

    assert findings == sorted(findings, key=lambda finding: finding.path)
    assert [finding.path for finding in findings] == ["000", MARKDOWN, JSON, JSON, TREND, "zzz"]


# --- the verdict ---------------------------------------------------------------------------------

UNTIL = END + timedelta(hours=30)


def test_a_report_that_came_after_the_trend_is_an_error(folder: Path) -> None:
    """A report that is stored after the trend makes the trend out of date."""
    (folder / "2025-12-18_snapshot.md").write_text(old_markdown(date(2025, 12, 18)))
    index_folder(folder)

    assert verify(folder) == [out_of_date("2025-12-18")]


def test_a_later_report_that_objects_makes_the_trend_an_error(folder: Path) -> None:
    """A later report makes the trend an error only if it objects."""
    later = summary(END + timedelta(days=1))
    (folder / "2025-12-21_summary.json").write_bytes(to_json(later))
    index_folder(folder)
    assert verify(folder) == []
    critical = summary(END + timedelta(days=1), metrics=metrics(critical_alerts=1))
    (folder / "2025-12-21_summary.json").write_bytes(to_json(critical))
    index_folder(folder)

    said = "out of date: a later report objects: 2025-12-21; run again after 2025-12-22T00:00:00Z"
    assert verify(folder) == [Mismatch("error", TREND, said, "out of date")]


def test_a_verdict_of_a_time_to_come_is_an_error(folder: Path) -> None:
    """A routine that was asked for a day to come is not told; it says so with the verdict."""
    early = END - timedelta(seconds=1)

    assert verify(folder, now=END) == []
    [found] = verify(folder, now=early)
    assert (found.level, found.path) == ("error", TREND)
    assert found.problem.startswith("out of date: its last window ends only at 2025-12-20T08:00:00")
    assert verify(folder, now=early, tells_clock=False) == []
    assert verify(folder, now=UNTIL + timedelta(seconds=1), tells_clock=False) == []


def test_a_verdict_that_has_expired_is_a_warning(folder: Path) -> None:
    """An expired verdict is a warning if the time is given; a check of files alone ignores it."""
    late = UNTIL + timedelta(seconds=1)

    assert verify(folder, now=UNTIL) == []
    assert verify(folder, now=late) == [
        Mismatch(
            "warning", TREND, "out of date: it was valid until 2025-12-21T14:00:00Z", "out of date"
        )
    ]
    assert verify(folder) == []


def test_a_trend_that_is_not_trusted_is_told_once(folder: Path) -> None:
    """A changed trend has one finding, even when it is also out of date."""
    (folder / TREND).write_bytes((folder / TREND).read_bytes() + b" ")

    (finding,) = verify(folder, now=UNTIL + timedelta(days=9))

    assert finding.problem.startswith("changed: ")
