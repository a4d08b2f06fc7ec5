"""Generate telemetry of any size from a seed, with the mix of forms that the contract describes."""

from __future__ import annotations

import json
import random
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

END: Final = datetime(2025, 12, 20, tzinfo=UTC)
DAYS: Final = 8
FILES: Final = "telemetry"
"""The folder of the files below a telemetry root; the search takes all files in such a folder."""

_POOL_BYTES: Final = 32 * 2**20

_BROKEN_SHARE: Final = 0.005
_BLANK_SHARE: Final = 0.002
_UNTIMED_SHARE: Final = 0.001
_CET = timezone(timedelta(hours=1))

_TYPES: Final = (
    ["heartbeat"] * 20
    + ["order_submitted", "order_filled", "signal", "position_update"] * 8
    + ["risk_check", "AlertRaised", "alertAcknowledged", "backtest_done"]
)
_SEVERITIES: Final = ["info"] * 30 + ["debug"] * 10 + ["WARNING", "warn", "error", "Critical"]
_MESSAGES: Final = [
    "position update for BTC-EUR on venue kraken",
    "order book snapshot applied, 25 levels",
    "limit check passed for strategy momentum",
] * 16 + ["previous value kept", "Prüfung abgeschlossen für Strategie Müller"]
_DAMAGE: Final = (
    b'{"ts": "2025-12-19T10:00:00Z", "broken',
    b"[1, 2, 3]",
    b"null",
    b'{"message": "\xff\xfe"}',
    b'{"price": NaN}',
)

# One writer per file, each with the key and the form of its time.
_WRITERS: Final[list[tuple[str, Callable[[datetime], Any]]]] = [
    ("ts", lambda t: t.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    ("timestamp", lambda t: t.timestamp()),
    ("time", lambda t: t.isoformat()),
    ("ts", lambda t: int(t.timestamp() * 1000)),
    ("created_at", lambda t: t.astimezone(_CET).isoformat()),
    ("ts_utc", lambda t: t.strftime("%Y-%m-%d %H:%M:%S")),
    ("@timestamp", lambda t: t.strftime("%Y-%m-%dT%H:%M:%S.%f123Z")),
    ("event_ts_unix", lambda t: int(t.timestamp()) * 10**9),
]


def generate(folder: Path, size: int, *, days: int = DAYS, seed: int = 7) -> None:
    """Write about `size` bytes of telemetry in 8 files, the same for the same seed.

    Args:
        folder: The telemetry root to fill.
        size: The total size, bytes.
        days: The number of days over which the events are spread evenly; the last ends at `END`.
        seed: The seed of the random choices.
    """
    root = folder / FILES
    root.mkdir(parents=True, exist_ok=True)
    numbers = range(len(_WRITERS))
    job = partial(_write, root, size=size // len(_WRITERS), days=days, seed=seed)
    if size < _POOL_BYTES:
        list(map(job, numbers))
        return
    with ProcessPoolExecutor() as pool:
        list(pool.map(job, numbers))


def append(path: Path, size: int, *, seed: int) -> None:
    """Append about `size` bytes of events of the last day to a file that `generate` wrote."""
    number = int(path.stem.rpartition("-")[2])
    _write(path.parent, number, size=size, days=1, seed=seed)


def _write(root: Path, number: int, *, size: int, days: int, seed: int) -> None:
    """Append the events of one writer to its file."""
    key, form = _WRITERS[number]
    rng = random.Random(seed * 100 + number)  # noqa: S311 (no secret)
    written = 0
    with (root / f"events-{number}.jsonl").open("ab") as file:
        while written < size:
            moment = END - timedelta(days=days) * (1 - written / size)
            chance = rng.random()
            if chance < _BROKEN_SHARE:
                line = rng.choice(_DAMAGE)
            elif chance < _BROKEN_SHARE + _BLANK_SHARE:
                line = b""
            else:
                event = _event(rng)
                if rng.random() >= _UNTIMED_SHARE:
                    event = {key: form(moment), **event}
                line = json.dumps(event, ensure_ascii=False).encode()
            written += file.write(line + b"\n")


def _event(rng: random.Random) -> dict[str, Any]:
    rule = f"R-{rng.randrange(400):03d}"
    event: dict[str, Any] = {
        "event_type": rng.choice(_TYPES),
        "severity": rng.choice(_SEVERITIES),
        "message": rng.choice(_MESSAGES),
        "run_id": f"{rng.getrandbits(64):016x}",
        "payload": {"price": round(rng.random() * 5e4, 2), "size": rng.randrange(100)},
    }
    # A quarter of the events have their rule in a nested object.
    event |= {"labels": {"rule_id": rule}} if rng.randrange(4) == 0 else {"rule_id": rule}
    return event
