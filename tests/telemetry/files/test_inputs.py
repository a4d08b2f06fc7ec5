"""Tests of `peaktrade_ops.telemetry.files.inputs`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.files import inputs, local
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.store import Kind
from tests.support.scanning import search_for
from tests.support.searching import find_inputs, is_complete, paths_of, reasons_of, write

ONLY = {".": "only what --input names"}


def test_a_named_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    """A named file needs no name of telemetry; it is shown by its file name."""
    write(tmp_path, "some/where/data.log")
    found = find_inputs(tmp_path / "some" / "where" / "data.log")

    assert paths_of(found) == ["data.log"]
    assert found.candidates == 1


def test_a_named_file_may_be_named_relatively(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is relative to the current directory."""
    write(tmp_path, "a/b.log")
    monkeypatch.chdir(tmp_path / "a")

    assert paths_of(find_inputs("b.log", "../a/b.log", "./b.log")) == ["b.log"]


def test_a_named_folder_gives_all_its_files(tmp_path: Path) -> None:
    """Every file of a named folder is scanned, whatever its name is."""
    write(tmp_path, "in/x.jsonl", "in/deep/y.ndjson", "in/readme.md", "in/reports/z.jsonl")
    found = find_inputs(tmp_path / "in")

    assert paths_of(found) == ["deep/y.ndjson", "readme.md", "reports/z.jsonl", "x.jsonl"]
    assert reasons_of(found) == ONLY
    assert found.candidates == 4


def test_a_named_folder_keeps_to_depth_and_patterns(tmp_path: Path) -> None:
    """A named folder reports what it leaves out, like a telemetry root."""
    write(tmp_path, "in/x.jsonl", "in/a/b/y.jsonl", "in/z.jsonl")
    found = find_inputs(
        f"{tmp_path}/in/", search=search_for(max_depth=2, ignore=Patterns(["z.jsonl"]))
    )

    assert paths_of(found) == ["x.jsonl"]
    assert reasons_of(found) == ONLY | {"a/b": "too deep", "z.jsonl": "ignored"}
    assert found.candidates == 2


def test_a_link_in_a_named_folder_counts_once(tmp_path: Path) -> None:
    """The target of a link in a named folder is scanned under its own name."""
    write(tmp_path, "in/data.log")
    (tmp_path / "in" / "current.jsonl").symlink_to("data.log")
    found = find_inputs(tmp_path / "in")

    assert paths_of(found) == ["data.log"]
    assert reasons_of(found) == ONLY


def test_a_glob_gives_its_matches_relative_to_its_fixed_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every match of the glob is scanned, whatever its name is, hidden files too."""
    write(tmp_path, "in/a/x.log", "in/b/x.log", "in/b/.y.log", "in/c/z.txt")
    expected = ["a/x.log", "b/.y.log", "b/x.log"]

    assert paths_of(find_inputs(f"{tmp_path}/in/*/*.log")) == expected
    assert paths_of(find_inputs(f"{tmp_path}/in/**/*.log")) == expected
    monkeypatch.chdir(tmp_path / "in")
    assert paths_of(find_inputs("*/*.log")) == expected
    assert paths_of(find_inputs("?/[xy].log")) == ["a/x.log", "b/x.log"]


def test_a_glob_may_continue_with_fixed_parts(tmp_path: Path) -> None:
    """Folders without the fixed part have no match, and links to folders are followed."""
    write(tmp_path, "in/a/x/f.log", "in/b/y/f.log", "in/c/x/f.log", "in/d.log")
    (tmp_path / "in" / "link").symlink_to("b")

    assert paths_of(find_inputs(f"{tmp_path}/in/*/x/f.log")) == ["a/x/f.log", "c/x/f.log"]
    assert paths_of(find_inputs(f"{tmp_path}/in/l*/y/*")) == ["link/y/f.log"]


def test_a_glob_reports_a_link_to_a_folder_that_may_not_be_examined(
    unprivileged: int, tmp_path: Path
) -> None:
    """A glob reports a link to a folder without permission as incomplete coverage."""
    assert unprivileged
    write(tmp_path, "in/a/x.log", "private/deep/x.log")
    (tmp_path / "in" / "link").symlink_to("../private/deep")
    (tmp_path / "private").chmod(0)
    try:
        found = find_inputs(f"{tmp_path}/in/*/x.log")
    finally:
        (tmp_path / "private").chmod(0o755)

    assert paths_of(found) == ["a/x.log"]
    assert reasons_of(found) == ONLY | {"link": "folder not readable"}
    assert not is_complete(found)


@pytest.mark.parametrize("glob", ["*/x.log", "**/x.log", "*/*.log", "*/**/x.log"])
def test_a_glob_ends_at_loops_of_links(tmp_path: Path, glob: str) -> None:
    """Links to themselves and to folders above are not an error."""
    write(tmp_path, "in/a/x.log")
    (tmp_path / "in" / "loop").symlink_to("loop")
    (tmp_path / "in" / "a" / "up").symlink_to("..")
    (tmp_path / "in" / "dangling").symlink_to("nowhere")

    assert paths_of(find_inputs(f"{tmp_path}/in/{glob}")) == ["a/x.log"]


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("glob", ["*/x.log", "**/x.log"])
def test_a_folder_that_a_glob_may_not_read_is_reported(root: Path, glob: str) -> None:
    """A folder that a glob cannot list is reported, and not by its absolute path."""
    write(root, "in/open/x.log", "in/closed/x.log")
    (root / "in" / "closed").chmod(0o000)
    found = find_inputs(f"{root}/in/{glob}")
    (root / "in" / "closed").chmod(0o755)

    assert paths_of(found) == ["open/x.log"]
    assert reasons_of(found) == ONLY | {"closed": "folder not readable"}
    assert not is_complete(found)


def test_a_glob_may_match_folders(tmp_path: Path) -> None:
    """A folder that matches is searched like a named folder."""
    write(tmp_path, "in1/x.jsonl", "in2/y.jsonl")

    assert paths_of(find_inputs(f"{tmp_path}/in*")) == ["x.jsonl", "y.jsonl"]


def test_a_path_that_exists_is_no_glob(tmp_path: Path) -> None:
    """A file whose name has special characters of globs can be named."""
    write(tmp_path, "a[1].log", "a1.log")

    assert paths_of(find_inputs(tmp_path / "a[1].log")) == ["a[1].log"]


def test_what_is_named_twice_is_scanned_once(tmp_path: Path) -> None:
    """Files, folders, globs and links may overlap; each file is scanned once."""
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


@pytest.mark.parametrize("names", [("Events.log", "events.log"), ("\u00e4.log", "a\u0308.log")])
def test_a_file_with_two_spellings_is_scanned_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    """File systems of macOS find a file by other spellings of its name; on Linux it is another."""
    write(tmp_path, *names)
    paths = [tmp_path / name for name in names]
    if len(list(tmp_path.iterdir())) == 2:
        assert len(find_inputs(*paths).sources) == 2
        identity_of = local._identity_of  # noqa: SLF001 (no file system here has both)
        one = identity_of(paths[0].stat())
        monkeypatch.setattr(
            local, "_identity_of", lambda status: identity_of(status)._replace(inode=one.inode)
        )
        monkeypatch.setattr(inputs, "_is_listed", lambda location: location == str(paths[0]))

    assert paths_of(find_inputs(*paths)) == [names[0]]


@pytest.mark.parametrize("names", [("a.jsonl", "A.jsonl"), ("A.jsonl", "a.jsonl")])
def test_two_names_of_a_file_that_are_alike_are_both_known(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """A hard link is another name; which one counts does not depend on the order of the options."""
    write(tmp_path, "a.jsonl")
    try:
        (tmp_path / "A.jsonl").hardlink_to(tmp_path / "a.jsonl")
    except FileExistsError:
        pytest.skip("the file system does not tell capitals from small letters")
    found = find_inputs(*(tmp_path / name for name in names))

    assert paths_of(found) == ["A.jsonl"]
    assert found.candidates == 2
    assert reasons_of(found) == ONLY | {"a.jsonl": "the same file"}


def test_a_folder_that_is_named_twice_is_reported_once(tmp_path: Path) -> None:
    """A folder with several names counts and lists what it leaves out once."""
    write(tmp_path, "in/x.jsonl", "in/a/b/y.jsonl", "in/readme.md")
    (tmp_path / "link").symlink_to("in")
    once = find_inputs(tmp_path / "in", search=search_for(max_depth=2))
    twice = find_inputs(
        tmp_path / "in", f"{tmp_path}/in/", tmp_path / "link", search=search_for(max_depth=2)
    )

    assert twice == once
    assert once.candidates == 2


def test_different_files_of_the_same_name_have_different_paths(tmp_path: Path) -> None:
    """Files that are shown alike receive a number, in the order in which they are named."""
    write(tmp_path, "b/x.log", "a/x.log")
    found = find_inputs(tmp_path / "b" / "x.log", tmp_path / "a" / "x.log")

    assert [(source.path, Path(source.location).parent.name) for source in found.sources] == [
        ("x.log", "b"),
        ("x.log (2)", "a"),
    ]
    assert [source.name for source in found.sources] == ["x.log", "x.log"]


def test_a_named_link_is_followed(tmp_path: Path) -> None:
    """The target of a named link is scanned, and shown by the name of the link."""
    write(tmp_path, "store/data.log", "store/deep/x.jsonl")
    (tmp_path / "current.log").symlink_to("store/data.log")
    (tmp_path / "folder").symlink_to("store/deep")
    found = find_inputs(tmp_path / "current.log", tmp_path / "folder")

    assert paths_of(found) == ["current.log", "x.jsonl"]
    assert found.sources[0].location == str((tmp_path / "store" / "data.log").resolve())


def test_a_file_outside_of_the_fixed_part_is_shown_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path that is shown contains `..`."""
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
    """A named file must exist and be readable; a mistake is never an empty report."""
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(TelemetryError, match=message) as failure:
        find_inputs(given)

    assert f"--input {given}" in failure.value.message


def test_a_url_is_no_input() -> None:
    """A URL names a root only, and the error says so."""
    with pytest.raises(TelemetryError, match="give the URL of a folder to --repo"):
        find_inputs("s3://bucket/a.jsonl")


@pytest.mark.parametrize("name", ["file", "folder"])
@pytest.mark.usefixtures("unprivileged")
def test_a_named_path_that_may_not_be_read_is_an_error(root: Path, name: str) -> None:
    """A named file or folder without read permission is an error."""
    write(root, "file", "folder/x.jsonl")
    (root / name).chmod(0)

    with pytest.raises(TelemetryError, match="Permission denied"):
        find_inputs(root / name)

    (root / name).chmod(0o755)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_a_glob_cannot_read_makes_coverage_incomplete(tmp_path: Path) -> None:
    """A folder that cannot be listed may contain matches of the glob."""
    write(tmp_path, "in/a/events.jsonl", "in/b/events.jsonl")
    (tmp_path / "in" / "b").chmod(0)
    try:
        found = find_inputs(f"{tmp_path}/in/*/*.jsonl")
    finally:
        (tmp_path / "in" / "b").chmod(0o700)

    assert paths_of(found) == ["a/events.jsonl"]
    assert reasons_of(found) == ONLY | {"b": "folder not readable"}
    assert not is_complete(found)


def test_a_number_does_not_take_the_name_of_another_file(tmp_path: Path) -> None:
    """A file whose own name ends with a number receives a number itself."""
    write(tmp_path, "1/a.jsonl", "2/a.jsonl", "3/a.jsonl (2)")
    found = find_inputs(*(tmp_path / path for path in ("1/a.jsonl", "2/a.jsonl", "3/a.jsonl (2)")))

    assert paths_of(found) == ["a.jsonl", "a.jsonl (2)", "a.jsonl (2) (2)"]


def test_a_file_with_several_names_is_scanned_once(tmp_path: Path) -> None:
    """A file with several names is scanned once, whatever the order of the inputs."""
    write(tmp_path, "in/b.log", "x.log")
    os.link(tmp_path / "in" / "b.log", tmp_path / "a.log")
    found = find_inputs(tmp_path / "in", tmp_path / "a.log", tmp_path / "x.log")

    assert paths_of(found) == ["a.log", "x.log"]
    assert reasons_of(found) == ONLY | {"b.log": "the same file"}
    assert found.candidates == 3


def test_an_entry_of_an_unknown_kind_may_be_a_folder_of_a_glob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that may be a folder with matches is reported as not readable."""
    write(tmp_path, "in/a/x.log", "in/b/x.log")
    kinds = {"a": Kind.FOLDER, "b": Kind.UNKNOWN, "x.log": Kind.FILE}
    monkeypatch.setattr(local, "_kind_of", lambda entry: kinds[entry.name])
    found = find_inputs(f"{tmp_path}/in/**/x.log")

    assert paths_of(found) == ["a/x.log"]
    assert reasons_of(found) == ONLY | {"b": "not readable"}
