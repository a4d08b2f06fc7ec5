"""The campaign of hostile bytes, and the inputs that were found by it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from campaigns import hostile
from campaigns.hostile import attack, guided, stored
from campaigns.hostile.attack import LostError, Target, attacked, mutated
from campaigns.hostile.targets import TARGETS
from campaigns.order import Order
from peaktrade_ops.stage1 import nets, severity
from peaktrade_ops.stage1.current import Outdated
from peaktrade_ops.telemetry.counting import scan, tally
from peaktrade_ops.telemetry.engines import cache
from peaktrade_ops.telemetry.files import compression, patterns
from peaktrade_ops.telemetry.records import decode, times

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.campaigns

CORPUS = Path(__file__).parents[1] / "corpus" / "hostile"
FOUND = sorted(path for path in CORPUS.rglob("*") if path.is_file())


def test_nothing_is_lost(tmp_path: Path) -> None:
    """A few inputs of each kind break nothing."""
    figures = hostile.run(Order(1, is_short=True, scratch=tmp_path))
    assert figures.losses == []
    assert all(row.tried for row in figures.rows.values())
    assert set(figures.rows) >= {target.name for target in TARGETS.values()}


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_what_was_found_once_is_mended(path: Path) -> None:
    """Each input that the campaign found is tried again."""
    TARGETS[path.parent.name].check([path.read_bytes()])


def lost(name: str, inputs: int = 3000) -> bool:
    """Return whether a target notices a program that is broken."""
    target, random = TARGETS[name], Order(1, is_short=True, scratch=Path()).random(name)
    return any(
        attacked(target, [target.draw(random) for _ in range(target.batch)])
        for _ in range(inputs // target.batch)
    )


def test_a_severity_that_is_misread_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads values is compared with the slow reading."""
    assert not lost("severities", 300)
    monkeypatch.setitem(severity._TABLE, "crit", "info")  # noqa: SLF001 (broken on purpose)
    assert lost("severities")
    assert lost("lines")


def test_a_time_that_is_misread_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times out of order, without offset and in all units are compared."""
    monkeypatch.setattr(times, "_from_iso", lambda *_: None)
    assert lost("times")


def test_a_net_with_a_hole_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in a block is what is in its lines."""
    monkeypatch.setattr(nets, "_capitals", re.compile(rb"CRITICAL"))
    assert lost("nets")


def test_a_line_that_is_not_counted_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of a file add up."""
    monkeypatch.setattr(scan, "_count_others", lambda *_: None)
    assert lost("lines", 300)


def test_parts_that_do_not_add_up_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is counted as a whole and in parts."""
    monkeypatch.setattr(tally.Standing, "absorb", lambda *_: None)
    assert lost("lines", 600)


def test_a_reason_that_is_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rejected lines are listed with their reasons."""
    monkeypatch.setattr(decode, "is_too_deep", lambda _: False)
    assert lost("formats")


def test_a_glob_that_matches_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A star stays within one part of a path."""
    monkeypatch.setitem(patterns._ACROSS, 3, ".*?")  # noqa: SLF001 (broken on purpose)
    assert lost("globs")


def test_a_cut_archive_that_passes_for_whole_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing at the end is broken compression."""
    monkeypatch.setattr(compression._ZstdFrame, "finished", property(lambda _: True))  # noqa: SLF001 (broken on purpose)
    assert lost("cuts", 300)


def test_a_bomb_that_is_unpacked_at_once_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with what is in an archive."""
    monkeypatch.setattr(compression, "_OUT_BYTES", 2**30)
    monkeypatch.setattr("campaigns.hostile.archives._MOST_MEMORY", 2**20)
    assert lost("bombs", 20)


def test_a_cache_without_seals_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged rows count as absent."""
    monkeypatch.setattr(cache, "_seal", lambda *_: b"")
    stored._cache_file.cache_clear()  # noqa: SLF001 (it is of other seals)
    assert lost("databases", 500)
    stored._cache_file.cache_clear()  # noqa: SLF001 (it is of other seals)


@pytest.mark.parametrize("name", ["configs", "markdowns", "kept"])
def test_a_crash_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Only the errors that the program has for its users are none."""

    def crash(*_: object) -> None:
        raise ZeroDivisionError

    functions = {
        "configs": "load_configuration",
        "markdowns": "day_of_old_markdown",
        "kept": "from_bytes",
    }
    monkeypatch.setattr(f"campaigns.hostile.stored.{functions[name]}", crash)
    assert lost(name, 20)


def test_a_changed_report_under_a_current_go_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored report that the index does not know ends a GO."""
    assert not lost("stored", 3)
    outdated = "peaktrade_ops.reports.store.archive.Archive.outdated"
    monkeypatch.setattr(outdated, lambda *_: Outdated())
    assert lost("stored", 20)


def target_of(*, seconds: float = 0, limit: int = 10) -> Target:
    """Return a target that takes a time, and that loses inputs that are longer than a limit."""

    def check(inputs: Sequence[bytes]) -> None:
        time.sleep(seconds)
        if any(len(data) > limit for data in inputs):
            raise LostError("too long")

    return Target("of a test", lambda random: random.randbytes(5), check, 100, 10, batch=5)


def test_a_loss_names_the_input_that_is_enough_for_it() -> None:
    """The others of its batch are not told."""
    told = attacked(target_of(), [b"short", b"much too long", b"short"])
    assert told == f"LostError: too long for ['{b'much too long'.hex()}']"
    assert attacked(target_of(), [b"short"]) is None


def test_what_does_not_end_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that takes too long is lost."""
    monkeypatch.setattr(attack, "SECONDS", 0.05)
    assert "takes longer" in (attacked(target_of(seconds=1), [b"short"]) or "")


def test_mutations_follow_from_the_seed() -> None:
    """The same seed makes the same bytes, and another one others."""

    def made(number: int) -> list[bytes]:
        random = Order(number, is_short=True, scratch=Path()).random("x")
        return [mutated(random, b"abcdef", (b"X", b"Y")) for _ in range(20)]

    assert made(1) == made(1) != made(2)


@pytest.mark.parametrize("name", guided.NAMES)
def test_atheris_knows_the_targets(name: str) -> None:
    """Each attack of it has a target, and inputs that it can make."""
    assert name in TARGETS
    assert TARGETS[name].together >= 1
