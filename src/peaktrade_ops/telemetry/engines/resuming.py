"""An engine for scans of which most is known: it counts in this process what is new.

To read known parts again takes threads and no processes, because reading and hashing leave the
interpreter to others. So little new costs no start of processes, which takes longer than to count
it. If more is new, another engine scans the parts that are left.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from peaktrade_ops.telemetry.engines.caching import hash_of
from peaktrade_ops.telemetry.files.names import is_compressed_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.telemetry.counting.scan import Part
    from peaktrade_ops.telemetry.engines.caching import Begun, CachingScanner, Scanned

# The digests of so many parts are held in memory.
_BATCH: Final = 64
# JSON lines shrink to about a tenth.
_COMPRESSION: Final = 8

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Resuming:
    """The engine that scans what follows the lines that are known.

    Args:
        scanner: Scans a part; it has a cache.
        threads: The number of threads that read known parts again.
        most_new: The size of the text that this process scans, bytes.
        others: Scans the parts that are left if more is new.
    """

    def __init__(
        self,
        scanner: CachingScanner,
        threads: int,
        most_new: int,
        others: Callable[[Sequence[Part]], Iterator[Scanned]],
    ) -> None:
        """Start without a thread."""
        self._scanner = scanner
        self._threads = threads
        self._most_new = most_new
        self._others = others

    def run(self, parts: Sequence[Part]) -> Iterator[Scanned]:
        """Yield the tally of each part, in order.

        Raises:
            TelemetryError: A part could not be scanned.
        """
        begun, left, store = self._begun(parts), self._most_new, self._scanner.setup.store
        if not begun:
            yield from self._others(parts)
            return
        for start in range(0, len(parts), _BATCH):
            some = begun[start : start + _BATCH]
            hashed = in_threads(lambda each: hash_of(each, store), some, self._threads)
            for number, digests in enumerate(hashed, start):
                known = self._scanner.look_up(digests)
                rest = parts[number] if known is None else known.rest
                left -= text_bytes(rest) if rest else 0
                if left < 0:
                    yield from self._others(parts[number:])
                    return
                yield self._scanner.finish(parts[number], known)

    def _begun(self, parts: Sequence[Part]) -> list[Begun]:
        """Return what may be known of each part; nothing if too much is new."""
        begun, new = [], 0
        for part in parts:
            begun.append(each := self._scanner.begin(part))
            new += text_bytes(each.rest)
            if new > self._most_new:
                return []
        return begun


def text_bytes(part: Part) -> int:
    """Return about how many bytes of text a part has."""
    size = part.end - part.start
    return size * _COMPRESSION if is_compressed_name(part.source.name) else size


def in_threads(
    work: Callable[[_Item], _Result], items: Sequence[_Item], threads: int
) -> list[_Result]:
    """Return the result of each item, in order.

    Not an executor of the standard library: the error of a signal could leave one of its locks
    taken, and its modules load slowly.

    Args:
        work: Makes a result.
        items: The items.
        threads: The number of threads, with this one.

    Raises:
        BaseException: The first error of `work`, or of a signal.
    """
    waiting = deque(enumerate(items))
    done: dict[int, _Result] = {}
    errors: list[BaseException] = []

    def loop() -> None:
        while not errors:
            try:
                number, item = waiting.popleft()
            except IndexError:
                return
            try:
                done[number] = work(item)
            except BaseException as error:  # noqa: BLE001 (the first thread raises it)
                errors.append(error)

    others = [threading.Thread(target=loop, daemon=True) for _ in items[1:threads]]
    # Where the system allows no more threads, those that run do all the work.
    with contextlib.suppress(RuntimeError):
        for thread in others:
            thread.start()
    loop()
    for thread in others:
        if thread.ident is not None:
            thread.join()
    if errors:
        raise errors[0]
    return [done[number] for number in range(len(items))]
