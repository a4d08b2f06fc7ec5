"""Run the program in a fork of this process, which has already imported it."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_STEERING = ("PEAK_", "_PEAKTRADE", "DASK_", "SOURCE_DATE_EPOCH")


class Ended(NamedTuple):
    """How a run ended.

    Attributes:
        code: Its exit code; negative for the signal that killed it.
        out: Its standard output.
        err: Its standard error, without the line that tells that the clock stands still.
    """

    code: int
    out: str
    err: str


@contextlib.contextmanager
def forked(
    arguments: Sequence[str],
    *,
    cwd: Path,
    output: Path,
    variables: Mapping[str, str],
    first: Callable[[], object] = int,
) -> Iterator[int]:
    """Start the program in a fork; kill it at the end if it still runs.

    Args:
        arguments: The command line.
        cwd: The current directory.
        output: A folder for the files `out` and `err`.
        variables: Environment variables.
        first: Called in the new process before the program.
    """
    for name in ("out", "err"):
        # It is there even if the process is killed before it begins.
        (output / name).write_bytes(b"")
    pid = os.fork()
    if pid == 0:
        _become_program(arguments, cwd, output, variables, first)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def ended(status: int, output: Path) -> Ended:
    """Return how a run ended, from its status of `waitpid` and its output."""
    err = (output / "err").read_text("utf-8", "replace")
    lines = [
        line for line in err.splitlines(keepends=True) if not line.startswith("SOURCE_DATE_EPOCH")
    ]
    out = (output / "out").read_text("utf-8", "replace")
    return Ended(os.waitstatus_to_exitcode(status), out, "".join(lines))


def run(
    arguments: Sequence[str], *, cwd: Path, output: Path, variables: Mapping[str, str]
) -> Ended:
    """Run the program undisturbed."""
    with forked(arguments, cwd=cwd, output=output, variables=variables) as pid:
        _, status = os.waitpid(pid, 0)
        return ended(status, output)


def _become_program(
    arguments: Sequence[str],
    cwd: Path,
    output: Path,
    variables: Mapping[str, str],
    first: Callable[[], object],
) -> NoReturn:
    """Run the program in this process, and end it."""
    code = 99
    try:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for name in [name for name in os.environ if name.startswith(_STEERING)]:
            del os.environ[name]
        os.environ.update(variables)
        os.chdir(cwd)
        for handle, name in ((1, "out"), (2, "err")):
            target = os.open(output / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(target, handle)
            os.close(target)
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 (for this process)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        from peaktrade_ops.cli import main  # noqa: PLC0415 (imported before the fork already)

        first()
        main([*arguments])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 98
    except BaseException:  # noqa: BLE001 (a crash of the program, which the campaign counts)
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        with contextlib.suppress(BaseException):
            sys.stderr.flush()
        os._exit(code)
