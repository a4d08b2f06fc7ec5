"""Tests of `peaktrade_ops.stage1.names`."""

from __future__ import annotations

import pytest

from peaktrade_ops.stage1.names import name_of


@pytest.mark.parametrize(
    ("text", "name"),
    [(None, "(none)"), ("", ""), ("x", "x"), ("\U0001f600" * 201, "\U0001f600" * 200)],
)
def test_a_value_is_counted_by_its_beginning(text: str | None, name: str) -> None:
    """It is cut by characters, and an absent one has a name of its own."""
    assert name_of(text) == name
