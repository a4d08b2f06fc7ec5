"""Tests of `peaktrade_ops.stage1.rule_aspect`."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.config import Fields
from peaktrade_ops.stage1.rule_aspect import RuleAspect
from peaktrade_ops.telemetry.counting.classifier import Events
from peaktrade_ops.text import NumberText
from tests.stage1.helpers import (
    columns_of,
    reading_of,
    rule_of,
)
from tests.support import oracle


def test_a_dotted_key_is_looked_up_as_it_stands_and_then_as_a_path() -> None:
    """The dotted key itself comes first; where it has no usable value the path is followed."""
    nested: dict[str, object] = {"labels": {"rule_id": "nested"}}

    assert rule_of(nested) == "nested"
    assert rule_of(nested | {"labels.rule_id": "dotted"}) == "dotted"
    assert rule_of(nested | {"labels.rule_id": ""}) == "nested"


@pytest.mark.parametrize("labels", [None, "rule_id", ["rule_id"], 5, {}, {"rule_id": {"x": 1}}])
def test_a_path_that_leads_nowhere_falls_through(labels: object) -> None:
    """A path through a value that is not an object, or to an object, has no value."""
    assert rule_of({"labels": labels, "source": "s"}) == "s"


@pytest.mark.parametrize(
    ("event", "label"), [({"rule": "r"}, "r"), ({"rule": "r" * 300}, "r" * 200), ({}, None)]
)
def test_evidence_is_labelled_with_the_rule(event: dict[str, object], label: str | None) -> None:
    """The label is cut like the counted name, and says nothing where there is no rule."""
    aspect = RuleAspect(reading_of())
    rows = [tuple(map(event.get, aspect.keys))]
    [found] = aspect.classes(Events(columns_of(rows), [b""], [], None))

    assert found.labels == (("rule", label),)


def test_a_long_number_that_the_events_of_a_line_share_is_copied_once() -> None:
    """A copy for each event would take time and memory by their number times its length."""
    copies: list[str] = []

    class Counted(NumberText):
        def __str__(self) -> str:
            copies.append("a copy")
            return str.__str__(self)

    aspect = RuleAspect(reading_of(Fields(rule=("shared", "own"))))
    shared = Counted("1" * 2000)
    rows = [(shared, "a"), (shared, "b")]
    found = aspect.classes(Events(columns_of(rows), [b""] * 2, [], None, memo={}))

    assert [each.names for each in found] == [(("rules", "1" * 200),)] * 2
    assert copies == ["a copy"]


KEYS = st.lists(
    st.sampled_from(("a", "b", "a.b", "b.a", "a.b.c", "a.", ".a", "..")), min_size=1, max_size=4
)

VALUES = st.recursive(
    st.sampled_from(("x", "", None)),
    lambda inner: st.dictionaries(st.sampled_from(("a", "b", "", "a.b")), inner),
    max_leaves=6,
)

EVENTS = st.dictionaries(st.sampled_from(("a", "b", "a.b", "b.a", "a.", "")), VALUES)


@settings(deadline=None)
@given(KEYS, EVENTS)
def test_any_keys_are_looked_up_as_the_contract_says(
    keys: list[str], event: dict[str, object]
) -> None:
    """The first usable value of any key list is the one that the oracle finds."""
    fields = Fields(rule=tuple(keys))
    expected = oracle.property_of(event, keys)

    assert rule_of(event, fields) == (expected or "(none)")


def test_rules_that_never_repeat_take_bounded_memory() -> None:
    """What is remembered of rules has a limit, and long rules are not remembered."""
    aspect = RuleAspect(reading_of(Fields(rule=("r",))))
    sizes = []
    for block in range(12):
        rows = [(f"{block:02}-{k:03}",) for k in range(1000)]
        aspect.classes(Events(columns_of(rows), [b"{}"] * 1000, [], None))
        sizes.append(len(pickle.dumps(aspect)))
    before = pickle.dumps(aspect)
    first, second = aspect.classes(Events(columns_of([("x" * 2000,)] * 2), [b"{}"] * 2, [], None))

    assert max(sizes) < 6 * sizes[0]
    assert pickle.dumps(aspect) == before
    assert first.names == second.names
