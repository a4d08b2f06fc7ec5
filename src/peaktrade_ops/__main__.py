"""``python -m peaktrade_ops``: the same program as ``peaktrade-ops``.

The functions import the program when they run, so that they can handle signals during the import.
They start it without the garbage collector: what is imported is no garbage, and looking for some
would take a sixth of the time of a short run. A command turns the collector on when it begins.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the program and exit with its code."""
    import gc  # noqa: PLC0415 (see above)

    gc.disable()
    try:
        from peaktrade_ops.cli import main as run  # noqa: PLC0415 (see above)
    except KeyboardInterrupt:
        # Python would print a traceback. Other signals end the process by default, without one.
        raise SystemExit(130) from None

    try:
        run()
    finally:
        # Python would look for garbage once more when it ends.
        gc.freeze()


def main_in_container() -> NoReturn:
    """Run the program as the entry point of the image and exit with its code.

    The program calls `settle` of `peaktrade_ops.container` before it reads or writes anything. The
    image starts it with signals blocked, because the kernel discards a signal that the first
    process of a container does not handle. A blocked signal stays pending until a handler is set.
    """
    import gc  # noqa: PLC0415 (see above)
    import signal  # noqa: PLC0415 (see above)

    gc.disable()
    ending = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    for number in ending:
        signal.signal(number, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    from peaktrade_ops.cli import main as run  # noqa: PLC0415 (see above)
    from peaktrade_ops.container import settle  # noqa: PLC0415 (see above)

    try:
        run(settle=settle)
    finally:
        gc.freeze()


def _leave(number: int, _frame: object) -> None:
    """Exit at once with the code of a signal; nothing needs a cleanup yet."""
    import os  # noqa: PLC0415 (see above)

    os._exit(128 + number)


if __name__ == "__main__":
    main()
