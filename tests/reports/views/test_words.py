"""The words that several kinds of reports share."""

from __future__ import annotations

import pytest

from peaktrade_ops.reports.views.words import (
    RULE_NAMES,
    in_order,
    result_in_words,
    rule_in_words,
    verdict_meaning,
    verdict_word,
)
from peaktrade_ops.stage1.models import Check, CheckResult
from peaktrade_ops.stage1.rules import RULES

pytestmark = pytest.mark.one_python


def check(rule: str, result: CheckResult) -> Check:
    """Make a check of a rule."""
    return Check(rule, "HOLD", "0", "none", result)


def test_every_rule_has_words() -> None:
    """Every rule of the verdict has a plain name, in the order of the rules."""
    assert list(RULE_NAMES) == [rule.name for rule in RULES]
    assert all("_" not in words for words in RULE_NAMES.values())


def test_an_unknown_rule_is_shown_by_its_name() -> None:
    """A rule of a later version is shown by its name."""
    assert rule_in_words("moon_phase") == "moon_phase"
    assert rule_in_words("danger") == "Dangers"


def test_an_objection_says_to_what_it_leads() -> None:
    """The result of a rule that objects contains its verdict."""
    assert result_in_words(check("a", "objects")) == "objects: HOLD"
    assert result_in_words(check("a", "accepted")) == "accepted"
    assert result_in_words(check("a", "passed")) == "passed"


def test_what_objects_comes_first() -> None:
    """Objections come first, then what was accepted; the order is else kept."""
    results: list[CheckResult] = ["passed", "accepted", "objects", "passed", "objects"]
    checks = [check(f"{i}", result) for i, result in enumerate(results)]

    assert "".join(each.rule for each in in_order(checks)) == "24103"


@pytest.mark.parametrize(
    ("is_current", "words"),
    [
        (True, ("GO", "every check passed")),
        (False, ("out of date", "take it for HOLD, until a run makes it current again")),
    ],
)
def test_a_go_is_said_only_while_it_is_current(*, is_current: bool, words: tuple[str, str]) -> None:
    """A GO that is not current is neither called GO nor explained as one."""
    assert (
        verdict_word("GO", is_current=is_current),
        verdict_meaning("GO", is_current=is_current),
    ) == words
