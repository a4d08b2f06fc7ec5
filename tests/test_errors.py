"""The errors that a user meets."""

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
    """A wrong command line is 64, everything else that could not be done is 1."""
    assert kind("it failed").exit_code == code


@pytest.mark.parametrize(
    "kind", [PeaktradeError, ConfigError, TelemetryError, ReportsError, UsageError]
)
def test_the_text_is_the_message_and_then_the_hint(kind: type[PeaktradeError]) -> None:
    """The text of an error is one line: what failed, and what to try if there is something."""
    assert str(kind("it failed")) == "it failed"
    assert str(kind("it failed", hint="try again")) == "it failed; try again"


def test_message_and_hint_can_be_had_apart() -> None:
    """A caller can show the message without the hint."""
    error = PeaktradeError("it failed", hint="try again")

    assert (error.message, error.hint) == ("it failed", "try again")


def test_a_reports_error_is_an_os_error() -> None:
    """Callers of the public path functions may treat what they raise as an `OSError`."""
    assert issubclass(ReportsError, OSError)


def test_the_reason_is_the_text_of_the_error_number() -> None:
    """The reason names no path, only what the operating system said."""
    error = PermissionError(errno.EACCES, "Permission denied", "somewhere")

    assert reason_of(error) == "Permission denied"


def test_the_reason_of_an_error_without_a_text_is_its_kind() -> None:
    """An error that a library raised without a number still gives a reason."""
    assert reason_of(TimeoutError()) == "TimeoutError"
