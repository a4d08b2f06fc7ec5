"""The short campaign of concurrency, and proof that it notices what is broken on purpose."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from campaigns import concurrency
from campaigns.concurrency import containers
from campaigns.concurrency.reading import reading, torn_in
from campaigns.crashes.world import LAST, World, empty_world
from campaigns.figures import Figures
from campaigns.order import Order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from peaktrade_ops.reports.store.lock import Waiting

pytestmark = pytest.mark.campaigns


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Make a world with reports of some days."""
    made = empty_world(tmp_path / "world")
    concurrency.begin(LAST, made)
    return made


def test_nothing_is_lost(tmp_path: Path) -> None:
    """Runs at once, some of them killed, with readers beside them, and one that is stuck."""
    figures = concurrency.run(Order(seed=1, is_short=True, scratch=tmp_path))

    assert figures.losses == []
    assert {name for name, row in figures.rows.items() if row.tried} == {
        "runs at once, some of them killed",
        "reads of all files without a lock",
        "verify beside runs",
        "requests to serve beside runs",
        "days, compared with those of single runs",
        "commands beside a run that is stuck",
    }


def test_files_that_are_written_in_place_are_noticed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a program that writes its artifacts in place, piece by piece."""

    def publish(folder: Path, artifacts: Mapping[str, bytes], _removed: bytes | None) -> None:
        for name, data in artifacts.items():
            with (folder / name).open("wb", buffering=0) as file:
                for start in range(0, len(data), 16):
                    file.write(data[start : start + 16])

    monkeypatch.setattr("peaktrade_ops.routine.publish", publish)

    with reading(world, tmp_path / "reading") as found:
        assert world.run("render").code == 0

    count, losses = found["reads of all files without a lock"].read()
    assert count > 0
    assert any("is torn" in loss for loss in losses)


def test_a_program_without_a_lock_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: nobody waits for a run that is stuck."""

    @contextlib.contextmanager
    def unlocked(
        _folder: Path, *, shared: bool = False, waiting: Waiting | None = None
    ) -> Iterator[None]:
        del shared, waiting
        yield

    monkeypatch.setattr("peaktrade_ops.routine.locked", unlocked)
    monkeypatch.setattr("peaktrade_ops.scanning.locked", unlocked)
    monkeypatch.setattr("peaktrade_ops.cli.commands.metrics.locked", unlocked)

    figures = Figures("Stuck")
    concurrency.stuck(
        Order(1, is_short=True, scratch=world.folder).random("stuck"), figures, world, LAST
    )

    assert any("ends with 0" in loss for loss in figures.losses)


def test_a_torn_file_is_noticed(tmp_path: Path) -> None:
    """Negative control of the reader without a lock: half a page and half a document."""
    (tmp_path / "index.html").write_text("<html>")
    (tmp_path / "index.json").write_text('{"entries": [')
    (tmp_path / "stage1_trend.md").write_text("# Whole\n")

    assert sorted(torn_in(tmp_path)) == ["index.html is torn", "index.json is torn"]


def test_without_an_image_no_container_counts_as_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures say why, instead of claiming that nothing was lost."""
    monkeypatch.setenv("PATH", "")

    assert containers.missing() == "no container engine answers"
