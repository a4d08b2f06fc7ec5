"""The campaign: how much of each target is attacked.

Three sources make the bytes: tables of well-formed and odd parts with damage, the strategies of the
tests, and, in a long campaign, atheris. What the program makes of lines and values is compared with
the slow reading of the tests.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
import warnings
from random import Random
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, Phase, given, seed, settings

from campaigns.figures import Figures
from campaigns.hostile import guided
from campaigns.hostile.attack import attacked
from campaigns.hostile.lines import CONFIGS, check_file
from campaigns.hostile.targets import TARGETS
from tests.support.scanning import HOSTILE_FILES

if TYPE_CHECKING:
    from campaigns.figures import Row
    from campaigns.hostile.attack import Target
    from campaigns.order import Order

_MOST_LOSSES: Final = 10
_MOST_MEGABYTES: Final = 1024
"""What the process may take at most; the modules and tables take about 150."""


def attack(order: Order) -> Figures:
    """Attack all targets."""
    figures = Figures("Hostile telemetry, configuration and stored files")
    with warnings.catch_warnings():
        # Python warns of odd numbers in the Markdown of the earlier scripts.
        warnings.simplefilter("ignore", SyntaxWarning)
        for target in TARGETS.values():
            _draw(order, target, figures.row(target.name))
        _explore(order, figures.row("files of the strategies of the tests"))
    if not order.is_short and guided.is_possible():
        for name in guided.NAMES:
            _guide(order, name, figures.row(f"atheris: {TARGETS[name].name}"))
    return figures


def _draw(order: Order, target: Target, row: Row) -> None:
    random = order.random(target.name)
    began = time.monotonic()
    while row.tried < order.number(target.inputs, target.few) and len(row.losses) < _MOST_LOSSES:
        inputs = [target.draw(random) for _ in range(target.batch)]
        row.tried += len(inputs)
        if loss := attacked(target, inputs):
            row.losses.append(loss)
    row.measured["inputs/s"] = row.tried / max(time.monotonic() - began, 0.001)
    megabytes = _megabytes()
    row.measured["MB"] = megabytes
    if megabytes > _MOST_MEGABYTES:
        row.losses.append(f"the process takes {megabytes:.0f} MB")


def _megabytes() -> float:
    """Return the most memory that this process has taken."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _explore(order: Order, row: Row) -> None:
    """Compare files that hypothesis draws, which also makes a lost one small."""

    @seed(order.seed)
    @settings(
        max_examples=order.number(20_000, 20),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(HOSTILE_FILES)
    def compare(files: dict[str, bytes]) -> None:
        for path, content in files.items():
            row.tried += 1
            random = Random(hashlib.blake2b(content, digest_size=8).digest())  # noqa: S311 (not secret)
            check_file(random.choice(list(CONFIGS)), path, content, random)

    try:
        compare()
    except Exception as error:  # noqa: BLE001 (a crash of any kind is a loss)
        row.losses.append(f"{type(error).__name__}: {error!s:.4000}")


def _guide(order: Order, name: str, row: Row) -> None:
    began, random, target = time.monotonic(), order.random(f"atheris {name}"), TARGETS[name]
    seeds = [b"\n".join(target.draw(random) for _ in range(target.together)) for _ in range(200)]
    attack_ = guided.Attack(name, order.seed, inputs=1_000_000, seconds=120)
    row.tried, loss = attack_.run(order.scratch / name, seeds)
    row.losses += [loss] if loss else []
    row.measured["inputs/s"] = row.tried / max(time.monotonic() - began, 0.001)
