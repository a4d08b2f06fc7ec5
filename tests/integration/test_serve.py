"""The HTTP view of the reports as a Compose profile: its answers and its permissions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.integration.engine import SESSION, Mount, Start, docker, run
from tests.integration.jobs import SAMPLES
from tests.integration.ways import COMPOSE_FILES, compose
from tests.support.commands import command_of
from tests.support.program import PATIENCE, epoch, tree, wait_until
from tests.support.program import run as run_on_host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.engine import Base

SERVICE = "peaktrade-ops-serve"
IN_IMAGE = "/opt/peaktrade-ops/bin/python"
HAS_SERVER = "import importlib.util as u; print(u.find_spec('waitress') is not None)"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, base: Base) -> dict[str, str]:
    """Write reports of the samples; return variables for Compose. The image is built once."""
    root = tmp_path_factory.mktemp("serve")
    options = ("--date", "2025-12-20", "--days", "8", "--reports-root", root)
    assert run_on_host("stage1-run", "--repo", SAMPLES, *options, cwd=root).code == 0
    variables = {
        "BASE_IMAGE": base.tag,
        "COMPOSE_PROJECT_NAME": f"{SESSION}-serve",
        "PEAK_REPORTS_DIR": os.fspath(root),
        "PEAK_SERVE_IMAGE": f"{SESSION}:serve",
        # Any free port.
        "PEAK_SERVE_PORT": "0",
        # At this time the last report is of today.
        "SOURCE_DATE_EPOCH": epoch("2025-12-21T06:00:00Z"),
    }
    built = compose(
        COMPOSE_FILES[0], "--profile", "serve", "build", "--quiet", SERVICE, variables=variables
    )
    assert built.code == 0, built.err
    return variables | {"PEAK_PULL_POLICY": "never"}


@pytest.fixture(scope="module")
def url(project: dict[str, str]) -> Iterator[str]:
    """Start the service as the guide says; stop it afterwards."""
    file = COMPOSE_FILES[0]
    up = compose(file, "--profile", "serve", "up", "--detach", SERVICE, variables=project)
    try:
        assert up.code == 0, up.err
        told = compose(file, "--profile", "serve", "port", SERVICE, "8787", variables=project)
        address = told.out.strip()
        assert address.startswith("127.0.0.1:"), told.err
        wait_until(lambda: answers(f"http://{address}/"))
        yield f"http://{address}/"
    finally:
        down = compose(file, "--profile", "serve", "down", "--volumes", variables=project)
        assert down.code == 0, down.err


def answers(url: str) -> bool:
    """Return whether a server answers."""
    try:
        fetch(url)
    except (OSError, ConnectionError):
        return False
    return True


def fetch(url: str, **headers: str) -> bytes:
    """Send a request; return the response."""
    with urlopen(Request(url, headers=headers), timeout=PATIENCE) as answer:  # noqa: S310 (our own)
        content: bytes = answer.read()
    return content


def container_of(project: dict[str, str]) -> dict[str, Any]:
    """Return the output of `docker inspect` for the running container."""
    listed = compose(
        COMPOSE_FILES[0], "--profile", "serve", "ps", "--quiet", SERVICE, variables=project
    )
    inspected = docker("inspect", listed.out.strip())
    found: dict[str, Any] = json.loads(inspected.stdout)[0]
    return found


def test_it_shows_the_folder_of_the_host(url: str, project: dict[str, str]) -> None:
    """The service returns the bytes that the host wrote, on the loopback address only."""
    artifacts = tree(Path(project["PEAK_REPORTS_DIR"]))

    for path, content in artifacts.items():
        assert fetch(f"{url}{path.rpartition('/')[2]}") == content
    assert fetch(url) == artifacts["obs/stage1/index.html"]
    assert json.loads(fetch(f"{url}trend"))["rollups"]["go_no_go"] == "NO_GO"
    assert b'peaktrade_verdict{stage="1",verdict="NO_GO"} 1.0' in fetch(f"{url}metrics")


def test_other_services_reach_it_by_its_name(url: str) -> None:
    """Prometheus in the same network uses the name of the service; other host names are refused."""
    assert fetch(f"{url}metrics", Host="peaktrade-ops-serve:8787")
    with pytest.raises(HTTPError, match="400"):
        fetch(f"{url}metrics", Host="evil.example")


def test_it_is_hardened(url: str, project: dict[str, str]) -> None:
    """The service cannot write, has two capabilities, and sees reports and configuration only."""
    assert url
    found = container_of(project)
    host = found["HostConfig"]

    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert {cap.removeprefix("CAP_") for cap in host["CapAdd"]} == {"SETGID", "SETUID"}
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] == 128
    assert {(mount["Destination"], mount["RW"]) for mount in found["Mounts"]} == {
        *(("/config/stage1.toml", False), ("/reports", False))
    }


def test_every_variable_of_an_option_reaches_it(project: dict[str, str]) -> None:
    """Every variable that the host reads is passed on, except the address inside the container."""
    names = {str(option.envvar) for option in command_of("serve").params if option.envvar}
    given = {name: f"value of {name}" for name in names}

    told = compose(
        *(COMPOSE_FILES[0], "--profile", "serve", "config", "--format", "json"),
        variables=project | given,
    )

    passed = json.loads(told.out)["services"][SERVICE]["environment"]
    own = {"PEAK_HOST": "0.0.0.0", "PEAK_PORT": "8787"}  # noqa: S104 (the container's)
    own["PEAK_CONFIG"] = "/config/stage1.toml"
    own["PEAK_TRUSTED_HOST"] = f"{SERVICE} value of PEAK_TRUSTED_HOST"
    clock = {"SOURCE_DATE_EPOCH": project["SOURCE_DATE_EPOCH"]}
    assert passed == {**given, **own, **clock}


def test_stopping_it_takes_no_time(url: str, project: dict[str, str]) -> None:
    """The service ends on SIGTERM, before the engine would kill it."""
    assert url
    name = container_of(project)["Name"]
    stopped = docker("stop", "--time", "60", name)

    assert stopped.returncode == 0
    state = json.loads(docker("inspect", name).stdout)[0]["State"]
    assert state["ExitCode"] == 143


@pytest.mark.parametrize(("extra", "expected"), [(False, "False\n"), (True, "True\n")])
def test_only_its_image_has_a_server(
    image: str,
    project: dict[str, str],
    *,
    extra: bool,
    expected: str,
) -> None:
    """The image that writes the reports does not contain the server."""
    chosen = project["PEAK_SERVE_IMAGE"] if extra else image
    python = {"entrypoint": [IN_IMAGE, "-P", "-c", HAS_SERVER]}

    assert run(Start(image=chosen, mounts=(), more=python)).out == expected


def test_the_plain_image_says_what_it_lacks(image: str, reports: Path) -> None:
    """A user who starts the view in the plain image learns how to get it."""
    (reports / "obs" / "stage1").mkdir(parents=True)
    outcome = run(Start(image=image, mounts=(Mount(reports, "/reports", "rw"),)), "serve")

    assert outcome.code == 1
    assert "needs the extra" in outcome.err
