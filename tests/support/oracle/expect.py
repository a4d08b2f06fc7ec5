"""The questions to the oracle: what a scan of some files must give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.support.oracle.files import Rules, read_file
from tests.support.oracle.report import report_of
from tests.support.oracle.times import EARLIEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.support.oracle.expected import Expected, ExpectedReport

DEFAULT_RULES = Rules()


def expect_reports(
    files: Mapping[str, bytes],
    *,
    ends: Sequence[datetime],
    now: datetime | None = None,
    rules: Rules = DEFAULT_RULES,
    modified: Mapping[str, datetime] | datetime | None = None,
) -> list[ExpectedReport]:
    """Return the report of each window of a scan of files.

    Args:
        files: The uncompressed content of each file by its path relative to the telemetry root.
        ends: The ends of the windows.
        now: The time of the clock; `None` if no event is to be ahead and all windows are over.
        rules: How files are read.
        modified: The modification time of all files, or of each by its path; `None`, or a missing
            path, where the file system keeps none.
    """
    # Section 3: "Every list of files is in path order".
    read = [
        read_file(path, files[path], modified_of(path, modified), rules) for path in sorted(files)
    ]
    return [report_of(read, end, now) for end in ends]


def expect_report(
    files: Mapping[str, bytes],
    *,
    end: datetime,
    now: datetime | None = None,
    rules: Rules = DEFAULT_RULES,
    modified: Mapping[str, datetime] | datetime | None = None,
) -> ExpectedReport:
    """Return the report of one window (for the arguments see `expect_reports`)."""
    [report] = expect_reports(files, ends=[end], now=now, rules=rules, modified=modified)
    return report


def expect(
    files: Mapping[str, bytes],
    *,
    end: datetime,
    rules: Rules = DEFAULT_RULES,
    modified: Mapping[str, datetime] | datetime | None = None,
) -> Expected:
    """Return the counts of one window (for the arguments see `expect_reports`)."""
    return expect_report(files, end=end, rules=rules, modified=modified).counts


def modified_of(path: str, modified: Mapping[str, datetime] | datetime | None) -> datetime | None:
    """Return the modification time of a file; `None` if it is before 2000-01-01."""
    moment = modified.get(path) if isinstance(modified, Mapping) else modified
    return moment if moment is not None and moment >= EARLIEST else None
