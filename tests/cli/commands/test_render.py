"""`render`: the Markdown and the pages of a folder again from its JSON, by the program itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.helpers import DAY, HEARTBEAT, one_line
from tests.support.program import tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Program, Workplace


@pytest.fixture
def made(program: Program, workplace: Workplace) -> dict[str, bytes]:
    """Make the reports of three days, and return the files of their folder."""
    workplace.write("obs/events.jsonl", HEARTBEAT)
    span = ("--date", DAY, "--days", "3")
    assert program("stage1-run", "--repo", "../telemetry", *span).code == 0
    return tree(workplace.reports)


def without_views(folder: Path) -> None:
    """Remove all files of a folder except JSON."""
    for path in folder.iterdir():
        if path.suffix != ".json":
            path.unlink()


def test_views_are_made_again_to_the_byte(
    program: Program, workplace: Workplace, made: dict[str, bytes]
) -> None:
    """Views are rendered from JSON alone; a complete folder does not change."""
    assert program("render").code == 0
    assert tree(workplace.reports) == made
    without_views(workplace.reports)

    outcome = program("render")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"rendered 9 files in {workplace.reports}\n"
    assert tree(workplace.reports) == made
    assert program("verify").code == 0


def test_reports_of_an_earlier_version_get_pages(
    program: Program, workplace: Workplace, made: dict[str, bytes]
) -> None:
    """The reports of an earlier version get all their pages; missing pages are not a mismatch."""
    for path in workplace.reports.glob("*.html"):
        path.unlink()
    index = json.loads(made["index.json"])
    index["entries"] = [e for e in index["entries"] if not e["path"].endswith(".html")]
    (workplace.reports / "index.json").write_text(json.dumps(index))
    assert program("verify").code == 0

    outcome = program("render", "--format", "json")

    assert json.loads(outcome.out) == {
        "written": sorted(name for name in made if not name.endswith(".json")),
        "unreadable": {},
    }
    assert tree(workplace.reports) == made


@pytest.mark.parametrize("name", [f"{DAY}_summary.json", "stage1_trend.json"])
def test_what_cannot_be_read_is_named_and_the_rest_is_rendered(
    program: Program, workplace: Workplace, made: dict[str, bytes], name: str
) -> None:
    """An unreadable file is reported in one line, and its page says that it is unreadable."""
    (workplace.reports / name).write_text("{")
    (workplace.reports / "2025-12-19_snapshot.html").unlink()

    outcome = program("render")

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith(f"peaktrade-ops: {workplace.reports / name} cannot be rendered: ")
    assert outcome.err.endswith("; restore it, or make the report again\n")
    now = tree(workplace.reports)
    assert now.keys() == made.keys()
    assert now[name] == b"{"
    assert now["2025-12-19_snapshot.md"] == made["2025-12-19_snapshot.md"]
    assert (b"Unreadable" in now[f"{DAY}_snapshot.html"]) == (name != "stage1_trend.json")


def test_a_folder_that_is_missing_is_not_made(program: Program, workplace: Workplace) -> None:
    """A missing folder is an error and is not created."""
    message = one_line(program("render", "--reports-root", "nowhere"))

    assert "nowhere/obs/stage1 is missing or is not a folder" in message
    assert not (workplace.repo / "nowhere").exists()


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, program: Program) -> None:
    """A folder that is not writable is an error of one line, and stays empty."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)

    message = one_line(program("render", "--dir", str(folder)))

    assert "cannot be written" in message
    assert list(folder.iterdir()) == []


def test_an_empty_folder_gets_a_calendar(program: Program, workplace: Workplace) -> None:
    """An empty folder gets a calendar, and a trend page without a verdict."""
    workplace.reports.mkdir(parents=True)

    assert program("render").code == 0
    assert {*tree(workplace.reports)} == {"index.html", "index.json", "stage1_trend.html"}
    assert program("verify").code == 0


@pytest.mark.parametrize("name", ["index.html", "hosts", "index.json", "2025-13-01_summary.json"])
def test_a_folder_of_something_else_is_left_alone(
    program: Program, workplace: Workplace, name: str
) -> None:
    """A page in it may be that of a site, and an index that of another program."""
    folder = workplace.repo / "site"
    folder.mkdir()
    (folder / name).write_text("[]")

    message = one_line(program("render", "--dir", str(folder)))

    assert f"{folder} is not of reports: it has {name}, but no report; check --rep" in message
    assert tree(folder) == {name: b"[]"}


@pytest.mark.parametrize(
    "name",
    [f"{DAY}_summary.json", f"{DAY}_snapshot.md", "stage1_trend.json", "index.json", ".gitkeep"],
)
@pytest.mark.usefixtures("made")
def test_what_is_left_of_a_folder_is_rendered(
    program: Program, workplace: Workplace, name: str
) -> None:
    """The rest may be lost."""
    (workplace.reports / ".gitkeep").touch()
    (workplace.reports / "notes.txt").touch()
    for path in workplace.reports.iterdir():
        if path.name != name and (path.name != "notes.txt" or name == ".gitkeep"):
            path.unlink()

    program("render")

    assert (workplace.reports / "index.html").exists()
