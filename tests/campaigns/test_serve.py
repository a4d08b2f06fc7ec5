"""The campaign against `serve`: a short one, and servers that are broken on purpose."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from campaigns.figures import Figures
from campaigns.order import Order
from campaigns.serve import connections, folders, requests, run, served
from campaigns.serve.folders import made_folder
from campaigns.serve.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Attack = Callable[[Order, Served], None]

pytestmark = [
    pytest.mark.campaigns,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

HALF = {"connections with half a request"}
SMUGGLED = {"requests in requests"}

START = "import sys; from peaktrade_ops.cli import main; from peaktrade_ops.serve import app\n"
TRUSTING = "app.Application._is_trusted = lambda *_: True\n"
FOLLOWING = "app.read_bytes = lambda path: path.read_bytes()\n"
OPEN_TO_ALL = "app.Application._is_name = lambda *_: True\napp.is_artifact = lambda *_: True\n"
# It keeps the first answer to each address.
KEEPING = """
kept = {}
found = app.Application._found
def keep(self, address, **more):
    kept.setdefault(address, found(self, address, **more))
    return kept[address]
app.Application._found = keep
"""
PIPELINING = """
from peaktrade_ops.serve import connections
connections._Task.start = connections.WSGITask.start
"""
TALKATIVE = """
from peaktrade_ops.cli.commands import serve
import peaktrade_ops.cli.commands.serve
sys.modules['peaktrade_ops.cli.commands.serve'].access_line = lambda handled, _: handled.target
"""
UNBOUNDED = """
from peaktrade_ops.serve import server
server.Limits = lambda: connections.Limits(connections=50, whole_seconds=999)
from peaktrade_ops.serve import connections
connections.Server._make_room = lambda self: None
connections.Server.readable = lambda self: len(self.active_channels) < 50
"""


def test_nothing_is_lost(tmp_path: Path) -> None:
    """A short campaign tries each kind, and finds no loss."""
    figures = run(Order(1, is_short=True, scratch=tmp_path))

    assert figures.losses == []
    assert all(row.tried for row in figures.rows.values())


@pytest.mark.parametrize(
    ("broken", "attack", "rows"),
    [
        (
            TRUSTING + OPEN_TO_ALL + FOLLOWING + TALKATIVE,
            requests.attack_requests,
            {
                "foreign hosts",
                "lines of the log",
                "ways out of the folder, in every encoding",
            },
        ),
        (KEEPING, folders.attack_folder, {"answers while the folder changes"}),
        (FOLLOWING, folders.attack_folder, {"answers while the folder changes"}),
        (PIPELINING, partial(requests.attack_requests, names=SMUGGLED), SMUGGLED),
        (UNBOUNDED, partial(connections.attack_connections, names=HALF), HALF),
    ],
    ids=["open", "keeping", "following", "pipelining", "unbounded"],
)
def test_a_broken_server_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, attack: Attack, rows: set[str]
) -> None:
    """The campaign would find what it looks for."""
    monkeypatch.setattr(
        served, "COMMAND", [sys.executable, "-c", f"{START}{broken}\nmain(sys.argv[1:])"]
    )
    monkeypatch.setattr(served, "PATIENCE", 2.0)
    figures = Figures("Broken")

    # A short attack on a busy machine can miss what it looks for.
    for seed in range(1, 6):
        place = tmp_path / str(seed)
        place.mkdir()
        with Served(made_folder(place), figures) as running:
            try:
                attack(Order(seed, is_short=True, scratch=place), running)
            except TimeoutError:
                figures.row("connections with half a request").losses.append("nobody gets in")
        if rows <= {row.name for row in figures.rows.values() if row.losses}:
            break

    assert rows <= {row.name for row in figures.rows.values() if row.losses}
