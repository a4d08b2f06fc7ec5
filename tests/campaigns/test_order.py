"""What a campaign is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.order import Order

pytestmark = pytest.mark.campaigns


def test_a_short_campaign_tries_the_short_number() -> None:
    """The tests try a few of each kind, a real campaign all."""
    assert Order(1, is_short=True, scratch=Path()).number(1000, 3) == 3
    assert Order(1, is_short=False, scratch=Path()).number(1000, 3) == 1000


def test_the_same_seed_tries_the_same_things() -> None:
    """What was lost can be tried again."""
    first, again, other = (Order(seed, is_short=True, scratch=Path()) for seed in (1, 1, 2))
    assert first.random("kills").random() == again.random("kills").random()
    assert first.random("kills").random() != other.random("kills").random()


def test_parts_of_a_campaign_have_their_own_random_numbers() -> None:
    """A part can be added without a change of the others."""
    order = Order(1, is_short=True, scratch=Path())
    assert order.random("kills").random() != order.random("faults").random()
