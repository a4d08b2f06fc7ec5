"""Test the verdict when a critical event stands in a file that is hard to find."""

from __future__ import annotations

import bz2
import contextlib
import json
import lzma
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.routine import run_daily
from peaktrade_ops.scanning import Place, Telemetry
from peaktrade_ops.stage1.hints import REPAIRS
from peaktrade_ops.window import window_of
from tests.support.compressing import COMPRESS
from tests.support.program import quiet_days
from tests.support.scanning import content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")

DAY = "2025-12-20"
WEEK = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "7", "--format", "json")
CRITICAL = {"ts": "2025-12-15T12:00:00Z", "severity": "critical", "event_type": "breach"}
LINE = content_of(CRITICAL)


def outcome_of(program: Program, *arguments: str | Path) -> tuple[str, dict[str, str]]:
    """Return the verdict of a run, and the files of the last day left out with an effect."""
    document = json.loads(program(*WEEK, *arguments).out)
    [last] = [each for each in document["summaries"] if each["date"] == DAY]
    left_out = {
        entry["path"]: entry["reason"]
        for entry in last["coverage"]["left_out"]
        if entry["effect"] == "incomplete"
    }
    return document["trend"]["rollups"]["go_no_go"], left_out


def write_week(workplace: Workplace) -> None:
    """Write a week that is GO."""
    workplace.write("telemetry/o.jsonl", *quiet_days(DAY, 7))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        *(
            (f"alerts.jsonl{mark}", LINE)
            for mark in (
                ".2025-12-15_12",
                ".2025-12-15_12-30-00",
                "-2025-12-15",
                "-2025121512",
                "-1765801800",
                ".20251220T100000",
            )
        ),
        ("alerts.jsonl.1.bz2", bz2.compress(LINE)),
        ("alerts.jsonl.1.xz", lzma.compress(LINE)),
        ("alerts.jsonl.xz.1", lzma.compress(LINE)),
        ("reports/alerts.jsonl", LINE),
        ("reports/obs/stage1/alerts.jsonl", LINE),
    ],
)
def test_a_critical_event_in_a_file_that_is_taken_is_no_go(
    program: Program, workplace: Workplace, path: str, content: bytes
) -> None:
    """Rotation marks and endings do not hide a file, nor does a folder of reports."""
    write_week(workplace)
    workplace.write(path)
    (workplace.telemetry / path).write_bytes(content)

    assert outcome_of(program) == ("NO_GO", {})


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("alerts.jsonl.lz4", "compression not supported"),
        ("alerts.jsonl.zip", "archive"),
        ("alerts.jsonl.old", "name not recognised"),
        ("alerts.jsonl.bak", "name not recognised"),
        ("alerts.jsonl~", "name not recognised"),
        ("alerts.jsonl.tmp", "name not recognised"),
        ("alerts.jsonl.part", "name not recognised"),
        ("alerts.json", "not named as JSON lines"),
        ("alerts.log", "not named as JSON lines"),
        ("alerts.txt", "not named as JSON lines"),
        ("risk/critical.jsonl", "path not selected"),
        ("logs/app.jsonl", "path not selected"),
    ],
)
def test_a_critical_event_in_a_file_that_is_not_taken_is_hold(
    program: Program, workplace: Workplace, path: str, reason: str
) -> None:
    """A file with a critical event that is not scanned is HOLD until the configuration names it."""
    write_week(workplace)
    workplace.write(path, CRITICAL, CRITICAL)
    assert outcome_of(program) == ("HOLD", {path: reason})
    config = workplace.folder / "stage1.toml"

    config.write_text(f'[sources]\nignore = ["{path}"]\n')
    assert outcome_of(program, "--config", config, "--replace") == ("GO", {})
    config.write_text(f'[sources]\ninclude = ["{path}"]\n')
    assert outcome_of(program, "--config", config, "--replace") == ("NO_GO", {})


QUIET = {"ts": "2025-12-15T12:00:00Z", "severity": "info", "event_type": "tick"}


@pytest.mark.parametrize(
    ("target", "reason", "ways"),
    [
        (
            "store/app.dat",
            "link to a file that is not scanned",
            {
                "name its target in include": 'include = ["store/app.dat"]',
                "the link in ignore": 'ignore = ["telemetry/app.jsonl"]',
            },
        ),
        (
            "../out.jsonl",
            "link leaves the root",
            {
                "put the file in place of the link": "",
                "name the link in ignore": 'ignore = ["telemetry/app.jsonl"]',
            },
        ),
    ],
)
def test_each_way_that_the_hint_names_for_a_link_ends_the_objection(
    program: Program, workplace: Workplace, target: str, reason: str, ways: dict[str, str]
) -> None:
    """What a hint says is enough, word for word."""
    write_week(workplace)
    config = workplace.folder / "stage1.toml"
    link = workplace.telemetry / "telemetry" / "app.jsonl"
    file = workplace.write(target, QUIET)
    link.symlink_to(f"../{target}")
    assert outcome_of(program) == ("HOLD", {"telemetry/app.jsonl": reason})
    assert all(way in REPAIRS[reason] for way in ways)

    for way, line in ways.items():
        config.write_text(f"[sources]\n{line}\n")
        if "in place" in way:
            file.replace(link)
        assert outcome_of(program, "--config", config, "--replace") == ("GO", {})
        if "in place" in way:
            link.replace(file)
            link.symlink_to(f"../{target}")


def test_an_archive_is_to_be_unpacked_and_ignored(program: Program, workplace: Workplace) -> None:
    """The hint says both, because one of them is not enough."""
    write_week(workplace)
    workplace.write("telemetry/a.jsonl.zip", b"PK")
    workplace.write("telemetry/a.jsonl", CRITICAL)
    config = workplace.folder / "stage1.toml"
    config.write_text('[sources]\nignore = ["telemetry/a.jsonl.zip"]\n')

    assert outcome_of(program)[1] == {"telemetry/a.jsonl.zip": "archive"}
    assert outcome_of(program, "--config", config, "--replace") == ("NO_GO", {})
    assert REPAIRS["archive"] == "unpack it beside, and name it in ignore"


def test_a_file_that_is_older_than_the_window_has_no_effect_on_it(
    program: Program, workplace: Workplace
) -> None:
    """A file that is older than the window is listed and does not change the verdict."""
    write_week(workplace)
    path = workplace.write("alerts.jsonl.old", CRITICAL)
    written = datetime(2025, 12, 1, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))

    assert outcome_of(program) == ("GO", {})


def test_reports_in_a_folder_of_telemetry_do_not_hide_it(
    program: Program, workplace: Workplace
) -> None:
    """The scan skips only the files that the program writes in a folder with telemetry."""
    write_week(workplace)
    workplace.write("obs/o.jsonl", CRITICAL)
    workplace.write("obs/obs/stage1/p.jsonl", CRITICAL)

    for _ in range(2):
        root = workplace.telemetry / "obs"
        assert outcome_of(program, "--reports-root", root) == ("NO_GO", {})


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "mark"])
@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
def test_a_damaged_archive_is_hold(
    program: Program, workplace: Workplace, damage: str, ending: str
) -> None:
    """A damaged archive is HOLD, because it may contain a critical event."""
    write_week(workplace)
    compress = dict(zip(("gz", "zst", "bz2", "xz"), COMPRESS, strict=True))[ending]
    events = content_of(*quiet_days("2025-12-14", 7)) * 50 + LINE
    data = bytearray(compress(events))
    if damage == "flipped":
        data[len(data) // 2] ^= 0x40
    size = {"cut": len(data) // 2, "flipped": len(data), "empty": 0, "mark": 2}[damage]
    path = f"alerts.jsonl.{ending}"
    workplace.write(path)
    (workplace.telemetry / path).write_bytes(data[:size])
    document = json.loads(program(*WEEK).out)

    entry = {"path": path, "reason": "broken compression", "effect": "incomplete"}
    assert entry in document["summaries"][-1]["coverage"]["left_out"]
    assert document["trend"]["rollups"]["go_no_go"] != "GO"


def test_what_is_expected_must_be_there_and_must_write(
    program: Program, workplace: Workplace
) -> None:
    """An expected source that is missing or silent objects."""
    write_week(workplace)
    workplace.write("alerts/a.jsonl", *quiet_days("2025-12-19", 6))
    config = workplace.folder / "stage1.toml"
    config.write_text(
        '[sources]\nexpect = ["alerts/*", "risk/*"]\nexpect_events = ["alerts/*", "telemetry/*"]\n'
    )

    assert outcome_of(program, "--config", config) == (
        "HOLD",
        {"alerts/*": "expected and silent", "risk/*": "expected and missing"},
    )


def test_only_what_input_names_is_never_go(program: Program, workplace: Workplace) -> None:
    """A report of some files is not a report of the telemetry."""
    write_week(workplace)
    verdict, left_out = outcome_of(program, "--input", workplace.telemetry / "telemetry/o.jsonl")

    assert (verdict, left_out) == ("HOLD", {".": "only what --input names"})


def rotate(file: Path) -> None:
    """Rename the file and begin a new one of the same size."""
    content = file.read_bytes()
    file.rename(f"{file}.1")
    file.write_bytes(content)


def copy_and_truncate(file: Path) -> None:
    """Copy the file, empty it, and write more than was in it before."""
    content = file.read_bytes()
    file.with_name(f"{file.name}.1").write_bytes(content)
    file.write_bytes(LINE + content)


@pytest.mark.parametrize("change", [rotate, copy_and_truncate, os.unlink])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_file_that_changes_during_the_run_is_hold(
    workplace: Workplace, change: Callable[[Path], object], moment: str
) -> None:
    """A file that changes during the run makes the verdict HOLD until the next run."""
    write_week(workplace)
    file = workplace.write("alerts.jsonl", *quiet_days(DAY, 7))

    @contextlib.contextmanager
    def progress(_windows: object, _total: int) -> Iterator[Callable[[int], object]]:
        parts = iter(["alerts.jsonl", "telemetry/o.jsonl"])
        if moment == "before":
            change(file)
        yield lambda _: change(file) if [next(parts), moment] == ["alerts.jsonl", "after"] else None

    def run(**options: Any) -> tuple[str, set[tuple[str, str]]]:  # noqa: ANN401 (any option)
        result = run_daily(
            Telemetry(workplace.telemetry),
            Place(workplace.reports, "obs/stage1"),
            window_of(date.fromisoformat(DAY)),
            Config(),
            days=7,
            now=datetime(2025, 12, 22, tzinfo=UTC),
            **options,
        )
        summary = result.summaries[-1]
        assert summary.coverage is not None
        left_out = {(entry.path, entry.reason) for entry in summary.coverage.left_out}
        return result.trend.trend.rollups.go_no_go, left_out

    verdict, left_out = run(progress=progress)
    assert verdict != "GO"
    assert ("alerts.jsonl", "changed while it was read") in left_out
    verdict, left_out = run(replace=True)
    assert left_out == set()
    assert verdict == ("NO_GO" if change is copy_and_truncate else "GO")


def test_a_file_with_three_names_is_counted_once(program: Program, workplace: Workplace) -> None:
    """Hard links are names of one file."""
    write_week(workplace)
    file = workplace.write("alerts/a.jsonl", {"ts": f"{DAY}T13:00:00Z", "type": "risk_alert"})
    for name in ("b.jsonl", "c.jsonl"):
        os.link(file, file.with_name(name))
    document = json.loads(program(*WEEK).out)

    assert document["trend"]["rollups"]["new_alerts_total"] == 1
    assert [
        (entry["path"], entry["reason"], entry["effect"])
        for entry in document["summaries"][-1]["coverage"]["left_out"]
    ] == [
        ("alerts/b.jsonl", "the same file", "complete"),
        ("alerts/c.jsonl", "the same file", "complete"),
    ]
