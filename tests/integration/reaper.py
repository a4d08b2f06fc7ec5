"""Remove what a test session left in the container engine, also after it was killed.

It runs as a separate process and waits for the end of its standard input, which comes when the
tests close it or are killed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

_ROUNDS: Final = 30


def docker(*arguments: str) -> list[str]:
    """Run the docker client; a failed call is repeated in the next round."""
    answer = subprocess.run(
        ["docker", *arguments],  # noqa: S607 (wherever the system keeps it)
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.split()


def images_of(session: str) -> list[str]:
    """List the images that a test session built."""
    named = ("--filter", f"reference={session}", "--format", "{{.Repository}}:{{.Tag}}")
    return docker("image", "ls", *named)


def containers_of(session: str) -> list[str]:
    """List the containers that use the images of a test session.

    Containers are found by the image name of the session, because sessions may share an image.
    """
    listed = docker("ps", "--all", "--no-trunc", "--format", "{{.ID}}={{.Image}}")
    pairs = (container.split("=", 1) for container in listed)
    return [container for container, image in pairs if image.startswith(f"{session}:")]


def volumes_of(session: str) -> list[str]:
    """List the volumes of the Compose projects of a test session, which `down` alone keeps."""
    named = docker("volume", "ls", "--format", "{{.Name}}")
    return [name for name in named if name.startswith(f"{session}-")]


def clean_up(session: str) -> None:
    """Remove the containers, images and volumes; keep the build cache."""
    for _ in range(_ROUNDS):
        containers, images = containers_of(session), images_of(session)
        volumes = volumes_of(session)
        if not containers + images + volumes:
            return
        docker("rm", "--force", "--volumes", *containers)
        docker("image", "rm", "--no-prune", *images)
        docker("volume", "rm", *volumes)
        # A client that was killed may have requested another container.
        time.sleep(0.1)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    clean_up(sys.argv[1])
