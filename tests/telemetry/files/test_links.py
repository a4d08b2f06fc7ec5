"""Tests of `peaktrade_ops.telemetry.files.links`."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from peaktrade_ops.telemetry.files import links
from peaktrade_ops.telemetry.files.names import Claim, claim_of
from peaktrade_ops.telemetry.files.patterns import Patterns
from tests.support.scanning import search_for
from tests.support.searching import find, is_complete, paths_of, reasons_of, write

if TYPE_CHECKING:
    from pathlib import Path


def fill(root: Path, *paths: str) -> None:
    """Write files of two events with a time by their relative paths."""
    write(root, *paths)
    for path in paths:
        (root / path).write_bytes(b'{"ts":"2025-12-19T12:00:00Z"}\n' * 2)


@pytest.mark.parametrize("target", ["alerts.jsonl", "x/../alerts.jsonl", "link2.jsonl"])
def test_a_link_to_a_scanned_file_counts_once(root: Path, target: str) -> None:
    """The target of a link inside the root is scanned under its own name only."""
    write(root, "alerts.jsonl", "x/y.txt")
    (root / "link2.jsonl").symlink_to("alerts.jsonl")
    (root / "link-alerts.jsonl").symlink_to(target)

    assert paths_of(find(root)) == ["alerts.jsonl"]
    assert reasons_of(find(root)) == {}
    assert find(root).candidates == 1


def test_a_link_to_a_scanned_folder_counts_once(root: Path) -> None:
    """A folder of telemetry that is linked is scanned under its own name only."""
    write(root, "alerts/a.jsonl", "alerts/deep/b.jsonl", "alerts/readme.md")
    (root / "current").symlink_to("alerts")
    (root / "alerts" / "deep" / "again").symlink_to("../../alerts")

    assert paths_of(find(root)) == ["alerts/a.jsonl", "alerts/deep/b.jsonl"]
    assert reasons_of(find(root)) == {}


@pytest.mark.parametrize("step", ["directly", "through a link"])
@pytest.mark.parametrize("target", ["../root/alerts.jsonl", "x/../../root", "/alerts.jsonl"])
def test_a_link_that_comes_back_through_the_outside_leaves_the_root(
    root: Path, target: str, step: str
) -> None:
    """A link through the outside leaves the root, even if its target is inside."""
    write(root, "alerts.jsonl", "x/y.txt")
    target = f"{root.resolve()}{target}" if target.startswith("/") else target
    (root / "step").symlink_to(target)
    (root / "link").symlink_to("step" if step == "through a link" else target)

    assert paths_of(find(root)) == ["alerts.jsonl"]
    assert reasons_of(find(root)) == dict.fromkeys(["link", "step"], "link leaves the root")


def test_the_name_of_the_root_has_no_effect(tmp_path: Path) -> None:
    """A root that is mounted under the name of its neighbour has the same result as before."""
    write(tmp_path, "telemetry/alerts.jsonl", "tele/alerts.jsonl")
    (tmp_path / "tele" / "more").symlink_to("../telemetry")
    (tmp_path / "telemetry" / "more").symlink_to("../telemetry")

    assert find(tmp_path / "telemetry").left_out == find(tmp_path / "tele").left_out
    assert reasons_of(find(tmp_path / "tele")) == {"more": "link leaves the root"}


def test_loops_of_links_end(root: Path) -> None:
    """A search ends in spite of loops of links."""
    write(root, "x/alerts.jsonl")
    (root / "x" / "up").symlink_to("..")
    (root / "self").symlink_to("self")
    (root / "here").symlink_to(".")

    assert paths_of(find(root)) == ["x/alerts.jsonl"]
    assert reasons_of(find(root)) == {}


@pytest.mark.parametrize("target", ["missing.jsonl", "alerts.jsonl", "x/missing"])
def test_a_candidate_that_links_to_nothing_is_reported(root: Path, target: str) -> None:
    """A link with the name of telemetry that leads nowhere, or to itself, is reported."""
    (root / "alerts.jsonl").symlink_to(target)
    (root / "other").symlink_to("missing")
    found = find(root)

    assert found.sources == []
    assert reasons_of(found) == {"alerts.jsonl": "link to a file that is not scanned"}
    assert not is_complete(found)


def test_a_link_to_a_file_that_is_not_scanned_is_reported(root: Path) -> None:
    """A candidate is reported if its target is not scanned under its own name."""
    write(root, "data.log", "jobs/x.jsonl")
    (root / "alerts.jsonl").symlink_to("data.log")
    (root / "telemetry").symlink_to("jobs")
    (root / "data2.log").symlink_to("data.log")
    found = find(root)

    assert found.sources == []
    assert reasons_of(found) == {
        "alerts.jsonl": "link to a file that is not scanned",
        "telemetry": "link to a file that is not scanned",
    }
    assert not is_complete(found)


@pytest.mark.parametrize("closed", [".venv", ".venv/obs", ".venv/obs/deep"])
def test_a_link_to_what_may_not_be_examined_is_reported(
    unprivileged: int, root: Path, closed: str
) -> None:
    """A link to a target without permission is reported as incomplete coverage."""
    assert unprivileged
    write(root, "alerts.jsonl", ".venv/obs/deep/alerts.jsonl")
    (root / "obs").symlink_to(".venv/obs")
    (root / closed).chmod(0)
    try:
        found = find(root)
    finally:
        (root / closed).chmod(0o755)

    assert paths_of(found) == ["alerts.jsonl"]
    assert reasons_of(found) == {".venv": "ignored", "obs": "link to a file that is not scanned"}
    assert not is_complete(found)


@pytest.mark.parametrize("target", ["../../real/alerts.jsonl", "../../real", "/nowhere", "x"])
def test_a_link_behind_a_link_is_reported(root: Path, target: str) -> None:
    """The walk does not meet the links in a folder that is not entered but linked."""
    write(root, "telemetry.jsonl", "real/alerts.log", ".venv/obs/readme.md")
    (root / "obs").symlink_to(".venv/obs")
    (root / ".venv" / "obs" / "more").symlink_to(target)

    assert reasons_of(find(root)) == {
        ".venv": "ignored",
        "obs": "link to a file that is not scanned",
    }


@pytest.mark.parametrize("link", ["events/app.jsonl", "events/current", "x/app.jsonl"])
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("store/app.jsonl", "path not selected"),
        ("store/app.jsonl.old", "name not recognised"),
        ("store/app.jsonl.zip", "archive"),
        ("store/app.jsonl.lz4", "compression not supported"),
        ("store/app.log", "not named as JSON lines"),
        ("store/app.jsonl.idx", "not data"),
    ],
)
def test_a_link_to_what_is_left_out_without_an_effect_is_reported(
    root: Path, link: str, target: str, reason: str
) -> None:
    """An old target hides nothing by its own entry; the link asks for a scan all the same."""
    fill(root, target, "events/x.jsonl", "x/readme.md")
    (root / link).symlink_to(f"../{target}")

    assert reasons_of(find(root)) == {target: reason, link: "link to a file that is not scanned"}


def test_a_link_to_what_is_ignored_or_no_file_is_not_reported_twice(root: Path) -> None:
    """A target that the operator ignores, or that holds nothing, has its own entry."""
    write(root, "alerts/b.jsonl")
    os.mkfifo(root / "alerts" / "a.jsonl")
    (root / "a-alerts.jsonl").symlink_to("alerts/a.jsonl")
    (root / "b-alerts.jsonl").symlink_to("alerts/b.jsonl")
    found = find(root, search_for(ignore=Patterns(["alerts/b.jsonl"])))

    assert reasons_of(found) == {
        "alerts/a.jsonl": "not a regular file",
        "alerts/b.jsonl": "ignored",
    }


def test_a_link_to_another_name_of_a_scanned_file_is_not_reported(root: Path) -> None:
    """Its events are counted, whatever its own name is."""
    fill(root, "events/a.jsonl", "store/readme.md")
    (root / "store/app.jsonl").hardlink_to(root / "events/a.jsonl")
    (root / "events/app.jsonl").symlink_to("../store/app.jsonl")

    assert reasons_of(find(root)) == {"store/app.jsonl": "the same file"}


@pytest.mark.parametrize(
    ("link", "listed"),
    [("alerts", True), ("data", False), ("data/events", True), ("in", True)],
)
def test_a_link_to_a_folder_of_files_that_are_left_out_is_judged_by_its_path(
    root: Path, link: str, *, listed: bool
) -> None:
    """It is listed if a copy in its place would be scanned, not if it would be left out as well."""
    fill(root, "store/in/app.jsonl", "store/a.jsonl.zip")
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to("../store" if "/" in link else "store")
    found = find(root, search_for(include=Patterns(["in/*.zip"])))

    assert reasons_of(found) == {
        "store/a.jsonl.zip": "archive",
        "store/in/app.jsonl": "path not selected",
        **({link: "link to a file that is not scanned"} if listed else {}),
    }


def test_a_link_to_a_folder_of_telemetry_says_nothing_of_its_old_archives(root: Path) -> None:
    """They are listed under their own names, and would be left out below the link as well."""
    write(root, "alerts/a.jsonl", "alerts/a.zip", "alerts/b.jsonl.old", "alerts/c.jsonl.idx")
    (root / "current-alerts").symlink_to("alerts")

    assert reasons_of(find(root)) == {
        "alerts/a.zip": "archive",
        "alerts/b.jsonl.old": "name not recognised",
        "alerts/c.jsonl.idx": "not data",
    }


@pytest.mark.parametrize("target", ["outside/alerts.jsonl", "outside", "missing", "outside/x.md"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_link_that_leaves_the_root_is_reported(
    root: Path, target: str, *, absolute: bool
) -> None:
    """Files outside of the root are not scanned, and a container cannot examine them."""
    write(root.parent, "outside/alerts.jsonl", "outside/x.md")
    (root / "link").symlink_to(root.parent / target if absolute else f"../{target}")
    found = find(root)

    assert found.sources == []
    assert reasons_of(found) == {"link": "link leaves the root"}
    assert not is_complete(found)


def test_a_sibling_whose_name_begins_alike_is_outside(root: Path) -> None:
    """A sibling folder whose name begins like the root is outside."""
    write(root.parent, "root2/alerts.jsonl")
    (root / "link").symlink_to("../root2")

    assert reasons_of(find(root)) == {"link": "link leaves the root"}


def test_links_below_a_linked_folder_are_judged_under_their_own_names(root: Path) -> None:
    """A link in a folder that is linked is reported once, under its own name."""
    write(root, "alerts/a.jsonl")
    (root / "alerts" / "out.jsonl").symlink_to("/nowhere/x.jsonl")
    (root / "current-alerts").symlink_to("alerts")
    write(root, "alerts/.git/alerts.jsonl")

    assert reasons_of(find(root)) == {
        "alerts/.git": "ignored",
        "alerts/out.jsonl": "link leaves the root",
    }


@pytest.mark.parametrize(
    ("link", "listed"),
    [
        ("alerts/current", True),
        ("x/current.jsonl.1.xz", True),
        ("x/included.csv", True),
        ("x/current", False),
        ("x/current.log", False),
    ],
)
def test_a_link_to_a_file_asks_for_a_scan_by_its_name_or_its_path(
    root: Path, link: str, *, listed: bool
) -> None:
    """A link named as telemetry, or in a scanned path, must lead to a file that is scanned."""
    write(root, "data/feed.dat", "alerts/readme.md", "x/readme.md")
    (root / link).symlink_to("../data/feed.dat")
    found = find(root, search_for(include=Patterns(["**/*.csv"])))

    assert reasons_of(found) == ({link: "link to a file that is not scanned"} if listed else {})


@pytest.mark.parametrize(
    ("content", "listed"),
    [("a.jsonl", True), ("a.zip", True), ("a.lz4", True), ("a.log", False), ("a.md", False)],
)
def test_a_link_to_a_folder_is_judged_by_what_is_in_it(
    root: Path, content: str, *, listed: bool
) -> None:
    """A link to a folder is listed if the folder contains a file that would be reported."""
    write(root, f"data/{content}")
    (root / "alerts").symlink_to("data")

    assert reasons_of(find(root)) == (
        {"alerts": "link to a file that is not scanned"} if listed else {}
    )


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
def test_a_link_that_cannot_be_read_is_not_readable(
    root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A link that cannot be read is reported as not readable."""
    write(root, "alerts.jsonl")
    (root / "link").symlink_to("alerts.jsonl")

    def fail(path: str) -> NoReturn:
        raise OSError(code, os.strerror(code), path)

    monkeypatch.setattr(os, "readlink", fail)

    assert reasons_of(find(root)) == {"link": "not readable"}


def test_the_reports_may_be_a_link_that_leaves_the_root(root: Path) -> None:
    """Only folders of tools may be links to anywhere."""
    (root / "reports").symlink_to("/nowhere")
    (root / "venv").symlink_to("/nowhere")

    assert reasons_of(find(root)) == {"reports": "link leaves the root", "venv": "ignored"}


def test_a_path_of_very_many_steps_is_not_readable(root: Path) -> None:
    """Links whose long targets lead through each other are not followed for seconds."""
    (root / "alerts").mkdir()
    steps = "alerts/../" * 250
    for number in range(30):
        (root / f"link{number}").symlink_to(f"{steps}link{number + 1}")
    (root / "link30").symlink_to("alerts")

    assert reasons_of(find(root))["link0"] == "not readable"
    assert "link29" not in reasons_of(find(root))


def test_many_links_to_a_folder_take_no_longer_for_each(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of a folder, and of those inside, are judged once for all links to them."""
    judged = 0

    def counted(path: str) -> Claim:
        nonlocal judged
        judged += 1
        return claim_of(path)

    monkeypatch.setattr(links, "claim_of", counted)
    write(root, *(f"x/y/z/{number}.jsonl" for number in range(50)))
    for number in range(50):
        (root / f"link{number}").symlink_to(f"x{'/y/z'[: number % 3 * 2]}")

    assert reasons_of(find(root)) == {}
    assert 0 < judged <= 2 * 50


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("word", ["folder", "alerts"])
def test_a_link_above_a_folder_of_telemetry_is_judged_by_the_folders_between(
    root: Path, depth: int, word: str
) -> None:
    """A file elsewhere is telemetry below a link if the path has a word behind the link too."""
    write(root, f"x/{word}/z/a.jsonl")
    (root / "link").symlink_to("/".join(["x", word, "z"][: depth + 1]))

    reasons = reasons_of(find(root, search_for(max_depth=3)))
    assert ("link" in reasons) is (word == "alerts" and depth == 0)
