"""A checkout of the repo by git, and the configuration of editors and hooks."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.checkout import REPO, copy_repo, plain_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

HOOKS = (REPO / ".pre-commit-config.yaml").read_text("utf-8")
NOXFILE = (REPO / "noxfile.py").read_text("utf-8")


def check_out(source: Path, target: Path) -> dict[str, bytes]:
    """Check out the files of a folder with `core.autocrlf`; return their bytes by path."""
    environment = plain_environment(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(source), *arguments]
        subprocess.run(command, check=True, capture_output=True, env=environment)

    git("init", "--quiet")
    git("add", "--all", "--force")
    git("-c", "core.autocrlf=true", "checkout-index", "--all", f"--prefix={target}/")
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file()
    }


def test_a_checkout_has_the_same_bytes_whatever_autocrlf_says(tmp_path: Path) -> None:
    """Scripts run and goldens match on a machine whose git writes CRLF by default."""
    copy = copy_repo(tmp_path / "repo")

    checked_out = check_out(copy, tmp_path / "checkout")

    assert len(checked_out) > 200
    assert [n for n, data in checked_out.items() if data != (REPO / n).read_bytes()] == []


def test_without_attributes_a_checkout_would_differ(tmp_path: Path) -> None:
    """Scripts have CRLF line ends without `.gitattributes`, so the test above can fail."""
    copy = copy_repo(tmp_path / "repo")
    (copy / ".gitattributes").unlink()

    checked_out = check_out(copy, tmp_path / "checkout")

    assert checked_out[".ci/run"].startswith(b"#!/usr/bin/env bash\r\n")


def test_hooks_run_the_linters_of_the_lock_file() -> None:
    """Every hook runs a linter of the lock file, and nox runs each linter too."""
    assert re.findall(r"repo: (.*)", HOOKS) == ["local"]
    entries = re.findall(r"entry: (.*)", HOOKS)
    assert [
        entry for entry in entries if not entry.startswith(("uv run --locked ", "uv lock "))
    ] == []
    linters = [re.sub(r"^uv run --locked --quiet ", "", entry).split()[0] for entry in entries]
    assert [name for name in linters if f'session.run("{name}"' not in NOXFILE] == []
