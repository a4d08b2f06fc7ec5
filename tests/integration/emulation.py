"""An emulator for the processor that the engine does not have, mounted or known to the kernel."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOUNTED: Final = "/qemu"
"""Where a container has the emulator, if it starts it itself."""

_BINFMT: Final = Path("/proc/sys/fs/binfmt_misc")
# The first bytes of a program for arm64 (ELF, 64 bits, little end first, machine 183), as Debian
# writes them, and the bits of them that count.
_MAGIC: Final = r"\x7fELF\x02\x01\x01" + r"\x00" * 9 + r"\x02\x00\xb7\x00"
_MASK: Final = r"\xff" * 7 + r"\x00" + r"\xff" * 8 + r"\xfe\xff\xff\xff"
# O, P: the emulator gets the open program and its first argument. F: it is opened now, because its
# path does not exist in the container.
_FLAGS: Final = "OPF"
_MAGIC_OF_THE_KERNEL: Final = "magic 7f454c460201010000000000000000000200b700"


def emulated(entrypoint: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of the engine that start the Python of an image in the emulator.

    Args:
        entrypoint: The entry point of the image: a program that starts Python, and its arguments.
            That program cannot be used: the Python that it starts would not be emulated.
    """
    start = next(at for at, part in enumerate(entrypoint) if part.endswith("/python"))
    python = entrypoint[start]
    return {"entrypoint": [MOUNTED, "-0", python, *entrypoint[start:]]}


@contextlib.contextmanager
def registered(emulator: Path) -> Iterator[None]:
    """Let the kernel start programs for arm64, until the end of the context.

    Raises:
        OSError: The kernel does not allow it.
    """
    if _is_known():
        yield
        return
    with _mounted():
        name = f"peaktrade-ops-test-{os.getpid()}"
        (_BINFMT / "register").write_text(
            f":{name}:M::{_MAGIC}:{_MASK}:{emulator}:{_FLAGS}", "utf-8"
        )
        try:
            yield
        finally:
            (_BINFMT / name).write_text("-1", "utf-8")


def _is_known() -> bool:
    known = (path for path in _BINFMT.glob("*") if path.name not in {"register", "status"})
    return any(_MAGIC_OF_THE_KERNEL in path.read_text("utf-8") for path in known)


@contextlib.contextmanager
def _mounted() -> Iterator[None]:
    if (_BINFMT / "register").exists():
        yield
        return
    command = ["mount", "-t", "binfmt_misc", "binfmt_misc", os.fspath(_BINFMT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", _BINFMT], check=False)  # noqa: S607 (as mount)
