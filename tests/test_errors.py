"""Tests of `peaktrade_ops.errors`."""

from __future__ import annotations

import errno

import pytest

from peaktrade_ops.errors import (
    ConfigError,
    PeaktradeError,
    ReportsError,
    TelemetryError,
    UsageError,
    reason_of,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (PeaktradeError, 1),
        (ConfigError, 1),
        (TelemetryError, 1),
        (ReportsError, 1),
        (UsageError, 64),
    ],
)
def test_every_error_knows_its_exit_code(kind: type[PeaktradeError], code: int) -> None:
    """A wrong command line exits with 64, every other error with 1."""
    assert kind("it failed").exit_code == code


@pytest.mark.parametrize(
    "kind", [PeaktradeError, ConfigError, TelemetryError, ReportsError, UsageError]
)
def test_the_text_is_the_message_and_then_the_hint(kind: type[PeaktradeError]) -> None:
    """The text of an error is one line: the message, and the hint if there is one."""
    assert str(kind("it failed")) == "it failed"
    assert str(kind("it failed", hint="try again")) == "it failed; try again"


def test_message_and_hint_can_be_had_apart() -> None:
    """The message is available without the hint."""
    error = PeaktradeError("it failed", hint="try again")

    assert (error.message, error.hint) == ("it failed", "try again")


def test_a_reports_error_is_an_os_error() -> None:
    """Callers of the public path functions can handle the error as an `OSError`."""
    assert issubclass(ReportsError, OSError)


def test_the_reason_is_the_text_of_the_error_number() -> None:
    """The reason is the text of the operating system, without a path."""
    error = PermissionError(errno.EACCES, "Permission denied", "somewhere")

    assert reason_of(error) == "Permission denied"


def test_the_reason_of_an_error_without_a_text_is_its_kind() -> None:
    """An error without an error number has its class name as the reason."""
    assert reason_of(TimeoutError()) == "TimeoutError"
