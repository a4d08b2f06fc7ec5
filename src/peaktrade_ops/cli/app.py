"""The program around its commands: streams, signals, errors, exit codes."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import click

from peaktrade_ops.cli.codes import FAILED, HUNG_UP, INTERRUPTED, OK, TERMINATED, USAGE
from peaktrade_ops.cli.console import PROGRAM, Console, give_up_output
from peaktrade_ops.cli.lazy import cli
from peaktrade_ops.cli.logs import Log
from peaktrade_ops.cli.program import Program, stay
from peaktrade_ops.errors import PeaktradeError, reason_of
from peaktrade_ops.telemetry.engines.stuck import left

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FrameType

_ENDING_SIGNALS: dict[int, int] = {
    signal.SIGHUP: HUNG_UP,
    signal.SIGINT: INTERRUPTED,
    signal.SIGTERM: TERMINATED,
}
_ENDED = {HUNG_UP: "hung up", INTERRUPTED: "interrupted", TERMINATED: "terminated"}

# The `repr` of a byte that is not UTF-8, after an even number of backslashes of the text itself.
_RAW_BYTE: Final = r"(?<!\\)((?:\\\\)*)\\udc([89a-f][0-9a-f])"

# An address may be a secret, and nobody knows where it ends. That of a file is none.
_ADDRESS: Final = r"(?s)(?<!'file)://.*"

_OUT_OF_MEMORY: Final = (
    "there is not enough memory; every artifact is whole, old or new; give it more, or set"
    " processes = 1 and smaller record_bytes and memory_bytes under [limits] in the configuration"
    " (--verbose shows where)"
)


class _EndedError(BaseException):
    """A signal ended the program. It is not an `Exception`, so no handler of those catches it.

    Args:
        exit_code: The exit code of the program.
    """

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code


def main(
    arguments: Sequence[str] | None = None, *, settle: Callable[[Path], None] = stay
) -> NoReturn:
    """Run the program and exit with its code.

    Args:
        arguments: The command line without the name of the program; `None` for that of the process.
        settle: Called with the reports folder, absolute and with symbolic links unresolved, before
            anything is read or written. It may raise a `PeaktradeError`.
    """
    # A wrong command line is told before its options are known.
    is_json = _asks_for_json(sys.argv[1:] if arguments is None else arguments)
    log = Log(os.environ.get("PEAK_RUN_ID", "")) if is_json else None
    program = Program(Console(log=log), settle)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # The output must not fail in a locale that cannot encode a character.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    for number in _ENDING_SIGNALS:
        # A program in the background of a script is started with Ctrl-C ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    code = _run(program, arguments)
    program.console.ended(code)
    if left():
        _leave_at_once(code)
    sys.exit(code)


def _leave_at_once(code: int) -> NoReturn:
    """End this process without waiting for child processes that cannot be ended."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code)


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether messages are to be JSON, as far as that is known before options are parsed."""
    for before, after in zip(reversed(arguments), ["", *reversed(arguments)], strict=False):
        if before.startswith("--log-format="):
            return before == "--log-format=json"
        if before == "--log-format":
            return after == "json"
    return os.environ.get("PEAK_LOG_FORMAT", "") == "json"


def _run(program: Program, arguments: Sequence[str] | None) -> int:
    console = program.console
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=program)
    except click.exceptions.NoArgsIsHelpError as error:
        # Line by line: what cannot be written is no reason for another exit code.
        for line in error.ctx.get_help().splitlines():
            console.warning(line)
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else PROGRAM
        # click writes each choice of a missing option on a line of its own.
        message = error.format_message().replace("\n\t", " ")
        message = re.sub(_RAW_BYTE, r"\1\\x\2", message)
        message = re.sub(_ADDRESS, "://…", message)
        console.error(f"{message} (see {path} --help)")
        return USAGE
    except PeaktradeError as error:
        console.trace()
        console.error(str(error))
        return error.exit_code
    except _EndedError as error:
        console.hasten()
        console.error(f"{_ENDED[error.exit_code]}; every artifact is whole, old or new")
        return error.exit_code
    except SystemExit:
        # click ends in this way when help or version meets a closed pipe.
        give_up_output()
        code = OK
    except Exception as error:  # noqa: BLE001 (the last resort: one line instead of a traceback)
        console.trace()
        console.error(_unexpected(error))
        return FAILED
    return int(code or 0)


def _unexpected(error: Exception) -> str:
    """Return the message for an error that nothing else handles."""
    if isinstance(error, MemoryError):
        return _OUT_OF_MEMORY
    if isinstance(error, OSError):
        # click prints help and version, so an error of their output is handled only here.
        give_up_output()
        where = f" at {error.filename}" if error.filename else ""
        return f"input or output failed{where}: {reason_of(error)} (--verbose shows where)"
    what = f"{type(error).__name__}: {error}"
    return f"unexpected error, please report it: {what} (--verbose shows where)"


def _end(number: int, _frame: FrameType | None) -> None:
    # A second signal must not interrupt the cleanup.
    for each in _ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise _EndedError(_ENDING_SIGNALS[number])
