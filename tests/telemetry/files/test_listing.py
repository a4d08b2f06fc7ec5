"""Tests of `peaktrade_ops.telemetry.files.listing`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest

from peaktrade_ops.telemetry.files.listing import listed
from peaktrade_ops.telemetry.files.search import Discovery, LeftOut
from tests.support.memory_store import MemoryStore


@dataclass(frozen=True)
class FailingStore(MemoryStore):
    """A store whose folders cannot be listed."""

    error: OSError

    def list_folder(self, location: str) -> NoReturn:
        """Raise the error."""
        del location
        raise self.error


def test_a_folder_is_listed_by_name() -> None:
    """The order of the store has no effect."""
    store = MemoryStore({"/store/b.jsonl": b"", "/store/a/x.jsonl": b"", "/store/C.jsonl": b""})
    found = Discovery()

    assert [entry.name for entry in store.list_folder("/store")] == ["b.jsonl", "a", "C.jsonl"]
    assert [entry.name for entry in listed(store, "/store", "", found)] == [
        "C.jsonl",
        "a",
        "b.jsonl",
    ]
    assert found == Discovery()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(), "changed while it was read"),
        (PermissionError(), "folder not readable"),
        (OSError(5, "Input/output error"), "folder not readable"),
    ],
)
def test_a_folder_that_cannot_be_listed_is_left_out(error: OSError, reason: str) -> None:
    """The folder may hold telemetry, so it is recorded, but it is not a candidate itself."""
    found = Discovery()

    assert list(listed(FailingStore({}, error), "/store/x", "x", found)) == []
    assert found == Discovery(left_out=[LeftOut("x", reason)], candidates=0)
