"""What a campaign is asked for: its seed, its size and its place."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Order(NamedTuple):
    """How a campaign runs.

    Attributes:
        seed: Two campaigns with the same seed and size try the same things.
        is_short: Whether to try a few of each kind only, as the tests do.
        scratch: An empty folder for its files.
    """

    seed: int
    is_short: bool
    scratch: Path

    def number(self, long: int, short: int) -> int:
        """Return how many there are to try: `long`, or `short` of a short campaign."""
        return short if self.is_short else long

    def random(self, name: str) -> Random:
        """Return a source of random numbers for one part of the campaign.

        Parts with a source of their own can be added without a change of the others.
        """
        return Random(f"{self.seed} {name}")  # noqa: S311 (to be repeated, not to be secret)
