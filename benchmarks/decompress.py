"""Decompress the files of a folder, and throw the bytes away.

python -m benchmarks.decompress FOLDER
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Protocol

    class _Readable(Protocol):
        def read(self, size: int, /) -> bytes: ...


_BLOCK_BYTES: Final = 2**20
_OPEN: Final[dict[str, Callable[[Path], AbstractContextManager[_Readable]]]] = {
    ".gz": gzip.open,
    ".zst": zstd.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}


def main() -> None:
    """Read each file to its end, in one process."""
    for path in sorted(Path(sys.argv[1]).iterdir()):
        with _OPEN[path.suffix](path) as file:
            while file.read(_BLOCK_BYTES):
                pass


if __name__ == "__main__":
    main()
