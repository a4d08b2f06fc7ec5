"""Tests of `peaktrade_ops.telemetry.files`: the search for files."""

from __future__ import annotations

import os
import random
import shutil
import socket
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.files.inputs import discover_inputs
from peaktrade_ops.telemetry.files.patterns import NOT_ENTERED, Patterns
from peaktrade_ops.telemetry.files.search import Discovery, LeftOut, Search
from peaktrade_ops.telemetry.files.source import shown
from peaktrade_ops.telemetry.files.walk import discover
from peaktrade_ops.window import DAY, EPOCH, Window
from tests.support.scanning import search_for

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 10**9


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make an empty telemetry root."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def write(root: Path, *paths: str) -> None:
    """Write small files by their relative paths."""
    for path in paths:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"{}\n")


def find(root: Path, search: Search | None = None, *, max_files: int = 0) -> Discovery:
    """Find the telemetry below a root."""
    return discover(root, search or search_for(), max_files=max_files)


def find_inputs(*inputs: Path | str, search: Search | None = None) -> Discovery:
    """Find what is named."""
    return discover_inputs([str(given) for given in inputs], search or search_for())


def paths_of(found: Discovery) -> list[str]:
    """Give the paths of the files that are scanned."""
    return [source.path for source in found.sources]


def reasons_of(found: Discovery) -> dict[str, str]:
    """Give the reasons by the paths of what is left out, each of which is there once."""
    reasons = {path: reason for path, reason, *_ in found.left_out}
    assert len(reasons) == len(found.left_out)
    return reasons


def is_complete(found: Discovery) -> bool:
    """Say whether all that is left out is harmless."""
    return all(entry.harmless for entry in found.left_out)


def test_telemetry_is_found_by_name_in_path_order(root: Path) -> None:
    """Files below the root whose relative paths have a keyword are sources, and nothing else is."""
    write(
        root, "telemetry/b.jsonl", "obs/a.ndjson.gz", "alerts.jsonl.1", "jobs/x.jsonl", "event.md"
    )
    found = find(root)

    assert paths_of(found) == ["alerts.jsonl.1", "obs/a.ndjson.gz", "telemetry/b.jsonl"]
    assert found.left_out == []
    assert found.candidates == 3


def test_a_source_says_where_it_is_and_what_it_was(root: Path) -> None:
    """A source has all that is needed to read this very file, and no more of it than there was."""
    write(root, "alerts.jsonl")
    os.utime(root / "alerts.jsonl", ns=(0, 5 * SECOND))
    (source,) = find(root).sources
    status = (root / "alerts.jsonl").stat()

    assert Path(source.location) == root.resolve() / "alerts.jsonl"
    assert (source.device, source.inode) == (status.st_dev, status.st_ino)
    assert (source.size, source.modified_ns) == (3, 5 * SECOND)


@pytest.mark.parametrize("above", ["telemetry", "alerts", "obs"])
def test_keywords_above_the_root_do_not_count(root: Path, above: str) -> None:
    """Only the path below the root decides, wherever the root itself lies."""
    place = root / above / "data"
    write(place, "x.jsonl", "sub/y.jsonl")

    assert find(place) == Discovery()
    assert paths_of(find(root)) == [f"{above}/data/sub/y.jsonl", f"{above}/data/x.jsonl"]


def test_an_empty_root_has_no_telemetry(root: Path) -> None:
    """Nothing is found in nothing, without an error."""
    assert find(root) == Discovery()


def test_a_root_may_be_named_by_a_link_or_relatively(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How the root is named changes nothing of what is found."""
    write(root, "alerts.jsonl")
    link = root.parent / "link"
    link.symlink_to(root)
    monkeypatch.chdir(root)

    assert find(link) == find(root) == find(Path())


def test_the_order_of_the_folder_does_not_show(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever order the file system lists in, the same is found, names that look alike included.

    The two pairs of names are shown alike, because bytes that are no UTF-8 become escapes.
    """
    names = ["b.jsonl", "a.jsonl", "\\xff.jsonl", os.fsdecode(b"\xff.jsonl"), "deep/c.jsonl"]
    write(root / "alerts", *names)
    write(root / "obs\\xff", "a.jsonl")
    write(root / os.fsdecode(b"obs\xff"), "a.jsonl")
    (root / "z.jsonl").symlink_to("/nowhere")
    os.mkfifo(root / "alerts.jsonl")
    expected = find(root)
    scandir = os.scandir

    def shuffled(folder: str | Path) -> Any:  # noqa: ANN401 (what os.scandir gives)
        if isinstance(folder, Path):
            return scandir(folder)
        with scandir(folder) as entries:
            listed = sorted(entries, key=lambda _: order.random())
        return nullcontext(iter(listed))

    monkeypatch.setattr(os, "scandir", shuffled)
    for seed in range(10):
        order = random.Random(seed)  # noqa: S311 (no secret)
        assert find(root) == expected


def test_names_that_are_shown_alike_get_a_number(root: Path) -> None:
    """Each source has a path of its own, and all of them are printable."""
    write(root, "alert\\xff.jsonl", os.fsdecode(b"alert\xff.jsonl"), "alert\\xff.jsonl (2)")
    write(root, "alert\u00fc.jsonl")

    assert paths_of(find(root)) == ["alert\\xff.jsonl", "alert\\xff.jsonl (2)", "alert\u00fc.jsonl"]
    assert len({source.location for source in find(root).sources}) == 3


def test_a_number_does_not_take_the_name_of_another_file(tmp_path: Path) -> None:
    """A file whose own name is that of a numbered one gets a number itself."""
    write(tmp_path, "1/a.jsonl", "2/a.jsonl", "3/a.jsonl (2)")
    found = find_inputs(*(tmp_path / path for path in ("1/a.jsonl", "2/a.jsonl", "3/a.jsonl (2)")))

    assert paths_of(found) == ["a.jsonl", "a.jsonl (2)", "a.jsonl (2) (2)"]


def test_bytes_that_are_no_utf_8_are_shown_as_escapes() -> None:
    """A path from the file system becomes printable, whatever bytes it has."""
    assert shown(os.fsdecode(b"a\xffb\xc3\xbc")) == "a\\xffb\u00fc"


@pytest.mark.parametrize("name", sorted(NOT_ENTERED))
def test_folders_of_tools_are_not_entered(root: Path, name: str) -> None:
    """What tools keep in their folders is no telemetry, at any depth."""
    write(root, f"{name}/alerts.jsonl", f"x/{name}/y/alerts.jsonl", f"{name}x/alerts.jsonl")

    assert paths_of(find(root)) == [f"{name}x/alerts.jsonl"]
    assert reasons_of(find(root)) == {}


def test_a_file_with_the_name_of_a_folder_of_tools_is_only_a_file(root: Path) -> None:
    """Only folders are not entered."""
    write(root, ".git", "reports")

    assert find(root) == Discovery()


def test_a_link_in_the_place_of_a_folder_that_is_not_entered_is_left_alone(root: Path) -> None:
    """A virtual environment or a reports folder may be a link to elsewhere."""
    (root / ".venv").symlink_to("/")
    (root / "reports").symlink_to("/")

    assert find(root) == Discovery()


def test_reports_are_not_entered(root: Path) -> None:
    """`reports` directly below the root is passed over; deeper folders of that name are not."""
    write(root, "reports/obs/a.jsonl", "x/reports/obs/a.jsonl")

    assert paths_of(find(root)) == ["x/reports/obs/a.jsonl"]
    assert reasons_of(find(root)) == {}


def test_the_reports_root_is_not_entered_whatever_its_name(root: Path) -> None:
    """The folder that the reports go to is known by what it is."""
    write(root, "out/obs/a.jsonl", "other/obs/a.jsonl")
    status = (root / "out").stat()
    search = search_for(closed=frozenset({(status.st_dev, status.st_ino)}))

    assert paths_of(find(root, search)) == ["other/obs/a.jsonl"]


def test_files_below_the_greatest_depth_are_too_deep(root: Path) -> None:
    """A path has at most that many parts; deeper candidates are reported, other files are not."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "alerts/x/a.jsonl", "alerts/x/y/z/readme.md")
    found = find(root, search_for(max_depth=2))

    assert paths_of(found) == ["alerts.jsonl", "alerts/a.jsonl"]
    assert reasons_of(found) == {"alerts/x/a.jsonl": "too deep"}
    assert found.candidates == 3
    assert not is_complete(found)


@pytest.mark.usefixtures("time_limit")
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
def test_what_is_no_regular_file_is_left_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A pipe or a socket with the name of telemetry is reported and never opened."""
    place = root / "alerts.jsonl"
    with socket.socket(socket.AF_UNIX) as end:
        if kind == "pipe":
            os.mkfifo(place)
        elif kind == "socket":
            monkeypatch.chdir(root)
            end.bind("alerts.jsonl")
        else:
            place.mkdir()
        found = find(root)

    assert found.sources == []
    assert reasons_of(found) == ({} if kind == "folder" else {"alerts.jsonl": "not a regular file"})
    assert is_complete(found)


def test_ignored_files_and_folders_are_reported_as_such(root: Path) -> None:
    """What a pattern matches is left out on purpose, which is no harm."""
    write(root, "alerts/a.jsonl", "alerts/b.jsonl", "old/alerts/c.jsonl", "old/alerts/d.jsonl")
    (root / "alerts" / "l.jsonl").symlink_to("/nowhere")
    (root / "link").symlink_to("/nowhere")
    search = search_for(ignore=Patterns(["alerts/b.jsonl", "old", "alerts/l*", "link"]))
    found = find(root, search)

    assert paths_of(found) == ["alerts/a.jsonl"]
    assert reasons_of(found) == dict.fromkeys(
        ["alerts/b.jsonl", "alerts/l.jsonl", "link", "old"], "ignored"
    )
    assert found.candidates == 3
    assert is_complete(found)


@pytest.mark.parametrize("target", ["alerts.jsonl", "x/../alerts.jsonl", "link2.jsonl"])
def test_a_link_to_a_scanned_file_counts_once(root: Path, target: str) -> None:
    """What a link points to inside the root is scanned under its own name, and only so."""
    write(root, "alerts.jsonl", "x/y.txt")
    (root / "link2.jsonl").symlink_to("alerts.jsonl")
    (root / "link-alerts.jsonl").symlink_to(target)

    assert paths_of(find(root)) == ["alerts.jsonl"]
    assert reasons_of(find(root)) == {}
    assert find(root).candidates == 1


def test_a_link_to_a_scanned_folder_counts_once(root: Path) -> None:
    """A folder of telemetry that is linked is scanned under its own name."""
    write(root, "alerts/a.jsonl", "alerts/deep/b.jsonl", "alerts/readme.md")
    (root / "current").symlink_to("alerts")
    (root / "alerts" / "deep" / "again").symlink_to("../../alerts")

    assert paths_of(find(root)) == ["alerts/a.jsonl", "alerts/deep/b.jsonl"]
    assert reasons_of(find(root)) == {}


@pytest.mark.parametrize("where", ["at once", "on the way"])
@pytest.mark.parametrize("target", ["../root/alerts.jsonl", "x/../../root", "/alerts.jsonl"])
def test_a_link_that_comes_back_through_the_outside_leaves_the_root(
    root: Path, target: str, where: str
) -> None:
    """Whether it comes back depends on where the root is mounted, which must not show."""
    write(root, "alerts.jsonl", "x/y.txt")
    place = f"{root.resolve()}{target}" if target.startswith("/") else target
    (root / "step").symlink_to(place)
    (root / "link").symlink_to("step" if where == "on the way" else place)

    assert paths_of(find(root)) == ["alerts.jsonl"]
    assert reasons_of(find(root)) == dict.fromkeys(["link", "step"], "link leaves the root")


def test_the_name_of_the_root_decides_nothing(tmp_path: Path) -> None:
    """A root that is mounted under the name of its neighbour is judged as it was before."""
    write(tmp_path, "telemetry/alerts.jsonl", "tele/alerts.jsonl")
    (tmp_path / "tele" / "more").symlink_to("../telemetry")
    (tmp_path / "telemetry" / "more").symlink_to("../telemetry")

    assert find(tmp_path / "telemetry").left_out == find(tmp_path / "tele").left_out
    assert reasons_of(find(tmp_path / "tele")) == {"more": "link leaves the root"}


def test_loops_of_links_end(root: Path) -> None:
    """Folders that lead back to themselves are harmless."""
    write(root, "x/alerts.jsonl")
    (root / "x" / "up").symlink_to("..")
    (root / "self").symlink_to("self")
    (root / "here").symlink_to(".")

    assert paths_of(find(root)) == ["x/alerts.jsonl"]
    assert reasons_of(find(root)) == {}


@pytest.mark.parametrize("target", ["missing.jsonl", "alerts.jsonl", "x/missing"])
def test_a_candidate_that_links_to_nothing_is_reported(root: Path, target: str) -> None:
    """A link with the name of telemetry that leads nowhere, or to itself, is not silent."""
    (root / "alerts.jsonl").symlink_to(target)
    (root / "other").symlink_to("missing")
    found = find(root)

    assert found.sources == []
    assert reasons_of(found) == {"alerts.jsonl": "link to a file that is not scanned"}
    assert not is_complete(found)


def test_a_link_to_a_file_that_is_not_scanned_is_reported(root: Path) -> None:
    """A candidate whose target would not be scanned under its own name is not lost silently."""
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
def test_a_link_to_what_may_not_be_looked_at_is_reported(
    unprivileged: int, root: Path, closed: str
) -> None:
    """Another user finds telemetry there, so this one must not call the coverage complete."""
    assert unprivileged
    write(root, "alerts.jsonl", ".venv/obs/deep/alerts.jsonl")
    (root / "obs").symlink_to(".venv/obs")
    (root / closed).chmod(0)
    try:
        found = find(root)
    finally:
        (root / closed).chmod(0o755)

    assert paths_of(found) == ["alerts.jsonl"]
    assert reasons_of(found) == {"obs": "link to a file that is not scanned"}
    assert not is_complete(found)


@pytest.mark.parametrize("target", ["../../real/alerts.jsonl", "../../real", "/nowhere", "x"])
def test_a_link_behind_a_link_is_not_passed_over(root: Path, target: str) -> None:
    """Where a folder that is not entered is linked, nobody else has met the links in it."""
    write(root, "telemetry.jsonl", "real/alerts.log", ".venv/obs/readme.md")
    (root / "obs").symlink_to(".venv/obs")
    (root / ".venv" / "obs" / "more").symlink_to(target)

    assert reasons_of(find(root)) == {"obs": "link to a file that is not scanned"}


def test_a_link_to_what_is_left_out_already_is_not_reported_twice(root: Path) -> None:
    """A target that is too deep or ignored has its own entry."""
    write(root, "alerts/x/a.jsonl", "alerts/b.jsonl")
    (root / "deep-alerts.jsonl").symlink_to("alerts/x/a.jsonl")
    (root / "b-alerts.jsonl").symlink_to("alerts/b.jsonl")
    found = find(root, search_for(max_depth=2, ignore=Patterns(["alerts/b.jsonl"])))

    assert reasons_of(found) == {"alerts/b.jsonl": "ignored", "alerts/x/a.jsonl": "too deep"}


@pytest.mark.parametrize("target", ["outside/alerts.jsonl", "outside", "missing", "outside/x.md"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_link_that_leaves_the_root_is_reported(
    root: Path, target: str, *, absolute: bool
) -> None:
    """What lies outside is not scanned, and cannot be told from inside a container either."""
    write(root.parent, "outside/alerts.jsonl", "outside/x.md")
    (root / "link").symlink_to(root.parent / target if absolute else f"../{target}")
    found = find(root)

    assert found.sources == []
    assert reasons_of(found) == {"link": "link leaves the root"}
    assert not is_complete(found)


def test_a_sibling_whose_name_begins_alike_is_outside(root: Path) -> None:
    """Only what lies below the root is inside of it."""
    write(root.parent, "root2/alerts.jsonl")
    (root / "link").symlink_to("../root2")

    assert reasons_of(find(root)) == {"link": "link leaves the root"}


def test_links_below_a_linked_folder_are_judged_under_their_own_names(root: Path) -> None:
    """A link in a folder that is linked is met there, once."""
    write(root, "alerts/a.jsonl")
    (root / "alerts" / "out.jsonl").symlink_to("/nowhere/x.jsonl")
    (root / "current-alerts").symlink_to("alerts")
    write(root, "alerts/.git/alerts.jsonl")

    assert reasons_of(find(root)) == {"alerts/out.jsonl": "link leaves the root"}


@pytest.mark.parametrize(
    ("max_files", "scanned", "harmful"),
    [
        (0, ["alerts/1", "alerts/2", "alerts/3", "alerts/4"], []),
        (1, ["alerts/3"], ["alerts/2", "alerts/4"]),
        (2, ["alerts/2", "alerts/3"], ["alerts/4"]),
        (3, ["alerts/2", "alerts/3", "alerts/4"], []),
        (4, ["alerts/1", "alerts/2", "alerts/3", "alerts/4"], []),
    ],
)
def test_only_the_newest_files_are_scanned(
    root: Path, max_files: int, scanned: list[str], harmful: list[str]
) -> None:
    """The newest by modification time and then by path; older than the window is no harm."""
    for name, seconds in (("1", 99), ("2", 100), ("3", 200), ("4", 100)):
        write(root, f"alerts/{name}.jsonl")
        os.utime(root / f"alerts/{name}.jsonl", ns=(0, seconds * SECOND))
    found = find(root, max_files=max_files)

    assert paths_of(found) == [f"{path}.jsonl" for path in scanned]
    assert found.candidates == 4
    assert set(reasons_of(found).values()) <= {"over --max-files"}
    assert len(found.left_out) == 4 - len(scanned)
    start = EPOCH + timedelta(seconds=100)
    window = Window(start + DAY, start.date())
    assert [entry.path for entry in found.left_out if not entry.is_harmless(window)] == [
        f"{path}.jsonl" for path in harmful
    ]


@pytest.mark.parametrize(
    ("reason", "harmless"),
    [
        ("not a regular file", True),
        ("ignored", True),
        ("too deep", False),
        ("vanished", False),
        ("folder not readable", False),
        ("link leaves the root", False),
        ("link to a file that is not scanned", False),
    ],
)
def test_events_may_be_missing_for_every_reason_but_two(reason: str, *, harmless: bool) -> None:
    """What is no regular file, and what is ignored, is harmless; nothing else is."""
    found = Discovery()
    found.leave_out("a", reason)

    assert found.left_out == [LeftOut("a", reason, harmless)]


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_may_not_be_read_is_reported(root: Path) -> None:
    """A folder without permission hides telemetry, perhaps, and is not silent."""
    write(root, "alerts/a.jsonl", "closed/alerts.jsonl", "closed/sub/alerts.jsonl")
    (root / "closed").chmod(0)
    found = find(root)
    (root / "closed").chmod(0o755)

    assert paths_of(found) == ["alerts/a.jsonl"]
    assert reasons_of(found) == {"closed": "folder not readable"}
    assert not is_complete(found)


@pytest.mark.usefixtures("unprivileged")
def test_files_of_a_folder_that_may_only_be_listed_are_not_readable(root: Path) -> None:
    """Names without the right to look at the files are candidates that cannot be read."""
    write(root, "alerts/a.jsonl", "alerts/sub/b.jsonl")
    (root / "alerts").chmod(0o444)
    found = find(root)
    (root / "alerts").chmod(0o755)

    assert found.sources == []
    assert reasons_of(found) == {
        "alerts/a.jsonl": "not readable",
        "alerts/sub": "folder not readable",
    }
    assert not is_complete(found)


def after_listing(
    monkeypatch: pytest.MonkeyPatch, folder: Path, happens: Callable[[], object]
) -> None:
    """Let something happen right after a folder was listed."""
    scandir = os.scandir

    def listing(place: str | Path) -> Any:  # noqa: ANN401 (what os.scandir gives)
        if place != str(folder.resolve()):
            return scandir(place)
        with scandir(place) as entries:
            listed = list(entries)
        happens()
        return nullcontext(iter(listed))

    monkeypatch.setattr(os, "scandir", listing)


def test_what_vanishes_during_the_search_is_reported(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or a folder that was listed and then went away has vanished."""
    write(root, "alerts.jsonl", "alerts/a.jsonl", "obs/a.jsonl")

    def remove() -> None:
        (root / "alerts.jsonl").unlink()
        shutil.rmtree(root / "alerts")

    after_listing(monkeypatch, root, remove)
    found = find(root)

    assert paths_of(found) == ["obs/a.jsonl"]
    assert reasons_of(found) == {"alerts": "vanished", "alerts.jsonl": "vanished"}
    assert found.candidates == 2
    assert not is_complete(found)


def test_a_missing_root_is_an_error_that_names_it(root: Path) -> None:
    """A root that is not there must not look like one without telemetry."""
    with pytest.raises(TelemetryError, match="No such file or directory") as failure:
        find(root / "missing")

    assert str(root / "missing") in failure.value.message
    assert "--repo" in failure.value.hint
    assert failure.value.exit_code == 1


def test_a_root_that_is_a_file_is_an_error(root: Path) -> None:
    """A single file is named otherwise, and the message says how."""
    write(root, "alerts.jsonl")

    with pytest.raises(TelemetryError, match="is not a folder") as failure:
        find(root / "alerts.jsonl")

    assert "--input" in failure.value.hint


@pytest.mark.usefixtures("unprivileged")
def test_a_root_that_may_not_be_read_is_an_error(root: Path) -> None:
    """Nothing found would be wrong where nothing could be looked at."""
    write(root, "alerts.jsonl")
    root.chmod(0o100)

    with pytest.raises(TelemetryError, match="Permission denied"):
        find(root)

    root.chmod(0o755)


def test_a_named_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    """Names do not matter for what somebody names; it is shown by its file name."""
    write(tmp_path, "some/where/data.log")
    found = find_inputs(tmp_path / "some" / "where" / "data.log")

    assert paths_of(found) == ["data.log"]
    assert found.candidates == 1


def test_a_named_file_may_be_named_relatively(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is one below the current directory."""
    write(tmp_path, "a/b.log")
    monkeypatch.chdir(tmp_path / "a")

    assert paths_of(find_inputs("b.log", "../a/b.log", "./b.log")) == ["b.log"]


def test_a_named_folder_gives_all_its_files(tmp_path: Path) -> None:
    """Exactly what was named is scanned: no file of it is passed over for its name."""
    write(tmp_path, "in/x.jsonl", "in/deep/y.ndjson", "in/readme.md", "in/reports/z.jsonl")
    found = find_inputs(tmp_path / "in")

    assert paths_of(found) == ["deep/y.ndjson", "readme.md", "reports/z.jsonl", "x.jsonl"]
    assert reasons_of(found) == {}
    assert found.candidates == 4
    assert is_complete(found)


def test_a_named_folder_keeps_to_depth_and_patterns(tmp_path: Path) -> None:
    """What is left out of a named folder is reported as elsewhere."""
    write(tmp_path, "in/x.jsonl", "in/a/b/y.jsonl", "in/z.jsonl")
    found = find_inputs(
        f"{tmp_path}/in/", search=search_for(max_depth=2, ignore=Patterns(["z.jsonl"]))
    )

    assert paths_of(found) == ["x.jsonl"]
    assert reasons_of(found) == {"a/b/y.jsonl": "too deep", "z.jsonl": "ignored"}
    assert found.candidates == 3


def test_a_link_in_a_named_folder_counts_once(tmp_path: Path) -> None:
    """What a link of a named folder points to is scanned under its own name."""
    write(tmp_path, "in/data.log")
    (tmp_path / "in" / "current.jsonl").symlink_to("data.log")
    found = find_inputs(tmp_path / "in")

    assert paths_of(found) == ["data.log"]
    assert is_complete(found)


def test_a_glob_gives_its_matches_relative_to_its_fixed_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the glob matches is scanned whatever its name, hidden files too."""
    write(tmp_path, "in/a/x.log", "in/b/x.log", "in/b/.y.log", "in/c/z.txt")
    expected = ["a/x.log", "b/.y.log", "b/x.log"]

    assert paths_of(find_inputs(f"{tmp_path}/in/*/*.log")) == expected
    assert paths_of(find_inputs(f"{tmp_path}/in/**/*.log")) == expected
    monkeypatch.chdir(tmp_path / "in")
    assert paths_of(find_inputs("*/*.log")) == expected
    assert paths_of(find_inputs("?/[xy].log")) == ["a/x.log", "b/x.log"]


def test_a_glob_may_go_on_with_fixed_parts(tmp_path: Path) -> None:
    """Folders that lack the fixed part are passed over, and links among them are followed."""
    write(tmp_path, "in/a/x/f.log", "in/b/y/f.log", "in/c/x/f.log", "in/d.log")
    (tmp_path / "in" / "link").symlink_to("b")

    assert paths_of(find_inputs(f"{tmp_path}/in/*/x/f.log")) == ["a/x/f.log", "c/x/f.log"]
    assert paths_of(find_inputs(f"{tmp_path}/in/l*/y/*")) == ["link/y/f.log"]


def test_a_glob_reports_a_link_to_a_folder_that_may_not_be_looked_at(
    unprivileged: int, tmp_path: Path
) -> None:
    """Another user would match files there, so this one must not call the coverage complete."""
    assert unprivileged
    write(tmp_path, "in/a/x.log", "private/deep/x.log")
    (tmp_path / "in" / "link").symlink_to("../private/deep")
    (tmp_path / "private").chmod(0)
    try:
        found = find_inputs(f"{tmp_path}/in/*/x.log")
    finally:
        (tmp_path / "private").chmod(0o755)

    assert paths_of(found) == ["a/x.log"]
    assert reasons_of(found) == {"link": "folder not readable"}
    assert not is_complete(found)


@pytest.mark.parametrize("glob", ["*/x.log", "**/x.log", "*/*.log", "*/**/x.log"])
def test_a_glob_ends_at_links_that_lead_in_a_circle(tmp_path: Path, glob: str) -> None:
    """Links to themselves, and to folders above, are no error."""
    write(tmp_path, "in/a/x.log")
    (tmp_path / "in" / "loop").symlink_to("loop")
    (tmp_path / "in" / "a" / "up").symlink_to("..")
    (tmp_path / "in" / "dangling").symlink_to("nowhere")

    assert paths_of(find_inputs(f"{tmp_path}/in/{glob}")) == ["a/x.log"]


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("glob", ["*/x.log", "**/x.log"])
def test_a_folder_that_a_glob_may_not_read_is_reported(root: Path, glob: str) -> None:
    """What a glob cannot look into is not silent, and no absolute path is shown for it."""
    write(root, "in/open/x.log", "in/closed/x.log")
    (root / "in" / "closed").chmod(0o000)
    found = find_inputs(f"{root}/in/{glob}")
    (root / "in" / "closed").chmod(0o755)

    assert paths_of(found) == ["open/x.log"]
    assert reasons_of(found) == {"closed": "folder not readable"}
    assert not is_complete(found)


def test_a_glob_may_match_folders(tmp_path: Path) -> None:
    """A folder that matches is searched like one that is named."""
    write(tmp_path, "in1/x.jsonl", "in2/y.jsonl")

    assert paths_of(find_inputs(f"{tmp_path}/in*")) == ["x.jsonl", "y.jsonl"]


def test_a_path_that_exists_is_no_glob(tmp_path: Path) -> None:
    """A file whose name has the marks of a glob can be named."""
    write(tmp_path, "a[1].log", "a1.log")

    assert paths_of(find_inputs(tmp_path / "a[1].log")) == ["a[1].log"]


def test_what_is_named_twice_is_scanned_once(tmp_path: Path) -> None:
    """Files, folders, globs and links that overlap give each file once."""
    write(tmp_path, "in/x.jsonl", "in/deep/y.jsonl")
    (tmp_path / "link").symlink_to("in/x.jsonl")
    found = find_inputs(
        tmp_path / "in",
        tmp_path / "in" / "x.jsonl",
        tmp_path / "in" / "deep",
        tmp_path / "link",
        f"{tmp_path}/in/*.jsonl",
    )

    assert paths_of(found) == ["deep/y.jsonl", "x.jsonl"]
    assert found.candidates == 2


def test_a_folder_that_is_named_twice_is_reported_once(tmp_path: Path) -> None:
    """What is left out of a folder is counted and listed once, however the folder is named."""
    write(tmp_path, "in/x.jsonl", "in/a/b/y.jsonl", "in/readme.md")
    (tmp_path / "link").symlink_to("in")
    once = find_inputs(tmp_path / "in", search=search_for(max_depth=2))
    twice = find_inputs(
        tmp_path / "in", f"{tmp_path}/in/", tmp_path / "link", search=search_for(max_depth=2)
    )

    assert twice == once
    assert once.candidates == 3


def test_different_files_of_the_same_name_have_different_paths(tmp_path: Path) -> None:
    """Files that are shown by name get a number, in the order in which they are named."""
    write(tmp_path, "b/x.log", "a/x.log")
    found = find_inputs(tmp_path / "b" / "x.log", tmp_path / "a" / "x.log")

    assert [(source.path, Path(source.location).parent.name) for source in found.sources] == [
        ("x.log", "b"),
        ("x.log (2)", "a"),
    ]


def test_a_named_link_is_followed(tmp_path: Path) -> None:
    """Somebody who names a link means what it points to, and sees the name that was given."""
    write(tmp_path, "store/data.log", "store/deep/x.jsonl")
    (tmp_path / "current.log").symlink_to("store/data.log")
    (tmp_path / "folder").symlink_to("store/deep")
    found = find_inputs(tmp_path / "current.log", tmp_path / "folder")

    assert paths_of(found) == ["current.log", "x.jsonl"]
    assert found.sources[0].location == str((tmp_path / "store" / "data.log").resolve())


def test_a_file_outside_of_the_fixed_part_is_shown_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path that is shown leads upward."""
    write(tmp_path, "a/x.log", "b/c/d.txt")
    monkeypatch.chdir(tmp_path / "b")

    assert paths_of(find_inputs("*/../../a/x.log")) == ["x.log"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("missing.jsonl", "no such file"),
        ("*.jsonl", "the glob has no match"),
        ("missing/**", "the glob has no match"),
        ("dangling", "No such file or directory"),
        ("loop", "symbolic links"),
        ("pipe", "is not a regular file"),
    ],
)
@pytest.mark.usefixtures("time_limit")
def test_what_cannot_be_used_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, message: str
) -> None:
    """What somebody names must be there and readable; a mistake is never an empty report."""
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(TelemetryError, match=message) as failure:
        find_inputs(given)

    assert f"--input {given}" in failure.value.message


@pytest.mark.parametrize("name", ["file", "folder"])
@pytest.mark.usefixtures("unprivileged")
def test_a_named_path_that_may_not_be_read_is_an_error(root: Path, name: str) -> None:
    """A file or folder that was named and may not be read is not merely left out."""
    write(root, "file", "folder/x.jsonl")
    (root / name).chmod(0)

    with pytest.raises(TelemetryError, match="Permission denied"):
        find_inputs(root / name)

    (root / name).chmod(0o755)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_a_glob_cannot_read_is_left_out_aloud(tmp_path: Path) -> None:
    """What a glob could not look into may hold what it asks for: coverage is incomplete."""
    write(tmp_path, "in/a/events.jsonl", "in/b/events.jsonl")
    (tmp_path / "in" / "b").chmod(0)
    try:
        found = find_inputs(f"{tmp_path}/in/*/*.jsonl")
    finally:
        (tmp_path / "in" / "b").chmod(0o700)

    assert paths_of(found) == ["a/events.jsonl"]
    assert [item.reason for item in found.left_out] == ["folder not readable"]
    assert not is_complete(found)
