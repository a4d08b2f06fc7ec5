"""Tests of `peaktrade_ops.stage1.kind_aspect`."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.config import Alerts, Config, SeverityRules
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.event_class import KindClass
from peaktrade_ops.stage1.kinds import KindReader
from peaktrade_ops.stage1.known_rows import MOST_ROWS
from peaktrade_ops.stage1.names import (
    DANGERS,
    SERIOUS,
    UNREAD_SEVERITY,
)
from peaktrade_ops.stage1.nets import Nets
from peaktrade_ops.stage1.severity import SeverityReader
from peaktrade_ops.telemetry.counting.classifier import Events
from peaktrade_ops.telemetry.records.keywords import LinePattern
from tests.stage1.helpers import (
    classes_of,
    columns_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.stage1.known_rows import Lines
    from peaktrade_ops.stage1.severity import Severity
    from peaktrade_ops.telemetry.records.keys import Column, Memo, Values


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
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    [found] = aspect.classes(Events(columns_of([row]), [b'{"state":"critical"}'], [], None))

    assert found.marks == ()


def test_keys_are_looked_for_in_every_line_without_a_severity() -> None:
    """The search of the block looks for words only."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    found = aspect.classes(
        Events(columns_of([row] * 2), [b'{"levelno":50}', b'{"x":50}'], [], None)
    )

    assert [UNREAD_SEVERITY in each.marks for each in found] == [True, False]


def test_the_class_of_a_long_row_is_short() -> None:
    """Classes are counted after many blocks: those of a large archive are all in memory."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
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


def test_as_many_findings_as_the_limit_are_remembered() -> None:
    """Events with equal values and the same finding share a class, for 16 findings."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    row = (None,) * len(aspect.keys)
    lines = [f'{{"k{number}":"critical"}}'.encode() for number in range(17)]
    events = Events(columns_of([row] * 17), lines, range(17), None)
    pairs = zip(aspect.classes(events), aspect.classes(events), strict=True)

    assert [first is second for first, second in pairs] == [True] * 16 + [False]


def test_an_event_hides_no_finding_of_another_one() -> None:
    """Each event of a block is looked at, whatever is found for the others and by which net."""
    classes = classes_of(
        "a.jsonl",
        '{"level":"info","x":"CRITICAL risk"}',
        '{"level":"info","state":"critical"}',
        '{"levelno":50}',
    )

    assert [dict(each.names).get("unread_keys") for each in classes] == [None, "state", "levelno"]


def test_a_word_that_the_configuration_maps_is_no_finding() -> None:
    """It has been read at its key; at another one it has not."""
    config = Config(severity=SeverityRules(map={"critical": "warn"}))
    found = classes_of(
        "a.jsonl",
        '{"level":"critical"}',
        '{"state":"critical"}',
        classifier=Stage1Classifier(config),
    )

    assert [UNREAD_SEVERITY in each.marks for each in found] == [False, True]


def test_a_line_whose_events_come_in_several_batches_is_searched_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is found in it holds for all of its events, and another line is searched for itself."""
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    searched: list[bytes] = []
    positions = LinePattern.positions

    def counting(self: LinePattern, lines: Sequence[bytes]) -> list[int]:
        searched.extend(lines)
        return positions(self, lines)

    monkeypatch.setattr(LinePattern, "positions", counting)
    row = (None,) * len(aspect.keys)
    first, second, third = (f'{{"{key}":5}}'.encode() for key in ("levelno", "x", "sevcode"))
    memo: Memo = {}
    found = [
        [
            dict(each.names).get("unread_keys")
            for each in aspect.classes(
                Events(columns_of([row] * len(lines)), lines, [], None, memo)
            )
        ]
        for lines in ([first, second], [first, second], [third, first])
    ]

    assert found == [["levelno", None], ["levelno", None], ["sevcode", "levelno"]]
    assert searched == [first, second, third]


def test_two_aspects_of_the_same_lines_know_nothing_of_each_other() -> None:
    """The same long values can mean something else to a classifier with other settings."""
    memo: Memo = {}
    marks = []
    for words in (("halt",), ("stop",)):
        classifier = Stage1Classifier(Config(alerts=Alerts(danger=words)))
        [aspect, *_] = classifier.kind_of("a.jsonl").aspects
        row = tuple(map({"type": "halt " * 300}.get, aspect.keys))
        [found] = aspect.classes(Events(columns_of([row]), [b"{}"], [], None, memo))
        marks.append(found.marks)

    assert marks == [(DANGERS, SERIOUS), ()]


def test_a_long_text_that_the_events_of_a_line_share_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is read for the first of them, also if they differ in other values."""
    read: list[object] = []
    original = SeverityReader.read

    def counting(self: SeverityReader, value: object) -> Severity:
        read.append(value)
        return original(self, value)

    monkeypatch.setattr(SeverityReader, "read", counting)
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    text = "x" * 2000
    rows = [
        tuple(map({"severity": text, "type": kind}.get, aspect.keys)) for kind in ("a", "b", "c")
    ]
    classes = aspect.classes(Events(columns_of(rows), [b"{}"] * 3, [], None, {}))

    assert [dict(each.names)["types"] for each in classes] == ["a", "b", "c"]
    assert read == [text]


def read_of(
    monkeypatch: pytest.MonkeyPatch, batches: Sequence[Sequence[object]]
) -> list[list[object]]:
    """Return the severities that are read for the other events of a line, for each batch of them.

    Args:
        monkeypatch: The fixture.
        batches: The severities of events, none of which is critical.
    """
    [aspect, *_] = Stage1Classifier(Config()).kind_of("a.jsonl").aspects
    keys = aspect.keys
    none = (None,) * len(keys)
    # The first is for the event itself.
    read: list[list[object]] = [[]]
    original = KindReader.severity

    def counting(self: KindReader, values: Values, lines: Lines) -> Severity | None:
        read[-1] += [value for value in values if value is not None]
        return original(self, values, lines)

    def siblings(_place: int) -> Iterator[list[Column]]:
        for batch in batches:
            read.append([])
            yield columns_of([tuple(map({"severity": each}.get, keys)) for each in batch])

    with monkeypatch.context() as patch:
        patch.setattr(KindReader, "severity", counting)
        aspect.classes(Events(columns_of([none]), [b'{"state":"critical"}'], [0], siblings, {}))
    return read[1:]


def test_equal_severities_of_the_other_events_of_a_line_are_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line can have very many events, which come in batches."""
    found = read_of(monkeypatch, [["info", "warn", "info"], ["warn", "debug"]])

    assert found == [["info", "warn"], ["debug"]]


def test_as_many_severities_of_the_other_events_as_the_limit_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is known of a line has a limit, and long severities are not remembered."""
    texts = [str(number) for number in range(MOST_ROWS + 1)]
    long = "x" * 1000

    assert read_of(monkeypatch, [texts, texts, [long], [long]]) == [
        texts,
        texts[-1:],
        [long],
        [long],
    ]
    assert read_of(monkeypatch, [[long], [long]]) == [[long], [long]]


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

    def siblings(place: int) -> list[list[Column]]:
        looked.append(f"siblings of {place}")
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

    assert sorted(looked) == ["key_in", "siblings of 0", "words_in"]
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
