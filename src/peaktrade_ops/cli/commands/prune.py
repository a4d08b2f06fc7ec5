"""``prune``: removes old reports that nothing rests on."""

from __future__ import annotations

from peaktrade_ops import routine
from peaktrade_ops.cli import plain
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import locking_command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    PlaceOptions,
    PruneOptions,
    StageOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.stage1.faults import plural


@locking_command
def prune(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    pruning: PruneOptions,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Show which old reports nothing rests on, and remove them with --delete.

    Only files that are as the index says are removed, and never a day that the stored trend or
    decision rests on. A trend that reaches a removed day is HOLD.

    \b
    Examples:
      peaktrade-ops prune --keep-days 400
      peaktrade-ops prune --keep-days 400 --delete
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    profile = request.stage(
        stage.stage, config, reports_root=place.reports_root, folders=[place.folder]
    )
    where = request.place(place.reports_root, [place.folder], stage=profile)
    plan = routine.prune_reports(
        where,
        pruning.keep_days,
        today=request.now.date(),
        delete=pruning.delete,
        waiting=request.waiting,
    )
    request.console.show(
        output.form,
        json=lambda: plain.prune_json(plan, is_deleted=pruning.delete),
        terminal=lambda _columns: plain.prune_text(plan, where.folder, is_deleted=pruning.delete),
        plain=lambda: plain.prune_text(plan, where.folder, is_deleted=pruning.delete),
    )
    if plan.refused:
        count = plural(len(plan.refused), "old file")
        request.console.warning(
            f"{count} {'stays' if len(plan.refused) == 1 else 'stay'}, with all of the day,"
            " because not all is as the index says; verify shows what is wrong"
        )
    elif plan.days and not pruning.delete:
        request.console.note("nothing is removed without --delete")
    return GATE if plan.refused else OK
