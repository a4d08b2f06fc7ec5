"""The sample telemetry: the output of its script, and the verdict that it demonstrates."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.config_file import load_config
from peaktrade_ops.formats import reading_of
from peaktrade_ops.telemetry.files.patterns import Patterns
from samples.make_samples import FORMATS, TELEMETRY, make_formats, make_samples, write_samples
from tests.support.checkout import plain_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

CONFIG = TELEMETRY.parent / "stage1.toml"


def content(file: Path) -> bytes:
    """Return the content of a file, decompressed, because compressors differ."""
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


def contents(root: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder, by path."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): content(path) for path in files}


def rollups(telemetry: Path, reports: Path) -> dict[str, Any]:
    """Run the daily routine over the eight days; return the conclusions of its trend."""
    options = ["--date", "2025-12-20", "--days", "8", "--format", "json"]
    folders = ["--repo", str(telemetry), "--reports-root", str(reports)]
    run = subprocess.run(
        [sys.executable, "-m", "peaktrade_ops", "stage1-run", *folders, *options],
        check=True,
        capture_output=True,
        env=plain_environment(),
    )
    conclusion: dict[str, Any] = json.loads(run.stdout)["trend"]["rollups"]
    return conclusion


def test_the_samples_are_what_their_program_makes() -> None:
    """The samples are exactly the output of the script."""
    assert contents(TELEMETRY) == make_samples()
    assert contents(FORMATS) == make_formats()


def test_the_program_writes_what_it_makes(tmp_path: Path) -> None:
    """The script writes the same samples into an empty folder."""
    write_samples(tmp_path, make_samples())
    assert contents(tmp_path) == contents(TELEMETRY)


def test_the_samples_are_no_go_for_their_one_critical_event(tmp_path: Path) -> None:
    """The first reason names the critical day, the second the day of the line that was cut."""
    concluded = rollups(TELEMETRY, tmp_path / "reports")
    assert concluded["go_no_go"] == "NO_GO"
    assert concluded["reasons"] == [
        "critical alerts on 1 day: 2025-12-18",
        "parse errors on 1 day: 2025-12-16",
    ]


def test_without_the_critical_event_the_samples_are_hold(tmp_path: Path) -> None:
    """Without that one event the verdict is HOLD."""
    telemetry = tmp_path / "telemetry"
    shutil.copytree(TELEMETRY, telemetry)
    log = telemetry / "alerts" / "alerts.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    calm = [line for line in lines if b'"critical"' not in line]
    assert len(calm) == len(lines) - 1
    log.write_bytes(b"".join(calm))
    assert rollups(telemetry, tmp_path / "reports")["go_no_go"] == "HOLD"


def formats_summary(reports: Path, *options: str) -> dict[str, Any]:
    """Report the day of the other formats; return its summary."""
    folders = ["--repo", str(FORMATS), "--reports-root", str(reports)]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "peaktrade_ops", "stage1-snapshot", *folders, *options),
            *("--date", "2025-12-20", "--format", "json"),
        ],
        check=True,
        capture_output=True,
        env=plain_environment(),
    )
    summary: dict[str, Any] = json.loads(run.stdout)
    return summary


def test_the_other_formats_have_their_lines_in_the_configuration() -> None:
    """Exactly one format matches each file, and reads the time and the severity of its lines."""
    config = load_config(CONFIG)
    for path, data in make_formats().items():
        [layout] = [each for each in config.formats if Patterns(each.files).match(path)]
        reading = reading_of(config, layout)
        for line in data.splitlines():
            event = json.loads(line)
            for key in reading.embedded:
                event = event | json.loads(event[key])
            assert set(reading.time) & set(event), path
            [key] = set(reading.severity) & set(event)
            assert isinstance(event[key], str) or reading.scale, path


def test_the_one_critical_event_of_the_other_formats_is_found(tmp_path: Path) -> None:
    """With their configuration, every event of the day is understood."""
    summary = formats_summary(tmp_path, "--config", str(CONFIG))

    assert summary["metrics"]["critical_alerts"] == 1
    assert summary["coverage"]["complete"] is True
    assert summary["coverage"]["in_window"] == sum(
        data.count(b"\n") for data in make_formats().values()
    )
    not_understood = ("unknown_severity", "unread_severity", "untimed_serious")
    assert [summary["understanding"][name] for name in not_understood] == [0, 0, 0]


def test_without_their_configuration_the_other_formats_are_not_understood(tmp_path: Path) -> None:
    """What the defaults do not understand is counted, so it cannot pass as a quiet day."""
    summary = formats_summary(tmp_path)

    assert summary["metrics"]["critical_alerts"] == 0
    assert summary["understanding"]["unknown_severity"] == 24
    assert summary["understanding"]["unread_severity"] > 0
    assert summary["coverage"]["complete"] is False
