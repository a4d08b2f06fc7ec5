"""Tests of `peaktrade_ops.hosting`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops import hosting
from peaktrade_ops.hosting import in_own_users, in_pod, stand_in

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 65534
EVERYBODY = "         0          0 4294967295\n"


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file with the users of the namespace of this process, of which one is shown."""
    (tmp_path / "overflowuid").write_text(f"{NOBODY}\n")
    monkeypatch.setattr(hosting, "_OVERFLOW", tmp_path / "overflowuid")
    monkeypatch.setattr(hosting, "_USERS", tmp_path / "uid_map")
    return tmp_path / "uid_map"


@pytest.mark.parametrize(
    ("address", "expected"), [("10.96.0.1", True), ("fd00::1", True), ("", False), (None, False)]
)
def test_a_pod_is_told_by_the_variable_that_every_pod_has(
    monkeypatch: pytest.MonkeyPatch, address: str | None, *, expected: bool
) -> None:
    """Kubernetes gives every container the address of its server."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    if address is not None:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", address)

    assert in_pod() is expected


@pytest.mark.parametrize(
    "users_there",
    [
        "         0       1000          1\n         1     100000      65536\n",
        "         0     100000      65536\n",
        "         0          0          1\n",
    ],
)
def test_nobody_stands_for_every_user_outside_of_a_user_namespace(
    users: Path, users_there: str
) -> None:
    """The kernel shows the same id for all of them, so the real owner cannot be named."""
    users.write_text(users_there)

    assert "every user who has no id in this user namespace" in stand_in(NOBODY)
    assert stand_in(0) == stand_in(1000) == ""


def test_without_a_user_namespace_nobody_is_somebody(users: Path) -> None:
    """A process that sees all users sees the real owner."""
    users.write_text(EVERYBODY)

    assert stand_in(NOBODY) == ""


def test_where_the_system_has_no_user_namespaces_nobody_is_somebody(users: Path) -> None:
    """On a system other than Linux the files are not there."""
    assert not users.exists()

    assert stand_in(NOBODY) == ""


def test_a_namespace_is_told_by_its_users(users: Path) -> None:
    """A process that is in none sees all users as they are; another system has no such file."""
    assert not in_own_users()
    users.write_text(EVERYBODY)
    assert not in_own_users()
    users.write_text("         0     100000      65536\n")
    assert in_own_users()
