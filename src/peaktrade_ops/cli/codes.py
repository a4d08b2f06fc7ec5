"""The exit codes of the program."""

from __future__ import annotations

OK, FAILED, GATE, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 64, 130, 143
