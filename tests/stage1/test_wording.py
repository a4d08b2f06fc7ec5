"""Tests of `peaktrade_ops.stage1.wording`: parts of hints, and lines to paste."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.stage1.faults import Fault
from peaktrade_ops.stage1.wording import accept, array, in_brackets, named, or_accept
from tests.support.artifacts import DAY, days_until


def test_the_lines_to_paste_accept_the_first_days() -> None:
    """So many more are named in a comment."""
    faults = [Fault((day,), 2) for day in days_until(DAY, 5)]

    lines = accept("lost", faults).split("\n")

    assert lines[:5] == [
        "[[accepted]]",
        "date = 2025-12-16",
        'rule = "lost"',
        "count = 2",
        'reason = "say why"',
    ]
    assert lines[-1] == "# and so on for 2 more"
    assert lines.count("[[accepted]]") == 3


def test_other_lines_come_before_the_entries() -> None:
    """A comment divides what ends the objection for good from what accepts these days."""
    hint = or_accept("mend it", "danger", [Fault((DAY,), 2)], ["[alerts]", "danger = []"])

    assert hint.split("\n") == [
        "mend it; what cannot be mended can be accepted in stage1.toml",
        "[alerts]",
        "danger = []",
        "# or only for these days:",
        "[[accepted]]",
        "date = 2025-12-20",
        'rule = "danger"',
        "count = 2",
        'reason = "say why"',
    ]
    assert or_accept("mend it", "danger", [Fault((DAY,))]).split("\n")[1] == "[[accepted]]"


def test_a_short_list_is_one_line() -> None:
    """A list without a text is a list, too."""
    assert array("not", ["a", 'b"']) == [r'not = ["a", "b\""]']
    assert array("danger", []) == ["danger = []"]


def test_a_long_list_is_several_lines() -> None:
    """A line of a page or a terminal holds only so much."""
    assert array("danger", ["a" * 40, "b" * 40, "c" * 40, "d" * 99]) == [
        "danger = [",
        f'  "{"a" * 40}", "{"b" * 40}",',
        f'  "{"c" * 40}",',
        f'  "{"d" * 99}",',
        "]",
    ]


@given(st.lists(st.text(max_size=40), max_size=12))
def test_a_list_is_read_back(items: list[str]) -> None:
    """Whatever the texts are, a reader of TOML gets them back in order."""
    lines = array("key", items)

    assert tomllib.loads("\n".join(lines)) == {"key": items}
    assert all(len(line.splitlines()) == 1 for line in lines)


def test_names_are_printable_and_few() -> None:
    """Each name is there once, the first three are named, and the others are counted."""
    faults = [Fault((DAY,), what=("a\n", "b")), Fault((DAY,), what=("b", "c", "d", "e"))]

    assert named(faults) == r" (a\u000a, b, c and 2 more)"
    assert in_brackets(["a"]) == " (a)"
    assert in_brackets([]) == ""
