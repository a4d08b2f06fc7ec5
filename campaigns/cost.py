"""What hostile telemetry costs: processor time for each byte, compared with honest telemetry.

The aim is that no input of N bytes costs more than 20 times honest telemetry of N bytes that is
read by the same configuration. An archive counts with its compressed bytes, and honest telemetry
is not compressed.

Shapes with a limit of their own do not keep to that with a margin, or do not reach it; the limit is
one and a half times what was measured. Their lines have 3 to 40 bytes. Where they all differ, each
is an event whose values are read on their own, and the calls of functions that this takes cost as
much as several hundred bytes of honest telemetry. For each frame of Zstandard the library makes a
decoder, which asks the processor what it can do: that is slow in a virtual machine.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from campaigns.figures import Figures
from peaktrade_ops.config import Config, Format
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.counting.spill import Table
from peaktrade_ops.telemetry.files.source import source_of
from tests.support.compressing import bzip2_bytes, gzip_bytes, xz_bytes, zstd_bytes
from tests.support.memory_store import MemoryStore
from tests.support.scanning import setup_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from campaigns.figures import Row
    from campaigns.order import Order

AIM: Final = 20.0
_PATH: Final = "telemetry/a.jsonl"
_PLACE: Final = f"/t/{_PATH}"


class Shape(NamedTuple):
    """Hostile telemetry.

    Attributes:
        unit: Makes the unit of a number, which is repeated.
        limit: How many times the cost of honest telemetry it may have.
        opens: Whether the configuration unpacks lists and strings.
        before: What is before all units.
        after: What is behind them.
        is_archive: Whether the units are compressed.
    """

    unit: Callable[[int], bytes]
    limit: float = AIM
    opens: bool = False
    before: bytes = b""
    after: bytes = b""
    is_archive: bool = False


def _same(text: bytes) -> Callable[[int], bytes]:
    return lambda _: text


_T: Final = b'"ts":1766145600'
_START: Final = b"{" + _T + b',"a":['
_MEMBER: Final = b"{}\n"
SHAPES: Final[dict[str, Shape]] = {
    "one line of empty lists": Shape(_same(b"[],"), before=_START, after=b"1]}\n"),
    "one line of empty objects": Shape(_same(b"{},"), before=_START, after=b"1]}\n"),
    "one line of open brackets": Shape(_same(b"["), after=b"\n"),
    "one line of words that are critical": Shape(
        _same(b'"critical",'), before=_START, after=b"1]}\n"
    ),
    "lines that are blank": Shape(_same(b"\n")),
    "lines with one letter": Shape(_same(b"x\n")),
    "lines that are not UTF-8": Shape(_same(b"\xff\n")),
    "empty objects": Shape(_same(b"{}\n"), limit=26),
    "empty objects and bad lines": Shape(lambda k: (b"{}\n", b"\xff\n")[k % 2], limit=26),
    "short events without a time": Shape(_same(b'{"sev":1}\n')),
    "short events with a time": Shape(_same(b"{" + _T + b"}\n")),
    "short events that all differ": Shape(lambda k: b'{"a":%d}\n' % k, limit=33),
    "bad lines that all differ": Shape(lambda k: b"%d x\n" % k, limit=32),
    "bad objects that all differ": Shape(lambda k: b"{%d\n" % k, limit=31),
    "times that are no times": Shape(lambda k: b'{"ts":%d}\n' % k, limit=36),
    "severities that all differ": Shape(lambda k: b'{"level":"x%d"}\n' % k, limit=55),
    "severities that are numbers": Shape(lambda k: b'{"level":%d}\n' % k, limit=62),
    "types that all differ": Shape(lambda k: b"{%b" % _T + b',"type":"x%d"}\n' % k, limit=22),
    "types of alerts that all differ": Shape(
        lambda k: b"{%b" % _T + b',"type":"alert%d"}\n' % k, limit=33
    ),
    "types of dangers that all differ": Shape(
        lambda k: b"{%b" % _T + b',"type":"killed %d"}\n' % k, limit=38
    ),
    "types without a time that all differ": Shape(lambda k: b'{"type":"x%d"}\n' % k, limit=49),
    "keys that all differ": Shape(lambda k: b"{%b" % _T + b',"k%d":"critical"}\n' % k, limit=37),
    "keys of a severity that all differ": Shape(lambda k: b'{"lvl%d":1}\n' % k, limit=33),
    "texts in capitals that all differ": Shape(lambda k: b'{"a":"CRITICAL %d"}\n' % k, limit=38),
    "rules that all differ": Shape(lambda k: b"{%b" % _T + b',"rule_id":"x%d"}\n' % k),
    "lists of empty objects": Shape(
        _same(b"{},"), opens=True, before=b'{"Records":[', after=b"1]}\n", limit=26
    ),
    "lists of objects that all differ": Shape(
        lambda k: b'{"a":%d},' % k, opens=True, before=b'{"Records":[', after=b"1]}\n"
    ),
    "strings with an object": Shape(_same(b'{"log":"{}"}\n'), opens=True),
    "strings with an object that differs": Shape(
        lambda k: b'{"log":"{\\"a\\":%d}"}\n' % k, opens=True, limit=30
    ),
    "empty gzip members": Shape(_same(gzip_bytes(b"")), is_archive=True),
    "gzip members of a line": Shape(_same(gzip_bytes(_MEMBER)), is_archive=True),
    "bzip2 streams of a line": Shape(_same(bzip2_bytes(_MEMBER)), is_archive=True),
    "xz streams of a line": Shape(_same(xz_bytes(_MEMBER)), is_archive=True),
    "skippable frames of Zstandard": Shape(_same(b"P*M\x18\0\0\0\0"), is_archive=True, limit=34),
    "empty frames of Zstandard": Shape(_same(zstd_bytes(b"")), is_archive=True, limit=240),
    "frames of Zstandard of a line": Shape(_same(zstd_bytes(_MEMBER)), is_archive=True, limit=225),
}


def run(order: Order) -> Figures:
    """Measure all shapes in two sizes; in a short campaign in a small one."""
    figures = Figures("Cost of hostile telemetry")
    size = order.number(2**18, 2**16)
    for name, shape in SHAPES.items():
        row = figures.row(name)
        for factor in (1, 8)[: order.number(2, 1)]:
            _measure(shape, size * factor, row)
    return figures


def honest(size: int) -> bytes:
    """Return lines as programs write them, in the window."""
    lines = (
        b'{"ts": "2025-12-19T12:%02d:%02d.%06dZ", "event_type": "order_submitted", "severity":'
        b' "info", "message": "position update for BTC-EUR on venue kraken", "run_id": "%08x",'
        b' "payload": {"price": %d.5, "size": 41}, "labels": {"rule_id": "R-%03d"}}\n'
        % (k // 60 % 60, k % 60, k % 10**6, k * 7919, 100 + k % 9000, k % 100)
        for k in range(size // 250)
    )
    return b"".join(lines)


def content_of(shape: Shape, size: int, first: int = 10_000) -> bytes:
    """Return telemetry of a shape, of about so many bytes.

    Args:
        shape: The shape.
        size: The number of bytes.
        first: The number of the first unit.
    """
    count = max(1, (size - len(shape.before) - len(shape.after)) // len(shape.unit(first)))
    return shape.before + b"".join(map(shape.unit, range(first, first + count))) + shape.after


def _measure(shape: Shape, size: int, row: Row) -> None:
    row.tried += 1
    # What was read once costs less, so that all units differ from those before. Honest telemetry
    # is read between them, so that both meet the same load of the machine.
    usual = honest(size)
    pairs = [
        (
            _seconds(content_of(shape, size, first), opens=shape.opens),
            _seconds(usual, opens=shape.opens),
        )
        for first in (10_000, 600_000, 1_200_000)
    ]
    taken, base = map(min, zip(*pairs, strict=True))
    times = taken / base
    row.measured["times honest"] = max(times, row.measured.get("times honest", 0))
    if times > shape.limit:
        row.losses.append(f"{size} bytes cost {times:.0f} times honest ones, over {shape.limit:g}")


def _seconds(content: bytes, *, opens: bool) -> float:
    """Return the processor time of a scan for each byte."""
    scanner = _scanner(opens=opens)
    store = MemoryStore({_PLACE: content})
    source = source_of(_PATH, _PLACE, store.identity(_PLACE))
    scanner.setup = scanner.setup._replace(store=store)
    began = time.process_time()
    scanner.scan(Part(source, 0, source.size))
    return (time.process_time() - began) / len(content)


@cache
def _scanner(*, opens: bool) -> Scanner:
    """Return a scanner that has compiled its searches, as it does in the first blocks."""
    formats = (Format(files=("**",), unpack=("Records",), embedded=("log",)),) if opens else ()
    store = MemoryStore({_PLACE: honest(2**21)})
    scanner = Scanner(setup_for(Config(formats=formats))._replace(store=store), Table)
    source = source_of(_PATH, _PLACE, store.identity(_PLACE))
    scanner.scan(Part(source, 0, source.size))
    return scanner
