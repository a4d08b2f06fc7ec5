"""Stop a process at each of its file operations: to kill it there, or to make the operation fail.

The operations are those of the kernel, so those of SQLite and of the interpreter count too. It
needs nothing but Linux on x86_64, and works for every user.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Where = Literal["path", "at", "handle"]
"""Where a system call names its file: as the first argument, behind a folder, or as a handle."""

OPERATIONS: Final[dict[int, tuple[str, Where]]] = {
    0: ("read", "handle"),
    1: ("write", "handle"),
    2: ("open", "path"),
    4: ("stat", "path"),
    5: ("stat", "handle"),
    6: ("stat", "path"),
    17: ("read", "handle"),
    18: ("write", "handle"),
    73: ("flock", "handle"),
    74: ("fsync", "handle"),
    75: ("fsync", "handle"),
    77: ("truncate", "handle"),
    82: ("rename", "path"),
    83: ("mkdir", "path"),
    84: ("unlink", "path"),
    87: ("unlink", "path"),
    91: ("chmod", "handle"),
    217: ("listing", "handle"),
    257: ("open", "at"),
    258: ("mkdir", "at"),
    262: ("stat", "at"),
    263: ("unlink", "at"),
    264: ("rename", "at"),
    316: ("rename", "at"),
    332: ("stat", "at"),
}
"""The kind of each system call on a file, by its number on x86_64."""

_SUPPORTED: Final = sys.platform == "linux" and platform.machine() == "x86_64"

_TRACEME, _CONT, _SYSCALL, _SETOPTIONS, _GETREGSET, _SETREGSET = 0, 7, 24, 0x4200, 0x4204, 0x4205
_SYSGOOD_AND_EXITKILL: Final = 0x1 | 0x100000
_STATUS: Final = 1
_WORDS: Final = 27
# The places of registers in the structure of the kernel.
_RESULT, _THIRD, _SECOND, _FIRST, _NUMBER = 10, 12, 13, 14, 15
_AT_CURRENT: Final = 2**32 - 100
_SYSCALL_STOP: Final = signal.SIGTRAP | 0x80
_NO_CALL: Final = 2**64 - 1
_MOST_OPERATIONS: Final = 20_000
"""A process that does more does not end: it is killed."""


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Operation(NamedTuple):
    """One operation of a process on a file.

    Attributes:
        number: Its number among those that count, from 0.
        kind: What it does, such as `rename`.
        path: Its file.
    """

    number: int
    kind: str
    path: str


@dataclass
class Disturbance:
    """What happens to a process.

    Attributes:
        at: The number of the operation at which it happens; -1 for none.
        kill: The signal that the process gets before the operation.
        error: The error number that the operation returns without being done.
        short: Whether a read or write is cut to the half.
        lasts: Whether all later operations of the same kind on the same part of the world fail too.
    """

    at: int = -1
    kill: int = 0
    error: int = 0
    short: bool = False
    lasts: bool = False

    def __str__(self) -> str:
        """Return it in a few words, with all that is needed to do it again."""
        what = signal.Signals(self.kill).name if self.kill else ""
        if self.error:
            what = errno.errorcode[self.error]
        if self.short:
            what = "half"
        return f"{what} at operation {self.at}" + (" and later" if self.lasts else "")


@dataclass
class Trace:
    """What a process did.

    Attributes:
        status: Its status of `waitpid`.
        operations: Its operations that count.
    """

    status: int = 0
    operations: list[Operation] = field(default_factory=list)


def can_trace() -> bool:
    """Return whether processes can be stopped at each operation here."""
    return _SUPPORTED


def _call(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    done: int = _libc().ptrace(request, pid, ctypes.c_void_p(address), ctypes.c_void_p(data))
    if done == -1 and (number := ctypes.get_errno()):
        raise OSError(number, os.strerror(number))
    return done


def _libc() -> ctypes.CDLL:
    if not _LIBC:
        library = ctypes.CDLL(None, use_errno=True)
        library.ptrace.restype = ctypes.c_long
        library.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
        _LIBC.append(library)
    return _LIBC[0]


_LIBC: Final[list[ctypes.CDLL]] = []


def allow_tracing() -> None:
    """Let the parent stop this process at each system call from now on."""
    _call(_TRACEME, 0)
    os.kill(os.getpid(), signal.SIGSTOP)


class _Registers:
    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.words = (ctypes.c_uint64 * _WORDS)()
        self._vector = _Vector(ctypes.addressof(self.words), ctypes.sizeof(self.words))

    def read(self) -> None:
        _call(_GETREGSET, self._pid, _STATUS, ctypes.addressof(self._vector))

    def write(self) -> None:
        _call(_SETREGSET, self._pid, _STATUS, ctypes.addressof(self._vector))


def follow(
    pid: int,
    world: Path,
    disturbance: Disturbance,
    part_of: Callable[[str], str] = lambda path: path,
) -> Trace:
    """Run a stopped child process to its end, and disturb it once.

    Args:
        pid: The child, which has called `allow_tracing`.
        world: Only operations on files below this folder count.
        disturbance: What happens to it.
        part_of: Returns the part of the world of a path, for errors that last.
    """
    os.waitpid(pid, 0)
    _call(_SETOPTIONS, pid, 0, _SYSGOOD_AND_EXITKILL)
    tracer = _Tracer(pid, f"{world}/", disturbance, part_of)
    is_inside, deliver = False, 0
    while True:
        # A process that was killed meanwhile cannot go on.
        with contextlib.suppress(ProcessLookupError):
            _call(_SYSCALL, pid, 0, deliver)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return Trace(status, tracer.operations)
        deliver = os.WSTOPSIG(status)
        if deliver != _SYSCALL_STOP:
            continue
        deliver = 0
        is_inside = not is_inside
        if is_inside:
            tracer.enter()
        else:
            tracer.leave()


class _Tracer:
    """Looks at each system call of a process, and disturbs it."""

    def __init__(
        self, pid: int, prefix: str, disturbance: Disturbance, part_of: Callable[[str], str]
    ) -> None:
        self.operations: list[Operation] = []
        self._pid = pid
        self._prefix = prefix
        self._disturbance = disturbance
        self._part_of = part_of
        self._registers = _Registers(pid)
        self._lasting: tuple[str, str] | None = None
        self._error = 0

    def enter(self) -> None:
        """Look at a call before it is done."""
        self._registers.read()
        kind, where = OPERATIONS.get(self._registers.words[_NUMBER], ("", "handle"))
        path = _path(self._pid, self._registers, where) if kind else ""
        if path.startswith(self._prefix):
            operation = Operation(len(self.operations), kind, path)
            self.operations.append(operation)
            self._disturb(operation)

    def leave(self) -> None:
        """Put the error into the place of the result of a call that was not done."""
        if self._error:
            self._registers.read()
            self._registers.words[_RESULT] = 2**64 - self._error
            self._registers.write()
            self._error = 0

    def _disturb(self, operation: Operation) -> None:
        what = self._disturbance
        is_now = operation.number == what.at
        place = (operation.kind, self._part_of(operation.path))
        if operation.number > _MOST_OPERATIONS:
            os.kill(self._pid, signal.SIGKILL)
        elif is_now and what.kill:
            os.kill(self._pid, what.kill)
        elif is_now and what.short:
            self._registers.words[_THIRD] //= 2
            self._registers.write()
        elif what.error and (is_now or place == self._lasting):
            self._lasting = place if what.lasts else None
            self._error = what.error
            self._registers.words[_NUMBER] = _NO_CALL
            self._registers.write()


def _path(pid: int, registers: _Registers, where: Where) -> str:
    words = registers.words
    if where == "handle":
        return _handle_path(pid, words[_FIRST] & 0xFFFFFFFF)
    if where == "path":
        name = _text(pid, words[_FIRST])
        return name if name.startswith("/") else f"{_link(f'/proc/{pid}/cwd')}/{name}"
    name = _text(pid, words[_SECOND])
    if name.startswith("/"):
        return name
    folder = words[_FIRST] & 0xFFFFFFFF
    around = _link(f"/proc/{pid}/cwd") if folder == _AT_CURRENT else _handle_path(pid, folder)
    return f"{around}/{name}" if name else around


def _handle_path(pid: int, handle: int) -> str:
    return _link(f"/proc/{pid}/fd/{handle}")


def _link(path: str) -> str:
    with contextlib.suppress(OSError):
        return os.readlink(path)  # noqa: PTH115 (thousands a second)
    return ""


def _text(pid: int, address: int) -> str:
    """Return the text at an address of a process."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/mem", "rb", 0) as memory:  # noqa: PTH123 (thousands a second)
        data = os.pread(memory.fileno(), 4096 - address % 4096, address)
        if b"\0" not in data:
            data += os.pread(memory.fileno(), 4096, address + len(data))
        return os.fsdecode(data.partition(b"\0")[0])
    return ""
