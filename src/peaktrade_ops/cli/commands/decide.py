"""``decide``: the decision of the owner about the next stage."""

from __future__ import annotations

from typing import Final

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.clock import is_replaced
from peaktrade_ops.cli.codes import OK
from peaktrade_ops.cli.command import locking_command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    DecisionOptions,
    OutputOptions,
    PlaceOptions,
    StageOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.errors import UsageError
from peaktrade_ops.stage1.decision import Wish
from peaktrade_ops.stage1.models import MOST_NOTE, MOST_OWNER
from peaktrade_ops.text import shown

_CHOSEN_TIME: Final = (
    "SOURCE_DATE_EPOCH stood in for the clock, so nobody knows whether it was still valid"
)


@locking_command
def decide(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    decision: DecisionOptions,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the decision of the owner about the next stage, with the facts it rests on.

    A go against a verdict of HOLD or NO_GO, or one that is not current, needs --override and a
    note. Earlier decisions are kept in the new one.

    \b
    Examples:
      peaktrade-ops decide --owner 'A. Owner' --decision go
      peaktrade-ops decide --owner 'A. Owner' --decision extend --note 'one more quiet week'
      peaktrade-ops decide --owner 'A. Owner' --decision go --override --note 'known fault'
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    wish = Wish(
        _bounded("--owner", decision.owner, MOST_OWNER),
        decision.decision,
        _bounded("--note", decision.note, MOST_NOTE) if decision.note is not None else None,
        decision.override,
    )
    where = request.reports(stage, config, reports_root=place.reports_root, folders=[place.folder])
    # Whoever chooses the time could choose one at which an expired verdict was still valid.
    doubts = [_CHOSEN_TIME] if is_replaced() else []
    made = routine.decide(
        where,
        wish,
        clock=request.clock,
        config=request.config(config, stage=where.stage),
        doubts=doubts,
        waiting=request.waiting,
    )
    request.console.show(
        output.form,
        json=lambda: plain.artifact_json(made),
        terminal=lambda columns: terminal.decision(made, where.folder, columns),
        plain=lambda: plain.decision_text(made, where.stage),
    )
    if wish.override and not made.override:
        request.console.note("--override has no effect: the decision needs none")
    return OK


def _bounded(option: str, text: str, most: int) -> str:
    """Return a text without blanks at its ends, and with bytes that are not UTF-8 escaped.

    Raises:
        UsageError: It is blank or too long.
    """
    text = shown(text).strip()
    if not text:
        raise UsageError(f"{option} is blank", hint="write at least one character")
    if len(text) > most:
        raise UsageError(f"{option} has {len(text):,} characters", hint=f"write at most {most:,}")
    return text
