"""Run the program in containers beside runs on the host, where an engine and an image are there."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from campaigns.crashes.world import World

IMAGE: Final = os.environ.get("PEAK_IMAGE") or "peaktrade-ops:local"
"""The image of the Compose file."""

_QUICKLY: Final = 10


def missing() -> str:
    """Return why no container can run; empty if they can."""
    try:
        found = subprocess.run(
            ["docker", "image", "inspect", IMAGE],  # noqa: S607 (wherever the system keeps it)
            capture_output=True,
            check=False,
            timeout=_QUICKLY,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "no container engine answers"
    if found.returncode:
        return f"there is no image {IMAGE}; docker compose -f docker-compose.obs.yml build makes it"
    return ""


@contextlib.contextmanager
def container(world: World, arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a container; remove the container at the end.

    It runs as the user of the campaign, with the folders of the world.
    """
    name = f"peaktrade-ops-campaign-{os.urandom(6).hex()}"
    options = (
        *("--rm", "--name", name, "--network", "none", "--read-only", "--cap-drop", "ALL"),
        *("--user", f"{os.geteuid()}:{os.getegid()}", "--tmpfs", "/tmp:mode=1777"),  # noqa: S108 (the container's)
        *("--volume", f"{world.telemetry}:/telemetry:ro"),
        *("--volume", f"{world.repo / 'reports'}:/reports"),
        *("--env", f"SOURCE_DATE_EPOCH={world.variables['SOURCE_DATE_EPOCH']}"),
    )
    command = ["docker", "run", *options, IMAGE, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                subprocess.run(
                    ["docker", "rm", "--force", name],  # noqa: S607 (wherever the system keeps it)
                    capture_output=True,
                    check=False,
                )
