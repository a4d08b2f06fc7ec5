"""Text from outside in messages and in the access log: each is one line of printable text."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.cli.console import Console
from peaktrade_ops.serve.access import Handled, access_line
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Program

pytestmark = pytest.mark.one_python

NOW = datetime(2025, 12, 20, tzinfo=UTC)
HONEST = Handled("127.0.0.1", "GET", "/", 404, 14, 0.001)
ATTACKS = (
    "x\npeaktrade-ops: terminated; every artifact is whole, old or new",
    "x\r\x1b[2Kpeaktrade-ops: all is well",
    "x\x85x",
    "x\u2028x",
    "\x1b]0;title\x07",
    '\x1b[31m"} {"level":"info"',
    "\x9b2J",
    "\u202eGO",
    "x\x00x",
    "x\x08\x08GO",
)


def is_one_line(text: str) -> bool:
    """Return whether a text is a line and its end, of characters that all can be seen."""
    return text.endswith("\n") and printable(text[:-1]) == text[:-1]


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_message_is_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Notes, details, warnings and errors are escaped where they are written."""
    console = Console(verbosity=1)
    for say in (console.note, console.detail, console.warning, console.error):
        say(text)
        assert is_one_line(capsys.readouterr().err)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_request_is_one_line(text: str) -> None:
    """The line has its fields at their places, in ASCII, whatever is asked for."""
    asked = HONEST._replace(method=text, target=text)
    line = access_line(asked, NOW)

    assert is_one_line(f"{line}\n")
    assert line.isascii()
    assert len(line.split(" ")) == len(access_line(HONEST, NOW).split(" "))


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_path_in_a_message_is_text(program: Program, tmp_path: Path, text: str) -> None:
    """Whoever names a file does not write what the program says about it."""
    name = text.replace("/", "").replace("\x00", "")
    place = tmp_path / name
    os.mkfifo(place)

    outcome = program("stage1-snapshot", "--input", place)

    assert outcome.code == 1
    assert is_one_line(outcome.err)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_a_line_that_is_not_escaped_would_be_noticed(text: str) -> None:
    """The tests above can fail."""
    assert not is_one_line(f"peaktrade-ops: {text}\n")
