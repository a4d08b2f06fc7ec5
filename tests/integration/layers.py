"""What an image adds to its base: the entries of its last layer, with the content of files."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from typing import NamedTuple

from tests.integration.engine import inspect


class Added(NamedTuple):
    """A file, folder or link that the image adds to its base; a file has its content."""

    entry: tarfile.TarInfo
    content: bytes


def layers(image: str) -> list[str]:
    """Return the digests of the layers of an image."""
    found: list[str] = inspect(image)["RootFS"]["Layers"]
    return found


def read_last_layer(image: str) -> list[Added]:
    """Read the last layer of an image from the archive of `docker save`."""
    saved = subprocess.run(
        ["docker", "save", image],  # noqa: S607 (wherever the system keeps it)
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        last = archive.extractfile(json.load(manifest)[0]["Layers"][-1])
        assert last is not None
        with tarfile.open(fileobj=last) as layer:
            return [
                Added(entry, file.read() if (file := layer.extractfile(entry)) else b"")
                for entry in layer
                if not entry.issym() and not entry.islnk()
            ] + [Added(entry, b"") for entry in layer if entry.issym() or entry.islnk()]
