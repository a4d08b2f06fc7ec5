"""The errors that a user can meet: each knows its exit code and what to try.

The exit codes are those of the program's contract: 1 for a job that could not be done, 64
(``EX_USAGE`` of ``sysexits.h``) for a command line that was wrong.
"""

from __future__ import annotations

from typing import ClassVar


class PeaktradeError(Exception):
    """The program could not do its job.

    Args:
        message: What failed and where, one sentence without a full stop.
        hint: What to try, if there is something.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the message and the hint; `str()` gives both on one line."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the message and the hint on one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(PeaktradeError):
    """The command line asks for something that cannot be."""

    exit_code: ClassVar[int] = 64


class ConfigError(PeaktradeError):
    """The configuration file is missing, unreadable or wrong inside."""


class TelemetryError(PeaktradeError):
    """A telemetry folder or file that was named cannot be used."""


class ReportsError(PeaktradeError, OSError):
    """The reports folder cannot be made, read or written.

    It is an `OSError` too, so that callers of the public path functions may treat it as one.
    """


def reason_of(error: OSError) -> str:
    """Say why the operating system refused, in its own few words.

    Args:
        error: What the system call raised.

    Returns:
        The text of the error number, such as ``Permission denied``.
    """
    return error.strerror or type(error).__name__
