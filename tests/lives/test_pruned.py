"""Test that removing old reports makes no verdict milder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.listed import Listed
from peaktrade_ops.reports.store.names import summary_name
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.routine import prune_reports
from peaktrade_ops.window import window_of
from tests.support.happenings import prune
from tests.support.lives import QUIET_FILE, Life, at, critical, day_of, days_from, quiet
from tests.support.stored import Limits
from tests.support.world import FILES, World, begun

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.reports.store.pruning import Plan

LAST = day_of("12-20")
OLD = days_from(day_of("12-07"), 9)
TOLERANT = "[policy]\nmax_missing_days = 99\nmissing_window_days = 99\nmin_days_with_data = 1\n"


def pruned(life: Life, keep_days: int = 5) -> Plan:
    """Remove the reports before 12-16, after a trend of the last three days."""
    life.run(LAST)
    life.trend(LAST, days=3, replace=True)
    return prune_reports(life.place, keep_days, today=LAST, delete=True)


def test_a_range_that_reaches_pruned_days_is_a_hold_that_names_them(life: Life) -> None:
    """Nobody knows any more what was there, whatever the policy tolerates."""
    life.append(QUIET_FILE, critical(OLD[3]), when=at(LAST))
    life.toml = TOLERANT
    assert life.run(LAST).verdict == "NO_GO"
    assert pruned(life).days == OLD

    judged = life.trend(LAST, days=14)

    assert judged.verdict == "HOLD"
    assert judged.why == {"unreadable": [f"{day:%m-%d}" for day in OLD]}
    finding = judged.findings["unreadable"]
    assert "pruned reports on 9 days" in finding.text
    assert "use --days 5 or fewer" in finding.hint


def test_the_days_that_are_kept_are_judged_as_before(life: Life) -> None:
    """The shorter range does not reach what was removed."""
    life.toml = TOLERANT
    before = life.run(LAST, days=5)

    pruned(life)

    assert life.trend(LAST, days=5).trend == before.trend
    assert life.run(LAST, days=5).verdict == "GO"


def test_without_a_note_in_the_index_the_range_would_be_go(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: this is what the note of the pruned days prevents."""
    life.append(QUIET_FILE, critical(OLD[3]), when=at(LAST))
    life.toml = TOLERANT
    pruned(life)
    monkeypatch.setattr(Listed, "is_pruned", lambda _self, _day: False)

    assert life.trend(LAST, days=14).verdict == "GO"


def test_days_that_are_counted_again_object_until_they_are_accepted(life: Life) -> None:
    """What is left of their telemetry may be less than the report has shown."""
    life.append(QUIET_FILE, critical(OLD[3]), when=at(LAST))
    life.toml = TOLERANT
    pruned(life)
    quiet_days = [*OLD, *days_from(day_of("12-16"), 5)]
    life.write(QUIET_FILE, *map(quiet, quiet_days), when=at(LAST))

    again = life.run(LAST)

    assert again.verdict == "HOLD"
    assert again.why == {"unreadable": [f"{day:%m-%d}" for day in OLD]}
    assert life.summary(OLD[3])["remade"] is True
    assert life.run(LAST).why == again.why


def test_a_critical_event_that_is_counted_again_is_no_go(life: Life) -> None:
    """As long as its telemetry is there, nothing is lost."""
    life.append(QUIET_FILE, critical(OLD[3]), when=at(LAST))
    pruned(life)

    assert life.run(LAST).verdict == "NO_GO"


def test_a_pruned_day_without_telemetry_stays_pruned(life: Life) -> None:
    """An empty count says nothing about what was there."""
    life.toml = TOLERANT
    pruned(life)
    life.write(QUIET_FILE, *map(quiet, days_from(day_of("12-16"), 5)), when=at(LAST))

    judged = life.run(LAST)

    assert judged.verdict == "HOLD"
    assert not (life.reports / summary_name(OLD[0])).exists()
    # Once the range has left these days behind, nothing is left of them.
    assert life.run(LAST, days=5).verdict == "GO"


def test_a_new_day_adds_to_the_pruned_ones(life: Life) -> None:
    """The note in the index grows with each run, as few spans of days."""
    pruned(life, 8)
    life.append(QUIET_FILE, quiet(day_of("12-21")), when=at(day_of("12-21")))
    life.run(day_of("12-21"), days=3)
    prune_reports(life.place, 8, today=day_of("12-21"), delete=True)

    [entry] = life.index()["pruned"]

    assert entry == {"start": "2025-12-07", "end": "2025-12-13"}
    assert [each for each in verify(life.reports) if each.level == "error"] == []


def test_the_world_notices_a_milder_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The histories of the world would find a `prune` that leaves no note."""
    limits = Limits(max_missing_days=99, missing_window_days=99, min_days_with_data=1)

    def history(name: str) -> World:
        world = begun(Life(tmp_path / name), [("critical", OLD[0], 0)], limits)
        world.life.toml = TOLERANT
        world.run()
        world.path(FILES[0]).unlink()
        world.whole[FILES[0]] = []
        world.life.trend(LAST, days=3, replace=True)
        prune(world, 4 * 12 + 4)
        return world

    world = history("noted")
    assert not (world.life.reports / summary_name(OLD[0])).exists()
    world.check(world.life.trend(LAST, days=14), window_of(LAST), 14, world.known)
    monkeypatch.setattr(Listed, "is_pruned", lambda _self, _day: False)
    world = history("without a note")
    judged = world.life.trend(LAST, days=14)
    with pytest.raises(AssertionError, match="GO over"):
        world.check(judged, window_of(LAST), 14, world.known)
