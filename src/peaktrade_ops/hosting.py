"""What surrounds this process, for messages: a pod of Kubernetes, or a user namespace."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_IN_EVERY_POD: Final = "KUBERNETES_SERVICE_HOST"
_OVERFLOW: Final = Path("/proc/sys/kernel/overflowuid")
_USERS: Final = Path("/proc/self/uid_map")
# The map of a process that is in no user namespace of its own: all ids, each to itself.
_ALL_USERS: Final = ["0", "0", "4294967295"]


def in_pod() -> bool:
    """Return whether this process runs in a pod of Kubernetes, which sets a variable there."""
    return bool(os.environ.get(_IN_EVERY_POD))


def in_own_users() -> bool:
    """Return whether this process is in a user namespace of its own."""
    try:
        return _USERS.read_text("utf-8").split() != _ALL_USERS
    except (OSError, ValueError):  # no Linux
        return False


def stand_in(uid: int) -> str:
    """Return a phrase that explains an owner who may have no id here; empty for any other owner.

    In a user namespace, the kernel shows one id for all users that have none there.

    Args:
        uid: The user id of an owner, as `stat` shows it.
    """
    try:
        nobody = int(_OVERFLOW.read_text("utf-8"))
    except (OSError, ValueError):  # no Linux
        return ""
    if uid != nobody or not in_own_users():
        return ""
    return ", which stands for every user who has no id in this user namespace"
