"""Files for a scan by several processes, and that scan."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from peaktrade_ops.config import Config, Limits
from peaktrade_ops.telemetry.engines.run import scanned
from tests.support.hostile import BROKEN_LINES
from tests.support.oracle import Expected, expect
from tests.support.scanning import (
    BEFORE,
    END,
    INSIDE,
    Counted,
    as_expected,
    content_of,
    setup_for,
    source_of,
    write_files,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from peaktrade_ops.telemetry.counting.tally import FileTally
    from peaktrade_ops.telemetry.files.source import Source


def mixed_content(seed: int, lines: int) -> bytes:
    """Return a file of valid and broken lines, the same bytes for the same seed."""
    order = random.Random(seed)  # noqa: S311 (no secret)
    records: list[Mapping[str, object] | bytes] = []
    for number in range(lines):
        if order.random() < 0.2:
            records.append(order.choice(BROKEN_LINES))
        else:
            moment = order.choice([INSIDE, INSIDE, BEFORE, None, "2099-01-01T00:00:00Z"])
            severity = order.choice(["critical", "info", "warn"])
            event_type = order.choice(["alert", "tick", "ack"])
            records.append(
                {"ts": moment, "severity": severity, "type": event_type, "rule": number % 37}
            )
    return content_of(*records)


FILES = {
    "telemetry/a.jsonl": mixed_content(1, 120) + b'{"ts":',
    "telemetry/b.jsonl": mixed_content(2, 60)[:-1],
    "logs/alerts.jsonl": content_of(*[{"ts": INSIDE, "type": "tick"}] * 50),
    "obs/empty.jsonl": b"",
    "obs/one-line.jsonl": b'{"ts":"' + INSIDE.encode() + b'","x":"' + b"x" * 3000 + b'"}',
    "obs/no-times.jsonl": content_of(*[b"broken"] * 40),
}


def sources_of(root: Path, files: Mapping[str, bytes]) -> list[Source]:
    """Write files; return a source for each."""
    write_files(root, files)
    return [source_of(root / path, path) for path in sorted(files)]


EXPECTED = expect(FILES, end=END)


def scan(
    sources: Sequence[Source],
    processes: int,
    progress: Callable[[int], object] = lambda _: None,
    memory_bytes: int = 2**20,
) -> tuple[dict[str, FileTally], Expected]:
    """Scan sources with some processes; return the tallies by file and the report's counts."""
    setup = setup_for(Config(limits=Limits(memory_bytes=memory_bytes)))
    with scanned(sources, setup, processes=processes, progress=progress) as tally:
        found = Counted(tally, setup.cells)
        return found.tally.files, as_expected(found)
