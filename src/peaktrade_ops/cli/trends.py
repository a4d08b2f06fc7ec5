"""What the commands that make a trend share: the gate on its verdict, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.current import Currency, currency_of

if TYPE_CHECKING:
    from peaktrade_ops.cli.console import Form
    from peaktrade_ops.cli.options import FailOn
    from peaktrade_ops.cli.request import Request
    from peaktrade_ops.routine import TrendResult
    from peaktrade_ops.stage1.models import Verdict

_TRIPPING: Final = {"hold": {"HOLD", "NO_GO"}, "no-go": {"NO_GO"}}


def currency_now(request: Request, result: TrendResult) -> Currency:
    """Return whether the verdict of a trend is current, by the clock (section 12)."""
    return currency_of(result.trend, result.outdated, request.clock())


def trips(
    verdict: Verdict, fail_on: FailOn | None, *, is_current: bool = True, is_dated: bool = True
) -> bool:
    """Return whether a verdict is one that ``--fail-on`` names.

    Args:
        verdict: The verdict.
        fail_on: The gate; `None` for none.
        is_current: Whether the verdict is current.
        is_dated: Whether the command line asks for its date. A date that was left in a variable
            must not open the gate: a verdict that is not current counts as HOLD then.
    """
    counts_as = "HOLD" if verdict == "GO" and not is_current and not is_dated else verdict
    return fail_on is not None and counts_as in _TRIPPING[fail_on]


def note_unless_stored(request: Request, result: TrendResult) -> None:
    """Write a note when a trend is not stored."""
    if not result.stored:
        request.console.note(
            "the trend is not stored, because the stored one ends later; --replace stores it"
        )


def warn_unless_current(request: Request, currency: Currency, form: Form) -> None:
    """Write a warning, even when quiet, that a verdict is not current.

    Text says so itself. Who names the date on the command line knows that it is past.
    """
    if form == "json" and not currency.is_current and not request.is_dated:
        reasons = "; ".join(currency.reasons)
        request.console.warning(f"the verdict is out of date, take GO for HOLD: {reasons}")
