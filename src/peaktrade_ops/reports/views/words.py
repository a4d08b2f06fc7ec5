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
