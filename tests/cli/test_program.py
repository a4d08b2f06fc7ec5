"""Test what the program passes to every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.cli.program import Program

if TYPE_CHECKING:
    from pathlib import Path


def test_programs_share_no_console() -> None:
    """The loudness of one does not change another."""
    first, second = Program(), Program()
    first.console.verbosity = 1

    assert second.console.verbosity == 0


def test_without_a_container_nothing_settles(tmp_path: Path) -> None:
    """Outside of a container the user does not change and the reports folder is not touched."""
    Program().settle(tmp_path / "reports")

    assert list(tmp_path.iterdir()) == []
