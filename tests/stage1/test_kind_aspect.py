"""Tests of `peaktrade_ops.stage1.kind_aspect`."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.event_class import KindClass
from peaktrade_ops.stage1.names import (
    UNREAD_SEVERITY,
)
from peaktrade_ops.stage1.nets import Nets
from peaktrade_ops.telemetry.counting.classifier import Events
from peaktrade_ops.telemetry.records.keywords import LinePattern
from tests.stage1.helpers import (
    CLASSIFIER,
    classes_of,
    columns_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from peaktrade_ops.telemetry.records.keys import Column


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"state":"critical"}', "state"),
        ('{"level":"info","state":"critical"}', "state"),
        ('{"x":"level=fatal"}', "(text)"),
        ('{"level":"info","x":"level=fatal"}', "(text)"),
        ('{"x":"CRITICAL risk"}', "(text)"),
        ('{"level":"info","x":"CRITICAL risk"}', None),
        ('{"levelno":50}', "levelno"),
        ('{"level":"info","levelno":50}', None),
        ('{"level":"-","severity_id":5}', "severity_id"),
        # The order of the nets, not of the line.
        ('{"levelno":50,"x":"a FATAL","y":"level=fatal","z":"fatal"}', "z"),
        ('{"levelno":50,"x":"FATAL error"}', "(text)"),
        ('{"level":"critical","state":"critical"}', None),
        ('{"type":"ack","state":"critical","levelno":50}', None),
        (json.dumps({"k" * 300: "critical"}), "k" * 200),
    ],
)
def test_a_line_that_says_more_than_its_keys_is_unread(line: str, key: str | None) -> None:
    """Some nets are only for events without a severity; criticals and actions are read."""
    [found] = classes_of("a.jsonl", line)

    assert dict(found.names).get("unread_keys") == key
    assert (UNREAD_SEVERITY in found.marks) is (key is not None)


def test_words_are_looked_for_only_in_lines_that_the_search_of_the_block_has_found() -> None:
    """All other lines are passed over, so the search must miss none."""
    [aspect, *_] = CLASSIFIER.kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    [found] = aspect.classes(Events(columns_of([row]), [b'{"state":"critical"}'], [], None))

    assert found.marks == ()


def test_keys_are_looked_for_in_every_line_without_a_severity() -> None:
    """The search of the block looks for words only."""
    [aspect, *_] = CLASSIFIER.kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    found = aspect.classes(
        Events(columns_of([row] * 2), [b'{"levelno":50}', b'{"x":50}'], [], None)
    )

    assert [UNREAD_SEVERITY in each.marks for each in found] == [True, False]


def test_the_class_of_a_long_row_is_short() -> None:
    """Classes are counted after many blocks: those of a large archive are all in memory."""
    [aspect, *_] = CLASSIFIER.kind_of("a.jsonl").aspects
    row = ("x" * 2000, *[None] * (len(aspect.keys) - 1))
    [read] = aspect.classes(Events(columns_of([row]), [b"{}"], [], None))

    assert isinstance(read, KindClass)
    assert "x" * 200 in repr(read.kind)
    assert "x" * 201 not in repr(read.kind)


def test_findings_that_never_repeat_take_bounded_memory() -> None:
    """Equal events whose lines have always another key remember few of these keys."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    sizes = []
    for block in range(1, 9):
        lines = [f'{{"k{block * 100 + k}":"critical"}}'.encode() for k in range(100)]
        found = aspect.classes(Events(columns_of([row] * 100), lines, range(100), None))
        assert [dict(each.names)["unread_keys"] for each in found] == [
            f"k{block * 100 + k}" for k in range(100)
        ]
        sizes.append(len(pickle.dumps(aspect)))

    assert sizes[-1] == sizes[0]


def test_a_line_of_many_events_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work on a line that holds many events does not grow with their square."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    looked: list[str] = []
    for name in ("words_in", "key_in"):
        search = getattr(Nets, name)

        def counting(
            self: Nets, line: bytes, name: str = name, search: Callable[..., object] = search
        ) -> object:
            looked.append(name)
            return search(self, line)

        monkeypatch.setattr(Nets, name, counting)

    def siblings(_place: int) -> list[list[Column]]:
        looked.append("siblings")
        return [columns_of(rows[:5])]

    searched: list[int] = []
    positions = LinePattern.positions

    def measuring(self: LinePattern, lines: Sequence[bytes]) -> list[int]:
        searched.append(sum(map(len, lines)))
        return positions(self, lines)

    monkeypatch.setattr(LinePattern, "positions", measuring)
    line = b'{"state":"fatal","levelno":5}'
    rows = [(None,) * len(aspect.keys)] * 100
    classes = aspect.classes(Events(columns_of(rows), [line] * 100, range(100), siblings))

    assert sorted(looked) == ["key_in", "siblings", "words_in"]
    assert searched == [len(line)]
    assert {dict(each.names)["unread_keys"] for each in classes} == {"state"}


def test_a_line_of_which_an_event_is_critical_has_been_read() -> None:
    """The word of another event of an unpacked line is no finding."""
    lines = ('{"state":"critical"}', '{"severity":"critical"}')

    apart, together = classes_of("a.jsonl", *lines), classes_of("a.jsonl", *lines, siblings=True)

    assert UNREAD_SEVERITY in apart[0].marks
    assert UNREAD_SEVERITY not in together[0].marks


def test_readers_of_some_keys_take_bounded_memory() -> None:
    """Hostile blocks can have any of the keys, each block others."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    first = aspect.keys.index("level")
    for number in range(1, 300):
        row = ["halt" if number >> place & 1 else None for place in range(len(aspect.keys))]
        row[first] = "halt"
        [found] = aspect.classes(Events(columns_of([row]), [b"{}"], [], None))
        assert dict(found.names)["severities"] == "halt"

    assert len(aspect._readers) <= 64  # type: ignore[attr-defined]  # noqa: SLF001 (shows only there)
