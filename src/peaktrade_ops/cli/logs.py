"""Messages as lines of JSON, for programs that collect logs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal

from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

LogFormat = Literal["text", "json"]
"""The values of ``--log-format``."""

Level = Literal["error", "warning", "info", "debug"]
"""The levels of messages."""

MOST_TEXT: Final = 10_000
"""The maximum number of characters of a message; a longer one is cut."""

_MOST_RUN: Final = 64
_CUT: Final = " ... (cut)"


class Log:
    """What the lines of one call have in common.

    Args:
        run: The id of the run; a random one if it is blank.
        command: The command.
    """

    __slots__ = ("_command", "_run")

    def __init__(self, run: str = "", command: str = "") -> None:
        """Store what the lines have in common."""
        self._run = printable(run.strip())[:_MOST_RUN] or os.urandom(8).hex()
        self._command = command

    def line(self, level: Level, message: str, fields: Mapping[str, object]) -> str:
        """Return a message as a line of JSON in ASCII.

        Args:
            level: The level.
            message: The message, in which nothing is escaped yet.
            fields: What else is known; texts in it are escaped and cut as the message is.
        """
        import json  # noqa: PLC0415 (slow to load, and text does not need it)
        from datetime import UTC, datetime  # noqa: PLC0415 (the same)

        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        document: dict[str, object] = {
            "time": now.replace("+00:00", "Z"),
            "level": level,
            "run": self._run,
            "command": self._command,
            "message": bounded(message),
        }
        for name, value in fields.items():
            document[name] = bounded(value) if isinstance(value, str) else value
        return json.dumps(document, ensure_ascii=True)


def bounded(text: str) -> str:
    """Return a text as printable text of a bounded length."""
    shown = printable(text[: MOST_TEXT + 1])
    if len(text) <= MOST_TEXT and len(shown) <= MOST_TEXT:
        return shown
    return shown[: MOST_TEXT - len(_CUT)] + _CUT
