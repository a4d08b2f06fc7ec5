"""The figures of a campaign."""

from __future__ import annotations

import pytest

from campaigns.figures import Figures

pytestmark = pytest.mark.campaigns


@pytest.fixture(name="figures")
def made() -> Figures:
    """Return figures of two kinds, one of which lost something."""
    figures = Figures("Crashes")
    figures.row("killed").tried = 1000
    figures.row("killed").losses.append("seed 7: the index is torn")
    figures.row("no space").tried = 20
    figures.row("no space").measured["slowest s"] = 1.25
    return figures


def test_all_rows_are_added_up(figures: Figures) -> None:
    """The sums are of all kinds."""
    assert figures.tried == 1020
    assert figures.losses == ["killed: seed 7: the index is torn"]


def test_a_kind_is_shown_when_the_next_begins(capsys: pytest.CaptureFixture[str]) -> None:
    """What hours of a campaign have shown is there if the next kind is interrupted."""
    figures = Figures("Crashes")
    figures.row("killed").tried = 1000
    assert capsys.readouterr().err == ""
    figures.row("killed").tried += 1
    figures.row("no space")

    assert capsys.readouterr().err.split() == ["killed", "1,001", "0"]


def test_the_table_has_a_line_for_each_kind_and_each_loss(figures: Figures) -> None:
    """A reader sees what was done, how often, and what was lost."""
    lines = [" ".join(line.split()) for line in figures.text().splitlines()]
    assert lines == [
        "# Crashes",
        "tried lost",
        "killed 1,000 1",
        "no space 20 0 slowest s 1.25",
        "all 1,020 1",
        "lost: killed: seed 7: the index is torn",
    ]


def test_a_table_of_many_losses_says_how_many_it_does_not_show(figures: Figures) -> None:
    """A thousand losses do not hide the table."""
    figures.row("killed").losses += map(str, range(29))
    assert figures.text().splitlines()[-1] == "lost: 10 more (the JSON has all)"


def test_the_json_has_everything(figures: Figures) -> None:
    """Figures of campaigns can be compared."""
    assert figures.data() == {
        "title": "Crashes",
        "tried": 1020,
        "lost": 1,
        "rows": [
            {
                "name": "killed",
                "tried": 1000,
                "losses": ["seed 7: the index is torn"],
                "measured": {},
            },
            {"name": "no space", "tried": 20, "losses": [], "measured": {"slowest s": 1.25}},
        ],
    }
