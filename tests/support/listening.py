"""A listener of the steps of a command."""

from __future__ import annotations


class Ear:
    """A listener that remembers what it was told."""

    def __init__(self, *, wants_files: bool = True) -> None:
        """Begin without anything."""
        self.wants_files = wants_files
        self.heard: list[tuple[object, ...]] = []

    def step(self, name: str, seconds: float, figures: dict[str, int]) -> None:
        """Remember a step."""
        self.heard.append((name, seconds, figures))

    def file(self, path: str, reason: str, *, is_taken: bool) -> None:
        """Remember a file."""
        self.heard.append((path, reason, is_taken))

    def warning(self, text: str) -> None:
        """Remember a warning."""
        self.heard.append((text,))
