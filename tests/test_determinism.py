"""The same telemetry gives the same bytes in every environment."""

from __future__ import annotations

import contextlib
import getpass
import gzip
import json
import os
import re
import shutil
import socket
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.telemetry.engines import run as run_module
from tests.support.artifacts import days_until, names_of
from tests.support.program import Workplace, differences, quiet_days, tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.program import Program


DAY = "2025-12-20"
NAMES = [f"obs/events-{i}.jsonl" for i in (3, 1, 2)]


def write_telemetry(workplace: Workplace, *, backwards: bool = False) -> None:
    """Write telemetry that would show an order: ties, many names, files of equal rank."""
    files: dict[str, bytes] = {}
    for name in NAMES:
        records: list[bytes] = [json.dumps(event).encode() for event in quiet_days(DAY, 3)]
        records += [
            json.dumps(
                {
                    "ts": f"{DAY}T{i % 24:02}:00:00Z",
                    "type": f"type-{i % 40} alert",
                    "severity": f"s{i % 15}",
                    "rule": f"r\u00e9gle {i * 7 % 60}",
                }
            ).encode()
            for i in range(240)
        ]
        records += [b"{bad", b'{"type":"untimed","level":"fatal"}', b""]
        files[name] = b"\n".join(records) + b"\n"
    files["live_runs/alerts/old.jsonl"] = files[NAMES[0]]
    files["obs/caf\u00e9.jsonl"] = files[NAMES[0]]
    files["telemetry/packed.jsonl.1.gz"] = gzip.compress(files[NAMES[0]], mtime=0)[:-20]
    for name in sorted(files, reverse=backwards):
        workplace.write(name).write_bytes(files[name])


def arguments(workplace: Workplace, root: Path) -> tuple[str | Path, ...]:
    """Return the command line that writes all kinds of artifacts in a folder."""
    where = ("--repo", workplace.telemetry, "--reports-root", root)
    return ("stage1-run", *where, "--date", DAY, "--days", "3", "--quiet")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, dict[str, bytes]]:
    """Write telemetry, and return the artifacts that every other run must reproduce."""
    workplace = Workplace.made(tmp_path_factory.mktemp("reference"))
    write_telemetry(workplace)
    root = workplace.folder / "reports"
    assert workplace.run(*arguments(workplace, root)).code == 0
    artifacts = tree(root)
    names = {path.rpartition("/")[2] for path in artifacts}
    assert names == names_of(*days_until(date.fromisoformat(DAY), 3))
    return workplace, artifacts


@pytest.mark.parametrize("change", ["a byte", "a file less", "a file more"])
def test_the_comparison_finds_what_differs(tmp_path: Path, change: str) -> None:
    """The comparison of these tests finds missing and changed files."""
    for folder in ("left", "right"):
        (tmp_path / folder / "obs").mkdir(parents=True)
        (tmp_path / folder / "obs" / "a.json").write_bytes(b"{}\n")
    assert differences(tree(tmp_path / "left"), tree(tmp_path / "right")) == []
    changed = tmp_path / "right" / "obs"

    if change == "a byte":
        (changed / "a.json").write_bytes(b"{} ")
    elif change == "a file less":
        (changed / "a.json").unlink()
    else:
        (changed / "b.json").touch()

    expected = ["obs/b.json"] if change == "a file more" else ["obs/a.json"]
    assert differences(tree(tmp_path / "left"), tree(tmp_path / "right")) == expected


@pytest.mark.parametrize(
    "variables",
    [
        {"TZ": "Pacific/Kiritimati"},
        {"TZ": "America/St_Johns"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4294967295"},
        {"PYTHONOPTIMIZE": "2"},
        {"USER": "somebody", "LOGNAME": "somebody", "HOME": "/nonexistent", "TERM": "dumb"},
        {"SOURCE_DATE_EPOCH": "4000000000"},
    ],
    ids=str,
)
def test_the_environment_does_not_show(
    reference: tuple[Workplace, dict[str, bytes]], tmp_path: Path, variables: dict[str, str]
) -> None:
    """Time zone, locale, hash seed, user and clock do not change the artifacts."""
    workplace, artifacts = reference

    assert workplace.run(*arguments(workplace, tmp_path / "reports"), **variables).code == 0

    assert differences(tree(tmp_path / "reports"), artifacts) == []


def test_the_order_of_files_and_their_place_do_not_show(
    reference: tuple[Workplace, dict[str, bytes]], workplace: Workplace
) -> None:
    """The mount path, the current directory and the order of file creation change nothing."""
    write_telemetry(workplace, backwards=True)

    assert workplace.run(*arguments(workplace, workplace.folder / "reports")).code == 0

    assert differences(tree(workplace.folder / "reports"), reference[1]) == []


def test_a_relative_telemetry_root_does_not_show(
    reference: tuple[Workplace, dict[str, bytes]],
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A relative telemetry root gives the same artifacts as an absolute one."""
    workplace, artifacts = reference
    monkeypatch.chdir(workplace.telemetry)
    command, _, _, *others = arguments(workplace, tmp_path / "reports")

    assert program(command, *others).code == 0

    assert differences(tree(tmp_path / "reports"), artifacts) == []


def test_modification_times_do_not_show(
    reference: tuple[Workplace, dict[str, bytes]], workplace: Workplace
) -> None:
    """Without `--max-files`, modification times change nothing."""
    shutil.copytree(reference[0].telemetry, workplace.telemetry, dirs_exist_ok=True)
    for number, path in enumerate(sorted(workplace.telemetry.rglob("*"))):
        os.utime(path, (number, number))

    assert workplace.run(*arguments(workplace, workplace.folder / "reports")).code == 0

    assert differences(tree(workplace.folder / "reports"), reference[1]) == []


@pytest.mark.parametrize(
    "split",
    [(processes, part_bytes) for processes in (1, 2, 3) for part_bytes in (2**24, 4_000)],
    ids=str,
)
def test_the_number_of_processes_and_parts_does_not_show(
    reference: tuple[Workplace, dict[str, bytes]],
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    split: tuple[int, int],
) -> None:
    """The counts do not depend on the number of processes or the size of parts."""
    workplace, artifacts = reference
    processes, part_bytes = split
    monkeypatch.setattr(run_module, "PART_BYTES", part_bytes)
    config = tmp_path / "processes.toml"
    config.write_text(f"[limits]\nprocesses = {processes}\n")

    outcome = program(*arguments(workplace, tmp_path / "reports"), "--config", config)

    assert (outcome.code, outcome.err) == (0, "")
    assert differences(tree(tmp_path / "reports"), artifacts) == []


def test_a_second_run_changes_nothing(
    reference: tuple[Workplace, dict[str, bytes]], tmp_path: Path
) -> None:
    """An updated index is equal to the index of a new folder."""
    workplace, artifacts = reference
    root = tmp_path / "reports"
    for _ in range(2):
        assert workplace.run(*arguments(workplace, root)).code == 0

    assert differences(tree(root), artifacts) == []


def strings_of(value: object) -> list[str]:
    """Return all texts in a JSON document, without keys and without the scope of a scan."""
    if isinstance(value, dict):
        others = (each for key, each in value.items() if key != "scope")
        return [text for each in others for text in strings_of(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings_of(each)]
    return [value] if isinstance(value, str) else []


def test_no_artifact_holds_a_path_a_user_a_host_or_the_clock(
    reference: tuple[Workplace, dict[str, bytes]],
) -> None:
    """A report contains no path, user, host or time of the machine that wrote it."""
    workplace, artifacts = reference
    words = {socket.gethostname(), f"{datetime.now(UTC):%Y-%m-%d}"}
    with contextlib.suppress(OSError, KeyError):
        # The user of a container may have no name.
        words.add(getpass.getuser())
    secret = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words if word))
    place = re.compile(r"/(?:home|private|root|tmp|usr|var|Users)/")

    assert all(secret.search(f"made by {word}.") for word in words)
    for name, content in artifacts.items():
        text = content.decode()
        assert str(workplace.folder) not in text
        assert place.search(text) is None
        texts = strings_of(json.loads(text)) if name.endswith(".json") else [text]
        assert [each for each in texts if secret.search(each)] == []
