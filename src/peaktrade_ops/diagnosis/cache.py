"""The check of the counts of earlier scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.diagnosis.findings import ok, warning
from peaktrade_ops.diagnosis.folders import refusal_to_write
from peaktrade_ops.diagnosis.subject import existing
from peaktrade_ops.errors import reason_of
from peaktrade_ops.report_paths import how_to_open
from peaktrade_ops.telemetry.engines.cache import condition_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject

_MIB: Final = 2**20


def check_cache(subject: Subject) -> Iterator[Finding]:
    """Find a cache that saves no time. It never changes a result, so this is never an error."""
    folder = subject.telemetry.cache
    if folder is None:
        yield ok("cache", "--no-cache", "is not used: every run scans all bytes")
        return
    there = existing(folder)
    if not there.is_dir():
        yield warning(
            "cache",
            there,
            "is not a folder; every run scans all bytes",
            "name a folder with --cache",
        )
        return
    condition = condition_of(folder)
    limit = subject.config.limits.cache_bytes
    if condition.problem:
        yield warning("cache", folder, condition.problem, condition.remedy)
    elif problem := refusal_to_write(there):
        yield warning(
            "cache",
            folder,
            f"cannot be written: {reason_of(problem)}; every run scans all bytes",
            f"{how_to_open(problem)}, or name another folder with --cache",
        )
    elif condition.size is None:
        yield ok("cache", folder, "is not there yet")
    else:
        size = f"{condition.size / _MIB:,.1f} of {limit / _MIB:,.0f} MiB"
        yield ok("cache", folder, f"can be used: {size}")
