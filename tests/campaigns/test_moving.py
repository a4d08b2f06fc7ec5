"""The campaign of moving telemetry."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from campaigns import moving
from campaigns.moving import world
from campaigns.order import Order
from peaktrade_ops.telemetry.files import pin, walk

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.campaigns


def losses_of(action: str, scratch: Path, *, step: int) -> list[str]:
    """Return the first loss if one thing happens to one file, before each of some accesses."""
    with pytest.MonkeyPatch.context() as patch:
        some = tuple(each for each in world.ANYWHERE if each.__name__ == action)
        assert len(some) == 1
        patch.setattr(moving, "ANYWHERE", some)
        patch.setattr(moving, "NESTED", ())
        patch.setattr(moving, "_STEP", step)
        patch.setattr(moving, "_MOST_LOSSES", 1)
        return moving.run(Order(1, is_short=True, scratch=scratch)).losses


def test_nothing_is_lost(tmp_path: Path) -> None:
    """Everything that can happen to files, at some of the accesses."""
    figures = moving.run(Order(1, is_short=True, scratch=tmp_path))
    assert figures.losses == []
    assert all(row.tried for row in figures.rows.values())
    assert list(tmp_path.iterdir()) == []


def test_an_event_that_was_cut_is_not_left(tmp_path: Path) -> None:
    """A report says that a line was rejected or partial; nobody can know that it was an event."""
    made = world.World(
        tmp_path / "root",
        tmp_path / "outside",
        Order(1, is_short=True, scratch=tmp_path).random("cut"),
        critical="",
    )
    made.build()
    path = made.root / "telemetry" / "app.jsonl"
    data = path.read_bytes()
    os.truncate(path, data.rindex(b'"info"') + 6)

    assert path.read_bytes().count(b'"info"') == data.count(b'"info"')
    assert made.left() == made.first._replace(events=made.first.events - 1)


def test_a_scan_that_does_not_look_again_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is written over after it was found is reported."""
    monkeypatch.setattr(pin, "_change_of", lambda *_: "")
    assert losses_of("write_over", tmp_path, step=8)


def test_a_search_that_walks_once_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that gets another name during the walk is found under that name."""
    monkeypatch.setattr(walk, "_MOST_ROUNDS", 1)
    assert losses_of("rename", tmp_path, step=1)
