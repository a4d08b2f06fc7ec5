"""Whole reports of drawn telemetry and configurations, compared with those of the oracle."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops import routine
from peaktrade_ops.config import Config, Limits
from peaktrade_ops.routine import make_snapshots
from peaktrade_ops.scanning import Place, Telemetry
from tests.support.examples import examples
from tests.support.layouts import configs, rules_of
from tests.support.oddities import ODD_MEMBERS, SEVERITY_VALUES
from tests.support.oracle import ExpectedReport, expect_reports
from tests.support.scanning import HOSTILE_FILES, INSIDE, WINDOW, write_files
from tests.support.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from peaktrade_ops.window import Window

pytestmark = pytest.mark.one_python

NOW = datetime(2025, 12, 20, 9, tzinfo=UTC)
WINDOWS = (WINDOW.earlier(1), WINDOW)
NIGHT = timedelta(days=3)
_LISTED_REJECTS = 20
# So few lines that a report shows every name and all evidence of them.
_TOGETHER = 8


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_published() -> Iterator[None]:
    """Leave out the pages, which take most of the time and show nothing new."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routine, "_publish", lambda _archive: None)
        yield


def reports_of(
    files: Mapping[str, bytes],
    config: Config,
    *,
    windows: Sequence[Window] = (WINDOW,),
    now: datetime = NOW,
) -> list[ExpectedReport]:
    """Return what the program shows of files."""
    quick = msgspec.structs.replace(config, limits=Limits(processes=1))
    with tempfile.TemporaryDirectory() as folder:
        root, place = Path(folder, "root"), Place(Path(folder, "reports"), ".")
        root.mkdir()
        place.folder.mkdir()
        write_files(root, files)
        reports = make_snapshots(Telemetry(root), place, windows, quick, now=now)
        return [shown(report.summary) for report in reports if report.summary]


def assert_same(
    files: Mapping[str, bytes],
    config: Config,
    *,
    windows: Sequence[Window] = (WINDOW,),
    now: datetime = NOW,
) -> None:
    """Compare part by part and field by field, so that a failure is easy to read."""
    expected = expect_reports(
        files, ends=[each.end for each in windows], now=now, rules=rules_of(config, files)
    )
    found = reports_of(files, config, windows=windows, now=now)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for part in ("counts", "understanding", "evidence"):
            mine, theirs = asdict(getattr(one, part)), asdict(getattr(other, part))
            for name, value in theirs.items():
                if name == "rejects" and other.counts.rejected > _LISTED_REJECTS:
                    # Which of many are listed is a matter of the summary.
                    continue
                assert (part, name, mine[name]) == (part, name, value)


@settings(max_examples=examples(50), deadline=None)
@given(HOSTILE_FILES)
def test_reports_of_hostile_files_are_those_of_the_oracle(files: dict[str, bytes]) -> None:
    """Every number and every list of a report by default is as the contract says."""
    assert_same(files, Config())


@settings(max_examples=examples(100), deadline=None)
@given(HOSTILE_FILES, configs())
def test_reports_of_any_configuration_are_those_of_the_oracle(
    files: dict[str, bytes], config: Config
) -> None:
    """Other keys, maps, scales, keys of `not`, dangers and formats follow the contract."""
    assert_same(files, config)


@settings(max_examples=examples(30), deadline=None)
@given(
    HOSTILE_FILES, configs(), st.timedeltas(-NIGHT, NIGHT) | st.sampled_from((-NIGHT, 0 * NIGHT))
)
def test_reports_of_two_days_and_any_clock_are_those_of_the_oracle(
    files: dict[str, bytes], config: Config, shift: timedelta
) -> None:
    """One scan of two windows gives both reports; the clock decides what is ahead."""
    assert_same(files, config, windows=WINDOWS, now=NOW + shift)


def in_files(lines: Sequence[str], path: str) -> Iterator[dict[str, bytes]]:
    """Yield files of a few lines each."""
    for start in range(0, len(lines), _TOGETHER):
        yield {path: "\n".join(lines[start : start + _TOGETHER]).encode()}


@pytest.mark.parametrize("key", ["severity", "log.level"])
def test_every_odd_severity_is_read_as_by_the_oracle(key: str) -> None:
    """Each value stands on its own line, so that none hides another."""
    lines = [f'{{"ts":"{INSIDE}","{key}":{value}}}' for value in SEVERITY_VALUES]
    for files in in_files(lines, "telemetry/a.jsonl"):
        assert_same(files, Config())


@pytest.mark.parametrize("start", ['"x":1', '"level":"info"', '"type":"ack"'])
def test_every_odd_member_is_read_as_by_the_oracle(start: str) -> None:
    """Each member stands on its own line, beside no severity, a quiet one, or an action."""
    lines = [f'{{"ts":"{INSIDE}",{start},{member}}}' for member in ODD_MEMBERS]
    for files in in_files(lines, "logs/alerts.jsonl"):
        assert_same(files, Config())
