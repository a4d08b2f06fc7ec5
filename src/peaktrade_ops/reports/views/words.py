"""Texts that several kinds of reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import Verdict

VERDICT_MEANINGS: Final[dict[Verdict, str]] = {
    "GO": "every check passed",
    "HOLD": "do not go on before each reason is understood",
    "NO_GO": "do not go on",
}

OUT_OF_DATE: Final = "out of date"
"""The remark on a verdict that is not current (section 12 of the contract)."""

TAKE_FOR_HOLD: Final = "take it for HOLD, and make the trend again"


def verdict_word(verdict: Verdict, *, is_current: bool) -> str:
    """Return the word for a verdict; it is never GO for a verdict that is not current."""
    if is_current:
        return verdict
    return OUT_OF_DATE if verdict == "GO" else f"{verdict}, {OUT_OF_DATE}"


def verdict_meaning(verdict: Verdict, *, is_current: bool) -> str:
    """Return the action that a verdict requires."""
    return TAKE_FOR_HOLD if verdict == "GO" and not is_current else VERDICT_MEANINGS[verdict]
