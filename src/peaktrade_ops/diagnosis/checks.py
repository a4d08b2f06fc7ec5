"""All checks of a diagnosis, in the order in which they are made and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from peaktrade_ops import __version__
from peaktrade_ops.diagnosis.cache import check_cache
from peaktrade_ops.diagnosis.clock import check_clock
from peaktrade_ops.diagnosis.configuration import check_configuration, check_unused
from peaktrade_ops.diagnosis.environment import (
    check_temporary,
    check_user,
    check_variables,
    check_versions,
)
from peaktrade_ops.diagnosis.findings import Diagnosis, Finding, error, warning, worst_of
from peaktrade_ops.diagnosis.folders import (
    check_mounts,
    check_reports,
    check_room,
    check_telemetry,
)
from peaktrade_ops.diagnosis.lock import check_lock
from peaktrade_ops.diagnosis.reports import check_index, check_verdict
from peaktrade_ops.diagnosis.sources import check_expected, check_found, check_silent
from peaktrade_ops.errors import PeaktradeError, TelemetryError, reason_of
from peaktrade_ops.reports.store.lock import InUseError

if TYPE_CHECKING:
    from peaktrade_ops.diagnosis.subject import Subject

Check = Callable[["Subject"], Iterator[Finding]]
"""Looks at one thing, changes nothing, and yields a finding also for what is in order."""

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("environment", check_versions),
    ("environment", check_variables),
    ("user", check_user),
    ("mounts", check_mounts),
    ("temporary folder", check_temporary),
    ("telemetry", check_telemetry),
    ("reports", check_reports),
    ("room", check_room),
    ("lock", check_lock),
    ("clock", check_clock),
    ("configuration", check_configuration),
    ("configuration", check_unused),
    ("sources", check_found),
    ("expected sources", check_expected),
    ("silent sources", check_silent),
    ("index", check_index),
    ("verdict", check_verdict),
    ("cache", check_cache),
)
"""All checks, each with the name in its findings."""


_NO_FILES: Final = "telemetry"
_NEED_TELEMETRY: Final = frozenset({"sources", "expected sources", "silent sources"})


def diagnose(subject: Subject) -> Diagnosis:
    """Make all checks; one that cannot be made is a finding, and the others go on."""
    found: list[Finding] = []
    for name, check in CHECKS:
        if name in _NEED_TELEMETRY and _is_unreadable(found):
            continue
        found += _findings_of(name, check, subject)
    findings = tuple(found)
    return Diagnosis(
        schema_version="doctor.v1",
        checked_at=subject.now,
        version=__version__,
        result=worst_of(findings),
        findings=findings,
    )


def _is_unreadable(findings: list[Finding]) -> bool:
    """Return whether it is known that the telemetry cannot be listed."""
    return any(
        each.result == "error" and (each.check == "telemetry" or each.where == _NO_FILES)
        for each in findings
    )


def _findings_of(name: str, check: Check, subject: Subject) -> list[Finding]:
    """Return what a check finds, and the error that ended it, if one did."""
    findings = []
    try:
        for finding in check(subject):
            findings.append(finding)  # noqa: PERF402 (those before an error count)
    except TelemetryError as problem:
        findings.append(error(name, _NO_FILES, problem.message, problem.hint))
    except InUseError as problem:
        # That a run is going on is no fault; a stuck one is named by the check of the lock too.
        advice = f"{problem.remedy}; then run doctor again"
        findings.append(warning(name, subject.place.folder, problem.message, advice))
    except PeaktradeError as problem:
        hint = problem.hint or "mend this, and run doctor again"
        findings.append(error(name, subject.place.folder, problem.message, hint))
    except OSError as problem:
        where = problem.filename or subject.place.folder
        hint = "check the permissions, and run doctor again"
        findings.append(error(name, where, f"cannot be looked at: {reason_of(problem)}", hint))
    return findings
