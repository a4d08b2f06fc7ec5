"""Functions shared by the commands that make a trend: the gate on its verdict, and the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.current import Currency, currency_of

if TYPE_CHECKING:
    from peaktrade_ops.cli.console import Form
    from peaktrade_ops.cli.options import FailOn
    from peaktrade_ops.cli.request import Request
    from peaktrade_ops.routine import TrendResult
    from peaktrade_ops.stage1.models import Verdict
    from peaktrade_ops.stage1.stage import Stage
    from peaktrade_ops.window import Window

_TRIPPING: Final = {"hold": {"HOLD", "NO_GO"}, "no-go": {"NO_GO"}}


def currency_now(request: Request, result: TrendResult) -> Currency:
    """Return whether the verdict of a trend is current at the current time (section 12).

    The days that make it out of date are those of the moment at which it was made.
    """
    return currency_of(result.trend, result.outdated, request.clock())


def trips(
    verdict: Verdict, fail_on: FailOn | None, *, is_current: bool = True, is_dated: bool = True
) -> bool:
    """Return whether ``--fail-on`` makes the command fail for a verdict.

    Args:
        verdict: The verdict.
        fail_on: The gate; `None` for none.
        is_current: Whether the verdict is current.
        is_dated: Whether the command line gives its date. If not, a verdict that is not current
            counts as HOLD, because an old date in a variable must not pass the gate.
    """
    counts_as = "HOLD" if verdict == "GO" and not is_current and not is_dated else verdict
    return fail_on is not None and counts_as in _TRIPPING[fail_on]


def warn_unless_stored(request: Request, result: TrendResult, window: Window, stage: Stage) -> None:
    """Write a warning, even when quiet, that a trend is not stored: pages show another verdict.

    It names the command that stores the trend alone: the daily routine with ``--replace`` would
    also store poorer reports of the range, and drop what only the stored ones show.
    """
    if not result.stored:
        request.console.warning(
            "the trend is not stored, because the stored one ends later, and pages show that one;"
            f" to store it: {stage.command('trends')} {window.option}"
            f" --days {result.trend.range.days} --replace, with the --reports-root, --dir and"
            " --config of this command"
        )


def warn_unless_current(request: Request, currency: Currency, form: Form) -> None:
    """Write a warning, even when quiet, that a verdict is not current.

    There is no warning for text output, which already says this, and none if the command line
    gives the date, because the operator then knows that it is past.
    """
    if form == "json" and not currency.is_current and not request.is_dated:
        reasons = "; ".join(currency.reasons)
        request.console.warning(f"the verdict is out of date, take GO for HOLD: {reasons}")
