"""Test the list of processes that nobody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.telemetry.engines import stuck

if TYPE_CHECKING:
    import pytest


def test_what_is_left_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pools may leave processes; at first there is none."""
    monkeypatch.setattr(stuck, "_left", [])
    assert stuck.left() == ()

    stuck.leave([7])
    stuck.leave([])
    stuck.leave([8, 9])

    assert stuck.left() == (7, 8, 9)
