"""The one rule: no history of telemetry and reports makes a verdict milder than it may be.

Each life is two weeks of telemetry with flaws, and then a few operations: files are removed, cut,
changed, restored, reports are lost, edited, rolled back, the routine runs over all or a part. It
follows from its name alone, which is the seed, the way and a number. A long campaign takes two
hours, and lives as many as they hold. To repeat one:

    python -m campaigns.lives "1 seen 17"

The world and what happens in it are those of the tests: `tests.support.world`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING

from campaigns.figures import Figures
from campaigns.lives import container
from campaigns.lives.parallel import Lives, in_parallel
from campaigns.lives.ways import WAYS

if TYPE_CHECKING:
    from campaigns.order import Order


def run(order: Order) -> Figures:
    """Live many lives in each way."""
    figures = Figures("The one rule: lives of two weeks, and no verdict milder than it may be")
    processes = 1 if order.is_short else os.cpu_count() or 1
    for name, way in WAYS.items():
        if order.is_short:
            lives = Lives(order.seed, name, most=way.short)
        elif name != container.NAME or container.is_possible():
            lives = Lives(order.seed, name, seconds=60 * way.minutes)
        else:
            lives = Lives(order.seed, name, most=0)
        row = figures.row(way.title)
        verdicts: Counter[str] = Counter()
        began = time.monotonic()
        for told in in_parallel(lives, order.scratch, processes):
            row.tried += 1
            verdicts.update(told.verdicts)
            if told.loss:
                row.losses.append(told.loss)
        seconds = time.monotonic() - began
        row.measured = {"lives/s": row.tried / seconds} if row.tried else {}
        row.measured |= {verdict: verdicts[verdict] for verdict in sorted(verdicts)}
    return figures
