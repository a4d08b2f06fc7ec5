"""Tests of `peaktrade_ops.telemetry.counting.kept`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.stage1.names import CRITICALS, NOT_UNDERSTOOD
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.kept import Recut, from_bytes, to_bytes
from peaktrade_ops.telemetry.counting.scan import Scanner
from peaktrade_ops.window import HOUR, window_until
from tests.support.examples import examples
from tests.support.hostile import telemetry_files
from tests.support.scanning import (
    END,
    INSIDE,
    PATH,
    WINDOW,
    Counted,
    as_expected,
    content_of,
    scan_content,
    setup_for,
)

if TYPE_CHECKING:
    from datetime import datetime

    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.window import Window

CRITICAL = {"ts": INSIDE, "level": "critical", "rule": "r"}


def scanner_of(*windows: Window, ahead: datetime | None = None) -> Scanner:
    """Return a scanner of some windows and a clock."""
    return Scanner(setup_for()._replace(cells=Cells(windows, ahead)))


def scanned(content: bytes, scanner: Scanner) -> Tally:
    """Return the tally of one file."""
    return scan_content(content, scanner).tally


def recut(content: bytes, then: Scanner, now: Scanner) -> Tally | None:
    """Return the tally of one file that was kept by one scanner and is asked for by another."""
    body = to_bytes(scanned(content, then), then.setup.cells)
    return Recut(now.setup.cells, now.new_tally).tally(from_bytes(body), PATH)


def shown(tally: Tally, scanner: Scanner, window: Window) -> object:
    """Return what a report of a window shows of a tally."""
    tally.collect(PATH)
    found = Counted(tally, scanner.setup.cells, window)
    spans, written = scanner.setup.cells.spans_of(window), {PATH: 0}
    evidence = [tally.exhibits_of(kind, spans, written) for kind in (CRITICALS, NOT_UNDERSTOOD)]
    return as_expected(found), found.sums, evidence


@settings(max_examples=examples(60))
@given(
    telemetry_files(END),
    st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=4, unique=True),
    st.sampled_from([0, 1, 2, 3]),
    st.sampled_from([0, 0, 1, 24, 30]),
)
def test_a_kept_tally_is_the_one_of_a_scan_or_does_not_fit(
    files: dict[str, bytes], then: list[int], now: int, hours: int
) -> None:
    """By other windows and another clock, a kept tally shows what a scan would show, or nothing."""
    windows = [WINDOW.earlier(back) for back in then]
    old = scanner_of(*windows, ahead=END + timedelta(hours=24))
    new = scanner_of(WINDOW.earlier(now), ahead=END + timedelta(hours=24 + hours))
    for content in files.values():
        kept = recut(content, old, new)
        if kept is not None:
            fresh = scanned(content, new)

            assert shown(kept, new, WINDOW.earlier(now)) == shown(fresh, new, WINDOW.earlier(now))


def test_a_kept_tally_of_the_same_cells_is_the_same() -> None:
    """By the same windows and the same clock, every tally fits, and is equal."""
    content = content_of(CRITICAL, {"ts": "2025-12-01T00:00:00Z"}, {"level": "x"}, b"broken") + b"{"
    scanner = scanner_of(WINDOW, WINDOW.earlier(3), ahead=END)
    kept = recut(content, scanner, scanner)
    fresh = scanned(content, scanner)

    assert kept == fresh


@pytest.mark.parametrize("back", [0, 1, 2, 5])
def test_the_next_days_need_no_scan(back: int) -> None:
    """A tally by many days fits each of them alone, and a range that begins later."""
    many = scanner_of(*(WINDOW.earlier(days) for days in range(7)))
    one = scanner_of(WINDOW.earlier(back))

    assert recut(content_of(CRITICAL), many, one) is not None


def test_events_that_were_not_read_then_are_not_known_now() -> None:
    """A day that was not asked for fits only if it has no events."""
    then, now = scanner_of(WINDOW.earlier(1)), scanner_of(WINDOW, WINDOW.earlier(1))

    assert recut(content_of(CRITICAL), then, now) is None
    assert recut(content_of({"ts": "2025-12-01T00:00:00Z"}), then, now) is not None


def test_an_hour_that_is_cut_does_not_fit() -> None:
    """A window that ends within an hour of then needs a scan if the hour has events."""
    moved = window_until(END + timedelta(minutes=30))

    assert recut(content_of(CRITICAL), scanner_of(WINDOW), scanner_of(moved)) is None


def test_events_that_were_only_ahead_have_no_evidence() -> None:
    """Of what was ahead of the clock no evidence is kept, so that a window of it needs a scan."""
    start = WINDOW.start
    # Half an hour between two windows, which lies in the first hour of the window of now.
    then = scanner_of(WINDOW.earlier(1), window_until(END + HOUR / 2), ahead=start)
    content = content_of(CRITICAL | {"ts": (start + HOUR / 4).isoformat()})

    assert recut(content, then, scanner_of(WINDOW, ahead=start)) is None
    assert recut(content, then, then) is not None


def test_a_clock_that_has_moved_on_does_not_matter_without_events_ahead() -> None:
    """The clock cuts only cells that have events."""
    then, now = scanner_of(WINDOW, ahead=END + HOUR), scanner_of(WINDOW, ahead=END + 9 * HOUR)
    late = content_of(CRITICAL | {"ts": "2025-12-20T10:00:00Z"})

    assert recut(content_of(CRITICAL), then, now) is not None
    assert recut(late, then, now) is None


def test_other_bytes_are_no_tally() -> None:
    """Bytes that are damaged are an error of the decoder, and nothing is executed."""
    with pytest.raises(msgspec.MsgspecError):
        from_bytes(b"\x80\x04K\x01.")


def test_bytes_with_a_text_that_is_not_utf8_are_no_tally() -> None:
    """They are refused like all others, although the decoder raises another error."""
    scanner = scanner_of(WINDOW)
    content = content_of({"ts": INSIDE, "type": "odd name"})
    body = to_bytes(scanned(content, scanner), scanner.setup.cells)
    assert b"odd name" in body
    with pytest.raises(msgspec.MsgspecError):
        from_bytes(body.replace(b"odd name", b"odd\xffname"))
