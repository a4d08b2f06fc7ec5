"""Checks of the environment: versions, variables, the user, the folder for temporary files."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops import __version__
from peaktrade_ops.config_check import nearest
from peaktrade_ops.diagnosis.findings import error, ok, warning
from peaktrade_ops.diagnosis.folders import temporary_folder
from peaktrade_ops.diagnosis.subject import existing
from peaktrade_ops.hosting import in_own_users, in_pod
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject

READ_ELSEWHERE: Final = frozenset(
    f"PEAK_{name}"
    for name in (
        "REPORTS_DIR",
        # `notify` reads them without an option, because they are secrets.
        *("NOTIFY_APPRISE", "NOTIFY_WEBHOOK"),
        # Compose and the wrappers.
        *("ALERTMANAGER_CONFIG", "ALERTMANAGER_IMAGE", "ALERTMANAGER_PORT", "CPUS"),
        *("GRAFANA_IMAGE", "GRAFANA_PORT", "IMAGE", "MEMORY", "PROMETHEUS_IMAGE"),
        *("PROMETHEUS_PORT", "PULL_POLICY", "SERVE_BIND", "SERVE_IMAGE", "SERVE_PORT"),
        *("TMP_SIZE", "USER"),
    )
)
"""The variables that are read and that are those of no option."""

_PREFIX: Final = "PEAK_"
_ROOT: Final = 0
# The files by which the engines mark the root of a container.
_MARKS: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))


def check_versions(_subject: Subject) -> Iterator[Finding]:
    """Show what runs where."""
    python = f"Python {platform.python_version()}"
    where = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield ok("environment", "program", f"peaktrade-ops {__version__}, {python}, {where}")


def check_variables(subject: Subject) -> Iterator[Finding]:
    """Find variables that nothing reads, that end every run, or that were meant for one run."""
    names = sorted(name for name in subject.variables if name.startswith(_PREFIX))
    unknown = [name for name in names if name not in subject.known]
    for name in unknown:
        yield warning(
            "environment",
            printable(name),
            "nothing reads this variable",
            f"did you mean {nearest(name, subject.known)}? else unset it",
        )
    for name, why in subject.refused.items():
        what = f"every run ends with it: {why}"
        yield error("environment", name, what, "correct it, or unset it")
    for name, what in subject.fixed.items():
        advice = "unset it, unless it is meant for every run"
        yield warning("environment", name, f"sets {what}", advice)
    # Never their values: some are secrets.
    given = [name for name in names if name not in unknown and subject.variables[name].strip()]
    yield ok("environment", "variables", f"set: {', '.join(given)}" if given else "none is set")


def check_user(subject: Subject) -> Iterator[Finding]:
    """Show the user, and find files that would belong to another user than the folder."""
    surroundings = [
        text
        for text, applies in (
            ("in a pod of Kubernetes", in_pod()),
            ("in a container", not in_pod() and any(mark.exists() for mark in _MARKS)),
            ("in a user namespace of its own", in_own_users()),
        )
        if applies
    ]
    what = ", ".join([f"runs as uid {os.geteuid()}, gid {os.getegid()}", *surroundings])
    folder = existing(subject.place.folder)
    owner = folder.stat().st_uid
    if os.geteuid() == _ROOT != owner:
        yield warning(
            "user",
            folder,
            f"{what}, and the folder belongs to uid {owner}: new reports belong to root",
            f"run as uid {owner}, or give the folder to root",
        )
    else:
        yield ok("user", "process", what)


def check_temporary(_subject: Subject) -> Iterator[Finding]:
    """Find that no folder for temporary files can be written."""
    folder = temporary_folder()
    if folder is None:
        yield warning(
            "temporary folder",
            "TMPDIR",
            "no folder for temporary files can be written; large scans run in one process",
            "make /tmp writable, or name a folder in TMPDIR",
        )
    else:
        yield ok("temporary folder", folder, "writable")
