"""Removes what a test session left in the container engine, however that session ended.

It is started beside the tests and waits for the end of its standard input, which comes when the
tests close it, and just as well when they are killed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

_ROUNDS: Final = 30


def docker(*arguments: str) -> list[str]:
    """Ask the engine; what it cannot do now is tried again in the next round."""
    answer = subprocess.run(
        ["docker", *arguments],  # noqa: S607 (wherever the system keeps it)
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.split()


def images_of(session: str) -> list[str]:
    """List the images that a test session has built."""
    named = ("--filter", f"reference={session}", "--format", "{{.Repository}}:{{.Tag}}")
    return docker("image", "ls", *named)


def containers_of(session: str) -> list[str]:
    """List the containers that were made from the images of a test session.

    By the name that they were made with: the image itself may be that of another session too.
    """
    listed = docker("ps", "--all", "--no-trunc", "--format", "{{.ID}}={{.Image}}")
    pairs = (container.split("=", 1) for container in listed)
    return [container for container, image in pairs if image.startswith(f"{session}:")]


def clean_up(session: str) -> None:
    """Remove the containers and the images; the cache of their builds stays."""
    for _ in range(_ROUNDS):
        containers, images = containers_of(session), images_of(session)
        if not containers + images:
            return
        docker("rm", "--force", "--volumes", *containers)
        docker("image", "rm", "--no-prune", *images)
        # A client that was killed may have asked for one more container.
        time.sleep(0.1)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    clean_up(sys.argv[1])
