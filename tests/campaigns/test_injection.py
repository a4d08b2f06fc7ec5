"""The campaign of texts from outside: a short one, and a writer that does not escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from campaigns.injection import run
from campaigns.order import Order

if TYPE_CHECKING:
    from pathlib import Path

    from campaigns.figures import Figures

pytestmark = pytest.mark.campaigns

OUTPUTS = "texts in Markdown"


def markdown_losses(figures: Figures) -> list[str]:
    """Return what was lost in Markdown."""
    return figures.rows[OUTPUTS].losses


def test_nothing_is_lost(tmp_path: Path) -> None:
    """A short campaign tries each kind, and finds no loss."""
    figures = run(Order(1, is_short=True, scratch=tmp_path))

    assert figures.losses == []
    assert all(row.tried for row in figures.rows.values())


def test_a_writer_without_escapes_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The campaign would find what it looks for."""
    monkeypatch.setattr("peaktrade_ops.reports.views.markdown.markdown_text", str)
    monkeypatch.setattr("campaigns.injection._through", lambda *_: iter(()))

    assert markdown_losses(run(Order(1, is_short=True, scratch=tmp_path)))
