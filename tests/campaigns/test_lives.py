"""The campaign of the one rule, and that it notices a program that is too mild."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from campaigns.__main__ import run
from campaigns.lives.parallel import Lives, in_parallel
from campaigns.lives.ways import WAYS, live
from campaigns.order import Order
from peaktrade_ops.reports.store.listed import Listed
from peaktrade_ops.stage1 import keep, losses, policy
from peaktrade_ops.stage1.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.campaigns

NOTICED = {
    "critical": "1 seen 3",
    "not_understood": "1 seen 0",
    "danger": "1 seen 0",
    "critical_actions": "1 seen 1",
    "legacy_critical": "1 seen 1",
    "new_alerts": "1 seen 3",
    "parse_errors": "1 seen 6",
    "incomplete": "1 seen 1",
    "unreadable": "1 seen 1",
    "unlisted": "1 seen 4",
    "missing": "1 seen 0",
    "last_day": "1 seen 0",
    "too_short": "1 seen 0",
    "gap": "1 seen 4",
    "lost": "1 seen 0",
    "source_gone": "1 seen 1",
    "mixed": "1 seen 5",
}
"""A life that notices that a rule is not there: the first one of the campaign with seed 1."""


@cache
def _loss_of(name: str) -> str:
    with TemporaryDirectory() as folder:
        return live(name, Path(folder)).loss


def test_no_life_has_a_verdict_that_is_too_mild(tmp_path: Path) -> None:
    """A few lives of each way that needs no engine lose nothing, and give all verdicts."""
    figures = run("lives", Order(1, is_short=True, scratch=tmp_path))

    assert figures.losses == []
    assert [row.tried for row in figures.rows.values()] == [way.short for way in WAYS.values()]
    assert {"GO", "HOLD", "NO_GO"} <= {
        name for row in figures.rows.values() for name in row.measured
    }
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_a_rule_that_is_not_there_is_noticed(rule: str, tmp_path: Path) -> None:
    """The campaign notices each rule of the verdict if the program lacks it."""
    assert _loss_of(NOTICED[rule]) == ""
    others = tuple(each for each in RULES if each.name != rule)

    with patch.object(policy, "RULES", others):
        told = live(NOTICED[rule], tmp_path / "without")

    assert rule in told.loss.partition(" | ")[0]
    assert told.loss.startswith(NOTICED[rule])


@pytest.mark.parametrize(
    ("name", "where", "what", "weaker"),
    [
        pytest.param("1 traced 0", losses, "_losses", lambda *_: iter(()), id="no loss is seen"),
        pytest.param("1 traced 18", keep, "_flagged", lambda each, **_: each, id="no mark"),
        pytest.param("1 seen 3", Listed, "trust", lambda *_: "listed", id="all is trusted"),
    ],
)
def test_a_weaker_rule_of_keeping_is_noticed(
    name: str, where: object, what: str, weaker: Callable[..., object], tmp_path: Path
) -> None:
    """So does a report that is replaced by a poorer one, or trusted without a reason."""
    assert _loss_of(name) == ""

    with patch.object(where, what, weaker):
        assert live(name, tmp_path / "weaker").loss


def test_a_life_is_lived_again_by_its_name(tmp_path: Path) -> None:
    """What was lost can be looked at."""
    first, again = (live("7 hosts 3", tmp_path / each) for each in ("first", "again"))

    assert first == again
    assert live("7 hosts 4", tmp_path / "other").story != first.story


def test_two_processes_live_the_same_lives_as_one(tmp_path: Path) -> None:
    """The number of processes changes no life."""
    lives = Lives(1, "mended", most=2)

    assert sorted(in_parallel(lives, tmp_path, 2)) == sorted(in_parallel(lives, tmp_path, 1))
    assert [*tmp_path.iterdir()] == []


def test_no_life_begins_when_the_time_is_over() -> None:
    """A long campaign takes as long as it says, with the same lives on every machine."""
    forever = Lives(1, "seen").names(1, 2)

    assert [next(forever) for _ in range(3)] == ["1 seen 1", "1 seen 3", "1 seen 5"]
    assert list(Lives(1, "seen", seconds=0).names(0, 1)) == []


def test_a_long_campaign_takes_two_hours() -> None:
    """Its ways share them."""
    assert sum(way.minutes for way in WAYS.values()) == 120
