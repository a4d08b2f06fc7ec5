"""The story that all examples tell, and the parts that they are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

DAY: Final = "2025-12-20"
LAST: Final = datetime(2025, 12, 20, 23, 55, tzinfo=UTC)

Record = dict[str, object]
Level = int | str | None
"""A severity as the format writes it; `None` if it writes none."""


class Scene(NamedTuple):
    """A time and a text of the story."""

    clock: str
    text: str


QUIET: Final = (
    Scene("00:05:00", "order book loaded"),
    Scene("08:30:00", "quote sent"),
    Scene("16:45:00", "heartbeat received"),
    Scene("23:55:00", "session closed"),
)
LOUD: Final = Scene("11:15:00", "quote is late")
CRITICAL: Final = Scene("12:00:00", "position limit exceeded")
Writer = Callable[[Level, Scene], Record]
"""Returns the record of an event."""


@dataclass(frozen=True)
class FormatExample:
    """A file in a format, and what the program finds in it.

    Attributes:
        name: The format; of a format with a preset the name of the preset.
        preset: The preset; `None` if the defaults read the format.
        file: The path of the file in the telemetry root.
        lines: The lines of the file.
        events: The number of events, all with times on the day.
        critical: The text of the critical event in the report; `None` if the text keys do not
            name it.
        criticals: The number of critical events: 1, or 0 if the format has no such severity.
        unpacked: Whether each line is a list of events.
        alerts: The number of alerts.
        keys: The keys of time and severity that the defaults read; empty with a preset.
    """

    name: str
    preset: str | None
    file: str
    lines: tuple[str, ...]
    events: int
    critical: str | None
    criticals: int
    unpacked: bool = False
    alerts: int = 0
    keys: tuple[str, ...] = ()


def example(  # noqa: PLR0913 (each is one property of the format)
    name: str,
    write: Writer,
    *,
    quiet: tuple[Level, ...],
    loud: Level,
    critical: Level = None,
    wrap: Callable[[list[Record]], Record] | None = None,
    preset: str | None = None,
    file: str | None = None,
    text: str | None = CRITICAL.text,
    alerts: int = 0,
    keys: tuple[str, ...] = (),
) -> FormatExample:
    """Return the story in a format.

    Args:
        name: The format.
        write: Returns the record of an event.
        quiet: The severities of the quiet events, in turn.
        loud: The severity of the serious event.
        critical: The severity of the critical one; `None` if the format has no such severity.
        wrap: Returns the record of a line with some events; `None` if each line is one event.
        preset: The preset.
        file: The path of the file; by default it has the name of the format.
        text: The text of the critical event in the report.
        alerts: The number of alerts.
        keys: The keys of time and severity that the defaults read.
    """
    levels = [*(quiet * len(QUIET))[: len(QUIET)]]
    cast = [(levels[place], scene) for place, scene in enumerate(QUIET)]
    cast.append((loud, LOUD))
    if critical is not None:
        cast.append((critical, CRITICAL))
    cast.sort(key=lambda each: each[1].clock)
    records = [write(level, scene) for level, scene in cast]
    if wrap is not None:
        records = [wrap(records[:2]), wrap(records[2:])]
    return FormatExample(
        name=name,
        preset=preset,
        file=file or f"telemetry/{name.lower().replace(' ', '-')}.jsonl",
        lines=tuple(json.dumps(each, separators=(",", ":")) for each in records),
        events=len(cast),
        critical=text if critical is not None else None,
        criticals=1 if critical is not None else 0,
        unpacked=wrap is not None,
        alerts=alerts,
        keys=keys,
    )


def records_of(each: FormatExample) -> list[Record]:
    """Return the records of the lines."""
    return [json.loads(line) for line in each.lines]


def iso(scene: Scene, end: str = "Z", between: str = "T") -> str:
    """Return the time of an event as ISO 8601, with these characters behind the seconds."""
    return f"{DAY}{between}{scene.clock}{end}"


def seconds(scene: Scene) -> int:
    """Return the time of an event as epoch seconds."""
    return int(datetime.fromisoformat(iso(scene)).timestamp())
