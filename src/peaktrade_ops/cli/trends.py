"""What the commands that make a trend share: the gate on its verdict, and a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from peaktrade_ops.cli.console import Console
    from peaktrade_ops.cli.options import FailOn
    from peaktrade_ops.routine import TrendResult

_TRIPPING: Final = {"hold": {"HOLD", "NO_GO"}, "no-go": {"NO_GO"}}


def trips(result: TrendResult, fail_on: FailOn | None) -> bool:
    """Return whether the verdict of a trend is one that ``--fail-on`` names."""
    return fail_on is not None and result.trend.rollups.go_no_go in _TRIPPING[fail_on]


def note_unless_stored(console: Console, result: TrendResult) -> None:
    """Write a note when a trend is not stored."""
    if not result.stored:
        console.note(
            "the trend is not stored, because the stored one ends later; --replace stores it"
        )
