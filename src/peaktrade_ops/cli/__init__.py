"""The command line: options, exit codes, and what is printed. It has no logic of its own.

What a command needs is imported when it runs, so that help and completion answer at once: only
`app`, `commands`, `options`, `request` and `console` are loaded with the program. A new command is
a function in `commands`, with the options that it takes as decorators.
"""

from __future__ import annotations

from peaktrade_ops.cli.app import main
from peaktrade_ops.cli.codes import FAILED, GATE, INTERRUPTED, OK, TERMINATED, USAGE
from peaktrade_ops.cli.commands import cli
from peaktrade_ops.cli.console import Console

__all__ = [
    "FAILED",
    "GATE",
    "INTERRUPTED",
    "OK",
    "TERMINATED",
    "USAGE",
    "Console",
    "cli",
    "main",
]
