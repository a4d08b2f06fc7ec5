"""The exit codes of the program."""

from __future__ import annotations

OK, FAILED, GATE, USAGE = 0, 1, 2, 64
HUNG_UP, INTERRUPTED, TERMINATED = 129, 130, 143
