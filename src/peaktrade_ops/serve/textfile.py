"""The file of metrics that the textfile collector of node_exporter reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import PeaktradeError, UsageError, reason_of
from peaktrade_ops.reports.store.foreign import reports_folder_around

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX: Final = ".prom"
# The collector runs as another user.
_MODE: Final = 0o644


def check_output(output: Path, folder: Path) -> None:
    """Check the name and the place of a file of metrics.

    Args:
        output: The file.
        folder: The reports folder. Every other file is foreign there, and in that of another stage.

    Raises:
        UsageError: The collector would not read the file, or it lies in a reports folder.
    """
    if output.suffix != _SUFFIX:
        raise UsageError(
            f"--output {output}: the textfile collector reads only names that end with {_SUFFIX}",
            hint=f"write --output {output.with_suffix(_SUFFIX) if output.name else 'FILE.prom'}",
        )
    if (around := reports_folder_around(output.parent, folder)) is not None:
        raise UsageError(
            f"--output {output} lies in the reports folder {around}, which holds only reports",
            hint="write it to the folder of --collector.textfile.directory",
        )


def write_textfile(output: Path, data: bytes) -> None:
    """Write a file of metrics whole or not at all: the collector may read it at any time.

    Args:
        output: The file; its folder exists.
        data: Its content.

    Raises:
        PeaktradeError: The file cannot be written.
    """
    # The collector does not read a name with this end.
    staged = output.with_name(f".{output.name}.{os.urandom(8).hex()}.tmp")
    try:
        try:
            _write(staged, data)
            staged.replace(output)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        raise PeaktradeError(
            f"{output} cannot be written: {reason_of(error)}",
            hint="make its folder, make room, or let this user write there",
        ) from error


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(handle, "wb") as file:
        # A strict umask must not hide the file from the collector.
        os.fchmod(file.fileno(), _MODE)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
