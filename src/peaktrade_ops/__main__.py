"""``python -m peaktrade_ops``: the same program as ``peaktrade-ops``."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType


def leave_on_signals() -> None:
    """End at once on Ctrl-C and SIGTERM, as long as there is nothing yet to be put in order.

    Loading the program takes a moment. Python would answer Ctrl-C with a traceback meanwhile, and
    the kernel keeps a SIGTERM that nobody handles from the first process of a container.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # A program in the background of a script is started with Ctrl-C ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


def main() -> NoReturn:
    """Run the program and exit with its code."""
    leave_on_signals()
    from peaktrade_ops.cli import main as run  # noqa: PLC0415 (a signal may come while it loads)

    run()


if __name__ == "__main__":
    main()
