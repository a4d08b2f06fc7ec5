"""Addresses come from files and variables, and show in no message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from peaktrade_ops.errors import UsageError
from peaktrade_ops.notices.targets import MOST_TARGETS, Kind, Target, TargetError, targets_of

SECRET = "us3r:pa55@hooks.example:8443/t0ken?key=qu3ry#fr4g"  # noqa: S105 (of no service)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables that name targets."""
    monkeypatch.delenv("PEAK_NOTIFY_WEBHOOK", raising=False)
    monkeypatch.delenv("PEAK_NOTIFY_APPRISE", raising=False)


def found(
    webhook: Path | None = None, apprise: Path | None = None
) -> tuple[list[Target], list[str]]:
    """Return the targets of these files and the variables, and the warnings."""
    said: list[str] = []
    files: dict[Kind, Path | None] = {"webhook": webhook, "apprise": apprise}
    return targets_of(files, said.append), said


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
@pytest.mark.parametrize(
    "address",
    ["https://h.example/t0ken", "HTTPS://h.example/t0ken", "tgram://1:t0ken/x", "x:/t0ken"],
)
def test_an_address_in_place_of_a_file_is_refused_without_it(kind: str, address: str) -> None:
    """A newcomer gives the address itself, and no log must hold it."""
    with pytest.raises(UsageError) as caught:
        found(**{kind: Path(address)})

    assert str(caught.value) == (
        f"the value of --{kind}-file is an address; write it into a file, and give the file"
    )


def private(path: Path, text: str) -> Path:
    """Write a file that only its owner can read."""
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_nothing_is_configured_by_default() -> None:
    """Notices are opt-in."""
    assert found() == ([], [])


def test_files_and_variables_hold_an_address_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blank lines and comments are skipped, and the same address counts once."""
    monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", "https://a.example/1\n\nhttps://a.example/2")
    webhook = private(tmp_path / "webhook", "# the team\nhttps://a.example/1\n  HTTPS://B/3  \n")
    apprise = private(tmp_path / "apprise", "ntfy://topic\n")

    targets, said = found(webhook, apprise)

    assert [(each.kind, each.secret) for each in targets] == [
        ("webhook", "https://a.example/1"),
        ("webhook", "https://a.example/2"),
        ("webhook", "HTTPS://B/3"),
        ("apprise", "ntfy://topic"),
    ]
    assert said == []


def test_a_target_shows_its_host_or_its_service_only() -> None:
    """User, password, path, query and fragment are secrets; so is the host of apprise."""
    assert str(Target("webhook", f"https://{SECRET}")) == "https://hooks.example:8443/…"
    assert repr(Target("apprise", f"slack://{SECRET}")) == "slack://…"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        (f"ftp://{SECRET}", "a webhook is of http or https"),
        (f"file:///{SECRET}", "the host or the port of the address cannot be read"),
        (SECRET, "an address begins like https://"),
        ("https://hooks.example:t0ken/", "the host or the port of the address cannot be read"),
        ("https://[t0ken/", "the host or the port of the address cannot be read"),
        ("https://h/t0ken qu3ry", "an address is of ASCII without blanks"),
        ("https://h/t0ken\u00e9", "an address is of ASCII without blanks"),
    ],
)
def test_a_fault_names_the_place_and_not_the_address(
    monkeypatch: pytest.MonkeyPatch, address: str, fault: str
) -> None:
    """The message has the source and the line, and no part of the address."""
    monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", f"# one\n{address}")

    with pytest.raises(TargetError) as raised:
        found()

    assert str(raised.value).startswith(f"PEAK_NOTIFY_WEBHOOK, line 2: {fault}")
    assert raised.value.__cause__ is None
    assert not any(each in str(raised.value) for each in ("t0ken", "qu3ry", "pa55", "us3r"))


def test_a_file_that_everybody_can_read_is_a_warning(tmp_path: Path) -> None:
    """The addresses count, and the message says what to do; a group may read the file."""
    file = private(tmp_path / "webhook", "https://a.example/1")
    file.chmod(0o640)
    _, nothing = found(file)
    file.chmod(0o604)

    targets, said = found(file)

    assert len(targets) == 1
    assert nothing == []
    assert said == [f"{file} holds secrets, and every user has rights to it; use chmod o="]


@pytest.mark.parametrize("kind", ["a folder", "a link to nothing", "a pipe", "large"])
def test_a_file_that_is_none_is_an_error(tmp_path: Path, kind: str) -> None:
    """A device or a pipe is not waited for, and a large file not read."""
    file = tmp_path / "webhook"
    if kind == "a folder":
        file.mkdir()
    elif kind == "a link to nothing":
        file.symlink_to("nothing")
    elif kind == "a pipe":
        os.mkfifo(file)
    elif kind == "large":
        file.write_bytes(b"#" * 65537)

    with pytest.raises(TargetError, match=str(file)):
        found(file)


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("hooks.example/t0ken", "No such file or directory"),
        ("//hooks.example/t0ken", "No such file or directory"),
        ("t0ken", "No such file or directory"),
        (f"t0ken?{'k' * 300}", "File name too long"),
        ("here/t0ken", "Not a directory"),
    ],
)
def test_a_value_that_is_no_file_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, value: str, reason: str
) -> None:
    """It may be an address without its scheme, or a token; a file that is there is named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()

    with pytest.raises(TargetError) as raised:
        found(**{kind: Path(value)})

    assert str(raised.value) == (
        f"the file of --{kind}-file cannot be read: {reason}; give the path of a file that holds"
        " one address a line (the value is not shown, because it may be an address)"
    )
    # A traceback would show the cause, which names the file.
    assert raised.value.__suppress_context__


def test_an_address_without_encryption_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this machine nobody is on the way."""
    monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", "http://h.example/t0ken\nhttp://127.0.0.1/t0ken")
    monkeypatch.setenv("PEAK_NOTIFY_APPRISE", "json://h.example/t0ken")

    _, said = found()

    assert [text.partition(":")[0] + text.partition("…")[2] for text in said] == [
        "http is not encrypted: whoever is on the way reads its address; use https"
    ]


def test_targets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many targets are an error, because each costs time."""
    many = "\n".join(f"https://a.example/{number}" for number in range(MOST_TARGETS + 1))
    monkeypatch.setenv("PEAK_NOTIFY_WEBHOOK", many)

    with pytest.raises(TargetError, match="there are 17 targets; give at most 16"):
        found()
