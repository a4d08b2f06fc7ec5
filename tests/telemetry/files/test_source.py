"""Tests of `peaktrade_ops.telemetry.files.source`."""

from __future__ import annotations

import os

from peaktrade_ops.telemetry.files.source import Source, shown, source_of
from peaktrade_ops.telemetry.files.store import Identity


def test_bytes_that_are_not_utf_8_are_shown_as_escapes() -> None:
    """A path of the file system becomes printable, whatever bytes it contains."""
    assert shown(os.fsdecode(b"a\xffb\xc3\xbc")) == "a\\xffb\u00fc"


def test_a_source_keeps_the_identity_of_its_file() -> None:
    """A source has a printable path, and the location and the identity as the store gives them."""
    path = os.fsdecode(b"a\xff.jsonl")
    identity = Identity(device=1, inode=2, size=3, modified_ns=4)
    source = source_of(path, f"/store/{path}", identity)

    assert source == Source("a\\xff.jsonl", f"/store/{path}", 1, 2, 3, 4)
    assert source.identity == identity
