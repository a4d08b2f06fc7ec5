"""The command line: options, exit codes, and what is printed. It has no logic of its own.

Each command is a module of `commands`, imported when the command is asked for, so that the help
of the program and the completion of command names answer at once. A new command is such a module
and a line in the table of `lazy`; its function names the groups of `options` that it takes.
"""

from __future__ import annotations

from peaktrade_ops.cli.app import main
from peaktrade_ops.cli.codes import FAILED, GATE, HUNG_UP, INTERRUPTED, OK, TERMINATED, USAGE
from peaktrade_ops.cli.console import Console
from peaktrade_ops.cli.lazy import cli

__all__ = [
    "FAILED",
    "GATE",
    "HUNG_UP",
    "INTERRUPTED",
    "OK",
    "TERMINATED",
    "USAGE",
    "Console",
    "cli",
    "main",
]
