"""The steps of ``inspect``: read the beginning of files as a scan would, and propose a format."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.config import Format
from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.formats import presets, time_keys
from peaktrade_ops.stage1.advice import advice_for
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.inspection import MOST_TRIED, Inspection, Inspector
from peaktrade_ops.stage1.proposal import (
    Draft,
    Part,
    Proposal,
    Reads,
    patterns_of,
    proposal_of,
    propose,
)
from peaktrade_ops.stage1.time_signs import modified_at
from peaktrade_ops.telemetry.files.blocks import LongLine
from peaktrade_ops.telemetry.files.inputs import discover_inputs
from peaktrade_ops.telemetry.files.names import Claim, is_finished_name
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.reader import ReadProblemError, read_range
from peaktrade_ops.telemetry.files.search import Search
from peaktrade_ops.text import printable, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.files.source import Source

MOST_LINES: Final = 20_000
"""The number of lines of a file that are read, unless all are asked for."""

# A preset is tried on these lines only, which stay in memory.
_TRIED_BYTES: Final = 8 * 2**20

_TAKEN: Final = {
    Claim.SCAN: "scanned",
    Claim.NOT_DATA: "not data",
    Claim.ARCHIVE: "archive",
    Claim.NOT_SUPPORTED: "compression not supported",
    Claim.NOT_RECOGNISED: "name not recognised",
    Claim.ELSEWHERE: "path not selected",
    Claim.TEXT: "not named as JSON lines",
    Claim.NOTHING: "no name of telemetry",
}

_INCLUDABLE: Final = frozenset(
    _TAKEN[claim] for claim in (Claim.NOT_RECOGNISED, Claim.ELSEWHERE, Claim.TEXT, Claim.NOTHING)
)


class Inspected(msgspec.Struct, frozen=True):
    """How a file is read, and what is proposed for it.

    Attributes:
        inspection: How it is read.
        proposal: What is proposed for this file alone.
        part: The part of the proposal for several files.
        advice: What is wrong with a file without events; empty if it has some.
    """

    inspection: Inspection
    proposal: Proposal
    part: Part
    advice: str = ""


def inspect_files(
    paths: Sequence[str], root: Path, config: Config, *, most_lines: int | None = MOST_LINES
) -> list[Inspected]:
    """Inspect files; nothing is written.

    Args:
        paths: Files, folders and globs.
        root: The telemetry root, to which names and patterns are relative.
        config: The configuration by which the files are read.
        most_lines: The number of lines to read of each file; `None` for all.

    Raises:
        TelemetryError: The root or a path is missing or cannot be read, or a glob has no match.
    """
    if not root.is_dir():
        raise TelemetryError(
            f"telemetry folder {root} is missing or is not a folder", hint="check --repo"
        )
    search = Search(
        max_depth=1_000,
        time_keys=time_keys(config),
        ignore=Patterns(config.sources.ignore),
        include=Patterns(config.sources.include),
    )
    try:
        found = discover_inputs(paths, search)
    except TelemetryError as error:
        # The paths of this command are arguments.
        message = error.message.removeprefix("--input ")
        hint = _hint_below(root, paths, message) or error.hint
        raise TelemetryError(message, hint=hint) from error
    if not found.sources:
        raise TelemetryError(
            f"no file in {', '.join(paths)}", hint="name files, folders or globs of telemetry"
        )
    top = Path(os.path.realpath(root))
    return [_inspected(source, top, search, config, most_lines) for source in found.sources]


def _hint_below(root: Path, paths: Sequence[str], message: str) -> str:
    """Return a hint if the path of an error exists below the telemetry root; else no text."""
    path = next((each for each in paths if message.startswith(f"{each}: ")), None)
    if path is None or Path(path).is_absolute():
        return ""
    below = root / path
    pattern = os.fspath(Path(glob.escape(os.fspath(root))) / path)
    if not os.path.lexists(below) and next(glob.iglob(pattern, recursive=True), None) is None:  # noqa: PTH207 (a root with marks of globs)
        return ""
    return f"there is {below}: paths are relative to the current directory"


def _inspected(
    source: Source, top: Path, search: Search, config: Config, most_lines: int | None
) -> Inspected:
    location = Path(source.location)
    inside = location.is_relative_to(top)
    path = shown(os.fspath(location.relative_to(top) if inside else location))
    source = msgspec.structs.replace(source, path=path, unnumbered="")
    sample: list[bytes] = []
    inspector, result = _read(source, config, most_lines, sample)
    taken = name = _TAKEN[search.claim(path)]
    if name == _TAKEN[Claim.NOTHING] and not location.suffix:
        taken = f"{name}: it lacks an ending, such as .jsonl"
    if search.ignore.match(path):
        taken = "ignored"
    elif not inside:
        taken = f"{taken}, outside of {shown(os.fspath(top))}"
    is_included = inside and name in _INCLUDABLE and not search.ignore.match(path)
    result = msgspec.structs.replace(result, taken=taken)

    def tried_with(preset: str | None) -> Inspection:
        tried = _inspector(path, config, _layout(path, preset))
        tried.add(list(sample))
        return tried.result(path, taken=taken, whole=True)

    def read_with(preset: str) -> Inspection:
        return _read(source, config, most_lines, [], _layout(path, preset))[1]

    if not result.events:
        problem = "" if result.problem else advice_for(sample, name)
        part = Part(path, Draft())
        return Inspected(result, Proposal(None, (), is_complete=True), part, problem)
    reads = Reads(result, inspector.keys_of_events(), inspector.all_have, tried_with, read_with)
    draft = propose(reads, presets())
    part = Part(path, draft, _notes(path, top, draft, config, inside=inside), is_included)
    return Inspected(result, proposal_of([part], config.sources.include), part)


def proposal_for(found: Sequence[Inspected], config: Config) -> Proposal:
    """Return the proposal for all inspected files, as one block.

    Args:
        found: The files; at least one.
        config: The configuration by which they were read.
    """
    return proposal_of([each.part for each in found], config.sources.include)


def _notes(path: str, top: Path, draft: Draft, config: Config, *, inside: bool) -> tuple[str, ...]:
    """Return the comments above the entry of a file."""
    if draft.body is None:
        return ()
    notes = []
    if not inside:
        notes.append(
            f"# a file outside of the telemetry root {shown(os.fspath(top))}: give --repo the "
            "folder of the telemetry"
        )
    matches = (Patterns(each.files).match(path) for each in config.formats)
    number = next((place for place, is_match in enumerate(matches, 1) if is_match), None)
    if number is not None and draft.preset is not None:
        notes.append(f"# put it before entry {number} of [[formats]], which matches the file now")
    elif number is not None:
        notes.append(f"# entry {number} of [[formats]] matches the file now: put the keys there")
    return tuple(map(printable, notes))


def _layout(path: str, preset: str | None) -> Format | None:
    """Return the format of a file with a preset; `None` without one, for what is configured."""
    return Format(files=patterns_of(path), preset=preset) if preset else None


def _read(
    source: Source,
    config: Config,
    most_lines: int | None,
    sample: list[bytes],
    layout: Format | None = None,
) -> tuple[Inspector, Inspection]:
    """Read the first lines of a file, and collect some of them."""
    inspector = _inspector(source.path, config, layout)
    may_grow = not is_finished_name(source.path)
    kept, whole, problem = 0, True, ""
    limit = config.limits.record_bytes
    try:
        for piece in read_range(source, 0, source.size, limit):
            if isinstance(piece, LongLine):
                inspector.add_too_long()
                continue
            lines, is_ended = piece.lines()
            is_open = not is_ended
            if most_lines is not None and len(lines) > most_lines - inspector.lines:
                lines, whole, is_open = lines[: most_lines - inspector.lines], False, False
            if lines:
                inspector.add(lines, may_grow=may_grow and is_open)
            for line in lines:
                if len(sample) < MOST_TRIED and kept + len(line) <= _TRIED_BYTES:
                    sample.append(line)
                    kept += len(line)
            if not whole:
                break
    except ReadProblemError as error:
        problem = error.reason
    return inspector, inspector.result(
        source.path,
        taken="",
        whole=whole,
        problem=problem,
        modified=modified_at(source.modified_ns),
    )


def _inspector(path: str, config: Config, layout: Format | None = None) -> Inspector:
    """Return an inspector for a file, as the configuration or a format says."""
    formats = config.formats if layout is None else (layout,)
    # Of legacy sources, too, all that a report could show is of interest.
    sources = msgspec.structs.replace(config.sources, legacy=())
    config = msgspec.structs.replace(config, formats=formats, sources=sources)
    return Inspector(Stage1Classifier(config).kind_of(path), config.limits.record_bytes)
