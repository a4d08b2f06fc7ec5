"""What all attacks with hostile bytes share: the target, the loss, the limits, the mutations."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

SECONDS: Final = 20
"""How long a batch of inputs may take; a batch takes a few hundredths of a second."""


class LostError(AssertionError):
    """The program does not keep a promise; the argument says which."""


@dataclass(frozen=True)
class Target:
    """One part of the program that reads what others write.

    Attributes:
        name: What is attacked.
        draw: Makes one input.
        check: Gives inputs to the program; raises `LostError` where it does not keep a promise.
            Any other error is a crash.
        inputs: How many inputs a long campaign draws.
        few: How many a short one draws.
        batch: How many inputs are checked together.
        together: How many inputs, which have no line feeds, atheris has as lines of one.
    """

    name: str
    draw: Callable[[Random], bytes]
    check: Callable[[Sequence[bytes]], None]
    inputs: int
    few: int
    batch: int = 1
    together: int = 1


def attacked(target: Target, inputs: Sequence[bytes]) -> str | None:
    """Check inputs together; return what is lost and the first input that is enough for it."""
    try:
        _check(target, inputs)
    except Exception as together:  # noqa: BLE001 (a crash of any kind is a loss)
        for each in inputs:
            try:
                _check(target, [each])
            except Exception as error:  # noqa: BLE001 (see above)
                return _told(error, [each])
        return _told(together, inputs)
    return None


def _check(target: Target, inputs: Sequence[bytes]) -> None:
    with time_limit(SECONDS):
        target.check(inputs)


def _told(error: Exception, inputs: Sequence[bytes]) -> str:
    return f"{type(error).__name__}: {error!s:.300} for {[each.hex() for each in inputs]!s:.4000}"


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise an error in this thread, which must be the main one, if a block takes too long.

    Raises:
        LostError: It takes too long.
    """

    def late(_signal: int, _frame: object) -> None:
        raise LostError(f"takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def mutated(random: Random, data: bytes, pieces: Sequence[bytes]) -> bytes:
    """Return bytes with up to four changes.

    Args:
        random: The source of random numbers.
        data: The bytes.
        pieces: Bytes to insert, that mean something to the program.
    """
    for _ in range(random.choice((1, 1, 2, 4))):
        place, size = random.randrange(len(data) + 1), random.choice((1, 1, 2, 5, 40, 1000))
        head, cut, tail = data[:place], data[place : place + size], data[place + size :]
        match random.randrange(6):
            case 0:
                data = head + tail
            case 1:
                data = head + random.choice(pieces) + cut + tail
            case 2:
                data = head + random.choice(pieces) + tail
            case 3:
                data = head + cut + cut + tail
            case 4:
                data = head + random.randbytes(min(size, 4)) + tail
            case _:
                data = head
    return data
