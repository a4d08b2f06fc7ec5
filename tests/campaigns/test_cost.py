"""The campaign of what hostile telemetry costs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from campaigns import cost
from campaigns.cost import SHAPES, content_of, honest
from campaigns.order import Order
from peaktrade_ops.telemetry.files.compression import decompress
from peaktrade_ops.telemetry.records.decode import LineDecoder
from tests.support.compressing import gzip_bytes, zstd_bytes
from tests.support.scanning import scan_content

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.campaigns

_EMPTY = (gzip_bytes(b""), zstd_bytes(b""), b"P*M\x18\0\0\0\0")
ORDER = Order(1, is_short=True, scratch=Path())


def test_nothing_costs_far_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """All shapes are measured; the load of a machine that runs tests is no loss."""
    shapes = {name: shape._replace(limit=10 * shape.limit) for name, shape in SHAPES.items()}
    monkeypatch.setattr(cost, "SHAPES", shapes)

    figures = cost.run(ORDER)

    assert figures.losses == []
    assert set(figures.rows) == set(SHAPES)


def test_a_reading_that_is_slow_for_each_line_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Honest telemetry has few lines for its size."""
    read_block = LineDecoder.read_block

    def slow(self: LineDecoder, data: bytes, lines: Sequence[bytes]) -> object:
        end = time.process_time() + 4e-5 * len(lines)
        while time.process_time() < end:
            pass
        return read_block(self, data, lines)

    monkeypatch.setattr(LineDecoder, "read_block", slow)
    monkeypatch.setattr(cost, "SHAPES", {"x": cost.Shape(lambda k: b"%d x\n" % k)})
    assert cost.run(ORDER).losses


def test_honest_telemetry_is_read() -> None:
    """It is what hostile telemetry is compared with: events in the window."""
    found = scan_content(honest(10_000))
    assert found.in_window == found.file.lines == 40


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_its_size(name: str) -> None:
    """Inputs of one size are compared."""
    shape = SHAPES[name]
    content = content_of(shape, 10_000)
    assert 8_000 < len(content) <= 10_100
    if shape.is_archive:
        content = b"".join(decompress(iter([content])))
    assert content.endswith(b"\n") or shape.unit(0) in _EMPTY
