"""Write the JSON Schemas and the golden files again: `python -m tests.support.regenerate`.

Tests compare both with the program. Run this after an intended change of the output, and read the
difference before the commit.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.golden import (
    DIAGNOSIS_SCHEMAS,
    GOLDEN,
    SCHEMAS,
    diagnosis_schemas,
    golden_files,
    schemas,
)


def main() -> None:
    """Write every file to its place."""
    with tempfile.TemporaryDirectory() as scratch:
        golden = golden_files(Path(scratch))
    for folder, files in (
        (SCHEMAS, schemas()),
        (DIAGNOSIS_SCHEMAS, diagnosis_schemas()),
        (GOLDEN, golden),
    ):
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


if __name__ == "__main__":
    main()
