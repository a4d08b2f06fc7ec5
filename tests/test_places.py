"""Test what is said when a place that the user names is not what it should be.

The telemetry root, the reports root, the folder of the reports and the cache: a file, a link that
leads nowhere or in a circle, a folder without permission. Each is one line with what to try.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Program, Workplace

pytestmark = pytest.mark.usefixtures("empty_pages")

DAY = "2025-12-20"
RUN = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "1", "--quiet")
WRITERS = {
    "stage1-run": RUN,
    "stage1-snapshot": ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY),
}
READERS = {
    "stage1-trends": ("stage1-trends", "--date", DAY),
    "verify": ("verify",),
    "render": ("render",),
    "metrics": ("metrics",),
    "decide": ("decide", "--owner", "A. Owner", "--decision", "extend"),
}
LINKS = {
    "dangling": "is a symbolic link that leads nowhere",
    "circle": "is a symbolic link that leads in a circle",
}


@pytest.fixture
def places(workplace: Workplace) -> Path:
    """Make the odd places, and telemetry of a day; return the folder of all."""
    workplace.write("obs/events.jsonl", {"ts": f"{DAY}T12:00:00Z", "type": "heartbeat"})
    folder = workplace.folder
    (folder / "file").touch()
    (folder / "dangling").symlink_to("nowhere")
    (folder / "circle").symlink_to("other")
    (folder / "other").symlink_to("circle")
    (folder / "closed").mkdir(mode=0)
    return folder


def said(program: Program, *arguments: str | Path) -> str:
    """Run the program, which fails with one line; return the line."""
    code, out, err = program(*arguments)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "unexpected" not in err
    return err


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("file", "is not a folder; name single files with --input"),
        ("file/below", "cannot be read: Not a directory"),
        ("dangling", "cannot be read: No such file or directory"),
        ("circle", "cannot be read: Too many levels of symbolic links"),
        ("nowhere", "cannot be read: No such file or directory"),
    ],
)
def test_the_telemetry_root_is_named(program: Program, places: Path, place: str, what: str) -> None:
    """Nothing is written for telemetry that cannot be read."""
    err = said(program, "stage1-run", "--repo", places / place, "--date", DAY, "--quiet")

    assert f"telemetry folder {places / place} {what}" in err
    assert not (places / "repo" / "reports").exists()


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("command", WRITERS)
def test_a_telemetry_root_without_permission_is_named(
    program: Program, places: Path, command: str
) -> None:
    """The message names the user, who may be another one than the operator thinks."""
    _, _, _, *rest = WRITERS[command]
    err = said(program, command, "--repo", places / "closed", *rest)

    assert f"telemetry folder {places / 'closed'} cannot be read: Permission denied" in err
    assert "running as uid" in err


@pytest.mark.parametrize("option", ["--reports-root", "--dir"])
@pytest.mark.parametrize("command", WRITERS | READERS)
@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_place_of_the_reports_is_named(
    program: Program, places: Path, command: str, place: str, option: str
) -> None:
    """The file is left as it is."""
    if command == "stage1-snapshot" and option == "--dir":
        option = "--out-dir"

    err = said(program, *(WRITERS | READERS)[command], option, places / place)

    assert f"{places / 'file'} is a file, not a folder" in err or "is not a folder; check" in err
    assert (places / "file").read_bytes() == b""


@pytest.mark.parametrize("place", LINKS)
@pytest.mark.parametrize("command", WRITERS | READERS)
def test_a_link_in_the_place_of_the_reports_is_named(
    program: Program, places: Path, command: str, place: str
) -> None:
    """The hint is to mend the link, not to change the permissions of nothing."""
    option = "--out-dir" if command == "stage1-snapshot" else "--dir"

    err = said(program, *(WRITERS | READERS)[command], option, places / place)

    assert LINKS[place] in err or f"{place} is missing or is not a folder; check" in err
    assert "make this folder writable" not in err
    assert not (places / "nowhere").exists()


@pytest.mark.parametrize("command", WRITERS | READERS)
def test_a_circle_in_the_place_of_the_reports_root_is_named(
    program: Program, places: Path, command: str
) -> None:
    """A root is resolved before anything is read."""
    err = said(program, *(WRITERS | READERS)[command], "--reports-root", places / "circle")

    assert "circle cannot be resolved; its symbolic links lead in a circle" in err


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("command", WRITERS | READERS)
def test_a_reports_root_without_permission_is_named(
    program: Program, places: Path, command: str
) -> None:
    """The message names the user and the owner."""
    err = said(program, *(WRITERS | READERS)[command], "--reports-root", places / "closed")

    assert f"reports folder {places / 'closed' / 'obs' / 'stage1'} cannot be" in err
    assert "Permission denied (running as uid" in err
    able = "readable" if "cannot be read" in err else "writable"
    assert f"make this folder {able} for this user" in err


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("file", "File exists"),
        ("file/below", "Not a directory"),
        ("dangling", "File exists"),
        ("circle", "File exists"),
        ("circle/below", "Too many levels of symbolic links"),
    ],
)
def test_a_cache_that_cannot_be_used_costs_time_only(
    program: Program, places: Path, place: str, what: str
) -> None:
    """The report is made, and the operator is told why the scan was slow."""
    code, _, err = program(*RUN[:-1], "--cache", places / place)

    assert code == 0
    assert err == (
        f"the cache {places / place} cannot be used, so all bytes were scanned: {what};"
        " name another with --cache, or none with --no-cache\n"
    )


@pytest.mark.usefixtures("unprivileged")
def test_a_cache_without_permission_costs_time_only(program: Program, places: Path) -> None:
    """The same for a cache that another user made."""
    code, _, err = program(*RUN[:-1], "--cache", places / "closed")

    assert code == 0
    assert f"the cache {places / 'closed'} cannot be used, so all bytes were scanned:" in err


def test_a_cache_that_can_be_used_is_not_mentioned(program: Program, places: Path) -> None:
    """The first run makes it, and the second reads it."""
    for _ in range(2):
        assert program(*RUN[:-1], "--cache", places / "cache").err == ""
