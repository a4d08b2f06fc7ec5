"""Test that a poorer count replaces no report and that changed files are not trusted."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.names import (
    CALENDAR,
    INDEX,
    TREND_JSON,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.window import window_of
from tests.support.lives import (
    DAY,
    LAST_DAY,
    NEXT_DAY,
    QUIET_FILE,
    Life,
    at,
    critical,
    day_of,
    days_from,
    quiet,
)
from tests.support.odd_files import ODD_FILES, make_link

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.one_python

CRITICAL_DAY = day_of("12-15")
SUMMARY = summary_name(CRITICAL_DAY)
ALERTS = "telemetry/alerts.jsonl"
IGNORING = '[sources]\nignore = ["telemetry/alerts.jsonl"]\n'


@pytest.fixture
def stained(life: Life) -> Life:
    """Return the life with a critical event in its own file, after a run with NO_GO."""
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).verdict == "NO_GO"
    return life


@pytest.fixture
def marked(life: Life) -> Life:
    """Return the life after the report of a day was made again with nothing to vouch for it."""
    life.run(LAST_DAY)
    _touch(life)
    life.remove(TREND_JSON)
    assert life.run(LAST_DAY).why == {"unreadable": ["12-15"]}
    assert life.summary(CRITICAL_DAY)["remade"]
    return life


def _touch(life: Life) -> None:
    """Change the bytes of the report and none of its numbers."""
    with (life.reports / SUMMARY).open("ab") as file:
        file.write(b" ")


def _edit(life: Life) -> None:
    place = life.reports / SUMMARY
    document = json.loads(place.read_bytes())
    document["metrics"] |= {"critical_alerts": 0, "new_alerts": 0}
    document["top"]["severities"] = []
    place.write_text(json.dumps(document))


def _empty(life: Life) -> None:
    (life.reports / SUMMARY).write_bytes(b"")


def _remove(life: Life) -> None:
    life.remove_day(CRITICAL_DAY)


def _remove_with_index(life: Life) -> None:
    life.remove_day(CRITICAL_DAY)
    life.remove_index()


LOSSES: dict[str, Callable[[Life], None]] = {
    "edited": _edit,
    "empty": _empty,
    "removed": _remove,
    "index": Life.remove_index,
    "index and reports": _remove_with_index,
}
"""What can happen to the report of the critical day."""


def _block(life: Life) -> None:
    (life.reports / SUMMARY).unlink()
    make_link(life.reports / SUMMARY)


LOSSES_WITH_BLOCKED: dict[str, Callable[[Life], None]] = {**LOSSES, "blocked": _block}
"""The same, and one that lets no run read or replace it."""


# Poorer counts.


def test_a_snapshot_of_one_file_does_not_replace_the_whole_day(stained: Life) -> None:
    """A snapshot of one file without the critical event does not replace the stored report."""
    quiet_file = str(stained.telemetry / QUIET_FILE)

    (report,) = stained.snapshot(window_of(CRITICAL_DAY), inputs=(quiet_file,))

    assert not report.written
    assert "critical 1, now 0" in report.losses
    assert stained.trend(LAST_DAY).why == {"critical": ["12-15"]}
    assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_another_telemetry_root_does_not_replace_a_report(stained: Life, tmp_path: Path) -> None:
    """A run on another root reports lost data; the next run on the right root clears it."""
    other = Life(tmp_path / "other")
    other.live_quietly(day_of("12-07"), LAST_DAY)

    elsewhere = stained.run(LAST_DAY, repo=other.telemetry)

    assert elsewhere.verdict == "NO_GO"
    assert elsewhere.why == {"critical": ["12-15"], "lost": ["12-15"]}
    assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_lost_file_with_the_critical_event_is_still_no_go(stained: Life) -> None:
    """The stored report is kept and lists what is lost."""
    shutil.move(stained.telemetry / ALERTS, stained.folder / "away")

    judged = stained.run(LAST_DAY)

    assert judged.verdict == "NO_GO"
    assert judged.why == {"critical": ["12-15"], "lost": ["12-15"]}
    assert "critical 1, now 0" in judged.hint("lost")
    assert stained.summary(CRITICAL_DAY)["metrics"]["critical_alerts"] == 1

    shutil.move(stained.folder / "away", stained.telemetry / ALERTS)

    assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_lost_quiet_file_is_a_hold_until_it_is_back(life: Life) -> None:
    """The hint names the loss and the command that stores it; the restored file gives GO."""
    more = life.write("telemetry/more.jsonl", quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).verdict == "GO"
    shutil.move(more, life.folder / "away")

    judged = life.run(LAST_DAY)

    assert (judged.verdict, judged.why) == ("HOLD", {"lost": ["12-15"]})
    assert "records 2, now 1" in judged.hint("lost")
    assert "stage1-snapshot --from 2025-12-15 --to 2025-12-15 --replace" in judged.hint("lost")
    assert life.trend(LAST_DAY).why == judged.why

    shutil.move(life.folder / "away", more)

    assert life.run(LAST_DAY).why == {}


def test_less_can_be_stored_by_the_command_of_the_hint(life: Life) -> None:
    """The command of the hint, with `--replace`, stores the poorer report and ends the HOLD."""
    more = life.write("telemetry/more.jsonl", quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    more.unlink()
    assert life.run(LAST_DAY).verdict == "HOLD"

    life.snapshot(window_of(CRITICAL_DAY), replace=True)

    assert life.trend(LAST_DAY).why == {}
    assert life.run(LAST_DAY).why == {}


def test_less_can_be_accepted_with_the_lines_of_the_hint(life: Life) -> None:
    """The pasted entry tolerates the loss and is listed in the verdict."""
    more = life.write("telemetry/more.jsonl", quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    more.unlink()

    life.paste(life.run(LAST_DAY).hint("lost"))
    judged = life.run(LAST_DAY)

    assert judged.why == {}
    assert judged.tolerated["lost"].days == (CRITICAL_DAY,)


def test_an_input_that_was_left_set_does_not_hide_a_critical_event(stained: Life) -> None:
    """A daily run with `--input` keeps the stored reports, and the next run without it is GO."""
    named = stained.run(LAST_DAY, inputs=(str(stained.telemetry / QUIET_FILE),))

    assert named.verdict == "NO_GO"
    assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_an_input_that_was_set_from_the_first_run_on_heals(life: Life) -> None:
    """Reports made with `--input` are replaced by those of the whole root."""
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.run(LAST_DAY, inputs=(str(life.telemetry / QUIET_FILE),))

    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_day_made_under_ignore_is_another_kind_of_day(life: Life) -> None:
    """A day made under `ignore` objects to other settings, and a run without it counts all."""
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.toml = IGNORING
    life.snapshot(window_of(CRITICAL_DAY))
    life.toml = ""
    rest = [day for day in days_from(day_of("12-07"), 14) if day != CRITICAL_DAY]
    life.snapshot(*map(window_of, rest))

    judged = life.trend(LAST_DAY)

    assert (judged.verdict, judged.why) == ("HOLD", {"mixed": ["12-15"]})
    assert "run stage1-run" in judged.hint("mixed")
    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_ignore_over_a_reported_critical_event_does_not_take_it_back(stained: Life) -> None:
    """A stored report with a critical event is kept when `ignore` leaves fewer records."""
    stained.toml = IGNORING

    judged = stained.run(LAST_DAY)

    assert judged.verdict == "NO_GO"
    assert judged.why["lost"] == ["12-15"]


# Foreign changes.


def test_an_edited_summary_is_judged_by_nobody(stained: Life) -> None:
    """A trend objects to an edited summary, and the stored verdict is not shown as GO."""
    stained.edit(SUMMARY, critical_alerts=0, new_alerts=0)

    assert stained.shown(at(day_of("12-21"))) != "GO"
    judged = stained.trend(LAST_DAY)

    # Its top list still shows the critical event.
    assert (judged.verdict, judged.why) == (
        "NO_GO",
        {"critical": ["12-15"], "unreadable": ["12-15"]},
    )
    assert "run stage1-run" in judged.hint("unreadable")


def test_an_edited_summary_that_shows_criticals_is_no_go(stained: Life) -> None:
    """The critical alerts of an edited summary make the verdict NO_GO."""
    stained.edit(SUMMARY, critical_alerts=9)

    assert stained.trend(LAST_DAY).why == {"critical": ["12-15"], "unreadable": ["12-15"]}


@pytest.mark.parametrize("kept", [True, False])
def test_an_edited_summary_is_made_again(stained: Life, *, kept: bool) -> None:
    """An edited summary is made again from its telemetry; without it the day stays critical."""
    stained.edit(SUMMARY, critical_alerts=0, new_alerts=0)
    if not kept:
        (stained.telemetry / ALERTS).unlink()

    judged = stained.run(LAST_DAY)

    assert judged.why == {"critical": ["12-15"]} | ({} if kept else {"unreadable": ["12-15"]})
    assert stained.run(LAST_DAY).why == judged.why


def test_a_trend_of_an_edited_summary_does_not_vouch_for_it(life: Life) -> None:
    """After a trend that could not read the day, the day made again objects until accepted."""
    life.run(LAST_DAY)
    life.edit(SUMMARY, operator_actions=7)
    assert life.trend(LAST_DAY).why == {"unreadable": ["12-15"]}

    judged = life.run(LAST_DAY)

    assert judged.why == {"unreadable": ["12-15"]}
    life.paste(judged.hint("unreadable"))
    assert life.run(LAST_DAY).why == {}


@pytest.mark.parametrize(
    "name", [SUMMARY, TREND_JSON, page_name(CRITICAL_DAY), snapshot_name(CRITICAL_DAY), CALENDAR]
)
def test_an_entry_with_another_size_is_an_entry_of_another_file(life: Life, name: str) -> None:
    """The verdict is not current, as `verify` says, and the next run heals it."""
    life.run(LAST_DAY)
    index = life.index()
    for entry in index["entries"]:
        entry["bytes"] += entry["path"] == name
    (life.reports / INDEX).write_text(json.dumps(index))

    assert [each.path for each in verify(life.reports) if "bytes instead" in each.problem] == [name]
    assert (life.shown(at(NEXT_DAY)) is None) == (name in {SUMMARY, TREND_JSON})
    assert life.run(LAST_DAY).verdict == "GO"
    assert verify(life.reports) == []


@pytest.mark.parametrize("make", ODD_FILES)
@pytest.mark.parametrize("name", [SUMMARY, TREND_JSON, INDEX])
def test_what_is_in_the_place_of_an_artifact_is_healed_by_its_hint(
    life: Life, name: str, make: Callable[[Path], None]
) -> None:
    """Runs leave it where it is; they make the report again once it is moved away."""
    life.run(LAST_DAY)
    (life.reports / name).unlink()
    make(life.reports / name)

    if name == SUMMARY:
        for _ in range(2):
            judged = life.run(LAST_DAY)
            assert judged.why == {"unreadable": ["12-15"]}
            assert "or move away what is in their place" in judged.hint("unreadable")
    else:
        with pytest.raises(ReportsError, match=f"{name} cannot be read: .*; move it away"):
            life.run(LAST_DAY)
    (life.reports / name).rename(life.folder / "away")
    judged = life.run(LAST_DAY, adopt=name == INDEX)

    assert judged.why in ({}, {"unreadable": ["12-15"]})
    assert not [each for each in verify(life.reports) if each.level == "error"]


@pytest.mark.parametrize("loss", LOSSES)
def test_no_critical_event_is_accepted_with_its_lost_report(stained: Life, loss: str) -> None:
    """What is left of a critical day keeps it critical, whatever is accepted beside it."""
    LOSSES[loss](stained)
    (stained.telemetry / ALERTS).unlink()
    judged = stained.run(LAST_DAY)
    assert judged.verdict == "NO_GO"

    [rule] = judged.why.keys() - {"critical"}
    stained.paste(judged.hint(rule))

    for _ in range(2):
        assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}
        assert stained.trend(LAST_DAY).why == {"critical": ["12-15"]}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_critical_event_is_given_up_with_replace_alone(stained: Life, loss: str) -> None:
    """The command of the hint stores what is left, because the operator says so."""
    LOSSES[loss](stained)
    (stained.telemetry / ALERTS).unlink()
    judged = stained.run(LAST_DAY)
    [rule] = judged.why.keys() - {"critical"}
    assert "stage1-snapshot --from 2025-12-15 --to 2025-12-15 --replace" in judged.hint(rule)

    stained.snapshot(window_of(CRITICAL_DAY), replace=True)

    assert stained.run(LAST_DAY).why == {}


@pytest.mark.parametrize("loss", [each for each in LOSSES if each != "index"])
def test_a_backup_heals_after_any_run(life: Life, loss: str) -> None:
    """A report whose telemetry is gone can be put back, because no run has replaced it."""
    life.run(LAST_DAY)
    backup = (life.reports / SUMMARY).read_bytes()
    LOSSES[loss](life)
    kept = [day for day in days_from(day_of("12-07"), 14) if day != CRITICAL_DAY]
    life.write(QUIET_FILE, *map(quiet, kept), when=at(LAST_DAY))

    for _ in range(2):
        judged = life.run(LAST_DAY)
        assert judged.verdict == "HOLD"
        assert "restore these files from a backup" in judged.hint("unreadable")
    (life.reports / SUMMARY).write_bytes(backup)

    # What the telemetry shows less of is said now that the report is known again.
    assert life.run(LAST_DAY, adopt=loss == "index and reports").why == {"lost": ["12-15"]}


def test_quiet_reports_outlast_their_index_and_their_telemetry(life: Life) -> None:
    """Reports of days whose telemetry is gone stay when the index is lost, until adopted."""
    life.run(LAST_DAY)
    life.write(QUIET_FILE, *map(quiet, days_from(day_of("12-14"), 7)), when=at(LAST_DAY))
    assert life.run(LAST_DAY).why == {"lost": ["12-13"]}
    before = life.summary(day_of("12-09"))
    life.remove_index()

    judged = life.run(LAST_DAY)

    days = [f"12-{number:02}" for number in range(7, 14)]
    assert judged.why == {"unlisted": days, "lost": ["12-13"]}
    assert life.run(LAST_DAY).why == judged.why
    assert life.summary(day_of("12-09")) == before
    assert "stage1-trends --adopt --date 2025-12-20" in judged.hint("unlisted")
    assert life.trend(LAST_DAY, adopt=True).why == {"lost": ["12-13"]}
    assert life.run(LAST_DAY).why == {"lost": ["12-13"]}


def test_a_folder_whose_reports_and_index_were_removed_is_made_again(life: Life) -> None:
    """Reports that are made anew on purpose are GO at once, if the telemetry is there."""
    life.run(LAST_DAY)
    life.remove_index()
    for day in days_from(day_of("12-07"), 14):
        life.remove_day(day)

    assert life.run(LAST_DAY).why == {}


def test_a_changed_quiet_report_heals_by_itself(life: Life) -> None:
    """A changed quiet report is made again and trusted because of the stored trend."""
    life.run(LAST_DAY)
    life.edit(SUMMARY, operator_actions=7)

    assert life.run(LAST_DAY).why == {}


def test_the_summary_of_another_machine_is_not_taken(stained: Life, tmp_path: Path) -> None:
    """A summary of another machine over a critical day objects and is made again."""
    other = Life(tmp_path / "other")
    other.live_quietly(day_of("12-07"), LAST_DAY)
    other.run(LAST_DAY)
    shutil.copy(other.reports / SUMMARY, stained.reports / SUMMARY)

    assert stained.shown(at(day_of("12-21"))) is None
    assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_summary_that_is_not_listed_objects_until_the_day_is_made(
    life: Life, tmp_path: Path
) -> None:
    """An unlisted summary objects until a run makes the day again."""
    other = Life(tmp_path / "other")
    other.live_quietly(day_of("12-07"), day_of("12-21"))
    other.run(day_of("12-21"))
    life.run(LAST_DAY)
    life.write(
        "telemetry/new.jsonl", quiet(day_of("12-21")), critical(day_of("12-21")), when=at(LAST_DAY)
    )
    name = summary_name(day_of("12-21"))
    shutil.copy(other.reports / name, life.reports / name)

    judged = life.trend(day_of("12-21"))

    assert (judged.verdict, judged.why) == ("HOLD", {"unlisted": ["12-21"]})
    assert "--adopt" in judged.hint("unlisted")
    assert life.run(day_of("12-21")).why == {"critical": ["12-21"]}


def test_a_moved_folder_without_its_index_is_adopted(life: Life) -> None:
    """Every report objects without an index, until the command of the hint adopts them."""
    life.run(LAST_DAY)
    life.remove(INDEX)

    judged = life.trend(LAST_DAY)

    assert (judged.verdict, [*judged.why]) == ("HOLD", ["unlisted"])
    assert life.trend(LAST_DAY, adopt=True).why == {}
    assert life.trend(LAST_DAY).why == {}


def test_a_folder_without_its_index_heals_by_the_next_run(life: Life) -> None:
    """The run makes all days of the range again."""
    life.run(LAST_DAY)
    life.remove(INDEX)

    assert life.run(LAST_DAY).why == {}


@pytest.mark.parametrize("is_judged", [True, False])
def test_reports_of_a_folder_without_an_index_are_not_lost_to_poorer_ones(
    stained: Life,
    *,
    is_judged: bool,
) -> None:
    """An untrusted critical report stays critical, whichever run wrote the index."""
    stained.remove(INDEX)
    (stained.telemetry / ALERTS).unlink()
    if is_judged:
        assert stained.trend(LAST_DAY).verdict == "NO_GO"

    assert stained.run(LAST_DAY).why == {"critical": ["12-15"], "unlisted": ["12-15"]}


def test_deleted_reports_are_gone_and_not_missing(life: Life) -> None:
    """A trend objects to the days that the index lists and the folder does not hold."""
    life.run(LAST_DAY)
    life.remove_day(day_of("12-10"))
    life.remove_day(CRITICAL_DAY)

    judged = life.trend(LAST_DAY)

    assert (judged.verdict, judged.why) == ("HOLD", {"unreadable": ["12-10", "12-15"]})
    assert "2025-12-10: gone" in judged.hint("unreadable")


@pytest.mark.parametrize("kept", [True, False])
def test_deleted_reports_of_critical_days_are_made_again(life: Life, *, kept: bool) -> None:
    """Deleted reports are made again from their telemetry; without it the days stay critical."""
    days = [day_of("12-10"), CRITICAL_DAY]
    life.write(ALERTS, *map(critical, days), when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    for day in days:
        life.remove_day(day)
    if not kept:
        (life.telemetry / ALERTS).unlink()
    rules = ["critical"] if kept else ["critical", "unreadable"]

    assert life.run(LAST_DAY).why == {rule: ["12-10", "12-15"] for rule in rules}


def test_a_summary_that_contradicts_itself_is_unreadable(stained: Life) -> None:
    """A forged summary that contradicts its list of severities is unreadable."""
    stained.edit(SUMMARY, critical_alerts=0, new_alerts=0)
    stained.remove(INDEX, TREND_JSON)
    assert stained.trend(LAST_DAY, adopt=True).why == {
        "critical": ["12-15"],
        "unreadable": ["12-15"],
    }

    assert stained.run(LAST_DAY).verdict == "NO_GO"


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": 1}', "[]"])
def test_a_damaged_index_is_made_again(stained: Life, content: str) -> None:
    """A damaged index lists nothing, so all days are made again."""
    (stained.reports / INDEX).write_text(content)

    assert stained.trend(LAST_DAY).verdict != "GO"
    assert stained.run(LAST_DAY).why == {"critical": ["12-15"]}
    assert json.loads((stained.reports / INDEX).read_bytes())["entries"]


def test_a_mark_outlasts_the_index(marked: Life) -> None:
    """The mark of an edited report remains after the index is removed."""
    marked.remove(INDEX)

    assert marked.run(LAST_DAY).why == {"unreadable": ["12-15"]}


def test_a_mark_outlasts_an_edit(marked: Life) -> None:
    """The mark of an edited report remains after a further edit."""
    _touch(marked)

    assert marked.run(LAST_DAY).why == {"unreadable": ["12-15"]}


def test_an_older_index_and_trend_do_not_take_a_critical_event_back(life: Life) -> None:
    """The summary is newer than both, and its telemetry is gone since."""
    life.run(LAST_DAY)
    older = {name: (life.reports / name).read_bytes() for name in (INDEX, TREND_JSON)}
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).verdict == "NO_GO"
    (life.telemetry / ALERTS).unlink()
    for name, content in older.items():
        (life.reports / name).write_bytes(content)

    for _ in range(2):
        assert life.run(LAST_DAY).why["critical"] == ["12-15"]

    life.snapshot(window_of(CRITICAL_DAY), replace=True)
    assert life.run(LAST_DAY).verdict == "GO"


@pytest.mark.parametrize("lines", ['expect = ["telemetry/*"]', 'expect_events = ["telemetry/*"]'])
def test_an_unrelated_key_does_not_take_a_critical_event_back(life: Life, lines: str) -> None:
    """The telemetry lost the critical event, and as many others came late."""
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).verdict == "NO_GO"
    life.write(ALERTS, quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.toml = f"[sources]\n{lines}\n"

    judged = life.run(LAST_DAY)

    assert judged.why == {"critical": ["12-15"], "lost": ["12-15"], "mixed": judged.why["mixed"]}
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


def test_a_late_alert_does_not_hide_a_lost_critical_event_without_a_time(life: Life) -> None:
    """Only a critical event more can be the one that had no time."""
    first, last = (
        quiet(CRITICAL_DAY) | {"ts": f"{CRITICAL_DAY}T0{hour}:00:00Z"} for hour in (8, 9)
    )
    untimed = {"severity": "critical", "event_type": "breach"}
    life.write(ALERTS, first, untimed, last, when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).why == {"not_understood": ["12-15"]}
    alert = critical(CRITICAL_DAY) | {"severity": "warn", "event_type": "risk_alert"}
    life.write(ALERTS, first, last, alert, when=at(CRITICAL_DAY))

    judged = life.run(LAST_DAY)

    assert judged.why == {"not_understood": ["12-15"], "lost": ["12-15"]}
    assert "criticals without a time 1, now 0" in judged.hint("lost")
    life.write(ALERTS, first, critical(CRITICAL_DAY), last, alert, when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).why == {"critical": ["12-15"]}


DANGER = {"ts": f"{CRITICAL_DAY}T11:00:00Z", "severity": "warn", "event_type": "kill_switch"}
FALSE_CRITICAL = critical(CRITICAL_DAY) | {"severity": "Critical-Path"}
MAPPED = '[severity]\nmap = {"critical-path" = "info"}\n'


@pytest.fixture
def forgetful(life: Life) -> Life:
    """Return the life after a danger was lost and a false critical event came."""
    life.write(ALERTS, DANGER, when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).why == {"danger": ["12-15"]}
    life.write(ALERTS, FALSE_CRITICAL, when=at(CRITICAL_DAY))
    for _ in range(3):
        assert life.run(LAST_DAY).why == {"critical": ["12-15"], "lost": ["12-15"]}
    return life


def test_a_loss_outlasts_a_false_critical_event(forgetful: Life) -> None:
    """The report shows the critical event and not the danger, and no run forgets the danger."""
    forgetful.toml = MAPPED

    for _ in range(2):
        judged = forgetful.run(LAST_DAY)
        assert (judged.verdict, judged.why) == ("HOLD", {"lost": ["12-15"]})
        assert "dangers 1, now 0" in judged.hint("lost")
    (report,) = forgetful.snapshot(window_of(CRITICAL_DAY))
    assert (report.written, report.losses) == (False, ("dangers 1, now 0",))
    assert forgetful.trend(LAST_DAY).why == {"lost": ["12-15"]}


def test_a_count_that_carries_a_loss_is_told_from_a_report_with_a_mark(forgetful: Life) -> None:
    """Only what was stored anew trips the gate on alerts, and nothing says that it was kept."""
    alert = {"ts": f"{CRITICAL_DAY}T12:00:00Z", "severity": "warn", "type": "risk_alert"}
    forgetful.append(ALERTS, alert, when=at(CRITICAL_DAY))
    [stored] = [each for each in forgetful.run(LAST_DAY).reports if each.losses]
    assert (stored.written, stored.losses) == (True, ("dangers 1, now 0",))
    assert stored.summary
    assert stored.summary.metrics.new_alerts == 2

    forgetful.write(ALERTS, FALSE_CRITICAL, when=at(CRITICAL_DAY))
    [marked] = [each for each in forgetful.run(LAST_DAY).reports if each.losses]
    assert (marked.written, "alerts 2, now 1" in marked.losses) == (False, True)


def test_a_loss_outlasts_the_week_for_which_telemetry_is_kept(forgetful: Life) -> None:
    """A report that has aged out shows its numbers; this danger is in no report."""
    forgetful.toml = MAPPED
    forgetful.live_quietly(NEXT_DAY, day_of("12-26"))

    assert forgetful.run(day_of("12-26")).why == {"lost": ["12-15"]}


def test_a_danger_that_is_back_ends_its_loss(forgetful: Life) -> None:
    """Then it objects itself."""
    forgetful.toml = MAPPED
    forgetful.run(LAST_DAY)

    forgetful.write(ALERTS, DANGER, FALSE_CRITICAL, when=at(LAST_DAY))

    assert forgetful.run(LAST_DAY).why == {"danger": ["12-15"]}


def test_a_loss_that_no_report_shows_ends_as_every_other(forgetful: Life) -> None:
    """It can be accepted, or given up by the command of the hint."""
    forgetful.toml = MAPPED
    hint = forgetful.run(LAST_DAY).hint("lost")
    before = forgetful.toml
    forgetful.paste(hint)
    assert forgetful.run(LAST_DAY).verdict == "GO"
    forgetful.toml = before
    assert forgetful.run(LAST_DAY).verdict == "HOLD"
    assert "stage1-snapshot --from 2025-12-15 --to 2025-12-15 --replace" in hint

    forgetful.snapshot(window_of(CRITICAL_DAY), replace=True)

    assert forgetful.run(LAST_DAY).why == {}


def test_a_loss_outlasts_the_report(life: Life) -> None:
    """A removed report that objected to a loss leaves its day objecting."""
    more = life.write("telemetry/more.jsonl", quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    more.unlink()
    assert life.run(LAST_DAY).why == {"lost": ["12-15"]}
    life.remove_day(CRITICAL_DAY)

    assert life.run(LAST_DAY).why == {"unreadable": ["12-15"]}


@pytest.mark.parametrize("adopt", [False, True])
def test_an_older_copy_of_a_report_without_an_index_does_not_hide_what_was_lost(
    life: Life, *, adopt: bool
) -> None:
    """The trend showed the critical event that neither the copy nor the telemetry has any more."""
    life.run(LAST_DAY)
    older = (life.reports / SUMMARY).read_bytes()
    life.write(ALERTS, critical(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).verdict == "NO_GO"
    newer = (life.reports / SUMMARY).read_bytes()

    (life.telemetry / ALERTS).unlink()
    (life.reports / SUMMARY).write_bytes(older)
    life.remove_index()

    assert life.trend(LAST_DAY, adopt=adopt).verdict == "NO_GO"
    assert life.run(LAST_DAY).verdict == "NO_GO"

    (life.reports / SUMMARY).write_bytes(newer)
    assert life.run(LAST_DAY, adopt=True).why == {"critical": ["12-15"], "lost": ["12-15"]}


# What a loss must not hide, and what ends none.


def test_an_accepted_loss_does_not_hide_what_comes_late(life: Life) -> None:
    """The report would stay as it is for ever, and the late danger would be in none."""
    life.append(ALERTS, *[quiet(CRITICAL_DAY)] * 3, when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    life.write(ALERTS, quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    life.paste(life.run(LAST_DAY).hint("lost"))
    assert life.run(LAST_DAY).verdict == "GO"
    life.append(ALERTS, DANGER, when=at(LAST_DAY))

    for _ in range(2):
        assert life.run(LAST_DAY).why == {"danger": ["12-15"]}


@pytest.mark.parametrize(
    ("late", "rule"),
    [(critical(CRITICAL_DAY), "critical"), (DANGER, "danger")],
    ids=["critical", "danger"],
)
@pytest.mark.parametrize("loss", ["edited", "empty", "blocked", "index"])
def test_no_report_that_stays_hides_what_comes_late(
    life: Life, loss: str, late: dict[str, str], rule: str
) -> None:
    """It is not trusted and can be accepted, and the telemetry shows less and more than it did."""
    life.append(ALERTS, *[quiet(CRITICAL_DAY)] * 3, when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    LOSSES_WITH_BLOCKED[loss](life)
    life.write(ALERTS, late, when=at(LAST_DAY))

    judged = life.run(LAST_DAY)

    assert rule in judged.why
    [other] = judged.why.keys() - {rule, "lost"}
    life.paste(judged.hint(other))
    for _ in range(2):
        assert life.run(LAST_DAY).why == {rule: ["12-15"]}
        assert life.trend(LAST_DAY).why == {rule: ["12-15"]}


def test_a_date_to_come_ages_no_loss(life: Life) -> None:
    """It is a mistake, and the telemetry of the day is not older than it was."""
    life.append(ALERTS, *[quiet(CRITICAL_DAY)] * 2, when=at(CRITICAL_DAY))
    life.run(LAST_DAY)
    life.write(ALERTS, quiet(CRITICAL_DAY), when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).why == {"lost": ["12-15"]}

    life.run(LAST_DAY + 8 * DAY, now=at(NEXT_DAY))

    assert life.trend(LAST_DAY).why == {"lost": ["12-15"]}
    life.live_quietly(NEXT_DAY, NEXT_DAY + 2 * DAY)
    assert "lost" not in life.run(NEXT_DAY + 2 * DAY).why


def test_a_critical_event_ahead_of_the_clock_is_lost_as_any_other(life: Life) -> None:
    """Until its time it can only be seen by what the reports say of it."""
    when = NEXT_DAY + 4 * DAY
    life.write(ALERTS, critical(when), when=at(LAST_DAY))
    assert list(life.run(LAST_DAY).why) == ["not_understood"]
    (life.telemetry / ALERTS).unlink()

    for _ in range(2):
        assert list(life.run(LAST_DAY).why) == ["not_understood", "lost"]
    life.live_quietly(NEXT_DAY, when)
    # What has aged out by then keeps its report.
    assert life.run(when, days=8).verdict == "GO"


def test_a_changed_report_forgets_no_danger(life: Life) -> None:
    """The trend found it, and whoever accepts that the report is unreadable does not accept it."""
    life.write(ALERTS, DANGER, when=at(CRITICAL_DAY))
    assert life.run(LAST_DAY).why == {"danger": ["12-15"]}
    place = life.reports / SUMMARY
    place.write_text(place.read_text().replace('"danger": 1', '"danger": 0'))
    judged = life.trend(LAST_DAY)
    assert judged.why == {"danger": ["12-15"], "unreadable": ["12-15"]}
    life.paste(judged.hint("unreadable"))

    assert life.trend(LAST_DAY).why == {"danger": ["12-15"]}
