"""``python -m peaktrade_ops``: the same program as ``peaktrade-ops``.

Only what Python has loaded already is imported at the top, so that a signal finds a program that
answers as soon as it can. Everything else is loaded afterwards.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal itself loads half of the library
import os

_ENDING = (_signal.SIGINT, _signal.SIGTERM)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the program and exit with its code."""
    leave_on_signals()
    from peaktrade_ops.cli import main as run  # noqa: PLC0415 (see above)

    run()


def main_in_container() -> NoReturn:
    """Run the program as the entry point of the image and exit with its code.

    It is the same program. What differs is that it settles first, see `peaktrade_ops.container`,
    and that the image starts it with signals blocked: the kernel drops what nobody handles in the
    first process of a container, but keeps what is blocked until it is wanted.
    """
    leave_on_signals()
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _ENDING)
    from peaktrade_ops.cli import main as run  # noqa: PLC0415 (see above)
    from peaktrade_ops.container import settle  # noqa: PLC0415

    run(settle=settle)


def leave_on_signals() -> None:
    """End at once on Ctrl-C and SIGTERM, as long as there is nothing yet to be put in order.

    Loading the program takes a moment, and Python would answer Ctrl-C with a traceback meanwhile.
    """
    for number in _ENDING:
        # A program in the background of a script is started with Ctrl-C ignored.
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _leave)


def _leave(number: int, _frame: object) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
