"""Test what `serve` passes to the server; the tests of `serve` cover a running server."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from peaktrade_ops.serve import app, server
from peaktrade_ops.serve.access import Handled
from peaktrade_ops.stage1.stage import STAGE1
from tests.cli.helpers import NOW, one_line
from tests.support.program import epoch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.program import Program, Workplace


def test_options_reach_the_server(
    program: Program, workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The options set the address and the host names, which are converted to lower case."""
    asked: dict[str, Any] = {}

    def application(folder: Path, **options: object) -> str:
        asked.update(options, folder=folder)
        return "application"

    def serve(
        served: str, host: str, port: int, *, ready: Callable[[str], object], **_: object
    ) -> None:
        asked["at"] = (served, host, port)
        ready("http://reports.example/")

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(app, "Application", application)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(NOW))
    workplace.reports.mkdir(parents=True)

    outcome = program(
        "serve",
        "--host",
        "192.0.2.1",
        "--port",
        "9",
        "--trusted-host",
        "A.example",
        "--max-age",
        "2",
    )

    clock = asked.pop("clock")
    assert asked == {
        "at": ("application", "192.0.2.1", 9),
        "folder": workplace.reports,
        "max_age": timedelta(hours=2),
        "refresh": 60,
        "stage": STAGE1,
        "hosts": {"localhost", "127.0.0.1", "::1", "192.0.2.1", "a.example"},
    }
    assert clock() == clock()
    assert outcome.err.splitlines()[1:] == [
        f"serving {workplace.reports} at http://reports.example/ (Ctrl-C ends it)"
    ]


@pytest.mark.parametrize(
    ("options", "told"), [((), 2), (("--no-access-log",), 1), (("--quiet",), 1)]
)
def test_requests_are_told_unless_they_are_switched_off(
    program: Program,
    workplace: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    told: int,
) -> None:
    """The access log is notes on standard error; what goes wrong is told in any case."""

    def serve(
        *_: object,
        access: Callable[[Handled], object],
        warn: Callable[[str], object],
        **_more: object,
    ) -> None:
        access(Handled("192.0.2.9", "GET", "/x\x1b", 404, 14, 0.0015))
        warn("connections were closed: 3 sent no whole request in time")

    monkeypatch.setattr(server, "serve", serve)
    workplace.reports.mkdir(parents=True)

    lines = program("serve", *options).err.splitlines()

    assert len(lines) == told
    assert lines[-1] == "connections were closed: 3 sent no whole request in time"
    assert told == 1 or lines[0].endswith(' 192.0.2.9 "GET /x\\x1b" 404 14 2 ms')


def test_help_needs_no_extra(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The help of the command needs no installed server."""
    for module in ("peaktrade_ops.serve.app", "peaktrade_ops.serve.server"):
        monkeypatch.setitem(sys.modules, module, None)

    code, out, _ = program("serve", "--help")

    assert code == 0
    assert 'Needs the extra "serve" of the package.' in out
    assert "serve needs the extra of that name" in one_line(program("serve"))
