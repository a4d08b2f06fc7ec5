"""The command line: options, exit codes and output. It contains no other logic.

Each command is a module of `commands`. It is imported only when the command is called, so that
``--help`` and the completion of command names are fast. To add a command, add a module there and
a line in the table of `lazy`. The function of the command names its groups of `options`.
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
