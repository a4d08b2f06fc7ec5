"""The program around its commands: streams, signals, errors, exit codes."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from peaktrade_ops.cli.codes import FAILED, INTERRUPTED, TERMINATED, USAGE
from peaktrade_ops.cli.console import PROGRAM, Console
from peaktrade_ops.cli.lazy import cli
from peaktrade_ops.cli.program import Program, stay
from peaktrade_ops.errors import PeaktradeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FrameType

_ENDING_SIGNALS: dict[int, int] = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}


class _EndedError(BaseException):
    """A signal arrived; not an `Exception`, so that nothing on the way takes it for a problem.

    Args:
        exit_code: What the program ends with.
    """

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code


def main(
    arguments: Sequence[str] | None = None, *, settle: Callable[[Path], None] = stay
) -> NoReturn:
    """Run the program and exit with its code.

    Args:
        arguments: The command line without the program's name; that of the process if not given.
        settle: Called with the folder of the reports, absolute and as it is named, before anything
            is read or written; it may raise a `PeaktradeError`.
    """
    program = Program(Console(), settle)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A locale without these characters must not stop a report.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    for number in _ENDING_SIGNALS:
        # A program in the background of a script is started with Ctrl-C ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    sys.exit(_run(program, arguments))


def _run(program: Program, arguments: Sequence[str] | None) -> int:
    console = program.console
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=program)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else PROGRAM
        console.error(f"{error.format_message()} (see {path} --help)")
        return USAGE
    except PeaktradeError as error:
        console.trace()
        console.error(str(error))
        return error.exit_code
    except _EndedError as error:
        what = "terminated" if error.exit_code == TERMINATED else "interrupted"
        console.error(f"{what}; the earlier artifacts are kept")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (the last resort: one line instead of a traceback)
        console.trace()
        what = f"{type(error).__name__}: {error}"
        console.error(f"unexpected error, please report it: {what} (--verbose shows where)")
        return FAILED
    return int(code or 0)


def _end(number: int, _frame: FrameType | None) -> None:
    # A second signal must not cut the cleaning up short.
    for each in _ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise _EndedError(_ENDING_SIGNALS[number])
