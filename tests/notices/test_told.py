"""What was told before is kept in a small file without secrets."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import get_args

import pytest

from peaktrade_ops.errors import PeaktradeError
from peaktrade_ops.notices.situation import Told
from peaktrade_ops.notices.targets import Target
from peaktrade_ops.notices.told import Ledger, alone, ledger_path
from peaktrade_ops.reports.views.words import verdict_word
from peaktrade_ops.stage1.models import Verdict

ONE, TWO = Target("webhook", "https://a.example/t0ken"), Target("apprise", "ntfy://t0pic")
NO_GO = Told("NO_GO", {"2025-12-18": 1}, "1")


def unwanted(text: str) -> None:
    """Fail on a warning."""
    raise AssertionError(text)


def test_what_was_told_is_remembered(tmp_path: Path) -> None:
    """Each target has its own memory; who is no longer a target is forgotten."""
    path = tmp_path / "stage1.json"
    Ledger(path, unwanted).keep(NO_GO, [ONE], [TWO])
    Ledger(path, unwanted).keep(Told("GO"), [TWO], [ONE])
    both = Ledger(path, unwanted)
    assert both.run == ""
    assert (both.told(ONE), both.told(TWO)) == (NO_GO, Told("GO"))

    both.keep(NO_GO, [TWO], [])

    assert Ledger(path, unwanted).told(ONE) is None
    assert Ledger(path, unwanted).run == "1"


@pytest.mark.parametrize("run", ["", "1", "143", "KILL", "RTMIN+1"])
@pytest.mark.parametrize(
    "state",
    [
        *(
            verdict_word(each, is_current=bool(now))
            for each in get_args(Verdict)
            for now in (True, False)
        ),
        *("unreadable", "missing"),
    ],
)
def test_every_situation_can_be_remembered(tmp_path: Path, state: str, run: str) -> None:
    """What is written down is read again without a warning."""
    path = tmp_path / "stage1.json"
    told = Told(state, run=run)
    Ledger(path, unwanted).keep(told, [ONE], [])

    assert Ledger(path, unwanted).told(ONE) == told


def test_the_file_holds_no_address_and_is_private(tmp_path: Path) -> None:
    """Targets are known by a digest with a salt, and only the owner can read the file."""
    path = tmp_path / "stage1.json"
    Ledger(path, unwanted).keep(NO_GO, [ONE, TWO], [])
    other = tmp_path / "other.json"
    Ledger(other, unwanted).keep(NO_GO, [ONE, TWO], [])

    text = path.read_text()
    assert not any(word in text for word in ("example", "t0ken", "t0pic", "ntfy"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert text != other.read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other.json", "stage1.json"]


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    """A run without news changes no file."""
    path = tmp_path / "stage1.json"
    Ledger(path, unwanted).keep(NO_GO, [ONE], [])
    before = path.stat()

    Ledger(path, unwanted).keep(NO_GO, [ONE], [])

    assert path.stat().st_ino == before.st_ino


_HEAD = b'{"version": 1, "salt": '


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"version": 2, "salt": ""}',
        _HEAD,
        _HEAD + b'"xyz"}',
        _HEAD + b'"", "told": ' + b"[" * 100_000,
        _HEAD + b'"\xff"}',
        _HEAD + b'"", "run": "1\\n*GO*"}',
        _HEAD + b'"", "told": {"a": {"state": "<!channel>"}}}',
        _HEAD + b'"", "told": {"a": {"state": "GO", "run": "1 @all"}}}',
        _HEAD + b'"", "told": {"a": {"state": "GO\\n"}}}',
    ],
)
def test_a_damaged_file_counts_as_nothing_told(tmp_path: Path, content: bytes) -> None:
    """Somebody is told once more, and the file is written again."""
    path = tmp_path / "stage1.json"
    path.write_bytes(content)
    said: list[str] = []

    ledger = Ledger(path, said.append)
    ledger.keep(NO_GO, [ONE], [])

    assert (ledger.told(TWO), ledger.run) == (None, "")
    assert said == [f"{path} cannot be read, so everything is told again: it is damaged"]
    assert Ledger(path, unwanted).told(ONE) == NO_GO


@pytest.mark.parametrize(
    "content",
    [b"https://h.example/t0ken\n", b"{", b"{}", b"[]", b'{"version": 1}', b"[policy]\n", b"\xff"],
)
def test_a_file_of_something_else_is_kept(tmp_path: Path, content: bytes) -> None:
    """A mistaken name destroys no address and no configuration, and a warning says what to do."""
    path = tmp_path / "webhook"
    path.write_bytes(content)
    said: list[str] = []

    ledger = Ledger(path, said.append)
    ledger.keep(NO_GO, [ONE], [])

    assert ledger.told(ONE) is None
    assert path.read_bytes() == content
    [line] = said
    assert line == (
        f"{path} is kept, so everything is told again each time: it is not a memory of notices;"
        " name another file with --state, or delete it"
    )


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Who can write the folder cannot make the program read or replace another file."""
    other = tmp_path / "other"
    Ledger(other, unwanted).keep(NO_GO, [ONE], [])
    before = other.read_bytes()
    path = tmp_path / "stage1.json"
    path.symlink_to(other)
    said: list[str] = []

    ledger = Ledger(path, said.append)
    ledger.keep(Told("GO"), [ONE], [])

    assert ledger.told(ONE) is None
    assert len(said) == 1
    assert other.read_bytes() == before
    assert path.is_symlink()


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    """The delivery has happened, so the program says only what it forgets."""
    path = tmp_path / "missing" / "stage1.json"
    said: list[str] = []

    Ledger(path, said.append).keep(NO_GO, [ONE], [])

    assert said == [f"{path} cannot be written, so this is told again: No such file or directory"]


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("/srv/reports/obs/stage1", "/srv/reports/.notify/stage1.json"),
        ("/srv/mine", "/srv/.notify/stage1.json"),
    ],
)
def test_the_file_lies_beside_the_cache(folder: str, path: str) -> None:
    """It never lies among the reports."""
    assert ledger_path(Path(folder)) == Path(path)


def test_two_runs_tell_one_after_the_other(tmp_path: Path) -> None:
    """The second waits, and then knows what the first told."""
    path = tmp_path / ".notify" / "stage1.json"
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with alone(path, unwanted):
            order.append("second")

    thread = threading.Thread(target=second)
    with alone(path, unwanted):
        thread.start()
        entered.wait()
        thread.join(0.1)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_hinders_nobody(tmp_path: Path) -> None:
    """Notices are sent, with a warning that they will be sent again."""
    (tmp_path / "file").touch()
    said: list[str] = []

    with alone(tmp_path / "file" / "stage1.json", said.append):
        pass

    assert said == [f"{tmp_path / 'file'} cannot be used, so this is told again: File exists"]


def test_another_run_is_not_waited_for_without_end(tmp_path: Path) -> None:
    """The message names the process that tells somebody something without end."""
    path = tmp_path / "notify" / "stage1.json"

    with (
        alone(path, unwanted),
        pytest.raises(PeaktradeError) as caught,
        alone(path, unwanted, seconds=0.1),
    ):
        pytest.fail("two runs at once")

    assert str(caught.value).startswith(
        f"{path.parent} is in use: process {os.getpid()} has not given its lock free within 0.1"
    )


def test_a_file_that_a_killed_run_has_left_is_removed(tmp_path: Path) -> None:
    """Only what this program names so; other files stay."""
    path = tmp_path / "stage1.json"
    left = path.with_name(f".stage1.json.{'0a' * 8}.tmp")
    other = path.with_name(".stage1.json.original")
    left.touch()
    other.touch()

    Ledger(path, unwanted).keep(NO_GO, [ONE], [])

    assert sorted(tmp_path.iterdir()) == [other, path]
