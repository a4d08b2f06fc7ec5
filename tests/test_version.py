"""The version of the package, whose only source is `pyproject.toml`."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING

import peaktrade_ops
from tests.support.checkout import REPO

if TYPE_CHECKING:
    from pathlib import Path


def version_beside(package: Path) -> str:
    """Return the version of the package in a folder."""
    return peaktrade_ops._version_beside(os.fspath(package))  # noqa: SLF001 (the module has no other)


def test_it_is_that_of_the_project() -> None:
    """The installed package, and the source of a checkout, know the version of the project."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    assert peaktrade_ops.__version__ == project["version"]
    assert version_beside(REPO / "src" / "peaktrade_ops") == project["version"]


def test_an_installed_package_has_it_in_the_name_beside_it(tmp_path: Path) -> None:
    """Other packages, and a project that happens to be above, do not matter."""
    for name in ("peaktrade-7.0.dist-info", "peaktrade_ops-1.2.3rc1.dist-info", "peaktrade_ops"):
        (tmp_path / "site" / name).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('version = "9.9.9"\n')
    assert version_beside(tmp_path / "site" / "peaktrade_ops") == "1.2.3rc1"


def test_without_a_source_it_is_unknown(tmp_path: Path) -> None:
    """A copy of the package alone runs, too."""
    (tmp_path / "peaktrade_ops").mkdir()
    assert version_beside(tmp_path / "peaktrade_ops") == "unknown"
