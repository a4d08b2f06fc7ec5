"""Hostile telemetry, configuration and stored files: fuzzing of everything that others write."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaigns.figures import Figures
    from campaigns.order import Order


def run(order: Order) -> Figures:
    """Attack all targets."""
    from campaigns.hostile.campaign import attack  # noqa: PLC0415 (`guided` comes before it)

    return attack(order)
