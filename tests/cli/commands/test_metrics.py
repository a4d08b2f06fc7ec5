"""`metrics`: the metrics of a folder on standard output or in a file, by the program itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import DAY, HEARTBEAT, one_line
from tests.support.program import set_clock, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Program, Workplace

pytestmark = [pytest.mark.usefixtures("empty_pages"), pytest.mark.one_python]


@pytest.fixture
def made(program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the reports of three days; return the reports root."""
    set_clock(monkeypatch)
    workplace.write("obs/events.jsonl", HEARTBEAT)
    span = ("--date", DAY, "--days", "3")
    assert program("stage1-run", "--repo", "../telemetry", *span).code == 0
    return workplace.repo / "reports"


def test_the_metrics_are_printed(program: Program, made: Path) -> None:
    """Without a file they go to standard output, as text, and nothing is written."""
    before = tree(made)

    code, out, err = program("metrics", "--quiet")

    assert (code, err) == (0, "")
    assert out.startswith("# HELP peaktrade_build_info ")
    assert 'peaktrade_verdict{stage="1",verdict="HOLD"} 1.0\n' in out
    assert out.endswith("\n")
    assert not out.endswith("\n\n")
    assert tree(made) == before


def test_the_file_has_the_same_bytes(program: Program, made: Path) -> None:
    """The file for the collector is what is printed, and the folder stays verified."""
    output = made / "peaktrade.prom"

    written = program("metrics", "--output", output)

    assert (written.code, written.out) == (0, "")
    assert f"written to {output}" in written.err
    assert output.read_text() == program("metrics").out
    assert program("verify").code == 0


def test_options_work_by_their_variables(
    program: Program, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file, the folder and the age can be set by variables; blank ones count as not given."""
    plain = program("metrics").out
    for name in ("PEAK_METRICS_FILE", "PEAK_MAX_AGE", "PEAK_DIR"):
        monkeypatch.setenv(name, "")
    assert program("metrics").out == plain

    moved = made.rename(made.with_name("elsewhere"))
    monkeypatch.setenv("PEAK_METRICS_FILE", str(moved / "x.prom"))
    monkeypatch.setenv("PEAK_DIR", str(moved / "obs" / "stage1"))
    monkeypatch.setenv("PEAK_MAX_AGE", "2")
    assert program("metrics").out == ""

    text = (moved / "x.prom").read_text()
    assert 'peaktrade_report_max_age_seconds{stage="1"} 7200.0\n' in text
    assert 'peaktrade_healthy{stage="1"} 0.0\n' in text
    assert text != plain


def test_no_extra_is_needed(program: Program, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain program, as in the image without the server, makes the file."""
    for module in ("prometheus_client", "waitress", "werkzeug"):
        monkeypatch.setitem(sys.modules, module, None)

    assert program("metrics", "--output", made / "x.prom").code == 0


def test_a_report_that_cannot_be_read_is_told_by_the_metrics(program: Program, made: Path) -> None:
    """The alert on it needs the file, so this is no error."""
    (made / "obs" / "stage1" / f"{DAY}_summary.json").write_text("{")

    code, out, _ = program("metrics")

    assert code == 0
    assert 'peaktrade_report_readable{stage="1"} 0.0\n' in out
    assert 'peaktrade_verdict_current{stage="1"} 0.0\n' in out


def test_a_missing_folder_is_an_error_and_leaves_the_file(
    program: Program, workplace: Workplace
) -> None:
    """An old file ages: its times are in it, and the rules compare them with the clock."""
    output = workplace.folder / "x.prom"
    output.write_text("old")

    outcome = program("metrics", "--output", output)

    assert outcome.code == 1
    assert "is missing or is not a folder" in one_line(outcome)
    assert output.read_text() == "old"


def test_a_name_that_nobody_reads_is_a_wrong_command_line(program: Program, made: Path) -> None:
    """The message shows the name to write."""
    outcome = program("metrics", "--output", made / "peaktrade.txt")

    assert outcome.code == 64
    assert f"write --output {made / 'peaktrade.prom'}" in outcome.err
