"""The scan of the telemetry: what it finds, and what it counts."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.errors import TelemetryError, UsageError
from peaktrade_ops.routine import make_snapshots
from peaktrade_ops.scanning import Place, Telemetry, count_windows, find
from peaktrade_ops.window import window_of, window_until
from tests.support.program import quiet_days, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.window import Window
    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")

DAY = "2025-12-20"
WINDOW = window_of(date.fromisoformat(DAY))
NOW = datetime(2025, 12, 21, 6, 30, 45, tzinfo=UTC)
SNAPSHOT = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY, "--format", "json")
CRITICAL = {"ts": f"{DAY}T13:00:00Z", "type": "failure", "severity": "critical"}


def place_of(workplace: Workplace) -> Place:
    """Return the place of the reports."""
    return Place(workplace.reports, "obs/stage1")


# The functions.


@pytest.mark.parametrize(
    ("report_dir", "root"),
    [(".", "/srv/r/obs/stage1"), ("stage1", "/srv/r/obs"), ("obs/stage1", "/srv/r")],
)
def test_the_cache_is_in_the_reports_root(report_dir: str, root: str) -> None:
    """The folder of the artifacts is as many folders below the root as its name has parts."""
    place = Place(Path("/srv/r/obs/stage1"), report_dir)

    assert place.root == Path(root)
    assert place.cache == Path(root, ".cache")


def test_one_scan_counts_all_windows(workplace: Workplace) -> None:
    """Each window has its own summary, that of a stored report as well; nothing is written."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 2), CRITICAL)
    telemetry, place = Telemetry(workplace.telemetry), place_of(workplace)
    early = window_until(datetime(2025, 12, 20, 12, tzinfo=UTC))
    make_snapshots(telemetry, place, [early], Config(), now=NOW)
    before = tree(workplace.reports)

    counted = count_windows(telemetry, place, [WINDOW.earlier(1), WINDOW], Config(), now=NOW)

    assert {
        (str(window.date), window.end.hour): summary.metrics.critical_alerts
        for window, summary in counted.items()
    } == {("2025-12-19", 0): 0, (DAY, 0): 1, (DAY, 12): 0}
    assert tree(workplace.reports) == before


def test_progress_is_told_the_days_of_the_one_scan_and_its_bytes(workplace: Workplace) -> None:
    """The progress callback gets the days of the single scan and its bytes."""
    size = workplace.write("obs/events.jsonl", *quiet_days(DAY, 2)).stat().st_size
    told: list[tuple[str, int]] = []

    @contextlib.contextmanager
    def progress(windows: Sequence[Window], total: int) -> Iterator[Callable[[int], object]]:
        told.append((f"{windows[0].date} to {windows[-1].date}", total))
        yield lambda done: told.append(("part", done))

    count_windows(
        Telemetry(workplace.telemetry),
        place_of(workplace),
        [WINDOW.earlier(1), WINDOW],
        Config(),
        now=NOW,
        progress=progress,
    )

    assert told == [(f"2025-12-19 to {DAY}", size), ("part", size)]


def test_a_scan_that_is_refused_writes_nothing(workplace: Workplace) -> None:
    """The search and the telemetry are looked at before the reports folder is made."""
    place = place_of(workplace)
    search = Telemetry(workplace.telemetry, legacy_regex="(")
    missing = Telemetry(workplace.folder / "none")

    with pytest.raises(UsageError):
        count_windows(search, place, [WINDOW], Config(), now=NOW)
    with pytest.raises(TelemetryError):
        count_windows(missing, place, [WINDOW], Config(), now=NOW)
    with pytest.raises(TelemetryError):
        find(missing, place, Config())

    assert not workplace.reports.exists()


# Reports beside the telemetry.


def test_only_the_reports_below_the_telemetry_root_are_not_scanned(
    program: Program, workplace: Workplace
) -> None:
    """A file in the reports root that the program does not write may be telemetry."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 1))
    root = workplace.telemetry / "obs" / "kept"
    workplace.write("obs/kept/events.jsonl", CRITICAL)

    for _ in range(2):
        summary = json.loads(program(*SNAPSHOT, "--reports-root", root).out)
        assert summary["metrics"]["critical_alerts"] == 1
        assert [file["path"] for file in summary["coverage"]["files"]] == [
            "obs/events.jsonl",
            "obs/kept/events.jsonl",
        ]
        assert summary["coverage"]["left_out"] == []


def test_reports_in_the_telemetry_root_itself_do_not_hide_it(
    program: Program, workplace: Workplace
) -> None:
    """A reports root that is or contains the telemetry root does not hide it."""
    workplace.write("obs/events.jsonl", CRITICAL)

    for root in ("../telemetry", ".."):
        summary = json.loads(program(*SNAPSHOT, "--reports-root", root).out)
        assert summary["metrics"]["critical_alerts"] == 1


# Telemetry as the world delivers it.


def test_bad_input_of_every_kind_is_counted(workplace: Workplace) -> None:
    """The report has the exact counts of bad input of every kind."""
    config = workplace.repo / "small.toml"
    config.write_text("[limits]\nrecord_bytes = 2048\n")
    timed = b'{"ts":"2025-12-20T10:00:00Z"}'
    bad = workplace.write(
        "obs/bad.jsonl",
        b"\xef\xbb\xbf" + timed,
        b" \t\r",
        b"\xff{}",
        b'{"a":NaN}',
        b'{"a":1,}',
        b"[" * 513 + b"]" * 513,
        b"[1]",
        b'{"a":"\\ud800"}',
        b'{"a":"' + b"x" * 2048 + b'"}',
        b'{"ts":"2025-12-20T10:00:00Z","type":"quiet","type":"risk_alert"}',
        timed + b"\r",
        b'{"type":"no time"}',
        b'{"type":"no time","severity":"panic"}',
        b'{"ts":"2025-12-20T10:00:00","n":' + b"7" * 1900 + b"}",
        b'{"ts":"2025-12-21T00:00:00Z"}',
        b'{"ts":"2025-12-19T23:59:59Z"}',
    )
    with bad.open("ab") as file:
        file.write(b'{"ts":"2025')
    workplace.write("obs/empty.jsonl")
    workplace.write("obs/plain.jsonl.gz", timed)
    cut = workplace.telemetry / "obs" / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(timed + b"\n")[:-4])
    os.mkfifo(workplace.telemetry / "obs" / "pipe.jsonl")
    (workplace.telemetry / "obs" / "folder.jsonl").mkdir()
    (workplace.telemetry / "obs" / "away.jsonl").symlink_to(config)
    workplace.write("a/b/c/events.jsonl", timed)

    outcome = workplace.run(*SNAPSHOT, "--max-depth", "3", "--config", config)

    assert (outcome.code, outcome.err) == (0, "")
    summary = json.loads(outcome.out)
    coverage = summary["coverage"]
    counted = ("lines", "blank", "events", "rejected", "partial")
    assert {file["path"]: tuple(file[key] for key in counted) for file in coverage["files"]} == {
        "obs/bad.jsonl": (17, 1, 8, 7, 1),
        "obs/cut.jsonl.gz": (1, 0, 1, 0, 0),
        "obs/empty.jsonl": (0, 0, 0, 0, 0),
        "obs/plain.jsonl.gz": (1, 0, 1, 0, 0),
    }
    assert {key: coverage[key] for key in counted} == {
        "lines": 19,
        "blank": 1,
        "events": 10,
        "rejected": 7,
        "partial": 1,
    }
    assert [(item["line"], item["reason"]) for item in summary["rejected"]] == [
        (3, "not UTF-8"),
        (4, "not JSON"),
        (5, "not JSON"),
        (6, "too deep"),
        (7, "not an object"),
        (8, "not JSON"),
        (9, "too long"),
    ]
    assert [(item["path"], item["reason"]) for item in coverage["left_out"]] == [
        ("a/b/c", "too deep"),
        ("obs/away.jsonl", "link leaves the root"),
        ("obs/bad.jsonl", "cut off"),
        ("obs/cut.jsonl.gz", "broken compression"),
        ("obs/pipe.jsonl", "not a regular file"),
    ]
    assert summary["metrics"] == {
        "new_alerts": 1,
        "critical_alerts": 0,
        "parse_errors": 7,
        "operator_actions": 0,
        "legacy_alerts": 0,
    }
    assert coverage["complete"] is False
    assert coverage["candidates"] == 6
    assert (coverage["untimed"], coverage["untimed_critical"]) == (2, 1)
    assert (coverage["naive"], coverage["future"], coverage["in_window"]) == (1, 1, 6)
    assert workplace.run("verify").code == 0


def test_file_names_that_are_no_text_are_shown(workplace: Workplace) -> None:
    """A file name may be any bytes; it is shown with escapes, and its events count."""
    folder = os.fsencode(workplace.telemetry)
    try:
        Path(os.fsdecode(folder + b"/events-\xff\xfe.jsonl")).write_text(json.dumps(CRITICAL))
    except OSError:
        pytest.skip("this file system takes only names that are text")

    outcome = workplace.run(*SNAPSHOT)

    summary = json.loads(outcome.out)
    assert summary["metrics"]["critical_alerts"] == 1
    assert summary["coverage"]["files"][0]["path"] == "events-\\xff\\xfe.jsonl"
