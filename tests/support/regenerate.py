"""Write the JSON Schemas and the golden files anew: ``python -m tests.support.regenerate``.

The tests hold both to the code. After a change that is meant to alter them, run this and look at
the difference before it is committed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.golden import GOLDEN, SCHEMAS, golden_files, schemas


def main() -> None:
    """Write every file in its place."""
    with tempfile.TemporaryDirectory() as scratch:
        golden = golden_files(Path(scratch))
    for folder, files in ((SCHEMAS, schemas()), (GOLDEN, golden)):
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


if __name__ == "__main__":
    main()
