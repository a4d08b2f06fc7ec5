"""Fixtures of the container tests: images, the reports of the host, and cleanup."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.integration import engine, reaper
from tests.integration.cells import CELLS, ORIGINS, table
from tests.integration.engine import SESSION, Base
from tests.integration.jobs import OWNER, SAMPLES, Host, give_away
from tests.integration.stand_ins import monitoring_images
from tests.integration.tools import find_tools
from tests.integration.ways import COMPOSE_FILES, compose
from tests.support.checkout import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL_TELEMETRY = "PEAK_TEST_TELEMETRY_DIR"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder `integration`, so that other sessions skip it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.integration)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the base of each image, and each comparison with its digest."""
    for line in table(ORIGINS, CELLS):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def cleaning_up() -> Iterator[None]:
    """Remove all containers and images of this test session at its end, also after a failure."""

    def stop(_number: int, _frame: object) -> NoReturn:
        pytest.exit("terminated", returncode=143)

    before = signal.signal(signal.SIGTERM, stop)
    command = [sys.executable, "-m", reaper.__name__, SESSION]
    with subprocess.Popen(command, cwd=REPO, stdin=subprocess.PIPE, start_new_session=True):
        yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def base() -> Base:
    """Return the default base of the image."""
    return _found("3.11")


@pytest.fixture(scope="session")
def other_base() -> Base:
    """Return a base with another Python version, the highest one that can be had."""
    try:
        return _found("3.14")
    except subprocess.CalledProcessError:
        # The stand-in is made of the next release of Debian, which does not always fit together.
        return _found("3.13")


@pytest.fixture(scope="session")
def arm_base(base: Base) -> Base:
    """Return the default base for arm64; skip the test if the engine runs on arm64 itself."""
    if engine.processor() != "amd64":
        pytest.skip("the engine is not amd64, and all other tests use its own processor")
    return _noted(engine.find_base_for("arm64", base))


@pytest.fixture(scope="session")
def monitoring(base: Base) -> dict[str, str]:
    """Return the variables that name the images of the profile `monitoring`."""
    return monitoring_images(base)


def _found(python: str) -> Base:
    return _noted(engine.find_base(python))


def _noted(found: Base) -> Base:
    ORIGINS[found.tag] = found.origin
    return found


@pytest.fixture(scope="session")
def image(base: Base) -> str:
    """Build the image; return its name."""
    return engine.build(base, "main")


@pytest.fixture(scope="session")
def other_image(other_base: Base) -> str:
    """Build the image on another Python version; return its name."""
    return engine.build(other_base, "other")


@pytest.fixture(scope="session")
def arm_image(base: Base, arm_base: Base) -> str:
    """Build the image for arm64, with the builder that the base allows; return its name."""
    if arm_base.is_stand_in:
        return engine.build(arm_base, "arm64", BUILD_IMAGE=base.tag, RUN_ON="linux/arm64")
    return engine.build_for("arm64", arm_base, base, "arm64")


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the programs of Debian that the tests start, by name."""
    return find_tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="session")
def compose_variables(base: Base, image: str) -> dict[str, str]:
    """Return the variables for Compose: an image name of this test session, built once here."""
    variables = {"PEAK_IMAGE": f"{image}-compose", "BASE_IMAGE": base.tag}
    outcome = compose(COMPOSE_FILES[0], "build", "--quiet", variables=variables)
    assert outcome.code == 0, outcome.err
    return variables | {"PEAK_PULL_POLICY": "never"}


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    """Return a runner of the program on the host."""
    return Host(tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="session")
def real_telemetry() -> Path:
    """Return the folder of real telemetry; skip the test if no folder is configured."""
    folder = os.environ.get(REAL_TELEMETRY, "")
    if not folder:
        pytest.skip(f"no real telemetry: {REAL_TELEMETRY} names no folder")
    return Path(folder).resolve(strict=True)


@pytest.fixture
def reports(tmp_path: Path, image: str) -> Iterator[Path]:
    """Yield a reports root; remove it at the end, even if its files belong to another user."""
    root = tmp_path / "reports"
    root.mkdir()
    yield root
    if os.geteuid() and any(path.stat().st_uid != os.geteuid() for path in root.rglob("*")):
        remove = "import os, shutil; [shutil.rmtree(entry) for entry in os.scandir('/reports')]"
        python = {"entrypoint": ["/opt/peaktrade-ops/bin/python", "-c", remove], "cap_drop": []}
        start = engine.Start(
            image=image, mounts=(engine.Mount(root, "/reports", "rw"),), more=python
        )
        assert engine.run(start).code == 0


@pytest.fixture
def variables(compose_variables: dict[str, str], reports: Path) -> dict[str, str]:
    """Return the operator's variables: the samples, and a reports root of another user."""
    give_away(reports, OWNER, OWNER)
    return {
        **compose_variables,
        "PEAK_TELEMETRY_DIR": os.fspath(SAMPLES),
        "PEAK_REPORTS_DIR": os.fspath(reports),
    }
