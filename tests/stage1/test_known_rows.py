"""Tests of `peaktrade_ops.stage1.known_rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Config
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.known_rows import MOST_ROWS, KnownRows, Lines, lines_of
from peaktrade_ops.telemetry.counting.classifier import Class, Events
from peaktrade_ops.telemetry.records.keys import lookups
from peaktrade_ops.text import NumberText
from tests.stage1.helpers import (
    classes_of,
    columns_of,
)
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.telemetry.records.keys import Values


def test_equal_events_share_a_class_and_similar_ones_do_not() -> None:
    """Python takes `true` for 1 and 1.0, but JSON does not."""
    lines = [f'{{"type":{value}}}' for value in ("true", "1", "true", '"1"', "false", "0", "1")]
    classes = classes_of("a.jsonl", *lines)

    assert [dict(each.names)["types"] for each in classes] == [
        "true",
        "1",
        "true",
        "1",
        "false",
        "0",
        "1",
    ]
    assert classes[0] is classes[2]
    assert classes[1] is classes[6]


ALIKE = st.sampled_from((True, 1, NumberText("1.0"), "1", "1.0", "true", False, 0, "0", None, ""))


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(ALIKE, ALIKE, ALIKE), min_size=1, max_size=6))
def test_values_that_are_equal_in_python_are_not_mixed_up(
    values: list[tuple[object, object, object]],
) -> None:
    """A class that is remembered is that of the same JSON, in any order of events and blocks."""
    for index, known in enumerate(Stage1Classifier(Config()).kind_of("a.jsonl").aspects):
        rows = [
            tuple(map({"type": a, "level": b, "rule": c}.get, known.keys)) for a, b, c in values
        ]
        lines = [b"{}"] * len(rows)
        for _ in range(2):
            found = known.classes(Events(columns_of(rows), lines, [], None))
            for row, each in zip(rows, found, strict=True):
                fresh = Stage1Classifier(Config()).kind_of("a.jsonl").aspects[index]
                [alone] = fresh.classes(Events(columns_of([row]), [b"{}"], [], None))
                assert (each.names, each.marks, each.labels) == (
                    alone.names,
                    alone.marks,
                    alone.labels,
                )


def test_equal_values_of_different_keys_are_not_mixed_up() -> None:
    """A row says which of its places have a value, also if no other event of its block has one."""
    keys = ("a", "b", "c")
    known: KnownRows[Class, Lines] = KnownRows(lookups(keys, keys))

    def read(values: Values, _lines: Lines) -> Class:
        return Class(marks=tuple(map(str, values)))

    for row in [("x", None, None), (None, "x", None), (None, None, "x"), (None, None, None)]:
        [found] = known.classes(Events(columns_of([row]), [b"{}"], [], None), Lines(), read)
        assert found.marks == tuple(map(str, row))


class Reading:
    """Reads events with one value, and remembers which it has read, and with the help of what."""

    def __init__(self) -> None:
        """Know nothing, and read nothing yet."""
        self.known: KnownRows[Class, Lines] = KnownRows(lookups(("k",), ("k",)))
        self.lines = Lines()
        self.read: list[object] = []

    def classes(self, texts: Sequence[str]) -> list[Class]:
        """Return the class of an event with each text."""
        rows = [(text,) for text in texts]
        events = Events(columns_of(rows), [b"{}"] * len(rows), [], None)
        return self.known.classes(events, self.lines, self._class_of)

    def _class_of(self, values: Values, lines: Lines) -> Class:
        assert lines is self.lines
        self.read += values
        return Class()


def test_as_many_rows_as_the_limit_stay_known() -> None:
    """One row more, and all are forgotten before the next block."""
    reading = Reading()
    texts = [str(number) for number in range(MOST_ROWS)]

    first = reading.classes(texts)
    assert list(map(id, reading.classes([*texts, "more"])))[:-1] == list(map(id, first))
    assert reading.read == [*texts, "more"]

    reading.classes(["0"])
    assert reading.read == [*texts, "more", "0"]


@pytest.mark.parametrize(("length", "times"), [(999, 1), (1000, 2)])
def test_a_long_row_is_known_only_as_long_as_its_lines(length: int, times: int) -> None:
    """A row of 1000 characters is long: what is known of rows stays small."""
    reading = Reading()
    text = "x" * length

    reading.classes([text, text])
    assert reading.read == [text]

    reading.lines = Lines()
    reading.classes([text])
    assert reading.read == [text] * times


def test_as_many_long_rows_as_the_limit_stay_known() -> None:
    """Before the next one is remembered, all are forgotten."""
    reading = Reading()
    texts = [f"{number:04}" * 250 for number in range(65)]

    reading.classes(texts[:64])
    reading.classes(texts[:64])
    assert reading.read == texts[:64]

    reading.classes(texts[64:])
    reading.classes(texts[64:] + texts[:1])
    assert reading.read == [*texts, texts[0]]


def test_rows_that_never_repeat_take_bounded_memory() -> None:
    """What is remembered of rows has a limit, and rows with long texts are not remembered."""
    known: KnownRows[Class, Lines] = KnownRows(lookups(("k",), ("k",)))

    def read(values: Values, _lines: Lines) -> Class:
        return Class(marks=(str(values[0]),))

    for block in range(12):
        rows = [(f"{block}-{k}",) for k in range(1000)]
        events = Events(columns_of(rows), [b"{}"] * 1000, [], None)
        assert [each.marks for each in known.classes(events, Lines(), read)] == [
            (text,) for (text,) in rows
        ]
    long = Events(columns_of([("x" * 2000,)] * 2), [b"{}"] * 2, [], None)
    first, second = known.classes(long, Lines(), read)

    assert first is second
    remembered = known._known  # noqa: SLF001 (its size shows only there)
    assert len(remembered) <= 6000
    assert not any("x" * 2000 in row for row in remembered)


@pytest.mark.parametrize(("length", "times"), [(999, 2), (1000, 1)])
def test_a_long_text_is_looked_at_once_while_its_lines_are_read(length: int, times: int) -> None:
    """Only long texts are remembered: to look a short one up takes as long as to read it."""
    looked: list[str] = []

    def find(text: str) -> int:
        looked.append(text)
        return len(text)

    lines, text = Lines(), "x" * length

    assert [lines.of_text(text, find), lines.of_text(text, find)] == [length, length]
    assert len(looked) == times


def test_long_texts_that_never_repeat_take_bounded_memory() -> None:
    """512 of them stay known, and the oldest are forgotten first."""
    lines = Lines()
    texts = [f"{number:04}" * 250 for number in range(600)]
    looked: list[str] = []
    find = looked.append

    for text in texts[:512] * 2:
        lines.of_text(text, find)
    assert looked == texts[:512]

    for text in texts[512:]:
        lines.of_text(text, find)
    lines.of_text(texts[-1], find)
    lines.of_text(texts[0], find)

    assert looked == [*texts, texts[0]]


def test_what_is_known_of_lines_belongs_to_one_aspect_and_their_memo() -> None:
    """Without a memo, nothing else has events of the lines, and nothing is kept."""
    events = Events([], [], [], None, memo={})

    first = lines_of(events, "one", Lines)

    assert lines_of(events, "one", Lines) is first
    assert lines_of(events, "other", Lines) is not first
    alone = events._replace(memo=None)
    assert lines_of(alone, "one", Lines) is not lines_of(alone, "one", Lines)
