"""Tests of `peaktrade_ops.reports.store.recover`: the next writer finishes interrupted runs."""

from __future__ import annotations

import errno
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.reports.store.listed import digest_of
from peaktrade_ops.reports.store.publish import publish
from peaktrade_ops.reports.store.recover import (
    Staged,
    in_order,
    is_complete,
    is_temporary,
    recover,
    staged_name,
    staged_of,
)
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.stage1.models import to_json
from tests.support.artifacts import contents, indexed, metrics, summary
from tests.support.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

RUN = "0123456789abcdef"
OTHER = "fedcba9876543210"
JSON = "2025-12-20_summary.json"
TEXT = "2025-12-20_snapshot.md"
INDEX = "index.json"
TREND = "stage1_trend.json"


def published(folder: Path, artifacts: dict[str, bytes]) -> dict[str, bytes]:
    """Publish artifacts with their index, and return the content of the folder."""
    publish(folder, indexed(folder, artifacts))
    return contents(folder)


@pytest.fixture
def before(tmp_path: Path) -> dict[str, bytes]:
    """Make a folder of reports in `tmp_path / "reports"`, and return its content."""
    (tmp_path / "reports").mkdir()
    return published(tmp_path / "reports", {JSON: to_json(summary()), TEXT: b"old", TREND: b"old"})


@pytest.fixture
def folder(tmp_path: Path, before: dict[str, bytes]) -> Path:
    """Return the folder of `before`."""
    assert before
    return tmp_path / "reports"


@pytest.fixture
def after(tmp_path: Path, before: dict[str, bytes]) -> dict[str, bytes]:
    """Return the content of the folder after a second run."""
    (tmp_path / "other").mkdir()
    for name, data in before.items():
        (tmp_path / "other" / name).write_bytes(data)
    report = to_json(summary(metrics=metrics(new_alerts=3)))
    return published(tmp_path / "other", {JSON: report, TEXT: b"new", TREND: b"new"})


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [JSON, TEXT, INDEX, TREND, "index.html"])
def test_a_temporary_file_tells_what_it_is_to_become(target: str) -> None:
    """The name of a temporary file holds the run and the artifact."""
    name = staged_name(RUN, target)

    assert is_temporary(name)
    assert staged_of(name) == Staged(RUN, target)


@pytest.mark.parametrize(
    ("name", "temporary"),
    [
        (".peaktrade-ops-00.tmp", True),
        (".peaktrade-ops-.tmp", True),
        (staged_name(RUN, "probe"), True),
        (staged_name(RUN, "../index.json"), True),
        (staged_name("x", JSON), True),
        ("peaktrade-ops-00.tmp", False),
        (".peaktrade-ops-00.tmp.md", False),
        ("index.json", False),
    ],
)
def test_other_temporary_files_become_nothing(name: str, *, temporary: bool) -> None:
    """Temporary files with other names or for other files are not put in place."""
    assert is_temporary(name) is temporary
    assert staged_of(name) is None


def test_the_index_is_renamed_behind_all_but_the_trend() -> None:
    """The index is renamed after all artifacts except the trend."""
    assert in_order([TREND, INDEX, JSON, TEXT]) == [TEXT, JSON, INDEX, TREND]


# --- the decision --------------------------------------------------------------------------------

NOTHING: dict[str, str] = {}
OLD = {JSON: "1", TEXT: "2"}
NEW = {JSON: "3", TEXT: "4"}


@pytest.mark.parametrize(
    ("staged", "there", "complete"),
    [
        ({JSON: "3", TEXT: "4"}, {}, True),
        ({TEXT: "4"}, {JSON: "3"}, True),
        ({}, NEW, True),
        ({TEXT: "4"}, {JSON: "1"}, False),
        ({TEXT: "4"}, {}, False),
        ({JSON: "3", TEXT: "half"}, {}, False),
        ({JSON: "3", TEXT: None}, {}, False),
        ({JSON: "3", TEXT: "4", TREND: "5"}, {}, False),
    ],
    ids=[
        "all is staged",
        "the first is in its place",
        "all but the index is in its place",
        "one has vanished",
        "one is nowhere",
        "one is cut off",
        "one cannot be read",
        "one is not listed",
    ],
)
def test_a_set_is_complete_if_it_leads_to_what_the_index_says(
    staged: dict[str, str | None], there: dict[str, str], *, complete: bool
) -> None:
    """Every changed entry is staged or in its place, and nothing else is staged."""
    assert is_complete(staged, NEW, OLD, there.get) is complete


def test_what_another_changed_is_no_concern_of_a_run() -> None:
    """An entry that is carried over is compared with the earlier index, not with the folder."""
    carried = {"2025-12-19_summary.json": "9"}

    assert is_complete({JSON: "3", TEXT: "4"}, NEW | carried, OLD | carried, NOTHING.get)


@settings(max_examples=examples(200))
@given(
    new=st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")),
    old=st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")),
    done=st.sets(st.sampled_from("abcd")),
)
def test_a_set_is_complete_at_every_step_of_the_renames(
    new: dict[str, str], old: dict[str, str], done: set[str]
) -> None:
    """A set of files is complete after each of its renames."""
    staged = {name: sha256 for name, sha256 in new.items() if name not in done}
    there = {name: sha256 for name, sha256 in new.items() if name in done}

    assert is_complete(staged, new, old, (old | there).get)


# --- the folder ----------------------------------------------------------------------------------


@pytest.mark.parametrize("done", range(5))
def test_a_run_that_was_cut_off_between_its_renames_is_finished(
    folder: Path, after: dict[str, bytes], done: int
) -> None:
    """Recovery finishes an interrupted run, whatever number of renames was done."""
    names = in_order([JSON, TEXT, INDEX, TREND])
    for name in names[:done]:
        (folder / name).write_bytes(after[name])
    for name in names[done:]:
        (folder / staged_name(RUN, name)).write_bytes(after[name])

    assert recover(folder) is (done < 4)

    assert contents(folder) == after
    assert not recover(folder)


@pytest.mark.parametrize("count", range(5))
def test_a_run_that_was_cut_off_while_it_wrote_is_undone(
    folder: Path, before: dict[str, bytes], after: dict[str, bytes], count: int
) -> None:
    """Recovery undoes a run that has no complete index yet."""
    for name in [JSON, TEXT, TREND, INDEX][:count]:
        whole = name != INDEX
        data = after[name] if whole else after[name][:-3]
        (folder / staged_name(RUN, name)).write_bytes(data)

    assert not recover(folder)

    assert contents(folder) == before


@pytest.mark.parametrize("harm", ["another file is gone", "a file is cut", "a second run"])
def test_a_set_that_does_not_fit_is_removed(
    folder: Path, before: dict[str, bytes], after: dict[str, bytes], harm: str
) -> None:
    """A set of files that does not match its index is removed."""
    for name in (JSON, TEXT, TREND, INDEX):
        (folder / staged_name(RUN, name)).write_bytes(after[name])
    if harm == "a second run":
        (folder / staged_name(OTHER, TEXT)).write_bytes(b"other")
    elif harm == "a file is cut":
        (folder / staged_name(RUN, JSON)).write_bytes(b"{")
    else:
        (folder / staged_name(RUN, JSON)).unlink()

    assert not recover(folder)

    assert contents(folder) == before


def test_what_was_changed_meanwhile_is_not_laundered(folder: Path, after: dict[str, bytes]) -> None:
    """A report that is changed after an interrupted run is still a mismatch after recovery."""
    (folder / TREND).write_bytes(b"{}")
    staged = indexed(folder, {JSON: after[JSON]})
    for name, data in staged.items():
        (folder / staged_name(RUN, name)).write_bytes(data)

    assert recover(folder)

    assert (folder / JSON).read_bytes() == after[JSON]
    assert TREND in {finding.path for finding in verify(folder)}


def test_a_link_is_put_in_nobodys_place(folder: Path, before: dict[str, bytes]) -> None:
    """A temporary file that is a link is not put in place."""
    (folder.parent / "secret").write_bytes(before[INDEX])
    (folder / staged_name(RUN, INDEX)).symlink_to(folder.parent / "secret")

    assert not recover(folder)

    assert contents(folder) == before


def test_the_first_run_of_a_folder_is_finished(tmp_path: Path, after: dict[str, bytes]) -> None:
    """Recovery works in a folder without an index."""
    folder = tmp_path / "new"
    folder.mkdir()
    for name, data in after.items():
        (folder / staged_name(RUN, name)).write_bytes(data)

    assert recover(folder)

    assert contents(folder) == after


def test_other_leftovers_are_removed_and_other_files_stay(folder: Path) -> None:
    """Temporary files of earlier versions are removed; other hidden files are kept."""
    before = contents(folder)
    kept = {".peaktrade-ops-notes": b"kept", "mine.tmp": b"kept"}
    for name, data in {**kept, ".peaktrade-ops-0123456789abcdef.tmp": b"half an arti"}.items():
        (folder / name).write_bytes(data)

    assert not recover(folder)

    assert contents(folder) == {**before, **kept}


def test_other_leftovers_are_removed_beside_a_run_that_is_finished(
    folder: Path, after: dict[str, bytes]
) -> None:
    """A run that was killed after one that was cut off leaves nothing for the run after it."""
    for name in [JSON, TEXT, INDEX, TREND]:
        (folder / staged_name(RUN, name)).write_bytes(after[name])
    (folder / staged_name(OTHER, "probe")).touch()

    assert recover(folder)

    assert contents(folder) == after


def test_what_cannot_be_removed_is_in_nobodys_way(folder: Path) -> None:
    """A folder of a temporary file's name stops no report."""
    (folder / ".peaktrade-ops-0123456789abcdef.tmp").mkdir()

    assert not recover(folder)


def test_a_recovery_that_is_cut_off_is_finished_by_the_next(
    folder: Path, after: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recovery that is interrupted is finished by the next one."""
    for name in (JSON, TEXT, TREND, INDEX):
        (folder / staged_name(RUN, name)).write_bytes(after[name])
    real = type(folder).replace
    calls = itertools.count()

    def replacing(source: Path, target: Path) -> Path:
        if next(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        return real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(type(folder), "replace", replacing)
        with pytest.raises(OSError, match="Input/output error"):
            recover(folder)

    assert contents(folder) != after
    assert recover(folder)
    assert contents(folder) == after
    assert digest_of(after[TREND]) in after[INDEX].decode()
