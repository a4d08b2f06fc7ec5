"""Functions that make irregular or too large files in the place of a report."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.reading import MOST_BYTES
from peaktrade_ops.stage1.models import to_json
from tests.support.artifacts import summary

if TYPE_CHECKING:
    from pathlib import Path


def make_link(path: Path) -> None:
    """Make a link to a file that could be read."""
    target = path.with_name("target")
    target.write_bytes(to_json(summary()))
    path.symlink_to(target)


def make_broken_link(path: Path) -> None:
    """Make a link to nothing."""
    path.symlink_to("nothing")


def make_circle(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path.name)


def make_socket(path: Path) -> None:
    """Make a socket that nobody listens on."""
    with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
        # The path of a socket must be short.
        patch.chdir(path.parent)
        made.bind(path.name)


def make_large(path: Path) -> None:
    """Make a sparse file that is one byte too large."""
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)


ODD_FILES = [
    pytest.param(os.mkfifo, id="pipe"),
    pytest.param(make_link, id="link"),
    pytest.param(make_broken_link, id="broken link"),
    pytest.param(make_circle, id="circle"),
    pytest.param(make_socket, id="socket"),
    pytest.param(make_large, id="too large"),
    pytest.param(os.mkdir, id="folder"),
]
