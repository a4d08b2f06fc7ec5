"""Text from outside in metrics: it is read by the parsers of Prometheus and OpenMetrics."""

from __future__ import annotations

import pytest

from tests.support.injected import changed_by, noticed_without_escapes

pytestmark = pytest.mark.one_python

ATTACKS = (
    'x"} 1\npeaktrade_verdict{verdict="GO',
    'x",verdict="GO',
    "x\npeaktrade_healthy 1",
    "x\n# EOF",
    'x\\"} 1',
    "x\\",
    'x"',
)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_no_text_is_a_series(text: str) -> None:
    """The parsers find the same series and labels; a label of a text has the whole of it."""
    assert changed_by("metrics", text) == []


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_without_escapes_it_would_be_noticed(text: str) -> None:
    """The parsers fail, or see the series of the attack, so the test above can fail."""
    assert noticed_without_escapes("metrics", text)
