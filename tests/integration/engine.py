"""The container engine for tests: bases, images, and containers that run once."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.image import DockerImage

from tests.support.checkout import REPO
from tests.support.program import PATIENCE, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Disable testcontainers' own reaper: it needs an image that may not be available.
testcontainers_config.ryuk_disabled = True

SESSION: Final = f"peaktrade-ops-test-{os.getpid()}-{secrets.token_hex(4)}"
"""The name of all images of this test session; the cleanup finds them by it."""

DOCKERFILE: Final = "docker/obs/Dockerfile"
TMP: Final = {"/tmp": "mode=1777,size=64m,noexec,nosuid,nodev"}  # noqa: S108 (the container's)

_SUITES: Final = {"3.11": "bookworm", "3.13": "trixie", "3.14": "forky"}
_PULL_SECONDS: Final = 300


class Base(NamedTuple):
    """An image to build on, and where it came from.

    Attributes:
        tag: The name of the image.
        origin: Where it came from.
        python: The version of its Python.
        is_stand_in: Whether it is made of packages of Debian, for one processor.
    """

    tag: str
    origin: str
    python: str
    is_stand_in: bool = False


def find_base(python: str) -> Base:
    """Return the default base of a Python version: local, from a registry, or a stand-in.

    Raises:
        subprocess.CalledProcessError: There is none.
    """
    default = f"python:{python}-slim"
    if exists(default):
        return Base(default, "found", python)
    with contextlib.suppress(subprocess.TimeoutExpired):
        if docker("pull", "--quiet", default, seconds=_PULL_SECONDS).returncode == 0:
            return Base(default, "pulled", python)
    stand_in = f"peaktrade-ops-base:{_SUITES[python]}"
    _make_stand_in(python, stand_in)
    origin = f"a stand-in: {default} can be neither found nor pulled"
    return Base(stand_in, origin, python, is_stand_in=True)


def find_base_for(processor: str, base: Base) -> Base:
    """Return a base for another processor than the engine's.

    A base of a registry has all processors under one name; BuildKit pulls the one that it needs.
    """
    if not base.is_stand_in:
        return base
    tag = f"{base.tag}-{processor}"
    _make_stand_in(base.python, tag, processor)
    return base._replace(tag=tag)


def _make_stand_in(python: str, tag: str, *processor: str) -> None:
    if not exists(tag):
        script = REPO / "docker" / "base" / "build"
        subprocess.run([script, _SUITES[python], tag, *processor], check=True)


def processor() -> str:
    """Return the processor of the engine, in the words of Docker."""
    return docker("version", "--format", "{{.Server.Arch}}").stdout.strip()


def exists(image: str) -> bool:
    """Return whether the engine has an image."""
    return docker("image", "inspect", image).returncode == 0


def inspect(image: str) -> dict[str, Any]:
    """Return the output of `docker inspect` for an image."""
    [details] = json.loads(docker("image", "inspect", image).stdout)
    found: dict[str, Any] = details
    return found


def docker(
    *arguments: str | Path, seconds: float | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the docker client; return its outcome, whatever its exit code."""
    return subprocess.run(
        ["docker", *arguments],  # noqa: S607 (wherever the system keeps it)
        cwd=REPO,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def build(base: Base, name: str, **more: str) -> str:
    """Build the image with testcontainers, which uses the classic builder; return its name.

    Args:
        base: The base of the image.
        name: The tag of the image.
        more: More build arguments.
    """
    own = f"linux/{processor()}"
    platforms = {"BUILD_ON": own, "RUN_ON": own}
    image = DockerImage(
        REPO,
        tag=f"{SESSION}:{name}",
        dockerfile_path=DOCKERFILE,
        clean_up=False,
        buildargs={"BASE_IMAGE": base.tag, "SOURCE_DATE_EPOCH": "0", **platforms, **more},
    )
    with image:
        return str(image)


def build_for(processor: str, base: Base, own: Base, name: str, *options: str) -> str:
    """Build the image for a processor with BuildKit; return its name.

    Args:
        processor: The processor of the image, in the words of Docker.
        base: The base of the image.
        own: The base for the processor of the engine.
        name: The tag of the image.
        options: More options for the build.
    """
    tag = f"{SESSION}:{name}"
    arguments = {"BASE_IMAGE": base.tag, "BUILD_IMAGE": own.tag, "SOURCE_DATE_EPOCH": "0"}
    pairs = (f"--build-arg={key}={value}" for key, value in arguments.items())
    outcome = docker(
        *("build", "--quiet", f"--platform=linux/{processor}", "--file", DOCKERFILE, "--tag", tag),
        # An engine may store an attestation of the build, which contains the time.
        "--provenance=false",
        *(*options, *pairs, "."),
        DOCKER_BUILDKIT="1",
    )
    assert outcome.returncode == 0, outcome.stderr
    return tag


class Mount(NamedTuple):
    """A mount: a folder or file of the host in a container."""

    source: Path
    target: str
    mode: str = "ro"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The settings of a container; by default hardened like the service of the Compose file.

    Attributes:
        image: The image.
        mounts: The folders and files of the host.
        user: The user, as uid:gid; root if not given.
        capabilities: The capabilities of root that it keeps; none if a user is given.
        variables: The environment.
        tmp: The temporary folders with their mount options.
        more: More arguments for the engine; they override the others.
    """

    image: str
    mounts: tuple[Mount, ...]
    user: str = ""
    capabilities: tuple[str, ...] = ("SETGID", "SETUID")
    variables: Mapping[str, str] = field(default_factory=dict)
    tmp: Mapping[str, str] = field(default_factory=lambda: TMP)
    more: Mapping[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def started(start: Start, *arguments: str) -> Iterator[DockerContainer]:
    """Start a container; remove it afterwards."""
    container = DockerContainer(start.image).with_command(list(arguments))
    for mount in start.mounts:
        container.with_volume_mapping(mount.source.absolute(), mount.target, mount.mode)
    for folder, options in start.tmp.items():
        container.with_tmpfs_mount(folder, options)
    container.with_envs(**start.variables)
    hardened: dict[str, Any] = {
        "user": start.user,
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": [] if start.user else list(start.capabilities),
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": 128,
    }
    with container.with_kwargs(**(hardened | dict(start.more))):
        yield container


def ended(container: DockerContainer) -> Outcome:
    """Wait for the end of a container, with a timeout."""
    code = container.get_wrapped_container().wait(timeout=PATIENCE)["StatusCode"]
    out, err = container.get_logs()
    return Outcome(code, out.decode(), err.decode())


def run(start: Start, *arguments: str) -> Outcome:
    """Run a container to its end; return its outcome."""
    with started(start, *arguments) as container:
        return ended(container)
