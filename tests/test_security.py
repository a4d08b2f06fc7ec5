"""The threat model in SECURITY.md names modules, tests and campaigns that are there."""

from __future__ import annotations

import re
from typing import Final

import pytest

from campaigns.__main__ import CAMPAIGNS
from tests.support.checkout import REPO

pytestmark = pytest.mark.one_python

SECTION: Final = (
    (REPO / "SECURITY.md").read_text("utf-8").split("## Boundaries\n", 1)[1].split("\n## ", 1)[0]
)
ROWS: Final = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in SECTION.splitlines()
    if line.startswith("| ") and not line.startswith("| boundary ")
]


def absent(row: list[str]) -> list[str]:
    """Return the paths of a row that are neither in the repo nor in the package."""
    named = re.findall(r"`([\w./-]+)`", re.sub(r"campaigns? [`\w, ]+", "", " ".join(row[3:])))
    places = (REPO, REPO / "src" / "peaktrade_ops")
    return [name for name in named if not any((place / name).exists() for place in places)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_boundary_names_what_is_there(row: list[str]) -> None:
    """Each boundary has what is trusted and what is not, a module that checks, and a test."""
    assert len(row) == 5
    assert all(row)
    assert absent(row) == []
    assert re.search(r"`[\w./-]+`", row[3])
    assert "`tests/" in row[4]


def test_a_path_that_is_not_there_is_noticed() -> None:
    """A module or test that was renamed is found; the names of campaigns are no paths."""
    row = [
        "",
        "",
        "",
        "checked by `cli/gone.py`, `text.py`",
        "`tests/test_gone.py`, campaign `lives`",
    ]
    assert absent(row) == ["cli/gone.py", "tests/test_gone.py"]


def test_every_campaign_defends_a_boundary() -> None:
    """The model says which boundary a campaign attacks."""
    named = set(
        re.findall(r"`(\w+)`", " ".join(re.findall(r"campaigns? ((?:`\w+`,? ?)+)", SECTION)))
    )
    assert named == set(CAMPAIGNS)


def test_every_boundary_of_the_product_has_a_row() -> None:
    """Inputs, outputs, and what builds the product: sixteen boundaries."""
    assert len(ROWS) == 16
