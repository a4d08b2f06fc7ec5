"""Small runs, whose cost is the start of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.results import Section
from benchmarks.runner import Command, costs, program, python
from benchmarks.scan import snapshot

if TYPE_CHECKING:
    from benchmarks.place import Place

_TURNS: Final = 5
"""How often a command runs for each run of a larger one: short times vary more."""

_PASS, _HELP, _SMALL = "python -c pass", "--help", "snapshot of 1 MiB, with its page"


def measure(place: Place) -> Section:
    """Compare small runs with a Python that does nothing, which takes 0.05 s on many machines."""
    commands = {
        _PASS: Command(python("-c", "pass")),
        _HELP: Command(program("--help")),
        _SMALL: Command(snapshot(place.telemetry(1), place.folder("small"), "--no-cache")),
    }
    section = Section("Small runs")
    section.costs = costs(commands, place.runs * _TURNS)
    section.compare(_HELP, _PASS, "at most 2.4 (0.12 s to 0.05 s)")
    section.compare(_SMALL, _PASS, "at most 6 (0.30 s to 0.05 s)")
    return section
