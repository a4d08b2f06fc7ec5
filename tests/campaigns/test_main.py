"""The command that runs campaigns."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from campaigns.__main__ import CAMPAIGNS, main
from campaigns.figures import Figures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from campaigns.order import Order

pytestmark = pytest.mark.campaigns


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, lost: bool = False) -> int | str | None:
    """Run the command with one campaign; return its exit code."""

    def attack(order: Order) -> Figures:
        figures = Figures("Attack")
        figures.row("tried").tried = order.number(100, 5)
        figures.row("tried").losses += ["a day"] if lost else []
        assert order.scratch.is_dir()
        return figures

    monkeypatch.setitem(CAMPAIGNS, "attack", "for a test")
    monkeypatch.setitem(sys.modules, "campaigns.attack", SimpleNamespace(run=attack))
    monkeypatch.setattr(sys, "argv", ["campaigns", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_a_campaign_prints_and_writes_its_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table is for people, the JSON for programs."""
    written = tmp_path / "figures.json"
    assert run(monkeypatch, "attack", "--short", "--seed", "7", "--json", str(written)) == 0
    assert "# Attack" in capsys.readouterr().out
    figures = json.loads(written.read_bytes())
    assert figures["seed"] == 7
    assert figures["campaigns"]["attack"]["tried"] == 5


def test_a_loss_is_exit_code_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that runs campaigns notices."""
    assert run(monkeypatch, "attack", lost=True) == 1


def test_an_unknown_campaign_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message has the names that there are."""
    assert run(monkeypatch, "other") == 2
    assert "attack" in capsys.readouterr().err


def test_a_campaign_that_is_terminated_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The scratch folder goes, and so does whatever a campaign ends when it is left."""
    places: list[Path] = []

    def attack(order: Order) -> Figures:
        places.append(order.scratch)
        os.kill(os.getpid(), signal.SIGTERM)
        return Figures("Attack")

    monkeypatch.setitem(CAMPAIGNS, "attack", "for a test")
    monkeypatch.setitem(sys.modules, "campaigns.attack", SimpleNamespace(run=attack))
    monkeypatch.setattr(sys, "argv", ["campaigns", "attack"])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 143
    assert [place.exists() for place in places] == [False]


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Restore what the command does with a signal."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_every_campaign_can_be_run(name: str) -> None:
    """A campaign is a module with a function."""
    assert callable(importlib.import_module(f"campaigns.{name}").run)
