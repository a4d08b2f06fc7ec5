"""The errors that a user sees, each with its exit code and a hint.

The exit codes are those of the contract: 1 for a job that failed, 64 (``EX_USAGE`` of
``sysexits.h``) for a wrong command line.
"""

from __future__ import annotations

from typing import ClassVar


class PeaktradeError(Exception):
    """The program cannot complete its task.

    Args:
        message: The failure and its location, one sentence without a full stop.
        hint: A suggestion for the user; empty if there is none.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Store the message and the hint; `str()` returns both on one line."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the message and the hint on one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(PeaktradeError):
    """The command line is wrong."""

    exit_code: ClassVar[int] = 64


class ConfigError(PeaktradeError):
    """The configuration file is missing, unreadable or invalid."""


class TelemetryError(PeaktradeError):
    """A given telemetry folder or file cannot be used."""


class ReportsError(PeaktradeError, OSError):
    """The reports folder cannot be created, read or written.

    It is also an `OSError`, so that callers of the public path functions can handle it as one.
    """


def reason_of(error: OSError) -> str:
    """Return the reason of an error of the operating system.

    Args:
        error: The error that a system call raised.

    Returns:
        The text of the error number, such as ``Permission denied``; the class name if there is
        none.
    """
    return error.strerror or type(error).__name__
