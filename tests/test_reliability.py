"""The page about reliability agrees with the campaigns."""

from __future__ import annotations

import re

import pytest

from campaigns.__main__ import CAMPAIGNS
from tests.support.checkout import REPO

pytestmark = pytest.mark.one_python

PAGE = (REPO / "docs" / "reliability.md").read_text("utf-8")


def test_the_page_lists_every_campaign() -> None:
    """The table of campaigns lists exactly those that can be chosen, in their order."""
    table = PAGE.split("| campaign | attacks |", 1)[1].split("\n\n", 1)[0]
    assert re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE) == [*CAMPAIGNS]


def test_every_campaign_has_figures() -> None:
    """What was tried is told for each campaign that tries anything."""
    figures = PAGE.split("| campaign | what was done |", 1)[1].split("\n\n", 1)[0]
    assert {*re.findall(r"^\| `(.*?)` \|", figures, re.MULTILINE)} == {*CAMPAIGNS} - {"cost"}


def test_the_page_names_every_argument() -> None:
    """The table of arguments has each argument of the command."""
    program = (REPO / "campaigns" / "__main__.py").read_text("utf-8")
    options = re.findall(r'add_argument\("(--\w+)"', program)
    assert options
    assert [option for option in options if f"`{option}" not in PAGE] == []
