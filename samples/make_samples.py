"""Write the sample telemetry: eight days of a dry run, always with the same bytes.

    python -m samples.make_samples

On 2025-12-18 the daily loss limit is reached. This is the only critical event in the range, and an
operator acknowledges it. On 2025-12-16 a writer is killed in the middle of a line. The other days
have no errors.

Beside them is the last day in three formats of other programs, which `samples/stage1.toml`
describes. One of its events is critical.
"""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TELEMETRY: Final = Path(__file__).parent / "telemetry"
FORMATS: Final = Path(__file__).parent / "formats"

FIRST_DAY: Final = date(2025, 12, 13)
DAYS: Final = 8
CRITICAL_DAY: Final = 5
LAST_DAY: Final = DAYS - 1
SLOW_HOUR: Final = 13
LOST_HOUR: Final = 15
SEED: Final = 20251220

_SYMBOLS: Final = {"BTC-EUR": 88_400.0, "ETH-EUR": 2_560.0, "SOL-EUR": 112.0}
_BERLIN: Final = timezone(timedelta(hours=1))

Event = dict[str, Any]


def main() -> None:
    """Write the sample telemetry, and that of other formats, beside this file."""
    write_samples(TELEMETRY, make_samples())
    write_samples(FORMATS, make_formats())


def write_samples(root: Path, samples: dict[str, bytes]) -> None:
    """Write sample telemetry.

    Args:
        root: The telemetry root; it is created if it is missing.
        samples: The decoded content of each file by its path.
    """
    for path, data in samples.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        # Without a time stamp, the archive always has the same bytes.
        file.write_bytes(gzip.compress(data, mtime=0) if file.suffix == ".gz" else data)


def make_samples() -> dict[str, bytes]:
    """Return the content of each file by its path; the content of a compressed file is decoded."""
    return {
        "alerts/alerts.jsonl": _lines(_alerts()),
        "alerts/alerts.jsonl.1.gz": _lines(_earlier_alerts()),
        "live_runs/alerts/old.jsonl": _lines(_old_system()),
        "obs/heartbeat.jsonl": _lines(_heartbeats()),
        "telemetry/orders.jsonl": _cut_line(_lines(_orders(random.Random(SEED)))),  # noqa: S311 (samples, no secrets)
        "telemetry/risk.ndjson": _lines(_risk_checks(random.Random(SEED + 1))),  # noqa: S311 (see above)
    }


def make_formats() -> dict[str, bytes]:
    """Return the files of a day in three other formats, as `make_samples` does."""
    return {
        "telemetry/gateway-pino.jsonl": _lines(_pino(random.Random(SEED + 2))),  # noqa: S311 (see above)
        "telemetry/risk-python.jsonl": _lines(_python()),
        "telemetry/strategy-docker.jsonl": _lines(_docker()),
    }


def _at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a moment of the dry run; day 0 is the first day."""
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
    return midnight + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def _orders(rng: random.Random) -> Iterator[Event]:
    """Yield the orders of the strategy and their fills; times in ISO 8601 with Z."""
    number = 1000
    for day in range(DAYS):
        for hour in range(1, 24, 2):
            number += 1
            symbol = rng.choice(sorted(_SYMBOLS))
            placed = _at(day, hour, rng.randrange(50), rng.randrange(60))
            price = round(_SYMBOLS[symbol] * (1 + rng.randrange(-200, 201) / 10_000), 2)
            order = {
                "order_id": f"dry-{number}",
                "symbol": symbol,
                "side": rng.choice(("buy", "sell")),
                "quantity": rng.randrange(1, 40) / 100,
            }
            yield {
                "ts": _iso_z(placed),
                "level": "info",
                "event_type": "order_submitted",
                "source": "strategy.momentum",
                **order,
                "limit": price,
            }
            filled = rng.randrange(10) > 0
            yield {
                "ts": _iso_z(placed + timedelta(milliseconds=rng.randrange(40, 4_000))),
                "level": "info" if filled else "warning",
                "event_type": "order_filled" if filled else "order_rejected",
                "source": "paper_exchange",
                **order,
            }


def _risk_checks(rng: random.Random) -> Iterator[Event]:
    """Yield the checks of the risk engine; times in epoch milliseconds."""
    for day in range(DAYS):
        for hour in range(0, 24, 4):
            checked = _at(day, hour, 30)
            yield {
                "timestamp": int(checked.timestamp() * 1000) + rng.randrange(1000),
                "severity": "INFO",
                "kind": "exposure_check",
                "rule_id": "exposure.total",
                "exposure": rng.randrange(1_000, 6_000) / 10_000,
                "passed": True,
            }


def _heartbeats() -> Iterator[Event]:
    """Yield a heartbeat every two hours; times without an offset, in UTC."""
    for day in range(DAYS):
        for hour in range(0, 24, 2):
            alive = _at(day, hour, 5)
            yield {
                "time": alive.strftime("%Y-%m-%d %H:%M:%S"),
                "levelname": "DEBUG",
                "name": "heartbeat",
                "uptime_s": int((alive - _at(0, 0)).total_seconds()),
            }


def _earlier_alerts() -> Iterator[Event]:
    """Yield the events of the rotated alert log, of the first four days; times in epoch seconds."""
    for day in range(4):
        yield {
            "timestamp": _at(day, 6).timestamp(),
            "severity": "info",
            "type": "log_opened",
        }
    yield {
        "timestamp": _at(1, 14, 12, 9).timestamp(),
        "severity": "warn",
        "type": "alert",
        "rule_id": "latency.exchange",
        "title": "Exchange answers slowly",
        "value_ms": 1840,
        "limit_ms": 1500,
    }


def _alerts() -> Iterator[Event]:
    """Yield the events of the alert log from the fifth day on; times with the local offset."""
    for day in range(4, DAYS):
        yield {"ts": _iso_offset(_at(day, 6)), "severity": "info", "event_type": "log_opened"}
        if day == CRITICAL_DAY:
            yield _alert(
                _at(day, 15, 41), "critical", "loss.daily", "Daily loss limit reached, paused"
            )
            yield {
                "ts": _iso_offset(_at(day, 15, 58)),
                "severity": "notice",
                "event_type": "alert_acknowledged",
                "rule_id": "loss.daily",
                "operator": "desk",
                "note": "Replayed fills were counted twice; reset, dry run resumed",
            }
        if day == CRITICAL_DAY + 1:
            yield _alert(_at(day, 9, 20), "warning", "latency.exchange", "Exchange answers slowly")


def _alert(moment: datetime, severity: str, rule: str, title: str) -> Event:
    return {
        "ts": _iso_offset(moment),
        "severity": severity,
        "event_type": "risk_alert",
        "labels": {"rule_id": rule},
        "title": title,
        "dedupe_key": f"{rule}/{moment.date()}",
    }


def _pino(rng: random.Random) -> Iterator[Event]:
    """Yield the log of a gateway by pino: levels are numbers, times epoch milliseconds."""
    for hour in range(24):
        answered = _at(LAST_DAY, hour, 12, 30)
        latency = rng.randrange(40, 400) if hour != SLOW_HOUR else 2_150
        yield {
            "level": 30 if hour != SLOW_HOUR else 40,
            "time": int(answered.timestamp() * 1000) + rng.randrange(1000),
            "pid": 71,
            "hostname": "gateway",
            "msg": "exchange answered" if hour != SLOW_HOUR else "exchange answers slowly",
            "latency_ms": latency,
        }


def _python() -> Iterator[Event]:
    """Yield the log of a risk engine by the logging of Python: levels as its numbers."""
    for hour in range(0, 24, 2):
        is_close = hour == SLOW_HOUR + 1
        yield {
            "created": _at(LAST_DAY, hour, 30).timestamp() + 0.25,
            "levelno": 30 if is_close else 20,
            "name": "risk.exposure",
            "message": "exposure is near its limit" if is_close else "exposure checked",
        }


def _docker() -> Iterator[Event]:
    """Yield the log of a strategy as Docker keeps it: each line is a text in another object."""
    for hour in range(0, 24, 3):
        is_lost = hour == LOST_HOUR
        line = {
            "level": "critical" if is_lost else "info",
            "event": "position_mismatch" if is_lost else "signal_computed",
            "symbol": "BTC-EUR",
            "message": "The position differs from that of the exchange" if is_lost else "hold",
        }
        yield {
            "log": json.dumps(line) + "\n",
            "stream": "stderr" if is_lost else "stdout",
            "time": _at(LAST_DAY, hour, 45).isoformat().replace("+00:00", ".000412903Z"),
        }


def _old_system() -> Iterator[Event]:
    """Yield the alerts of the earlier system, which count as legacy hits only."""
    for day in (-40, -33, -20, 2, 5):
        yield {
            "created_at": _iso_z(_at(day, 11)),
            "level": "critical" if day < 0 else "warning",
            "category": "old_alert",
            "message": "risk_limit check of the v1 engine",
        }


def _cut_line(data: bytes) -> bytes:
    """Return lines with a copy of one of them that is cut in the middle, as by a killed writer."""
    lines = data.splitlines(keepends=True)
    middle = next(i for i, line in enumerate(lines) if b"2025-12-16T1" in line)
    lines.insert(middle, lines[middle][:60] + b"\n")
    return b"".join(lines)


def _lines(events: Iterator[Event]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def _iso_z(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _iso_offset(moment: datetime) -> str:
    return moment.astimezone(_BERLIN).isoformat()


if __name__ == "__main__":
    main()
