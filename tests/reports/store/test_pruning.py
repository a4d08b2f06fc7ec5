"""Test which reports may be removed, and that a removal is whole after every accident."""

from __future__ import annotations

import errno
import itertools
import os
from datetime import date
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.index import build_index, listing
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.reports.store.names import INDEX, OF_A_DAY, snapshot_name, summary_name
from peaktrade_ops.reports.store.pruning import plan_of
from peaktrade_ops.reports.store.publish import publish
from peaktrade_ops.reports.store.recover import is_temporary, removal_name
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.routine import decide, prune_reports
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.stage import STAGE1
from tests.support.artifacts import contents, end_of, indexed, summary
from tests.support.killed_writes import REMOVED, killed_everywhere
from tests.support.lives import DAY, Life, at, day_of, days_from
from tests.support.program import tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peaktrade_ops.reports.store.pruning import Plan

LAST = day_of("12-20")
OLD = days_from(day_of("12-11"), 7)
"""The days before those on which the trend rests."""


@pytest.fixture
def life(tmp_path: Path, empty_pages: None) -> Life:  # noqa: ARG001 (its effect)
    """Return a life with reports of ten days, and a trend of the last three."""
    made = Life(tmp_path)
    made.live_quietly(OLD[0], LAST)
    made.run(LAST, days=10)
    made.trend(LAST, days=3, replace=True)
    return made


def planned(life: Life, keep_days: int = 1, today: date = LAST) -> Plan:
    """Return what would be removed."""
    return plan_of(Archive(life.reports), keep_days, today)


@pytest.mark.parametrize(("keep_days", "removed"), [(10, 0), (9, 1), (5, 5), (4, 6), (3, 7)])
def test_the_last_days_are_kept(life: Life, keep_days: int, removed: int) -> None:
    """All files of an older day go together."""
    plan = planned(life, keep_days)

    assert plan.days == OLD[:removed]
    assert [entry.path for entry in plan.removed] == [
        name for day in OLD[:removed] for name in sorted(of_day(day) for of_day in OF_A_DAY)
    ]
    assert plan.size == sum((life.reports / entry.path).stat().st_size for entry in plan.removed)
    assert (plan.kept, plan.refused) == ({}, {})


def test_a_day_that_the_trend_rests_on_is_kept(life: Life) -> None:
    """The number of days cannot be too small for it."""
    plan = planned(life, 1)

    assert plan.days == OLD
    assert plan.kept == dict.fromkeys(days_from(day_of("12-18"), 2), "stage1_trend.json")


def test_a_day_that_the_decision_rests_on_is_kept(life: Life) -> None:
    """Its files are listed with their digests in the decision."""
    life.trend(day_of("12-13"), days=2, replace=True)
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: at(LAST))
    life.trend(LAST, days=3, replace=True)

    plan = planned(life)

    assert plan.days == [day for day in OLD if day not in {day_of("12-12"), day_of("12-13")}]
    assert plan.kept[day_of("12-12")] == "stage1_decision.json"


@pytest.mark.parametrize(
    ("today", "removed"),
    [
        # A job that has stopped: the last report counts, not the day.
        (date(2027, 1, 1), 5),
        # A report of the future: the day counts, not the last report.
        (day_of("12-18"), 3),
    ],
)
def test_the_earlier_of_clock_and_last_report_counts(life: Life, today: date, removed: int) -> None:
    """Neither a wrong clock nor a wrong report removes more."""
    assert planned(life, 5, today).days == OLD[:removed]


def test_a_clock_that_is_ahead_removes_no_real_day(life: Life) -> None:
    """A run by that clock stores days without events; only days with events take a place."""
    ahead = date(2029, 2, 3)
    life.run(ahead - DAY, days=14, now=at(ahead))

    assert planned(life, 5, ahead).days == OLD[:5]


def test_a_writer_that_is_ahead_takes_the_place_of_as_many_days_as_it_wrote(life: Life) -> None:
    """Writer and job are often on one machine, so that both have its clock."""
    ahead = date(2029, 2, 3)
    life.live_quietly(ahead - DAY, ahead - DAY)
    life.run(ahead - DAY, days=14, now=at(ahead))

    assert planned(life, 5, ahead).days == OLD[:6]


def test_a_day_without_events_is_not_counted(life: Life) -> None:
    """Of a writer that is silent at times, the last days with events are kept."""
    for day in days_from(LAST + DAY, 3):
        life.run(day, days=1)

    assert planned(life, 5, LAST + 3 * DAY).days == OLD[:5]


@pytest.mark.parametrize("damage", [lambda path: path.write_text("{}"), lambda path: path.unlink()])
def test_a_report_that_cannot_be_trusted_is_not_counted(
    life: Life, damage: Callable[[Path], object]
) -> None:
    """Nobody knows whether it has events."""
    damage(life.reports / summary_name(day_of("12-17")))

    assert planned(life, 5).days == OLD[:4]


def test_a_report_of_somebody_else_is_not_counted(life: Life) -> None:
    """A copy of a report is not in the index."""
    theirs = to_json(summary(end_of(day_of("12-21"))))
    (life.reports / summary_name(day_of("12-21"))).write_bytes(theirs)

    assert planned(life, 5, day_of("12-21")).days == OLD[:5]


def test_a_folder_without_reports_has_nothing_to_remove(tmp_path: Path) -> None:
    """Neither has one whose days are all recent."""
    empty = plan_of(Archive(tmp_path), 1, LAST)

    assert (empty.keep_from, empty.days, empty.size) == (None, [], 0)


def test_so_many_days_that_there_are_not_keep_all(life: Life) -> None:
    """There is no day before the first of the calendar."""
    assert planned(life, 10**6).days == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.write_text("x"), "is not as the index says"),
        (lambda path: path.unlink(), "is in the index and not in the folder"),
        (lambda path: path.unlink() or path.mkdir(), "is not as the index says"),
        (lambda path: path.unlink() or path.symlink_to("x"), "is not as the index says"),
    ],
)
@pytest.mark.parametrize("of_day", OF_A_DAY)
def test_a_day_with_a_file_that_differs_stays_whole(
    life: Life, of_day: Callable[[date], str], damage: Callable[[Path], object], problem: str
) -> None:
    """It may be the last trace of what happened; the other days go."""
    damage(life.reports / of_day(OLD[2]))

    plan = planned(life)

    assert plan.refused == {of_day(OLD[2]): problem}
    assert plan.days == [day for day in OLD if day != OLD[2]]


def test_what_the_program_did_not_write_stays(life: Life) -> None:
    """A file that is not in the index, and what is no report."""
    stray = snapshot_name(day_of("12-01"))
    (life.reports / stray).write_text("mine")
    (life.reports / "2025-12-01_notes.txt").touch()

    plan = prune_reports(life.place, 1, today=LAST, delete=True)

    assert plan.refused == {stray: "is not in the index"}
    assert (life.reports / stray).read_text() == "mine"
    assert (life.reports / "2025-12-01_notes.txt").exists()


def identity_of(path: Path) -> tuple[int, ...]:
    """Return what tells a file from another one, and from itself before it was written."""
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_text("mine"),
        lambda path: path.symlink_to("x"),
        os.mkfifo,
        lambda path: path.mkdir(),
    ],
)
@pytest.mark.parametrize("name", ["2025-12-01_snapshot.html", "2025-12-18_snapshot.md"])
@pytest.mark.pages
def test_no_view_takes_the_place_of_what_the_program_did_not_write(
    life: Life, name: str, put: Callable[[Path], object]
) -> None:
    """Neither of an old day nor of one that stays, and whatever it is; the old days go."""
    (life.reports / name).unlink(missing_ok=True)
    put(life.reports / name)
    before = identity_of(life.reports / name)

    plan = prune_reports(life.place, 5, today=LAST, delete=True)

    assert plan.days == OLD[:5]
    assert identity_of(life.reports / name) == before
    assert "2025-12-15_snapshot" not in (life.reports / "index.html").read_text()


@pytest.mark.parametrize("name", ["index.html", "stage1_trend.html"])
def test_a_page_that_somebody_has_changed_waits_for_the_next_run(life: Life, name: str) -> None:
    """It is not as the index says, so it may be a file of somebody else."""
    (life.reports / name).write_text("mine")

    prune_reports(life.place, 5, today=LAST, delete=True)
    kept = (life.reports / name).read_text()
    life.trend(LAST, days=3)

    assert kept == "mine"
    assert verify(life.reports) == []


def test_a_report_of_somebody_else_gets_no_page(life: Life) -> None:
    """Only a run takes it for a report."""
    theirs = life.reports / "2025-12-01_summary.json"
    theirs.write_text("{}")
    before = {path.name for path in life.reports.iterdir()}

    plan = prune_reports(life.place, 5, today=LAST, delete=True)

    assert {path.name for path in life.reports.iterdir()} == before - {
        entry.path for entry in plan.removed
    }


@pytest.mark.parametrize("name", ["stage1_trend.json", "stage1_decision.json"])
def test_without_what_rests_on_them_no_report_is_removed(life: Life, name: str) -> None:
    """Nobody knows which days it rests on."""
    decide(life.place, Wish("A. Owner", "extend"), clock=lambda: at(LAST))
    with (life.reports / name).open("a") as file:
        file.write("\n")
    before = tree(life.reports)

    with pytest.raises(ReportsError, match=rf"{name} cannot be relied on: .* nothing is removed"):
        prune_reports(life.place, 1, today=LAST, delete=True)

    assert tree(life.reports) == before


def test_without_delete_nothing_changes(life: Life) -> None:
    """Not even in a folder that cannot be written."""
    before = tree(life.reports)

    plan = prune_reports(life.place, 1, today=LAST, delete=False)

    assert plan.days == OLD
    assert tree(life.reports) == before


def test_what_is_left_is_a_valid_folder(life: Life) -> None:
    """The index, the calendar and the pages beside the gap are those of the days that are left."""
    plan = prune_reports(life.place, 5, today=LAST, delete=True)

    assert plan.days == OLD[:5]
    assert not [path for path in life.reports.iterdir() if path.name[:10] < "2025-12-16"]
    assert verify(life.reports) == []
    index = life.index()
    assert index["pruned"] == [{"start": "2025-12-11", "end": "2025-12-15"}]
    assert {entry["path"] for entry in index["entries"]} == set(contents(life.reports)) - {INDEX}
    assert prune_reports(life.place, 5, today=LAST, delete=True).days == []


@pytest.mark.pages
def test_the_pages_are_those_of_a_folder_that_never_had_the_days(life: Life) -> None:
    """No page links to a day that is gone, and the calendar does not show it."""
    prune_reports(life.place, 5, today=LAST, delete=True)
    pages = {path.name: path.read_text() for path in life.reports.glob("*.html")}

    assert pages
    assert [name for name, text in pages.items() if "2025-12-15_snapshot" in text] == []
    assert "2025-12-16_snapshot.html" in pages["index.html"]


def test_two_gaps_are_two_spans(life: Life) -> None:
    """A day that stays parts them, until it goes as well."""
    middle = life.reports / summary_name(OLD[2])
    whole = middle.read_bytes()
    middle.write_bytes(b"{}")
    prune_reports(life.place, 5, today=LAST, delete=True)
    parted = life.index()["pruned"]
    middle.write_bytes(whole)

    prune_reports(life.place, 5, today=LAST, delete=True)

    assert parted == [
        {"start": "2025-12-11", "end": "2025-12-12"},
        {"start": "2025-12-14", "end": "2025-12-15"},
    ]
    assert life.index()["pruned"] == [{"start": "2025-12-11", "end": "2025-12-15"}]


# --- accidents -----------------------------------------------------------------------------------


def test_a_removal_that_is_killed_at_any_point_heals(tmp_path: Path) -> None:
    """No report is listed and gone, and the next writer leaves the folder as before or after."""
    old, kept = date(2025, 12, 19), date(2025, 12, 20)

    def made(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        artifacts = {summary_name(day): to_json(summary(end_of(day))) for day in (old, kept)}
        artifacts |= {snapshot_name(old): b"# old", "index.html": b"old"}
        publish(folder, indexed(folder, artifacts))
        return folder

    source, changed = tmp_path / "source", made("changed")
    source.mkdir()
    archive = Archive(changed)
    gone = [archive.listed.entries[name] for name in (snapshot_name(old), summary_name(old))]
    (source / REMOVED).write_bytes(to_json(listing(gone, STAGE1)))
    archive.prune([old])
    (source / "index.html").write_bytes(b"new")
    (source / INDEX).write_bytes(to_json(build_index(archive, {"index.html": b"new"})))
    before = contents(changed)
    after = {name: data for name, data in before.items() if not name.startswith(str(old))}
    after |= {name: (source / name).read_bytes() for name in ("index.html", INDEX)}
    healed, is_half = [], 0
    for folder in killed_everywhere(source, made):
        found = contents(folder)
        artifacts = {name: data for name, data in found.items() if not is_temporary(name)}
        is_half += artifacts not in (before, after)
        # The verdict of a day can only become stricter: its report is listed and there, or not
        # listed any more.
        listed = Archive(folder).listed
        for name in listed.entries:
            assert (folder / name).read_bytes() in {before[name], after.get(name)}
        assert listed.is_pruned(old) or summary_name(old) in listed.entries
        with locked(folder):
            healed.append(contents(folder) == after)
            assert healed[-1] or contents(folder) == before
        assert verify(folder) == []
    assert is_half >= 3
    # From the moment that the new index is whole, the next writer finishes the removal.
    assert healed == sorted(healed)
    assert {*healed} == {False, True}


@pytest.mark.parametrize("number", [1, 4, 15])
def test_a_file_that_cannot_be_removed_is_told_and_removed_by_the_next_writer(
    life: Life, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The index does not list it any more, and no verdict reads it."""
    calls = itertools.count(1)
    own = os.unlink

    def refuse(path: Path, **named: int) -> None:
        if str(path).endswith(("md", "html", "summary.json")) and next(calls) >= number:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        own(path, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        with pytest.raises(ReportsError, match="Permission denied; not all pruned reports are rem"):
            prune_reports(life.place, 5, today=LAST, delete=True)
    left = [name for name in contents(life.reports) if name[:10] < "2025-12-16" and name[0] == "2"]
    judged = life.trend(LAST, days=3)

    assert len(left) == 15 - number + 1
    assert judged.verdict == "HOLD"
    assert "too_short" in judged.why
    assert [name for name in contents(life.reports) if name in left] == []
    assert verify(life.reports) == []


def test_an_interrupted_removal_is_finished_at_once(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the index is in its place does not leave files behind."""
    own, calls = os.unlink, itertools.count(1)

    def interrupt(path: Path, **named: int) -> None:
        if str(path).endswith("summary.json") and next(calls) == 2:
            raise KeyboardInterrupt
        own(path, **named)

    monkeypatch.setattr(os, "unlink", interrupt)
    with pytest.raises(KeyboardInterrupt):
        prune_reports(life.place, 5, today=LAST, delete=True)

    assert not [name for name in contents(life.reports) if name.startswith(".peaktrade")]
    assert verify(life.reports) == []


def test_a_full_disk_removes_nothing(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new index and pages are written before anything is removed."""
    before = contents(life.reports)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportsError, match="the earlier artifacts are kept"):
        prune_reports(life.place, 5, today=LAST, delete=True)

    assert contents(life.reports) == before


def test_a_report_that_was_replaced_since_is_not_removed(life: Life) -> None:
    """Whoever restored or changed a file after a crash keeps it."""
    archive = Archive(life.reports)
    entry = archive.listed.entries[summary_name(OLD[0])]
    removal = life.reports / removal_name("0" * 16)
    removal.write_bytes(to_json(listing([entry], STAGE1)))
    archive.prune(OLD[:1])
    (life.reports / INDEX).write_bytes(to_json(build_index(archive, {})))
    (life.reports / entry.path).write_text("restored")

    with locked(life.reports):
        assert (life.reports / entry.path).read_text() == "restored"
        assert not removal.exists()


def test_a_list_of_something_else_removes_nothing(life: Life) -> None:
    """The file is in a folder that others may write; it names artifacts of the folder only."""
    victim = life.folder / "victim"
    victim.write_text("x")
    before = tree(life.reports)
    entry = Archive(life.reports).listed.entries[INDEX.replace("json", "html")]
    for path in ("../victim", str(victim), INDEX, entry.path):
        removal = life.reports / removal_name("0" * 16)
        changed = type(entry)(path, entry.bytes, entry.sha256)
        removal.write_bytes(to_json(listing([changed], STAGE1)))
        with locked(life.reports):
            pass
        assert not removal.exists()

    assert victim.exists()
    assert tree(life.reports) == before
