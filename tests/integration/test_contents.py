"""Test that the image holds no secret, lends no rights, and has nothing of unknown origin."""

from __future__ import annotations

import base64
import csv
import hashlib
import inspect as source
import json
import os
import random
import re
import string
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest

from tests.integration import loose_files
from tests.integration.engine import Start, docker, inspect, run
from tests.integration.layers import read_last_layer
from tests.support.checkout import REPO, plain_environment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.integration.layers import Added

HOME: Final = "opt/peaktrade-ops"
# The environment itself: Python, by links, and its settings.
SCAFFOLD: Final = re.compile(
    rf"{HOME}/(pyvenv\.cfg|bin/(python[0-9.]*|[Aa]ctivate[.\w]*|peaktrade-ops)|lib64|\.gitignore"
    r"|CACHEDIR\.TAG)"
)
# Where Debian has set the bits; without new privileges, as we run it, they have no effect.
DEBIAN: Final = re.compile(
    r"/usr/(s?bin/(chage|chfn|chsh|expiry|gpasswd|mount|newgrp|passwd|su|umount|unix_chkpwd))"
)


@pytest.fixture(scope="module")
def added(image: str) -> list[Added]:
    """Return everything that the image adds to its base."""
    return read_last_layer(image)


def token() -> str:
    """Return a text like a token of GitHub, which is in no file of this repo."""
    letters = string.ascii_letters + string.digits
    return "ghp_" + "".join(random.Random(5).choices(letters, k=36))  # noqa: S311 (no secret)


def find_secrets(folder: Path) -> subprocess.CompletedProcess[str]:
    """Look for secrets in a folder, or in the commits of a repo."""
    programs = os.pathsep.join([os.fspath(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [REPO / "scripts" / "find_secrets.sh", folder],
        env=plain_environment(PATH=programs),
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_secret_is_in_the_image(added: list[Added], image: str, tmp_path: Path) -> None:
    """Neither the files nor the settings and steps of the image have a key, token or password."""
    for each in added:
        if each.content:
            path = tmp_path / each.entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.content)
    (tmp_path / "settings.json").write_text(json.dumps(inspect(image)), "utf-8")
    steps = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image).stdout
    assert "COPY" in steps
    (tmp_path / "steps").write_text(steps, "utf-8")

    clean = find_secrets(tmp_path)
    (tmp_path / "steps").write_text(f"{steps}ENV TOKEN={token()}\n", "utf-8")
    found = find_secrets(tmp_path)

    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert found.returncode != 0
    assert "steps" in found.stdout
    assert token() not in found.stdout + found.stderr


def test_a_secret_of_an_earlier_commit_is_found(tmp_path: Path) -> None:
    """A file that a later commit removes is still in the history, for everybody."""
    (tmp_path / "token").write_text(f'token = "{token()}"\n')
    who = "-c user.name=A -c user.email=a@example.org"
    commands = (
        "git init --quiet && git add token"
        f" && git {who} commit --quiet --message A && git rm --quiet token"
        f" && git {who} commit --quiet --message B"
    )
    subprocess.run(commands, shell=True, cwd=tmp_path, check=True)  # noqa: S602 (ours)

    found = find_secrets(tmp_path)

    assert not (tmp_path / "token").exists()
    assert found.returncode != 0
    assert "token" in found.stdout


def test_the_image_lends_no_rights(image: str) -> None:
    """No file of the image has a setuid or setgid bit or is writable for all, but Debian's own."""
    script = f"{source.getsource(loose_files)}\nprint(*loose('/'), sep='\\n')"
    python = {"entrypoint": ["/opt/peaktrade-ops/bin/python", "-c", script]}

    outcome = run(
        Start(image=image, mounts=(), tmp={}, capabilities=("DAC_READ_SEARCH",), more=python)
    )

    assert outcome.code == 0, outcome.err
    found = outcome.out.split()
    assert "/usr/bin/passwd" in found
    assert [path for path in found if not DEBIAN.fullmatch(path)] == []


def test_files_that_lend_rights_are_noticed(tmp_path: Path) -> None:
    """The bits of owner and group, and a file or folder that all can write, are found."""
    modes = {"suid": 0o4755, "sgid": 0o2755, "open": 0o666, "fine": 0o644}
    for name, mode in modes.items():
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    for name, mode in (("folder", 0o777), ("shared", 0o1777)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)

    assert [Path(path).name for path in loose_files.loose(os.fspath(tmp_path))] == [
        *("folder", "open", "sgid", "suid")
    ]


def unknown(added: Iterable[Added]) -> list[str]:
    """Return the files that no package lists, and those that differ from what it lists."""
    files = {each.entry.name.removeprefix("./"): each for each in added if not each.entry.isdir()}
    listed: dict[str, str] = {}
    for name, each in files.items():
        if name.endswith(".dist-info/RECORD"):
            site = PurePosixPath(name).parent.parent
            for path, digest, _ in csv.reader(each.content.decode().splitlines()):
                listed[os.path.normpath(site / path)] = digest
    found = []
    for name, each in files.items():
        module = re.sub(r"__pycache__/([^.]+)\.cpython-\d+\.pyc$", r"\1.py", name)
        own = base64.urlsafe_b64encode(hashlib.sha256(each.content).digest()).rstrip(b"=")
        sound = listed.get(name) in {"", f"sha256={own.decode()}"}
        compiled = module != name and module in listed
        if not (sound or compiled or (name not in listed and SCAFFOLD.fullmatch(name))):
            found.append(name)
    return found


def test_everything_is_of_a_locked_package(added: list[Added]) -> None:
    """Each file is one that its package lists, with its digest; packages come by their hashes."""
    assert unknown(added) == []
    [victim] = [each for each in added if each.entry.name.endswith("/click/core.py")]
    changed = [
        each._replace(content=each.content + b"\n") if each is victim else each for each in added
    ]
    assert unknown(changed) == [victim.entry.name.removeprefix("./")]
    assert len(unknown(each for each in added if "/click-" not in each.entry.name)) > 10
