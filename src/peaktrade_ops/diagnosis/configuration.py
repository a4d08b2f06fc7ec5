"""The checks of the configuration: what a run refuses, and what has no effect."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from peaktrade_ops.config import Policy, Sources
from peaktrade_ops.config_file import CONFIG_NAME, problems_in
from peaktrade_ops.diagnosis.findings import error, ok, warning
from peaktrade_ops.errors import ConfigError, PeaktradeError
from peaktrade_ops.stage1.left_out import unmatched
from peaktrade_ops.telemetry.files.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from peaktrade_ops.config import Config
    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject


def check_configuration(subject: Subject) -> Iterator[Finding]:
    """Find everything for which a run refuses the configuration."""
    file = subject.config_file
    problems = [each for each in subject.refusals if isinstance(each, ConfigError)]
    if file is not None:
        # These have the first one again.
        problems = problems_in(file) or problems
    for problem in problems:
        where = file or CONFIG_NAME
        what = problem.message.removeprefix(f"configuration {where}: ")
        what = what.removeprefix(f"configuration {where} ")
        yield error("configuration", where, what, problem.hint or "correct it")
    if not problems:
        yield ok(
            "configuration",
            file or CONFIG_NAME,
            "can be used" if file else "none is used: the defaults apply",
        )


def check_unused(subject: Subject) -> Iterator[Finding]:
    """Find a configuration that is not read, and lines of the one in use without an effect."""
    file, root = subject.config_file, subject.root
    unused = root / CONFIG_NAME if root else None
    if unused is not None and os.path.isfile(unused) and not _is_same(unused, file):  # noqa: PTH113 (false without permission)
        yield warning(
            "configuration",
            unused,
            "is not read, because it is in the telemetry root",
            "name it with --config, or put it into a repo root outside of it",
        )
    yield from _patterns(subject)
    yield from _old_entries(subject)
    yield from _softer(subject.config)


def _is_same(one: Path, other: Path | None) -> bool:
    try:
        return other is not None and one.samefile(other)
    except OSError:
        return False


def _patterns(subject: Subject) -> Iterator[Finding]:
    """Yield the patterns that match no file: a typing error has no other sign."""
    try:
        found = subject.found
    except PeaktradeError:
        # Another check tells it.
        return
    scanned = [source.name for source in found.sources]
    every = [*scanned, *(entry.path for entry in found.left_out)]
    sources, defaults = subject.config.sources, Sources()
    for key in ("legacy", "ignore", "include"):
        written = getattr(sources, key)
        if written != getattr(defaults, key):
            idle = [each for each in unmatched(written, every) if not _is_of_folder(each, every)]
            yield from _idle(subject, f"{key} under [sources]", idle)
    for number, entry in enumerate(subject.config.formats, 1):
        idle = unmatched(entry.files, scanned)
        if len(idle) == len(entry.files):
            yield from _idle(subject, f"files of entry {number} of [[formats]]", idle)


def _is_of_folder(pattern: str, paths: Sequence[str]) -> bool:
    """Return whether a pattern ignores a whole folder, whose files are not listed then."""
    return any(map(Patterns([pattern]).match_folder, paths))


def _idle(subject: Subject, key: str, patterns: list[str]) -> Iterator[Finding]:
    for pattern in patterns:
        yield warning(
            "configuration",
            subject.config_file or CONFIG_NAME,
            f"'{pattern}' in {key} matches no file",
            "compare it with whole paths below the telemetry root, or take it out",
        )


def _old_entries(subject: Subject) -> Iterator[Finding]:
    """Yield the accepted faults of days that no range holds any more."""
    first = subject.window.earlier(subject.days - 1).date
    old = [each for each in subject.config.accepted if each.date < first]
    if old:
        yield warning(
            "configuration",
            subject.config_file or CONFIG_NAME,
            f"{len(old)} of [[accepted]] before {first} have no effect, the first on"
            f" {min(each.date for each in old)}",
            "take them out",
        )


def _softer(config: Config) -> Iterator[Finding]:
    """Yield the thresholds that are softer than the default ones."""
    default = Policy()
    softer = [
        f"{key} = {getattr(config.policy, key)}"
        for key, sign in (
            ("max_new_alerts", 1),
            ("max_missing_days", 1),
            ("missing_window_days", -1),
            ("min_days_with_data", -1),
        )
        if sign * getattr(config.policy, key) > sign * getattr(default, key)
    ]
    if softer:
        yield warning(
            "configuration",
            "[policy]",
            f"is softer than the default: {', '.join(softer)}",
            "nothing, if it is meant: every verdict says so",
        )
