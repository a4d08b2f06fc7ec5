"""Compressed files against the plain files with the same lines, and against decompression alone."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.results import Section
from benchmarks.runner import Command, costs, python
from benchmarks.scan import check_same, counts_of, snapshot

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.place import Place

_MEGABYTES: Final = 64
_COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": gzip.compress,
    "zst": zstd.compress,
    "bz2": bz2.compress,
    # The usual level takes a minute, and its files take as long to read.
    "xz": lambda data: lzma.compress(data, preset=1),
}
_PLAIN = "plain files"


def measure(place: Place) -> Section:
    """Compare snapshots of the same lines.

    Raises:
        SystemExit: The counts of compressed files differ from those of the plain files.
    """
    megabytes = min(_MEGABYTES, place.megabytes)
    plain = place.telemetry(megabytes)
    commands = {_PLAIN: Command(snapshot(plain, place.folder("plain-reports"), "--no-cache"))}
    for ending, compress in _COMPRESS.items():
        files = place.files_of(f"compressed-{ending}")
        for path in plain.rglob("*.jsonl"):
            (files / f"{path.name}.{ending}").write_bytes(compress(path.read_bytes()))
        reports = place.folder(f"compressed-reports-{ending}")
        alone = python("-m", "benchmarks.decompress", str(files))
        commands[f"{ending} files"] = Command(snapshot(files.parent, reports, "--no-cache"))
        commands[f"{ending} decompression alone"] = Command(alone)
    section = Section(f"Compression: {megabytes} MiB in 8 files")
    section.costs = costs(commands, place.runs)
    expected = {
        name: number
        for name, number in counts_of(section.costs[_PLAIN].output).items()
        if name in {"lines", "in_window", "new_alerts", "critical_alerts", "legacy_alerts"}
    }
    for ending in _COMPRESS:
        check_same(expected, counts_of(section.costs[f"{ending} files"].output))
        section.compare(f"{ending} files", _PLAIN)
        section.compare(f"{ending} files", f"{ending} decompression alone")
    return section
