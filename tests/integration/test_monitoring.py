"""The Compose profile `monitoring`: Prometheus, Alertmanager and Grafana beside the view."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.integration.engine import SESSION, Mount, Start, docker
from tests.integration.engine import run as run_in
from tests.integration.jobs import SAMPLES
from tests.integration.ways import COMPOSE_FILES, compose
from tests.support.checkout import REPO, copy_repo
from tests.support.program import epoch, run, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.engine import Base

NAMES: Final = ("prometheus", "alertmanager", "grafana")
PROFILE: Final = (COMPOSE_FILES[0], "--profile", "monitoring")


class Project:
    """The services of the profile."""

    def __init__(self, variables: dict[str, str], repo: Path) -> None:
        """Take the variables for Compose, and the checkout."""
        self.variables = variables
        self.repo = repo

    def compose(self, *arguments: str) -> str:
        """Run Compose; return its output, and fail if it does."""
        outcome = compose(*PROFILE, *arguments, variables=self.variables, repo=self.repo)
        assert outcome.code == 0, outcome.err
        return outcome.out

    def alerts(self) -> set[str]:
        """Return the names of the alerts that Alertmanager has."""
        told = self.compose(
            *("exec", "--no-TTY", "peaktrade-ops-alertmanager", "amtool"),
            *("--alertmanager.url=http://localhost:9093", "--output=json", "alert", "query"),
        )
        return {alert["labels"]["alertname"] for alert in json.loads(told)}

    def container(self, name: str) -> dict[str, Any]:
        """Return the output of `docker inspect` for the container of a service."""
        identifier = self.compose("ps", "--quiet", f"peaktrade-ops-{name}").strip()
        found: dict[str, Any] = json.loads(docker("inspect", identifier).stdout)[0]
        return found


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, base: Base, monitoring: dict[str, str]
) -> Iterator[Project]:
    """Start the profile as the guide says, with shorter intervals."""
    if not monitoring:
        pytest.skip("this machine has no programs for the images, and the registry may be far")
    root = tmp_path_factory.mktemp("monitoring")
    repo = copy_repo(root / "repo")
    configuration = repo / "deploy" / "prometheus" / "prometheus.yml"
    text = configuration.read_text("utf-8")
    configuration.write_text(text.replace("interval: 15s", "interval: 1s"), "utf-8")
    reports = root / "reports"
    reports.mkdir()
    options = ("--date", "2025-12-20", "--days", "8", "--reports-root", reports)
    assert run("stage1-run", "--repo", SAMPLES, *options, cwd=root).code == 0
    project = Project(
        {
            **monitoring,
            "BASE_IMAGE": base.tag,
            "COMPOSE_PROJECT_NAME": f"{SESSION}-monitoring",
            "PEAK_REPORTS_DIR": os.fspath(reports),
            "PEAK_SERVE_IMAGE": f"{SESSION}:serve",
            "SOURCE_DATE_EPOCH": epoch("2025-12-21T06:00:00Z"),
        }
        | {f"PEAK_{name.upper()}_PORT": "0" for name in ("serve", *NAMES)},
        repo,
    )
    try:
        project.compose("up", "--detach", "peaktrade-ops-grafana")
        yield project
    finally:
        project.compose("down", "--volumes")


def test_a_no_go_reaches_alertmanager(project: Project) -> None:
    """Prometheus reads the view by its name in the network, and tells Alertmanager."""
    wait_until(lambda: "PeaktradeNoGo" in project.alerts())

    assert "PeaktradeServeDown" not in project.alerts()


def test_grafana_gets_its_data_source_and_its_dashboard(project: Project) -> None:
    """The files are where Grafana looks for them, and it can write its own folder."""
    name = project.container("grafana")["Name"]
    wait_until(lambda: "ready" in docker("logs", name).stdout)
    told = docker("logs", name).stdout.splitlines()

    assert "dashboard peaktrade-ops" in told
    assert len([line for line in told if line.startswith("provisioned")]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_every_service_is_hardened(project: Project, name: str) -> None:
    """A service has no rights, writes only its own volume, and listens on the loopback address."""
    found = project.container(name)
    host = found["HostConfig"]

    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] is None
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] > 0
    writable = [mount["Type"] for mount in found["Mounts"] if mount["RW"]]
    assert writable == ["volume"]
    [published] = host["PortBindings"].values()
    assert [binding["HostIp"] for binding in published] == ["127.0.0.1"]


def test_the_plain_image_writes_the_metrics_of_the_host(image: str, reports: Path) -> None:
    """Without the server and without a network, the file is that of the host but for the Python."""
    now = {"SOURCE_DATE_EPOCH": epoch("2025-12-21T06:00:00Z")}
    options = ("--date", "2025-12-20", "--days", "8", "--reports-root", reports)
    assert run("stage1-run", "--repo", SAMPLES, *options, cwd=reports).code == 0
    start = Start(image=image, mounts=(Mount(reports, "/reports", "rw"),), variables=now)

    written = run_in(start, "metrics", "--output", "/reports/peaktrade.prom")

    assert written.code == 0, written.err
    printed = run("metrics", "--reports-root", reports, cwd=reports, **now)
    file = reports / "peaktrade.prom"
    assert without_python(file.read_text("utf-8")) == without_python(printed.out)
    assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (reports.stat().st_uid, 0o644)


def without_python(metrics: str) -> list[str]:
    """Return the lines of metrics without the one that names the version of Python."""
    return [line for line in metrics.splitlines() if "peaktrade_build_info{" not in line]


def test_the_images_have_versions() -> None:
    """An image without a version could change between two starts."""
    text = (REPO / COMPOSE_FILES[0]).read_text("utf-8")

    for name in ("prom/prometheus:v3.13.3", "prom/alertmanager:v0.34.1", "grafana/grafana:12.4.4"):
        assert f":-{name}}}" in text
